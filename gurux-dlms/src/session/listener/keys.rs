//! [`PushKeys`] and [`MeterKeys`]: by whose keys pushes are opened, and which counters were there.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use gurux_framing::Wire;

use super::PushRefusal;
use crate::security::{
    Cipher, CounterStore, Envelope, Keyring, OpenError, Opened, OwnCounter, Policy, ReplayWindow,
    SystemTitle, open, seal,
};
use crate::wire::{GeneralCiphering, GeneralGloDed, SecurityControl};

/// Opens what meters have protected. [`MeterKeys`] is one; a program that has its keys elsewhere is
/// another. With `std` one that is shared between connections is one too: `Arc<Mutex<_>>`.
pub trait PushKeys {
    /// Opens a message where it lies, and holds its counter against those before.
    ///
    /// # Errors
    /// Why it is not taken.
    fn open<'b>(&mut self, message: &'b mut [u8]) -> Result<Opened<'b>, PushRefusal>;

    /// Protects an answer to this meter, as its message was protected; `None`, if that cannot be done, and
    /// none goes out.
    fn seal(
        &mut self,
        meter: SystemTitle,
        control: SecurityControl,
        text: &[u8],
    ) -> Option<Vec<u8>> {
        let _ = (meter, control, text);
        None
    }
}

/// Nothing is opened: for meters that push in clear.
impl PushKeys for () {
    fn open<'b>(&mut self, message: &'b mut [u8]) -> Result<Opened<'b>, PushRefusal> {
        Err(sender_of(message).map_or(OpenError::NoSystemTitle.into(), PushRefusal::NoKeys))
    }
}

#[cfg(feature = "std")]
impl<K: PushKeys> PushKeys for std::sync::Arc<std::sync::Mutex<K>> {
    fn open<'b>(&mut self, message: &'b mut [u8]) -> Result<Opened<'b>, PushRefusal> {
        // Whoever held it and panicked has left nothing half done.
        let mut keys = self.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        keys.open(message)
    }

    fn seal(
        &mut self,
        meter: SystemTitle,
        control: SecurityControl,
        text: &[u8],
    ) -> Option<Vec<u8>> {
        let mut keys = self.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        keys.seal(meter, control, text)
    }
}

/// Who says to have sent a message that is protected, in a form that says it.
fn sender_of(message: &[u8]) -> Option<SystemTitle> {
    let title = match message.first()? {
        0xDB | 0xDC => GeneralGloDed::from_bytes(message).ok()?.system_title,
        0xDD => GeneralCiphering::from_bytes(message).ok()?.header.originator_system_title,
        _ => return None,
    };
    SystemTitle::new(title)
}

/// How far behind the newest a message may come: some carriers turn the order about.
const WINDOW: u8 = 64;

/// The keys of meters by their system titles, and which counters were heard under them.
///
/// A message that a tag proves is taken once. One that is only encrypted is taken as often as it comes:
/// nothing proves its counter. Meters whose protected pushes are to be confirmed need to know who answers:
/// [`with_answers`](Self::with_answers).
///
/// ```
/// use gurux_dlms::security::{Keyring, Policy, Provider, Software, SystemTitle};
/// use gurux_dlms::session::MeterKeys;
///
/// let key = "000102030405060708090A0B0C0D0E0F".parse()?;
/// let authentication = "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF".parse()?;
/// let mut keys = MeterKeys::new();
/// let both = Keyring::new(Software.cipher(&key)?).with_authentication(authentication);
/// keys.insert(SystemTitle(*b"KFM\0\0\0\0\x01"), both, Policy::Verified);
/// // The operator gave the encryption key of this one alone.
/// let half = Keyring::new(Software.cipher(&key)?);
/// keys.insert(SystemTitle(*b"LGZ\0\0\0\0\x02"), half, Policy::DecryptUnverified);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct MeterKeys<C, S = ()> {
    meters: BTreeMap<SystemTitle, Meter<C>>,
    others: Option<(Keyring<C>, Policy)>,
    /// Counters of meters that have the keys of the others.
    heard: BTreeMap<SystemTitle, ReplayWindow>,
    /// Who answers, and with which counters.
    answers: Option<(SystemTitle, OwnCounter<S>)>,
}

#[derive(Clone)]
struct Meter<C> {
    keys: Keyring<C>,
    policy: Policy,
    heard: ReplayWindow,
}

impl<C> Default for MeterKeys<C> {
    fn default() -> Self {
        Self::new()
    }
}

/// Of how many meters without keys of their own the counters are remembered.
const MAX_OTHERS: usize = 100_000;

impl<C> MeterKeys<C> {
    /// No keys.
    #[must_use]
    pub const fn new() -> Self {
        Self { meters: BTreeMap::new(), others: None, heard: BTreeMap::new(), answers: None }
    }
}

impl<C, S> MeterKeys<C, S> {
    /// Protected pushes are confirmed by who has this title, under one counter for all keys: it is the nonce
    /// of what is sealed, and must never come twice.
    #[must_use]
    pub fn with_answers<T>(self, own: SystemTitle, counter: OwnCounter<T>) -> MeterKeys<C, T> {
        let Self { meters, others, heard, answers: _ } = self;
        MeterKeys { meters, others, heard, answers: Some((own, counter)) }
    }

    /// The keys of this meter. Those that it had are gone; which counters it had is not.
    pub fn insert(&mut self, meter: SystemTitle, keys: Keyring<C>, policy: Policy) {
        let heard =
            self.meters.get(&meter).map_or(ReplayWindow::new(0, WINDOW), |known| known.heard);
        self.meters.insert(meter, Meter { keys, policy, heard });
    }

    /// The keys of all others.
    pub fn insert_others(&mut self, keys: Keyring<C>, policy: Policy) {
        self.others = Some((keys, policy));
    }

    /// Below which counter none of this meter is taken any more: to be kept when the program ends.
    #[must_use]
    pub fn floor(&self, meter: SystemTitle) -> Option<u32> {
        let own = self.meters.get(&meter).map(|known| &known.heard);
        own.or_else(|| self.heard.get(&meter)).map(ReplayWindow::floor)
    }

    /// Takes no counter of this meter below this one: what was kept of an earlier run.
    pub fn set_floor(&mut self, meter: SystemTitle, floor: u32) {
        let window = ReplayWindow::new(floor, WINDOW);
        match self.meters.get_mut(&meter) {
            Some(known) => known.heard = window,
            None => _ = self.heard.insert(meter, window),
        }
    }
}

impl<C: Cipher, S: CounterStore> PushKeys for MeterKeys<C, S> {
    fn open<'b>(&mut self, message: &'b mut [u8]) -> Result<Opened<'b>, PushRefusal> {
        let sender = sender_of(message).ok_or(OpenError::NoSystemTitle)?;
        let (keys, policy, heard) = match self.meters.get_mut(&sender) {
            Some(known) => (&known.keys, known.policy, Some(&mut known.heard)),
            None => {
                let (keys, policy) = self.others.as_ref().ok_or(PushRefusal::NoKeys(sender))?;
                (keys, *policy, None)
            }
        };
        let opened = open(message, Some(sender), keys, policy)?;
        if !opened.is_verified {
            return Ok(opened);
        }
        let heard = match heard {
            Some(heard) => heard,
            None => {
                // Only who has the key comes so far.
                if self.heard.len() >= MAX_OTHERS && !self.heard.contains_key(&sender) {
                    return Err(PushRefusal::TooMany);
                }
                self.heard.entry(sender).or_insert(ReplayWindow::new(0, WINDOW))
            }
        };
        heard.accept(opened.invocation_counter)?;
        Ok(opened)
    }

    fn seal(
        &mut self,
        meter: SystemTitle,
        control: SecurityControl,
        text: &[u8],
    ) -> Option<Vec<u8>> {
        let known = self.meters.get(&meter).map(|known| &known.keys);
        let keys = known.or(self.others.as_ref().map(|(keys, _)| keys))?;
        let (own, counter) = self.answers.as_mut()?;
        let counter = counter.take().ok()?;
        let mut room = vec![0; text.len().saturating_add(MAX_AROUND)];
        let envelope = Envelope::GeneralGlo(&own.0);
        let len = seal(envelope, control, counter, *own, keys, text, &mut room).ok()?;
        room.truncate(len);
        Some(room)
    }
}

/// Tag, title behind its length, length, control, counter and authentication tag.
const MAX_AROUND: usize = 1 + 9 + 5 + 5 + 12;

impl<C, S> fmt::Debug for MeterKeys<C, S> {
    /// Without keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeterKeys")
            .field("meters", &self.meters.len())
            .field("has_others", &self.others.is_some())
            .finish_non_exhaustive()
    }
}
