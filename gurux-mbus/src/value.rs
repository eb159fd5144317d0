//! Owned meaning: what an application keeps after the buffer is gone.
