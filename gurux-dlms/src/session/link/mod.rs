//! The HDLC data link of IEC 62056-46, both sides: frames in order, each once, or a stated failure.
//!
//! A client (primary station) asks, a meter (secondary station) answers; one of them sends at a time
//! (normal response mode, two-way alternate). The turn passes with the poll bit of the client's last
//! frame and comes back with the final bit of the meter's.
//!
//! | type | is |
//! |---|---|
//! | [`ClientLink`] | the side that asks: one meter |
//! | [`MeterLink`] | the side that answers: several clients, each with a connection of its own |
//! | [`LinkEvent`] | what they tell |
//! | [`Buffers`], [`Store`] | where octets are kept: lent by the caller ([`Lent`]) or owned ([`Owned`]) |
//!
//! Both are state machines without a clock; with the feature `alloc` they are
//! [`gurux_media::Session`]s. They know nothing of what they carry: a message is the LLC octets and an
//! APDU, whole.
//!
//! **Lost frames.** Each information frame has a number modulo 8. What does not come is asked for
//! again: by REJ where a later one came, by sending again where nothing came for the response time-out.
//! A frame that came before is known by its number and dropped. A response that says nothing new is
//! never a reason to send: else each copy that a line makes would bring forth another.
//!
//! **Ends.** Every order comes to an end: time-outs are counted, and a meter that answers without
//! getting on is waited for no longer than
//! [`answer_timeout`](ClientLinkConfig::answer_timeout). When a link is lost, a message that was not
//! acknowledged may have arrived or not; it is never sent again by itself.
//!
//! Source: IEC 62056-46 and ISO/IEC 13239 as known from public texts, and captures of real meters,
//! named where they differ.

mod client;
mod config;
mod echo;
mod event;
mod inbox;
mod meter;
mod numbers;
mod station;
mod store;
mod unnumbered;

pub use client::{Answer, ClientLink};
pub use config::{ClientLinkConfig, MeterLinkConfig, Recovery, Snrm};
pub use event::{LinkCounters, LinkEvent, Why};
pub use meter::{MeterBuffers, MeterLink, MeterLinkEvent, Peer};
pub use station::SendError;
#[cfg(feature = "alloc")]
pub use store::Owned;
pub use store::{Buffers, Lent, Store, StoreSink};
