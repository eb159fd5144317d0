//! [`Faulty`]: any medium, spoiled on purpose.

use std::collections::VecDeque;
use std::vec::Vec;

use crate::faults::Spoiler;
use crate::{Faults, Instant, LineSettings, Media, MediaError, MediaState};

/// A medium that loses, delays, repeats and damages what passes, in both directions, the same way
/// for the same seed.
///
/// Late octets move only while somebody waits in [`Media::receive`]: no thread stands behind.
#[derive(Debug)]
pub struct Faulty<M> {
    media: M,
    outgoing: Direction,
    incoming: Direction,
    piece: Vec<u8>,
    /// The medium ended while octets were still late: told after them.
    ending: Option<MediaError>,
}

/// One direction: its faults, and what is late.
#[derive(Debug)]
struct Direction {
    spoiler: Spoiler,
    late: VecDeque<(Instant, Vec<u8>)>,
}

impl Direction {
    fn push(&mut self, now: Instant, message: &[u8], may_overtake: bool) {
        for (delay, octets) in self.spoiler.spoil(message) {
            let at = now + delay;
            if may_overtake {
                let place = self.late.partition_point(|(other, _)| *other <= at);
                self.late.insert(place, (at, octets));
            } else {
                // Behind those that are later still: a stream keeps its order.
                self.late.push_back((at, octets));
            }
        }
    }

    fn next_at(&self) -> Instant {
        self.late.front().map_or(Instant::FAR_FUTURE, |(at, _)| *at)
    }
}

impl<M: Media> Faulty<M> {
    /// Spoils what passes through `media`; each direction has its own course.
    pub fn new(media: M, faults: &Faults) -> Self {
        let direction =
            |stream| Direction { spoiler: Spoiler::new(faults, stream), late: VecDeque::new() };
        Self {
            media,
            outgoing: direction(0),
            incoming: direction(1),
            piece: std::vec![0; 65_535],
            ending: None,
        }
    }

    /// The medium without its faults. What is late is lost.
    pub fn into_inner(self) -> M {
        self.media
    }

    fn send_due(&mut self) -> Result<(), MediaError> {
        let now = self.media.now();
        while let Some((_, octets)) = self.outgoing.late.pop_front_if(|(at, _)| *at <= now) {
            self.media.send(&octets)?;
        }
        Ok(())
    }

    /// Takes from the first piece that is due.
    fn take_due(&mut self, buf: &mut [u8]) -> Result<usize, MediaError> {
        let now = self.media.now();
        let Some((at, mut octets)) = self.incoming.late.pop_front_if(|(at, _)| *at <= now) else {
            return Ok(0);
        };
        if octets.len() > buf.len() {
            if self.media.is_datagram() {
                return Err(MediaError::Datagram { octets: octets.len(), room: buf.len() });
            }
            self.incoming.late.push_front((at, octets.split_off(buf.len())));
        }
        for (to, from) in buf.iter_mut().zip(&octets) {
            *to = *from;
        }
        Ok(octets.len())
    }
}

impl<M: Media> Media for Faulty<M> {
    fn open(&mut self) -> Result<(), MediaError> {
        self.media.open()
    }

    fn close(&mut self) {
        self.media.close();
        self.outgoing.late.clear();
        self.incoming.late.clear();
        self.ending = None;
    }

    fn state(&self) -> MediaState {
        if self.ending.is_some() { MediaState::Open } else { self.media.state() }
    }

    fn send(&mut self, octets: &[u8]) -> Result<(), MediaError> {
        if self.media.state() != MediaState::Open {
            return Err(MediaError::NotOpen);
        }
        self.outgoing.push(self.media.now(), octets, self.media.is_datagram());
        self.send_due()
    }

    fn receive(&mut self, buf: &mut [u8], deadline: Instant) -> Result<usize, MediaError> {
        if buf.is_empty() {
            return self.media.receive(buf, deadline);
        }
        loop {
            self.send_due()?;
            let count = self.take_due(buf)?;
            if count > 0 {
                return Ok(count);
            }
            if self.incoming.late.is_empty()
                && let Some(ending) = self.ending.take()
            {
                return Err(ending);
            }
            let now = self.media.now();
            let wake_at = deadline.min(self.incoming.next_at()).min(self.outgoing.next_at());
            match self.media.receive(&mut self.piece, wake_at) {
                Ok(0) if now >= deadline => return Ok(0),
                Ok(count) => {
                    let octets = self.piece.get(..count).unwrap_or_default();
                    let may_overtake = self.media.is_datagram();
                    self.incoming.push(self.media.now(), octets, may_overtake);
                }
                Err(error) if self.incoming.late.is_empty() => return Err(error),
                Err(error) => {
                    // The medium is at its end and its clock may stand: what is late comes now.
                    for (at, _) in &mut self.incoming.late {
                        *at = Instant::ZERO;
                    }
                    self.ending = Some(error);
                }
            }
        }
    }

    fn reconfigure(&mut self, line: &LineSettings) -> Result<(), MediaError> {
        self.media.reconfigure(line)
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
