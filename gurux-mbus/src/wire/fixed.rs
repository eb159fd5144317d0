//! The fixed data structure.
