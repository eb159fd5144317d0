//! Their client, in front of our meter.

use dlms_cosem_rs::axdr::Data;
use dlms_cosem_rs::client::{
    AccessItem, AssociationStep, BlockCollector, ClientConfig, ClientSession, Response,
};
use dlms_cosem_rs::codec::Encode;
use dlms_cosem_rs::security::{FixedRandom, Key, KeyRing, RustCryptoProvider, Secret, SystemTitle};
use dlms_cosem_rs::transport::hdlc::{
    Address, Connection, Event, Found, Framer, Reassembler, Role,
};
use dlms_cosem_rs::transport::wrapper::StreamReassembler;
use dlms_cosem_rs::xdlms::{
    AttributeDescriptor, AttributeDescriptorWithSelection, Conformance, GetDataResult,
    MethodDescriptor, ReadResult, VariableAccess, WriteResult,
};
use gurux_dlms::security::Software;
use gurux_dlms::session::meter::{Memory, Meter};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};

use super::meter::{
    PARAMETERS, Provider, ROOM, mechanism, obis, policy, referencing, services, wrapped,
};
use super::ours::MAX_PDU;
use super::{Carrier, Named, Setup, Wrong, our_meter};

/// Their client and our meter.
pub struct TheirClient {
    session: Box<ClientSession<Provider, ROOM>>,
    meter: Meter<Memory, Software>,
    now: Instant,
    link: Option<Link>,
    is_short: bool,
}

struct Link {
    connection: Connection,
    framer: Framer,
    into: Reassembler<'static>,
}

/// What came of an order: the octets of a value, or why there is none, in their words.
pub type Answer = Result<Vec<u8>, String>;

fn encoded(value: &Data<'_>) -> Vec<u8> {
    let mut octets = Vec::new();
    value.encode(&mut octets).expect("there is room");
    octets
}

fn attribute(named: Named) -> AttributeDescriptor {
    AttributeDescriptor::new(named.1, obis(named), 2)
}

impl TheirClient {
    /// The two, before anything was said; over HDLC they are connected.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        let [unicast, authentication] = setup.client_keys();
        let mut ring = KeyRing::new(unicast, authentication);
        if setup.is_dedicated {
            ring.set_dedicated(Key::new([0x77; 16]));
        }
        let config = ClientConfig {
            client_sap: 16,
            system_title: Some(SystemTitle::new(*b"CLI\0\0\0\0\x01")),
            mechanism: mechanism(setup),
            password: Some(Secret::new(setup.password()).expect("it is short")),
            security: policy(setup).with_dedicated(setup.is_dedicated),
            max_pdu_size: MAX_PDU,
            conformance: services(setup, Conformance::CLIENT_DEFAULT),
            referencing: referencing(setup),
            invocation_counter: 1_000,
            ..ClientConfig::default()
        };
        let provider = RustCryptoProvider::with_rng(ring, FixedRandom(0xA5));
        let session = Box::new(ClientSession::new(config, provider));
        let link = (setup.carrier == Carrier::Hdlc).then(|| Link {
            connection: Connection::new(
                Role::Client,
                Address::client(16),
                Address::Single(1),
                PARAMETERS,
            ),
            framer: Framer::new(),
            into: Reassembler::new(vec![0; ROOM].leak()),
        });
        let mut meter = our_meter(setup);
        meter.handle_open(Instant::ZERO);
        let mut two = Self { session, meter, now: Instant::ZERO, link, is_short: setup.is_short };
        two.connect();
        if setup.wrong == Some(Wrong::Counter) {
            // It has been here before, and has forgotten how far it had counted.
            two.associate().expect("nothing is wrong yet");
            two.release().expect("it is associated");
            two.session.set_invocation_counter(1);
        }
        two
    }

    fn connect(&mut self) {
        let Some(link) = &mut self.link else { return };
        let mut out = [0; ROOM];
        let len = link.connection.connect(&mut out).expect("there is room");
        let answer = self.send(&out[..len]);
        let link = self.link.as_mut().expect("it has one");
        let Ok(Found::Frame { frame, .. }) = link.framer.next_frame(&answer) else {
            panic!("{answer:02X?} is no UA");
        };
        assert_eq!(link.connection.handle(&frame, &mut link.into), Ok(Event::Connected));
    }

    /// Hands octets to the meter; what it says to them.
    fn send(&mut self, octets: &[u8]) -> Vec<u8> {
        self.meter.handle_input(self.now, octets);
        let mut answer = BytesMut::new();
        // It may wait a moment before it speaks.
        for _ in 0..10 {
            while self.meter.poll_transmit(self.now, &mut answer).is_some() {}
            if !answer.is_empty() {
                break;
            }
            let Some(at) = self.meter.poll_timeout() else { break };
            self.now = self.now.max(at);
            self.meter.handle_timeout(self.now);
        }
        while self.meter.poll_event().is_some() {}
        answer.to_vec()
    }

    /// The meter's answer to a message.
    fn exchange(&mut self, apdu: &[u8]) -> Result<Vec<u8>, String> {
        if self.link.is_some() {
            return self.exchange_frames(apdu);
        }
        let answer = self.send(&wrapped(16, 1, apdu));
        match StreamReassembler::new(0).next_pdu(&answer) {
            Ok(Some((pdu, used))) if used == answer.len() => {
                assert_eq!((pdu.header.source, pdu.header.destination), (1, 16));
                Ok(pdu.apdu.to_vec())
            }
            other => Err(format!("{answer:02X?}: {other:?}")),
        }
    }

    fn exchange_frames(&mut self, apdu: &[u8]) -> Result<Vec<u8>, String> {
        let lsdu = [&[0xE6, 0xE6, 0x00], apdu].concat();
        let link = self.link.as_mut().ok_or("no link")?;
        let mut segments = link.connection.segmenter(&lsdu).map_err(|e| e.to_string())?;
        let mut out = [0; ROOM];
        let mut request = Vec::new();
        while let Some(len) =
            link.connection.next_frame(&mut segments, &mut out).map_err(|e| e.to_string())?
        {
            request.extend_from_slice(&out[..len]);
        }
        let mut inbox = self.send(&request);
        for _ in 0..100 {
            let link = self.link.as_mut().ok_or("no link")?;
            let Ok(Found::Frame { frame, consumed }) = link.framer.next_frame(&inbox) else {
                return Err(format!("{inbox:02X?} is no frame"));
            };
            let event = link.connection.handle(&frame, &mut link.into);
            inbox.drain(..consumed);
            let link = self.link.as_mut().ok_or("no link")?;
            match event.map_err(|error| error.to_string())? {
                Event::Lsdu => {
                    let apdu = link.into.lsdu().get(3..).unwrap_or_default().to_vec();
                    link.into.reset();
                    return Ok(apdu);
                }
                Event::PollRequired => {
                    let len = link.connection.poll(&mut out).map_err(|e| e.to_string())?;
                    let more = self.send(&out[..len]);
                    inbox.extend_from_slice(&more);
                }
                Event::Idle => {}
                other => return Err(format!("{other:?}")),
            }
        }
        Err("there is no end".to_owned())
    }

    /// Sets up the association.
    ///
    /// # Errors
    /// Their words for why there is none.
    pub fn associate(&mut self) -> Result<(), String> {
        let mut out = [0; ROOM];
        let len = self.session.associate_request(&mut out).map_err(|e| e.to_string())?;
        let answer = self.exchange(&out[..len])?;
        let mut step =
            self.session.handle_associate_response(&answer).map_err(|e| e.to_string())?;
        if step == AssociationStep::HlsReplyRequired {
            let len = self.session.hls_reply_request(&mut out).map_err(|e| e.to_string())?;
            let answer = self.exchange(&out[..len])?;
            step = self.session.handle_hls_reply_response(&answer).map_err(|e| e.to_string())?;
        }
        match step {
            AssociationStep::Established => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }

    /// Reads an attribute, in blocks where it is long.
    ///
    /// # Errors
    /// Their words for why there is no value.
    pub fn get(&mut self, named: Named) -> Answer {
        if self.is_short {
            let name = VariableAccess::VariableName(named.0 + 8);
            return self.read(&[name]).and_then(|mut values| values.remove(0));
        }
        let mut out = [0; ROOM];
        let len = self.session.get_request(attribute(named), None, &mut out);
        let mut len = len.map_err(|e| e.to_string())?;
        let (mut room, mut plain) = (vec![0; 16_384], [0; ROOM]);
        let mut blocks = BlockCollector::new(&mut room);
        loop {
            let answer = self.exchange(&out[..len])?;
            let response = self.session.handle_response(&answer, &mut plain);
            match response.map_err(|e| e.to_string())? {
                Response::Data(value) => return Ok(encoded(&value)),
                Response::Block { last, number, data } => {
                    blocks.push(number, data).map_err(|e| e.to_string())?;
                    if last {
                        return Ok(encoded(&blocks.value().map_err(|e| e.to_string())?));
                    }
                    let next = self.session.get_next_block_request(number, &mut out);
                    len = next.map_err(|e| e.to_string())?;
                }
                other => return Err(format!("{other:?}")),
            }
        }
    }

    fn read(&mut self, items: &[VariableAccess<'_>]) -> Result<Vec<Answer>, String> {
        let mut out = [0; ROOM];
        let mut len = self.session.read_request(items, &mut out).map_err(|e| e.to_string())?;
        let (mut room, mut plain) = (vec![0; 16_384], [0; ROOM]);
        let mut blocks = BlockCollector::new(&mut room);
        loop {
            let answer = self.exchange(&out[..len])?;
            let response = self.session.handle_response(&answer, &mut plain);
            let Response::ReadResults(results) = response.map_err(|e| e.to_string())? else {
                return Err(format!("{answer:02X?} is no answer"));
            };
            let mut found = Vec::new();
            let mut acknowledged = None;
            for result in results.iter() {
                match result.map_err(|e| e.to_string())? {
                    ReadResult::Data(value) => found.push(Ok(encoded(&value))),
                    ReadResult::BlockNumber(_) => {
                        return Err("a block of ours is asked for".to_owned());
                    }
                    ReadResult::Error(error) => found.push(Err(format!("{error:?}"))),
                    ReadResult::Block { last_block, block_number, raw_data } => {
                        let number = u32::from(block_number);
                        blocks.push(number, raw_data).map_err(|e| e.to_string())?;
                        if !last_block {
                            acknowledged = Some(block_number);
                            continue;
                        }
                        let value = blocks.value().map_err(|e| e.to_string())?;
                        return Ok(vec![Ok(encoded(&value))]);
                    }
                }
            }
            match acknowledged {
                None => return Ok(found),
                Some(number) => {
                    let next = self.session.read_next_block_request(number, &mut out);
                    len = next.map_err(|e| e.to_string())?;
                }
            }
        }
    }

    /// Reads several attributes at once.
    ///
    /// # Errors
    /// Their words for why there is no list.
    pub fn get_list(&mut self, names: &[Named]) -> Result<Vec<Answer>, String> {
        if self.is_short {
            let items: Vec<_> =
                names.iter().map(|named| VariableAccess::VariableName(named.0 + 8)).collect();
            return self.read(&items);
        }
        let items: Vec<_> = names
            .iter()
            .map(|named| AttributeDescriptorWithSelection {
                descriptor: attribute(*named),
                access: None,
            })
            .collect();
        let (mut out, mut plain) = ([0; ROOM], [0; ROOM]);
        let len =
            self.session.get_request_with_list(&items, &mut out).map_err(|e| e.to_string())?;
        let answer = self.exchange(&out[..len])?;
        match self.session.handle_response(&answer, &mut plain).map_err(|e| e.to_string())? {
            Response::DataList(list) => list
                .iter()
                .map(|item| match item.map_err(|e| e.to_string())? {
                    GetDataResult::Data(value) => Ok(Ok(encoded(&value))),
                    GetDataResult::Error(error) => Ok(Err(format!("{error:?}"))),
                })
                .collect(),
            other => Err(format!("{other:?}")),
        }
    }

    /// Writes octets, in blocks where they are many.
    ///
    /// # Errors
    /// Their words for why not.
    pub fn set(&mut self, named: Named, octets: &[u8]) -> Result<(), String> {
        let value = Data::OctetString(octets);
        let (mut out, mut plain) = ([0; ROOM], [0; ROOM]);
        if self.is_short {
            let name = VariableAccess::VariableName(named.0 + 8);
            let len = self.session.write_request(&[name], &[value], &mut out);
            let answer = self.exchange(&out[..len.map_err(|e| e.to_string())?])?;
            let response = self.session.handle_response(&answer, &mut plain);
            let Response::WriteResults(results) = response.map_err(|e| e.to_string())? else {
                return Err(format!("{answer:02X?} is no answer"));
            };
            return match results.iter().next() {
                Some(Ok(WriteResult::Success)) => Ok(()),
                other => Err(format!("{other:?}")),
            };
        }
        if octets.len() < 400 {
            let len = self.session.set_request(attribute(named), None, value, &mut out);
            let answer = self.exchange(&out[..len.map_err(|e| e.to_string())?])?;
            return self.done(&answer);
        }
        let value = encoded(&value);
        let sender = self.session.set_transfer(attribute(named), None, &value);
        let mut sender = sender.map_err(|e| e.to_string())?;
        loop {
            let len = self.session.next_block_request(&mut sender, &mut out);
            let answer = self.exchange(&out[..len.map_err(|e| e.to_string())?])?;
            let response = self.session.handle_response(&answer, &mut plain);
            match response.map_err(|e| e.to_string())? {
                Response::BlockAccepted { .. } if !sender.is_done() => {}
                Response::Ok if sender.is_done() => return Ok(()),
                other => return Err(format!("{other:?}")),
            }
        }
    }

    /// Calls a method.
    ///
    /// # Errors
    /// Their words for why it was not done.
    pub fn act(&mut self, named: Named, method: i8) -> Result<(), String> {
        let mut out = [0; ROOM];
        let descriptor = MethodDescriptor::new(named.1, obis(named), method);
        let parameter = Some(Data::Integer(0));
        let len = self.session.action_request(descriptor, parameter, &mut out);
        let answer = self.exchange(&out[..len.map_err(|e| e.to_string())?])?;
        self.done(&answer)
    }

    /// Reads, writes and reads in one ACCESS; what the three gave.
    ///
    /// # Errors
    /// Their words for why there is no answer.
    pub fn access(
        &mut self,
        read: Named,
        written: Named,
        octets: &[u8],
    ) -> Result<Vec<Vec<u8>>, String> {
        let (mut out, mut plain) = ([0; ROOM], [0; ROOM]);
        let items = [
            AccessItem::Get { descriptor: attribute(read), access: None },
            AccessItem::Set {
                descriptor: attribute(written),
                access: None,
                value: Data::OctetString(octets),
            },
            AccessItem::Get { descriptor: attribute(written), access: None },
        ];
        let len = self.session.access_request(&items, &mut out).map_err(|e| e.to_string())?;
        let answer = self.exchange(&out[..len])?;
        match self.session.handle_response(&answer, &mut plain).map_err(|e| e.to_string())? {
            Response::Access { data, .. } => data
                .iter()
                .map(|value| value.map(|value| encoded(&value)).map_err(|e| e.to_string()))
                .collect(),
            other => Err(format!("{other:?}")),
        }
    }

    /// Ends the association.
    ///
    /// # Errors
    /// Their words for what came instead.
    pub fn release(&mut self) -> Result<(), String> {
        let mut out = [0; ROOM];
        let len = self.session.release_request(&mut out).map_err(|e| e.to_string())?;
        let answer = self.exchange(&out[..len])?;
        let mut plain = [0; ROOM];
        match self.session.handle_response(&answer, &mut plain).map_err(|e| e.to_string())? {
            Response::Released => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }

    fn done(&mut self, answer: &[u8]) -> Result<(), String> {
        let mut plain = [0; ROOM];
        match self.session.handle_response(answer, &mut plain).map_err(|e| e.to_string())? {
            Response::Ok => Ok(()),
            Response::ActionResult { result, .. } if result.is_success() => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }
}
