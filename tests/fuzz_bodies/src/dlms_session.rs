//! DLMS/COSEM: a client and a meter over the wrapper, of which one is told what the other never said.
//!
//! The wrapper lets everything through to the sessions; the links below have bodies of their own.

use core::time::Duration;

use gurux_dlms::security::{Key, Keyring, OwnCounter, Provider, Software, SystemTitle};
use gurux_dlms::session::link::Owned;
use gurux_dlms::session::meter::{Account, Entry, Memory, Meter, MeterCarrier, MeterConfig};
use gurux_dlms::session::{
    Access, Authentication, CallError, CallId, Client, ClientCarrier, ClientConfig, ClientEvent,
    CounterFrom, Form, Guard, Quirks, Referencing, Secret, Seed, Stores, WrapperConfig,
    WrapperLink,
};
use gurux_dlms::table::class::ClassId;
use gurux_dlms::value::Data;
use gurux_dlms::wire::{
    AttributeDescriptor, Conformance, DataRef, KeyId, MethodDescriptor, SecurityControl,
    SelectiveAccess,
};
use gurux_framing::Wire;
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};
use gurux_value::Obis;

use crate::choices::Choices;

/// How far a client gets whose meter is disturbed.
pub const CLIENT_RUNGS: &[&str] =
    &["nothing", "it asks", "associated", "a value", "a value after what was never said"];

/// How far a meter gets whose client is disturbed.
pub const METER_RUNGS: &[&str] =
    &["silence", "it answers", "associated", "a value", "a value after what was never said"];

/// A client that nobody disturbs comes to rest in fewer steps.
const QUIET_STEPS: usize = 5_000;

/// No turn is longer: a window of blocks, each as long as a message may be.
const MAX_TURN: usize = 1 << 18;

/// What the meter says is disturbed. Each order of the client ends, and ends once.
pub fn client(octets: &[u8]) -> usize {
    talk(octets, true)
}

/// What the client says is disturbed. The meter's answers are bounded, and it serves on.
pub fn meter(octets: &[u8]) -> usize {
    talk(octets, false)
}

type Reader = Client<Owned, Software>;
type Server = Meter<Memory, Software>;

fn talk(octets: &[u8], is_meter_spoilt: bool) -> usize {
    let mut choices = Choices::new(octets);
    let setup = Setup::of(&mut choices);
    let (mut client, mut meter) = (setup.client(), setup.meter());
    let mut now = Instant::from_millis(1);
    client.handle_open(now);
    meter.handle_open(now);
    let mut under_way = None;
    let (mut depth, mut quiet, mut is_disturbed) = (0, 0, false);
    loop {
        if under_way.is_none() {
            if choices.is_empty() {
                assert!(client.is_idle(), "an order ends with a word");
                return depth;
            }
            under_way = order(&mut client, &mut choices).ok();
        }
        let mut asked = sent(&mut client, now);
        if !is_meter_spoilt {
            is_disturbed |= disturb(&mut choices, &mut asked);
        }
        depth = depth.max(usize::from(is_meter_spoilt && !asked.is_empty()));
        meter.handle_input(now, &asked);
        meter.handle_timeout(now);
        while meter.poll_event().is_some() {}
        let mut said = sent(&mut meter, now);
        if is_meter_spoilt {
            is_disturbed |= disturb(&mut choices, &mut said);
        }
        depth = depth.max(usize::from(!said.is_empty()));
        client.handle_input(now, &said);
        while let Some(event) = client.poll_event() {
            match event {
                ClientEvent::Associated(_) => depth = depth.max(2),
                ClientEvent::Value { .. } | ClientEvent::Row { .. } => {
                    let is_value = client.value().is_ok();
                    depth = depth.max(if !is_value { 2 } else { 3 + usize::from(is_disturbed) });
                }
                ClientEvent::Done { call } | ClientEvent::Failed { call, .. } => {
                    assert_eq!(under_way.take(), Some(call), "an order ends once");
                }
                _ => {}
            }
        }
        now += Duration::from_millis(u64::from(choices.octet()) * 16);
        if choices.is_empty() || choices.below(8) == 0 {
            now = client.poll_timeout().unwrap_or(now).max(now);
        }
        client.handle_timeout(now);
        if choices.is_empty() {
            quiet += 1;
            assert!(quiet < QUIET_STEPS, "it comes to rest: {client:?}");
        }
    }
}

fn sent<S: Session>(session: &mut S, now: Instant) -> Vec<u8> {
    let mut out = BytesMut::new();
    while session.poll_transmit(now, &mut out).is_some() {
        assert!(out.len() < MAX_TURN, "a turn is bounded");
    }
    out.to_vec()
}

/// What is left of the messages that passed; was anything done to them?
fn disturb(choices: &mut Choices<'_>, octets: &mut Vec<u8>) -> bool {
    if choices.is_empty() {
        return false;
    }
    let header: Vec<u8> = octets.get(..6).unwrap_or(&[0, 1, 0, 1, 0, 16]).to_vec();
    let wrapped = |message: &[u8]| {
        let len = message.len() as u16;
        [&header, &len.to_be_bytes()[..], message].concat()
    };
    match choices.below(12) {
        0 => octets.clear(),
        1 => octets.extend_from_within(..),
        2 => {
            let count = usize::from(choices.octet());
            *octets = wrapped(choices.octets(count));
        }
        3 => {
            let count = usize::from(choices.octet());
            octets.splice(..0, wrapped(choices.octets(count)));
        }
        4 => {
            let count = usize::from(choices.below(32));
            octets.extend_from_slice(choices.octets(count));
        }
        // The message ends early, or goes on; its header says so.
        5 => {
            let keep = 8 + usize::from(choices.octet());
            let message = octets.get(8..keep.min(octets.len())).unwrap_or_default();
            let count = usize::from(choices.below(16));
            *octets = wrapped(&[message, choices.octets(count)].concat());
        }
        6 | 7 => {
            let at = 8 + usize::from(choices.octet());
            let count = 1 + usize::from(choices.below(4));
            let others = choices.octets(count);
            let Some(there) = octets.get_mut(at..at + others.len()) else { return false };
            there.copy_from_slice(others);
        }
        _ => return false,
    }
    true
}

/// How the two are set up.
struct Setup {
    referencing: Referencing,
    mechanism: u8,
    security: u8,
    suite: u8,
    form: Form,
    max_pdu: u16,
    window: u8,
    has_gbt: bool,
    is_datagram: bool,
    is_pre_established: bool,
    uses_dedicated_key: bool,
    reads_counter: bool,
    quirks: Quirks,
}

impl Setup {
    fn of(choices: &mut Choices<'_>) -> Self {
        let is_short = choices.below(4) == 3;
        let (mechanism, security) = (choices.below(7), choices.below(4) << 4);
        let (suite, form) = (choices.below(3), choices.below(3));
        let (size, window, flags) = (choices.below(4), choices.below(8), choices.octet());
        let flag = |bit: u8| flags & (1 << bit) != 0;
        let quirks = choices.octet();
        let quirk = |bit: u8| quirks & (1 << bit) != 0;
        Self {
            referencing: if is_short { Referencing::ShortNames } else { Referencing::LogicalNames },
            mechanism,
            security,
            suite,
            form: match form {
                0 => Form::Service,
                1 => Form::General,
                _ => Form::GeneralCiphering,
            },
            max_pdu: [64, 160, 1024, 0][usize::from(size)],
            window: window + 1,
            has_gbt: flag(0),
            is_datagram: flag(1),
            is_pre_established: flag(2),
            uses_dedicated_key: flag(3),
            reads_counter: flag(4),
            quirks: Quirks {
                no_release: quirk(0),
                bare_release: quirk(1),
                short_conformance: quirk(2),
                protocol_version: quirk(3),
                any_invoke_id: quirk(4),
                no_meter_proof: quirk(5),
                counter_step: u32::from(quirk(6)),
            },
        }
    }

    fn key(&self, first: u8) -> Key {
        let len = if self.suite == 2 { 32 } else { 16 };
        Key::from_octets(&(first..first + len).collect::<Vec<_>>()).expect("its length fits")
    }

    fn authentication(&self) -> Authentication {
        let secret = || Secret::new(b"hls-secret-00001").expect("short enough");
        match self.mechanism {
            0 => Authentication::Lowest,
            1 => Authentication::Low(secret()),
            2 => Authentication::Manufacturer(secret()),
            3 => Authentication::Md5(secret()),
            4 => Authentication::Sha1(secret()),
            5 => Authentication::Gmac,
            _ => Authentication::Sha256(secret()),
        }
    }

    fn conformance(&self) -> Conformance {
        let all = self.referencing.services();
        let gbt = Conformance::GENERAL_BLOCK_TRANSFER.bits();
        if self.has_gbt { all } else { Conformance::from_bits(all.bits() & !gbt) }
    }

    fn client(&self) -> Reader {
        let cipher = Software.cipher(&self.key(0)).expect("a key");
        let keys = Keyring::new(cipher).with_authentication(self.key(0xD0));
        let mut guard = Guard::new(Software, keys, SystemTitle(*b"CLI\0\0\0\0\x01"));
        if self.security != 0 {
            let control = SecurityControl::new(self.security | self.suite);
            guard = guard.with_control(control).with_form(self.form);
        }
        let guard = guard.with_counter(OwnCounter::new(1, 1, ()));
        let wrapper =
            WrapperConfig { own: 1, is_datagram: self.is_datagram, ..WrapperConfig::default() };
        let link = WrapperLink::new(wrapper, Owned::new(1024), Owned::new(4096));
        let config = ClientConfig {
            referencing: self.referencing,
            conformance: Some(self.conformance()),
            max_pdu: self.max_pdu,
            uses_dedicated_key: self.uses_dedicated_key && self.security != 0,
            is_pre_established: self.is_pre_established,
            counter_from: self.reads_counter.then(CounterFrom::default),
            block_window: self.window,
            quirks: self.quirks,
            ..ClientConfig::default()
        };
        let mut client = Client::new(
            config,
            self.authentication(),
            ClientCarrier::wrapper(link),
            guard,
            Seed::new([7; 32]),
            Stores::owned(1024, 4096),
        );
        if self.referencing == Referencing::ShortNames && !self.quirks.protocol_version {
            for (base_name, class_id, _, name) in OBJECTS {
                client.name_object(base_name, class_id.code(), Obis::new(name));
            }
        }
        client
    }

    fn meter(&self) -> Server {
        let mut memory = Memory::new();
        memory.insert_key(KeyId::GLOBAL_UNICAST_ENCRYPTION, self.key(0));
        memory.insert_key(KeyId::AUTHENTICATION, self.key(0xD0));
        for (base_name, class_id, version, name) in OBJECTS {
            let entry = Entry::new(class_id, version, Obis::new(name)).at(base_name);
            memory.add(match class_id {
                ClassId::DATA => entry.with(2, &Data::OctetString(vec![9; 300])).writable(2),
                ClassId::REGISTER => entry.with(2, &Data::DoubleLongUnsigned(1_249_750)),
                ClassId::PROFILE_GENERIC => entry.with(8, &Data::DoubleLongUnsigned(20)),
                _ => entry,
            });
        }
        for number in 0..12 {
            let row = [Data::DoubleLongUnsigned(number), Data::OctetString(vec![1; 20])];
            memory.add_row(Obis::new(PROFILE), &Data::structure(row));
        }
        let config = MeterConfig {
            max_pdu: if self.max_pdu == 0 { 128 } else { self.max_pdu },
            max_message: 4096,
            window: self.window,
            ..MeterConfig::new(SystemTitle(*b"SIM\0\0\0\0\x01"))
        };
        let wrapper = WrapperConfig { own: 1, peer: 0, ..WrapperConfig::default() };
        let wrapper = WrapperConfig { is_datagram: self.is_datagram, ..wrapper };
        let link = WrapperLink::new(wrapper, Owned::new(4096), Owned::new(4096));
        let mut account = Account::new(self.referencing, self.authentication());
        account.is_pre_established = self.is_pre_established;
        let public = Account::new(Referencing::LogicalNames, Authentication::Lowest);
        let accounts = vec![public.for_client(16), account];
        let mut next = 0_u8;
        let challenges = move |octets: &mut [u8]| {
            for octet in octets {
                next = next.wrapping_mul(5).wrapping_add(17);
                *octet = next;
            }
        };
        let carrier = MeterCarrier::wrapper(link);
        Meter::new(config, accounts, Software, memory, carrier, challenges)
    }
}

const PROFILE: [u8; 6] = [1, 0, 99, 1, 0, 255];

/// One of each class that behaves.
const OBJECTS: [(u16, ClassId, u8, [u8; 6]); 12] = [
    (0x1000, ClassId::REGISTER, 0, [1, 0, 1, 8, 0, 255]),
    (0x1100, ClassId::DATA, 0, [0, 0, 43, 1, 0, 255]),
    (0x1200, ClassId::DATA, 0, [0, 0, 96, 60, 0, 255]),
    (0x1300, ClassId::PROFILE_GENERIC, 1, PROFILE),
    (0x1400, ClassId::CLOCK, 0, [0, 0, 1, 0, 0, 255]),
    (0x1500, ClassId::DISCONNECT_CONTROL, 0, [0, 0, 96, 3, 10, 255]),
    (0x1600, ClassId::IMAGE_TRANSFER, 0, [0, 0, 44, 0, 0, 255]),
    (0x1700, ClassId::SECURITY_SETUP, 1, [0, 0, 43, 0, 0, 255]),
    (0x1800, ClassId::PUSH_SETUP, 2, [0, 0, 25, 9, 0, 255]),
    (0x1900, ClassId::SCRIPT_TABLE, 0, [0, 0, 10, 0, 0, 255]),
    (0x1A00, ClassId::SINGLE_ACTION_SCHEDULE, 0, [0, 0, 15, 0, 0, 255]),
    (0x1B00, ClassId::ASSOCIATION_LN, 1, [0, 0, 40, 0, 0, 255]),
];

/// What the octets ask for: mostly of an object that is there.
fn order(client: &mut Reader, choices: &mut Choices<'_>) -> Result<CallId, CallError> {
    let kind = choices.below(12);
    let attribute = attribute(choices);
    match kind {
        0 => client.associate(),
        1 => client.release(),
        2 => client.get_list(&[attribute.into(), self::attribute(choices).into()]),
        3 | 4 => {
            let selector = choices.below(4);
            let Some(access_parameters) = value(choices) else { return client.get(attribute) };
            let selection = SelectiveAccess { access_selector: selector, access_parameters };
            if kind == 3 {
                client.get_with(attribute, selection)
            } else {
                client.read_rows(attribute, Some(selection))
            }
        }
        5 => client.read_rows(attribute, None),
        6 | 7 => client.set(attribute, value(choices).unwrap_or(DataRef::Unsigned(3))),
        8 => client.set(attribute, DataRef::OctetString(&[7; 300])),
        9 | 10 => {
            let AttributeDescriptor { class_id, instance_id, attribute_id } = attribute;
            let method = MethodDescriptor { class_id, instance_id, method_id: attribute_id };
            client.act(method, value(choices))
        }
        11 if choices.yes() => {
            let value = value(choices).unwrap_or(DataRef::NullData);
            client.access(&[Access::Get(attribute), Access::Set(attribute, value)])
        }
        _ => client.get(attribute),
    }
}

fn attribute(choices: &mut Choices<'_>) -> AttributeDescriptor {
    let (which, attribute) = (choices.octet(), choices.below(16) as i8);
    let (_, class_id, _, name) = OBJECTS[usize::from(which) % OBJECTS.len()];
    AttributeDescriptor {
        class_id: class_id.code(),
        instance_id: Obis::new(name),
        attribute_id: attribute,
    }
}

/// A value that the octets hold.
fn value<'a>(choices: &mut Choices<'a>) -> Option<DataRef<'a>> {
    let count = usize::from(choices.below(48));
    DataRef::parse(choices.octets(count)).ok().map(|(_, value)| value)
}

/// Setups of all kinds; one order after the other, undisturbed, and with each disturbance.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for mechanism in 0..7_u8 {
        for security in 0..4_u8 {
            let flags = [0, 1, 8, 0x10, 2][usize::from(mechanism + security) % 5];
            let names = u8::from(mechanism == 3) * 3;
            let setup = [names, mechanism, security, security % 3, security, 1, 2, flags, 0];
            for kind in 0..12_u8 {
                let order = [kind, kind + mechanism, 2, 0];
                let what = kind.wrapping_add(security) % 8;
                let disturbed = (0..24_u8).map(|step| step.wrapping_mul(37));
                let badly = [11, 0, 1, 11, 0, 1, what].into_iter().chain(disturbed);
                seeds.push(setup.into_iter().chain(order).collect());
                seeds.push(setup.into_iter().chain(order).chain(badly).collect());
            }
        }
    }
    seeds
}
