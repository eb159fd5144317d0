//! The configuration word of the transport layer.
