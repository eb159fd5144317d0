//! Data records of the variable data structure (EN 13757-3).

mod bcd;
mod data;
mod dib;
mod iter;
mod lvar;
mod time;
mod vib;
