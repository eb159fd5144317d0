//! Conversations: reader, meter and receiver, as pure functions of time.

mod meter;
mod reader;
mod receiver;
mod search;
