//! Conversations: a [`Reader`] that asks, a [`Search`] that finds, a [`Meter`] that answers, a
//! receiver that listens.
//!
//! Each is a state machine without a clock, a socket or a thread ([`gurux_media::Session`]); whoever
//! owns the medium turns the crank, as [`gurux_media::drive`] does. Sessions are values: two lines
//! have two of them, which know nothing of each other.
//!
//! On a wire there is one request at a time, and no number says which answer belongs to which. What
//! keeps them apart is the same for [`Reader`] and [`Search`]:
//!
//! - **time**: an answer begins within 330 bit times and 50 ms ([`LinkConfig`]); after a request
//!   that was sent more often than it was answered, the next one waits for the late answer;
//! - **the frame count bit**: it toggles when an answer came, and stays when none did, so that a
//!   meter knows whether to go on or to say the same again;
//! - **the octets**: our own frame that comes back is an echo; up to three octets that make no frame
//!   are noise, more of them several answers at once; E5 counts where it is expected, alone, and
//!   elsewhere only if it comes each time.
//!
//! The meter's side of the frame count:
//!
//! ```text
//!              SND_NKE, selection                 request, any bit
//!     any  ------------------------->  reset  ---------------------->  telegram 0 told
//!
//!     telegram n told --the same frame again, its bit valid--> telegram n told again
//!                     --REQ_UD2, bit toggled--> telegram n + 1, or 0 after the last
//! ```

mod exchange;
mod frame_count;
mod inbox;
mod link_config;
mod meter;
mod reader;
mod received;
mod receiver;
mod search;
mod target;

pub use self::link_config::LinkConfig;
pub use self::meter::{Meter, MeterConfig, MeterEvent, MeterModel, Reaction};
pub use self::reader::{Done, Failure, Initialise, Reader, ReaderConfig, ReaderEvent, RequestId};
pub use self::received::ReceivedFrame;
pub use self::receiver::{
    Compact, FormatMemory, Install, KeyStore, Order, OrderFailure, OrderId, ReceivedTelegram,
    Receiver, ReceiverConfig, ReceiverCounters, ReceiverEvent,
};
pub use self::search::{
    Digits, Ended, FoundMeter, Progress, Search, SearchConfig, SearchEvent, SearchState,
};
pub use self::target::Target;
