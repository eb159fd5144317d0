//! Conversations: reader, meter and receiver, as pure functions of time.

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
pub use self::search::{
    Digits, Ended, FoundMeter, Progress, Search, SearchConfig, SearchEvent, SearchState,
};
pub use self::target::Target;
