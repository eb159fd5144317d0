//! The value information block: what is measured, and in which unit.
