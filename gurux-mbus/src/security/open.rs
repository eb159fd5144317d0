//! From a sealed telegram to a clear one.
