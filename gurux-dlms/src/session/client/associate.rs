//! Setting an association up, and ending it.
//!
//! ```text
//!  Closed --> (as another client: association, GET of the counter, link closed) -->
//!  Connecting --> AARQ, AARE --> (answer to the challenge, the meter's answer) --> Open
//! ```

use gurux_framing::{Sink, Wire};

use super::event::{ClientEvent, Failure};
use super::{Awaits, Challenged, Client, Phase};
use crate::security::{
    Challenges, CipherError, CounterStore, Hash, Key, PrivateKey, Provider, PublicKey,
    SharedSecret, Side, Signature, SystemTitle,
};
use crate::session::link::{Answer, Store, StoreSink};
use crate::session::{Agreed, Authentication, Referencing, Refusal};
use crate::wire::{
    Aare, Aarq, AcseRequirements, AcseServiceUser, ApduTag, AssociationResult,
    ConfirmedServiceError, ConformanceBlock, ConformanceForm, DLMS_VERSION, DataRef, DefaultTrue,
    InitiateRequest, InitiateResponse, Mechanism, Party, ReleaseRequestReason,
    ResultSourceDiagnostic, Rlrq,
};

/// The longest initiate: with a dedicated key of 32 octets.
const INITIATE_LEN: usize = 64;

/// The current association, 0-0:40.0.0, of class 15; method 1 takes the client's answer.
const REPLY_TO_HLS: [u8; 9] = [0, 15, 0, 0, 40, 0, 0, 255, 1];
/// The same of class 12, at FA00: its method 8.
const REPLY_TO_HLS_SHORT: u16 = 0xFA58;

impl<S: Store, P: Provider, C: CounterStore> Client<S, P, C> {
    /// Connects, as the other client first if the counter is to be read.
    pub(super) fn open(&mut self) {
        if let Some(from) = self.config.counter_from
            && !self.is_counter_known
            && self.borrowed_from.is_none()
        {
            self.borrowed_from = Some(self.carrier.set_client(from.client));
        }
        self.phase = Phase::Connecting;
        self.carrier.connect();
        self.is_due = true;
    }

    pub(super) fn close(&mut self) {
        self.agreed = None;
        self.phase = Phase::Closing;
        self.carrier.disconnect();
        self.is_due = true;
    }

    /// The carrier is connected.
    pub(super) fn connected(&mut self) -> Result<(), Failure> {
        if self.phase != Phase::Connecting {
            // The link came up again by itself; the association did not.
            return Ok(());
        }
        if self.config.is_pre_established && self.borrowed_from.is_none() {
            let agreed = Agreed {
                referencing: self.config.referencing,
                conformance: self.config.proposed(),
                max_send: Agreed::limit(self.config.max_pdu),
                max_receive: Agreed::limit(self.config.max_pdu),
                vaa_name: 7,
                peer: self.guard.peer(),
            };
            return self.associated(agreed);
        }
        self.associate_now()
    }

    /// 32 octets that nobody can guess.
    fn draw(&mut self) -> Result<[u8; 32], Failure> {
        let number = self.seed.1;
        self.seed.1 = number.wrapping_add(1);
        let digest =
            self.guard.provider().hash(Hash::Sha256, &[&self.seed.0, &number.to_be_bytes()])?;
        let mut octets = [0; 32];
        octets.iter_mut().zip(digest.octets()).for_each(|(to, from)| *to = *from);
        Ok(octets)
    }

    /// Is the association that is being set up the other client's?
    const fn is_borrowed(&self) -> bool {
        self.borrowed_from.is_some()
    }

    fn mechanism(&self) -> Mechanism {
        if self.is_borrowed() { Mechanism::LOWEST } else { self.authentication.mechanism() }
    }

    /// Writes the initiate to the clear store, protected to the sealed one where that is due.
    fn put_initiate(&mut self, dedicated: Option<&[u8]>) -> Result<(), Failure> {
        let conformance = self.config.proposed();
        let form = if self.config.quirks.short_conformance {
            ConformanceForm::Short
        } else {
            ConformanceForm::Standard
        };
        let initiate = InitiateRequest {
            dedicated_key: dedicated,
            response_allowed: DefaultTrue(true),
            proposed_quality_of_service: None,
            proposed_dlms_version_number: DLMS_VERSION,
            proposed_conformance: ConformanceBlock { conformance, form },
            client_max_receive_pdu_size: self.config.max_pdu,
        };
        let mut room = [0; INITIATE_LEN];
        let len = initiate.emit_to_slice(&mut room)?;
        let text = room.get(..len).unwrap_or_default();
        let sealed = &mut self.stores.sealed;
        if self.guard.is_protecting() && self.borrowed_from.is_none() {
            self.guard.protect_initiate(text, sealed)?;
        } else {
            sealed.clear();
            // Where nothing is protected, the store of what is may have no room at all.
            let joined = &mut self.stores.joined;
            joined.clear();
            joined.append(text);
        }
        zeroize::Zeroize::zeroize(&mut room);
        Ok(())
    }

    /// Sends AARQ.
    pub(super) fn associate_now(&mut self) -> Result<(), Failure> {
        self.drop_message();
        self.phase = Phase::Associating;
        self.agreed = None;
        let mechanism = self.mechanism();
        if mechanism.has_challenges() {
            let drawn = self.draw()?;
            let (ours, _) = drawn.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
            self.challenges = Challenged { ours: *ours, theirs: [0; 64], theirs_len: 0 };
            // The answer to a fresh challenge is no repetition. So a meter is heard that counts from the
            // beginning in each association; within one, nothing is taken twice.
            self.guard.set_heard(0);
        }
        self.guard.set_dedicated(None);
        let mut dedicated = None;
        if self.config.uses_dedicated_key && self.protects() {
            let mut drawn = self.draw()?;
            let key_len = self.guard.suite().key_len();
            let key = Key::from_octets(drawn.get(..key_len).unwrap_or_default());
            zeroize::Zeroize::zeroize(&mut drawn);
            dedicated = key.ok();
        }
        self.put_initiate(dedicated.as_ref().map(Key::octets))?;
        if let Some(key) = &dedicated {
            let cipher = self.guard.provider().cipher(key)?;
            self.guard.set_dedicated(Some(cipher));
        }
        let is_ciphered = self.protects();
        let is_borrowed = self.is_borrowed();
        let Self { config, authentication, guard, challenges, stores, .. } = self;
        let super::Stores { clear, sealed, joined, .. } = stores;
        let title = guard.own();
        let needs_title = is_ciphered || (!is_borrowed && authentication.needs_titles());
        let initiate = if is_ciphered { sealed.octets() } else { joined.octets() };
        let mut aarq = Aarq::new(config.referencing.context(is_ciphered), initiate);
        if config.quirks.protocol_version {
            aarq.protocol_version = Some(AcseRequirements::AUTHENTICATION);
        }
        aarq.calling = Party {
            ap_title: needs_title.then_some(&title.0[..]),
            ae_invocation_id: config.user_id.filter(|_| !is_borrowed).map(i32::from),
            ..Party::default()
        };
        aarq = match authentication {
            _ if mechanism == Mechanism::LOWEST => aarq,
            Authentication::Low(password) => aarq.with_authentication(mechanism, password.octets()),
            _ => aarq.with_authentication(mechanism, &challenges.ours),
        };
        clear.clear();
        let octets = aarq.wire_len();
        let mut sink = StoreSink::new(clear);
        aarq.emit(&mut sink);
        let is_whole = sink.is_whole();
        if !is_ciphered {
            joined.clear();
        }
        if !is_whole {
            return Err(Failure::TooLong { octets });
        }
        self.awaits = Awaits::Aare;
        self.send_clear()
    }

    /// Sends what is in the clear store as it is.
    fn send_clear(&mut self) -> Result<(), Failure> {
        self.drop_message();
        self.carrier.send(self.stores.clear.octets(), Answer::Expected)?;
        self.is_due = true;
        Ok(())
    }

    /// AARE came, in these octets of the carrier's message.
    pub(super) fn hear_aare(&mut self, octets: core::ops::Range<usize>) -> Result<(), Failure> {
        let in_clear = !self.protects();
        let message = self.carrier.message_mut().unwrap_or_default();
        let apdu = message.get_mut(octets).unwrap_or_default();
        let aare = Aare::from_bytes(apdu)?;
        let (result, diagnostic) = (aare.result, aare.result_source_diagnostic);
        let peer = aare.responding.ap_title.and_then(SystemTitle::new);
        if let Some(value) = aare.responding_authentication_value {
            let theirs = &mut self.challenges.theirs;
            self.challenges.theirs_len = value.octets.len().min(theirs.len());
            theirs.iter_mut().zip(value.octets).for_each(|(to, from)| *to = *from);
        }
        // The user-information is the last field.
        let information = aare.user_information.map_or(0, <[u8]>::len);
        if let Some(peer) = peer.filter(|_| self.borrowed_from.is_none()) {
            self.guard.set_peer(peer);
        }
        let start = apdu.len().saturating_sub(information);
        let information = apdu.get_mut(start..).unwrap_or_default();
        if result != AssociationResult::ACCEPTED {
            let error = ConfirmedServiceError::from_bytes(information).ok();
            return Err(Failure::Refused(Refusal { result, diagnostic, error }));
        }
        let mut agreed = Agreed {
            referencing: self.config.referencing,
            conformance: self.config.proposed(),
            max_send: None,
            max_receive: Agreed::limit(self.config.max_pdu),
            vaa_name: 7,
            peer: peer.or(self.guard.peer()),
        };
        // observed: some leave it out even where they accept; then all that was proposed holds.
        if !information.is_empty() {
            let text = if in_clear {
                information
            } else {
                let opened = self.guard.unprotect(information)?;
                information.get_mut(opened.range()).unwrap_or_default()
            };
            if text.first() == Some(&ApduTag::CONFIRMED_SERVICE_ERROR.code()) {
                return Err(Failure::ServiceError(ConfirmedServiceError::from_bytes(text)?));
            }
            let response = InitiateResponse::from_bytes(text)?;
            agreed.conformance = agreed.conformance & response.negotiated_conformance.conformance;
            agreed.max_send = Agreed::limit(response.server_max_receive_pdu_size);
            agreed.vaa_name = response.vaa_name;
        }
        let asks = ResultSourceDiagnostic::User(AcseServiceUser::AUTHENTICATION_REQUIRED);
        if self.mechanism().has_challenges() {
            if self.challenges.theirs_len == 0 {
                return Err(Failure::NoChallenge);
            }
            self.agreed = Some(agreed);
            return self.prove();
        }
        if diagnostic == asks {
            return Err(Failure::Refused(Refusal { result, diagnostic, error: None }));
        }
        self.associated(agreed)
    }

    /// Answers the meter's challenge.
    fn prove(&mut self) -> Result<(), Failure> {
        let counter = match self.authentication {
            Authentication::Gmac => self.guard.take_counter()?,
            _ => 0,
        };
        let own = self.guard.own();
        let peer = self.guard.peer().map_or([0; 8], |peer| peer.0);
        let challenges = self.challenges.of(&own.0, &peer);
        if challenges.server_to_client == challenges.client_to_server {
            // Our own challenge, held up to us like a mirror: our answer would be the meter's.
            return Err(Failure::NotAuthentic);
        }
        let (provider, mechanism) = (self.guard.provider(), self.authentication.mechanism());
        let answer = match &self.authentication {
            Authentication::Lowest | Authentication::Low(_) => return Ok(()),
            Authentication::Manufacturer(secret) => challenges
                .answer_by_block_cipher(Side::Client, &cipher_of(provider, secret.octets())?)?,
            Authentication::Md5(secret)
            | Authentication::Sha1(secret)
            | Authentication::Sha256(secret) => {
                challenges.answer_by_secret(provider, mechanism, Side::Client, secret.octets())?
            }
            Authentication::Gmac => {
                let keys = self.guard.keys();
                let cipher = keys.unicast.as_ref().ok_or(Failure::Missing("unicast key"))?;
                let key =
                    keys.authentication.as_ref().ok_or(Failure::Missing("authentication key"))?;
                let suite = self.guard.suite();
                challenges.answer_by_gmac(Side::Client, cipher, key, suite, own, counter)?
            }
            Authentication::Ecdsa { own, .. } => {
                challenges.answer_by_signature(Side::Client, &Signer(own.as_ref()))?
            }
        };
        let clear = &mut self.stores.clear;
        clear.clear();
        let mut sink = StoreSink::new(clear);
        match self.config.referencing {
            Referencing::LogicalNames => {
                self.next_invoke = self.next_invoke.wrapping_add(1);
                let id = 0xC0 | (self.next_invoke & 0x0F) as u8;
                sink.put_array([ApduTag::ACTION_REQUEST.code(), 1, id]);
                sink.put(&REPLY_TO_HLS);
                sink.put_u8(1);
            }
            Referencing::ShortNames => {
                let [high, low] = REPLY_TO_HLS_SHORT.to_be_bytes();
                sink.put_array([ApduTag::READ_REQUEST.code(), 1, 4, high, low, 1]);
            }
        }
        DataRef::OctetString(answer.octets()).emit(&mut sink);
        super::compose::whole(&sink, answer.octets().len())?;
        self.awaits = Awaits::Proof;
        self.dispatch()
    }

    /// The meter's answer to our challenge.
    pub(super) fn check_proof(&mut self, answer: Option<&[u8]>) -> Result<(), Failure> {
        let own = self.guard.own();
        let peer = self.guard.peer().map_or([0; 8], |peer| peer.0);
        let challenges = self.challenges.of(&own.0, &peer);
        let (provider, mechanism) = (self.guard.provider(), self.authentication.mechanism());
        let checked = match (&self.authentication, answer) {
            (Authentication::Lowest | Authentication::Low(_), _) => Ok(()),
            (_, None | Some([])) if self.config.quirks.no_meter_proof => Ok(()),
            (_, None) => Err(CipherError::Tag),
            (Authentication::Manufacturer(secret), Some(answer)) => {
                let cipher = cipher_of(provider, secret.octets())?;
                challenges.check_block_cipher(Side::Server, &cipher, answer)
            }
            (
                Authentication::Md5(secret)
                | Authentication::Sha1(secret)
                | Authentication::Sha256(secret),
                Some(answer),
            ) => {
                challenges.check_secret(provider, mechanism, Side::Server, secret.octets(), answer)
            }
            (Authentication::Gmac, Some(answer)) => {
                let keys = self.guard.keys();
                let cipher = keys.unicast.as_ref().ok_or(Failure::Missing("unicast key"))?;
                let key =
                    keys.authentication.as_ref().ok_or(Failure::Missing("authentication key"))?;
                let title = SystemTitle(peer);
                challenges.check_gmac(Side::Server, cipher, key, title, answer).map(|_| ())
            }
            (Authentication::Ecdsa { peer, .. }, Some(answer)) => {
                challenges.check_signature(provider, Side::Server, peer, answer)
            }
        };
        match (checked, self.agreed) {
            (Ok(()), Some(agreed)) => self.associated(agreed),
            (Ok(()), None) => Ok(()),
            (Err(CipherError::Tag | CipherError::Length), _) => Err(Failure::NotAuthentic),
            (Err(error), _) => Err(error.into()),
        }
    }

    fn associated(&mut self, agreed: Agreed) -> Result<(), Failure> {
        self.agreed = Some(agreed);
        self.awaits = Awaits::Nothing;
        self.phase = Phase::Open;
        if self.is_borrowed() {
            return self.ask_counter();
        }
        self.events.push(ClientEvent::Associated(agreed));
        Ok(())
    }

    fn ask_counter(&mut self) -> Result<(), Failure> {
        let from = self.config.counter_from.unwrap_or_default();
        self.stores.clear.clear();
        let mut sink = StoreSink::new(&mut self.stores.clear);
        self.next_invoke = self.next_invoke.wrapping_add(1);
        let id = 0xC0 | (self.next_invoke & 0x0F) as u8;
        sink.put_array([ApduTag::GET_REQUEST.code(), 1, id]);
        from.attribute.emit(&mut sink);
        sink.put_u8(0);
        self.awaits = Awaits::Counter;
        self.dispatch()
    }

    /// The meter's last counter.
    pub(super) fn counter_came(&mut self, last: u32) {
        let next = last.saturating_add(1).saturating_add(self.config.quirks.counter_step);
        self.guard.raise_global_counter(next);
        self.is_counter_known = true;
        self.awaits = Awaits::Nothing;
        self.close();
    }

    /// Sends RLRQ, or closes at once where there is none.
    pub(super) fn release_association(&mut self) -> Result<(), Failure> {
        if self.config.quirks.no_release || self.config.is_pre_established {
            self.close();
            return Ok(());
        }
        let is_ciphered = self.protects();
        if is_ciphered && !self.config.quirks.bare_release {
            // The key is not handed over twice.
            self.put_initiate(None)?;
        }
        let super::Stores { clear, sealed, .. } = &mut self.stores;
        let rlrq = if self.config.quirks.bare_release {
            Rlrq::default()
        } else {
            Rlrq {
                reason: Some(ReleaseRequestReason::NORMAL),
                user_information: is_ciphered.then(|| sealed.octets()),
            }
        };
        clear.clear();
        let mut sink = StoreSink::new(clear);
        rlrq.emit(&mut sink);
        super::compose::whole(&sink, 4)?;
        self.awaits = Awaits::Rlre;
        self.send_clear()
    }
}

/// A key that is borrowed as an object.
struct Signer<'a>(&'a (dyn PrivateKey + Send));

impl PrivateKey for Signer<'_> {
    fn public_key(&self) -> Result<PublicKey, CipherError> {
        self.0.public_key()
    }

    fn sign(&self, parts: &[&[u8]]) -> Result<Signature, CipherError> {
        self.0.sign(parts)
    }

    fn agree(&self, other: &PublicKey) -> Result<SharedSecret, CipherError> {
        self.0.agree(other)
    }
}

fn cipher_of<P: Provider>(provider: &P, secret: &[u8]) -> Result<P::Cipher, Failure> {
    let key = Key::from_octets(secret).map_err(|_| Failure::Missing("secret of 16 octets"))?;
    Ok(provider.cipher(&key)?)
}

impl Challenged {
    fn of<'a>(&'a self, own: &'a [u8], peer: &'a [u8]) -> Challenges<'a> {
        Challenges {
            client_to_server: &self.ours,
            server_to_client: self.theirs.get(..self.theirs_len).unwrap_or_default(),
            client_title: own,
            server_title: peer,
        }
    }
}
