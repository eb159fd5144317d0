//! The tables of value information.
