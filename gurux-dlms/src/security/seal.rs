//! From a clear message to a protected one.

use gurux_framing::{Sink, SliceSink, Wire};

use super::open::Which;
use super::{Cipher, CipherError, Keyring, PrivateKey, SystemTitle};
use crate::wire::{
    ApduTag, Ciphered, GeneralCiphering, GeneralGloDed, GeneralHeader, GeneralSigning, GloDed,
    KeyInfo, SecurityControl, TAG_LEN, length,
};

/// The form that a protected message takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Envelope<'a> {
    /// A ciphered service.
    Service(ApduTag),
    /// general-glo-ciphering, from the sender with this title, which may be left empty.
    GeneralGlo(&'a [u8]),
    /// general-ded-ciphering, from the sender with this title, which may be left empty.
    GeneralDed(&'a [u8]),
    /// general-ciphering.
    General(GeneralHeader<'a>, Option<KeyInfo<'a>>),
}

/// Why a message was not protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// A key is missing.
    #[error("the {0} is missing")]
    NoKey(&'static str),
    /// It takes more room than there is.
    #[error("the message takes {needed} octets, there is room for {room}")]
    Room {
        /// Octets of the message.
        needed: usize,
        /// Octets of room.
        room: usize,
    },
    /// The provider failed.
    #[error(transparent)]
    Cipher(#[from] CipherError),
}

/// Protects a message and writes it to the front of `room`; says how many octets it took.
///
/// `sender` is this side. `invocation_counter` is that of the key, never used before: an
/// [`OwnCounter`](super::OwnCounter) gives it. A text that `control` calls compressed must be so
/// already.
///
/// # Errors
/// The [`SealError`] that says why not. Then what is in `room` is of no use, and not to be sent.
pub fn seal<C: Cipher>(
    envelope: Envelope<'_>,
    control: SecurityControl,
    invocation_counter: u32,
    sender: SystemTitle,
    keys: &Keyring<C>,
    text: &[u8],
    room: &mut [u8],
) -> Result<usize, SealError> {
    let which = match envelope {
        Envelope::Service(tag) if tag.is_dedicated() => Which::Dedicated,
        Envelope::GeneralDed(_) => Which::Dedicated,
        Envelope::Service(_) | Envelope::GeneralGlo(_) => Which::Global,
        Envelope::General(_, key_info) => Which::of(key_info, keys.session.is_some()),
    };
    let (cipher, missing) = keys.choose(which, control);
    let cipher = cipher.ok_or(SealError::NoKey(missing));

    let len = lay_out(envelope, control, invocation_counter, text, room)?;
    let message = room.get_mut(..len).unwrap_or_default();
    let tag_len = if control.is_authenticated() { TAG_LEN } else { 0 };
    let start = len.saturating_sub(tag_len).saturating_sub(text.len());
    let (head, payload) = message.split_at_mut_checked(start).ok_or(CipherError::Length)?;
    let nonce = sender.nonce(invocation_counter);
    if !control.is_authenticated() {
        if control.is_encrypted() {
            cipher?.apply_keystream(&nonce, payload)?;
        }
        return Ok(len);
    }
    let key = keys.authentication.as_ref().ok_or(SealError::NoKey("authentication key"))?;
    let header = match envelope {
        Envelope::General(header, _) => {
            head.get(1..).and_then(|fields| fields.get(..header.wire_len())).unwrap_or_default()
        }
        _ => &[],
    };
    let (text, tag) = payload.split_last_chunk_mut::<TAG_LEN>().ok_or(CipherError::Length)?;
    let octet = [control.octet()];
    *tag = if control.is_encrypted() {
        cipher?.encrypt(&nonce, &[&octet, key.octets(), header], text)?
    } else {
        cipher?.encrypt(&nonce, &[&octet, key.octets(), header, text], &mut [])?
    };
    Ok(len)
}

/// Writes a message with its text in clear and, where a tag is due, room for it.
fn lay_out(
    envelope: Envelope<'_>,
    control: SecurityControl,
    invocation_counter: u32,
    text: &[u8],
    room: &mut [u8],
) -> Result<usize, SealError> {
    let tag = control.is_authenticated().then_some([0; TAG_LEN]);
    let body = Unsealed { control, invocation_counter, text, tag };
    let mut sink = SliceSink::new(room);
    envelope.put(&body, &mut sink);
    if !sink.is_overrun() {
        return Ok(sink.written());
    }
    let mut count = Count(0);
    envelope.put(&body, &mut count);
    Err(SealError::Room { needed: count.0, room: room.len() })
}

/// A text in front of the place of its tag.
struct Unsealed<'a> {
    control: SecurityControl,
    invocation_counter: u32,
    text: &'a [u8],
    tag: Option<[u8; TAG_LEN]>,
}

impl Envelope<'_> {
    fn put(self, body: &Unsealed<'_>, out: &mut impl Sink) {
        // The head is that of the message with the text alone, but for the length, which counts the tag.
        let tag = body.tag.as_ref().map_or(&[][..], |tag| tag);
        let text = Ciphered {
            control: body.control,
            invocation_counter: body.invocation_counter,
            payload: body.text,
        };
        let len = text.wire_len().saturating_add(tag.len());
        match self {
            Self::Service(service) => GloDed::new(service, text).put_head(len, out),
            Self::GeneralGlo(system_title) => {
                GeneralGloDed { is_dedicated: false, system_title, body: text }.put_head(len, out);
            }
            Self::GeneralDed(system_title) => {
                GeneralGloDed { is_dedicated: true, system_title, body: text }.put_head(len, out);
            }
            Self::General(header, key_info) => {
                GeneralCiphering { header, key_info, body: text }.put_head(len, out);
            }
        }
        text.emit(out);
        out.put(tag);
    }
}

/// Counts octets.
struct Count(usize);

impl Sink for Count {
    fn claim(&mut self, count: usize) -> &mut [u8] {
        self.0 = self.0.saturating_add(count);
        &mut []
    }
}

/// What a signature covers besides the five fields.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Signed {
    /// The content.
    #[default]
    Content,
    /// The content and its length, as the British smart meters have it.
    ContentWithLength,
}

/// Signs a message, in clear or protected, and writes general-signing to the front of `room`; says how
/// many octets it took.
///
/// # Errors
/// [`SealError::Room`] if they are more than there are, and the provider's own.
pub fn sign(
    header: GeneralHeader<'_>,
    content: &[u8],
    signed: Signed,
    key: &impl PrivateKey,
    room: &mut [u8],
) -> Result<usize, SealError> {
    let len = room.len();
    let fields = room
        .get_mut(..header.wire_len())
        .ok_or(SealError::Room { needed: header.wire_len(), room: len })?;
    header.emit(&mut SliceSink::new(fields));
    let mut count = [0; 5];
    let count = match signed {
        Signed::Content => &[][..],
        Signed::ContentWithLength => {
            let mut sink = SliceSink::new(&mut count);
            length::emit(content.len(), &mut sink);
            count.get(..length::wire_len(content.len())).unwrap_or_default()
        }
    };
    let signature = key.sign(&[fields, count, content])?;
    let message = GeneralSigning { header, content, signature: signature.octets() };
    message
        .emit_to_slice(room)
        .map_err(|_| SealError::Room { needed: message.wire_len(), room: len })
}
