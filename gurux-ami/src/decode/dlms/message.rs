//! One message: its fields, what it says, and what is inside of it.

use gurux_dlms::carrier::{Gateway, Llc, Piece};
use gurux_dlms::security::{Key as DlmsKey, SystemTitle};
use gurux_dlms::wire::{
    Apdu, ApduTag, DataNotification, DataRef, GetDataBlockResult, GetDataResult, GetResponse,
    InitiateRequest, List, Unread,
};
use gurux_framing::{
    Direction, Node, Reader, Shown, Tree, TreeValue, Visit, Wire, WireError, WireErrorKind,
};
use serde_json::{Map, Value as Json};

use super::super::{Content, Decoded, Hints, Layer, Meanings, Message, told};
use super::conversation::{Conversation, Joins};
use super::keys::{Opened, Sealed};
use super::meaning::meanings;
use super::public_keys::Signed;
use super::{readings, words};
use crate::capture::spaced_hex;

/// What was read of a message, and of those inside of it.
#[derive(Default)]
pub(super) struct Told {
    pub(super) layers: Vec<String>,
    pub(super) meter: Map<String, Json>,
    pub(super) direction: Option<Direction>,
    pub(super) message: Json,
    pub(super) readings: Vec<Json>,
    pub(super) summary: Option<String>,
    pub(super) notes: Vec<String>,
    pub(super) inner: Vec<Layer>,
    pub(super) error: Option<WireError>,
    /// The message that its carrier holds; where keys are given, the innermost that was opened.
    pub(super) apdu: Option<Vec<u8>>,
}

/// Messages inside of messages.
const MAX_DEPTH: usize = 8;

impl Conversation<'_> {
    /// Reads the message in these octets, which begin at octet `origin`, and gives its octets with
    /// their meaning.
    pub(super) fn message(
        &mut self,
        octets: &[u8],
        origin: usize,
        joins: &mut Joins,
        told: &mut Told,
        depth: usize,
    ) -> Vec<Node> {
        let mut tree = Tree::new();
        let (llc, mut apdu) = Llc::strip(octets);
        if let Some(llc) = llc {
            told.layers.push("llc".to_owned());
            told.direction = Some(match llc {
                Llc::Command => Direction::Request,
                Llc::Response => Direction::Response,
            });
            let [destination, source, quality] = llc.octets();
            tree.enter_group(origin, "LLC");
            let code = |code: u8| Shown::Code { code: code.into(), name: None };
            tree.structure(origin..origin + 1, "destination LSAP", code(destination));
            tree.structure(origin + 1..origin + 2, "source LSAP", code(source));
            tree.structure(origin + 2..origin + 3, "quality", code(quality));
            tree.leave(origin + 3);
        }
        if let Ok(gateway) = Gateway::from_bytes(apdu)
            && !gateway.apdu.is_empty()
        {
            told.layers.push("gateway".to_owned());
            told.direction = Some(match gateway.is_response {
                true => Direction::Response,
                false => Direction::Request,
            });
            told.meter.insert("network".into(), gateway.network.into());
            told.meter.insert("device".into(), crate::capture::to_hex(gateway.address()).into());
            let at = origin + octets.len() - apdu.len();
            let prefix = apdu.len() - gateway.apdu.len();
            tree.enter_group(at, "gateway prefix");
            // It was read before.
            let prefix_only = apdu.get(..prefix).unwrap_or_default();
            let _ = Gateway::explain(prefix_only, at, &mut tree);
            tree.leave(at + prefix);
            apdu = gateway.apdu;
        }
        let at = origin + octets.len() - apdu.len();
        let mut nodes = tree.finish();
        nodes.extend(self.apdu(apdu, at, joins, told, depth));
        nodes
    }

    fn apdu(
        &mut self,
        octets: &[u8],
        origin: usize,
        joins: &mut Joins,
        told: &mut Told,
        depth: usize,
    ) -> Vec<Node> {
        let Some(tag) = octets.first().map(|tag| ApduTag::new(*tag)) else {
            told.summary.get_or_insert("no message behind the LLC".to_owned());
            return Vec::new();
        };
        if tag.name().is_none() && readings::p1(octets, told).is_some() {
            // observed: Sagemcom T210-D-r in Luxembourg and Styria.
            let (at, value) = (origin..origin + octets.len(), TreeValue::Octets(octets.to_vec()));
            return vec![Node::Field { at, name: "P1 telegram", value, structure: false }];
        }
        told.layers.extend(tag.name().map(str::to_owned));
        if let Some(direction) = words::direction(tag) {
            told.direction = Some(direction);
        }
        let mut tree = Tree::new();
        let read = Apdu::<DataRef<'_>>::explain(octets, origin, &mut tree);
        let mut nodes = tree.finish();
        let apdu = match read {
            Ok(apdu) => apdu,
            Err(WireError { kind: WireErrorKind::Trailing { octets: count }, .. })
                if count < octets.len() && depth == 0 && joins.is_framed =>
            {
                // observed: an AARE with one octet behind it that its frame counts.
                let (whole, behind) = octets.split_at(octets.len() - count);
                told.layers.pop();
                let mut nodes = self.apdu(whole, origin, joins, told, depth + 1);
                let at = origin + whole.len()..origin + octets.len();
                let value = TreeValue::Octets(behind.to_vec());
                let name = "behind the message";
                nodes.push(Node::Field { at, name, value, structure: true });
                told.notes.push(format!("behind the message: {}", spaced_hex(behind)));
                return nodes;
            }
            Err(error) => {
                if let Some(found) = self.dialect(octets, origin, error, told) {
                    nodes = found;
                } else {
                    told.error.get_or_insert(error);
                    if joins.is_hdlc && !told.layers.iter().any(|layer| layer == "llc") {
                        told.notes.push(NO_LLC.to_owned());
                    }
                }
                told.message = told::message(&nodes);
                self.keep(octets, told);
                return nodes;
            }
        };
        told.message = told::message(&nodes);
        self.keep(octets, told);
        told.summary = Some(words::summary(&apdu, &self.known.asked));
        if depth < MAX_DEPTH {
            self.inside(&apdu, octets, origin, joins, told, depth);
        }
        nodes
    }

    /// Keeps the message for whoever wants it in XML.
    fn keep(&self, octets: &[u8], told: &mut Told) {
        if told.apdu.is_none() || !self.hints.keys.is_empty() {
            told.apdu = Some(octets.to_vec());
        }
    }

    /// A push whose body is no value of A-XDR.
    fn dialect(
        &mut self,
        octets: &[u8],
        origin: usize,
        error: WireError,
        told: &mut Told,
    ) -> Option<Vec<Node>> {
        let mut tree = Tree::new();
        let push = DataNotification::<Unread<'_>>::explain(octets, origin, &mut tree).ok()?;
        let body = push.notification_body.0;
        if !readings::is_dialect(body) {
            return None;
        }
        self.push(body, push.date_time.date_time(), told);
        told.summary = Some("pushes values".to_owned());
        told.notes.push(format!("a dialect, read by its own layout; by the standard, {error}"));
        Some(tree.finish())
    }

    /// What a message carries, says and leaves behind for those that follow. Its octets begin at
    /// `origin`.
    fn inside(
        &mut self,
        apdu: &Apdu<'_>,
        octets: &[u8],
        origin: usize,
        joins: &mut Joins,
        told: &mut Told,
        depth: usize,
    ) {
        match apdu {
            Apdu::DataNotification(push) => {
                let body = emitted(&push.notification_body);
                self.push(&body, push.date_time.date_time(), told);
            }
            Apdu::EventNotification(event) => {
                let time = event.time.and_then(|time| time.date_time());
                self.known.asked.event(event, time, told);
            }
            Apdu::GetRequest(request) => self.known.asked.ask(request),
            Apdu::GetResponse(GetResponse::Normal { invoke_id_and_priority: id, result }) => {
                let asked = self.known.asked.taken(id.number());
                self.known.asked.answer(&asked, &mut std::iter::once(*result), told);
            }
            Apdu::GetResponse(GetResponse::WithList { invoke_id_and_priority: id, result }) => {
                let asked = self.known.asked.taken(id.number());
                self.known.asked.answer(&asked, &mut result.iter(), told);
            }
            Apdu::GetResponse(GetResponse::WithDatablock {
                invoke_id_and_priority: id,
                result,
            }) => {
                if let GetDataBlockResult::RawData(raw) = result.result {
                    let piece = Piece::of_block(result.block_number, result.last_block, raw);
                    let joined = joins.data.push(piece).map(|whole| whole.map(<[u8]>::to_vec));
                    self.joined_data(id.number(), joined, told);
                }
            }
            Apdu::AccessRequest(request) => self.known.asked.ask_access(request),
            Apdu::AccessResponse(response) => self.known.asked.answer_access(response, told),
            Apdu::ReadResponse(response) => readings::short_names(response, told),
            Apdu::InformationReport(report) => readings::report(report, told),
            Apdu::GeneralBlockTransfer(block) => {
                let count = block.block_number;
                match joins.blocks.push(Piece::from(block)).map(|whole| whole.map(<[u8]>::to_vec)) {
                    Ok(Some(message)) => {
                        told.notes.push(format!("the message is joined from {count} blocks"));
                        self.layer("message, joined from blocks", message, joins, told, depth);
                    }
                    Ok(None) => {}
                    Err(_) => self.misses(told),
                }
            }
            Apdu::Aarq(aarq) => {
                self.known.client =
                    aarq.calling.ap_title.and_then(SystemTitle::new).or(self.known.client);
                (self.known.dedicated, self.known.server) = (None, None);
                self.user_information(aarq.user_information, origin, joins, told, depth);
            }
            Apdu::Aare(aare) => {
                self.known.server =
                    aare.responding.ap_title.and_then(SystemTitle::new).or(self.known.server);
                self.user_information(aare.user_information, origin, joins, told, depth);
            }
            Apdu::Rlrq(rlrq) => {
                self.user_information(rlrq.user_information, origin, joins, told, depth)
            }
            Apdu::Rlre(rlre) => {
                self.user_information(rlre.user_information, origin, joins, told, depth)
            }
            Apdu::InitiateRequest(initiate) => self.initiate(initiate),
            Apdu::GeneralSigning(signing) => {
                let title = SystemTitle::new(signing.header.originator_system_title);
                readings::system_title(title, told);
                match self.signature(octets, signing) {
                    Signed::Proven(note) => told.notes.push(note.to_owned()),
                    Signed::Unknown(note) => told.notes.push(note),
                    Signed::Wrong(note) => {
                        told.notes.push(note.to_owned());
                        let why = WireErrorKind::Expected("the signature of the given key");
                        let at = origin + octets.len() - signing.signature.len();
                        told.error.get_or_insert(WireError::new(at, "signature", why));
                    }
                }
                self.content("signed message", signing.content.to_vec(), joins, told, depth);
            }
            Apdu::GloDed(service) => {
                let sealed = Sealed {
                    octets,
                    control: service.body.control,
                    title: None,
                    general: None,
                    is_dedicated: service.tag.is_dedicated(),
                };
                self.sealed(&sealed, origin, joins, told, depth);
            }
            Apdu::GeneralGloDed(general) => {
                let sealed = Sealed {
                    octets,
                    control: general.body.control,
                    title: SystemTitle::new(general.system_title),
                    general: None,
                    is_dedicated: general.is_dedicated,
                };
                self.sealed(&sealed, origin, joins, told, depth);
            }
            Apdu::GeneralCiphering(general) => {
                let sealed = Sealed {
                    octets,
                    control: general.body.control,
                    title: SystemTitle::new(general.header.originator_system_title),
                    general: Some((general.header, general.key_info)),
                    is_dedicated: false,
                };
                self.sealed(&sealed, origin, joins, told, depth);
            }
            _ => {}
        }
    }

    /// A message that is ciphered, opened if it can be.
    fn sealed(
        &mut self,
        sealed: &Sealed<'_>,
        origin: usize,
        joins: &mut Joins,
        told: &mut Told,
        depth: usize,
    ) {
        readings::system_title(sealed.title, told);
        let (opened, note) = self.open(sealed, told.direction);
        told.notes.push(note);
        match opened {
            Opened::Text(text) if sealed.control.is_compressed() => {
                told.notes.push("compressed (V.44): it is not unpacked here".to_owned());
                let nodes = Vec::new();
                let meanings = Meanings::default();
                told.inner.push(Layer { name: "opened text", octets: text, nodes, meanings });
            }
            Opened::Text(text) => self.content("opened message", text, joins, told, depth),
            Opened::Closed => {}
            Opened::Failed => {
                let why = WireErrorKind::Keys;
                told.error.get_or_insert(WireError::new(origin, "ciphered text", why));
            }
        }
    }

    /// A block came without those before it.
    fn misses(&mut self, told: &mut Told) {
        self.known.lost += 1;
        told.notes.push(MISSING.to_owned());
    }

    /// What was signed or ciphered: a message, or octets of which nothing is known here.
    fn content(
        &mut self,
        name: &'static str,
        octets: Vec<u8>,
        joins: &mut Joins,
        told: &mut Told,
        depth: usize,
    ) {
        let (_, apdu) = Llc::strip(&octets);
        let tag = apdu.first().map(|tag| ApduTag::new(*tag));
        let is_known =
            tag.is_none_or(|tag| tag.name().is_some() || matches!(tag.code(), 0xE6 | 0xE7));
        if is_known || readings::is_p1(&octets) {
            return self.layer(name, octets, joins, told, depth);
        }
        told.notes.push(format!("the {name} is no message of DLMS: {} octets", octets.len()));
        let (nodes, meanings) = (Vec::new(), Meanings::default());
        told.inner.push(Layer { name, octets, nodes, meanings });
    }

    /// What the application says with an association: it may be ciphered.
    fn user_information(
        &mut self,
        octets: Option<&[u8]>,
        origin: usize,
        joins: &mut Joins,
        told: &mut Told,
        depth: usize,
    ) {
        let Some(octets) = octets else { return };
        match Apdu::<DataRef<'_>>::from_bytes(octets) {
            Ok(Apdu::InitiateRequest(initiate)) => self.initiate(&initiate),
            Ok(apdu @ (Apdu::GloDed(_) | Apdu::GeneralGloDed(_) | Apdu::GeneralCiphering(_))) => {
                let (message, summary) = (told.message.clone(), told.summary.clone());
                let (layers, apdu_of) = (told.layers.clone(), told.apdu.clone());
                let direction = told.direction;
                self.inside(&apdu, octets, origin, joins, told, depth + 1);
                // The association is what is told; what was opened is a layer of it.
                (told.message, told.summary) = (message, summary);
                (told.layers, told.apdu, told.direction) = (layers, apdu_of, direction);
            }
            _ => {}
        }
    }

    fn initiate(&mut self, initiate: &InitiateRequest<'_>) {
        let key = initiate.dedicated_key.and_then(|key| DlmsKey::from_octets(key).ok());
        self.known.dedicated = key.or(self.known.dedicated.take());
    }

    /// The blocks of an answer to GET, joined.
    fn joined_data(&mut self, id: u8, joined: Result<Option<Vec<u8>>, WireError>, told: &mut Told) {
        let octets = match joined {
            Ok(None) => return,
            Ok(Some(octets)) => octets,
            Err(_) => return self.misses(told),
        };
        told.notes.push(format!("the value is joined from blocks: {} octets", octets.len()));
        let asked = self.known.asked.taken(id);
        let mut tree = Tree::new();
        let error = if asked.len() > 1 {
            let mut reader = Reader::explaining(&octets, 0, &mut tree);
            let read = List::<'_, GetDataResult<DataRef<'_>>>::read(&mut reader);
            read.map(|results| self.known.asked.answer(&asked, &mut results.iter(), told)).err()
        } else {
            let read = DataRef::explain(&octets, 0, &mut tree);
            let answer = |value| std::iter::once(GetDataResult::Data(value));
            read.map(|value| self.known.asked.answer(&asked, &mut answer(value), told)).err()
        };
        let nodes = tree.finish();
        if let Json::Object(message) = &mut told.message {
            message.insert("data".into(), told::message(&nodes));
        }
        if let Some(error) = error {
            told.notes.push("the octet of the error is counted in the value, joined".to_owned());
            told.error.get_or_insert(error);
        }
        let meanings = meanings(&nodes);
        told.inner.push(Layer { name: "value, joined", octets, nodes, meanings });
    }
}

const NO_LLC: &str = "no LLC before it: it may be the end of a message whose beginning is missing";
const MISSING: &str = "a block before it is missing: what they make together cannot be read";

/// A value of A-XDR by itself.
pub(super) fn value_alone(octets: &[u8], offset: usize, hints: Hints<'_>) -> Decoded {
    let mut tree = Tree::new();
    let read = DataRef::explain(octets, offset, &mut tree);
    let nodes = tree.finish();
    let mut told = Told::default();
    let mut error = None;
    match read {
        Ok(value) => readings::body(octets, None, hints.layouts, &mut told).unwrap_or_else(|| {
            told.summary = Some(words::value(&value));
        }),
        Err(why) if readings::body(octets, None, hints.layouts, &mut told).is_some() => {
            told.notes.push(format!("a dialect, read by its own layout; by the standard, {why}"));
        }
        Err(why) => error = Some(why),
    }
    let message = told::message(&nodes);
    let meter = Json::Object(told.meter);
    let members =
        Message::members_with(&["axdr".to_owned()], &meter, None, &message, &told.readings);
    let meanings = meanings(&nodes);
    Decoded {
        offset,
        octets: octets.to_vec(),
        content: Content::Message(Box::new(Message {
            protocol: "dlms",
            direction: None,
            members,
            summary: told.summary,
            notes: told.notes,
            nodes,
            meanings,
            error,
            readable: 0,
            inner: Vec::new(),
            apdu: None,
        })),
    }
}

/// The octets of a part of a message.
pub(super) fn emitted<'a>(part: &impl Wire<'a>) -> Vec<u8> {
    let mut octets = Vec::with_capacity(part.wire_len());
    part.emit(&mut octets);
    octets
}
