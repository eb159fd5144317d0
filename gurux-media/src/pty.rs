//! Pseudo-terminals: [`Pty`] is the meter's side of a serial line that needs no hardware.
//!
//! The far side (any program that reads serial ports) opens the link. A pseudo-terminal carries
//! octets: speed and parity are what both sides say they are.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::vec::Vec;

use core::time::Duration;

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use crate::parity::SoftwareParity;
use crate::settings::PtySettings;
use crate::{Instant, LineSettings, Media, MediaError, MediaState, clock, wait};

/// How long octets wait for somebody to read before they are lost, as on a wire.
const READER_TIMEOUT: Duration = Duration::from_secs(1);

/// A pseudo-terminal that we make and link.
#[derive(Debug)]
pub struct Pty {
    settings: PtySettings,
    line: LineSettings,
    name: String,
    terminal: Option<Terminal>,
    parity_errors: u64,
}

#[derive(Debug)]
struct Terminal {
    master: File,
    /// Held open, so that the terminal stays while nobody has it open.
    _slave: File,
    path: PathBuf,
    software_parity: Option<SoftwareParity>,
}

impl Pty {
    /// A terminal to be made by [`Media::open`].
    #[must_use]
    pub fn new(settings: PtySettings) -> Self {
        let name = settings.link.display().to_string();
        Self { line: settings.line, settings, name, terminal: None, parity_errors: 0 }
    }

    /// The terminal itself (`/dev/pts/3`), while open.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.terminal.as_ref().map(|terminal| terminal.path.as_path())
    }

    /// How many characters came with a wrong parity bit, where parity is made in software.
    #[must_use]
    pub fn parity_errors(&self) -> u64 {
        self.parity_errors
    }

    /// The settings that hold now.
    #[must_use]
    pub fn line(&self) -> &LineSettings {
        &self.line
    }

    fn make(&self) -> io::Result<(File, File, PathBuf)> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let path = ptsname(&master, Vec::new())?;
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(path.as_bytes()));
        let slave = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OFlags::NOCTTY.bits().cast_signed())
            .open(&path)?;
        let mut modes = tcgetattr(&slave)?;
        modes.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &modes)?;
        let master = File::from(master);
        let flags = rustix::fs::fcntl_getfl(&master)?;
        rustix::fs::fcntl_setfl(&master, flags | OFlags::NONBLOCK)?;
        self.link_to(&path)?;
        Ok((master, slave, path))
    }

    /// Puts the link. One that an earlier run left is replaced; anything else in the way is not.
    fn link_to(&self, path: &Path) -> io::Result<()> {
        let link = &self.settings.link;
        if fs::symlink_metadata(link).is_ok_and(|entry| entry.is_symlink()) {
            fs::remove_file(link)?;
        }
        symlink(path, link)
    }

    fn broken(&mut self, what: &'static str, error: io::Error) -> MediaError {
        self.close();
        MediaError::io(&self.name, what, error)
    }
}

impl Media for Pty {
    fn open(&mut self) -> Result<(), MediaError> {
        if self.terminal.is_some() {
            return Ok(());
        }
        let software_parity =
            SoftwareParity::asked(&self.settings.line, self.settings.software_parity)?;
        let (master, slave, path) = self
            .make()
            .map_err(|error| MediaError::io(&self.name, "make a pseudo-terminal", error))?;
        self.line = self.settings.line;
        self.terminal = Some(Terminal { master, _slave: slave, path, software_parity });
        Ok(())
    }

    fn close(&mut self) {
        if let Some(terminal) = self.terminal.take()
            && fs::read_link(&self.settings.link).is_ok_and(|target| target == terminal.path)
        {
            // A link that cannot be removed is replaced by the next open.
            _ = fs::remove_file(&self.settings.link);
        }
    }

    fn state(&self) -> MediaState {
        if self.terminal.is_some() { MediaState::Open } else { MediaState::Closed }
    }

    /// Octets that nobody reads for a second are lost, as they are on a wire.
    fn send(&mut self, octets: &[u8]) -> Result<(), MediaError> {
        let terminal = self.terminal.as_mut().ok_or(MediaError::NotOpen)?;
        let with_parity: Vec<u8>;
        let mut rest = octets;
        if let Some(parity) = terminal.software_parity {
            with_parity = octets.iter().map(|&octet| parity.add(octet)).collect();
            rest = &with_parity;
        }
        let until = clock::now() + READER_TIMEOUT;
        while !rest.is_empty() {
            let written = match terminal.master.write(rest) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    match wait::writable(&terminal.master, until) {
                        Ok(true) => continue,
                        Ok(false) => return Ok(()),
                        Err(error) => Err(error),
                    }
                }
                written => written,
            };
            match written {
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(error) => return Err(self.broken("send", error)),
            }
        }
        Ok(())
    }

    fn receive(&mut self, buf: &mut [u8], deadline: Instant) -> Result<usize, MediaError> {
        let terminal = self.terminal.as_mut().ok_or(MediaError::NotOpen)?;
        if buf.is_empty() {
            return Ok(0);
        }
        let read = loop {
            match terminal.master.read(buf) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if deadline <= clock::now() {
                        return Ok(0);
                    }
                    match wait::readable(&terminal.master, deadline) {
                        Ok(true) => {}
                        Ok(false) => return Ok(0),
                        Err(error) => break Err(error),
                    }
                }
                read => break read,
            }
        };
        match read {
            Ok(count) => {
                if let (Some(parity), Some(octets)) =
                    (terminal.software_parity, buf.get_mut(..count))
                {
                    self.parity_errors += parity.strip(octets);
                }
                Ok(count)
            }
            Err(error) => Err(self.broken("receive", error)),
        }
    }

    fn reconfigure(&mut self, line: &LineSettings) -> Result<(), MediaError> {
        let software_parity = SoftwareParity::asked(line, self.settings.software_parity)?;
        let terminal = self.terminal.as_mut().ok_or(MediaError::NotOpen)?;
        terminal.software_parity = software_parity;
        self.line = *line;
        Ok(())
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "Pty"
    }

    fn now(&self) -> Instant {
        clock::now()
    }
}

/// The link goes with the terminal.
impl Drop for Pty {
    fn drop(&mut self) {
        self.close();
    }
}
