//! The meter, by hand.
