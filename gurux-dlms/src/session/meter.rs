//! The meter's side of a conversation: what it serves, and how it answers.
//!
//! | type | is |
//! |---|---|
//! | [`Meter`] | the session: links, associations, protection, services |
//! | [`Account`] | who may associate, and how |
//! | [`MeterCarrier`] | HDLC with several clients, or the wrapper; behind a sign-on or not |
//! | [`Model`] | what is served: anything that reads, writes and acts |
//! | [`Memory`], [`Entry`] | a model in memory whose objects behave as their classes say |
//! | [`Services`] | the services alone, over messages in clear |

mod account;
mod associate;
mod carrier;
mod challenge;
mod general;
mod memory;
mod model;
mod services;
mod session;
mod view;

pub use account::{Account, MeterConfig};
pub use carrier::{CLIENTS, Caller, MeterCarrier};
pub use memory::{Entry, Memory, MemoryEvent};
pub use model::{Access, Model, Object, Out, Who};
pub use services::{Services, Terms};
pub use session::{Meter, MeterEvent};
