//! [`MediaError`]: what can go wrong on a channel.

/// What can go wrong on a channel. Each reads as one sentence.
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
    /// A datagram is longer than the buffer that should take it (receiving), or than a datagram
    /// can be (sending). Nothing was cut.
    #[error("a datagram of {octets} octets does not fit into {room}")]
    Datagram {
        /// The length of the datagram.
        octets: usize,
        /// What there was room for.
        room: usize,
    },
    /// More octets are wanted in one piece than the channel's buffer may hold; what it holds is
    /// kept.
    #[error("{wanted} octets are wanted in one piece; the buffer holds at most {limit}")]
    Buffer {
        /// How many octets the caller's condition needs at least.
        wanted: usize,
        /// The bound of the buffer.
        limit: usize,
    },
    /// On a simulated line nothing is under way, and the caller would wait for ever.
    #[error("nothing is under way on the simulated line, and the wait has no end")]
    Stalled,
    /// A replay was sent something else than the recording holds.
    #[cfg(feature = "replay")]
    #[error(transparent)]
    Replay(#[from] crate::replay::Mismatch),
    /// A recording cannot be read.
    #[cfg(feature = "replay")]
    #[error("{name}: {source}")]
    Conversation {
        /// The name of the file.
        name: std::string::String,
        /// What is wrong in it.
        source: crate::replay::ConversationError,
    },
    /// The port is not there any more: its adapter was unplugged.
    #[cfg(feature = "std")]
    #[error("{name}: the port is gone (was the adapter unplugged?)")]
    Gone {
        /// The name of the medium.
        name: std::string::String,
    },
    /// None of the media of a failover list could be opened.
    #[cfg(feature = "std")]
    #[error("none of the media opened: {reasons}")]
    NoneOpened {
        /// The reason of each, in the order of the list, parted by `; `.
        reasons: std::string::String,
    },
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

#[cfg(feature = "std")]
impl MediaError {
    /// The system refused while the medium `name` was doing `what` (`"connect"`, `"send"`).
    #[must_use]
    pub fn io(name: &str, what: &'static str, source: std::io::Error) -> Self {
        Self::Io { name: name.into(), what, source }
    }

    /// An error of a connection in use: a peer that hung up is [`MediaError::Closed`].
    #[cfg(any(feature = "tcp", feature = "tokio"))]
    pub(crate) fn broken(name: &str, what: &'static str, source: std::io::Error) -> Self {
        use std::io::ErrorKind;

        match source.kind() {
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof => Self::Closed,
            _ => Self::io(name, what, source),
        }
    }
}
