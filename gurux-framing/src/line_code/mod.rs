//! How octets become the chips that a transmitter sends.

mod mode;

pub use mode::LinkMode;
