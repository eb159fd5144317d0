//! [`Media`]: a byte channel to a meter, after IGXMedia.

use core::fmt;

use crate::{Instant, LineSettings, MediaError};

/// Where a medium is in its life (IGXMedia: Opening, Open, Closing, Closed).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum MediaState {
    /// Not open: the first state, and the one after [`Media::close`] or a lost connection.
    #[default]
    Closed,
    /// [`Media::open`] is at work.
    Opening,
    /// Octets can pass.
    Open,
    /// [`Media::close`] is at work.
    Closing,
}

impl fmt::Display for MediaState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed",
            Self::Opening => "opening",
            Self::Open => "open",
            Self::Closing => "closing",
        })
    }
}

/// A byte channel: a socket, a serial port, a recording, one end of a pair in memory.
///
/// Eight verbs, all blocking. What IGXMedia has beyond them (end marks, counts, peeking, counters,
/// traces, events, settings) is written once over any medium, in `Channel`.
///
/// A medium also owns the clock of its line, because a simulated line has a simulated clock;
/// nothing above a medium asks the machine for the time.
pub trait Media {
    /// Opens the channel; does nothing if it is open.
    ///
    /// # Errors
    /// Whatever keeps it closed, with the name of the medium and the reason.
    fn open(&mut self) -> Result<(), MediaError>;

    /// Closes the channel; a call too many does nothing. Octets received and not yet taken are
    /// dropped.
    fn close(&mut self);

    /// Where the channel is in its life. Never blocks.
    fn state(&self) -> MediaState;

    /// Sends all of `octets` and returns when the medium has taken them (a serial port: when the
    /// last one is on the line). A datagram medium makes one datagram of them.
    ///
    /// # Errors
    /// [`MediaError::NotOpen`], [`MediaError::Closed`] when the other side hung up, and the
    /// system's own.
    fn send(&mut self, octets: &[u8]) -> Result<(), MediaError>;

    /// Waits for octets until `deadline` and puts what came first into `buf`; `Ok(0)` means the
    /// deadline passed (or `buf` is empty). A deadline in the past takes what is there and does
    /// not wait; [`Instant::FAR_FUTURE`] waits without end. A datagram longer than `buf` is an
    /// error, never cut in silence.
    ///
    /// # Errors
    /// [`MediaError::NotOpen`], [`MediaError::Closed`] when the other side hung up (after all of
    /// its octets were taken), and the system's own.
    fn receive(&mut self, buf: &mut [u8], deadline: Instant) -> Result<usize, MediaError>;

    /// Switches the settings of the line in mid-conversation; octets being sent go out first.
    /// Media without a line accept and ignore it: the same session runs over all of them.
    ///
    /// # Errors
    /// [`MediaError::Unsupported`] where the line cannot do what is asked.
    fn reconfigure(&mut self, line: &LineSettings) -> Result<(), MediaError>;

    /// The name of the physical line (`127.0.0.1:502`, `/dev/ttyUSB0`). Two media of one name
    /// share one line.
    fn name(&self) -> &str;

    /// The kind of medium, in IGXMedia's word: `Net`, `Serial`, `Terminal`, ...
    fn kind(&self) -> &'static str;

    /// The present moment on this medium's clock.
    fn now(&self) -> Instant;

    /// Does one received piece hold one whole message (UDP)? Then octets of two pieces must not
    /// be joined.
    fn is_datagram(&self) -> bool {
        false
    }
}

/// Hands every verb on to what `**self` is.
macro_rules! hand_on {
    () => {
        fn open(&mut self) -> Result<(), MediaError> {
            (**self).open()
        }

        fn close(&mut self) {
            (**self).close();
        }

        fn state(&self) -> MediaState {
            (**self).state()
        }

        fn send(&mut self, octets: &[u8]) -> Result<(), MediaError> {
            (**self).send(octets)
        }

        fn receive(&mut self, buf: &mut [u8], deadline: Instant) -> Result<usize, MediaError> {
            (**self).receive(buf, deadline)
        }

        fn reconfigure(&mut self, line: &LineSettings) -> Result<(), MediaError> {
            (**self).reconfigure(line)
        }

        fn name(&self) -> &str {
            (**self).name()
        }

        fn kind(&self) -> &'static str {
            (**self).kind()
        }

        fn now(&self) -> Instant {
            (**self).now()
        }

        fn is_datagram(&self) -> bool {
            (**self).is_datagram()
        }
    };
}

/// A borrowed medium is a medium.
impl<M: Media + ?Sized> Media for &mut M {
    hand_on!();
}

/// A medium whose kind is chosen at run time.
#[cfg(feature = "alloc")]
impl<M: Media + ?Sized> Media for alloc::boxed::Box<M> {
    hand_on!();
}
