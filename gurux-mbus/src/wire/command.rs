//! What is said to a meter.
