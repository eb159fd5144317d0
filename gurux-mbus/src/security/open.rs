//! From a sealed telegram to a clear one.

use gurux_framing::checksum::en_13757;
use gurux_framing::{WireError, WireErrorKind};

use super::message::{FILLERS, Message};
use super::{Cipher, CipherError, copy, counter_block_ell};
use crate::table::{Content, lookup_ci};
use crate::wire::{
    Body, CiField, Ell, EllKind, Encrypted, Link, MeterAddress, RecordItem, Records, Sealed,
    Session, Telegram,
};

/// A telegram, and how far its seals were opened.
#[derive(Clone, Copy, Debug)]
pub struct Opened<'b> {
    /// The telegram. Where the verdict is good its payload is clear and complete, without a tag, and
    /// nothing in it is sealed; where not, it is as it came, but for what the verdict says.
    ///
    /// The two fillers that encryption puts in front stay before records, which may have fillers
    /// anywhere, and are taken off before all else.
    ///
    /// The payload's offset is that of the telegram that was opened, as ciphers change no positions.
    pub telegram: Telegram<'b>,
    /// How it went.
    pub verdict: Verdict,
}

/// How the opening of a telegram went.
///
/// A wrong key is told from bad data by these rules:
///
/// | seal | the key is right if | the data are good if |
/// |---|---|---|
/// | modes 2, 3, 5 | two fillers, 2F 2F, come out first (a wrong key does that once in 65536) | as many octets are there as are said to be encrypted |
/// | modes 7, 8 | the MAC fits, or the fillers come out first | the MAC fits, and as above |
/// | modes 9, 10 | the tag fits | the tag fits |
/// | extended link layer | the CRC fits, or a CI field comes out that such telegrams have (a wrong key does that once in 28) | the CRC fits |
///
/// In modes 9 and 10 nothing tells one from the other: that is called a wrong key here, as radio
/// telegrams with bad octets have fallen to their block check sums before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Nothing was sealed.
    Clear,
    /// Nothing was encrypted, and the MAC fits.
    Authentic,
    /// Marked as encrypted, but in clear: somebody on the way has opened it. The fillers or the CRC
    /// are there as they are; a MAC, made over the encrypted octets, cannot be checked any more.
    AlreadyClear,
    /// Opened, and this shows that key and data are right.
    Decrypted(Proof),
    /// No key was at hand.
    NoKey,
    /// None of the keys fits.
    WrongKey,
    /// A key fits, but octets are wrong or missing. The payload is what came out, whole blocks of it.
    BadData,
    /// One of several fragments: [`Assembly`](super::Assembly) puts them together. If the extended
    /// link layer was encrypted, it is open now.
    Fragment,
    /// A mode that is the manufacturer's, not known, or not to be opened with one key (13, TLS); or an
    /// address or a counter that the mode needs is nowhere in the telegram.
    Unsupported,
    /// The provider of ciphers did not do its work.
    Failed(CipherError),
}

impl Verdict {
    /// Is the payload clear?
    #[must_use]
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Clear | Self::Authentic | Self::AlreadyClear | Self::Decrypted(_))
    }

    /// A word for it, for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Authentic => "authentic",
            Self::AlreadyClear => "already clear",
            Self::Decrypted(_) => "decrypted",
            Self::NoKey => "no key",
            Self::WrongKey => "wrong key",
            Self::BadData => "bad data",
            Self::Fragment => "fragment",
            Self::Unsupported => "unsupported",
            Self::Failed(_) => "cipher failed",
        }
    }
}

/// What shows that a telegram was opened rightly.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Proof {
    /// The two fillers in front. Whoever has no key can still change the octets behind them.
    Fillers,
    /// The CRC of the extended link layer. Whoever has no key can still change octets.
    Crc,
    /// The message authentication code of the authentication layer.
    Mac,
    /// The tag of the cipher.
    Tag,
}

/// What a telegram does not say itself.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Known {
    /// The meter's address, where a wired telegram has a short header: the one that was selected.
    pub meter: Option<MeterAddress>,
    /// The date of type G that mode 3 has in its initial vector; 0 if `None`.
    pub date: Option<[u8; 2]>,
}

/// Opens a telegram with the first of `keys` that fits.
///
/// `room` takes what comes out; as many octets as the whole telegram has are enough.
///
/// ```
/// use gurux_mbus::security::{Key, Known, Proof, SEAL_ROOM, Software, Verdict, open, seal};
/// use gurux_mbus::wire::{CField, CiField, Config, Header, Link, ShortHeader, Telegram, Tpl};
///
/// // What a meter has to say: a volume of 1234.567 m3, in mode 5.
/// let config = Config::mode_5(0);
/// let header = Header::Short(ShortHeader { access_number: 42, config, ..ShortHeader::default() });
/// let clear = Telegram {
///     link: Link::Wireless { control: CField::SND_NR, address: "12345678 ELS 51 7".parse()? },
///     tpl: Some(Tpl::new(CiField::new(0x7A), header)?),
///     payload: &[0x0C, 0x13, 0x67, 0x45, 0x23, 0x01],
///     ..Telegram::from_user_data(&[])?
/// };
/// let key = Software::new(&"000102030405060708090A0B0C0D0E0F".parse::<Key>()?);
/// let mut room = [0; SEAL_ROOM];
/// let mut sent = [0; 64];
/// let len = seal(&clear, Known::default(), &key, &mut room)?.emit_to_slice(&mut sent)?;
///
/// // What a receiver makes of it.
/// let telegram = Telegram::from_wireless(sent.get(..len).unwrap_or_default())?;
/// let mut room = [0; 256];
/// let opened = open(&telegram, [&key], &mut room)?;
/// assert_eq!(opened.verdict, Verdict::Decrypted(Proof::Fillers));
/// assert!(opened.telegram.payload.starts_with(&[0x2F, 0x2F, 0x0C, 0x13, 0x67, 0x45, 0x23, 0x01]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`WireErrorKind::Limit`] if `room` is too small. All that is wrong with the telegram is in the
/// [`Verdict`].
#[inline]
pub fn open<'b, 'k, C: Cipher + 'k>(
    telegram: &Telegram<'b>,
    keys: impl IntoIterator<Item = &'k C>,
    room: &'b mut [u8],
) -> Result<Opened<'b>, WireError> {
    open_with(telegram, Known::default(), keys, room)
}

/// Opens a telegram with the first of `keys` that fits, and with what is known besides.
///
/// # Errors
/// Those of [`open`].
pub fn open_with<'b, 'k, C: Cipher + 'k>(
    telegram: &Telegram<'b>,
    known: Known,
    keys: impl IntoIterator<Item = &'k C>,
    room: &'b mut [u8],
) -> Result<Opened<'b>, WireError> {
    let unopened = match unopened(telegram) {
        Ok(unopened) => unopened,
        Err(verdict) => {
            let attempt = Attempt { verdict, ..Attempt::default() };
            return Ok(attempt.into_opened(telegram, room));
        }
    };
    // The CRC of an extended link layer is decrypted in front of the payload.
    let needed = telegram.payload.len().saturating_add(CRC_LEN);
    let max = room.len();
    let Some(room) = room.get_mut(..needed) else {
        return Err(WireError::new(max, "room", WireErrorKind::Limit { max }));
    };

    let mut result = Attempt { verdict: unopened, ..Attempt::default() };
    let mut fits_best = None;
    for key in keys {
        let attempt = attempt(telegram, known, key, room);
        if unopened == Verdict::AlreadyClear
            && !has_good_records(&attempt.into_opened(telegram, room).telegram)
        {
            continue;
        }
        if attempt.verdict == Verdict::BadData {
            fits_best = Some(key);
        }
        if attempt.verdict.rank() >= result.verdict.rank() {
            result = attempt;
        }
        if result.verdict.is_good() && result.verdict != unopened {
            break;
        }
    }
    // What a key that did not fit has left in the room is of no use.
    if let (Verdict::BadData, Some(key)) = (result.verdict, fits_best) {
        result = attempt(telegram, known, key, room);
    }
    Ok(result.into_opened(telegram, room))
}

impl<'b> Opened<'b> {
    /// A telegram with this in place of its payload, if it was opened.
    ///
    /// The fillers that sealing put before what is no record are dropped: there nobody expects them.
    #[inline]
    fn of(telegram: &Telegram<'b>, verdict: Verdict, clear: Option<&'b [u8]>) -> Self {
        let sealed = if clear.is_some() { None } else { telegram.sealed };
        let mut payload = clear.unwrap_or(telegram.payload);
        let mut payload_offset = telegram.payload_offset;
        if let Some(rest) = payload.strip_prefix(FILLERS)
            && verdict.is_good()
            && let Some(tpl) = &telegram.tpl
            && !lookup_ci(tpl.ci()).is_some_and(|row| row.content == Content::Records)
            && !matches!(tpl.config().encrypted(), Encrypted::Nothing | Encrypted::Octets(0))
        {
            payload = rest;
            payload_offset = payload_offset.saturating_add(FILLERS.len());
        }
        Self { telegram: Telegram { payload, payload_offset, sealed, ..*telegram }, verdict }
    }
}

impl Verdict {
    /// Of several keys' verdicts, the one to tell.
    const fn rank(self) -> u8 {
        match self {
            Self::NoKey | Self::Fragment | Self::Clear => 0,
            Self::Unsupported | Self::Failed(_) => 1,
            Self::WrongKey => 2,
            Self::BadData => 3,
            Self::AlreadyClear => 4,
            Self::Authentic | Self::Decrypted(_) => 5,
        }
    }
}

/// The CRC of a session.
const CRC_LEN: usize = 2;

/// The verdict without a key that fits; as an error, if no key is of use.
fn unopened(telegram: &Telegram<'_>) -> Result<Verdict, Verdict> {
    let by_itself = match telegram.tpl {
        _ if ell_is_marked(telegram) => Verdict::AlreadyClear,
        Some(tpl)
            if !matches!(tpl.config().encrypted(), Encrypted::Nothing | Encrypted::Octets(0)) =>
        {
            Verdict::AlreadyClear
        }
        _ => Verdict::Clear,
    };
    match telegram.sealed {
        Some(Sealed::Ell | Sealed::Tpl { .. }) => Ok(Verdict::NoKey),
        Some(Sealed::Fragment) => Err(Verdict::Fragment),
        Some(Sealed::Unknown) => Err(Verdict::Unsupported),
        // One in 65536 encrypted telegrams begins like fillers: a key may know better, if what it makes
        // of them are records.
        None if by_itself == Verdict::AlreadyClear && telegram.tpl.is_some() => Ok(by_itself),
        None if telegram.afl.is_some_and(|afl| afl.mac().is_some()) => Ok(by_itself),
        None => Err(by_itself),
    }
}

fn has_good_records(telegram: &Telegram<'_>) -> bool {
    match telegram.body() {
        Body::Records(octets) => {
            !Records::new(octets).any(|item| matches!(item, RecordItem::Bad { .. }))
        }
        _ => true,
    }
}

fn ell_is_marked(telegram: &Telegram<'_>) -> bool {
    let session = telegram.ell.and_then(|ell| ell.session());
    session.is_some_and(|session| session.number.encryption() != 0)
}

/// What one key made of a telegram. The clear octets lie in the room.
#[derive(Clone, Copy)]
struct Attempt {
    verdict: Verdict,
    /// Was the extended link layer opened? Then what was behind it lies in the room, behind its CRC.
    ell: bool,
    /// Was the transport layer opened? Then the payload is so many octets from here.
    payload: Option<(usize, usize)>,
}

impl Default for Attempt {
    fn default() -> Self {
        Self { verdict: Verdict::NoKey, ell: false, payload: None }
    }
}

impl Attempt {
    fn into_opened<'b>(self, telegram: &Telegram<'b>, room: &'b [u8]) -> Opened<'b> {
        let mut clear = self.payload.and_then(|(start, len)| room.get(start..)?.get(..len));
        let inner = if self.ell {
            room.split_first_chunk().and_then(|(crc, behind)| reopen(telegram, *crc, behind))
        } else {
            None
        };
        if self.ell && inner.is_none() {
            clear = None;
        }
        Opened::of(inner.as_ref().unwrap_or(telegram), self.verdict, clear)
    }
}

/// The telegram with what was behind its extended link layer, and with the clear CRC in it, so that
/// it reads as one that arrives clear.
fn reopen<'b>(telegram: &Telegram<'b>, crc: [u8; 2], behind: &'b [u8]) -> Option<Telegram<'b>> {
    let mut opened = telegram.reopen(behind).ok()?;
    opened.payload_offset = opened.payload_offset.saturating_add(telegram.payload_offset);
    if let Some(Ell { kind: EllKind::Ii(session) | EllKind::Iv(_, session), .. }) = &mut opened.ell
    {
        session.payload_crc = u16::from_le_bytes(crc);
    }
    Some(opened)
}

fn attempt<C: Cipher>(telegram: &Telegram<'_>, known: Known, key: &C, room: &mut [u8]) -> Attempt {
    let result = match telegram.sealed {
        Some(Sealed::Ell) => attempt_ell(telegram, known, key, room),
        _ => {
            let Some(octets) = room.get_mut(..telegram.payload.len()) else {
                return Attempt::default();
            };
            let Some(tpl) = &telegram.tpl else {
                return Attempt { verdict: Verdict::Unsupported, ..Attempt::default() };
            };
            copy(telegram.payload, octets);
            Message::of(telegram, tpl, known).open(key, octets).map(|message| Attempt {
                verdict: message.verdict,
                ell: false,
                payload: message.len.map(|len| (0, len)),
            })
        }
    };
    result.unwrap_or_else(|error| Attempt { verdict: Verdict::Failed(error), ..Attempt::default() })
}

fn attempt_ell<C: Cipher>(
    telegram: &Telegram<'_>,
    known: Known,
    key: &C,
    room: &mut [u8],
) -> Result<Attempt, CipherError> {
    let unsupported = Attempt { verdict: Verdict::Unsupported, ..Attempt::default() };
    let Some((ell, session)) = telegram.ell.and_then(|ell| Some((ell, ell.session()?))) else {
        return Ok(unsupported);
    };
    let sender = match telegram.link {
        Link::Wireless { address, .. } => Some(address),
        _ => known.meter,
    };
    let (Some(sender), 1) = (sender, session.number.encryption()) else { return Ok(unsupported) };
    let block = counter_block_ell(&sender, ell.control, session.number);
    if !decrypt_ell(session, telegram.payload, key, &block, room)? {
        // The CI field: records and compact frames behind each header, and the layers between.
        let plausible = matches!(
            room.get(CRC_LEN).copied().map(CiField::new),
            Some(ci) if PLAUSIBLE.contains(&ci)
        );
        let verdict = if plausible { Verdict::BadData } else { Verdict::WrongKey };
        return Ok(Attempt { verdict, ell: plausible, payload: None });
    }

    let mut opened = Attempt { verdict: Verdict::Decrypted(Proof::Crc), ell: true, payload: None };
    // What was behind the layer may be sealed again, by the transport layer.
    let tpl;
    let (message, start) = {
        let Some((crc, behind)) = room.split_first_chunk() else { return Ok(unsupported) };
        let Some(inner) = reopen(telegram, *crc, behind) else {
            return Ok(Attempt { verdict: Verdict::BadData, ..opened });
        };
        match inner.sealed {
            Some(Sealed::Fragment) => opened.verdict = Verdict::Fragment,
            Some(Sealed::Unknown | Sealed::Ell) => opened.verdict = Verdict::Unsupported,
            _ => {}
        }
        let (Some(Sealed::Tpl { .. }), Some(own)) = (inner.sealed, inner.tpl) else {
            return Ok(opened);
        };
        tpl = own;
        let start = inner.payload_offset.saturating_sub(telegram.payload_offset);
        (Message::of(&inner, &tpl, known), start.saturating_add(CRC_LEN))
    };
    let Some(octets) = room.get_mut(start..) else { return Ok(opened) };
    let inner = message.open(key, octets)?;
    opened.verdict = inner.verdict;
    opened.payload = inner.len.map(|len| (start, len));
    Ok(opened)
}

/// The CI fields that an encrypted session is known to carry first.
const PLAUSIBLE: [CiField; 9] = [
    CiField::new(0x72),
    CiField::new(0x73),
    CiField::new(0x78),
    CiField::new(0x79),
    CiField::new(0x7A),
    CiField::new(0x7B),
    CiField::new(0x81),
    CiField::new(0x90),
    CiField::new(0x6A),
];

/// Decrypts CRC and payload into the room. Does the CRC fit?
fn decrypt_ell<C: Cipher>(
    session: Session,
    payload: &[u8],
    key: &C,
    block: &[u8; 16],
    room: &mut [u8],
) -> Result<bool, CipherError> {
    let Some((crc, behind)) = room.split_first_chunk_mut() else { return Err(CipherError::Length) };
    *crc = session.payload_crc.to_le_bytes();
    copy(payload, behind);
    key.apply_ctr(block, room)?;
    let Some((crc, behind)) = room.split_first_chunk() else { return Err(CipherError::Length) };
    Ok(u16::from_le_bytes(*crc) == en_13757(behind))
}
