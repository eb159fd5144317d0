//! [`Recording`]: any medium, with its conversation written down.

use std::fs::File;
use std::io::{self, LineWriter, Write};
use std::path::Path;
use std::string::{String, ToString};

use super::conversation::HEADER;
use super::{Entry, Step};
use crate::{Instant, LineSettings, Media, MediaError, MediaState};

/// A medium whose conversation is written down, in the format of [`replay`](crate::replay).
///
/// Each line is written as it happens: what a crash leaves is a good recording. When writing
/// fails (a full disk), the next verb says so; no octet that came is lost for it.
#[derive(Debug)]
pub struct Recording<M, W: Write> {
    media: M,
    writer: W,
    start: Instant,
    was_open: bool,
    trouble: Option<io::Error>,
}

impl<M: Media> Recording<M, LineWriter<File>> {
    /// Records into a new `file`; one that is there is replaced.
    ///
    /// # Errors
    /// What the system says of the file.
    pub fn create(media: M, file: &Path) -> Result<Self, MediaError> {
        let name = file.display().to_string();
        let writer = File::create(file)
            .map_err(|error| MediaError::io(&name, "write the recording", error))?;
        Ok(Self::new(media, LineWriter::new(writer)))
    }
}

impl<M: Media, W: Write> Recording<M, W> {
    /// Records to `writer`. Time counts from here.
    pub fn new(media: M, writer: W) -> Self {
        let start = media.now();
        let was_open = media.state() == MediaState::Open;
        let mut recording = Self { media, writer, start, was_open, trouble: None };
        recording.write(&HEADER.to_string());
        if was_open {
            recording.note_open();
        }
        recording
    }

    /// Writes a word to the reader; each of its lines becomes a note.
    pub fn note(&mut self, text: &str) {
        for line in text.lines() {
            self.step(Step::Note(line.trim().to_string()));
        }
    }

    /// The medium and the writer.
    pub fn into_parts(self) -> (M, W) {
        (self.media, self.writer)
    }

    fn note_open(&mut self) {
        let step = Step::Open {
            kind: self.media.kind().to_string(),
            datagrams: self.media.is_datagram(),
            name: self.media.name().to_string(),
        };
        self.step(step);
    }

    /// The other side may have closed the medium.
    fn note_closed(&mut self) {
        let is_open = self.media.state() == MediaState::Open;
        if self.was_open && !is_open {
            self.step(Step::Close);
        }
        self.was_open = is_open;
    }

    fn step(&mut self, step: Step) {
        let at = Instant::ZERO + self.media.now().since(self.start);
        self.write(&Entry { at, step }.to_string());
    }

    fn write(&mut self, line: &String) {
        if let Err(error) = writeln!(self.writer, "{line}") {
            self.trouble.get_or_insert(error);
        }
    }

    fn check(&mut self) -> Result<(), MediaError> {
        match self.trouble.take() {
            Some(error) => Err(MediaError::io(self.media.name(), "write the recording", error)),
            None => Ok(()),
        }
    }
}

impl<M: Media, W: Write> Media for Recording<M, W> {
    fn open(&mut self) -> Result<(), MediaError> {
        self.check()?;
        self.media.open()?;
        if !self.was_open {
            self.was_open = true;
            self.note_open();
        }
        Ok(())
    }

    fn close(&mut self) {
        self.media.close();
        self.note_closed();
    }

    fn state(&self) -> MediaState {
        self.media.state()
    }

    fn send(&mut self, octets: &[u8]) -> Result<(), MediaError> {
        self.check()?;
        // Written before: a serial port returns only when the last octet is out.
        if self.media.state() == MediaState::Open && !octets.is_empty() {
            self.step(Step::Sent(octets.to_vec()));
        }
        let sent = self.media.send(octets);
        self.note_closed();
        sent
    }

    fn receive(&mut self, buf: &mut [u8], deadline: Instant) -> Result<usize, MediaError> {
        self.check()?;
        let received = self.media.receive(buf, deadline);
        if let Ok(count) = received
            && let Some(octets) = buf.get(..count)
            && count > 0
        {
            self.step(Step::Received(octets.to_vec()));
        }
        self.note_closed();
        received
    }

    fn reconfigure(&mut self, line: &LineSettings) -> Result<(), MediaError> {
        self.media.reconfigure(line)?;
        self.step(Step::Line(*line));
        Ok(())
    }

    fn name(&self) -> &str {
        self.media.name()
    }

    fn kind(&self) -> &'static str {
        self.media.kind()
    }

    fn now(&self) -> Instant {
        self.media.now()
    }

    fn is_datagram(&self) -> bool {
        self.media.is_datagram()
    }
}
