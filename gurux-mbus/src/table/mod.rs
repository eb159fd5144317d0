//! What codes mean: plain rows, and how they are looked up.

mod ci;
mod combinable;
mod device_type;
mod manufacturer;
mod security_mode;
mod vif;

pub use manufacturer::lookup_manufacturer;
