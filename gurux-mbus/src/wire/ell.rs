//! The extended link layer.
