//! From a clear telegram to a sealed one.
