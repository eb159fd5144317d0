//! [`Station`]: what both sides of a link do alike: numbers, segments, windows.

use gurux_framing::hdlc::{Command, Control, HdlcAddress, HdlcFrame, LinkParameters};
use gurux_framing::{Sink, SliceSink, Wire};

use super::numbers::Numbers;
use super::store::Store;

/// One side of a connection.
#[derive(Clone, Debug)]
pub(super) struct Station<S> {
    pub(super) numbers: Numbers,
    /// What both sides agreed on, as this side sees it.
    pub(super) parameters: LinkParameters,
    sent: S,
    /// Octets of `sent` that are acknowledged.
    settled: usize,
    received: S,
    receipt: Receipt,
    /// The other side said RNR.
    pub(super) is_peer_busy: bool,
    /// A frame is missing before one that came.
    pub(super) is_gap: bool,
}

/// How far a message has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Receipt {
    /// Nothing of it.
    None,
    /// Segments.
    Joining,
    /// Segments that do not fit: so many octets.
    Skipping(usize),
    /// All of it; it waits to be released.
    Whole,
}

/// What became of an information frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Accepted {
    /// It is the next, and further segments follow.
    Segment,
    /// It is the next, and the message is whole.
    Message(usize),
    /// It is the next, and the message was too long.
    TooLong(usize),
    /// It came before.
    Again,
    /// One is missing before it.
    Gap,
    /// The message before waits to be released.
    Refused,
}

/// Why a message is not taken for sending.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The link is not set up.
    #[error("the link is not connected")]
    NotConnected,
    /// The message before is not acknowledged, its answer did not come, or one that came is not
    /// released.
    #[error("the message before is not done with")]
    Busy,
    /// It is empty, or longer than the buffer.
    #[error("a message has 1 to {max} octets")]
    Length {
        /// The most octets.
        max: usize,
    },
}

impl<S: Store> Station<S> {
    pub(super) fn new(sent: S, received: S) -> Self {
        Self {
            numbers: Numbers::default(),
            parameters: LinkParameters::DEFAULT,
            sent,
            settled: 0,
            received,
            receipt: Receipt::None,
            is_peer_busy: false,
            is_gap: false,
        }
    }

    /// The link is set up, or no more: nothing is under way. A whole message stays.
    pub(super) fn reset(&mut self, keeps_numbers: bool) {
        if keeps_numbers {
            self.numbers.settle();
        } else {
            self.numbers = Numbers::default();
        }
        self.drop_sent();
        if self.receipt != Receipt::Whole {
            self.release();
        }
        self.is_peer_busy = false;
        self.is_gap = false;
    }

    /// Takes a message for sending, in two parts.
    pub(super) fn submit(&mut self, header: &[u8], message: &[u8]) -> Result<(), SendError> {
        if !self.sent.octets().is_empty() {
            return Err(SendError::Busy);
        }
        if message.is_empty() || !(self.sent.append(header) && self.sent.append(message)) {
            self.sent.clear();
            return Err(SendError::Length { max: self.sent.max_len() });
        }
        self.settled = 0;
        Ok(())
    }

    pub(super) fn drop_sent(&mut self) {
        self.sent.clear();
        self.settled = 0;
    }

    /// Is a message under way?
    pub(super) fn is_sending(&self) -> bool {
        !self.sent.octets().is_empty()
    }

    /// The message that came, if it is whole.
    pub(super) fn message(&self) -> Option<&[u8]> {
        (self.receipt == Receipt::Whole).then(|| self.received.octets())
    }

    /// The same, to be changed in place.
    pub(super) fn message_mut(&mut self) -> Option<&mut [u8]> {
        (self.receipt == Receipt::Whole).then(|| self.received.octets_mut())
    }

    /// Has a message begun to come?
    pub(super) fn is_joining(&self) -> bool {
        matches!(self.receipt, Receipt::Joining | Receipt::Skipping(_))
    }

    /// The message is done with.
    pub(super) fn release(&mut self) {
        self.received.clear();
        self.receipt = Receipt::None;
    }

    /// The longest information field that this side sends.
    fn field_len(&self) -> usize {
        usize::from(self.parameters.max_info_transmit).clamp(1, MAX_INFORMATION)
    }

    /// The information of the next frame, and whether a further segment follows it.
    fn next_field(&self) -> Option<(&[u8], bool)> {
        let field_len = self.field_len();
        let begin = field_len.saturating_mul(self.numbers.next().into());
        let rest = self.sent.octets().get(self.settled.saturating_add(begin)..)?;
        match rest.split_at_checked(field_len) {
            Some((field, behind)) if !behind.is_empty() => Some((field, true)),
            _ => (!rest.is_empty()).then_some((rest, false)),
        }
    }

    /// Is there a frame that may go out now?
    pub(super) fn has_next(&self) -> bool {
        !self.is_peer_busy
            && self.numbers.next() < self.parameters.window_transmit.clamp(1, 7)
            && self.next_field().is_some()
    }

    /// Writes the next information frame, and says whether it was the last of this turn; its poll or
    /// final bit says so to the other side. `None`, and nothing is written, if there is none.
    pub(super) fn write_next(
        &mut self,
        destination: HdlcAddress,
        source: HdlcAddress,
        out: &mut impl Sink,
    ) -> Option<Written> {
        let (field, more) = self.next_field().filter(|_| self.has_next())?;
        let window = self.parameters.window_transmit.clamp(1, 7);
        let is_last = !more || self.numbers.next().saturating_add(1) >= window;
        let command = Command::Information {
            send_seq: self.numbers.send_seq(),
            recv_seq: self.numbers.expected(),
        };
        let frame = HdlcFrame::new(destination, source, Control::new(command, is_last))
            .with_segmentation(more)
            .with_information(field)
            .ok()?;
        let octets = write(&frame, out);
        let is_again = self.numbers.is_again();
        self.numbers.advance();
        Some(Written { octets, is_last, is_again })
    }

    /// N(R) came. True if it acknowledges the whole message; `None` if it cannot be.
    pub(super) fn acknowledge(&mut self, recv_seq: u8) -> Option<Acknowledged> {
        let count = self.numbers.acknowledge(recv_seq)?;
        if count == 0 {
            return Some(Acknowledged::Nothing);
        }
        let octets = self.field_len().saturating_mul(count.into());
        self.settled = self.settled.saturating_add(octets);
        if self.settled < self.sent.octets().len() {
            return Some(Acknowledged::Segments);
        }
        self.drop_sent();
        Some(Acknowledged::Message)
    }

    /// An information frame came.
    pub(super) fn accept(&mut self, send_seq: u8, frame: &HdlcFrame<'_>) -> Accepted {
        match self.numbers.ahead(send_seq) {
            0 => {}
            ahead if ahead < self.parameters.window_receive => {
                self.is_gap = true;
                return Accepted::Gap;
            }
            _ => return Accepted::Again,
        }
        let field = frame.information();
        self.receipt = match self.receipt {
            Receipt::Whole => return Accepted::Refused,
            Receipt::None | Receipt::Joining => match self.received.append(field) {
                true => Receipt::Joining,
                false => Receipt::Skipping(self.received.octets().len()),
            },
            skipping @ Receipt::Skipping(_) => skipping,
        };
        if let Receipt::Skipping(octets) = &mut self.receipt {
            *octets = octets.saturating_add(field.len());
        }
        self.is_gap = false;
        self.numbers.accept();
        match self.receipt {
            _ if frame.is_segmented => Accepted::Segment,
            Receipt::Skipping(octets) => {
                self.release();
                Accepted::TooLong(octets)
            }
            _ => {
                self.receipt = Receipt::Whole;
                Accepted::Message(self.received.octets().len())
            }
        }
    }

    /// The supervisory frame of this moment: what came, and whether more can.
    pub(super) fn supervisory(&mut self) -> Command {
        let expected = self.numbers.expected();
        match () {
            () if self.receipt == Receipt::Whole => Command::ReceiveNotReady(expected),
            // Once is enough for each gap.
            () if core::mem::take(&mut self.is_gap) => Command::Reject(expected),
            () => Command::ReceiveReady(expected),
        }
    }
}

/// The longest information field that fits into a frame with two addresses of four octets.
const MAX_INFORMATION: usize = gurux_framing::hdlc::MAX_LEN - 15;

/// What an N(R) acknowledges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Acknowledged {
    Nothing,
    Segments,
    Message,
}

/// A frame that was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Written {
    pub(super) octets: usize,
    pub(super) is_last: bool,
    pub(super) is_again: bool,
}

const FLAG: u8 = 0x7E;

/// Writes a frame between two flags, and says how many octets that were.
pub(super) fn write(frame: &HdlcFrame<'_>, out: &mut impl Sink) -> usize {
    out.put_u8(FLAG);
    frame.emit(out);
    out.put_u8(FLAG);
    frame.wire_len().saturating_add(2)
}

/// The most octets that parameters take in SNRM and UA.
pub(super) const PARAMETERS_LEN: usize = 23;

/// Parameters as an information field.
pub(super) fn parameters_field<'b>(
    parameters: &LinkParameters,
    room: &'b mut [u8; PARAMETERS_LEN],
) -> &'b [u8] {
    parameters.emit(&mut SliceSink::new(room));
    room.get(..parameters.wire_len()).unwrap_or_default()
}

/// Do two addresses mean the same station, in whatever width?
pub(super) fn is_same_station(one: HdlcAddress, other: HdlcAddress) -> bool {
    one.upper() == other.upper()
        && match (one.lower(), other.lower()) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
}
