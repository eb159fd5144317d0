//! [`MediaError`]: what can go wrong on a channel.

/// What can go wrong on a channel. Each reads as one sentence that names the medium.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// A verb that needs an open channel came before `open`, or after `close`.
    #[error("the medium is not open")]
    NotOpen,
    /// The other side closed the channel.
    #[error("the other side closed the connection")]
    Closed,
    /// The medium cannot do what was asked.
    #[error("this medium cannot {0}")]
    Unsupported(&'static str),
    /// The system refused, with its own reason.
    #[cfg(feature = "std")]
    #[error("{name}: {what}: {source}")]
    Io {
        /// The name of the medium.
        name: std::string::String,
        /// What was being done.
        what: &'static str,
        /// The system's reason.
        source: std::io::Error,
    },
}
