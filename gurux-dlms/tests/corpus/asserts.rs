//! What a source asserts, key by key, in its own words.

use gurux_dlms::carrier::Llc;
use gurux_dlms::wire::{Apdu, ConformanceForm, DataRef};
use gurux_framing::Wire;
use gurux_framing::hdlc::{Command, HdlcFrame};
use serde_json::Value as Json;

use crate::capture::Capture;
use crate::{opened, readings, said};
use gurux_corpus::Ledger;

/// Keys that state nothing of the octets: where they were heard, by whom and of which meter, how the
/// source files them, which classes of its own language it makes of them, and why something happened.
const SILENT: [&str; 13] = [
    "capture",
    "cause",
    "country",
    "decoded['meter_manufacturer']",
    "grid",
    "meter",
    "type decoded",
    "type parsed_notification_body",
    "type parsed_notification_body.list_items",
    "type rtc",
    "worked_example",
    "decoded_by_source.list_type",
    "decoded_by_source.meter_type",
];

/// Does this key state nothing?
pub(crate) fn is_silent(key: &str) -> bool {
    SILENT.contains(&key)
}

/// What the assertions are compared with.
pub(crate) struct Known<'a> {
    pub(crate) entry: &'a Json,
    pub(crate) capture: &'a Capture,
    /// The messages; of a capture that is refused, what can be read of one.
    pub(crate) messages: Vec<Vec<u8>>,
    /// The first message, opened where there is a key.
    pub(crate) text: Vec<u8>,
    /// What is said of each.
    said: Vec<Json>,
    /// What is said of the text.
    clear: Json,
    frame: Option<HdlcFrame<'a>>,
}

/// Compares each of them.
pub(crate) fn facts(ledger: &mut Ledger, entry: &Json, capture: &Capture) {
    let mut messages = capture.messages.clone();
    if messages.is_empty() {
        messages.extend(glimpse(&capture.octets));
    }
    let first = messages.first().cloned().unwrap_or_default();
    let text = opened::message(&first, &entry["keys"]).unwrap_or(first);
    let said = messages.iter().map(|message| said::apdu(message).unwrap_or_default()).collect();
    let clear = said::apdu(&text).unwrap_or_default();
    let frame = capture.hdlc_frames().first().copied();
    let known = Known { entry, capture, messages, text, said, clear, frame };
    for (key, expected) in entry["expect"]["asserts"].as_object().into_iter().flatten() {
        let mut own = Ledger::default();
        known.fact(&mut own, key, expected);
        own.disagreements.iter_mut().for_each(|found| *found = format!("asserts.{found}"));
        ledger.add(own);
    }
}

/// The message behind the first LLC or header of a push, however far it goes.
fn glimpse(octets: &[u8]) -> Option<Vec<u8>> {
    let place = |(at, window): (usize, &[u8])| match window {
        [0xE6, 0xE6 | 0xE7, 0x00, ..] => Some(at + 3),
        [_, 0x01, 0x67, 0xDB] => Some(at + 3),
        _ => None,
    };
    let start = octets.windows(4).enumerate().find_map(place)?;
    let message = octets.get(start..)?;
    let len = Apdu::<DataRef<'_>>::parse(message)
        .map_or(message.len(), |(behind, _)| message.len() - behind.len());
    message.get(..len).map(<[u8]>::to_vec)
}

impl Known<'_> {
    fn fact(&self, ledger: &mut Ledger, key: &str, expected: &Json) {
        let said = self.said.first().unwrap_or(&Json::Null);
        let clear = &self.clear;
        let of = if clear["attribute"].is_null() { &clear["method"] } else { &clear["attribute"] };
        let frame = self.capture.frames.first().map_or(&Json::Null, |frame| &frame.said);
        let params = &frame["params"];
        let initiate =
            if said["user_information"].is_null() { said } else { &said["user_information"] };
        let mut same = |found: &Json| ledger.same(key, expected, found.clone());
        match key {
            _ if is_silent(key) => ledger.driver(),
            "apdu" => same(&said["apdu"]),
            "context" | "result" => same(&said[key]),
            // The lowest level has no name.
            "mechanism" if expected == 0 => same(&said.get(key).cloned().unwrap_or(0.into())),
            "mechanism" => same(&said[key]),
            "max_pdu" | "server_max_pdu" => same(&initiate["max_pdu"]),
            "long_invoke_id" => same(&clear[key]),
            "deviation_min" => same(&clear["date_time"][key]),
            "octets" => same(&clear["data"]["octet-string"]),
            "empty" => ledger.same(key, expected, self.text.len() == 2),
            "plaintext" => ledger.same(key, expected, said::hex(&self.text)),
            "max_info_tx" | "max_info_rx" | "window_tx" | "window_rx" => same(&params[key]),
            "double-long" | "integer" | "long" | "visible-string" => {
                let value = DataRef::from_bytes(&self.capture.octets).map(said::value);
                same(&value.unwrap_or_default()[key]);
            }
            "class" | "obis" | "attribute" | "method" if self.has_short_names() => {
                ledger.driver();
            }
            "attribute" if self.entry["layer"] == "axdr" => ledger.driver(),
            "class" | "obis" => same(&of[key]),
            "attribute" | "method" => same(&of["index"]),
            "selector" => same(&clear["list"][0][key]),
            "type" if self.entry["layer"] == "axdr" => {
                let value = DataRef::from_bytes(&self.capture.octets).map(said::value);
                let name = value.unwrap_or_default();
                let name = name.as_object().and_then(|value| value.keys().next().cloned());
                ledger.same(key, expected, name);
            }
            "type" => same(&frame["control"]["type"]),
            "kind" => {
                let access = if of["selector"].is_null() { "" } else { " with access selection" };
                let [apdu, kind] = ["apdu", "kind"].map(|key| clear[key].as_str().unwrap_or("?"));
                ledger.same(key, expected, format!("{apdu}-{kind}{access}"));
            }
            "destination" => {
                let found: Json = ["upper", "lower"].map(|half| frame["dst"][half].clone()).into();
                same(&found);
            }
            "server_address" => {
                let dst = &frame["dst"];
                let [upper, lower] = ["upper", "lower"].map(|half| dst[half].as_u64().unwrap_or(0));
                ledger.same(key, expected, upper << 14 | lower);
            }
            "fcs" => {
                let octets = self.capture.frames.first().map(|frame| &frame.octets[..]);
                let found = octets.and_then(|octets| octets.last_chunk::<2>());
                ledger.same(key, expected, found.map(|sum| said::hex(sum)));
            }
            "security" => {
                let [a, e] = [("authenticated", "a"), ("encrypted", "e")]
                    .map(|(flag, letter)| if said[flag] == true { letter } else { "" });
                ledger.same(key, expected, format!("{a}{e}"));
            }
            "user_information" => {
                let inner = &said["user_information"];
                let only = inner["encrypted"] == true && inner["authenticated"] == false;
                let apdu = inner["apdu"].as_str().unwrap_or("?");
                let how = if only { "encrypted only" } else { "otherwise" };
                ledger.same(key, expected, format!("{apdu}, {how}"));
            }
            // The last piece of a message does not say.
            "encrypted" if self.messages.is_empty() && !self.capture.orphans.is_empty() => {
                ledger.driver();
            }
            "encrypted" => ledger.same(key, expected, self.is_encrypted()),
            "dir" => self.direction(ledger, self.frame, expected),
            "frames" => self.session(ledger, expected),
            "note" => self.note(ledger, expected),
            "quirk" => self.quirk(ledger, expected),
            "block_lengths" => {
                let lengths = expected.as_array().into_iter().flatten().filter_map(Json::as_u64);
                ledger.check(
                    key,
                    usize::try_from(lengths.sum::<u64>()) == Ok(self.capture.octets.len()),
                    expected,
                    self.capture.octets.len(),
                );
            }
            "datablocks" => {
                let lengths = self.entry["expect"]["asserts"]["block_lengths"].as_array();
                ledger.same(key, expected, lengths.map(Vec::len));
            }
            "len(frames)" => ledger.same(key, expected, self.capture.frames.len()),
            "frames[0].is_expected_length" | "frames[0].is_good_ffc" => {
                ledger.same(key, expected, self.capture.noise.is_empty());
            }
            "Application context name" => {
                let ciphered = self.any(|said| said["context"] == 3);
                ledger.check(key, expected == "LN With Ciphering" && ciphered, expected, ciphered);
            }
            "COSEM authentication mechanism" => {
                let gmac = self.any(|said| said["mechanism"] == 5);
                let agrees = expected == "High level security GMAC" && gmac;
                ledger.check(key, agrees, expected, gmac);
            }
            "Security applied" => {
                let both =
                    self.any(|said| said["authenticated"] == true && said["encrypted"] == true);
                let agrees = expected == "Authentication & Encryption" && both;
                ledger.check(key, agrees, expected, both);
            }
            "Client Address" => {
                let frames = &self.capture.frames;
                let clients = frames.iter().filter_map(|frame| frame.said["src"]["upper"].as_u64());
                let mut said =
                    clients.map(|client| format!("{client:02}(Management Client {client})"));
                let is_one = said.any(|said| *expected == *said);
                ledger.check(key, is_one, expected, "no frame of this client");
            }
            _ => self.python(ledger, key, expected),
        }
    }

    /// What the objects of a program in Python are called.
    fn python(&self, ledger: &mut Ledger, key: &str, expected: &Json) {
        let said = self.said.first().unwrap_or(&Json::Null);
        let inner = &said["user_information"];
        // A name of an enumeration, the code of which is 0.
        let is_zero = |code: &Json, names: &[&str]| {
            let name = expected.as_str().and_then(|name| name.rsplit('.').next());
            code == 0 && name.is_some_and(|name| names.contains(&name))
        };
        match key {
            "aarq.ciphered" | "aare.ciphered" => {
                ledger.same(key, expected, inner["apdu"].as_str().map(|name| name.contains("glo")));
            }
            "aarq.authentication" => {
                let found = if said["mechanism"].is_null() { Json::Null } else { true.into() };
                ledger.same(key, expected, found);
            }
            "aarq.user_information" => ledger.same(key, expected, !inner.is_null()),
            "rlre.user_information" => ledger.same(key, expected, inner.clone()),
            "aare.result" => {
                let found = &said["result"];
                ledger.check(key, is_zero(found, &["ACCEPTED"]), expected, found);
            }
            "aare.result_source_diagnostics" => {
                let found = &said["diagnostic"]["value"];
                ledger.check(key, is_zero(found, &["NULL"]), expected, found);
            }
            "rlre.reason" => {
                let found = &said["reason"];
                ledger.check(key, is_zero(found, &["NORMAL"]), expected, found);
            }
            "apdu.block_number" | "get.block_number" => {
                ledger.same(key, expected, said["block"]["number"].clone());
            }
            "ir.negotiated_quality_of_service" => {
                ledger.same(key, expected, said["quality_of_service"].clone());
            }
            "type apdu" | "type response" | "type action" => class(ledger, key, expected, said),
            // The key is not among what is published.
            "type unportected_apdu" if self.entry["keys"].is_null() => ledger.driver(),
            "type unportected_apdu" => class(ledger, key, expected, &self.clear),
            "type aarq.user_information.content" | "type rlre.user_information.content" => {
                class(ledger, key, expected, inner);
            }
            _ => match key.strip_prefix("message.wrapper_header.") {
                Some(field) => self.shorn_header(ledger, key, field, expected),
                None => readings::fact(ledger, self, key, expected),
            },
        }
    }

    /// A wrapper that is not among the octets of the entry: its length is theirs.
    fn shorn_header(&self, ledger: &mut Ledger, key: &str, field: &str, expected: &Json) {
        match field {
            "length" => ledger.same(key, expected, self.capture.octets.len()),
            _ => ledger.driver(),
        }
    }

    fn any(&self, fits: impl Fn(&Json) -> bool) -> bool {
        self.said.iter().any(fits)
    }

    /// Is the class or the name of an object not in the message, but an address by which it goes?
    fn has_short_names(&self) -> bool {
        self.clear["apdu"] == "read-request" || self.clear["apdu"] == "write-request"
    }

    /// Is there a message that nobody can read without a key?
    ///
    /// The header of a ciphered message may stand in front of a text that its reader has deciphered.
    fn is_encrypted(&self) -> bool {
        self.messages.iter().any(|message| {
            let Some([0xDB | 0xDC, len, rest @ ..]) = message.get(..) else { return false };
            let text = rest.get(usize::from(*len)..).and_then(|rest| match rest {
                [0x82, _, _, rest @ ..] | [0x81, _, rest @ ..] | [_, rest @ ..] => rest.get(5..),
                [] => None,
            });
            text.is_none_or(|text| text.first() != Some(&0x0F))
        })
    }

    /// Who sends a frame: told by what is said, by the LLC, or by the wider address, a meter's.
    fn direction(&self, ledger: &mut Ledger, frame: Option<HdlcFrame<'_>>, expected: &Json) {
        let Some(frame) = frame else { return ledger.disagree("dir", "there is no frame") };
        let (to, from) = (frame.destination.len(), frame.source.len());
        let found = match (frame.control.command(), Llc::strip(frame.information()).0) {
            (Command::Snrm | Command::Disc, _) | (_, Some(Llc::Command)) => "tx",
            (Command::Ua | Command::Dm | Command::Frmr, _) | (_, Some(Llc::Response)) => "rx",
            _ if to > from => "tx",
            _ if to < from => "rx",
            _ => return ledger.driver(),
        };
        ledger.same("dir", expected, found);
    }

    /// A conversation: its frames are the octets, one behind the other.
    fn session(&self, ledger: &mut Ledger, expected: &Json) {
        let frames = expected.as_array().map_or(&[][..], Vec::as_slice);
        let whole: String = frames.iter().filter_map(|frame| frame["hex"].as_str()).collect();
        ledger.check("frames", whole == said::hex(&self.capture.octets), "the octets", &whole);
        for frame in frames {
            ledger.unknown_keys("frame", frame, &["dir", "hex"]);
            let octets = said::octets(&frame["hex"]);
            let bare = octets.get(1..octets.len().saturating_sub(1)).unwrap_or_default();
            // The sum of one of them is wrong, which the frames say; what it says of itself stands.
            self.direction(ledger, HdlcFrame::open_proven(bare).ok(), &frame["dir"]);
        }
    }

    fn note(&self, ledger: &mut Ledger, expected: &Json) {
        let sent = "1024 octets: segmented or blocked by the client's limits";
        match expected.as_str() {
            Some("no parameters") => {
                ledger.same("note", &Json::Null, self.clear["parameters"].clone());
            }
            Some(text) if text == sent => {
                let value = if self.clear["value"].is_null() {
                    &self.clear["data"][0]
                } else {
                    &self.clear["value"]
                };
                let len = value["octet-string"].as_str().map(|octets| octets.len() / 2);
                ledger.same("note", &1024.into(), len);
            }
            _ => ledger.disagree("note", "nobody compares this"),
        }
    }

    fn quirk(&self, ledger: &mut Ledger, expected: &Json) {
        let text = expected.as_str().unwrap_or_default();
        let frames = self.capture.hdlc_frames();
        let first = frames.first();
        let found = if text.starts_with("three segmented UI frames") {
            let said = frames.iter().map(|frame| (frame.control.octet(), frame.is_segmented));
            said.eq([(0x03, true), (0x03, true), (0x13, false)])
        } else if text.starts_with("conformance tag 5F without 1F") {
            self.messages.first().is_some_and(|message| {
                let short = format!("{:?}", ConformanceForm::Short);
                let of = |octets| format!("{:?}", Apdu::<DataRef<'_>>::from_bytes(octets));
                let inner = match Apdu::<DataRef<'_>>::from_bytes(message) {
                    Ok(Apdu::Aarq(aarq)) => aarq.user_information.map(of),
                    Ok(Apdu::Aare(aare)) => aare.user_information.map(of),
                    _ => None,
                };
                inner.is_some_and(|inner| inner.contains(&format!("form: {short}")))
            })
        } else if text.starts_with("0x7E inside the FCS field") {
            let octets = self.capture.frames.first().map(|frame| &frame.octets[..]);
            octets
                .and_then(|octets| octets.last_chunk::<2>())
                .is_some_and(|sum| sum.contains(&0x7E))
        } else if text.starts_with("1-byte destination, 2-byte source") {
            first.is_some_and(|frame| (frame.destination.len(), frame.source.len()) == (1, 2))
        } else if text.starts_with("an optical head echoes") {
            first.is_some_and(|frame| frame.control.command() == Command::Snrm)
        } else {
            false
        };
        ledger.check("quirk", found, expected, found);
    }
}

/// The name of a message in the words of one program.
fn class(ledger: &mut Ledger, key: &str, expected: &Json, said: &Json) {
    let name = match (said["apdu"].as_str(), said["kind"].as_str()) {
        (Some("get-request"), Some("normal")) => "GetRequestNormal",
        (Some("get-response"), Some("normal")) if said["data"].is_null() => {
            "GetResponseNormalWithError"
        }
        (Some("get-response"), Some("with-list")) => "GetResponseWithList",
        (Some("get-response"), _) if said["block"]["last"] == true => "GetResponseLastBlock",
        (Some("get-response"), _) if said["block"]["last"] == false => "GetResponseWithBlock",
        (Some("action-response"), Some("normal")) if !said["return"]["data"].is_null() => {
            "ActionResponseNormalWithData"
        }
        (Some("general-glo-ciphering"), _) => "GeneralGlobalCipher",
        (Some("glo-initiate-response"), _) => "GlobalCipherInitiateResponse",
        (Some("initiate-request"), _) => "InitiateRequest",
        (Some("data-notification"), _) => "DataNotification",
        _ => "?",
    };
    let own = expected.as_str().unwrap_or_default();
    ledger.check(key, own.trim_start_matches("xdlms.") == name, own, name);
}
