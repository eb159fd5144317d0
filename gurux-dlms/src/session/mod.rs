//! Conversations: state machines without a clock, a socket or a thread. Whoever owns the medium turns
//! the crank ([`gurux_media::Session`]).
//!
//! | module, type | is |
//! |---|---|
//! | [`link`] | the HDLC data link, client and meter; works without an allocator |
//! | `Client` | reads, writes and calls what a meter has |
//! | [`Guard`] | the protection of one association, either side |
//! | `Authentication`, `Agreed`, `Refusal` | the words of an association, either side |
//! | [`WrapperLink`] | the wrapper of TCP and UDP, either side |
//! | `ClientCarrier` | HDLC or the wrapper, behind a sign-on or not, with one set of verbs |
//! | `meter` | the meter's side: what it serves, who may associate, and how it answers |
//! | `procedure` | what takes several orders: a load profile, the clock, firmware, keys |
//! | `SignOn`, `SignOnMeter` | entering HDLC on an optical head, mode E of IEC 62056-21 |

#[cfg(feature = "alloc")]
mod association;
#[cfg(feature = "alloc")]
mod carrier;
#[cfg(feature = "alloc")]
mod client;
mod guard;
pub mod link;
#[cfg(feature = "alloc")]
pub mod meter;
#[cfg(feature = "alloc")]
pub mod procedure;
#[cfg(feature = "alloc")]
mod sign_on;
mod wrapper;

#[cfg(feature = "alloc")]
pub use association::{Agreed, Authentication, Referencing, Refusal, Secret};
#[cfg(feature = "alloc")]
pub use carrier::{CarrierEvent, ClientCarrier, Lost};

#[cfg(feature = "alloc")]
pub use client::{
    Access, CallError, CallId, Client, ClientConfig, ClientEvent, CounterFrom, Failure, Quirks,
    Seed, Stores,
};
pub use guard::{Form, Guard, GuardError, Unprotected};
#[cfg(feature = "alloc")]
pub use sign_on::{
    Identification, IdentificationError, SignOn, SignOnConfig, SignOnEvent, SignOnFailure,
    SignOnMeter, SignOnMeterConfig, SignOnMeterEvent,
};
pub use wrapper::{WrapperConfig, WrapperEvent, WrapperLink};
