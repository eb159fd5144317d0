//! Modbus, whole: every public function in both directions and both roles, over RTU, ASCII, TCP, UDP
//! and what carries one in the other.
//!
//! This crate has no I/O: it turns octets into meaning and back, and says what to send and until when
//! to wait. Whoever owns the socket or the serial line turns the crank (`gurux_media::drive` does).
//!
//! ```
//! use gurux_media::bytes::BytesMut;
//! use gurux_media::{Instant, Session};
//! use gurux_modbus::session::{Client, ClientConfig, ClientEvent, Framing};
//! use gurux_modbus::session::{Memory, Server, ServerConfig};
//! use gurux_modbus::value::{ByteOrder, Format, ValueType};
//! use gurux_modbus::wire::UnitId;
//! use gurux_value::{Decimal, Value};
//!
//! # fn main() -> Result<(), gurux_modbus::Error> {
//! // How a counter lies in its registers: 32 bits, the low word first, in tenths.
//! let energy = Format::new(ValueType::U32)
//!     .with_order(ByteOrder::CDAB)?
//!     .with_scale(Decimal::new(1, -1), Decimal::ZERO)?;
//!
//! // A device that is only its registers.
//! let mut registers = [0; 2];
//! energy.encode(&Value::from(Decimal::new(1_234_567, -1)), &mut registers)?;
//! let mut memory = Memory::default();
//! memory.input_registers.extend((72..).zip(registers));
//! let mut server = Server::new(ServerConfig::new(Framing::Rtu), memory);
//!
//! // Ask for it. The line between the two is a buffer, and time stands still.
//! let mut client = Client::new(ClientConfig::new(Framing::Rtu));
//! client.read_input_registers(UnitId::new(1), 72, 2)?;
//! let (now, mut line) = (Instant::ZERO, BytesMut::new());
//! client.poll_transmit(now, &mut line);
//! assert_eq!(line[..], [0x01, 0x04, 0x00, 0x48, 0x00, 0x02, 0xF1, 0xDD]);
//! server.handle_input(now, &line.split());
//! let later = server.poll_timeout().unwrap_or(now);
//! server.poll_transmit(later, &mut line);
//! client.handle_input(later, &line.split());
//!
//! let Some(ClientEvent::Reply(reply)) = client.poll_event() else { panic!("no reply") };
//! let read = energy.decode(reply.registers().expect("registers"), &mut [])?;
//! assert_eq!(read.value.map(|value| value.to_string()).as_deref(), Some("123456.7"));
//! # Ok(())
//! # }
//! ```
//!
//! # The modules
//!
//! | module | is | needs |
//! |--------|----|-------|
//! | [`wire`] | messages: [`Request`](wire::Request) and [`Response`](wire::Response), and the frames around them | |
//! | [`value`] | what registers say: types, orders of octets, scale, marks of absence | |
//! | [`sunspec`] | which SunSpec models a device has, and where | |
//! | [`plan`] | the fewest requests for what is wanted, and what refusals teach | `alloc` |
//! | [`session`] | conversations: [`Client`](session::Client), [`Server`](session::Server), [`Listener`](session::Listener) | `alloc` |
//! | [`Address`], [`Table`] | where a value lies in a device, as people write it | |
//!
//! Frames are cut out of streams by `gurux_framing::{rtu, ascii, mbap}`, which know nothing else of
//! Modbus. A device with its registers by name, as a file, is `gurux-device`.
//!
//! # Which part to use
//!
//! - One captured frame: `wire::rtu::Adu::<Response>::from_bytes`, or `wire::tcp`, `wire::ascii`.
//! - A device to talk to: [`session::Client`] with a medium of `gurux-media`.
//! - To be a device: implement [`session::Model`], or fill [`session::Memory`], for a
//!   [`session::Server`].
//! - No allocator: everything but [`plan`] and [`session`]. Nothing there can panic; a program without
//!   operating system shows it.
//!
//! # Features
//!
//! | feature | gives |
//! |---------|-------|
//! | `std` (default) | `alloc`, and the standard library's error trait everywhere |
//! | `alloc` (default with `std`) | [`plan`], [`session`], values that own |
//! | `serde` | settings, addresses, formats and owned values as text |
//! | `small-tables` | a check sum table of 512 octets in place of 8 KiB |
//!
//! # Limits
//!
//! - CANopen inside function 2B (MEI type 0D) and unknown MEI types are carried as octets.
//! - TLS (Modbus/TCP Security) is a medium's affair: the messages inside are those of TCP.
//! - User-defined functions on RTU need a rule for their length, or end by silence.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

#[macro_use]
mod text;

mod address;
mod error;
#[cfg(feature = "alloc")]
pub mod plan;
#[cfg(feature = "alloc")]
pub mod session;
pub mod sunspec;
pub mod value;
pub mod wire;

pub use address::{Address, AddressError, Table};
pub use error::Error;

/// Runs the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
