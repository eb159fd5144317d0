//! [`Wire`]: what has a form on the wire, and the laws that hold for each.

use crate::explain::Visit;
use crate::reader::Reader;
use crate::sink::{Sink, SliceSink};
use crate::{WireError, WireErrorKind};

/// What a parser that nom can combine answers: the octets left, and the value.
pub type Parsed<'a, T> = nom::IResult<&'a [u8], T, Fault<'a>>;

/// A [`WireError`] inside a nom grammar: it keeps the slice at which it stood until somebody who
/// knows the whole buffer turns that into an offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault<'a> {
    /// The octets from the fault on.
    pub rest: &'a [u8],
    /// The field, as the standard calls it.
    pub what: &'static str,
    /// What is wrong with it.
    pub kind: WireErrorKind,
}

impl<'a> nom::error::ParseError<&'a [u8]> for Fault<'a> {
    fn from_error_kind(rest: &'a [u8], kind: nom::error::ErrorKind) -> Self {
        let kind = match kind {
            nom::error::ErrorKind::Eof => WireErrorKind::Truncated {
                needed: rest.len().saturating_add(1),
                available: rest.len(),
            },
            _ => WireErrorKind::Expected("something else"),
        };
        Self { rest, what: "", kind }
    }

    fn append(_: &'a [u8], _: nom::error::ErrorKind, other: Self) -> Self {
        other
    }
}

impl<'a> nom::error::ContextError<&'a [u8]> for Fault<'a> {
    /// The innermost name wins: it is the field's own.
    fn add_context(_: &'a [u8], what: &'static str, other: Self) -> Self {
        if other.what.is_empty() { Self { what, ..other } } else { other }
    }
}

/// A type that has a form on the wire.
///
/// A type says how it is read from a [`Reader`], how it is written into a [`Sink`], and how many
/// octets that takes; the rest is provided. Reading borrows and does not allocate; repeated parts
/// stay octets, with a lazy iterator over them.
///
/// Laws, which [`wire_laws!`](crate::wire_laws) tests:
/// - reading what was emitted gives the same value;
/// - `emit` writes exactly `wire_len` octets;
/// - no input makes `read` panic;
/// - a strict prefix of a message that carries its own length or count is refused.
///
/// ```
/// use gurux_framing::{Reader, Sink, Visit, Wire, WireError};
///
/// /// Two octets of address, two of count.
/// #[derive(PartialEq, Debug)]
/// struct Span { address: u16, count: u16 }
///
/// impl<'a> Wire<'a> for Span {
///     fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
///         Ok(Self { address: reader.u16("address")?, count: reader.u16("count")? })
///     }
///     fn emit(&self, out: &mut impl Sink) {
///         out.put_u16(self.address);
///         out.put_u16(self.count);
///     }
///     fn wire_len(&self) -> usize { 4 }
/// }
///
/// let span = Span::from_bytes(&[0x00, 0x6B, 0x00, 0x03])?;
/// assert_eq!(span, Span { address: 0x6B, count: 3 });
/// let mut out = [0; 4];
/// assert_eq!(span.emit_to_slice(&mut out)?, 4);
/// # Ok::<(), WireError>(())
/// ```
pub trait Wire<'a>: Sized {
    /// Reads one value at the cursor and tells the visitor of each field.
    ///
    /// # Errors
    /// What is wrong, at which octet, in which field.
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError>;

    /// Writes the value. Cannot fail, because what was constructed is valid; a sink that is full
    /// drops the rest and remembers it.
    fn emit(&self, out: &mut impl Sink);

    /// The exact number of octets that [`emit`](Self::emit) writes.
    fn wire_len(&self) -> usize;

    /// Reads a value that fills all of `octets`.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), and [`WireErrorKind::Trailing`] if octets are left.
    #[inline(always)]
    fn from_bytes(octets: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(octets);
        let value = Self::read(&mut reader)?;
        reader.finish("message")?;
        Ok(value)
    }

    /// Reads a value at the start of `input`, as a nom parser.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), as nom's recoverable error.
    #[inline]
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let mut reader = Reader::new(input);
        match Self::read(&mut reader) {
            Ok(value) => Ok((reader.rest(), value)),
            Err(error) => Err(nom::Err::Error(Fault {
                rest: input.get(error.offset..).unwrap_or_default(),
                what: error.what,
                kind: error.kind,
            })),
        }
    }

    /// Reads a value that fills all of `octets`, which begin at octet `origin` of the outermost
    /// buffer, and tells `visitor` of each field.
    ///
    /// # Errors
    /// Those of [`from_bytes`](Self::from_bytes); what was told up to the error stands.
    fn explain<V: Visit>(octets: &'a [u8], origin: usize, visitor: V) -> Result<Self, WireError> {
        let mut reader = Reader::explaining(octets, origin, visitor);
        let value = Self::read(&mut reader)?;
        reader.finish("message")?;
        Ok(value)
    }

    /// Writes the value to the front of `out` and says how many octets it took.
    ///
    /// # Errors
    /// [`WireErrorKind::Limit`] if `out` is shorter than [`wire_len`](Self::wire_len); then
    /// nothing is written.
    #[inline]
    fn emit_to_slice(&self, out: &mut [u8]) -> Result<usize, WireError> {
        let len = self.wire_len();
        let max = out.len();
        match out.get_mut(..len) {
            Some(room) => {
                self.emit(&mut SliceSink::new(room));
                Ok(len)
            }
            None => Err(WireError::new(max, "output buffer", WireErrorKind::Limit { max })),
        }
    }
}
