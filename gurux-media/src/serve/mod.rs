//! Serving many peers: one [`Session`] for each caller.
//!
//! `serve_tcp` gives each connection a thread, `serve_tcp_async` a task; on UDP there are no
//! connections, and `serve_udp` and `serve_udp_async` keep a session for each address that was
//! heard. All four obey the same [`ServeSettings`], and all ask for a session with a closure
//! that may refuse the caller.

#[cfg(feature = "tokio")]
mod asynchronous;
#[cfg(feature = "tcp")]
mod connections;
#[cfg(any(feature = "udp", feature = "tokio"))]
mod peers;

use core::time::Duration;

#[cfg(feature = "tokio")]
pub use asynchronous::{listen_async, serve_tcp_async, serve_udp_async};
#[cfg(feature = "tcp")]
pub use connections::serve_tcp;
#[cfg(feature = "udp")]
pub use peers::serve_udp;

#[cfg(doc)]
use crate::Session;

/// How many callers are served, and for how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ServeSettings {
    /// How many callers are served at the same time. One more is hung up on at once, so that it
    /// knows; on UDP its datagrams are not heard. 1024.
    pub limit: usize,
    /// After how long a silence a caller is hung up on, or forgotten. 10 minutes; `None` never,
    /// and then callers that went without a word fill the limit for good.
    pub idle: Option<Duration>,
}

impl Default for ServeSettings {
    fn default() -> Self {
        Self { limit: 1024, idle: Some(Duration::from_secs(600)) }
    }
}
