//! Serial ports, real and USB: [`Serial`].
//!
//! The line's own rules are kept here: octets are out before the speed changes, an RS-485 driver
//! is on exactly while we send, characters of seven data bits work on adapters that know only
//! eight. Mark parity is sent as a second stop bit and space parity as an eighth data bit of
//! zero, which is the same on the wire; no driver needs to know them.

use core::fmt;
use core::time::Duration;
use std::boxed::Box;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::string::String;
use std::thread;
use std::vec::Vec;

use serialport::SerialPort;

use crate::parity::SoftwareParity;
use crate::settings::SerialSettings;
use crate::{Instant, LineSettings, Media, MediaError, MediaState, Rs485, clock};

#[cfg(feature = "tokio-serial")]
mod asynchronous;
mod plan;

#[cfg(feature = "tokio-serial")]
pub use asynchronous::AsyncSerial;
use plan::Plan;

/// The longest single wait of the port; an endless one is made of many.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// A serial port.
///
/// ```no_run
/// use gurux_media::serial::Serial;
/// use gurux_media::settings::SerialSettings;
/// use gurux_media::{LineSettings, Media};
///
/// // An optical head: sign on at 300 7E1, then go on at 9600.
/// let mut head = Serial::new(SerialSettings::new("/dev/ttyUSB0", "300 7E1".parse()?));
/// head.open()?;
/// head.send(b"/?!\r\n")?;
/// head.reconfigure(&"9600 7E1".parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Serial {
    settings: SerialSettings,
    /// What holds now: [`Media::reconfigure`] changes it until the next open.
    line: LineSettings,
    software_parity: Option<SoftwareParity>,
    port: Option<Box<dyn SerialPort>>,
    /// A pseudo-terminal has no bits, so it neither takes time nor knows seven of them.
    is_pty: bool,
    heard_at: Instant,
    parity_errors: u64,
    outgoing: Vec<u8>,
}

impl Serial {
    /// A port to be opened by [`Media::open`].
    #[must_use]
    pub fn new(settings: SerialSettings) -> Self {
        Self {
            line: settings.line,
            settings,
            software_parity: None,
            port: None,
            is_pty: false,
            heard_at: Instant::ZERO,
            parity_errors: 0,
            outgoing: Vec::new(),
        }
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

    /// The names of the ports of this machine.
    ///
    /// # Errors
    /// What the system says.
    pub fn ports() -> Result<Vec<String>, MediaError> {
        let ports = serialport::available_ports()
            .map_err(|error| MediaError::io("serial ports", "list", error.into()))?;
        Ok(ports.into_iter().map(|port| port.port_name).collect())
    }

    /// Sets up an open port.
    fn apply(&mut self, line: &LineSettings) -> Result<(), MediaError> {
        let plan = Plan::new(line, self.settings.software_parity)?;
        let port = self.port.as_mut().ok_or(MediaError::NotOpen)?;
        match plan.apply(port.as_mut(), line) {
            Ok(stands) if stands || self.is_pty => {}
            Ok(_) => return Err(plan::does_not_stand()),
            Err(error) => return Err(self.failed("set up", error.into())),
        }
        self.line = *line;
        self.software_parity = plan.software_parity;
        Ok(())
    }

    /// Turns the driver of a two-wire line on (`true`) or off.
    fn drive_line(&mut self, rs485: &Rs485, on: bool) -> Result<(), MediaError> {
        let port = self.port.as_mut().ok_or(MediaError::NotOpen)?;
        port.write_request_to_send(on != rs485.rts_low_on_send)
            .map_err(|error| self.failed("turn the RS-485 driver", error.into()))
    }

    /// Writes all of `outgoing` and waits until it is on the line.
    fn write_out(&mut self) -> Result<(), MediaError> {
        let line_time = self.line.octets_time(self.outgoing.len());
        let started = clock::now();
        let octets = core::mem::take(&mut self.outgoing);
        let port = self.port.as_mut().ok_or(MediaError::NotOpen)?;
        let written = port
            .set_timeout(line_time.saturating_mul(2).saturating_add(Duration::from_secs(1)))
            .map_err(io::Error::from)
            .and_then(|()| port.write_all(&octets))
            .and_then(|()| port.flush());
        self.outgoing = octets;
        written.map_err(|error| self.failed("send", error))?;
        // Many USB adapters call octets sent that are still in their own memory.
        if !self.is_pty {
            sleep_until(started + line_time);
        }
        Ok(())
    }

    /// An error of a port in use. A port that is gone is closed.
    fn failed(&mut self, what: &'static str, error: io::Error) -> MediaError {
        let error = fault(&self.settings.path, what, error);
        if matches!(error, MediaError::Gone { .. }) {
            self.close();
        }
        error
    }
}

impl Media for Serial {
    fn open(&mut self) -> Result<(), MediaError> {
        if self.port.is_some() {
            return Ok(());
        }
        let line = self.settings.line;
        Plan::new(&line, self.settings.software_parity)?;
        let mut port = serialport::new(&self.settings.path, line.baud)
            .timeout(Duration::from_secs(1))
            .open()
            .map_err(|error| MediaError::io(&self.settings.path, "open", error.into()))?;
        self.is_pty = is_pty(&self.settings.path);
        // Optical heads live on these two lines; a terminal without them has nothing to lose.
        _ = port.write_data_terminal_ready(true);
        if line.rs485.is_none() {
            _ = port.write_request_to_send(true);
        }
        self.port = Some(port);
        let ready = self.apply(&line).and_then(|()| match line.rs485 {
            Some(rs485) => self.drive_line(&rs485, false),
            None => Ok(()),
        });
        if ready.is_err() {
            self.close();
        }
        ready
    }

    fn close(&mut self) {
        self.port = None;
        self.line = self.settings.line;
    }

    fn state(&self) -> MediaState {
        if self.port.is_some() { MediaState::Open } else { MediaState::Closed }
    }

    fn send(&mut self, octets: &[u8]) -> Result<(), MediaError> {
        if self.port.is_none() {
            return Err(MediaError::NotOpen);
        }
        sleep_until(self.heard_at + self.settings.pause_before_send);
        self.outgoing.clear();
        match self.software_parity {
            Some(parity) => self.outgoing.extend(octets.iter().map(|&octet| parity.add(octet))),
            None => self.outgoing.extend_from_slice(octets),
        }
        let Some(rs485) = self.line.rs485 else { return self.write_out() };
        self.drive_line(&rs485, true)?;
        thread::sleep(rs485.delay_before_send);
        let written = self.write_out();
        thread::sleep(rs485.delay_after_send);
        // Whatever became of the octets, the line must be let go.
        let let_go = self.drive_line(&rs485, false);
        written.and(let_go)
    }

    fn receive(&mut self, buf: &mut [u8], deadline: Instant) -> Result<usize, MediaError> {
        let software_parity = self.software_parity;
        let port = self.port.as_mut().ok_or(MediaError::NotOpen)?;
        if buf.is_empty() {
            return Ok(0);
        }
        let read = loop {
            let left = deadline.since(clock::now());
            let wait = left.min(LONGEST_WAIT);
            let read =
                port.set_timeout(wait).map_err(io::Error::from).and_then(|()| port.read(buf));
            match read {
                // The system gives nothing and no reason: the other end of the cable is gone.
                Ok(0) => break Err(ErrorKind::BrokenPipe.into()),
                Err(error) => match error.kind() {
                    ErrorKind::TimedOut | ErrorKind::WouldBlock if wait == left => return Ok(0),
                    ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted => {}
                    _ => break Err(error),
                },
                read => break read,
            }
        };
        let count = read.map_err(|error| self.failed("receive", error))?;
        self.heard_at = clock::now();
        if let (Some(parity), Some(octets)) = (software_parity, buf.get_mut(..count)) {
            self.parity_errors += parity.strip(octets);
        }
        Ok(count)
    }

    /// Waits until the last octet is out, then switches.
    fn reconfigure(&mut self, line: &LineSettings) -> Result<(), MediaError> {
        let port = self.port.as_mut().ok_or(MediaError::NotOpen)?;
        port.flush().map_err(|error| self.failed("send", error))?;
        // The direction of the line is a matter of the wiring, which no session knows.
        let rs485 = line.rs485.or(self.settings.line.rs485);
        self.apply(&LineSettings { rs485, ..*line })
    }

    fn name(&self) -> &str {
        &self.settings.path
    }

    fn kind(&self) -> &'static str {
        "Serial"
    }

    fn now(&self) -> Instant {
        clock::now()
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serial").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// What an error of a port in use means: the port is gone, or the system's own reason.
fn fault(name: &str, what: &'static str, error: io::Error) -> MediaError {
    let is_gone = error.kind() == ErrorKind::BrokenPipe
        || (cfg!(unix) && !Path::new(name).exists())
        || (cfg!(windows)
            && matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied));
    if is_gone { MediaError::Gone { name: name.into() } } else { MediaError::io(name, what, error) }
}

/// A pseudo-terminal takes any character and carries octets.
fn is_pty(path: &str) -> bool {
    std::fs::canonicalize(path).is_ok_and(|path| path.starts_with("/dev/pts"))
}

fn sleep_until(moment: Instant) {
    thread::sleep(moment.since(clock::now()));
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn a_port_that_does_not_exist_is_a_sentence() {
        let settings = SerialSettings::new("/dev/no-such-port", LineSettings::default());
        let error = Serial::new(settings).open().unwrap_err().to_string();
        assert!(error.starts_with("/dev/no-such-port: open: No such file"), "{error}");
    }
}
