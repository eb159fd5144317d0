//! The side that answers.
