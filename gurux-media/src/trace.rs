//! What a medium tells of its work: [`TraceLevel`] and [`Trace`].

use core::fmt;
use std::boxed::Box;

use crate::{Instant, LineSettings, MediaError, MediaState};

/// How much is told (the five levels of IGXMedia). Each level tells what those before it tell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum TraceLevel {
    /// Nothing.
    #[default]
    Off,
    /// What failed.
    Error,
    /// What went on in spite of something.
    Warning,
    /// Changes of state and of the line.
    Info,
    /// Every octet.
    Verbose,
}

/// One thing told of a medium. It prints as one line: `0.012345 10.0.0.5:502 > 01 03`.
#[derive(Clone, Copy, Debug)]
pub struct Trace<'a> {
    /// When, on the medium's clock.
    pub at: Instant,
    /// The name of the medium.
    pub name: &'a str,
    /// What.
    pub what: TraceKind<'a>,
}

/// What a [`Trace`] tells.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum TraceKind<'a> {
    /// Octets were sent. Level Verbose.
    Sent(&'a [u8]),
    /// Octets came. Level Verbose.
    Received(&'a [u8]),
    /// A verb failed. Level Error.
    Failed(&'a MediaError),
    /// The other side hung up. Level Warning.
    HungUp,
    /// The state changed. Level Info.
    State(MediaState),
    /// The line was switched. Level Info.
    Line(&'a LineSettings),
    /// Another medium took this one's place. Level Info.
    Changed,
}

impl TraceKind<'_> {
    /// The level from which on this is told.
    #[must_use]
    pub const fn level(&self) -> TraceLevel {
        match self {
            Self::Failed(_) => TraceLevel::Error,
            Self::HungUp => TraceLevel::Warning,
            Self::State(_) | Self::Line(_) | Self::Changed => TraceLevel::Info,
            Self::Sent(_) | Self::Received(_) => TraceLevel::Verbose,
        }
    }
}

impl fmt::Display for Trace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.at, self.name)?;
        match self.what {
            TraceKind::Sent(octets) => write!(f, "> {}", Hex(octets)),
            TraceKind::Received(octets) => write!(f, "< {}", Hex(octets)),
            TraceKind::Failed(error) => write!(f, "error: {error}"),
            TraceKind::HungUp => f.write_str("the other side hung up"),
            TraceKind::State(state) => state.fmt(f),
            TraceKind::Line(line) => write!(f, "line {line}"),
            TraceKind::Changed => f.write_str("another medium"),
        }
    }
}

/// Octets as `01 0A FF`.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, octet) in self.0.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            write!(f, "{gap}{octet:02X}")?;
        }
        Ok(())
    }
}

/// Who is told.
pub(crate) type Hook = Box<dyn FnMut(&Trace<'_>) + Send>;

/// A level, and who is told.
#[derive(Default)]
pub(crate) struct Tracer {
    pub(crate) level: TraceLevel,
    pub(crate) hook: Option<Hook>,
}

impl Tracer {
    pub(crate) fn tell(&mut self, at: Instant, name: &str, what: TraceKind<'_>) {
        if what.level() <= self.level
            && let Some(hook) = &mut self.hook
        {
            hook(&Trace { at, name, what });
        }
    }

    /// Tells of a verb that failed, and hands the error on.
    pub(crate) fn failed(&mut self, at: Instant, name: &str, error: MediaError) -> MediaError {
        let what = match &error {
            MediaError::Closed => TraceKind::HungUp,
            error => TraceKind::Failed(error),
        };
        self.tell(at, name, what);
        error
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracer").field("level", &self.level).finish_non_exhaustive()
    }
}
