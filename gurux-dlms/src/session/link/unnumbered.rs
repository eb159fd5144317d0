//! Messages in unnumbered frames (UI), which nobody acknowledges.
//!
//! A long one is cut into segments like any other. The last frame has control 03 or 13, those before
//! it 03 (observed: Iskra AM550: 03, 03, 13). A segment that is lost is not noticed here: nothing
//! numbers them.

use gurux_framing::Sink;
use gurux_framing::hdlc::{Command, Control, HdlcAddress, HdlcFrame};

use super::event::LinkEvent;
use super::station::{SendError, write};
use super::store::Store;

/// A message on its way out.
#[derive(Clone, Debug)]
pub(super) struct Outgoing<S> {
    octets: S,
    /// So many are out.
    done: usize,
    header: Option<Header>,
}

/// What its frames have in common.
#[derive(Clone, Copy, Debug)]
struct Header {
    destination: HdlcAddress,
    source: HdlcAddress,
    poll: bool,
}

impl<S: Store> Outgoing<S> {
    pub(super) const fn new(octets: S) -> Self {
        Self { octets, done: 0, header: None }
    }

    pub(super) fn submit(
        &mut self,
        destination: HdlcAddress,
        source: HdlcAddress,
        message: &[u8],
        poll: bool,
    ) -> Result<(), SendError> {
        if self.header.is_some() {
            return Err(SendError::Busy);
        }
        if message.is_empty() || !self.octets.append(message) {
            return Err(SendError::Length { max: self.octets.max_len() });
        }
        self.header = Some(Header { destination, source, poll });
        Ok(())
    }

    /// Is a message waiting to go out?
    pub(super) const fn is_under_way(&self) -> bool {
        self.header.is_some()
    }

    fn clear(&mut self) {
        self.octets.clear();
        self.done = 0;
        self.header = None;
    }

    /// Writes the next frame: how many octets it has, and whether it was the last.
    pub(super) fn write_next(
        &mut self,
        field_len: usize,
        out: &mut impl Sink,
    ) -> Option<(usize, bool)> {
        let Header { destination, source, poll } = self.header?;
        let rest = self.octets.octets().get(self.done..).unwrap_or_default();
        let field = rest.get(..field_len.max(1)).unwrap_or(rest);
        let more = field.len() < rest.len();
        let control = Control::new(Command::Ui, poll && !more);
        let frame = HdlcFrame::new(destination, source, control).with_segmentation(more);
        let Ok(frame) = frame.with_information(field) else {
            self.clear();
            return None;
        };
        let octets = write(&frame, out);
        self.done = self.done.saturating_add(field.len());
        if !more {
            self.clear();
        }
        Some((octets, !more))
    }
}

/// A message that comes.
#[derive(Clone, Debug)]
pub(super) struct Joined<S> {
    octets: S,
    state: Joining,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Joining {
    None,
    /// Segments from this source.
    Segments(HdlcAddress),
    /// What follows belongs to a message that does not fit.
    Skipping(HdlcAddress),
    Whole,
}

/// What became of an unnumbered frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Heard {
    /// Further segments follow.
    Segment,
    /// The message is whole.
    Whole(LinkEvent),
    /// A message is lost.
    Lost,
}

impl<S: Store> Joined<S> {
    pub(super) const fn new(octets: S) -> Self {
        Self { octets, state: Joining::None }
    }

    /// The message, if it is whole.
    pub(super) fn message(&self) -> Option<&[u8]> {
        (self.state == Joining::Whole).then(|| self.octets.octets())
    }

    pub(super) fn release(&mut self) {
        self.octets.clear();
        self.state = Joining::None;
    }

    /// What only began is dropped.
    pub(super) fn drop_begun(&mut self) {
        if self.state != Joining::Whole {
            self.release();
        }
    }

    pub(super) fn accept(&mut self, frame: &HdlcFrame<'_>) -> Heard {
        let source = frame.source;
        match self.state {
            Joining::Whole => return Heard::Lost,
            Joining::Segments(other) | Joining::Skipping(other) if other != source => {
                self.release();
            }
            _ => {}
        }
        let is_skipping = matches!(self.state, Joining::Skipping(_));
        if is_skipping || !self.octets.append(frame.information()) {
            self.octets.clear();
            let more = frame.is_segmented;
            self.state = if more { Joining::Skipping(source) } else { Joining::None };
            return if is_skipping && more { Heard::Segment } else { Heard::Lost };
        }
        if frame.is_segmented {
            self.state = Joining::Segments(source);
            return Heard::Segment;
        }
        self.state = Joining::Whole;
        Heard::Whole(LinkEvent::Unnumbered {
            source,
            destination: frame.destination,
            poll: frame.control.poll(),
            octets: self.octets.octets().len(),
        })
    }
}
