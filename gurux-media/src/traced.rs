//! [`Traced`]: any medium, with every step told.

use std::boxed::Box;

use crate::trace::Tracer;
use crate::{Instant, LineSettings, Media, MediaError, MediaState, Trace, TraceKind, TraceLevel};

/// A medium whose work is told to a hook, step by step.
///
/// ```
/// # #[cfg(feature = "pair")] {
/// use std::sync::mpsc;
/// use gurux_media::pair::{PairSettings, pair};
/// use gurux_media::{Media, TraceLevel, Traced};
///
/// let (lines, told) = mpsc::channel();
/// let (a, _b) = pair(&PairSettings::default());
/// let mut a = Traced::new(a, TraceLevel::Verbose, move |trace| {
///     lines.send(trace.to_string()).unwrap();
/// });
/// a.send(&[0x01, 0x03])?;
/// assert_eq!(told.recv().unwrap(), "0.000000 pair-a > 01 03");
/// # }
/// # Ok::<(), gurux_media::MediaError>(())
/// ```
#[derive(Debug)]
pub struct Traced<M> {
    media: M,
    tracer: Tracer,
}

impl<M: Media> Traced<M> {
    /// Tells `hook` what `media` does, as far as `level` goes.
    pub fn new(media: M, level: TraceLevel, hook: impl FnMut(&Trace<'_>) + Send + 'static) -> Self {
        Self { media, tracer: Tracer { level, hook: Some(Box::new(hook)) } }
    }

    /// Tells more, or less, from now on.
    pub fn set_level(&mut self, level: TraceLevel) {
        self.tracer.level = level;
    }

    /// The medium without its trace.
    pub fn into_inner(self) -> M {
        self.media
    }

    fn tell(&mut self, what: TraceKind<'_>) {
        self.tracer.tell(self.media.now(), self.media.name(), what);
    }

    fn check<T>(&mut self, result: Result<T, MediaError>) -> Result<T, MediaError> {
        result.map_err(|error| self.tracer.failed(self.media.now(), self.media.name(), error))
    }
}

impl<M: Media> Media for Traced<M> {
    fn open(&mut self) -> Result<(), MediaError> {
        if self.media.state() == MediaState::Open {
            return Ok(());
        }
        self.tell(TraceKind::State(MediaState::Opening));
        let opened = self.media.open();
        self.check(opened)?;
        self.tell(TraceKind::State(MediaState::Open));
        Ok(())
    }

    fn close(&mut self) {
        let was_open = self.media.state() != MediaState::Closed;
        self.media.close();
        if was_open {
            self.tell(TraceKind::State(MediaState::Closed));
        }
    }

    fn state(&self) -> MediaState {
        self.media.state()
    }

    fn send(&mut self, octets: &[u8]) -> Result<(), MediaError> {
        // Told before: a serial port returns only when the last octet is out.
        self.tell(TraceKind::Sent(octets));
        let sent = self.media.send(octets);
        self.check(sent)
    }

    fn receive(&mut self, buf: &mut [u8], deadline: Instant) -> Result<usize, MediaError> {
        let received = self.media.receive(buf, deadline);
        let count = self.check(received)?;
        if let Some(octets) = buf.get(..count)
            && count > 0
        {
            self.tell(TraceKind::Received(octets));
        }
        Ok(count)
    }

    fn reconfigure(&mut self, line: &LineSettings) -> Result<(), MediaError> {
        let switched = self.media.reconfigure(line);
        self.check(switched)?;
        self.tell(TraceKind::Line(line));
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
