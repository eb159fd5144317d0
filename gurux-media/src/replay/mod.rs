//! Conversations on paper: record one with [`Recording`], play it again with [`Replay`].
//!
//! The format is text, a line for each step, made to be read and compared by people:
//!
//! ```text
//! gurux-conversation 1
//! # Two registers of the meter in the cellar.
//! 0.000000 open Net 10.0.0.5:502
//! 0.000120 > 00 01 00 00 00 06 01 03 00 00 00 02
//! 0.014503 < 00 01 00 00 00 07 01 03 04 12 34 56 78
//! 0.020000 line 9600 7E1
//! 0.031000 close
//! ```
//!
//! - The first line names the format and its version.
//! - `#` begins a note; empty lines say nothing.
//! - Every other line begins with the time since the beginning, in seconds with up to six
//!   decimals; it never goes back.
//! - `open KIND NAME` and `close` are the life of the channel; `open KIND datagrams NAME` where
//!   each piece is a datagram.
//! - `>` sent and `<` received octets, in hex.
//! - `line SPEED CHARACTER` is a switch of the line.

mod conversation;
mod recording;

use std::path::Path;
use std::string::{String, ToString};

use crate::{Instant, LineSettings, Media, MediaError, MediaState};

pub use conversation::{Conversation, ConversationError, Entry, Step};
pub use recording::Recording;

/// What was sent is not what the recording holds; the first difference.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("at {at} of the recording, octet {octet}: {recorded}, {sent}")]
pub struct Mismatch {
    /// The time of the recorded step.
    pub at: Instant,
    /// Which octet of that step, from 0.
    pub octet: usize,
    /// What the recording holds there.
    pub recorded: String,
    /// What was done instead.
    pub sent: String,
}

/// A recorded conversation that is played again: it answers what was answered, checks what is
/// sent, and keeps the recorded times on a clock of its own, so that nobody waits for them.
///
/// ```
/// use gurux_media::replay::{Conversation, Replay};
/// use gurux_media::{Instant, Media};
///
/// let paper = "gurux-conversation 1\n\
///              0.000000 open Serial /dev/ttyUSB0\n\
///              0.000000 > 2F 3F 21 0D 0A\n\
///              1.500000 < 2F 47 55 58\n";
/// let mut meter = Replay::new(paper.parse::<Conversation>()?);
/// meter.open()?;
/// meter.send(b"/?!\r\n")?;
/// let mut buf = [0; 16];
/// assert_eq!(meter.receive(&mut buf, Instant::FAR_FUTURE)?, 4);
/// assert_eq!(&buf[..4], b"/GUX");
/// assert_eq!(meter.now(), Instant::from_millis(1_500));
///
/// let mut meter = Replay::new(paper.parse::<Conversation>()?);
/// meter.open()?;
/// let error = meter.send(b"/!").unwrap_err();
/// assert_eq!(error.to_string(), "at 0.000000 of the recording, octet 1: 3F is recorded, 21 was sent");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Replay {
    conversation: Conversation,
    name: String,
    /// The step to be played next.
    place: usize,
    /// How many octets of that step are done.
    octet: usize,
    open: bool,
    is_datagram: bool,
    now: Instant,
    /// The recorded time of the last step played, and when it was played.
    last: (Instant, Instant),
}

impl Replay {
    /// Plays `conversation`.
    #[must_use]
    pub fn new(conversation: Conversation) -> Self {
        let opened = conversation.entries.iter().find_map(|entry| match &entry.step {
            Step::Open { name, datagrams, .. } => Some((name.clone(), *datagrams)),
            _ => None,
        });
        let (name, is_datagram) = opened.unwrap_or_else(|| ("replay".to_string(), false));
        Self {
            conversation,
            name,
            place: 0,
            octet: 0,
            open: false,
            is_datagram,
            now: Instant::ZERO,
            last: (Instant::ZERO, Instant::ZERO),
        }
    }

    /// Plays the recording in `file`.
    ///
    /// # Errors
    /// What the system says of the file, and what is wrong in it, with line and column.
    pub fn from_file(file: &Path) -> Result<Self, MediaError> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file)
            .map_err(|error| MediaError::io(&name, "read the recording", error))?;
        let conversation = text
            .parse()
            .map_err(|source: ConversationError| MediaError::Conversation { name, source })?;
        Ok(Self::new(conversation))
    }

    /// The same conversation from the other side: what was received is sent. Plays a client to a
    /// meter.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        for entry in &mut self.conversation.entries {
            entry.step = match core::mem::replace(&mut entry.step, Step::Close) {
                Step::Sent(octets) => Step::Received(octets),
                Step::Received(octets) => Step::Sent(octets),
                step => step,
            };
        }
        self
    }

    /// How many octets of the recording are not played yet, in both directions.
    #[must_use]
    pub fn octets_left(&self) -> usize {
        let rest = self.conversation.entries.get(self.place..).unwrap_or_default();
        let octets = rest.iter().map(|entry| match &entry.step {
            Step::Sent(octets) | Step::Received(octets) => octets.len(),
            _ => 0,
        });
        octets.sum::<usize>().saturating_sub(self.octet)
    }

    /// Passes over what asks nothing of anybody.
    fn skip_remarks(&mut self) {
        while let Some(entry) = self.conversation.entries.get(self.place)
            && matches!(entry.step, Step::Note(_) | Step::Line(_))
        {
            self.step_done(self.now);
        }
    }

    /// Plays the step behind the remarks, if it is one of these.
    fn play_if(&mut self, is_wanted: fn(&Step) -> bool) {
        let rest = self.conversation.entries.get(self.place..).unwrap_or_default();
        let next = rest.iter().find(|entry| !matches!(entry.step, Step::Note(_) | Step::Line(_)));
        if next.is_some_and(|entry| is_wanted(&entry.step)) {
            self.skip_remarks();
            self.step_done(self.now);
        }
    }

    /// The step is played; the recorded times of the next ones count from here.
    fn step_done(&mut self, now: Instant) {
        if let Some(entry) = self.conversation.entries.get(self.place) {
            self.last = (entry.at, now);
        }
        self.now = now;
        self.place += 1;
        self.octet = 0;
    }

    fn mismatch(&self, recorded: String, sent: String) -> MediaError {
        let entry = self.conversation.entries.get(self.place);
        let at = entry.map_or(self.last.0, |entry| entry.at);
        MediaError::Replay(Mismatch { at, octet: self.octet, recorded, sent })
    }

    /// When a recorded step is due.
    fn due(&self, recorded_at: Instant) -> Instant {
        self.last.1 + recorded_at.since(self.last.0)
    }

    fn send_octet(&mut self, octet: u8) -> Result<(), MediaError> {
        self.skip_remarks();
        let step = self.conversation.entries.get(self.place).map(|entry| &entry.step);
        let recorded = match step {
            Some(Step::Sent(octets)) => match octets.get(self.octet) {
                Some(&recorded) if recorded == octet => {
                    self.octet += 1;
                    if self.octet == octets.len() {
                        self.step_done(self.now);
                    }
                    return Ok(());
                }
                Some(recorded) => std::format!("{recorded:02X} is recorded"),
                None => "nothing is recorded".to_string(),
            },
            Some(Step::Received(_)) => "an answer is recorded".to_string(),
            Some(_) => "the end of the channel is recorded".to_string(),
            None => "the recording is at its end".to_string(),
        };
        Err(self.mismatch(recorded, std::format!("{octet:02X} was sent")))
    }
}

impl Media for Replay {
    fn open(&mut self) -> Result<(), MediaError> {
        if !self.open {
            self.open = true;
            self.play_if(|step| matches!(step, Step::Open { .. }));
        }
        Ok(())
    }

    fn close(&mut self) {
        if self.open {
            self.open = false;
            self.play_if(|step| matches!(step, Step::Close));
        }
    }

    fn state(&self) -> MediaState {
        if self.open { MediaState::Open } else { MediaState::Closed }
    }

    /// Checks `octets` against the recording, however they are cut.
    fn send(&mut self, octets: &[u8]) -> Result<(), MediaError> {
        if !self.open {
            return Err(MediaError::NotOpen);
        }
        octets.iter().try_for_each(|&octet| self.send_octet(octet))
    }

    fn receive(&mut self, buf: &mut [u8], deadline: Instant) -> Result<usize, MediaError> {
        if !self.open {
            return Err(MediaError::NotOpen);
        }
        if buf.is_empty() {
            return Ok(0);
        }
        self.skip_remarks();
        let Some(entry) = self.conversation.entries.get(self.place) else {
            self.open = false;
            return Err(MediaError::Closed);
        };
        let due = self.due(entry.at).max(self.now);
        let is_due = due <= deadline || due <= self.now;
        match &entry.step {
            Step::Received(octets) if is_due => {
                let rest = octets.get(self.octet..).unwrap_or_default();
                if self.is_datagram && rest.len() > buf.len() {
                    return Err(MediaError::Datagram { octets: rest.len(), room: buf.len() });
                }
                let count = rest.len().min(buf.len());
                for (to, from) in buf.iter_mut().zip(rest) {
                    *to = *from;
                }
                self.octet += count;
                if count == rest.len() {
                    self.step_done(due);
                }
                self.now = due;
                Ok(count)
            }
            Step::Close if is_due => {
                self.step_done(due);
                self.open = false;
                Err(MediaError::Closed)
            }
            Step::Sent(_) if deadline == Instant::FAR_FUTURE => Err(MediaError::Stalled),
            _ => {
                self.now = self.now.max(deadline);
                Ok(0)
            }
        }
    }

    /// A recorded switch has to be the same one.
    fn reconfigure(&mut self, line: &LineSettings) -> Result<(), MediaError> {
        while let Some(Entry { step: Step::Note(_), .. }) =
            self.conversation.entries.get(self.place)
        {
            self.step_done(self.now);
        }
        match self.conversation.entries.get(self.place).map(|entry| &entry.step) {
            Some(Step::Line(recorded)) if recorded.to_string() == line.to_string() => {
                self.step_done(self.now);
                Ok(())
            }
            Some(Step::Line(recorded)) => {
                let recorded = std::format!("line {recorded} is recorded");
                Err(self.mismatch(recorded, std::format!("line {line} was set")))
            }
            _ => Ok(()),
        }
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "Replay"
    }

    fn now(&self) -> Instant {
        self.now
    }

    fn is_datagram(&self) -> bool {
        self.is_datagram
    }
}
