//! Byte channels to meters, after IGXMedia.
//!
//! A meter hangs on a socket, a serial line, an optical head or a modem. This crate makes all of
//! them one thing, a [`Media`]: open, send, receive until a deadline, switch the line, close. What
//! is said over it is a [`Session`]'s affair: a state machine without a clock, a socket or a
//! thread. And [`drive`] is the loop that runs the one over the other, written once, so that the
//! same reading works over every medium, only the medium changed.
//!
//! Without features the crate is that contract alone, `no_std` and without I/O: what the codecs
//! and protocols of the stack depend on.
//!
//! # A conversation
//!
//! A client asks, a meter answers; here both over one simulated line of 300 baud, where nobody
//! waits for the second that it takes. To read a real meter, replace `line` by
//! `open_media(&"serial:/dev/ttyUSB0,300,7E1".parse()?)?` and nothing else.
//!
//! ```
//! # #[cfg(feature = "pair")] {
//! use core::time::Duration;
//! use gurux_media::bytes::BytesMut;
//! use gurux_media::pair::{PairSettings, Simulated, pair};
//! use gurux_media::{Driven, Driver, Instant, LineSettings, Media, Session, Transmit};
//!
//! /// Sends a request, up to three times; tells the answer's line, or that none came.
//! #[derive(Default)]
//! struct Client {
//!     tries: u32,
//!     due: Option<Instant>,
//!     line: Vec<u8>,
//!     told: Option<Result<String, ()>>,
//! }
//!
//! impl Session for Client {
//!     type Event = Result<String, ()>;
//!
//!     fn handle_input(&mut self, _now: Instant, octets: &[u8]) {
//!         self.line.extend_from_slice(octets);
//!         if self.line.ends_with(b"\r\n") {
//!             self.due = None;
//!             self.told = Some(Ok(String::from_utf8_lossy(&self.line).trim_end().to_string()));
//!         }
//!     }
//!     fn handle_timeout(&mut self, now: Instant) {
//!         if self.due.is_some_and(|due| due <= now) {
//!             self.due = None;
//!             if self.tries == 3 { self.told = Some(Err(())) }
//!         }
//!     }
//!     fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
//!         if self.due.is_some() || self.tries == 3 || self.told.is_some() { return None }
//!         self.tries += 1;
//!         self.due = Some(now + Duration::from_secs(2));
//!         out.extend_from_slice(b"/?!\r\n");
//!         Some(Transmit::now(5))
//!     }
//!     fn poll_timeout(&self) -> Option<Instant> { self.due }
//!     fn poll_event(&mut self) -> Option<Self::Event> { self.told.take() }
//! }
//!
//! /// Answers every request with its name.
//! #[derive(Default)]
//! struct Meter { asked: bool }
//!
//! impl Session for Meter {
//!     type Event = ();
//!     fn handle_input(&mut self, _now: Instant, octets: &[u8]) {
//!         self.asked |= octets.contains(&b'\n');
//!     }
//!     fn handle_timeout(&mut self, _now: Instant) {}
//!     fn poll_transmit(&mut self, _now: Instant, out: &mut BytesMut) -> Option<Transmit> {
//!         if !std::mem::take(&mut self.asked) { return None }
//!         out.extend_from_slice(b"/GUX5meter\r\n");
//!         Some(Transmit::now(12))
//!     }
//!     fn poll_timeout(&self) -> Option<Instant> { None }
//!     fn poll_event(&mut self) -> Option<()> { None }
//! }
//!
//! let (near, far) = pair(&PairSettings {
//!     line: Some("300 7E1".parse::<LineSettings>()?),
//!     ..PairSettings::default()
//! });
//! let mut line = Simulated::new(near, far, Meter::default());
//!
//! let mut client = Client::default();
//! let mut driver = Driver::new();
//! let until = line.now() + Duration::from_secs(60);
//! let driven = driver.drive(&mut client, &mut line, until)?;
//! assert_eq!(driven, Driven::Event(Ok("/GUX5meter".to_string())));
//! // 17 octets of ten bits at 300 bit/s:
//! assert_eq!(line.now(), Instant::from_micros(566_667));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Map
//!
//! | what | where | feature |
//! | --- | --- | --- |
//! | the contract | [`Media`], [`Instant`], [`LineSettings`], [`MediaError`] | none |
//! | | [`Session`], [`Transmit`] | `alloc` |
//! | the loop, blocking | [`Driver`], [`Driven`] | `alloc` |
//! | the loop on tokio | `drive::AsyncDriver` over `drive::AsyncMedia` | `tokio`, `tokio-serial` |
//! | which medium, as a value | [`MediaSettings`], [`open_media`] | `std` (default) |
//! | TCP: call, or be called | `tcp::Tcp`, `tcp::TcpServer` | `tcp` |
//! | UDP | `udp::Udp`, `udp::UdpServer` | `udp` |
//! | serial ports, real and USB | `serial::Serial`, `serial::AsyncSerial` | `serial`, `tokio-serial` |
//! | a pseudo-terminal of our own | `pty::Pty` | `pty` (Unix) |
//! | many callers at once | `serve` | `tcp`, `udp`, `tokio` |
//! | a line in memory, simulated time | `pair::pair`, `pair::Simulated`, `pair::Conductor` | `pair` |
//! | conversations on paper | `replay::Recording`, `replay::Replay` | `replay` |
//! | the rest of IGXMedia, XML settings | `Channel`, `MediaSettings::from_xml` | `channel` |
//! | wrappers over any medium | [`Traced`], [`Faulty`], [`Failover`] | `std` |
//! | the machine's clock | [`clock`] | `std` |
//!
//! A user of the stack touches [`MediaSettings`] and [`open_media`]; a writer of a protocol
//! implements [`Session`] and tests it with `pair`; a writer of another medium implements
//! [`Media`], eight verbs.
//!
//! # Features
//!
//! `std` (the default) and `alloc` bring no dependency but `bytes` and `thiserror`. Each adapter
//! is a feature of its own, by the name in the map; `full` is all of them but tokio's; `serde`
//! makes settings, faults and recordings serialisable.
//!
//! # Limits
//!
//! - TLS, AT modem terminals, SMS and MQTT tunnels are not among the adapters yet.
//! - Space parity with eight data bits and mark parity with two stop bits are refused: no common
//!   driver does them.
//! - RS-485 by RTS is kept in exact time by the blocking port only.
//! - Windows is meant to work but for `pty`; the tests run on Linux.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(
    not(feature = "std"),
    allow(rustdoc::broken_intra_doc_links, reason = "the guide speaks of what features add")
)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "channel")]
mod channel;
#[cfg(feature = "std")]
pub mod clock;
#[cfg(feature = "alloc")]
pub mod drive;
mod error;
#[cfg(feature = "std")]
mod failover;
#[cfg(feature = "std")]
mod faults;
#[cfg(feature = "std")]
mod faulty;
mod line;
mod media;
#[cfg(feature = "std")]
mod open;
#[cfg(feature = "pair")]
pub mod pair;
#[cfg(any(feature = "serial", feature = "pty"))]
mod parity;
#[cfg(all(unix, feature = "pty"))]
pub mod pty;
#[cfg(feature = "replay")]
pub mod replay;
#[cfg(feature = "serial")]
pub mod serial;
#[cfg(any(feature = "tcp", feature = "udp", feature = "tokio"))]
pub mod serve;
#[cfg(feature = "alloc")]
mod session;
#[cfg(feature = "std")]
pub mod settings;
#[cfg(feature = "tcp")]
pub mod tcp;
mod time;
#[cfg(feature = "std")]
mod trace;
#[cfg(feature = "std")]
mod traced;
#[cfg(feature = "udp")]
pub mod udp;
#[cfg(any(feature = "tcp", feature = "udp", feature = "pty"))]
mod wait;

#[cfg(feature = "alloc")]
pub use bytes;

#[cfg(feature = "channel")]
pub use channel::{Channel, ChannelEvent, ReceiveParameters, Received};
#[cfg(feature = "alloc")]
pub use drive::{Driven, Driver};
pub use error::MediaError;
#[cfg(feature = "std")]
pub use failover::Failover;
#[cfg(feature = "std")]
pub use faults::Faults;
#[cfg(feature = "std")]
pub use faulty::Faulty;
pub use line::{FlowControl, LineSettings, LineSettingsError, Parity, Rs485};
pub use media::{Media, MediaState};
#[cfg(feature = "std")]
pub use open::{new_media, open_media};
#[cfg(feature = "alloc")]
pub use session::{Session, Transmit};
#[cfg(feature = "std")]
pub use settings::MediaSettings;
pub use time::Instant;
#[cfg(feature = "std")]
pub use trace::{Trace, TraceKind, TraceLevel};
#[cfg(feature = "std")]
pub use traced::Traced;
