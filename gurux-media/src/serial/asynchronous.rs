//! [`AsyncSerial`]: a serial port for [`AsyncDriver`](crate::drive::AsyncDriver).

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io::ErrorKind;
use std::vec::Vec;

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_serial::SerialStream;

use super::{Plan, fault, is_pty, plan};
use crate::drive::AsyncMedia;
use crate::parity::SoftwareParity;
use crate::settings::SerialSettings;
use crate::{LineSettings, MediaError};

/// A serial port on tokio.
///
/// Turning an RS-485 driver by RTS needs exact times, which a runtime cannot promise: that is
/// [`Serial`](super::Serial)'s, in a thread of its own.
#[derive(Debug)]
pub struct AsyncSerial {
    settings: SerialSettings,
    line: LineSettings,
    software_parity: Option<SoftwareParity>,
    stream: SerialStream,
    is_pty: bool,
    parity_errors: u64,
    outgoing: Vec<u8>,
}

impl AsyncSerial {
    /// Opens the port, inside a runtime.
    ///
    /// # Errors
    /// As [`Serial`](super::Serial); [`MediaError::Unsupported`] for RS-485 by RTS and for a pause
    /// before sending.
    pub fn open(settings: SerialSettings) -> Result<Self, MediaError> {
        if settings.line.rs485.is_some() || !settings.pause_before_send.is_zero() {
            return Err(MediaError::Unsupported("keep the times of an RS-485 line on a runtime"));
        }
        let line = settings.line;
        Plan::new(&line, settings.software_parity)?;
        let builder = tokio_serial::new(&settings.path, line.baud);
        let stream = SerialStream::open(&builder)
            .map_err(|error| MediaError::io(&settings.path, "open", error.into()))?;
        let mut port = Self {
            is_pty: is_pty(&settings.path),
            settings,
            line,
            software_parity: None,
            stream,
            parity_errors: 0,
            outgoing: Vec::new(),
        };
        port.apply(&line)?;
        Ok(port)
    }

    /// The settings that hold now.
    #[must_use]
    pub fn line(&self) -> &LineSettings {
        &self.line
    }

    /// How many characters came with a wrong parity bit, where parity is made in software.
    #[must_use]
    pub fn parity_errors(&self) -> u64 {
        self.parity_errors
    }

    fn apply(&mut self, line: &LineSettings) -> Result<(), MediaError> {
        let plan = Plan::new(line, self.settings.software_parity)?;
        match plan.apply(&mut self.stream, line) {
            Ok(stands) if stands || self.is_pty => {}
            Ok(_) => return Err(plan::does_not_stand()),
            Err(error) => return Err(fault(&self.settings.path, "set up", error.into())),
        }
        self.line = *line;
        self.software_parity = plan.software_parity;
        Ok(())
    }
}

impl AsyncMedia for AsyncSerial {
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), MediaError>> {
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        Poll::Ready(match read {
            Ok(()) if buf.filled().is_empty() => {
                Err(fault(&self.settings.path, "receive", ErrorKind::BrokenPipe.into()))
            }
            Ok(()) => {
                if let Some(parity) = self.software_parity {
                    self.parity_errors += parity.strip(buf.filled_mut());
                }
                Ok(())
            }
            Err(error) => Err(fault(&self.settings.path, "receive", error)),
        })
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<Result<usize, MediaError>> {
        let mut on_the_line = octets;
        if let Some(parity) = self.software_parity {
            self.outgoing.clear();
            self.outgoing.extend(octets.iter().map(|&octet| parity.add(octet)));
            on_the_line = &self.outgoing;
        }
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, on_the_line));
        Poll::Ready(written.map_err(|error| fault(&self.settings.path, "send", error)))
    }

    /// Nothing to do: what is written is under way, and draining would block the runtime. The
    /// time that the octets take on the line is waited for by the driver.
    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), MediaError>> {
        Poll::Ready(Ok(()))
    }

    fn line_time(&self, count: usize) -> Duration {
        if self.is_pty { Duration::ZERO } else { self.line.octets_time(count) }
    }

    fn reconfigure(&mut self, line: &LineSettings) -> Result<(), MediaError> {
        self.apply(line)
    }
}
