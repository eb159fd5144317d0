//! spodes-rs, in a process of its own: `tests/outside_gpl`.

use std::process::Command;

use gurux_dlms::security::{
    Challenges, Envelope, Key, Keyring, Policy, PrivateKey, Provider, PublicKey, Scheme, Side,
    Signed, SignedKey, Software, SoftwareCipher, SoftwareKey, Suite, SystemTitle, message_key,
    open, seal, sign, verify,
};
use gurux_dlms::wire::{
    GeneralCiphering, GeneralHeader, GeneralSigning, KeyInfo, Mechanism, SecurityControl,
};
use gurux_framing::Wire;
use gurux_second_opinion::pipe::{Pipe, hex, octets};
use gurux_second_opinion::sealed::{Form, Sealed};
use gurux_second_opinion::{Gen, SERVICES, Tally, Way, cases, octets_of, slow_cases};

fn spodes() -> Pipe {
    let built = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/debug/outside-gpl");
    Pipe::start(&mut Command::new(std::env::var_os("OUTSIDE_GPL").unwrap_or(built.into())))
}

fn line(command: &str, fields: &[&[u8]]) -> String {
    fields.iter().fold(command.to_owned(), |line, field| line + " " + &hex(field))
}

/// The fields of an answer.
fn answer(pipe: &mut Pipe, command: &str, fields: &[&[u8]]) -> Result<Vec<Vec<u8>>, String> {
    let answer = pipe.ask(&line(command, fields));
    if answer.starts_with("error") {
        return Err(answer);
    }
    answer.split(' ').filter(|word| *word != "ok").map(octets).collect()
}

/// The one field of an answer.
fn one(pipe: &mut Pipe, command: &str, fields: &[&[u8]]) -> Result<Vec<u8>, String> {
    answer(pipe, command, fields).and_then(|mut fields| fields.pop().ok_or("nothing".into()))
}

fn same(what: &str, theirs: &[u8], ours: &[u8]) -> Result<(), String> {
    if theirs == ours {
        return Ok(());
    }
    Err(format!("{what}: theirs {}, ours {}", hex(theirs), hex(ours)))
}

/// Who takes part in a message of suite 1 or 2.
struct Parties {
    suite: Suite,
    octet: u8,
    /// The keys of the sender, the receiver, and the sender's ephemeral one.
    private: [&'static [u8]; 3],
    header: GeneralHeader<'static>,
    text: Vec<u8>,
}

impl Parties {
    fn new(choices: &mut Gen, octet: u8) -> Self {
        let (suite, len) = if octet == 1 { (Suite::Suite1, 32) } else { (Suite::Suite2, 48) };
        let (_, make) = choices.pick(SERVICES);
        let transaction = choices.pick(&[1, 8, 20]);
        Self {
            suite,
            octet,
            // The highest octet stays below that of the curve's order.
            private: [(); 3].map(|()| {
                let mut key = choices.octets(len).to_vec();
                key[0] &= 0x7F;
                &*key.leak()
            }),
            header: GeneralHeader {
                transaction_id: choices.octets(transaction),
                originator_system_title: choices.octets(8),
                recipient_system_title: choices.octets(8),
                date_time: choices.pick(&[&b""[..], &[7, 232, 2, 11, 7, 16, 0, 0, 0, 0, 0, 0]]),
                other_information: choices.pick(&[&b""[..], b"other"]),
            },
            text: octets_of(&make(choices)),
        }
    }

    fn keys(&self) -> [SoftwareKey; 3] {
        self.private.map(|octets| SoftwareKey::new(octets).unwrap())
    }

    fn fields(&self) -> [&'static [u8]; 5] {
        let header = &self.header;
        [
            header.transaction_id,
            header.originator_system_title,
            header.recipient_system_title,
            header.date_time,
            header.other_information,
        ]
    }
}

#[test]
fn what_one_signs_the_other_verifies() {
    let (mut tally, mut pipe) = (Tally::default(), spodes());
    for (octet, service) in [(1, "general-signing, suite 1"), (2, "general-signing, suite 2")] {
        let mut choices = Gen::new(300 + u64::from(octet));
        for _ in 0..slow_cases() {
            let case = Parties::new(&mut choices, octet);
            tally.case(service);
            let ours = we_sign(&case);
            tally.way(service, Way::OursToTheirs, they_verify(&mut pipe, &case, &ours), None);
            let result = they_sign(&mut pipe, &case).and_then(|theirs| {
                let [sender, ..] = case.keys();
                verify(&theirs, &Software, &sender.public_key().unwrap())
                    .map_err(|error| error.to_string())?;
                // Both take the number of a signature from the message, as RFC 6979 says.
                same("message", &theirs, &ours)
            });
            tally.way(service, Way::TheirsToOurs, result, None);
        }
    }
    tally.finish("spodes-rs", &[]);
}

fn we_sign(case: &Parties) -> Vec<u8> {
    let mut room = vec![0; case.text.len() + 256];
    let [sender, ..] = case.keys();
    let len = sign(case.header, &case.text, Signed::Content, &sender, &mut room).unwrap();
    room.truncate(len);
    room
}

/// What is signed: the header and the content.
fn signed(case: &Parties) -> Vec<u8> {
    [octets_of(&case.header), case.text.clone()].concat()
}

fn they_verify(pipe: &mut Pipe, case: &Parties, message: &[u8]) -> Result<(), String> {
    let fields = answer(pipe, "signed", &[message])?;
    let [header @ .., content, signature] = fields.as_slice() else {
        return Err("too few fields".into());
    };
    header.iter().zip(case.fields()).try_for_each(|(theirs, ours)| same("header", theirs, ours))?;
    same("content", content, &case.text)?;
    let public = one(pipe, "public", &[&[case.octet], case.private[0]])?;
    answer(pipe, "verify", &[&[case.octet], &public, &signed(case), signature]).map(|_| ())
}

fn they_sign(pipe: &mut Pipe, case: &Parties) -> Result<Vec<u8>, String> {
    let signature = one(pipe, "sign", &[&[case.octet], case.private[0], &signed(case)])?;
    let [a, b, c, d, e] = case.fields();
    let message = one(pipe, "signing", &[a, b, c, d, e, &case.text, &signature])?;
    let read = GeneralSigning::from_bytes(&message).map_err(|error| error.to_string())?;
    same("content", read.content, &case.text)?;
    same("signature", read.signature, &signature)?;
    Ok(message)
}

#[test]
fn both_agree_on_the_keys_of_a_message() {
    let (mut tally, mut pipe) = (Tally::default(), spodes());
    for (scheme, octet, service) in [
        (Scheme::OnePassDiffieHellman, 1, "general-ciphering, one-pass, suite 1"),
        (Scheme::OnePassDiffieHellman, 2, "general-ciphering, one-pass, suite 2"),
        (Scheme::StaticUnifiedModel, 1, "general-ciphering, static, suite 1"),
        (Scheme::StaticUnifiedModel, 2, "general-ciphering, static, suite 2"),
    ] {
        let mut choices = Gen::new(400 + u64::from(octet));
        for _ in 0..slow_cases() {
            let case = Agreed { parties: Parties::new(&mut choices, octet), scheme };
            let control = choices.pick(&[0x10, 0x20, 0x30, 0x30]);
            let control = SecurityControl::new(control).with_suite(octet);
            let len = if octet == 2 { 32 } else { 16 };
            let (authentication, counter) = (choices.octets(len), choices.u32().min(u32::MAX - 1));
            tally.case(service);
            let ours = case.we_seal(control, authentication, counter);
            let result = case.they_open(&mut pipe, authentication, &ours);
            tally.way(service, Way::OursToTheirs, result, None);
            let result =
                case.they_seal(&mut pipe, control, authentication, counter).and_then(|theirs| {
                    same("message", &theirs, &ours)?;
                    case.we_open(authentication, &theirs)
                });
            tally.way(service, Way::TheirsToOurs, result, None);
        }
    }
    tally.finish("spodes-rs", &[]);
}

/// A message under a key that is agreed with it.
struct Agreed {
    parties: Parties,
    scheme: Scheme,
}

impl Agreed {
    /// What stands in key-ciphered-data: the ephemeral key and its signature, or nothing.
    fn ciphered_data(&self) -> Vec<u8> {
        let [sender, _, ephemeral] = self.parties.keys();
        match self.scheme {
            Scheme::OnePassDiffieHellman => {
                let key = ephemeral.public_key().unwrap();
                SignedKey::new(key, None, &sender).unwrap().parts().concat()
            }
            _ => Vec::new(),
        }
    }

    fn message_key(&self, own: &SoftwareKey, other: PublicKey) -> Key {
        let Parties { suite, header, .. } = &self.parties;
        message_key(&Software, *suite, self.scheme, own, &other, header).unwrap()
    }

    fn keyring(&self, key: &Key, authentication: &[u8]) -> Keyring<SoftwareCipher> {
        // The key of the message alone: no other may do.
        Keyring {
            unicast: None,
            broadcast: None,
            dedicated: None,
            session: Some(Software.cipher(key).unwrap()),
            authentication: Some(Key::from_octets(authentication).unwrap()),
        }
    }

    fn we_seal(&self, control: SecurityControl, authentication: &[u8], counter: u32) -> Vec<u8> {
        let [sender, receiver, ephemeral] = self.parties.keys();
        let own = if self.scheme == Scheme::OnePassDiffieHellman { ephemeral } else { sender };
        let key = self.message_key(&own, receiver.public_key().unwrap());
        let data = self.ciphered_data();
        let info = KeyInfo::Agreed {
            key_parameters: self.scheme.key_parameters().unwrap(),
            key_ciphered_data: &data,
        };
        let Parties { header, text, .. } = &self.parties;
        let mut room = vec![0; text.len() + 512];
        let envelope = Envelope::General(*header, Some(info));
        let title = SystemTitle::new(header.originator_system_title).unwrap();
        let keys = self.keyring(&key, authentication);
        let len = seal(envelope, control, counter, title, &keys, text, &mut room).unwrap();
        room.truncate(len);
        room
    }

    fn we_open(&self, authentication: &[u8], message: &[u8]) -> Result<(), String> {
        let [sender, receiver, _] = self.parties.keys();
        let read = GeneralCiphering::from_bytes(message).map_err(|error| error.to_string())?;
        let Some(KeyInfo::Agreed { key_parameters, key_ciphered_data }) = read.key_info else {
            return Err("no agreed key".into());
        };
        assert_eq!(Scheme::of_key_parameters(key_parameters), Some(self.scheme));
        let sender = sender.public_key().unwrap();
        let other = if self.scheme == Scheme::OnePassDiffieHellman {
            let signed = SignedKey::from_octets(key_ciphered_data).map_err(|e| e.to_string())?;
            signed.check(&Software, None, &sender).map_err(|error| error.to_string())?;
            signed.key
        } else {
            sender
        };
        let keys = self.keyring(&self.message_key(&receiver, other), authentication);
        let mut copy = message.to_vec();
        let opened = open(&mut copy, None, &keys, Policy::DecryptUnverified);
        let opened = opened.map_err(|error| error.to_string())?;
        assert_eq!(opened.is_verified, opened.control.is_authenticated());
        same("text", opened.text, &self.parties.text)
    }

    /// The key by their curve and derivation; `own` and `other` are private and public.
    fn their_key(&self, pipe: &mut Pipe, own: &[u8], other: &[u8]) -> Result<Vec<u8>, String> {
        let Parties { suite, octet, header, .. } = &self.parties;
        let mut party_u = header.originator_system_title.to_vec();
        if self.scheme == Scheme::StaticUnifiedModel {
            // Their derivation takes the parties as they come: the transaction goes with the first.
            party_u.push(header.transaction_id.len() as u8);
            party_u.extend(header.transaction_id);
        }
        let algorithm = suite.algorithm_id();
        let party_v = header.recipient_system_title;
        one(pipe, "agree", &[&[*octet], own, other, &algorithm, &party_u, party_v])
    }

    /// The authentication key, and the header that general-ciphering authenticates behind it.
    fn authenticated(&self, authentication: &[u8]) -> Vec<u8> {
        [authentication, &octets_of(&self.parties.header)].concat()
    }

    fn they_open(
        &self,
        pipe: &mut Pipe,
        authentication: &[u8],
        message: &[u8],
    ) -> Result<(), String> {
        let fields = answer(pipe, "ciphered", &[message])?;
        let [header @ .., _, data, content] = fields.as_slice() else {
            return Err("too few fields".into());
        };
        let ours = self.parties.fields();
        header.iter().zip(ours).try_for_each(|(theirs, ours)| same("header", theirs, ours))?;
        let suite = [self.parties.octet];
        let sender = one(pipe, "public", &[&suite, self.parties.private[0]])?;
        let other = if self.scheme == Scheme::OnePassDiffieHellman {
            let (key, signature) = data.split_at(data.len() / 2);
            answer(pipe, "verify", &[&suite, &sender, key, signature])?;
            key.to_vec()
        } else {
            sender
        };
        let key = self.their_key(pipe, self.parties.private[1], &other)?;
        let service = [&[0xDB][..], &length(content.len()), content].concat();
        let title = self.parties.header.originator_system_title;
        let authentication = self.authenticated(authentication);
        let text = one(pipe, "unprotect", &[&key, &authentication, title, &service])?;
        same("text", &text, &self.parties.text)
    }

    fn they_seal(
        &self,
        pipe: &mut Pipe,
        control: SecurityControl,
        authentication: &[u8],
        counter: u32,
    ) -> Result<Vec<u8>, String> {
        let (suite, [sender, receiver, ephemeral]) = ([self.parties.octet], self.parties.private);
        let receiver = one(pipe, "public", &[&suite, receiver])?;
        let (own, data) = if self.scheme == Scheme::OnePassDiffieHellman {
            let key = one(pipe, "public", &[&suite, ephemeral])?;
            let signature = one(pipe, "sign", &[&suite, sender, &key])?;
            (ephemeral, [key, signature].concat())
        } else {
            (sender, Vec::new())
        };
        let key = self.their_key(pipe, own, &receiver)?;
        let Parties { header, text, .. } = &self.parties;
        let service = one(
            pipe,
            "protect",
            &[
                &[control.octet()],
                &key,
                &self.authenticated(authentication),
                header.originator_system_title,
                &counter.to_be_bytes(),
                &[0xDB],
                text,
            ],
        )?;
        let content = content(&service);
        let [a, b, c, d, e] = self.parties.fields();
        let parameters = self.scheme.key_parameters().unwrap();
        one(pipe, "ciphering", &[a, b, c, d, e, parameters, &data, content])
    }
}

/// A length as A-XDR writes it.
fn length(len: usize) -> Vec<u8> {
    match len {
        0..0x80 => vec![len as u8],
        0x80..0x100 => vec![0x81, len as u8],
        _ => [&[0x82][..], &(len as u16).to_be_bytes()].concat(),
    }
}

/// What stands behind the tag and the length of a ciphered service.
fn content(service: &[u8]) -> &[u8] {
    match service[1] {
        0x81 => &service[3..],
        0x82 => &service[4..],
        _ => &service[2..],
    }
}

#[test]
fn each_protection_is_the_same_for_both() {
    let (mut tally, mut pipe) = (Tally::default(), spodes());
    for (suite, service) in [
        (0, "glo- and ded-, suite 0"),
        (1, "glo- and ded-, suite 1"),
        (2, "glo- and ded-, suite 2"),
    ] {
        let mut choices = Gen::new(500 + u64::from(suite));
        for _ in 0..cases() {
            let mut case = Sealed::new(&mut choices, Form::Service, suite);
            // They refuse the last counter.
            case.counter = case.counter.min(u32::MAX - 1);
            tally.case(service);
            let ours = case.seal();
            let (key, authentication) = (case.keys[usize::from(case.is_dedicated)], case.keys[2]);
            let title = &case.sender.0;
            let opened = one(&mut pipe, "unprotect", &[key, authentication, title, &ours])
                .and_then(|text| same("text", &text, &case.text));
            tally.way(service, Way::OursToTheirs, opened, None);
            let counter = case.counter.to_be_bytes();
            let control = [case.control.octet()];
            let tag = [ours[0]];
            let fields = [&control[..], key, authentication, title, &counter, &tag, &case.text];
            let sealed = one(&mut pipe, "protect", &fields).and_then(|theirs| {
                same("message", &theirs, &ours)?;
                case.open(&theirs)
            });
            tally.way(service, Way::TheirsToOurs, sealed, None);
        }
    }
    tally.finish("spodes-rs", &[]);
}

#[test]
fn each_challenge_is_answered_the_same_by_both() {
    let (mut tally, mut pipe) = (Tally::default(), spodes());
    let mut choices = Gen::new(600);
    for (mechanism, service, count) in [
        (Mechanism::HIGH_MD5, "challenge, mechanism 3", cases()),
        (Mechanism::HIGH_SHA1, "challenge, mechanism 4", cases()),
        (Mechanism::HIGH_SHA256, "challenge, mechanism 6", cases()),
        (Mechanism::HIGH_ECDSA, "challenge, mechanism 7", slow_cases()),
    ] {
        for _ in 0..count {
            let challenge = |choices: &mut Gen| {
                let len = 8 + choices.below(57);
                choices.octets(len)
            };
            let challenges = Challenges {
                client_to_server: challenge(&mut choices),
                server_to_client: challenge(&mut choices),
                client_title: choices.octets(8),
                server_title: choices.octets(8),
            };
            tally.case(service);
            let (ours, theirs) = if mechanism == Mechanism::HIGH_ECDSA {
                let case = Parties::new(&mut choices, 1);
                signed_answers(&mut pipe, &case, &challenges)
            } else {
                let secret = choices.some_octets();
                let fields = [
                    &[mechanism.code()][..],
                    secret,
                    challenges.client_title,
                    challenges.server_title,
                    challenges.server_to_client,
                    challenges.client_to_server,
                ];
                let theirs = one(&mut pipe, "answer", &fields);
                let ours = challenges
                    .answer_by_secret(&Software, mechanism, Side::Client, secret)
                    .unwrap()
                    .octets()
                    .to_vec();
                let checked = theirs.clone().and_then(|theirs| {
                    challenges
                        .check_secret(&Software, mechanism, Side::Client, secret, &theirs)
                        .map_err(|error| error.to_string())
                });
                (theirs.and_then(|theirs| same("answer", &theirs, &ours)), checked)
            };
            tally.way(service, Way::OursToTheirs, ours, None);
            tally.way(service, Way::TheirsToOurs, theirs, None);
        }
    }
    tally.finish("spodes-rs", &[]);
}

/// The client's answer by mechanism 7: ours before them, theirs before us.
fn signed_answers(
    pipe: &mut Pipe,
    case: &Parties,
    challenges: &Challenges<'_>,
) -> (Result<(), String>, Result<(), String>) {
    let [client, ..] = case.keys();
    let message = [
        challenges.client_title,
        challenges.server_title,
        challenges.server_to_client,
        challenges.client_to_server,
    ]
    .concat();
    let ours = challenges.answer_by_signature(Side::Client, &client).unwrap();
    let public = client.public_key().unwrap();
    let fields = [&[case.octet][..], public.octets(), &message, ours.octets()];
    let verified = answer(pipe, "verify", &fields).map(|_| ());
    let signed = one(pipe, "sign", &[&[case.octet], case.private[0], &message]);
    let checked = signed.and_then(|theirs| {
        challenges
            .check_signature(&Software, Side::Client, &public, &theirs)
            .map_err(|error| error.to_string())
    });
    (verified, checked)
}
