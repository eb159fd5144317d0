//! The client against meters that are functions: what it asks, what it tells, and how it ends.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "what surprises a test shall stop it"
)]

mod associations;
mod desk;
mod objects;
mod orders;
mod size;
mod storms;
mod transfers;
