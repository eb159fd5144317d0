//! [`Failover`]: an ordered list of media to the same meter.

use std::boxed::Box;
use std::format;
use std::string::String;
use std::vec::Vec;

use crate::{Instant, LineSettings, Media, MediaError, MediaState, clock};

/// A list of ways to one meter, the best first. [`Media::open`] takes the first that opens.
///
/// A way that opens but leads nowhere is the caller's to see (only a session knows that nobody
/// answers): [`give_up`](Self::give_up) makes the next open begin behind it.
#[derive(Default)]
pub struct Failover {
    media: Vec<Box<dyn Media + Send>>,
    active: Option<usize>,
    /// Where the next open begins.
    first: usize,
}

impl Failover {
    /// The ways to the meter, in the order in which they are tried.
    #[must_use]
    pub fn new(media: Vec<Box<dyn Media + Send>>) -> Self {
        Self { media, active: None, first: 0 }
    }

    /// The place in the list of the medium in use.
    #[must_use]
    pub fn active(&self) -> Option<usize> {
        self.active
    }

    /// Closes the medium in use; the next open begins with the one after it, and only then comes
    /// round to it again.
    pub fn give_up(&mut self) {
        if let Some(active) = self.active {
            self.close();
            self.first = active + 1;
        }
    }

    fn current(&self) -> Option<&(dyn Media + Send)> {
        self.media.get(self.active.unwrap_or(0)).map(AsRef::as_ref)
    }

    fn in_use(&mut self) -> Result<&mut Box<dyn Media + Send>, MediaError> {
        self.active.and_then(|active| self.media.get_mut(active)).ok_or(MediaError::NotOpen)
    }
}

impl Media for Failover {
    /// Tries each medium of the list once.
    fn open(&mut self) -> Result<(), MediaError> {
        if self.state() == MediaState::Open {
            return Ok(());
        }
        self.active = None;
        let count = self.media.len();
        let first = core::mem::take(&mut self.first);
        let mut reasons = String::new();
        for place in (first..first + count).filter_map(|place| place.checked_rem(count)) {
            let Some(media) = self.media.get_mut(place) else { continue };
            match media.open() {
                Ok(()) => {
                    self.active = Some(place);
                    return Ok(());
                }
                Err(error) => {
                    let gap = if reasons.is_empty() { "" } else { "; " };
                    reasons.push_str(&format!("{gap}{error}"));
                }
            }
        }
        if reasons.is_empty() {
            reasons.push_str("the list is empty");
        }
        Err(MediaError::NoneOpened { reasons })
    }

    fn close(&mut self) {
        if let Ok(media) = self.in_use() {
            media.close();
        }
        self.active = None;
    }

    fn state(&self) -> MediaState {
        match (self.active, self.current()) {
            (Some(_), Some(media)) => media.state(),
            _ => MediaState::Closed,
        }
    }

    fn send(&mut self, octets: &[u8]) -> Result<(), MediaError> {
        self.in_use()?.send(octets)
    }

    fn receive(&mut self, buf: &mut [u8], deadline: Instant) -> Result<usize, MediaError> {
        self.in_use()?.receive(buf, deadline)
    }

    fn reconfigure(&mut self, line: &LineSettings) -> Result<(), MediaError> {
        self.in_use()?.reconfigure(line)
    }

    /// The name of the medium in use; while closed, of the first.
    fn name(&self) -> &str {
        self.current().map_or("failover", Media::name)
    }

    fn kind(&self) -> &'static str {
        self.current().map_or("Failover", Media::kind)
    }

    fn now(&self) -> Instant {
        self.current().map_or_else(clock::now, Media::now)
    }

    fn is_datagram(&self) -> bool {
        self.current().is_some_and(Media::is_datagram)
    }
}

impl core::fmt::Debug for Failover {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let names = self.media.iter().map(|media| media.name());
        f.debug_list().entries(names).finish()
    }
}
