//! Compact frames and format frames.
