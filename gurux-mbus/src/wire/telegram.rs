//! A telegram, layer by layer.
