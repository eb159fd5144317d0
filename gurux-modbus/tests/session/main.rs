//! Sessions on a simulated clock: by hand, octet for octet, and in pairs over a line in memory.
#![expect(
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what surprises a test shall stop it"
)]

mod client;
mod desk;
mod listener;
mod pairs;
mod server;
#[cfg(feature = "serde")]
mod settings;
#[cfg(feature = "serde")]
mod stored;
