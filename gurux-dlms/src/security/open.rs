//! From a protected message to a clear one.

use gurux_framing::{Wire, WireError, WireErrorKind};

use super::{Cipher, CipherError, Key, Provider, PublicKey, Signature, SystemTitle};
use crate::wire::{
    Ciphered, GeneralCiphering, GeneralGloDed, GeneralSigning, GloDed, KeyId, KeyInfo,
    SecurityControl, TAG_LEN, length,
};

/// The keys of one association, or of one meter that pushes.
///
/// Each message says which it needs: the header's broadcast bit, the tag of a dedicated service, the
/// key-info of general-ciphering.
#[derive(Clone, Debug)]
pub struct Keyring<C> {
    /// The global unicast encryption key.
    pub unicast: Option<C>,
    /// The global broadcast encryption key.
    pub broadcast: Option<C>,
    /// The dedicated key, which the client gave in its InitiateRequest for this association.
    pub dedicated: Option<C>,
    /// The key that came with general-ciphering, wrapped or agreed.
    pub session: Option<C>,
    /// The authentication key, which goes with each of them.
    pub authentication: Option<Key>,
}

impl<C> Keyring<C> {
    /// The global unicast encryption key alone.
    #[must_use]
    pub const fn new(unicast: C) -> Self {
        Self {
            unicast: Some(unicast),
            broadcast: None,
            dedicated: None,
            session: None,
            authentication: None,
        }
    }

    /// The same with the authentication key.
    #[must_use]
    pub fn with_authentication(self, key: Key) -> Self {
        Self { authentication: Some(key), ..self }
    }

    /// The same with the broadcast key.
    #[must_use]
    pub fn with_broadcast(self, cipher: C) -> Self {
        Self { broadcast: Some(cipher), ..self }
    }

    /// The same with a dedicated key.
    #[must_use]
    pub fn with_dedicated(self, cipher: C) -> Self {
        Self { dedicated: Some(cipher), ..self }
    }

    /// The same with a key that was unwrapped or agreed.
    #[must_use]
    pub fn with_session(self, cipher: C) -> Self {
        Self { session: Some(cipher), ..self }
    }

    /// The key that a message under `control` takes, and its name.
    pub(super) fn choose(
        &self,
        which: Which,
        control: SecurityControl,
    ) -> (Option<&C>, &'static str) {
        match which {
            Which::Dedicated => (self.dedicated.as_ref(), "dedicated key"),
            Which::Session => (self.session.as_ref(), "session key"),
            Which::Broadcast => (self.broadcast.as_ref(), "broadcast key"),
            Which::Global if control.is_broadcast() => (self.broadcast.as_ref(), "broadcast key"),
            Which::Global => (self.unicast.as_ref(), "unicast key"),
        }
    }
}

/// Under which key a message stands, as far as its form says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Global,
    Broadcast,
    Dedicated,
    Session,
}

impl Which {
    /// As key-info says. Without one it is the key of the message before, which came with that.
    pub(super) const fn of(key_info: Option<KeyInfo<'_>>, has_session: bool) -> Self {
        match key_info {
            Some(KeyInfo::Identified(KeyId::GLOBAL_BROADCAST_ENCRYPTION)) => Self::Broadcast,
            Some(KeyInfo::Identified(_)) => Self::Global,
            Some(KeyInfo::Wrapped { .. } | KeyInfo::Agreed { .. }) => Self::Session,
            None if has_session => Self::Session,
            None => Self::Global,
        }
    }
}

/// What is asked of a message before its text is handed on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Policy {
    /// It is authenticated, and the authentication key proves it. Anything else is refused.
    Verified,
    /// It is decrypted whether anything proves it or not: for those who were given the encryption key
    /// alone, and for meters that only encrypt, as in Austria and parts of Switzerland. Who can change
    /// octets on the way can change what comes out, bit by bit.
    ///
    /// A tag is checked all the same where the authentication key is at hand.
    DecryptUnverified,
}

/// A message that was opened.
#[derive(Debug)]
pub struct Opened<'b> {
    /// The message that was inside; still compressed, if [`control`](Self::control) says so.
    pub text: &'b mut [u8],
    /// Who sent it.
    pub sender: SystemTitle,
    /// How it was protected.
    pub control: SecurityControl,
    /// The counter that it came with; a [`ReplayWindow`](super::ReplayWindow) says whether it is new.
    pub invocation_counter: u32,
    /// Did a tag prove it?
    pub is_verified: bool,
    /// Was it under the dedicated key, which has counters of its own?
    pub is_dedicated: bool,
}

/// Why a message was not opened. It is as it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It is not a protected message, or not a whole one.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The sender's system title is neither in the message nor known, or not of eight octets.
    #[error("the sender's system title is not known")]
    NoSystemTitle,
    /// A key is missing.
    #[error("the {0} is missing")]
    NoKey(&'static str),
    /// Nothing authenticates the message, and the policy asks for it.
    #[error("the message is not authenticated")]
    NotAuthenticated,
    /// The tag or the signature does not fit, or the provider failed.
    #[error(transparent)]
    Cipher(#[from] CipherError),
}

impl OpenError {
    /// The same error, seen from a buffer in which the present one begins at `origin`.
    fn at(self, origin: usize) -> Self {
        match self {
            Self::Wire(error) => Self::Wire(error.at(origin)),
            error => error,
        }
    }
}

/// Opens a message where it lies.
///
/// `message` is a whole APDU: a ciphered service, general-glo-, general-ded- or general-ciphering.
/// `sender` is whom it comes from, for the forms that do not say; a title in the message goes first,
/// unless it is empty.
///
/// # Errors
/// The [`OpenError`] that says why it was not opened.
#[inline]
pub fn open<'b, C: Cipher>(
    message: &'b mut [u8],
    sender: Option<SystemTitle>,
    keys: &Keyring<C>,
    policy: Policy,
) -> Result<Opened<'b>, OpenError> {
    let found = Found::in_message(message, keys.session.is_some())?;
    let title = match found.title {
        Some([]) | None => sender,
        Some(title) => SystemTitle::new(title),
    };
    let sender = title.ok_or(OpenError::NoSystemTitle)?;
    let (which, body, header) = (found.which, Head::of(&found.body), found.header.len());
    let start = message.len().saturating_sub(found.body.payload.len());
    let (head, payload) = message.split_at_mut_checked(start).ok_or(CipherError::Length)?;
    // The authenticated fields of general-ciphering follow its tag.
    let header = head.get(1..).and_then(|fields| fields.get(..header)).unwrap_or_default();
    let (cipher, missing) = keys.choose(which, body.control);
    let opened = open_body(
        cipher.ok_or(OpenError::NoKey(missing)),
        keys.authentication.as_ref(),
        policy,
        sender,
        body,
        header,
        payload,
    )
    .map_err(|error| error.at(start))?;
    Ok(Opened { is_dedicated: which == Which::Dedicated, ..opened })
}

/// Opens a protected text whose octets were copied to `payload`: what [`open`] does, for whoever has
/// taken the message apart.
///
/// `header` is empty, but for general-ciphering: there it is the octets of the five fields.
///
/// # Errors
/// The [`OpenError`] that says why it was not opened.
pub fn open_text<'b, C: Cipher>(
    cipher: &C,
    authentication: Option<&Key>,
    policy: Policy,
    sender: SystemTitle,
    body: &Ciphered<'_>,
    header: &[u8],
    payload: &'b mut [u8],
) -> Result<Opened<'b>, OpenError> {
    open_body(Ok(cipher), authentication, policy, sender, Head::of(body), header, payload)
}

/// A security header, free of the octets that it stands before.
#[derive(Clone, Copy)]
struct Head {
    control: SecurityControl,
    invocation_counter: u32,
}

impl Head {
    const fn of(body: &Ciphered<'_>) -> Self {
        Self { control: body.control, invocation_counter: body.invocation_counter }
    }
}

#[inline]
fn open_body<'b, C: Cipher>(
    cipher: Result<&C, OpenError>,
    authentication: Option<&Key>,
    policy: Policy,
    sender: SystemTitle,
    Head { control, invocation_counter }: Head,
    header: &[u8],
    payload: &'b mut [u8],
) -> Result<Opened<'b>, OpenError> {
    let nonce = sender.nonce(invocation_counter);
    let opened = |text, is_verified| Opened {
        text,
        sender,
        control,
        invocation_counter,
        is_verified,
        is_dedicated: false,
    };
    if !control.is_authenticated() {
        if policy == Policy::Verified {
            return Err(OpenError::NotAuthenticated);
        }
        if control.is_encrypted() {
            cipher?.apply_keystream(&nonce, payload)?;
        }
        return Ok(opened(payload, false));
    }
    let available = payload.len();
    let Some((text, tag)) = payload.split_last_chunk_mut::<TAG_LEN>() else {
        let kind = WireErrorKind::Truncated { needed: TAG_LEN, available };
        return Err(WireError::new(0, "authentication-tag", kind).into());
    };
    let Some(key) = authentication else {
        if policy == Policy::Verified {
            return Err(OpenError::NoKey("authentication key"));
        }
        if control.is_encrypted() {
            cipher?.apply_keystream(&nonce, text)?;
        }
        return Ok(opened(text, false));
    };
    let cipher = cipher?;
    let control_octet = [control.octet()];
    if control.is_encrypted() {
        cipher.decrypt(&nonce, &[&control_octet, key.octets(), header], text, tag)?;
    } else {
        let header = [&control_octet, key.octets(), header, text];
        cipher.decrypt(&nonce, &header, &mut [], tag)?;
    }
    Ok(opened(text, true))
}

/// What a message says of itself.
struct Found<'a> {
    which: Which,
    title: Option<&'a [u8]>,
    /// The fields that general-ciphering authenticates besides.
    header: &'a [u8],
    body: Ciphered<'a>,
}

impl<'a> Found<'a> {
    #[inline]
    fn in_message(message: &'a [u8], has_session: bool) -> Result<Self, WireError> {
        Ok(match message.first() {
            Some(0xDB | 0xDC) => {
                let general = GeneralGloDed::from_bytes(message)?;
                Self {
                    which: if general.is_dedicated { Which::Dedicated } else { Which::Global },
                    title: Some(general.system_title),
                    header: &[],
                    body: general.body,
                }
            }
            Some(0xDD) => {
                let general = GeneralCiphering::from_bytes(message)?;
                Self {
                    which: Which::of(general.key_info, has_session),
                    title: Some(general.header.originator_system_title),
                    header: general_header(message)?,
                    body: general.body,
                }
            }
            _ => {
                let service = GloDed::from_bytes(message)?;
                let is_dedicated = service.tag.is_dedicated();
                Self {
                    which: if is_dedicated { Which::Dedicated } else { Which::Global },
                    title: None,
                    header: &[],
                    body: service.body,
                }
            }
        })
    }
}

/// The octets of the five fields, as their sender wrote them.
fn general_header(message: &[u8]) -> Result<&[u8], WireError> {
    let fields = message.get(1..).unwrap_or_default();
    let mut reader = gurux_framing::Reader::new(fields);
    reader.read::<crate::wire::GeneralHeader<'_>>()?;
    Ok(fields.get(..reader.offset()).unwrap_or_default())
}

/// Is a message signed by the owner of this key? Its content may then be opened in its turn.
///
/// What is signed are the five fields with their lengths, and the content without; or the content with
/// its length, as the British smart meters have it (observed: the signed example of the public reader of
/// their messages).
///
/// # Errors
/// [`CipherError::Tag`] if it is not, and the provider's own.
pub fn verify<P: Provider>(
    message: &[u8],
    provider: &P,
    signer: &PublicKey,
) -> Result<(), OpenError> {
    let signing = GeneralSigning::from_bytes(message)?;
    let signature = Signature::new(signing.signature)?;
    let header = general_header(message)?;
    let alone = provider.verify(signer, &[header, signing.content], &signature);
    if alone != Err(CipherError::Tag) {
        return Ok(alone?);
    }
    // The tag, and behind the content the signature with its length.
    let behind = length::wire_len(signing.signature.len()).saturating_add(signing.signature.len());
    let end = message.len().saturating_sub(behind);
    let with_length = message.get(1..end).unwrap_or_default();
    Ok(provider.verify(signer, &[with_length], &signature)?)
}
