//! The side that asks.
