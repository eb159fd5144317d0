//! Conversations: a [`Client`] that asks, a [`Server`] that answers, a [`Listener`] that only
//! hears.
//!
//! Each is a state machine without a clock, a socket or a thread
//! ([`gurux_media::Session`]); whoever owns the medium turns the crank. All framings are one
//! [`Framing`] in the configuration, and nothing else changes with them.

mod adu;
mod client;
mod echo;
mod framing;
mod identification;
mod inbox;
mod listener;
mod pdu;
mod request;
mod server;

pub use self::client::{
    Client, ClientConfig, ClientCounters, ClientEvent, ExceptionRules, Failure, Leniency,
    OnException, Reply, RequestId, Resend, SendOptions, Skipped,
};
pub use self::framing::{Framing, FramingError};
pub use self::identification::{Identification, IdentificationObject, Next};
pub use self::listener::{Heard, Listener, ListenerConfig, ListenerEvent};
pub use self::pdu::{Pdu, PduError};
pub use self::server::{
    Memory, Model, OtherUnits, Server, ServerConfig, ServerCounters, ServerEvent,
};
