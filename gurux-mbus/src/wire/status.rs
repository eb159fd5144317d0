//! The status octet of the transport layer.
