//! The table of combinable extensions.
