//! From a clear telegram to a sealed one.

use gurux_framing::checksum::en_13757;
use gurux_framing::{WireError, WireErrorKind};

use super::message::{AES_BLOCK, DES_BLOCK, FILLERS, Message};
use super::{Cipher, Known, copy, counter_block_ell};
use crate::Error;
use crate::wire::{
    Config, Ell, EllKind, Encrypted, Header, Link, Sealed, SecurityMode, Session, ShortHeader,
    Telegram, Tpl,
};

/// Seals a telegram as its layers say: the way back from [`open`](super::open).
///
/// | what stands in the layers | what happens |
/// |---|---|
/// | mode 0 | nothing |
/// | modes 2, 3, 5, 7 | two fillers are put in front of the payload unless they are there, and fillers behind it up to a whole block; the number of blocks (octets for 2 and 3) is set. A number that is not 0 is kept instead, if the payload begins with fillers and is long enough: the rest stays clear |
/// | mode 8 | two fillers are put in front; the payload is encrypted whole |
/// | modes 9, 10 | the payload is encrypted, as many octets as the configuration says; the tag is put behind it |
/// | an authentication layer whose message control has a CMAC | the MAC is made, and the length if there is one |
/// | an encrypted session in the extended link layer | CRC and all that is behind it are encrypted |
///
/// The counters must be new for each telegram and key; nobody here counts them.
///
/// `room` takes what comes out: [`SEAL_ROOM`] octets are enough for each telegram that a frame can
/// hold.
///
/// # Errors
/// - [`Error::Missing`] without an address or a counter that the mode needs;
/// - [`Error::Quantity`] if more blocks were due than a configuration can say;
/// - [`Error::Code`] for a mode that cannot be sealed;
/// - [`Error::Cipher`] from the provider;
/// - [`Error::Wire`] if `room` is too small.
pub fn seal<'b, C: Cipher>(
    telegram: &Telegram<'b>,
    known: Known,
    key: &C,
    room: &'b mut [u8],
) -> Result<Telegram<'b>, Error> {
    let limit = WireError::new(room.len(), "room", WireErrorKind::Limit { max: room.len() });
    let (mac_room, room) = room.split_first_chunk_mut::<16>().ok_or(limit)?;
    let payload_room = telegram.payload.len().saturating_add(MOST_ADDED);
    let (payload_room, session_room) = room.split_at_mut_checked(payload_room).ok_or(limit)?;

    let mut sealed = seal_message(telegram, known, key, payload_room)?;
    if let (Some(tpl), Some(afl)) = (sealed.tpl, &sealed.afl)
        && let Some(len) = afl.message_control().and_then(|control| control.mac_len())
        && len > 0
    {
        let mut afl = *afl;
        if afl.message_length().is_some() {
            let len = gurux_framing::Wire::wire_len(&tpl).saturating_add(sealed.payload.len());
            afl = afl.with_message_length(u16::try_from(len).unwrap_or(u16::MAX));
        }
        let with_length = Telegram { afl: Some(afl), ..sealed };
        *mac_room = Message::of(&with_length, &tpl, known).make_mac(&afl, key, sealed.payload)?;
        sealed.afl = Some(afl.with_mac(mac_room.get(..len).unwrap_or_default())?);
    }
    match sealed.ell.and_then(|ell| Some((ell, ell.session()?))) {
        Some((ell, session)) if session.number.encryption() == 1 => {
            seal_session(&sealed, known, ell, session, key, session_room)
        }
        _ => Ok(sealed),
    }
}

/// Octets that are enough for [`seal`], for every telegram that a frame can hold.
pub const SEAL_ROOM: usize = 640;

/// What sealing adds to a payload at the most: fillers before and behind, and a tag.
const MOST_ADDED: usize = 2 + 15 + 16;

fn seal_message<'b, C: Cipher>(
    telegram: &Telegram<'b>,
    known: Known,
    key: &C,
    room: &'b mut [u8],
) -> Result<Telegram<'b>, Error> {
    let Some((tpl, short)) = telegram.tpl.and_then(|tpl| Some((tpl, tpl.short()?))) else {
        return Ok(*telegram);
    };
    let mode = short.config.mode();
    let block = match mode {
        SecurityMode::NONE => return Ok(*telegram),
        SecurityMode::DES_CBC | SecurityMode::DES_CBC_IV => Some(DES_BLOCK),
        SecurityMode::AES_CBC_IV | SecurityMode::AES_CBC => Some(AES_BLOCK),
        SecurityMode::AES_CTR | SecurityMode::AES_GCM | SecurityMode::AES_CCM => None,
        other => return Err(Error::Code { what: "a telegram to be sealed", code: other.0 }),
    };
    let (config, len) = lay_out(short.config, block, telegram.payload, room)?;
    let short = ShortHeader { config, ..short };
    let header = match tpl.header() {
        Header::Long(address, _) => Header::Long(address, short),
        _ => Header::Short(short),
    };
    let tpl = Tpl::new(tpl.ci(), header)?;
    let tag_len = config.tag_len();
    let room = room.get_mut(..len.saturating_add(tag_len)).unwrap_or_default();
    let sealed = Telegram { tpl: Some(tpl), ..*telegram };
    Message::of(&sealed, &tpl, known).seal(key, room)?;
    let encrypted = match config.encrypted() {
        Encrypted::Octets(octets) => octets.min(len),
        _ => len,
    };
    Ok(Telegram { payload: room, sealed: Some(Sealed::Tpl { encrypted }), ..sealed })
}

/// Puts the payload into the room, with the fillers that the mode wants, and says how many octets it
/// has then and what the configuration says of them.
fn lay_out(
    config: Config,
    block: Option<usize>,
    payload: &[u8],
    room: &mut [u8],
) -> Result<(Config, usize), Error> {
    let wants_fillers = !matches!(config.mode(), SecurityMode::AES_GCM | SecurityMode::AES_CCM);
    let before = if wants_fillers && !payload.starts_with(FILLERS) { FILLERS } else { &[] };
    let len = before.len().saturating_add(payload.len());
    let (front, behind) = room.split_at_mut_checked(len).unwrap_or_default();
    if let Some((fillers, rest)) = front.split_at_mut_checked(before.len()) {
        copy(before, fillers);
        copy(payload, rest);
    }
    let Some(block) = block else { return Ok((config, len)) };

    let unit = if block == AES_BLOCK { AES_BLOCK } else { 1 };
    let (shift, most) = if block == AES_BLOCK { (4_u16, 0x0F) } else { (0, 0xFF) };
    let stated = usize::from((config.word() & 0xFF) >> shift);
    let is_stated = stated > 0
        && before.is_empty()
        && stated.saturating_mul(unit) <= len
        && stated.saturating_mul(unit).is_multiple_of(block);
    if is_stated {
        return Ok((config, len));
    }
    let padded = len.next_multiple_of(block);
    for filler in behind.iter_mut().take(padded.saturating_sub(len)) {
        *filler = 0x2F;
    }
    let count = padded.checked_div(unit).unwrap_or(0);
    crate::error::check_quantity("encrypted blocks", count, 0, most)?;
    let keep = if shift == 0 { 0xFF00 } else { 0xFF0F };
    let word = config.word() & keep | (count as u16) << shift;
    let config = Config::new(word).with_extension(
        config.extension(),
        config.counter(),
        config.key_version(),
    );
    Ok((config, padded))
}

fn seal_session<'b, C: Cipher>(
    telegram: &Telegram<'b>,
    known: Known,
    ell: Ell,
    session: Session,
    key: &C,
    room: &'b mut [u8],
) -> Result<Telegram<'b>, Error> {
    let sender = match telegram.link {
        Link::Wireless { address, .. } => Some(address),
        _ => known.meter,
    };
    let sender = sender.ok_or(Error::Missing { what: "address of the sender" })?;
    let inner = Telegram { link: Link::Bare, ell: None, ..*telegram };
    let max = room.len();
    let limit = WireError::new(max, "room", WireErrorKind::Limit { max });
    let room = room.get_mut(..inner.wire_len().saturating_add(2)).ok_or(limit)?;
    {
        let (crc, behind) = room.split_first_chunk_mut().ok_or(limit)?;
        inner.emit_to_slice(behind)?;
        *crc = en_13757(behind).to_le_bytes();
    }
    key.apply_ctr(&counter_block_ell(&sender, ell.control, session.number), room)?;
    let (crc, payload) = room.split_first_chunk().ok_or(limit)?;
    let session = Session { payload_crc: u16::from_le_bytes(*crc), ..session };
    let kind = match ell.kind {
        EllKind::Iv(receiver, _) => EllKind::Iv(receiver, session),
        _ => EllKind::Ii(session),
    };
    Ok(Telegram {
        link: telegram.link,
        ell: Some(Ell { kind, ..ell }),
        nwl: None,
        afl: None,
        tpl: None,
        payload,
        payload_offset: telegram.payload_offset,
        sealed: Some(Sealed::Ell),
    })
}
