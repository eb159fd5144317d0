//! What a serial line knows of itself: functions 07, 08, 0B, 0C and 11 (V1.1b3, 6.7 to 6.10, 6.13).

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

use super::span::{byte_count_error, read_byte_count};
use super::{MAX_PDU_LEN, SubFunction};
use crate::Error;
use crate::error::check_quantity;

/// A diagnostics request or response (08): one form both ways, and most responses are echoes.
///
/// | octets | field |
/// |---|---|
/// | 2 | sub-function |
/// | 2n | data; two octets for every sub-function but "return query data" |
///
/// The data of a sub-function that the standard does not know is kept as it came.
///
/// ```
/// use gurux_framing::Wire;
/// use gurux_modbus::wire::{Diagnostics, SubFunction};
///
/// let restart = Diagnostics::restart(true);
/// let mut out = [0; 4];
/// restart.emit_to_slice(&mut out)?;
/// assert_eq!(out, [0x00, 0x01, 0xFF, 0x00]);
///
/// let answer = Diagnostics::from_bytes(&[0x00, 0x0B, 0x12, 0x34])?;
/// assert_eq!(answer.sub_function(), SubFunction::RETURN_BUS_MESSAGE_COUNT);
/// assert_eq!(answer.word(), Some(0x1234));
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Diagnostics<'a> {
    sub_function: SubFunction,
    data: Data<'a>,
}

/// Two octets are kept as a word, so that nobody has to lend them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Data<'a> {
    Word([u8; 2]),
    Octets(&'a [u8]),
}

impl<'a> Diagnostics<'a> {
    /// The most octets of data.
    pub const MAX_DATA_LEN: usize = MAX_PDU_LEN - 3;

    /// A sub-function with two octets of data: a question (data 0) or the answer to one.
    #[must_use]
    pub const fn new(sub_function: SubFunction, word: u16) -> Self {
        Self { sub_function, data: Data::Word(word.to_be_bytes()) }
    }

    /// Asks the server to send `data` back: pairs of octets.
    ///
    /// # Errors
    /// [`Error::OddLength`], and [`Error::Quantity`] for more than 250 octets.
    pub fn return_query_data(data: &'a [u8]) -> Result<Self, Error> {
        Self::with_octets(SubFunction::RETURN_QUERY_DATA, data)
    }

    /// A sub-function with any pairs of octets as data.
    ///
    /// # Errors
    /// [`Error::OddLength`], and [`Error::Quantity`] for more than 250 octets.
    pub fn with_octets(sub_function: SubFunction, data: &'a [u8]) -> Result<Self, Error> {
        check_quantity("octets of data", data.len(), 0, Self::MAX_DATA_LEN)?;
        if !data.len().is_multiple_of(2) {
            return Err(Error::OddLength { what: "data", found: data.len() });
        }
        Ok(Self { sub_function, data: Data::of(data) })
    }

    /// Asks the server to restart its port, and to clear its event log if `clear_log`.
    #[must_use]
    pub const fn restart(clear_log: bool) -> Self {
        let option = if clear_log { 0xFF00 } else { 0x0000 };
        Self::new(SubFunction::RESTART_COMMUNICATIONS_OPTION, option)
    }

    /// Asks the server to end ASCII messages by CR and `delimiter` from now on.
    #[must_use]
    pub const fn change_ascii_delimiter(delimiter: u8) -> Self {
        let word = u16::from_be_bytes([delimiter, 0]);
        Self::new(SubFunction::CHANGE_ASCII_INPUT_DELIMITER, word)
    }

    /// Which test or counter this is about.
    #[must_use]
    pub const fn sub_function(&self) -> SubFunction {
        self.sub_function
    }

    /// The data as it stands on the wire.
    #[must_use]
    pub const fn data(&self) -> &[u8] {
        match &self.data {
            Data::Word(word) => word,
            Data::Octets(octets) => octets,
        }
    }

    /// The data as a number, where it is two octets: a counter, the diagnostic register.
    #[must_use]
    pub const fn word(&self) -> Option<u16> {
        match self.data {
            Data::Word(word) => Some(u16::from_be_bytes(word)),
            Data::Octets(_) => None,
        }
    }

    /// Is the answer the request itself?
    #[must_use]
    pub const fn is_echoed(&self) -> bool {
        matches!(
            self.sub_function,
            SubFunction::RETURN_QUERY_DATA
                | SubFunction::RESTART_COMMUNICATIONS_OPTION
                | SubFunction::CHANGE_ASCII_INPUT_DELIMITER
                | SubFunction::CLEAR_COUNTERS
                | SubFunction::CLEAR_OVERRUN_COUNTER_AND_FLAG
        )
    }

    /// The end character asked for, if this changes the ASCII delimiter.
    #[must_use]
    pub fn ascii_delimiter(&self) -> Option<u8> {
        match (self.sub_function, self.data) {
            (SubFunction::CHANGE_ASCII_INPUT_DELIMITER, Data::Word([delimiter, _])) => {
                Some(delimiter)
            }
            _ => None,
        }
    }
}

impl<'a> Data<'a> {
    fn of(octets: &'a [u8]) -> Self {
        match octets {
            [high, low] => Self::Word([*high, *low]),
            _ => Self::Octets(octets),
        }
    }
}

impl<'a> Wire<'a> for Diagnostics<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let sub_function = SubFunction::new(u16::from_be_bytes(reader.array("subfunction")?));
        reader.show(start, "subfunction", sub_function.shown());
        let data = reader.remaining_octets("data");
        if !data.len().is_multiple_of(2) {
            // The last word is cut in two.
            let kind = WireErrorKind::Truncated { needed: 2, available: 1 };
            return Err(WireError::new(reader.offset().saturating_sub(1), "data", kind));
        }
        Ok(Self { sub_function, data: Data::of(data) })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_u16(self.sub_function.code());
        out.put(self.data());
    }

    #[inline]
    fn wire_len(&self) -> usize {
        self.data().len().wrapping_add(2)
    }
}

/// The response to "get comm event counter" (0B).
///
/// | octets | field |
/// |---|---|
/// | 2 | status: `FFFF` while an earlier command is still at work, else `0000` |
/// | 2 | event count: messages done since the last restart |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct EventCounter {
    /// The status word.
    pub status: u16,
    /// Messages done.
    pub event_count: u16,
}

impl<'a> Wire<'a> for EventCounter {
    #[inline]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        Ok(Self { status: reader.u16("status")?, event_count: reader.u16("event count")? })
    }

    #[inline]
    fn emit(&self, out: &mut impl Sink) {
        out.put_u16(self.status);
        out.put_u16(self.event_count);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        4
    }
}

/// The response to "get comm event log" (0C).
///
/// | octets | field |
/// |---|---|
/// | 1 | byte count |
/// | 2 | status, as in [`EventCounter`] |
/// | 2 | event count |
/// | 2 | message count: messages seen since the last restart |
/// | n | events, the latest first |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventLog<'a> {
    status: u16,
    event_count: u16,
    message_count: u16,
    events: &'a [u8],
}

impl<'a> EventLog<'a> {
    /// The most events in the log. The standard's log has 64; a response has room for these.
    pub const MAX_EVENTS: usize = MAX_PDU_LEN - 8;

    /// The counts and the log of a server.
    ///
    /// # Errors
    /// [`Error::Quantity`] for more than 245 events.
    pub const fn new(
        status: u16,
        event_count: u16,
        message_count: u16,
        events: &'a [u8],
    ) -> Result<Self, Error> {
        match check_quantity("events", events.len(), 0, Self::MAX_EVENTS) {
            Ok(()) => Ok(Self { status, event_count, message_count, events }),
            Err(error) => Err(error),
        }
    }

    /// The status word.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Messages done.
    #[must_use]
    pub const fn event_count(&self) -> u16 {
        self.event_count
    }

    /// Messages seen.
    #[must_use]
    pub const fn message_count(&self) -> u16 {
        self.message_count
    }

    /// The events, the latest first.
    pub fn events(&self) -> impl ExactSizeIterator<Item = CommEvent> + use<'a> {
        self.events.iter().map(|octet| CommEvent(*octet))
    }
}

impl<'a> Wire<'a> for EventLog<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let declared = read_byte_count(reader)?;
        if declared < 6 {
            return Err(byte_count_error(reader, WireErrorKind::Length { declared, available: 6 }));
        }
        let status = reader.u16("status")?;
        let event_count = reader.u16("event count")?;
        let message_count = reader.u16("message count")?;
        let events = reader.list("events", |reader| {
            let start = reader.offset();
            let events = reader.slice(reader.rest().len(), "events")?;
            if V::ACTIVE {
                let mut at = start;
                for event in events {
                    let next = at.wrapping_add(1);
                    reader.show_at(at..next, "event", Shown::Unsigned((*event).into()));
                    at = next;
                }
            }
            Ok(events)
        })?;
        Ok(Self { status, event_count, message_count, events })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_u8(self.events.len().wrapping_add(6) as u8);
        out.put_u16(self.status);
        out.put_u16(self.event_count);
        out.put_u16(self.message_count);
        out.put(self.events);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        self.events.len().wrapping_add(7)
    }
}

/// An octet of the event log (V1.1b3, 6.10).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CommEvent(pub u8);

/// What a [`CommEvent`] says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum CommEventKind {
    /// The port was restarted (00).
    Restarted,
    /// The server began to listen only (04).
    EnteredListenOnly,
    /// A response was sent, or would have been (bit 6, bit 7 clear).
    Sent,
    /// A message came (bit 7).
    Received,
    /// A code that the standard does not know.
    Other,
}

impl CommEvent {
    /// What it says.
    #[must_use]
    pub const fn kind(self) -> CommEventKind {
        match self.0 {
            0x00 => CommEventKind::Restarted,
            0x04 => CommEventKind::EnteredListenOnly,
            0x40..=0x7F => CommEventKind::Sent,
            0x80..=0xFF => CommEventKind::Received,
            _ => CommEventKind::Other,
        }
    }
}
