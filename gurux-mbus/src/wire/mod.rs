//! Telegrams on the wire: borrowed, without an allocator, in both directions.

mod address;
mod afl;
mod alarm;
mod application_error;
mod code;
mod command;
mod compact;
mod config;
mod control;
mod device_type;
mod ell;
mod fixed;
mod link;
mod manufacturer;
mod nwl;
mod record;
mod status;
mod telegram;
mod tpl;
mod wireless;

pub use address::{AField, AddressError, Identification, MeterAddress};
pub use code::CiField;
pub use control::CField;
pub use device_type::DeviceType;
pub use link::LinkFrame;
pub use manufacturer::Manufacturer;
