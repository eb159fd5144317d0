//! [`CField`]: the control field of the link layer.
