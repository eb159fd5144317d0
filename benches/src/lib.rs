//! The fixed workloads on which speed is judged.
//!
//! A [`Workload`] is a piece of work with one right result: decode this frame to its registers and
//! add them up, emit this request. A [`Contender`] does one workload with one library; ours are in
//! [`modbus`], other people's in the workspace `benches/peers`. Whatever compares contenders first
//! compares what they [`deliver`](Contender::deliver).
//!
//! - `cargo bench` times ours with criterion.
//! - `gate allocations` and `gate instructions` count, exactly and repeatably, and hold the counts
//!   against `benches/gates.tsv`.
//! - `benches/README.md` has the figures, and says how they were taken.

mod allocations;
mod contender;
pub mod dlms;
pub mod dlms_client;
pub mod frames;
pub mod hdlc;
mod instructions;
pub mod mbus;
pub mod modbus;
pub mod names;
#[cfg(test)]
mod published;
pub mod sealed;
pub mod telegrams;

/// Ours, protocol by protocol; no two share a workload.
pub const OURS: [Entry; 6] = [
    modbus::contender,
    mbus::contender,
    hdlc::contender,
    sealed::contender,
    dlms::contender,
    dlms_client::contender,
];

pub use allocations::Counting;
pub use contender::{Contender, Entry, OUT_LEN, Workload};
pub use instructions::instructions;
