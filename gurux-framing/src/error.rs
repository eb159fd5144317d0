//! [`WireError`]: one located error for every octet that is not as the standard says.

use core::fmt;

/// What is wrong with octets, and where.
///
/// It reads as one sentence, made for a person who holds the capture:
///
/// ```
/// use gurux_framing::{WireError, WireErrorKind};
///
/// let error = WireError::new(17, "get-response data", WireErrorKind::Length {
///     declared: 200,
///     available: 52,
/// });
/// assert_eq!(error.to_string(), "octet 17, get-response data: length says 200, 52 octets are left");
/// // The layer below adds where it put the payload, so the number counts in the capture.
/// assert_eq!(error.at(9).offset, 26);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WireError {
    /// Octets from the start of the outermost buffer to the field at fault.
    pub offset: usize,
    /// The field, as the standard calls it.
    pub what: &'static str,
    /// What is wrong with it, with both sides.
    pub kind: WireErrorKind,
}

/// The ways in which octets can be wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum WireErrorKind {
    /// The message ends inside the field. In a stream that is "wait"; in a whole message it is
    /// an error.
    Truncated {
        /// Octets that the field takes.
        needed: usize,
        /// Octets that are there.
        available: usize,
    },
    /// A length or count disagrees with what is there.
    Length {
        /// What the length says.
        declared: usize,
        /// What is there.
        available: usize,
    },
    /// A check sum does not fit.
    Checksum {
        /// Computed over the octets.
        expected: u32,
        /// Found in the message.
        found: u32,
    },
    /// A code that cannot stand here.
    Code(u32),
    /// A value outside what the standard allows here.
    Range {
        /// What was found.
        found: u32,
        /// The least that is allowed.
        min: u32,
        /// The most that is allowed.
        max: u32,
    },
    /// Octets after the end of a whole message.
    Trailing {
        /// How many.
        octets: usize,
    },
    /// More than is accepted, whatever the octets say.
    Limit {
        /// The most that is accepted.
        max: usize,
    },
    /// A text or structure that is not what the grammar asks for.
    Expected(&'static str),
    /// Encrypted, and with none of the keys at hand does it make sense.
    Keys,
    /// An octet that is always the same, and is not.
    Fixed {
        /// What stands there in every such message.
        expected: u8,
        /// What was found.
        found: u8,
    },
}

impl WireError {
    /// An error of `kind` in the field `what`, `offset` octets from the start of the buffer.
    #[must_use]
    pub const fn new(offset: usize, what: &'static str, kind: WireErrorKind) -> Self {
        Self { offset, what, kind }
    }

    /// The same error, seen from a buffer in which the present one begins at `origin`.
    #[must_use]
    pub const fn at(mut self, origin: usize) -> Self {
        self.offset = self.offset.saturating_add(origin);
        self
    }

    /// Is the message only shorter than it should be, so that more octets could mend it?
    #[must_use]
    pub const fn is_truncated(&self) -> bool {
        matches!(self.kind, WireErrorKind::Truncated { .. })
    }
}

impl WireErrorKind {
    /// The kind as one word for programs: `truncated`, `checksum`, ...
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "truncated",
            Self::Length { .. } => "length",
            Self::Checksum { .. } => "checksum",
            Self::Code(_) => "code",
            Self::Fixed { .. } => "fixed",
            Self::Range { .. } => "range",
            Self::Trailing { .. } => "trailing",
            Self::Limit { .. } => "limit",
            Self::Expected(_) => "expected",
            Self::Keys => "keys",
        }
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "octet {}, {}: {}", self.offset, self.what, self.kind)
    }
}

impl fmt::Display for WireErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Truncated { needed, available } => {
                write!(f, "{} needed, {}", Octets(needed), Left(available))
            }
            Self::Length { declared, available } => {
                write!(f, "length says {declared}, {}", Left(available))
            }
            Self::Checksum { expected, found } => {
                // `0x` and two digits for each octet of the wider one.
                let width = if expected.max(found) > 0xFF { 6 } else { 4 };
                write!(f, "check sum is {found:#0width$X}, the octets give {expected:#0width$X}")
            }
            Self::Code(code) => write!(f, "code {code:#04X} cannot stand here"),
            Self::Fixed { expected, found } => {
                write!(f, "it is {found:#04X} where {expected:#04X} must stand")
            }
            Self::Range { found, min, max } => {
                write!(f, "{found} is not within {min} to {max}")
            }
            Self::Trailing { octets } => write!(f, "{} after the end", Octets(octets)),
            Self::Limit { max } => write!(f, "more than the {max} that are accepted"),
            Self::Expected(what) => write!(f, "{what} is expected here"),
            Self::Keys => f.write_str("none of the given keys opens it; its sender's is needed"),
        }
    }
}

impl core::error::Error for WireError {}

struct Octets(usize);

impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 octet"),
            n => write!(f, "{n} octets"),
        }
    }
}

struct Left(usize);

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("none is left"),
            1 => f.write_str("1 octet is left"),
            n => write!(f, "{n} octets are left"),
        }
    }
}
