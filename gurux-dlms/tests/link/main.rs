//! The HDLC link, both sides: octet by octet, over a line on which everything goes wrong, and against
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what surprises a test shall stop it"
)]

mod client;
mod desk;
mod meter;
mod sign_on;
mod storms;
