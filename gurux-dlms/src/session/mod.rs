//! Conversations: state machines without a clock, a socket or a thread. Whoever owns the medium turns
//! the crank ([`gurux_media::Session`]).
//!
//! | module, type | is |
//! |---|---|
//! | [`link`] | the HDLC data link, client and meter; works without an allocator |
//! | `Client` | reads, writes and calls what a meter has |
//! | `ObjectList` | what an association shows of a meter, and what a client may do with it |
//! | [`Guard`] | the protection of one association, either side |
//! | `Authentication`, `Agreed`, `Refusal` | the words of an association, either side |
//! | [`WrapperLink`] | the wrapper of TCP and UDP, either side |
//! | `ClientCarrier` | HDLC or the wrapper, behind a sign-on or not, with one set of verbs |
//! | `Listener` | the side that meters push to: readings from many of them, opened with the keys of each |
//! | `Pusher` | the side of a meter that pushes: in its windows, tried again until it is confirmed |
//! | `meter` | the meter's side: what it serves, who may associate, and how it answers |
//! | `procedure` | what takes several orders: a load profile, the clock, firmware, keys |
//! | `SignOn`, `SignOnMeter` | entering HDLC on an optical head, mode E of IEC 62056-21 |
//!
//! # A meter is read
//!
//! A `Client` is told what to read, and its owner drives it until the value is there. It associates when it
//! has to, takes lists, blocks and ACCESS as the meter has agreed to them, and needs no more than this,
//! which runs against a simulated meter here and against a real one over `gurux_media::tcp`:
//!
//! ```
//! # #[cfg(feature = "crypto")] {
//! use gurux_dlms::security::{Software, SystemTitle};
//! use gurux_dlms::session::link::Owned;
//! use gurux_dlms::session::meter::{Account, Entry, Memory, Meter, MeterCarrier, MeterConfig};
//! use gurux_dlms::session::{
//!     Authentication, Client, ClientCarrier, ClientConfig, ClientEvent, Guard, Referencing, Secret,
//!     Seed, Stores, WrapperConfig, WrapperLink,
//! };
//! use gurux_dlms::table::class::ClassId;
//! use gurux_dlms::value::Data;
//! use gurux_dlms::wire::AttributeDescriptor;
//! use gurux_media::{Instant, Session, bytes::BytesMut};
//!
//! # let own_way = |own, peer| WrapperLink::new(WrapperConfig { own, peer, ..WrapperConfig::default() },
//! #     Owned::new(2048), Owned::new(2048));
//! // The meter: a register, for whoever knows the password.
//! let energy = "1-0:1.8.0*255".parse()?;
//! let mut memory = Memory::new();
//! memory.add(Entry::new(ClassId::REGISTER, 0, energy).with(2, &Data::DoubleLongUnsigned(1_249_750)));
//! let way = || Authentication::Low(Secret::new(b"12345678").expect("up to 64 octets"));
//! let mut meter = Meter::new(
//!     MeterConfig::new(SystemTitle(*b"SIM\0\0\0\0\x01")),
//!     vec![Account::new(Referencing::LogicalNames, way())],
//!     Software, memory, MeterCarrier::wrapper(own_way(1, 0)), |_: &mut [u8]| {},
//! );
//! // The client, and what it is to read.
//! let mut client = Client::new(ClientConfig::default(), way(), ClientCarrier::wrapper(own_way(16, 1)),
//!     Guard::open(Software), Seed::new([0; 32]), Stores::owned(1024, 65_536));
//! let attribute = AttributeDescriptor { class_id: 3, instance_id: energy, attribute_id: 2 };
//! client.get(attribute)?;
//! // The crank: what one side sends, the other takes. A driver of gurux-media does it over a medium.
//! let (now, mut found) = (Instant::ZERO, None);
//! meter.handle_open(now);
//! while found.is_none() {
//!     let mut line = BytesMut::new();
//!     client.poll_transmit(now, &mut line);
//!     meter.handle_input(now, &line);
//!     line.clear();
//!     while meter.poll_transmit(now, &mut line).is_some() {}
//!     client.handle_input(now, &line);
//!     while let Some(event) = client.poll_event() {
//!         match event {
//!             ClientEvent::Value { .. } => found = client.value()?.as_integer(),
//!             ClientEvent::Failed { failure, .. } => return Err(failure.into()),
//!             _ => {}
//!         }
//!     }
//! }
//! assert_eq!(found, Some(1_249_750));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `examples/read_meter.rs` does it over TCP in a thread, `read_meter_tokio.rs` on tokio, `read_profile.rs`
//! reads a load profile row by row, and `be_a_meter` is a whole meter on a socket.
//!
//! # Pushes are listened to
//!
//! A `Listener` takes what meters send of themselves: one for each connection, peer or line, with keys that
//! all of them share. What it tells becomes measurements by `Pushed::measurements`.
//! `examples/listen_to_pushes.rs` does so for any number of meters on a port, and `gurux-ami listen` is
//! the same as a command.
//!
//! A meter's side of it is a `Pusher`. `Memory::push` makes what it sends of a push setup (class 40): which
//! values, in which window, after which random wait, how often again; `examples/push_readings.rs` does so
//! each minute. What is confirmed, and what is not, is an event.
//!
//! # What some meters need
//!
//! What can be told from a meter's octets is understood without a word. The rest is a field of `Quirks`, off
//! unless it is set, with the meters that need it named beside it. To add one: a field there, the place in
//! `session/client` that looks at it, and a test in `tests/client` with a meter that does not answer
//! without it; then its name in gurux-device's `Quirks` attribute, so that a profile can set it.
//!
//! # Keys in another place than memory
//!
//! A client and a meter know keys only as the [`Cipher`](crate::security::Cipher) that a
//! [`Provider`](crate::security::Provider) made of them. Where keys lie in a module that does not give them
//! away, implement `Cipher` with its commands, and hand it in with a
//! [`Keyring`](crate::security::Keyring). The authentication key is data of the cipher and is held as it
//! is. Private keys are [`PrivateKey`](crate::security::PrivateKey), likewise. Counters outlive the program by
//! a [`CounterStore`](crate::security::CounterStore).
//!
//! ```
//! use gurux_dlms::security::{Cipher, CipherError, Key, Keyring};
//! # struct Bus; impl Bus { fn gcm(&self, _: u8, _: bool, _: &[u8], _: &[&[u8]], _: &mut [u8]) -> Option<[u8; 12]> { Some([0; 12]) }
//! #     fn ctr(&self, _: u8, _: &[u8], _: &mut [u8]) -> Option<()> { Some(()) } }
//!
//! /// A key that a security module has in this slot.
//! struct Slot<'b> { bus: &'b Bus, number: u8 }
//!
//! impl Cipher for Slot<'_> {
//!     fn encrypt(&self, nonce: &[u8; 12], header: &[&[u8]], octets: &mut [u8]) -> Result<[u8; 12], CipherError> {
//!         self.bus.gcm(self.number, true, nonce, header, octets).ok_or(CipherError::Failed)
//!     }
//!     fn decrypt(&self, nonce: &[u8; 12], header: &[&[u8]], octets: &mut [u8], tag: &[u8; 12]) -> Result<(), CipherError> {
//!         let found = self.bus.gcm(self.number, false, nonce, header, octets).ok_or(CipherError::Failed)?;
//!         // The module compares in constant time, or this does.
//!         if found == *tag { Ok(()) } else { Err(CipherError::Tag) }
//!     }
//!     fn apply_keystream(&self, nonce: &[u8; 12], octets: &mut [u8]) -> Result<(), CipherError> {
//!         self.bus.ctr(self.number, nonce, octets).ok_or(CipherError::Failed)
//!     }
//! }
//!
//! let bus = Bus;
//! let authentication: Key = "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF".parse()?;
//! let keys = Keyring::new(Slot { bus: &bus, number: 3 }).with_authentication(authentication);
//! # let _ = keys;
//! # Ok::<(), gurux_dlms::security::KeyError>(())
//! ```

#[cfg(feature = "alloc")]
mod association;
#[cfg(feature = "alloc")]
mod carrier;
#[cfg(feature = "alloc")]
mod client;
mod guard;
pub mod link;
#[cfg(feature = "alloc")]
mod listener;
#[cfg(feature = "alloc")]
pub mod meter;
#[cfg(feature = "alloc")]
pub mod procedure;
#[cfg(feature = "alloc")]
mod pusher;
#[cfg(feature = "alloc")]
mod sign_on;
mod wrapper;

#[cfg(feature = "alloc")]
pub use association::{Agreed, Authentication, Referencing, Refusal, Secret};
#[cfg(feature = "alloc")]
pub use carrier::{CarrierEvent, ClientCarrier, Lost};

#[cfg(feature = "alloc")]
pub use client::{
    Access, CallError, CallId, Client, ClientConfig, ClientEvent, CounterFrom, Failure,
    ListedObject, ObjectList, Quirks, Seed, Stores,
};
pub use guard::{Form, Guard, GuardError, Unprotected};
#[cfg(feature = "alloc")]
pub use listener::{
    Listener, ListenerConfig, ListenerEvent, MeterKeys, PushKeys, PushRefusal, Pushed, PushedBy,
};
#[cfg(feature = "alloc")]
pub use pusher::{
    Push, PushCarrier, PushFailure, PushNotTaken, Pusher, PusherConfig, PusherEvent,
    RepetitionDelay,
};
#[cfg(feature = "alloc")]
pub use sign_on::{
    Identification, IdentificationError, SignOn, SignOnConfig, SignOnEvent, SignOnFailure,
    SignOnMeter, SignOnMeterConfig, SignOnMeterEvent,
};
pub use wrapper::{WrapperConfig, WrapperEvent, WrapperLink};
