//! Dates and times, types F, G, I, J, K, L and M.
