//! Record after record.
