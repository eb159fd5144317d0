//! Who is on this line.
