//! [`Im871a`]: the host controller interface of IMST's iM871A.

use super::binary::{Front, with_length};
use super::{Receiver, Reception, Rssi, Time};
use crate::checksum::{ByteOrder, ibm_sdlc};
use crate::wireless::FrameFormat;
use crate::{Deframe, Step, WireError, WireErrorKind};

/// What every message begins with.
const START: u8 = 0xA5;

/// Octets before the payload.
const HEADER_LEN: usize = 4;

/// The longest message: 255 octets of payload, time, strength and check.
const MAX_MESSAGE_LEN: usize = 266;

/// Bits of the control octet: what follows the payload.
const HAS_TIME: u8 = 0x20;
const HAS_RSSI: u8 = 0x40;
const HAS_CHECK: u8 = 0x80;

/// Message 3 of endpoint 2, radio link: a telegram came.
const RADIO_LINK: u8 = 2;
const TELEGRAM: u8 = 3;

/// The messages of an iM871A to its host.
///
/// | octets | field |
/// | --- | --- |
/// | 1 | A5 |
/// | 1 | low half: endpoint, 1 management, 2 radio link, 3 radio test, 4 hardware test; high half: what follows the payload |
/// | 1 | message |
/// | 1 | length of the payload |
/// | n | payload: of message 3 of the radio link a telegram without L and CRCs |
/// | 4 | time, the low octet first, with bit 20h of control |
/// | 1 | strength, with bit 40h |
/// | 2 | CRC-16/IBM-SDLC of all behind A5, the low octet first, with bit 80h |
///
/// The deframer cuts every message; [`open`](Receiver::open) refuses those that are no telegram. The
/// strength is a number whose scale is not known here.
///
/// Source: `observed:` wmbusmeters/wmbusmeters issue 10, of which the sums were computed.
#[derive(Clone, Copy, Default, Debug)]
pub struct Im871a(());

impl Im871a {
    /// A deframer for such messages.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

/// A message, taken apart.
#[derive(Clone, Copy, Debug)]
struct Message<'m> {
    endpoint: u8,
    number: u8,
    payload: &'m [u8],
    time: Option<u32>,
    rssi: Option<u8>,
}

/// The message at the front of `buf`.
fn message(buf: &[u8]) -> Front<Message<'_>> {
    match buf.first() {
        Some(&START) | None => {}
        Some(&octet) => return Front::code(0, "start", octet),
    }
    if let Some(&control) = buf.get(1)
        && (!(1..=4).contains(&(control & 0x0F)) || control & 0x10 != 0)
    {
        return Front::code(1, "control", control);
    }
    let Some(([_, control, number, payload_len], behind)) = buf.split_first_chunk::<HEADER_LEN>()
    else {
        return Front::More(HEADER_LEN);
    };
    let payload_len = usize::from(*payload_len);
    let len_of = |bit: u8, len: usize| if control & bit != 0 { len } else { 0 };
    let (time_len, rssi_len) = (len_of(HAS_TIME, 4), len_of(HAS_RSSI, 1));
    let checked_len =
        HEADER_LEN.saturating_add(payload_len).saturating_add(time_len).saturating_add(rssi_len);
    let len = checked_len.saturating_add(len_of(HAS_CHECK, 2));
    if buf.len() < len {
        return Front::More(len);
    }
    if let (true, Some(check)) = (control & HAS_CHECK != 0, buf.get(checked_len..len)) {
        let (expected, found) =
            (ibm_sdlc(buf.get(1..checked_len).unwrap_or_default()), ByteOrder::Little.value(check));
        if u32::from(expected) != found {
            let kind = WireErrorKind::Checksum { expected: expected.into(), found };
            return Front::No(WireError::new(checked_len, "frame check sequence", kind));
        }
    }
    let (payload, behind) = behind.split_at_checked(payload_len).unwrap_or_default();
    let (time, behind) = behind.split_at_checked(time_len).unwrap_or_default();
    let rssi = behind.first().filter(|_| rssi_len > 0).copied();
    let time = (time_len > 0).then(|| ByteOrder::Little.value(time));
    let message = Message { endpoint: control & 0x0F, number: *number, payload, time, rssi };
    Front::Message(message, len)
}

impl Deframe for Im871a {
    fn deframe<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        message(buf).step(buf, START)
    }
    fn reset(&mut self) {}
    fn max_len(&self) -> usize {
        MAX_MESSAGE_LEN
    }
}

impl Receiver for Im871a {
    fn open<'a>(&self, frame: &'a [u8], room: &'a mut [u8]) -> Result<Reception<'a>, WireError> {
        let message = message(frame).whole("iM871A message", frame.len())?;
        if (message.endpoint, message.number) != (RADIO_LINK, TELEGRAM) {
            let kind = WireErrorKind::Code(message.number.into());
            return Err(WireError::new(2, "message", kind));
        }
        let octets = with_length(message.payload, room).map_err(|why| why.at(HEADER_LEN))?;
        Ok(Reception {
            octets,
            format: FrameFormat::NoCrc,
            crc_ok: None,
            mode: None,
            rssi: message.rssi.map(|raw| Rssi { raw: raw.into(), dbm: None }),
            time: message.time.map(Time::Count),
        })
    }
}
