//! Meters as XML profiles: one file says all about a kind of meter, and from it readings are
//! planned, decoded and named, values are written, frames are understood, and meters are played.
//!
//! The third floor of the stack: above the protocols, below the programs. It has no I/O: its
//! [`DeviceSession`] is a [`Session`](gurux_media::Session) that any medium drives.
//!
//! # A meter, read
//!
//! ```
//! use gurux_device::{Device, DeviceEvent, Drivers, LinkSettings, Parameters, Simulation};
//! use gurux_media::{Instant, Session, bytes::BytesMut};
//!
//! // 1. A profile: which registers there are and what they mean.
//! let text = r#"
//! <DeviceProfile xmlns="urn:gurux-ami:profile:1" Guid="1b4e28ba-2fa1-11d2-883f-0016d3cca427"
//!                Name="Two-line meter" Protocol="modbus" Version="1.0.0" Manufacturer="ACME">
//!   <Parameter Name="unit" Type="Int" Default="1"/>
//!   <Communication WaitTime="500" MaxRegisters="40"/>
//!   <Modbus UnitId="{unit}" ByteOrder="CDAB"/>
//!   <Types>
//!     <Flags Name="Errors" Default="OK"><Bit Name="PHASE_MISSING" Index="3" Severity="alarm"/></Flags>
//!   </Types>
//!   <Category Name="Energy">
//!     <Property Name="import" Quantity="energy.active.import.total" Obis="1-0:1.8.0*255" Unit="Wh"
//!               Address="input:0x0048" Type="U32" Scale="10" Null="0xFFFFFFFF" Counter="32"
//!               DefaultValue="123450"/>
//!     <Property Name="status" Address="input:0x004A" Type="U16" Values="Errors" DefaultValue="PHASE_MISSING"/>
//!   </Category>
//! </DeviceProfile>"#;
//! let drivers = Drivers::standard();
//! let profile = drivers.read(text)?;
//!
//! // 2. One meter of that kind: a name, and what the installation decides.
//! let parameters = Parameters::new(&profile, [("unit".to_owned(), "17".to_owned())])?;
//! let device = Device::new("meter-1", profile, parameters, &drivers)?;
//!
//! // 3. Somebody to talk to: the same profile plays the meter.
//! let settings = LinkSettings::new("rtu");
//! let mut meter = Simulation::new(&device, 1)?.session(&settings)?;
//!
//! // 4. The conversation. On a real line, `gurux_media::drive` turns this crank.
//! let mut session = device.session(&settings)?;
//! session.read(&session.device().readable())?;
//! let (mut now, mut out) = (Instant::ZERO, BytesMut::new());
//! let mut told = Vec::new();
//! while !session.is_idle() {
//!     while session.poll_transmit(now, &mut out).is_some() {
//!         meter.handle_input(now, &out.split());
//!     }
//!     while meter.poll_transmit(now, &mut out).is_some() {
//!         session.handle_input(now, &out.split());
//!     }
//!     while let Some(event) = session.poll_event() {
//!         if let DeviceEvent::Reading { reading, .. } = event {
//!             told.push(reading.to_string());
//!         }
//!     }
//!     now = session.poll_timeout().unwrap_or(now);
//!     session.handle_timeout(now);
//! }
//! assert_eq!(
//!     told,
//!     [
//!         "meter-1/import: energy.active.import.total 1-0:1.8.0*255 = 123450 Wh",
//!         "meter-1/status: status = PHASE_MISSING",
//!     ]
//! );
//! # Ok::<(), gurux_device::Error>(())
//! ```
//!
//! # The parts
//!
//! | for | there is |
//! |-----|----------|
//! | a kind of meter | [`profile::DeviceProfile`]: the file as plain data; reading is strict, every fault has its line and column |
//! | one meter | [`Device`]: a profile compiled with [`Parameters`]; names, views, groups, values from text |
//! | reading and writing | [`DeviceSession`]: orders in, [`DeviceEvent`]s out; partial results, blocks split at holes, writes read back, recognition |
//! | many meters on one line | [`Bus`]: orders by their urgency, of whatever protocols; who is silent cannot starve the others |
//! | what comes of it | [`Reading`]: a [`Measurement`](gurux_value::Measurement) with its series, source, time and raw octets |
//! | captured frames | [`Device::listen`]; [`DeviceProfile::run_tests`](profile::DeviceProfile::run_tests) for those in a profile |
//! | a meter to test against | [`Simulation`], [`SimulatedLine`]: the same profile from the other side |
//! | profiles out of other people's files | `import` |
//! | other files of the same kind | [`xml`]: elements with their places |
//! | a protocol | [`Driver`] and [`Dialect`], registered in [`Drivers`]; `dlms`, `mbus` and `modbus` are built in |
//! | many clients, one serial line | `modbus::Gateway` |
//!
//! # The way of a value
//!
//! ```text
//! octets --driver--> raw value --Scale, ScaleBy, Offset--> value --Values--> name
//!        --Minimum, Maximum--> quality --> Reading
//! ```
//!
//! A protocol's driver knows the order of octets, bits and marks of absence; all else is the same
//! for every protocol, exact, and goes both ways. A value that the meter marks as absent, and one
//! that cannot be told, is a reading without a value whose quality says why.
//!
//! # Another protocol
//!
//! Implement [`Driver`] (compile a profile), [`Dialect`] (requests and replies), [`Link`] (your
//! client session) and [`MeterSide`] (your server session), and [register](Drivers::register) the
//! driver. The element in which its profiles keep their settings comes with it; nothing here
//! changes.
//!
//! # Features
//!
//! - `dlms` (default): the driver for DLMS/COSEM, with ciphers.
//! - `import`: profiles out of other people's files.
//! - `mbus` (default): the driver for M-Bus, on two wires and by radio.
//! - `modbus` (default): the driver for Modbus and the gateway.
//! - `serde`: readings and what belongs to them are serialised.
//!
//! # Limits
//!
//! Of the format, `Computed`, `Table` (load profiles), `Sequence`, `Keepalive`, `Framing`,
//! `Extends`, `When` and `Refresh` are not carried out, and a profile that has them is refused.
//! `Interval`, `Store`, `ExpirationTime` and `CloseAfterRead` are for whoever schedules the
//! reading. The rows of a DLMS load
//! profile come as one value, and signatures, images and keys are `gurux_dlms`' own.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod assemble;
mod bus;
mod counters;
mod device;
#[cfg(feature = "dlms")]
pub mod dlms;
mod driver;
mod error;
#[cfg(feature = "import")]
pub mod import;
mod item;
#[cfg(feature = "mbus")]
pub mod mbus;
#[cfg(feature = "modbus")]
pub mod modbus;
mod parameters;
mod pipeline;
pub mod profile;
mod reading;
#[cfg(any(feature = "dlms", feature = "mbus", feature = "modbus"))]
mod serving;
mod session;
mod simulate;
mod testing;
pub mod xml;

pub use bus::{Bus, BusConfig, BusCounters, BusEvent, MemberId, Priority, Ticket};
pub use counters::{CounterKeeper, Counters, KeptCounter};
pub use device::Device;
pub use driver::{
    Advice, Dialect, Driver, Drivers, Failure, Identify, Link, LinkEvent, LinkSettings, MeterEvent,
    MeterSession, MeterSide, Outcome, Raw, Refusal, Request, Seed, Shape,
};
pub use error::Error;
pub use item::Item;
pub use parameters::Parameters;
pub use reading::{Reading, Source};
pub use session::{DeviceEvent, DeviceSession, OrderId, ReadFailure};
pub use simulate::{SimulatedLine, SimulatedMeter, Simulation};
pub use testing::TestResult;
