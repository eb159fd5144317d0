//! Generated DLMS messages, put before other people's codecs and ours.
//!
//! A [`Gen`] makes messages of every service in [`SERVICES`] from a seed. For each peer something says
//! the same message in its words: [`twin`] for dlms-cosem-rs, [`dialect`](mod@dialect) for gurux-dlms. A
//! [`Tally`] counts the cases, and how often the two differ in a way that is known and decided; any other
//! difference fails the test.

pub mod dialect;
pub mod engines;
mod generate;
pub mod pipe;
pub mod sealed;
mod service;
mod tally;
pub mod twin;

pub use generate::{Gen, octets_of};
pub use service::{Message, SERVICES, Service};
pub use tally::{Decided, Tally, Way, cases, slow_cases};
