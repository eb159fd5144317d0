//! Names behind the three letters.
