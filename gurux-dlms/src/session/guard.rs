//! [`Guard`]: the protection of one association, either side.

use core::fmt;

use super::link::Store;
use crate::security::{
    CipherError, CounterError, CounterStore, Envelope, Key, Keyring, OpenError, OwnCounter, Policy,
    Provider, Replay, ReplayWindow, SealError, Suite, SystemTitle, open, seal,
};
use crate::wire::{ApduTag, GeneralHeader, KeyId, KeyInfo, SecurityControl, TAG_LEN};

/// In which form messages are protected.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Form {
    /// Each service by a tag of its own (glo-get-request); those that have none by the general form.
    #[default]
    Service,
    /// general-glo- and general-ded-ciphering.
    General,
    /// general-ciphering, with both titles and a transaction in each message.
    GeneralCiphering,
}

/// Tag, title behind its length, length of up to three octets, control and counter: general-glo-ciphering.
const GENERAL_LEN: usize = 1 + 9 + 3 + 5;
/// The same with a transaction and two titles behind their lengths, no date-time and no other information,
/// and a key that is named: general-ciphering.
const GENERAL_CIPHERING_LEN: usize = 1 + 3 * 9 + 2 + 4 + 3 + 5;

/// The protection of one association, of either side: what is sent is sealed, what comes is opened
/// where it lies, and held against what the association asks for.
///
/// A counter is taken for each message that is sealed, and never used twice; a message that comes must
/// have one above all before it under the same key.
///
/// ```
/// use gurux_dlms::security::{Key, Keyring, OwnCounter, Provider, Software, SystemTitle};
/// use gurux_dlms::session::link::{Owned, Store};
/// use gurux_dlms::session::{Guard, GuardError};
/// use gurux_dlms::wire::SecurityControl;
///
/// let encryption: Key = "000102030405060708090A0B0C0D0E0F".parse()?;
/// let authentication: Key = "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF".parse()?;
/// let keys = Keyring::new(Software.cipher(&encryption)?).with_authentication(authentication);
/// let (client, meter) = (SystemTitle(*b"ABC\0\0\0\0\x01"), SystemTitle(*b"MMM\0\0\0\0\x01"));
/// let control = SecurityControl::AUTHENTICATED_ENCRYPTED;
///
/// // The number that was kept when the program last ended; a file would keep the next.
/// let counter = OwnCounter::new(100, 16, |_limit: u32| Ok::<(), ()>(()));
/// let mut ours = Guard::new(Software, keys.clone(), client)
///     .with_control(control)
///     .with_peer(meter)
///     .with_counter(counter);
/// let mut theirs = Guard::new(Software, keys, meter).with_control(control).with_peer(client);
///
/// let mut message = Owned::new(128);
/// ours.protect(&[0xC0, 0x01, 0xC1, 0, 8, 0, 0, 1, 0, 0, 255, 2, 0], &mut message)?;
/// assert_eq!(message.octets()[0], 0xC8); // glo-get-request
/// let mut copy = message.octets().to_vec();
/// let opened = theirs.unprotect(message.octets_mut())?;
/// assert_eq!(message.octets()[opened.range()][..3], [0xC0, 0x01, 0xC1]);
/// // The same once more is refused.
/// assert!(matches!(theirs.unprotect(&mut copy), Err(GuardError::Replayed(_))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Guard<P: Provider, C = ()> {
    provider: P,
    keys: Keyring<P::Cipher>,
    form: Form,
    control: SecurityControl,
    required: SecurityControl,
    policy: Policy,
    own: SystemTitle,
    peer: Option<SystemTitle>,
    counter: OwnCounter<C>,
    dedicated: OwnCounter<()>,
    uses_dedicated: bool,
    heard: ReplayWindow,
    heard_dedicated: ReplayWindow,
    accepts_repeated: bool,
}

/// Where the clear text lies in a message, and how it was protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unprotected {
    /// The first octet of the text.
    pub start: usize,
    /// How many octets it has.
    pub len: usize,
    /// How it was protected; `None` for a message that came in clear.
    pub control: Option<SecurityControl>,
    /// Who sealed it.
    pub sender: Option<SystemTitle>,
    /// Was it sealed with the key of this association alone?
    pub is_dedicated: bool,
}

impl Unprotected {
    /// Where the text lies.
    #[must_use]
    pub const fn range(&self) -> core::ops::Range<usize> {
        self.start..self.start.saturating_add(self.len)
    }
}

/// Why a message was not sealed, or not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GuardError {
    /// It could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Its counter is not above those before.
    #[error(transparent)]
    Replayed(#[from] Replay),
    /// It came in clear, where protection is due.
    #[error("a message came in clear, with the tag {0:#04X}, where a protected one is due")]
    Clear(u8),
    /// It is less protected than the association asks for.
    #[error("a message came {found}, where {required} is due")]
    Weak {
        /// How it came.
        found: SecurityControl,
        /// How it should.
        required: SecurityControl,
    },
    /// Another than the meter, or the client, of this association sealed it.
    #[error("a message came from {0}, who is not the other side of this association")]
    Foreign(SystemTitle),
    /// All counters are used up: a new key is due.
    #[error("the invocation counter has come to its end, a new key is due")]
    CounterExhausted,
    /// The counter could not be kept, so that nothing was sent.
    #[error("the invocation counter could not be kept")]
    CounterNotKept,
}

impl From<CipherError> for GuardError {
    fn from(error: CipherError) -> Self {
        Self::Seal(error.into())
    }
}

impl<E> From<CounterError<E>> for GuardError {
    fn from(error: CounterError<E>) -> Self {
        match error {
            CounterError::Exhausted => Self::CounterExhausted,
            CounterError::Store(_) => Self::CounterNotKept,
        }
    }
}

/// Octets that the longest form puts around a text, but for titles of general-ciphering.
const OVERHEAD: usize = 128;

const NONE: SecurityControl = SecurityControl::new(0);

impl<P: Provider> Guard<P> {
    /// Without keys: everything goes and comes in clear.
    #[must_use]
    pub const fn open(provider: P) -> Self {
        let keys = Keyring {
            unicast: None,
            broadcast: None,
            dedicated: None,
            session: None,
            authentication: None,
        };
        Self::new(provider, keys, SystemTitle([0; 8]))
    }

    /// With these keys, for the side with the title `own`: nothing is protected until
    /// [`with_control`](Self::with_control) says so, but challenges can be answered.
    #[must_use]
    pub const fn new(provider: P, keys: Keyring<P::Cipher>, own: SystemTitle) -> Self {
        Self {
            provider,
            keys,
            form: Form::Service,
            control: NONE,
            required: NONE,
            policy: Policy::Verified,
            own,
            peer: None,
            counter: OwnCounter::new(1, 1, ()),
            dedicated: OwnCounter::new(0, 1, ()),
            uses_dedicated: true,
            heard: ReplayWindow::new(0, 0),
            heard_dedicated: ReplayWindow::new(0, 0),
            accepts_repeated: false,
        }
    }
}

impl<P: Provider, C> Guard<P, C> {
    /// What is sent is protected so, with the suite in it; what comes must be at least as well.
    #[must_use]
    pub fn with_control(self, control: SecurityControl) -> Self {
        Self { control, required: control, ..self }
    }

    /// What comes must be protected at least so: for a meter that answers in another way than it is
    /// asked.
    #[must_use]
    pub fn with_required(self, required: SecurityControl) -> Self {
        Self { required, ..self }
    }

    /// In which form messages are protected.
    #[must_use]
    pub fn with_form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// Texts that no tag proves are taken as well: where only the encryption key is known.
    #[must_use]
    pub fn with_policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// The title of the other side, where it is known before it says it.
    #[must_use]
    pub fn with_peer(self, peer: SystemTitle) -> Self {
        Self { peer: Some(peer), ..self }
    }

    /// Messages may come with a counter that was there: for a meter that does not count.
    #[must_use]
    pub fn with_repeated_counters(self, accepts_repeated: bool) -> Self {
        Self { accepts_repeated, ..self }
    }

    /// The counter of messages under the global key.
    #[must_use]
    pub fn with_counter<D>(self, counter: OwnCounter<D>) -> Guard<P, D> {
        Guard {
            provider: self.provider,
            keys: self.keys,
            form: self.form,
            control: self.control,
            required: self.required,
            policy: self.policy,
            own: self.own,
            peer: self.peer,
            counter,
            dedicated: self.dedicated,
            uses_dedicated: self.uses_dedicated,
            heard: self.heard,
            heard_dedicated: self.heard_dedicated,
            accepts_repeated: self.accepts_repeated,
        }
    }

    /// Is what is sent protected?
    #[must_use]
    pub const fn is_protecting(&self) -> bool {
        self.control.is_authenticated() || self.control.is_encrypted()
    }

    /// The most octets that protection puts around a message: tag, title, length, security header and
    /// authentication tag; with both titles and a transaction by general-ciphering. 0 in clear.
    #[must_use]
    pub const fn overhead(&self) -> usize {
        if !self.is_protecting() {
            return 0;
        }
        let tag = if self.control.is_authenticated() { TAG_LEN } else { 0 };
        match self.form {
            Form::Service | Form::General => GENERAL_LEN.saturating_add(tag),
            Form::GeneralCiphering => GENERAL_CIPHERING_LEN.saturating_add(tag),
        }
    }

    /// How it is protected.
    #[must_use]
    pub const fn control(&self) -> SecurityControl {
        self.control
    }

    /// Protection from now on: of a meter, as the client proposes and the policy asks.
    pub const fn set_control(&mut self, control: SecurityControl) {
        self.control = control;
        self.required = control;
    }

    /// In which form messages are protected from now on: of a meter, as it is asked.
    pub const fn set_form(&mut self, form: Form) {
        self.form = form;
    }

    /// Is the dedicated key, where there is one, taken for what is sent from now on? Of a meter: as it is
    /// asked, for some clients (observed: gurux-dlms) answer the challenge under the global key and read
    /// no answer to it under another.
    pub const fn use_dedicated(&mut self, uses_dedicated: bool) {
        self.uses_dedicated = uses_dedicated;
    }

    /// The other side is known: messages below this counter came in earlier associations.
    pub const fn set_heard(&mut self, floor: u32) {
        self.heard = ReplayWindow::new(floor, 0);
    }

    /// The suite.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        match Suite::of(self.control) {
            Some(suite) => suite,
            None => Suite::Suite0,
        }
    }

    /// The title of this side.
    #[must_use]
    pub const fn own(&self) -> SystemTitle {
        self.own
    }

    /// The title of the other side, once it is known.
    #[must_use]
    pub const fn peer(&self) -> Option<SystemTitle> {
        self.peer
    }

    /// The other side says its title. Another than before has counters of its own.
    pub fn set_peer(&mut self, peer: SystemTitle) {
        if self.peer != Some(peer) {
            self.peer = Some(peer);
            self.heard = ReplayWindow::new(0, 0);
        }
    }

    /// Primitives.
    #[must_use]
    pub const fn provider(&self) -> &P {
        &self.provider
    }

    /// The keys.
    #[must_use]
    pub const fn keys(&self) -> &Keyring<P::Cipher> {
        &self.keys
    }

    /// A key for this association alone; `None` ends its use. What the other side sends under it may count
    /// from the beginning; what this side sends goes on from the counter of the global key.
    pub fn set_dedicated(&mut self, cipher: Option<P::Cipher>) {
        self.keys.dedicated = cipher;
        self.dedicated = OwnCounter::new(0, 1, ());
        self.heard_dedicated = ReplayWindow::new(0, 0);
    }

    /// A new key in the place of an old one, from the next message on. This side's counter goes on, so that it
    /// serves no key twice; with a new encryption key the other side's may begin anew. Keys that messages are
    /// not protected with (the master key) are not kept.
    ///
    /// # Errors
    /// A key that the cipher does not take; nothing has changed then.
    pub fn set_key(&mut self, id: KeyId, key: &Key) -> Result<(), CipherError> {
        match id {
            KeyId::GLOBAL_UNICAST_ENCRYPTION => {
                self.keys.unicast = Some(self.provider.cipher(key)?);
                self.heard = ReplayWindow::new(0, 0);
            }
            KeyId::GLOBAL_BROADCAST_ENCRYPTION => {
                self.keys.broadcast = Some(self.provider.cipher(key)?);
            }
            KeyId::AUTHENTICATION => self.keys.authentication = Some(key.clone()),
            _ => {}
        }
        Ok(())
    }

    /// Opens a message where it lies. In clear pass what has no protection of its own (an AARQ, an RLRE),
    /// and what says that there is none: exception-response and confirmedServiceError.
    ///
    /// # Errors
    /// [`GuardError`]; the message is not to be used then.
    pub fn unprotect(&mut self, message: &mut [u8]) -> Result<Unprotected, GuardError> {
        let whole = message.len();
        let tag = message.first().copied().unwrap_or_default();
        if !is_protected(tag) {
            if is_protecting(self.required) && !passes_in_clear(tag) {
                return Err(GuardError::Clear(tag));
            }
            let (control, sender) = (None, None);
            return Ok(Unprotected { start: 0, len: whole, control, sender, is_dedicated: false });
        }
        let opened = open(message, self.peer, &self.keys, self.policy)?;
        let (len, control, sender) = (opened.text.len(), opened.control, opened.sender);
        let (counter, is_dedicated) = (opened.invocation_counter, opened.is_dedicated);
        if self.peer.is_some_and(|peer| peer != sender) {
            return Err(GuardError::Foreign(sender));
        }
        let required = self.required;
        if (required.is_authenticated() && !control.is_authenticated())
            || (required.is_encrypted() && !control.is_encrypted())
        {
            return Err(GuardError::Weak { found: control, required });
        }
        let window = if is_dedicated { &mut self.heard_dedicated } else { &mut self.heard };
        let accepted = window.accept(counter);
        if !self.accepts_repeated {
            accepted?;
        }
        let tag_len = if control.is_authenticated() { TAG_LEN } else { 0 };
        let start = whole.saturating_sub(tag_len).saturating_sub(len);
        let (control, sender) = (Some(control), Some(sender));
        Ok(Unprotected { start, len, control, sender, is_dedicated })
    }

    /// The counter of a message that was accepted otherwise, by its challenge: it counts with the others.
    ///
    /// # Errors
    /// [`Replay`] if it was there.
    pub fn accept_counter(&mut self, counter: u32) -> Result<(), Replay> {
        if self.accepts_repeated { Ok(()) } else { self.heard.accept(counter) }
    }

    /// The counter that the other side must stay above, for a refusal that names it.
    #[must_use]
    pub fn expected_counter(&self) -> u32 {
        self.heard.floor()
    }
}

impl<P: Provider, C: CounterStore> Guard<P, C> {
    /// Seals a message and writes it to `out`, in place of what was there. Without protection it is
    /// copied.
    ///
    /// # Errors
    /// [`GuardError`]; then nothing is to be sent.
    pub fn protect(&mut self, text: &[u8], out: &mut impl Store) -> Result<(), GuardError> {
        if !self.is_protecting() {
            out.clear();
            let (needed, room) = (text.len(), out.max_len());
            return if out.append(text) {
                Ok(())
            } else {
                Err(SealError::Room { needed, room }.into())
            };
        }
        let tag = text.first().copied().unwrap_or_default();
        let is_dedicated = self.keys.dedicated.is_some() && self.uses_dedicated;
        self.seal(tag, text, is_dedicated, self.form, out)
    }

    /// Seals an initiate: always as a service, under the global key, whatever the form of what follows.
    ///
    /// # Errors
    /// As [`protect`](Self::protect).
    pub fn protect_initiate(
        &mut self,
        text: &[u8],
        out: &mut impl Store,
    ) -> Result<(), GuardError> {
        let tag = text.first().copied().unwrap_or_default();
        self.seal(tag, text, false, Form::Service, out)
    }

    fn seal(
        &mut self,
        tag: u8,
        text: &[u8],
        is_dedicated: bool,
        form: Form,
        out: &mut impl Store,
    ) -> Result<(), GuardError> {
        let counter = if is_dedicated {
            // A new key could count from the beginning, but some peers watch one counter for both.
            self.dedicated.raise_to(self.counter.peek().unwrap_or(0));
            self.dedicated.take()?
        } else {
            self.counter.take()?
        };
        let own = self.own;
        let transaction = u64::from(counter).to_be_bytes();
        let recipient = self.peer.map_or([0; 8], |peer| peer.0);
        let envelope = match (form, ApduTag::new(tag).ciphered(is_dedicated)) {
            (Form::Service, Some(tag)) => Envelope::Service(tag),
            (Form::GeneralCiphering, _) if !is_dedicated => Envelope::General(
                GeneralHeader {
                    transaction_id: &transaction,
                    originator_system_title: &own.0,
                    recipient_system_title: &recipient,
                    date_time: &[],
                    other_information: &[],
                },
                Some(KeyInfo::Identified(KeyId::GLOBAL_UNICAST_ENCRYPTION)),
            ),
            _ if is_dedicated => Envelope::GeneralDed(&own.0),
            _ => Envelope::GeneralGlo(&own.0),
        };
        out.clear();
        let needed = text.len().saturating_add(OVERHEAD);
        let len = needed.min(out.max_len());
        let room = out.grow(len).unwrap_or_default();
        let sealed = seal(envelope, self.control, counter, own, &self.keys, text, room)?;
        out.truncate(sealed);
        Ok(())
    }

    /// A counter of this side's for a challenge that is answered by it.
    ///
    /// # Errors
    /// [`GuardError::CounterExhausted`], [`GuardError::CounterNotKept`].
    pub fn take_counter(&mut self) -> Result<u32, GuardError> {
        Ok(self.counter.take()?)
    }

    /// The next counter of this side's, if there is one.
    #[must_use]
    pub fn peek_counter(&self) -> Option<u32> {
        self.counter.peek()
    }

    /// The other side says which counter it expects: none below is used any more.
    pub fn raise_counter(&mut self, counter: u32) {
        if self.keys.dedicated.is_some() {
            self.dedicated.raise_to(counter);
        } else {
            self.counter.raise_to(counter);
        }
    }

    /// The same for the global key, whether a dedicated one is in use or not.
    pub fn raise_global_counter(&mut self, counter: u32) {
        self.counter.raise_to(counter);
    }
}

const fn is_protecting(control: SecurityControl) -> bool {
    control.is_authenticated() || control.is_encrypted()
}

/// Is it the tag of a protected message?
pub(crate) fn is_protected(tag: u8) -> bool {
    matches!(
        ApduTag::new(tag),
        ApduTag::GENERAL_GLO_CIPHERING
            | ApduTag::GENERAL_DED_CIPHERING
            | ApduTag::GENERAL_CIPHERING
    ) || ApduTag::new(tag).service().is_some()
}

/// Messages that are not protected themselves: those of the association, whose content is; blocks, whose
/// whole is; and refusals, which can come of a message that could not be opened.
const fn passes_in_clear(tag: u8) -> bool {
    matches!(
        ApduTag::new(tag),
        ApduTag::AARQ
            | ApduTag::AARE
            | ApduTag::RLRQ
            | ApduTag::RLRE
            | ApduTag::GENERAL_BLOCK_TRANSFER
            | ApduTag::EXCEPTION_RESPONSE
            | ApduTag::CONFIRMED_SERVICE_ERROR
    )
}

impl<P: Provider, C> fmt::Debug for Guard<P, C> {
    /// Without keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("own", &self.own)
            .field("peer", &self.peer)
            .field("form", &self.form)
            .field("control", &self.control)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "crypto")]
#[cfg(feature = "alloc")]
mod tests;
