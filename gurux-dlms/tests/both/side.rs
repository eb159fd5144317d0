//! The client's side, and the two together.

use core::time::Duration;
use std::collections::HashMap;

use gurux_dlms::security::{
    Key, Keyring, OwnCounter, Policy, PrivateKey, Provider, Software, SoftwareCipher, SoftwareKey,
    SystemTitle,
};
use gurux_dlms::session::link::{Buffers, ClientLink, ClientLinkConfig, Owned};
use gurux_dlms::session::meter::{Memory, Meter};
use gurux_dlms::session::{
    Access, Authentication, CallId, Client, ClientCarrier, ClientConfig, ClientEvent, Failure,
    Form, Guard, Referencing, Secret, Seed, SignOn, SignOnConfig, Stores, WrapperConfig,
    WrapperLink,
};
use gurux_dlms::wire::{
    AttributeDescriptor, Conformance, DataRef, EntryDescriptor, MethodDescriptor, SecurityControl,
    SelectiveAccess,
};
use gurux_framing::Wire;
use gurux_framing::hdlc::{HdlcAddress, LinkParameters};
use gurux_media::bytes::BytesMut;
use gurux_media::pair::{Conducted, Conductor, PairSettings, pair};
use gurux_media::{Faults, Instant, LineSettings, Session, Transmit};

use crate::meter;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Carrier {
    Hdlc,
    /// HDLC behind a sign-on, as on an optical head.
    ModeE,
    Tcp,
    Udp,
}

impl Carrier {
    pub(crate) fn is_hdlc(self) -> bool {
        matches!(self, Self::Hdlc | Self::ModeE)
    }

    /// A line of it with these faults.
    pub(crate) fn line(self, faults: Faults) -> PairSettings {
        let line = (self == Self::ModeE).then_some(LineSettings::new(9600));
        PairSettings { faults, line, datagram: self == Self::Udp, ..PairSettings::default() }
    }
}

/// How the two are set up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    pub(crate) carrier: Carrier,
    pub(crate) is_short: bool,
    /// 0 to 7.
    pub(crate) mechanism: u8,
    /// 0, 0x10, 0x20, 0x30.
    pub(crate) security: u8,
    pub(crate) suite: u8,
    pub(crate) form: Form,
    pub(crate) is_dedicated: bool,
    pub(crate) max_pdu: u16,
    pub(crate) max_info: u16,
    pub(crate) window: u8,
    pub(crate) has_gbt: bool,
}

/// What is asked of the meter, each with one right answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    Register,
    Long,
    List,
    Write,
    WriteLong,
    Rows,
    Act,
    Access,
    Release,
}

impl Order {
    pub(crate) const ALL: [Self; 9] = [
        Self::Register,
        Self::Long,
        Self::List,
        Self::Write,
        Self::WriteLong,
        Self::Rows,
        Self::Act,
        Self::Access,
        Self::Release,
    ];
}

/// Titles of client and meter.
pub(crate) const CLIENT: SystemTitle = SystemTitle(*b"CLI\0\0\0\0\x01");
pub(crate) const METER: SystemTitle = SystemTitle(*b"SIM\0\0\0\0\x01");

/// A step takes so long at most, whatever is lost: a long value over the worst line, in blocks of 64 octets and frames of
/// 32, has taken more than an hour.
const LONGEST: Duration = Duration::from_secs(6 * 3600);

impl Setup {
    pub(crate) fn referencing(&self) -> Referencing {
        if self.is_short { Referencing::ShortNames } else { Referencing::LogicalNames }
    }

    /// A key of the suite that counts up from here.
    pub(crate) fn key(&self, first: u8) -> Key {
        let len = if self.suite == 2 { 32 } else { 16 };
        Key::from_octets(&(first..first + len).collect::<Vec<_>>()).expect("its length fits")
    }

    /// The mechanism, at the client or at the meter.
    pub(crate) fn authentication(&self, is_meter: bool) -> Authentication {
        let secret = |octets| Secret::new(octets).expect("short enough");
        let high = || secret(b"hls-secret-00001");
        let signer = |scalar: u8| SoftwareKey::new(&[scalar; 32]).expect("a key");
        match self.mechanism {
            0 => Authentication::Lowest,
            1 => Authentication::Low(secret(b"12345678")),
            2 => Authentication::Manufacturer(high()),
            3 => Authentication::Md5(high()),
            4 => Authentication::Sha1(high()),
            5 => Authentication::Gmac,
            6 => Authentication::Sha256(high()),
            _ => {
                let (own, peer) = if is_meter { (2, 1) } else { (1, 2) };
                let peer = signer(peer).public_key().expect("it has one");
                Authentication::Ecdsa { own: Box::new(signer(own)), peer }
            }
        }
    }

    pub(crate) fn client(&self) -> Reader {
        let cipher: SoftwareCipher = Software.cipher(&self.key(0)).expect("a key");
        let keys = Keyring::new(cipher).with_authentication(self.key(0xD0));
        let control = SecurityControl::new(self.security | self.suite);
        let mut guard = Guard::new(Software, keys, CLIENT);
        if self.security != 0 {
            guard = guard.with_control(control).with_form(self.form);
        }
        if self.security == 0x20 {
            guard = guard.with_policy(Policy::DecryptUnverified);
        }
        let guard = guard.with_counter(OwnCounter::new(1, 1, ()));
        let referencing = self.referencing();
        let services = referencing.services().bits();
        let without_gbt =
            Conformance::from_bits(services & !Conformance::GENERAL_BLOCK_TRANSFER.bits());
        let config = ClientConfig {
            referencing,
            conformance: (!self.has_gbt).then_some(without_gbt),
            max_pdu: self.max_pdu,
            uses_dedicated_key: self.is_dedicated,
            block_window: self.window,
            ..ClientConfig::default()
        };
        let (seed, stores) = (Seed::new([7; 32]), Stores::owned(4096, 65_536));
        Client::new(config, self.authentication(false), self.carrier(), guard, seed, stores)
    }

    fn carrier(&self) -> ClientCarrier {
        if !self.carrier.is_hdlc() {
            let is_datagram = self.carrier == Carrier::Udp;
            let config = WrapperConfig { own: 16, is_datagram, ..WrapperConfig::default() };
            let link = WrapperLink::new(config, Owned::new(4096), Owned::new(70_000));
            return ClientCarrier::wrapper(link);
        }
        let parameters = LinkParameters {
            max_info_transmit: self.max_info,
            max_info_receive: self.max_info,
            window_transmit: self.window,
            window_receive: self.window,
        };
        let config = ClientLinkConfig { parameters, ..ClientLinkConfig::default() };
        let client = HdlcAddress::of_client(16).expect("7 bits");
        let meter = HdlcAddress::of_client(1).expect("7 bits");
        let link = ClientLink::new(config, client, meter, Buffers::owned(70_000));
        let carrier = ClientCarrier::hdlc(link);
        if self.carrier == Carrier::ModeE {
            return carrier.with_sign_on(SignOn::new(SignOnConfig::default()));
        }
        carrier
    }
}

pub(crate) type Reader = Client<Owned, Software>;

/// The client, and what it sent under which counter.
struct Tapped {
    client: Reader,
    is_wrapper: bool,
    max_pdu: u16,
    sent: HashMap<(u8, [u8; 4]), Vec<u8>>,
}

impl Tapped {
    /// No counter stands in front of two different messages.
    fn look(&mut self, mut octets: &[u8]) {
        while let [0, 1, _, _, _, _, high, low, rest @ ..] = octets {
            let len = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
            let (message, behind) = rest.split_at(len);
            octets = behind;
            let is_bounded = !matches!(message.first(), Some(0x60 | 0x62));
            assert!(!is_bounded || len <= self.max_pdu.into(), "{len} octets are too long");
            if message.first() == Some(&0x60) {
                // A new association has a new dedicated key.
                self.sent.retain(|(is_dedicated, _), _| *is_dedicated == 0);
            }
            let body = match message {
                [0xC8..=0xD7, body @ ..] => body,
                [0xDB | 0xDC, 8, rest @ ..] => rest.get(8..).unwrap_or_default(),
                // A transaction and two titles behind their lengths, two empty fields, a named key.
                [0xDD, rest @ ..] => rest.get(27 + 2 + 3..).unwrap_or_default(),
                _ => continue,
            };
            let body = match body {
                [0x82, _, _, body @ ..] | [0x81, _, body @ ..] | [_, body @ ..] => body,
                [] => continue,
            };
            let [_, a, b, c, d, ..] = *body else { continue };
            let is_dedicated = matches!(message[0], 0xD0..=0xD7 | 0xDC);
            let before = self.sent.insert((u8::from(is_dedicated), [a, b, c, d]), message.to_vec());
            assert!(before.is_none_or(|before| before == message), "a counter came twice");
        }
    }
}

impl Session for Tapped {
    type Event = ClientEvent;

    fn handle_open(&mut self, now: Instant) {
        self.client.handle_open(now);
    }
    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.client.handle_input(now, octets);
    }
    fn handle_timeout(&mut self, now: Instant) {
        self.client.handle_timeout(now);
    }
    fn handle_close(&mut self, now: Instant) {
        self.client.handle_close(now);
    }
    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        let begin = out.len();
        let transmit = self.client.poll_transmit(now, out);
        if self.is_wrapper {
            self.look(&out[begin..]);
        }
        transmit
    }
    fn poll_timeout(&self) -> Option<Instant> {
        self.client.poll_timeout()
    }
    fn poll_event(&mut self) -> Option<ClientEvent> {
        self.client.poll_event()
    }
}

pub(crate) struct Desk {
    line: Conductor<Tapped, Meter<Memory, Software>>,
    /// What may stand in the object that is written: what was written last, and what may have been.
    scratch: Vec<Vec<u8>>,
    /// The same of the supply.
    supply: Vec<Vec<u8>>,
    next: u8,
    is_short: bool,
    /// A datagram in clear that comes late, after others, is carried out: nothing tells that it is old.
    obeys_late: bool,
}

type Values = Vec<Result<Vec<u8>, ()>>;

impl Desk {
    pub(crate) fn new(setup: &Setup, settings: &PairSettings) -> Self {
        let is_wrapper = !setup.carrier.is_hdlc();
        let max_pdu = setup.max_pdu;
        let tapped = Tapped { client: setup.client(), is_wrapper, max_pdu, sent: HashMap::new() };
        let mut line = Conductor::new(tapped, meter::meter(setup), pair(settings));
        if setup.is_short {
            meter::names(&mut line.a.client);
        }
        let scratch = vec![encoded(DataRef::OctetString(b"scratch"))];
        let supply = vec![encoded(DataRef::Boolean(true))];
        let obeys_late = setup.carrier == Carrier::Udp && setup.security == 0;
        Self { line, scratch, supply, next: 0, is_short: setup.is_short, obeys_late }
    }

    /// Carries out an order, and compares what comes of it.
    pub(crate) fn run(&mut self, order: Order) -> Result<(), Failure> {
        let client = &mut self.line.a.client;
        let value = |octets: &[u8]| encoded(DataRef::OctetString(octets));
        let long = value(&meter::long());
        let register = vec![6, 0, 0x13, 0x11, 0xD6];
        match order {
            Order::Register => {
                let call = client.get(attribute(3, meter::REGISTER)).expect("idle");
                self.expect(call, &[&[register]])
            }
            Order::Long => {
                let call = client.get(attribute(1, meter::LONG)).expect("idle");
                self.expect(call, &[&[long]])
            }
            Order::List => {
                let register_attribute = attribute(3, meter::REGISTER);
                let items = [register_attribute.into(), attribute(1, meter::LONG).into()];
                let call = client.get_list(&items).expect("idle");
                self.expect(call, &[&[register], &[long]])
            }
            Order::Write | Order::WriteLong => {
                self.next = self.next.wrapping_add(1);
                let len = if order == Order::Write { 5 } else { 900 };
                let octets = vec![self.next; len];
                let place = attribute(1, meter::SCRATCH);
                let call = client.set(place, DataRef::OctetString(&octets)).expect("idle");
                let (values, end) = self.end(call);
                let written = value(&octets);
                match (values.as_slice(), end) {
                    ([Ok(_)], Ok(())) => self.scratch = self.beside(&self.scratch, written),
                    // It may have been written, and the answer be lost; the meter may refuse blocks of which
                    // one did not come.
                    (_, end) => {
                        self.scratch.push(written);
                        return end;
                    }
                }
                let call = self.line.a.client.get(place).expect("idle");
                let scratch = self.scratch.clone();
                self.expect(call, &[&scratch])
            }
            Order::Rows => {
                let entries =
                    EntryDescriptor { from_entry: 3, to_entry: 22, ..EntryDescriptor::ALL };
                let mut room = [0; EntryDescriptor::WIRE_LEN];
                entries.emit_to_slice(&mut room).expect("there is room");
                let selection = SelectiveAccess {
                    access_selector: SelectiveAccess::BY_ENTRY,
                    access_parameters: DataRef::from_bytes(&room).expect("a structure"),
                };
                let call = client.read_rows(attribute(7, meter::PROFILE), Some(selection));
                let call = call.expect("idle");
                let (rows, end) = self.end(call);
                let expected: Vec<_> = (2..22).map(meter::row).collect();
                for (row, expected) in rows.iter().zip(&expected) {
                    // As in `expect`: a refusal is no wrong row.
                    let Ok(row) = row else { return Err(Failure::NotGranted("a row")) };
                    assert_eq!(row, expected, "a row");
                }
                if end.is_ok() {
                    assert_eq!(rows.len(), expected.len(), "all rows");
                }
                end
            }
            Order::Act => {
                self.next = self.next.wrapping_add(1);
                let is_on = self.next.is_multiple_of(2);
                let method_id = if is_on { 2 } else { 1 };
                let supply = attribute(70, meter::SWITCH);
                let (class_id, instance_id) = (supply.class_id, supply.instance_id);
                let method = MethodDescriptor { class_id, instance_id, method_id };
                let call = client.act(method, Some(DataRef::Integer(0))).expect("idle");
                let (values, end) = self.end(call);
                let done = encoded(DataRef::Boolean(is_on));
                match (values.as_slice(), end) {
                    ([Ok(_)], Ok(())) => self.supply = self.beside(&self.supply, done),
                    (_, end) => {
                        self.supply.push(done);
                        return end;
                    }
                }
                let call = self.line.a.client.get(supply).expect("idle");
                let supply = self.supply.clone();
                self.expect(call, &[&supply])
            }
            // There is none for short names.
            Order::Access if self.is_short => Ok(()),
            Order::Access => {
                self.next = self.next.wrapping_add(1);
                let octets = [self.next; 7];
                let place = attribute(1, meter::SCRATCH);
                let items = [
                    Access::Get(attribute(3, meter::REGISTER)),
                    Access::Set(place, DataRef::OctetString(&octets)),
                    Access::Get(place),
                    Access::Get(attribute(1, [9; 6])),
                ];
                let call = client.access(&items).expect("idle");
                let (values, end) = self.end(call);
                let written = value(&octets);
                let is_right = match values.as_slice() {
                    [Ok(first), Ok(_), Ok(read_back), Err(())] => {
                        *first == register && *read_back == written
                    }
                    _ => false,
                };
                if is_right {
                    self.scratch = self.beside(&self.scratch, written);
                    return end;
                }
                self.scratch.push(written);
                // Where a proposal came twice, each item is refused.
                assert!(values.iter().all(Result::is_err), "{values:02X?} of another value");
                end.and(Err(Failure::NotGranted("what was accessed")))
            }
            Order::Release => {
                let call = client.release().expect("idle");
                self.end(call).1
            }
        }
    }

    /// What may stand where this was written, and the meter said so.
    fn beside(&self, before: &[Vec<u8>], written: Vec<u8>) -> Vec<Vec<u8>> {
        let before = if self.obeys_late { before } else { &[] };
        before.iter().cloned().chain([written]).collect()
    }

    /// Each value that came is one of those that it may be.
    fn expect(&mut self, call: CallId, expected: &[&[Vec<u8>]]) -> Result<(), Failure> {
        let (found, end) = self.end(call);
        for (found, may_be) in found.iter().zip(expected) {
            // Where a proposal came twice, the meter knows of no association that was proven.
            let Ok(found) = found else { return Err(Failure::NotGranted("what was read")) };
            let begin = found.get(..8.min(found.len()));
            assert!(may_be.contains(found), "{begin:02X?} of another value");
        }
        if end.is_ok() {
            assert_eq!(found.len(), expected.len(), "each item has its answer");
        }
        end
    }

    /// The values and rows that came, and the end of the order.
    fn end(&mut self, call: CallId) -> (Values, Result<(), Failure>) {
        let mut values = Vec::new();
        let until = self.line.now() + LONGEST;
        loop {
            match self.line.run(until).expect("a line has no faults of its own") {
                Conducted::A(ClientEvent::Value { call: of, index }) => {
                    assert_eq!((of, index), (call, values.len()));
                    values
                        .push(self.line.a.client.value_octets().map(<[u8]>::to_vec).map_err(drop));
                }
                Conducted::A(ClientEvent::Row { call: of, number }) => {
                    assert_eq!((of, number), (call, values.len()));
                    values
                        .push(self.line.a.client.value_octets().map(<[u8]>::to_vec).map_err(drop));
                }
                Conducted::A(ClientEvent::Done { call: of }) => {
                    assert_eq!(of, call);
                    return (values, Ok(()));
                }
                Conducted::A(ClientEvent::Failed { call: of, failure }) => {
                    assert_eq!(of, call);
                    return (values, Err(failure));
                }
                Conducted::A(_) | Conducted::B(_) => {}
                end @ (Conducted::Deadline | Conducted::Quiet) => {
                    panic!("the order has no end: {end:?} at {:?}", self.line.now())
                }
            }
        }
    }
}

fn attribute(class_id: u16, name: [u8; 6]) -> AttributeDescriptor {
    AttributeDescriptor { class_id, instance_id: gurux_value::Obis::new(name), attribute_id: 2 }
}

fn encoded(value: DataRef<'_>) -> Vec<u8> {
    let mut octets = vec![0; value.wire_len()];
    value.emit_to_slice(&mut octets).expect("its length");
    octets
}
