//! [`Message`]: the ciphers of the transport layer, mode by mode.

use gurux_framing::{Direction, Wire};

use super::key::same;
use super::{
    Cipher, CipherError, Known, Proof, Purpose, Verdict, copy, counter_block_8, derivation_block,
    initial_vector_3, initial_vector_5, nonce_9, nonce_10,
};
use crate::Error;
use crate::table::lookup_ci;
use crate::wire::{Afl, CField, Encrypted, MeterAddress, SecurityMode, Telegram, Tpl};

/// What two idle fillers at the start of encrypted octets show: that the key is right.
pub(super) const FILLERS: &[u8] = &[0x2F, 0x2F];
pub(super) const AES_BLOCK: usize = 16;
pub(super) const DES_BLOCK: usize = 8;

/// All that a message's opening and sealing depends on, but for its payload.
///
/// Nothing here points into the octets of the telegram, as they may be about to be overwritten.
pub(super) struct Message<'t> {
    pub(super) meter: Option<MeterAddress>,
    date: [u8; 2],
    control: Option<CField>,
    tpl: &'t Tpl,
    afl: AflPart,
}

/// What the authentication layer says; nothing, where there is none.
#[derive(Default)]
struct AflPart {
    counter: Option<u32>,
    kdf: Option<u8>,
    authentication: Option<Authentication>,
}

impl AflPart {
    #[inline(never)]
    fn of(afl: &Afl<'_>) -> Self {
        Self {
            counter: afl.counter(),
            kdf: afl.key_information().map(|ki| ki.kdf()),
            authentication: Authentication::of(afl),
        }
    }
}

/// The MAC of a message, and what is authenticated besides the message itself.
struct Authentication {
    head: Head,
    mac: [u8; Afl::MAX_MAC],
    mac_len: usize,
}

impl Authentication {
    fn of(afl: &Afl<'_>) -> Option<Self> {
        let found = afl.mac()?;
        // 3 to 7 are CMACs; GMACs are of no mode that is known here.
        let is_cmac = matches!(afl.message_control()?.authentication(), 3..=7);
        let mut mac = [0; Afl::MAX_MAC];
        copy(found, mac.get_mut(..found.len())?);
        let head = Head::of(afl)?;
        is_cmac.then_some(Self { head, mac, mac_len: found.len() })
    }
}

/// Message control, counter and length of a message, as they are authenticated.
struct Head {
    octets: [u8; 7],
    len: usize,
}

impl Head {
    fn of(afl: &Afl<'_>) -> Option<Self> {
        let control = afl.message_control()?;
        let mut head = Self { octets: [0; 7], len: 0 };
        head.put(&[control.0]);
        if let Some(counter) = afl.counter() {
            head.put(&counter.to_le_bytes());
        }
        if let Some(length) = afl.message_length() {
            head.put(&length.to_le_bytes());
        }
        Some(head)
    }

    fn put(&mut self, octets: &[u8]) {
        let end = self.len.saturating_add(octets.len());
        if let Some(room) = self.octets.get_mut(self.len..end) {
            copy(octets, room);
            self.len = end;
        }
    }

    fn octets(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }
}

/// What became of a message.
pub(super) struct Outcome {
    pub(super) verdict: Verdict,
    /// So many octets at its start are payload, if it was opened.
    pub(super) len: Option<usize>,
}

impl Outcome {
    const UNSUPPORTED: Self = Self { verdict: Verdict::Unsupported, len: None };
    const WRONG_KEY: Self = Self { verdict: Verdict::WrongKey, len: None };
}

/// The header of the transport layer as octets, in two parts: what a tag authenticates, and the
/// counter behind it.
struct HeaderOctets {
    octets: [u8; Self::MAX],
    len: usize,
    authenticated: usize,
}

impl HeaderOctets {
    /// CI field, address, access number, status, and a configuration of nine octets.
    const MAX: usize = 20;

    fn of(tpl: &Tpl) -> Self {
        let mut octets = [0; Self::MAX];
        let len = tpl.emit_to_slice(&mut octets).unwrap_or(0);
        let counter = if tpl.config().counter().is_some() { 4 } else { 0 };
        Self { octets, len, authenticated: len.saturating_sub(counter) }
    }

    fn all(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }

    fn authenticated(&self) -> &[u8] {
        self.octets.get(..self.authenticated).unwrap_or_default()
    }
}

impl<'t> Message<'t> {
    #[inline]
    pub(super) fn of(telegram: &Telegram<'_>, tpl: &'t Tpl, known: Known) -> Self {
        Self {
            meter: known.meter.or_else(|| telegram.meter()),
            date: known.date.unwrap_or_default(),
            control: telegram.control(),
            tpl,
            afl: telegram.afl.as_ref().map(AflPart::of).unwrap_or_default(),
        }
    }

    /// Opens the message whose payload `octets` are, in place.
    #[inline]
    pub(super) fn open<C: Cipher>(
        &self,
        key: &C,
        octets: &mut [u8],
    ) -> Result<Outcome, CipherError> {
        match self.tpl.config().mode() {
            SecurityMode::NONE => self.authenticate(key, octets),
            SecurityMode::DES_CBC | SecurityMode::DES_CBC_IV => self.open_des(key, octets),
            SecurityMode::AES_CBC_IV => self.open_mode_5(key, octets),
            SecurityMode::AES_CBC | SecurityMode::AES_CTR => {
                self.with_counters(|counter| self.open_authenticated(key, counter, octets))
            }
            SecurityMode::AES_GCM | SecurityMode::AES_CCM => {
                self.with_counters(|counter| self.open_tagged(key, counter, octets))
            }
            _ => Ok(Outcome::UNSUPPORTED),
        }
    }

    /// Tries with the counter of the transport layer, and with that of the authentication layer if it
    /// is another. observed: most telegrams have only one of them.
    fn with_counters(
        &self,
        mut open: impl FnMut(Option<u32>) -> Result<Outcome, CipherError>,
    ) -> Result<Outcome, CipherError> {
        let own = self.tpl.config().counter();
        let counter = own.or(self.afl.counter);
        let outcome = open(counter)?;
        match (outcome.verdict, self.afl.counter) {
            (Verdict::WrongKey, Some(other)) if Some(other) != counter => open(Some(other)),
            _ => Ok(outcome),
        }
    }

    /// Which way the message goes: the CI field knows it, or the control field.
    fn direction(&self) -> Direction {
        let by_ci = lookup_ci(self.tpl.ci()).and_then(|row| row.direction);
        let by_control = self.control.map(CField::direction);
        by_ci.or(by_control).unwrap_or(Direction::Response)
    }

    /// The key for a purpose: derived, or the meter's own.
    fn key_for<C: Cipher>(
        &self,
        key: &C,
        purpose: Purpose,
        counter: Option<u32>,
    ) -> Result<KeyFor<C>, CipherError> {
        let by_tpl = self.tpl.config().kdf();
        Ok(match (by_tpl.or(self.afl.kdf).unwrap_or(1), self.meter, counter) {
            (0, ..) => KeyFor::Own,
            (1, Some(meter), Some(counter)) => KeyFor::Derived(key.derive(&derivation_block(
                purpose,
                self.direction(),
                counter,
                meter.identification,
            ))?),
            _ => KeyFor::None,
        })
    }

    /// Does the MAC fit? `None` if there is none that is known, or no key for it.
    fn check_mac<C: Cipher>(
        &self,
        key: &C,
        counter: Option<u32>,
        octets: &[u8],
    ) -> Result<Option<bool>, CipherError> {
        let Some(authentication) = &self.afl.authentication else { return Ok(None) };
        let Some(mac) = self.mac(key, &authentication.head, counter, octets)? else {
            return Ok(None);
        };
        let found = authentication.mac.get(..authentication.mac_len).unwrap_or_default();
        let expected = mac.get(..authentication.mac_len).unwrap_or_default();
        Ok(Some(!found.is_empty() && same(found, expected)))
    }

    fn mac<C: Cipher>(
        &self,
        key: &C,
        head: &Head,
        counter: Option<u32>,
        octets: &[u8],
    ) -> Result<Option<[u8; 16]>, CipherError> {
        let derived = self.key_for(key, Purpose::Authentication, self.afl.counter.or(counter))?;
        let Some(key) = derived.or_own(key) else { return Ok(None) };
        key.cmac(&[head.octets(), HeaderOctets::of(self.tpl).all(), octets]).map(Some)
    }

    fn authenticate<C: Cipher>(&self, key: &C, octets: &[u8]) -> Result<Outcome, CipherError> {
        let verdict = match self.check_mac(key, None, octets)? {
            Some(true) => Verdict::Authentic,
            Some(false) => Verdict::WrongKey,
            None => Verdict::Clear,
        };
        Ok(Outcome { verdict, len: Some(octets.len()) })
    }

    fn open_des<C: Cipher>(&self, key: &C, octets: &mut [u8]) -> Result<Outcome, CipherError> {
        let iv = match (self.tpl.config().mode(), self.meter) {
            (SecurityMode::DES_CBC, _) => [0; 8],
            (_, Some(meter)) => initial_vector_3(&meter, self.date),
            _ => return Ok(Outcome::UNSUPPORTED),
        };
        let (len, is_whole) = encrypted_len(self.tpl, octets, DES_BLOCK);
        let Some(encrypted) = octets.get_mut(..len) else { return Ok(Outcome::WRONG_KEY) };
        key.decrypt_des(&iv, encrypted)?;
        Ok(judge(octets, len, is_whole, None))
    }

    fn open_mode_5<C: Cipher>(&self, key: &C, octets: &mut [u8]) -> Result<Outcome, CipherError> {
        let (Some(meter), Some(access_number)) = (self.meter, self.tpl.access_number()) else {
            return Ok(Outcome::UNSUPPORTED);
        };
        let (len, is_whole) = encrypted_len(self.tpl, octets, AES_BLOCK);
        let Some(encrypted) = octets.get_mut(..len) else { return Ok(Outcome::WRONG_KEY) };
        key.decrypt_cbc(&initial_vector_5(&meter, access_number), encrypted)?;
        Ok(judge(octets, len, is_whole, None))
    }

    /// Modes 7 and 8: a derived key, and a MAC over what is encrypted.
    fn open_authenticated<C: Cipher>(
        &self,
        key: &C,
        counter: Option<u32>,
        octets: &mut [u8],
    ) -> Result<Outcome, CipherError> {
        let derived = self.key_for(key, Purpose::Encryption, counter)?;
        let Some(cipher) = derived.or_own(key) else { return Ok(Outcome::UNSUPPORTED) };
        let mac = self.check_mac(key, counter, octets)?;
        let (len, is_whole) = match self.tpl.config().mode() {
            SecurityMode::AES_CTR => encrypted_len(self.tpl, octets, 1),
            _ => encrypted_len(self.tpl, octets, AES_BLOCK),
        };
        let Some(encrypted) = octets.get_mut(..len) else { return Ok(Outcome::WRONG_KEY) };
        match (self.tpl.config().mode(), self.meter, counter) {
            (SecurityMode::AES_CTR, Some(meter), Some(counter)) => {
                cipher.apply_ctr(&counter_block_8(&meter, counter), encrypted)?;
            }
            (SecurityMode::AES_CTR, ..) => return Ok(Outcome::UNSUPPORTED),
            _ => cipher.decrypt_cbc(&[0; 16], encrypted)?,
        }
        Ok(judge(octets, len, is_whole, mac))
    }

    /// Modes 9 and 10: a derived key, and a tag behind what is encrypted.
    fn open_tagged<C: Cipher>(
        &self,
        key: &C,
        counter: Option<u32>,
        octets: &mut [u8],
    ) -> Result<Outcome, CipherError> {
        let derived = self.key_for(key, Purpose::Encryption, counter)?;
        let (Some(cipher), Some(meter), Some(counter)) = (derived.or_own(key), self.meter, counter)
        else {
            return Ok(Outcome::UNSUPPORTED);
        };
        let config = self.tpl.config();
        let Some(text_len) = octets.len().checked_sub(config.tag_len()) else {
            return Ok(Outcome { verdict: Verdict::BadData, len: None });
        };
        let Some((text, tag)) = octets.split_at_mut_checked(text_len) else {
            return Ok(Outcome::WRONG_KEY);
        };
        // Octets between those that are encrypted and the tag are clear.
        let len = match config.encrypted() {
            Encrypted::Octets(octets) => octets.min(text_len),
            _ => text_len,
        };
        let Some(encrypted) = text.get_mut(..len) else { return Ok(Outcome::WRONG_KEY) };
        let header = HeaderOctets::of(self.tpl);
        let result = match config.mode() {
            SecurityMode::AES_GCM => cipher.decrypt_gcm(
                &nonce_9(&meter, counter),
                header.authenticated(),
                encrypted,
                tag,
            ),
            _ => cipher.decrypt_ccm(
                &nonce_10(&meter, counter),
                header.authenticated(),
                encrypted,
                tag,
            ),
        };
        match result {
            Ok(()) => Ok(Outcome { verdict: Verdict::Decrypted(Proof::Tag), len: Some(text_len) }),
            Err(CipherError::Tag) => Ok(Outcome::WRONG_KEY),
            Err(error) => Err(error),
        }
    }

    /// Seals the message whose payload `octets` are, in place; behind the payload there is room for
    /// the tag that the mode has.
    pub(super) fn seal<C: Cipher>(&self, key: &C, octets: &mut [u8]) -> Result<(), Error> {
        let config = self.tpl.config();
        let mode = config.mode();
        let meter = || self.meter.ok_or(Error::Missing { what: "address of the meter" });
        let counter = config.counter().or(self.afl.counter);
        let numbered = || counter.ok_or(Error::Missing { what: "message counter" });
        let derived = match mode {
            SecurityMode::DES_CBC | SecurityMode::DES_CBC_IV | SecurityMode::AES_CBC_IV => {
                KeyFor::Own
            }
            _ => self.key_for(key, Purpose::Encryption, counter)?,
        };
        let cipher = derived.or_own(key).ok_or(Error::Missing { what: "key derivation" })?;
        let text_len = octets.len().saturating_sub(config.tag_len());
        let (text, tag) = octets.split_at_mut_checked(text_len).unwrap_or_default();
        let block = match mode {
            SecurityMode::DES_CBC | SecurityMode::DES_CBC_IV => DES_BLOCK,
            SecurityMode::AES_CBC_IV | SecurityMode::AES_CBC => AES_BLOCK,
            _ => 1,
        };
        let len = match mode {
            SecurityMode::AES_GCM | SecurityMode::AES_CCM => match config.encrypted() {
                Encrypted::Octets(octets) => octets.min(text_len),
                _ => text_len,
            },
            _ => encrypted_len(self.tpl, text, block).0,
        };
        let text = text.get_mut(..len).unwrap_or_default();
        let header = HeaderOctets::of(self.tpl);
        match mode {
            SecurityMode::DES_CBC => cipher.encrypt_des(&[0; 8], text)?,
            SecurityMode::DES_CBC_IV => {
                cipher.encrypt_des(&initial_vector_3(&meter()?, self.date), text)?;
            }
            SecurityMode::AES_CBC_IV => {
                let access_number = self.tpl.access_number().unwrap_or_default();
                cipher.encrypt_cbc(&initial_vector_5(&meter()?, access_number), text)?;
            }
            SecurityMode::AES_CBC => cipher.encrypt_cbc(&[0; 16], text)?,
            SecurityMode::AES_CTR => {
                cipher.apply_ctr(&counter_block_8(&meter()?, numbered()?), text)?;
            }
            SecurityMode::AES_GCM => {
                let nonce = nonce_9(&meter()?, numbered()?);
                cipher.encrypt_gcm(&nonce, header.authenticated(), text, tag)?;
            }
            _ => {
                let nonce = nonce_10(&meter()?, numbered()?);
                cipher.encrypt_ccm(&nonce, header.authenticated(), text, tag)?;
            }
        }
        Ok(())
    }

    /// Makes the MAC of a message that is encrypted already.
    pub(super) fn make_mac<C: Cipher>(
        &self,
        afl: &Afl<'_>,
        key: &C,
        octets: &[u8],
    ) -> Result<[u8; 16], Error> {
        let counter = self.tpl.config().counter();
        let head = Head::of(afl).ok_or(Error::Missing { what: "message control" })?;
        let mac = self.mac(key, &head, counter, octets)?;
        mac.ok_or(Error::Missing { what: "message counter" })
    }
}

/// Which key serves a purpose.
enum KeyFor<C> {
    /// The meter's own.
    Own,
    /// One that was derived from it.
    Derived(C),
    /// None: a counter or an address is missing, or the key derivation function is not known.
    None,
}

impl<C> KeyFor<C> {
    fn or_own<'k>(&'k self, own: &'k C) -> Option<&'k C> {
        match self {
            Self::Own => Some(own),
            Self::Derived(key) => Some(key),
            Self::None => None,
        }
    }
}

/// How many octets are encrypted, in whole blocks, and whether all that are announced are there.
#[inline]
fn encrypted_len(tpl: &Tpl, octets: &[u8], block: usize) -> (usize, bool) {
    let announced = match tpl.config().encrypted() {
        Encrypted::Octets(announced) => announced,
        Encrypted::AllBut(tag) => octets.len().saturating_sub(tag),
        Encrypted::Nothing | Encrypted::Unknown => 0,
    };
    let there = announced.min(octets.len());
    let partial = there.checked_rem(block).unwrap_or(0);
    (there.saturating_sub(partial), announced <= octets.len() && partial == 0)
}

/// Tells how it went from what came out. `len` octets were decrypted; `mac` is whether a MAC fits.
#[inline]
fn judge(octets: &[u8], len: usize, is_whole: bool, mac: Option<bool>) -> Outcome {
    let has_fillers = octets.starts_with(FILLERS);
    let verdict = match (mac, has_fillers) {
        (Some(true), _) => Verdict::Decrypted(Proof::Mac),
        (None, true) if is_whole => Verdict::Decrypted(Proof::Fillers),
        (_, true) => Verdict::BadData,
        (_, false) => return Outcome::WRONG_KEY,
    };
    // What is left of a block that is cut off is still encrypted; what is behind whole ones is clear.
    Outcome { verdict, len: Some(if is_whole { octets.len() } else { len }) }
}
