//! What a meter says instead of data.
