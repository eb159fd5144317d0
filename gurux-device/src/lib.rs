//! Meters as XML profiles.
#![forbid(unsafe_code)]

mod assemble;
mod device;
mod driver;
mod error;
mod item;
#[cfg(feature = "modbus")]
pub mod modbus;
mod parameters;
mod pipeline;
pub mod profile;
mod reading;
mod session;
mod simulate;
mod testing;

pub use device::Device;
pub use driver::{
    Advice, Dialect, Driver, Drivers, Failure, Identify, Link, LinkEvent, LinkSettings, MeterEvent,
    MeterSession, MeterSide, Outcome, Raw, Refusal, Request, Shape,
};
pub use error::Error;
pub use item::Item;
pub use parameters::Parameters;
pub use reading::{Reading, Source};
pub use session::{DeviceEvent, DeviceSession, OrderId, ReadFailure};
pub use simulate::{SimulatedLine, SimulatedMeter, Simulation};
pub use testing::TestResult;
