//! Conversations: state machines without a clock, a socket or a thread. Whoever owns the medium turns
//! the crank ([`gurux_media::Session`]).
//!
//! | module, type | is |
//! |---|---|
//! | [`link`] | the HDLC data link, client and meter; works without an allocator |
//! | `SignOn`, `SignOnMeter` | entering HDLC on an optical head, mode E of IEC 62056-21 |

pub mod link;
#[cfg(feature = "alloc")]
mod sign_on;

#[cfg(feature = "alloc")]
pub use sign_on::{
    Identification, IdentificationError, SignOn, SignOnConfig, SignOnEvent, SignOnFailure,
    SignOnMeter, SignOnMeterConfig, SignOnMeterEvent,
};
