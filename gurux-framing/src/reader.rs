//! [`Reader`]: a cursor over octets that names every field it takes.

use core::ops::Range;

use crate::explain::{Shown, Visit};
use crate::wire::{Parsed, Wire};
use crate::{WireError, WireErrorKind};

/// A cursor over octets: takes one named field after another, knows where it stands, and tells a
/// [`Visit`] what it took.
///
/// The name is said once and serves the error message and the explanation. Numbers are big-endian
/// unless the method says `_le`. Nothing here panics or allocates; a field that is not there in
/// full is [`WireErrorKind::Truncated`].
///
/// ```
/// use gurux_framing::{Reader, WireError};
///
/// let mut reader = Reader::new(&[0x00, 0x6B, 0x03]);
/// assert_eq!(reader.u16("address")?, 0x6B);
/// assert_eq!(
///     reader.u16("count").unwrap_err().to_string(),
///     "octet 2, count: 2 octets needed, 1 octet is left",
/// );
/// # Ok::<(), WireError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader<'a, V = ()> {
    rest: &'a [u8],
    /// The offset just behind `rest` in the outermost buffer. The present offset is
    /// `end - rest.len()`: nothing to keep up to date with each field.
    end: usize,
    visitor: V,
}

/// Octets that a [`Reader`] put aside.
#[derive(Clone, Copy, Debug)]
pub struct Behind<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// A cursor at the start of `input`, with nobody listening.
    #[must_use]
    #[inline]
    pub const fn new(input: &'a [u8]) -> Self {
        Self { rest: input, end: input.len(), visitor: () }
    }
}

impl<'a, V: Visit> Reader<'a, V> {
    /// A cursor at the start of `input`, which itself begins at octet `origin` of the outermost
    /// buffer, telling `visitor` what it takes.
    #[must_use]
    #[inline]
    pub fn explaining(input: &'a [u8], origin: usize, visitor: V) -> Self {
        Self { rest: input, end: origin.saturating_add(input.len()), visitor }
    }

    /// Octets from the start of the outermost buffer to the cursor.
    #[must_use]
    #[inline]
    pub const fn offset(&self) -> usize {
        self.end.wrapping_sub(self.rest.len())
    }

    /// The octets not yet taken.
    #[must_use]
    #[inline]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Is everything taken?
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// An error of `kind` in a field `what` that begins at the cursor.
    #[must_use]
    #[inline]
    pub const fn error(&self, what: &'static str, kind: WireErrorKind) -> WireError {
        WireError::new(self.offset(), what, kind)
    }

    /// Ends the message: whatever is left is too much.
    ///
    /// # Errors
    /// [`WireErrorKind::Trailing`] if octets are left.
    #[inline]
    pub fn finish(&self, what: &'static str) -> Result<(), WireError> {
        match self.rest.len() {
            0 => Ok(()),
            octets => Err(trailing(self.offset(), what, octets)),
        }
    }

    /// Takes `N` octets in silence: a field whose meaning the caller will [`show`](Self::show).
    ///
    /// # Errors
    /// [`WireErrorKind::Truncated`] if fewer are left.
    #[inline]
    pub fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], WireError> {
        match self.rest.split_first_chunk::<N>() {
            Some((head, tail)) => {
                self.rest = tail;
                Ok(*head)
            }
            None => Err(truncated(self.offset(), what, N, self.rest.len())),
        }
    }

    /// Takes `count` octets in silence.
    ///
    /// # Errors
    /// [`WireErrorKind::Truncated`] if fewer are left.
    #[inline]
    pub fn slice(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], WireError> {
        match self.rest.split_at_checked(count) {
            Some((head, tail)) => {
                self.rest = tail;
                Ok(head)
            }
            None => Err(truncated(self.offset(), what, count, self.rest.len())),
        }
    }

    /// Tells that the octets from `start` to the cursor are the field `name`.
    #[inline]
    pub fn show(&mut self, start: usize, name: &'static str, value: Shown<'_>) {
        let at = start..self.offset();
        self.visitor.field(at, name, value);
    }

    /// Tells of a field in octets already taken.
    #[inline]
    pub fn show_at(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        self.visitor.field(at, name, value);
    }

    /// Tells that the octets from `start` to the cursor hold the message together.
    #[inline]
    pub fn show_structure(&mut self, start: usize, name: &'static str, value: Shown<'_>) {
        let at = start..self.offset();
        self.visitor.structure(at, name, value);
    }

    /// Tells of octets already taken that hold the message together.
    #[inline]
    pub fn show_structure_at(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        self.visitor.structure(at, name, value);
    }

    /// Takes an octet as a number.
    ///
    /// # Errors
    /// [`WireErrorKind::Truncated`]; so for each of the following.
    #[inline]
    pub fn u8(&mut self, what: &'static str) -> Result<u8, WireError> {
        let start = self.offset();
        let [value] = self.array(what)?;
        self.show(start, what, Shown::Unsigned(value.into()));
        Ok(value)
    }

    /// Takes two octets as a number.
    ///
    /// # Errors
    /// [`WireErrorKind::Truncated`].
    #[inline]
    pub fn u16(&mut self, what: &'static str) -> Result<u16, WireError> {
        let start = self.offset();
        let value = u16::from_be_bytes(self.array(what)?);
        self.show(start, what, Shown::Unsigned(value.into()));
        Ok(value)
    }

    /// Takes four octets as a number.
    ///
    /// # Errors
    /// [`WireErrorKind::Truncated`].
    #[inline]
    pub fn u32(&mut self, what: &'static str) -> Result<u32, WireError> {
        let start = self.offset();
        let value = u32::from_be_bytes(self.array(what)?);
        self.show(start, what, Shown::Unsigned(value.into()));
        Ok(value)
    }

    /// Takes two octets, the low one first, as a number.
    ///
    /// # Errors
    /// [`WireErrorKind::Truncated`].
    #[inline]
    pub fn u16_le(&mut self, what: &'static str) -> Result<u16, WireError> {
        let start = self.offset();
        let value = u16::from_le_bytes(self.array(what)?);
        self.show(start, what, Shown::Unsigned(value.into()));
        Ok(value)
    }

    /// Takes an octet of structure: a length, a count that the content repeats, a marker.
    ///
    /// # Errors
    /// [`WireErrorKind::Truncated`].
    #[inline]
    pub fn structure_u8(&mut self, what: &'static str) -> Result<u8, WireError> {
        let start = self.offset();
        let [value] = self.array(what)?;
        self.show_structure(start, what, Shown::Unsigned(value.into()));
        Ok(value)
    }

    /// Takes two octets of structure.
    ///
    /// # Errors
    /// [`WireErrorKind::Truncated`].
    #[inline]
    pub fn structure_u16(&mut self, what: &'static str) -> Result<u16, WireError> {
        let start = self.offset();
        let value = u16::from_be_bytes(self.array(what)?);
        self.show_structure(start, what, Shown::Unsigned(value.into()));
        Ok(value)
    }

    /// Takes `count` octets that have no further meaning here.
    ///
    /// # Errors
    /// [`WireErrorKind::Truncated`].
    #[inline]
    pub fn octets(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], WireError> {
        let start = self.offset();
        let value = self.slice(count, what)?;
        self.show(start, what, Shown::Octets(value));
        Ok(value)
    }

    /// Takes all octets that are left.
    #[inline]
    pub fn remaining_octets(&mut self, what: &'static str) -> &'a [u8] {
        let start = self.offset();
        let value = core::mem::take(&mut self.rest);
        self.show(start, what, Shown::Octets(value));
        value
    }

    /// Reads a part of its own, as a named group.
    ///
    /// # Errors
    /// Those of the part.
    #[inline]
    pub fn group<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, WireError>,
    ) -> Result<T, WireError> {
        self.enter_group(name);
        let value = read(self)?;
        self.leave();
        Ok(value)
    }

    /// Tells that a named group begins at the cursor, until [`leave`](Self::leave):
    /// [`group`](Self::group) in two halves. Where an error comes between, it is not left.
    #[inline(always)]
    pub fn enter_group(&mut self, name: &'static str) {
        let start = self.offset();
        self.visitor.enter_group(start, name);
    }

    /// Tells that the innermost group or list ends at the cursor.
    #[inline(always)]
    pub fn leave(&mut self) {
        let end = self.offset();
        self.visitor.leave(end);
    }

    /// Reads like items, as a named list.
    ///
    /// # Errors
    /// Those of the items.
    #[inline]
    pub fn list<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, WireError>,
    ) -> Result<T, WireError> {
        let start = self.offset();
        self.visitor.enter_list(start, name);
        let value = read(self)?;
        let end = self.offset();
        self.visitor.leave(end);
        Ok(value)
    }

    /// Reads by a function that is not inlined: the cursor stays in registers where the call is
    /// not taken.
    ///
    /// # Errors
    /// Those of `read`.
    #[inline]
    pub fn call<T>(
        &mut self,
        read: impl FnOnce(&mut Reader<'a, &mut V>) -> Result<T, WireError>,
    ) -> Result<T, WireError> {
        let mut reader = Reader { rest: self.rest, end: self.end, visitor: &mut self.visitor };
        let result = read(&mut reader);
        self.rest = reader.rest;
        result
    }

    /// Reads inside the next `count` octets only, all of which must be taken.
    ///
    /// # Errors
    /// [`WireErrorKind::Length`] if fewer octets are left, [`WireErrorKind::Trailing`] if `read`
    /// leaves some, and those of `read`.
    #[inline]
    pub fn within<T>(
        &mut self,
        count: usize,
        what: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, WireError>,
    ) -> Result<T, WireError> {
        let behind = self.narrow(count, what)?;
        let value = read(self)?;
        self.widen(behind, what)?;
        Ok(value)
    }

    /// Puts all but the next `count` octets aside, until [`widen`](Self::widen) brings them back:
    /// [`within`](Self::within) in two halves.
    ///
    /// # Errors
    /// [`WireErrorKind::Length`] if fewer octets are left.
    #[inline]
    pub fn narrow(&mut self, count: usize, what: &'static str) -> Result<Behind<'a>, WireError> {
        let Some((head, tail)) = self.rest.split_at_checked(count) else {
            return Err(too_short(self.offset(), what, count, self.rest.len()));
        };
        self.end = self.end.wrapping_sub(tail.len());
        self.rest = head;
        Ok(Behind(tail))
    }

    /// Brings back what [`narrow`](Self::narrow) put aside, all octets before it being taken.
    ///
    /// # Errors
    /// [`WireErrorKind::Trailing`] if octets before it are left.
    #[inline]
    pub fn widen(&mut self, behind: Behind<'a>, what: &'static str) -> Result<(), WireError> {
        self.finish(what)?;
        self.end = self.end.wrapping_add(behind.0.len());
        self.rest = behind.0;
        Ok(())
    }

    /// Runs a nom parser at the cursor.
    ///
    /// # Errors
    /// The parser's own, at its place; a parser that asks for more is
    /// [`WireErrorKind::Truncated`].
    #[inline]
    pub fn nom<T>(
        &mut self,
        parser: impl FnOnce(&'a [u8]) -> Parsed<'a, T>,
    ) -> Result<T, WireError> {
        match parser(self.rest) {
            Ok((rest, value)) => {
                self.rest = rest;
                Ok(value)
            }
            Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => {
                Err(WireError::new(self.end.wrapping_sub(fault.rest.len()), fault.what, fault.kind))
            }
            Err(nom::Err::Incomplete(needed)) => {
                let needed = match needed {
                    nom::Needed::Size(n) => n.get(),
                    nom::Needed::Unknown => 1,
                };
                Err({
                    let available = self.rest.len();
                    truncated(self.offset(), "message", available.saturating_add(needed), available)
                })
            }
        }
    }

    /// Reads a whole wire type at the cursor.
    ///
    /// # Errors
    /// Those of the type.
    #[inline]
    pub fn read<T: Wire<'a>>(&mut self) -> Result<T, WireError> {
        T::read(self)
    }

    /// Gives the visitor back.
    #[must_use]
    #[inline]
    pub fn into_visitor(self) -> V {
        self.visitor
    }
}

// The errors take numbers, not the reader: a reader whose address nobody asks for stays in
// registers.

#[cold]
fn truncated(offset: usize, what: &'static str, needed: usize, available: usize) -> WireError {
    WireError::new(offset, what, WireErrorKind::Truncated { needed, available })
}

#[cold]
fn too_short(offset: usize, what: &'static str, declared: usize, available: usize) -> WireError {
    WireError::new(offset, what, WireErrorKind::Length { declared, available })
}

#[cold]
fn trailing(offset: usize, what: &'static str, octets: usize) -> WireError {
    WireError::new(offset, what, WireErrorKind::Trailing { octets })
}
