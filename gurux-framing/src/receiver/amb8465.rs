//! [`Amb8465`]: the command mode of Amber's modules.

use super::binary::{Front, with_length};
use super::{Receiver, Reception, Rssi};
use crate::checksum::xor8;
use crate::wireless::FrameFormat;
use crate::{Deframe, Step, WireError, WireErrorKind};

/// What every command begins with.
const START: u8 = 0xFF;

/// Octets before the payload.
const HEADER_LEN: usize = 3;

/// The longest command: 255 octets of payload, and the check.
const MAX_COMMAND_LEN: usize = 259;

/// CMD_DATA_IND: a telegram came.
const DATA_IND: u8 = 0x03;

/// The commands of an Amber (Würth Elektronik) AMB8465-M, AMB8426-M, AMB3665-M and their kin to their
/// host.
///
/// | octets | field |
/// | --- | --- |
/// | 1 | FF |
/// | 1 | command: 03 a telegram came; an answer has 80h added to the question |
/// | 1 | length of the payload |
/// | n | payload: of command 03 a telegram without L and CRCs, and the strength if it is switched on |
/// | 1 | exclusive or of all octets before |
///
/// Nothing in a command says whether the strength is there; the module's settings do. It is expected
/// unless [`with_rssi`](Self::with_rssi) says otherwise.
///
/// The deframer cuts every command; [`open`](Receiver::open) refuses those that are no telegram. In
/// transparent mode the modules send the telegram alone: [`Wireless`](crate::wireless::Wireless).
///
/// Source: Amber wireless, AMB8426-M manual V2.4, 2.2 and 7.9; `observed:` wmbusmeters/wmbusmeters issue
/// 933.
#[derive(Clone, Copy, Debug)]
pub struct Amb8465 {
    has_rssi: bool,
}

impl Amb8465 {
    /// A deframer for such commands, with a strength behind each telegram.
    #[must_use]
    pub const fn new() -> Self {
        Self { has_rssi: true }
    }

    /// Is the strength behind each telegram?
    #[must_use]
    pub const fn with_rssi(mut self, has_rssi: bool) -> Self {
        self.has_rssi = has_rssi;
        self
    }
}

impl Default for Amb8465 {
    fn default() -> Self {
        Self::new()
    }
}

/// Command and payload at the front of `buf`.
fn command(buf: &[u8]) -> Front<(u8, &[u8])> {
    match buf.first() {
        Some(&START) | None => {}
        Some(&octet) => return Front::code(0, "start", octet),
    }
    // Telegrams and answers come to a host, nothing else.
    if let Some(&command) = buf.get(1)
        && !matches!(command, DATA_IND | 0x80..=0x9F)
    {
        return Front::code(1, "command", command);
    }
    let Some(([_, command, payload_len], _)) = buf.split_first_chunk::<HEADER_LEN>() else {
        return Front::More(HEADER_LEN);
    };
    let end = HEADER_LEN.saturating_add((*payload_len).into());
    let len = end.saturating_add(1);
    let (Some(checked), Some(&found)) = (buf.get(..end), buf.get(end)) else {
        return Front::More(len);
    };
    let expected = xor8(checked);
    if found != expected {
        let kind = WireErrorKind::Checksum { expected: expected.into(), found: found.into() };
        return Front::No(WireError::new(end, "check", kind));
    }
    Front::Message((*command, checked.get(HEADER_LEN..).unwrap_or_default()), len)
}

impl Deframe for Amb8465 {
    fn deframe<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        command(buf).step(buf, START)
    }
    fn reset(&mut self) {}
    fn max_len(&self) -> usize {
        MAX_COMMAND_LEN
    }
}

impl Receiver for Amb8465 {
    fn open<'a>(&self, frame: &'a [u8], room: &'a mut [u8]) -> Result<Reception<'a>, WireError> {
        let (command, payload) = command(frame).whole("AMB8465 command", frame.len())?;
        if command != DATA_IND {
            return Err(WireError::new(1, "command", WireErrorKind::Code(command.into())));
        }
        let (telegram, rssi) = match payload.split_last() {
            Some((rssi, telegram)) if self.has_rssi => (telegram, Some(Rssi::of_cc1101(*rssi))),
            _ => (payload, None),
        };
        let octets = with_length(telegram, room).map_err(|why| why.at(HEADER_LEN))?;
        let format = FrameFormat::NoCrc;
        Ok(Reception { octets, format, crc_ok: None, mode: None, rssi, time: None })
    }
}
