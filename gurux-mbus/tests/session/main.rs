//! Sessions in pairs, over a simulated line with a clock of its own.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what surprises a test shall stop it"
)]

mod bench;
mod desk;
mod meter;
mod octets;
mod reader;
mod search;
mod storms;
