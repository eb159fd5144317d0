//! Their server, as a session on our simulated line.

use std::collections::VecDeque;

use dlms_cosem_rs::acse::{AuthMechanism, Referencing};
use dlms_cosem_rs::axdr::Data;
use dlms_cosem_rs::codec::{Encode, SliceWriter, Writer};
use dlms_cosem_rs::cosem::{AttributeAccess, MethodAccess, ShortName, ShortNameTarget, sn};
use dlms_cosem_rs::obis::Obis;
use dlms_cosem_rs::security::{
    FixedRandom, KeyRing, KeySet, RustCryptoProvider, Secret, SecurityPolicy, SecuritySuite,
    SystemTitle,
};
use dlms_cosem_rs::server::{ObjectStore, Server, ServerConfig, StoreResult};
use dlms_cosem_rs::transport::hdlc::{
    Address, Connection, Control, Event, Found, Framer, Parameters, Reassembler, Role, Segmenter,
};
use dlms_cosem_rs::transport::wrapper::{StreamReassembler, Wpdu};
use dlms_cosem_rs::xdlms::{ActionResult, Conformance, DataAccessResult, SelectiveAccess};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};

use super::ours::{MAX_INFO, MAX_PDU, WINDOW};
use super::{
    Carrier, ENERGY, LONG, Mechanism, Named, PASSWORD, REGISTER, SCRATCH, SWITCH, Setup, long,
};

/// What the two have agreed on for HDLC.
pub(super) const PARAMETERS: Parameters = Parameters {
    max_info_tx: MAX_INFO,
    max_info_rx: MAX_INFO,
    window_tx: WINDOW as u32,
    window_rx: WINDOW as u32,
};

/// What every message of theirs fits into.
pub(super) const ROOM: usize = 4096;

/// Whoever draws challenges.
pub(super) type Provider = RustCryptoProvider<FixedRandom>;

pub(super) fn policy(setup: &Setup) -> SecurityPolicy {
    SecurityPolicy {
        suite: SecuritySuite::Suite0,
        authenticated: setup.security & 0x10 != 0,
        encrypted: setup.security & 0x20 != 0,
        key_set: KeySet::GlobalUnicast,
    }
}

pub(super) fn mechanism(setup: &Setup) -> AuthMechanism {
    match setup.mechanism {
        Mechanism::Lowest => AuthMechanism::None,
        Mechanism::Low => AuthMechanism::Low,
        Mechanism::Gmac => AuthMechanism::HighGmac,
    }
}

pub(super) fn referencing(setup: &Setup) -> Referencing {
    if setup.is_short { Referencing::ShortName } else { Referencing::LogicalName }
}

/// What both engines have of the services.
pub(super) fn services(setup: &Setup, of_logical_names: Conformance) -> Conformance {
    if !setup.is_short {
        return of_logical_names;
    }
    Conformance::READ
        | Conformance::WRITE
        | Conformance::MULTIPLE_REFERENCES
        | Conformance::PARAMETERIZED_ACCESS
        | Conformance::BLOCK_TRANSFER_WITH_GET_OR_READ
}

pub(super) fn obis(Named(_, _, [a, b, c, d, e, f]): Named) -> Obis {
    Obis::new(a, b, c, d, e, f)
}

/// The objects.
struct Objects {
    scratch: Vec<u8>,
    is_on: bool,
}

impl ObjectStore for Objects {
    fn get_attribute(
        &self,
        class_id: u16,
        name: Obis,
        attribute_id: i8,
        _: Option<SelectiveAccess<'_>>,
        w: &mut dyn Writer,
    ) -> StoreResult<()> {
        let long = long();
        let value = match (class_id, attribute_id) {
            (3, 2) if name == obis(REGISTER) => Data::DoubleLongUnsigned(ENERGY),
            (1, 2) if name == obis(LONG) => Data::OctetString(&long),
            (1, 2) if name == obis(SCRATCH) => Data::OctetString(&self.scratch),
            (70, 2) if name == obis(SWITCH) => Data::Boolean(self.is_on),
            _ => return Err(DataAccessResult::ObjectUndefined),
        };
        value.encode(w).map_err(|_| DataAccessResult::OtherReason)
    }

    fn set_attribute(
        &mut self,
        class_id: u16,
        name: Obis,
        attribute_id: i8,
        _: Option<SelectiveAccess<'_>>,
        value: Data<'_>,
    ) -> StoreResult<()> {
        match (class_id, attribute_id, value) {
            (1, 2, Data::OctetString(value)) if name == obis(SCRATCH) => {
                self.scratch = value.to_vec();
                Ok(())
            }
            _ => Err(DataAccessResult::ReadWriteDenied),
        }
    }

    fn invoke_method(
        &mut self,
        class_id: u16,
        name: Obis,
        method_id: i8,
        _: Option<Data<'_>>,
        _: &mut dyn Writer,
    ) -> Result<bool, ActionResult> {
        if (class_id, name) != (70, obis(SWITCH)) || !(1..=2).contains(&method_id) {
            return Err(ActionResult::ObjectUndefined);
        }
        self.is_on = method_id == 2;
        Ok(false)
    }

    fn attribute_access(&self, _: u16, name: Obis, _: i8) -> AttributeAccess {
        if name == obis(SCRATCH) {
            AttributeAccess::READ | AttributeAccess::WRITE
        } else {
            AttributeAccess::READ
        }
    }

    fn method_access(&self, _: u16, name: Obis, _: i8) -> MethodAccess {
        if name == obis(SWITCH) { MethodAccess::ACCESS } else { MethodAccess::empty() }
    }

    fn resolve_short_name(&self, name: u16) -> Option<ShortNameTarget> {
        let object = |named: Named| ShortName::new(named.0, named.1, obis(named), 4);
        let switch = object(SWITCH).with_methods(0x20, 2);
        sn::resolve(&[object(REGISTER), object(LONG), object(SCRATCH), switch], name)
    }
}

/// Their server on a line.
pub struct TheirMeter {
    server: Box<Server<Objects, Provider, ROOM>>,
    wire: Wire,
    inbox: Vec<u8>,
    outbox: VecDeque<Vec<u8>>,
    faults: Vec<String>,
}

enum Wire {
    Wrapper,
    Hdlc(Box<Link>),
}

/// Their end of an HDLC link.
struct Link {
    connection: Connection,
    framer: Framer,
    into: Reassembler<'static>,
    answer: Option<Segmenter<'static>>,
}

impl TheirMeter {
    /// Their server, for this setup.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        let [unicast, authentication] = setup.keys();
        let config = ServerConfig {
            system_title: Some(SystemTitle::new(*b"SIM\0\0\0\0\x01")),
            mechanism: mechanism(setup),
            password: Some(Secret::new(PASSWORD).expect("it is short")),
            security: policy(setup),
            referencing: referencing(setup),
            max_pdu_size: MAX_PDU,
            conformance: services(setup, Conformance::SERVER_DEFAULT),
            ..ServerConfig::default()
        };
        let objects = Objects { scratch: b"scratch".to_vec(), is_on: true };
        let provider =
            RustCryptoProvider::with_rng(KeyRing::new(unicast, authentication), FixedRandom(0x5A));
        let mut server = Box::new(Server::new(config, objects, provider));
        // What the client sends after this is new; a lower counter it has used before.
        server.resume_replay_window(SystemTitle::new(*b"CLI\0\0\0\0\x01"), 500);
        let wire = match setup.carrier {
            Carrier::Wrapper => Wire::Wrapper,
            Carrier::Hdlc => Wire::Hdlc(Box::new(Link {
                connection: Connection::new(
                    Role::Server,
                    Address::Single(1),
                    Address::client(16),
                    PARAMETERS,
                ),
                framer: Framer::new(),
                into: Reassembler::new(vec![0; ROOM].leak()),
                answer: None,
            })),
        };
        Self { server, wire, inbox: Vec::new(), outbox: VecDeque::new(), faults: Vec::new() }
    }

    /// What their engine called malformed: nothing that we send is.
    #[must_use]
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    fn take_wrapped(&mut self) -> bool {
        let (answer, used) = match StreamReassembler::new(0).next_pdu(&self.inbox) {
            Ok(Some((pdu, used))) => {
                let mut out = [0; ROOM];
                let answer = match self.server.handle(pdu.apdu, &mut out) {
                    Ok(len) => {
                        let (from, to) = (pdu.header.destination, pdu.header.source);
                        wrapped(from, to, &out[..len])
                    }
                    Err(error) => {
                        self.faults.push(format!("{:02X?}: {error}", pdu.apdu));
                        Vec::new()
                    }
                };
                (answer, used)
            }
            Ok(None) => return false,
            Err(error) => {
                self.faults.push(format!("{:02X?}: {error}", self.inbox));
                (Vec::new(), self.inbox.len())
            }
        };
        self.inbox.drain(..used);
        if !answer.is_empty() {
            self.outbox.push_back(answer);
        }
        true
    }

    fn take_frame(&mut self) -> bool {
        let Wire::Hdlc(link) = &mut self.wire else { return false };
        let mut out = [0; ROOM];
        let (frame, used) = match link.framer.next_frame(&self.inbox) {
            Ok(Found::Frame { frame, consumed }) => (frame, consumed),
            _ => return false,
        };
        let event = link.connection.handle(&frame, &mut link.into);
        match event {
            Ok(Event::AcknowledgeRequired) => {
                let len = link.connection.acknowledge(&mut out).expect("there is room");
                self.outbox.push_back(out[..len].to_vec());
            }
            Ok(Event::PollRequired) => {
                let len = link.connection.poll(&mut out).expect("there is room");
                self.outbox.push_back(out[..len].to_vec());
            }
            Ok(Event::Lsdu) => {
                let apdu = link.into.lsdu().get(3..).unwrap_or_default().to_vec();
                link.into.reset();
                match self.server.handle(&apdu, &mut out) {
                    Ok(len) => {
                        let lsdu = [&[0xE6, 0xE7, 0x00], &out[..len]].concat().leak();
                        link.answer = Some(link.connection.segmenter(lsdu).expect("it is open"));
                    }
                    Err(error) => self.faults.push(format!("{apdu:02X?}: {error}")),
                }
            }
            Ok(_) => {}
            Err(error) => self.faults.push(format!("{frame:02X?}: {error}")),
        }
        // As many frames as the window takes; after a poll those that are left.
        let may_talk =
            matches!(event, Ok(Event::Lsdu)) || matches!(frame.control, Control::Rr { .. });
        if let (true, Some(answer)) = (may_talk, &mut link.answer) {
            for _ in 0..WINDOW {
                match link.connection.next_frame(answer, &mut out).expect("it is open") {
                    Some(len) => self.outbox.push_back(out[..len].to_vec()),
                    None => break,
                }
            }
        }
        self.inbox.drain(..used);
        true
    }
}

/// `apdu` in the wrapper.
pub(super) fn wrapped(from: u16, to: u16, apdu: &[u8]) -> Vec<u8> {
    let pdu = Wpdu::new(from, to, apdu).expect("it is short");
    let mut octets = vec![0; pdu.encoded_len()];
    pdu.encode(&mut SliceWriter::new(&mut octets)).expect("its length");
    octets
}

impl Session for TheirMeter {
    type Event = ();

    fn handle_input(&mut self, _: Instant, octets: &[u8]) {
        self.inbox.extend_from_slice(octets);
        while match self.wire {
            Wire::Wrapper => self.take_wrapped(),
            Wire::Hdlc(_) => self.take_frame(),
        } {}
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn poll_transmit(&mut self, _: Instant, out: &mut BytesMut) -> Option<Transmit> {
        let message = self.outbox.pop_front()?;
        out.extend_from_slice(&message);
        Some(Transmit::now(message.len()))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn poll_event(&mut self) -> Option<()> {
        None
    }
}
