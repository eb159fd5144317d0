//! The data of a record.
