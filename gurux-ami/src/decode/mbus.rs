//! M-Bus: frames of a wire, radio telegrams with and without check sums, and what receivers make of
//! them.

use std::cell::RefCell;

use gurux_framing::receiver::{Detecting, ROOM_LEN, Receiver, Reception};
use gurux_framing::rule::RuleDeframer;
use gurux_framing::rules::ft12;
use gurux_framing::wireless::{FrameFormat, MAX_TELEGRAM_LEN};
use gurux_framing::{Direction, Node, Piece, Reader, Tree, Wire, WireError, WireErrorKind, pieces};
use gurux_mbus::json;
use gurux_mbus::session::FormatMemory;
use gurux_mbus::table::lookup_device_type;
use gurux_mbus::wire::{
    Body, CField, CiField, CompactFrame, FormatFrame, Header, MeterAddress, RecordItem, Records,
    Telegram, Tpl,
};
use serde_json::json;

use super::meaning::Meanings;
use super::{Content, Decoded, Hints, Message, security};

mod fragments;
mod inside;
mod search;
mod summary;

pub(crate) use fragments::Fragments;
use inside::{Inside, Placed};
pub(super) use search::{is_one_wireless, resembles_wireless, wireless};
use summary::{body_note, status_note, summary};

/// Does it begin like a frame of a wire, be it cut short?
pub(super) fn resembles_wired(octets: &[u8]) -> bool {
    match octets {
        // One of the two may be spoilt.
        [0x68, _, _, 0x68, ..] => true,
        [0x68, first, second] => first == second,
        [0x10, control, ..] if octets.len() < SHORT_FRAME_LEN => CField(*control).name().is_some(),
        [0x10, _, _, _, 0x16] => true,
        _ => false,
    }
}

/// Octets of a short frame.
const SHORT_FRAME_LEN: usize = 5;

/// Frames of a wire.
pub(super) fn wired(octets: &[u8], hints: Hints<'_>) -> Vec<Decoded> {
    let decoded: Vec<Decoded> = pieces(RuleDeframer::new(ft12::MBUS), octets)
        .map(|piece| match piece {
            Piece::Frame { offset, frame } => Decoded {
                offset,
                octets: frame.to_vec(),
                content: Content::Message(Box::new(Wired { octets, offset, frame }.message(hints))),
            },
            Piece::Noise { offset, octets, why } => Decoded::noise(offset, octets, why),
        })
        .collect();
    // One octet proves nothing: E5 in what is otherwise noise is noise too.
    let is_single = |piece: &Decoded| piece.octets.len() == 1;
    let is_noise = |piece: &Decoded| matches!(piece.content, Content::Noise { .. });
    if decoded.iter().any(is_noise) && decoded.iter().all(|p| is_noise(p) || is_single(p)) {
        let why = decoded.iter().find_map(|piece| match piece.content {
            Content::Noise { what, .. } => Some(what),
            Content::Message(_) => None,
        });
        return why.map(|why| Decoded::noise(0, octets, why)).into_iter().collect();
    }
    decoded
}

/// A frame of a wire in its capture.
struct Wired<'b> {
    octets: &'b [u8],
    offset: usize,
    frame: &'b [u8],
}

impl Wired<'_> {
    fn message(&self, hints: Hints<'_>) -> Message {
        let telegram = match Telegram::from_wired(self.frame) {
            Ok(telegram) => telegram,
            Err(error) => return broken(&["ft12"], None, error.at(self.offset)),
        };
        let mut room = security::room();
        let mut full = security::room();
        let opened = security::open(&telegram, hints.keys, &mut room);
        let opened = expanded(&telegram, opened, hints.formats, &mut full);
        let mut tree = Tree::new();
        let mut meanings = Meanings::default();
        if hints.annotate {
            let visitor = meanings.of(telegram, &mut tree);
            let inside = Inside::new(&telegram, visitor, self.offset);
            let rest = self.octets.get(self.offset..).unwrap_or_default();
            let frame = rest.get(..self.frame.len()).unwrap_or_default();
            let mut reader = Reader::explaining(frame, self.offset, inside);
            // It was read before.
            let _ = Telegram::read_wired(&mut reader);
        }
        let direction = match telegram.control() {
            Some(control) => control.direction(),
            None => Direction::Response,
        };
        let place = |offset: usize| self.offset.saturating_add(offset);
        let nodes = (tree.finish(), meanings);
        message("ft12", &telegram, opened, Some(direction), nodes, place, hints)
    }
}

/// What receivers hand on.
pub(super) fn receiver(octets: &[u8], hints: Hints<'_>) -> Vec<Decoded> {
    let mut found = pieces(Detecting::new(), octets);
    let mut decoded = Vec::new();
    while let Some(piece) = found.next() {
        decoded.push(match piece {
            Piece::Noise { offset, octets, why } => Decoded::noise(offset, octets, why),
            Piece::Frame { offset, frame } => {
                let receiver = found.deframer();
                let mut room = [0; ROOM_LEN];
                match receiver.open(frame, &mut room) {
                    Err(error) => Decoded::noise(offset, frame, error.at(offset)),
                    Ok(reception) => {
                        let notes = said(receiver.name(), &reception);
                        let (format, octets) = (reception.format, reception.octets);
                        // Where its octets stand in the line is not told: they count from their L.
                        let mut message = radio(format, octets, 0, hints, notes);
                        if reception.crc_ok == Some(false) {
                            message.doubt(offset);
                        }
                        Decoded {
                            offset,
                            octets: frame.to_vec(),
                            content: Content::Message(Box::new(message)),
                        }
                    }
                }
            }
        });
    }
    // Digits alone, and octets alone, need no receiver.
    match found.deframer().name() {
        Some("hex lines" | "transparent") | None => {
            let why = WireErrorKind::Expected("a telegram in the form of a receiver");
            vec![Decoded::noise(0, octets, WireError::new(0, "reception", why))]
        }
        Some(_) => decoded,
    }
}

/// Is this a line of text that a receiver writes?
pub(crate) fn is_reception(line: &str) -> bool {
    let mut found = pieces(Detecting::new(), line.as_bytes());
    let is_frame = found.any(|piece| matches!(piece, Piece::Frame { .. }));
    is_frame && matches!(found.deframer().name(), Some("rtl_wmbus" | "CUL"))
}

/// What a meter meters, in a word or two.
pub(crate) fn medium(meter: &MeterAddress) -> String {
    match lookup_device_type(meter.manufacturer, meter.device_type) {
        Some(name) => name.split_once(" (").map_or(name, |(first, _)| first).to_owned(),
        None => meter.device_type.to_string(),
    }
}

/// What the receiver said besides.
fn said(receiver: Option<&str>, reception: &Reception<'_>) -> Vec<String> {
    let mut notes: Vec<String> =
        receiver.map(|name| format!("received by {name}")).into_iter().collect();
    notes.extend(reception.mode.map(|mode| format!("mode {mode}")));
    if let Some(rssi) = reception.rssi {
        notes.push(match rssi.dbm {
            Some(dbm) => format!("{dbm} dBm"),
            None => format!("signal strength {}", rssi.raw),
        });
    }
    if let Some(gurux_framing::receiver::Time::Text(time)) = reception.time {
        notes.push(format!("at {time}"));
    }
    notes
}

/// A radio telegram whose first octet is octet `origin` of the capture.
fn radio(
    format: FrameFormat,
    frame: &[u8],
    origin: usize,
    hints: Hints<'_>,
    mut notes: Vec<String>,
) -> Message {
    let layer = match format {
        FrameFormat::A => "wireless-a",
        FrameFormat::B => "wireless-b",
        FrameFormat::NoCrc => "wireless",
    };
    let place = |offset: usize| origin.saturating_add(format.offset_in_frame(offset));
    let mut room = [0; MAX_TELEGRAM_LEN];
    let octets = match format.strip(frame, &mut room) {
        Ok(octets) => octets.to_vec(),
        Err(error) => {
            // The first block may still tell who sent it.
            let head = format.salvage(frame, &mut room).ok().map(|found| found.telegram.to_vec());
            let meter = head.and_then(|head| {
                let address = <[u8; 8]>::try_from(head.get(2..10)?).ok()?;
                MeterAddress::read_link_order(&mut Reader::new(&address)).ok()
            });
            return broken(&[layer], meter, error.at(origin));
        }
    };
    let telegram = match Telegram::from_wireless(&octets) {
        Ok(telegram) => telegram,
        Err(error) => {
            let error = WireError { offset: place(error.offset), ..error };
            return broken(&[layer], None, error);
        }
    };
    let mut opened_room = security::room();
    let mut full = security::room();
    let mut opened = security::open(&telegram, hints.keys, &mut opened_room);
    let whole = opened.fragment.zip(hints.fragments);
    let whole =
        whole.and_then(|(fragment, known)| Some((fragment, known.borrow_mut().whole(&fragment)?)));
    let mut whole_room = Vec::new();
    if let Some((last, assembly)) = &whole
        && let Ok(message) = assembly.message(last)
    {
        whole_room.resize(message.payload.len() + security::room().len(), 0);
        opened = security::open(&message, hints.keys, &mut whole_room);
        opened.telegram = opened.telegram.or(Some(message));
        opened.notes.insert(0, "the last fragment of a message, which is whole".to_owned());
    }
    let opened = expanded(&telegram, opened, hints.formats, &mut full);
    let mut tree = Tree::new();
    let mut meanings = Meanings::default();
    if hints.annotate {
        // It was checked before.
        let _ = format.explain(frame, origin, &mut tree);
        let visitor = meanings.of(telegram, &mut tree);
        let placed = Placed { visitor, place };
        let inside = Inside::new(&telegram, placed, 0);
        let mut reader = Reader::explaining(&octets, 0, inside);
        let _ = Telegram::read_wireless(&mut reader);
    }
    let nodes = (tree.finish(), meanings);
    let direction = telegram.control().map(CField::direction);
    let mut message = message(layer, &telegram, opened, direction, nodes, place, hints);
    notes.append(&mut message.notes);
    Message { notes, ..message }
}

/// The telegram with all of its records, where they came without what they are.
fn expanded<'b>(
    telegram: &Telegram<'b>,
    mut opened: security::Opened<'b>,
    formats: Option<&RefCell<FormatMemory>>,
    room: &'b mut [u8],
) -> security::Opened<'b> {
    let clear = opened.telegram.unwrap_or(*telegram);
    let (Some(formats), Some(tpl)) = (formats, clear.tpl) else { return opened };
    // What says nothing of its meter is of one that is like no other.
    let meter = clear.meter().unwrap_or(MeterAddress::from_octets([0; 8]));
    let mut formats = formats.borrow_mut();
    match clear.body() {
        Body::Records(payload) if opened.failure.is_none() => _ = formats.learn(meter, payload),
        Body::FormatFrame(payload) => match FormatFrame::from_bytes(payload) {
            Ok(frame) => _ = formats.learn_format(meter, &frame),
            Err(error) => opened.notes.push(format!("its format is not learnt: {error}")),
        },
        Body::CompactFrame(payload) => {
            let ci = match tpl.header() {
                Header::None => CiField::VARIABLE_DATA,
                Header::Short(_) => CiField::VARIABLE_DATA_SHORT,
                Header::Long(..) => CiField::VARIABLE_DATA_LONG,
            };
            match (records_of(&mut formats, meter, payload, room), Tpl::new(ci, tpl.header())) {
                (Ok(payload), Ok(tpl)) => {
                    opened.notes.push("a compact frame, expanded".to_owned());
                    let tpl = Some(tpl);
                    opened.telegram = Some(Telegram { payload, tpl, sealed: None, ..clear });
                }
                (Err(why), _) => opened.notes.push(why),
                (_, Err(error)) => opened.notes.push(error.to_string()),
            }
        }
        _ => {}
    }
    opened
}

/// The records of a compact frame.
///
/// # Errors
/// Why there are none, as a clause.
fn records_of<'r>(
    formats: &mut FormatMemory,
    meter: MeterAddress,
    payload: &[u8],
    room: &'r mut [u8],
) -> Result<&'r [u8], String> {
    let frame = CompactFrame::from_bytes(payload).map_err(|error| error.to_string())?;
    let records = formats.expand(meter, &frame).ok_or_else(|| {
        let signature = frame.signature();
        format!(
            "a compact frame of format {signature}, which is not known: decode a full telegram of \
             the meter before it, or give --formats"
        )
    })?;
    let records = records.map_err(|error| format!("a compact frame: {error}"))?;
    let room = room.get_mut(..records.len()).ok_or("a compact frame that is too long")?;
    room.copy_from_slice(&records);
    Ok(room)
}

/// A frame whose content is wrong.
fn broken(layers: &[&str], meter: Option<MeterAddress>, error: WireError) -> Message {
    let meter = meter.map_or_else(
        || json!({}),
        |meter| {
            json!({
                "id": meter.identification.to_string(),
                "manufacturer": meter.manufacturer.to_string(),
                "version": meter.version,
            })
        },
    );
    Message {
        protocol: "mbus",
        direction: None,
        members: Message::members(layers, &meter, None, &json!({})),
        summary: None,
        notes: Vec::new(),
        nodes: Vec::new(),
        meanings: Meanings::default(),
        error: Some(error),
        readable: 0,
        inner: Vec::new(),
        apdu: None,
    }
}

/// The message that a telegram is. `place` says where an octet of it stands in the capture.
fn message(
    layer: &str,
    telegram: &Telegram<'_>,
    opened: security::Opened<'_>,
    direction: Option<Direction>,
    (nodes, meanings): (Vec<Node>, Meanings),
    place: impl Fn(usize) -> usize,
    hints: Hints<'_>,
) -> Message {
    let mut members = String::with_capacity(1024);
    json::telegram(telegram, layer, opened.telegram.as_ref(), &mut members);
    let mut notes = opened.notes;
    let clear = opened.telegram.as_ref().unwrap_or(telegram);
    let mut error =
        opened.failure.map(|why| WireError::new(telegram.payload_offset, "encrypted payload", why));
    let mut readable = 0;
    let body = clear.body();
    notes.extend(status_note(clear));
    notes.extend(body_note(&body));
    if let Body::Records(payload) = body
        && error.is_none()
    {
        let mut is_any_good = false;
        for item in Records::with_origin(payload, telegram.payload_offset) {
            match item {
                RecordItem::Record(_) => is_any_good = true,
                RecordItem::Bad { why, .. } => _ = error.get_or_insert(why),
                _ => {}
            }
        }
        // Up to there it is good.
        if let Some(error) = error.filter(|_| is_any_good) {
            readable = place(error.offset).saturating_sub(place(0)).max(1);
        }
    }
    let error = error.map(|error| WireError { offset: place(error.offset), ..error });
    let summary = summary(telegram, clear);
    let inner = opened.telegram.filter(|_| hints.annotate);
    let inner = inner.map(|clear| inside::layer(telegram, &clear)).into_iter().collect();
    Message {
        protocol: "mbus",
        direction,
        members,
        summary,
        notes,
        nodes,
        meanings,
        error,
        readable,
        inner,
        apdu: None,
    }
}

impl Message {
    /// The receiver says that a check sum was wrong: nothing that was read is certain.
    fn doubt(&mut self, at: usize) {
        self.notes.push("the receiver found a check sum wrong: readings may be too".to_owned());
        self.members = self.members.replace("\"quality\":\"good\"", "\"quality\":\"doubtful\"");
        let why = WireErrorKind::Expected("a telegram that the receiver found whole");
        self.error.get_or_insert(WireError::new(at, "reception", why));
        self.readable = usize::from(!self.members.ends_with("\"readings\":[]"));
    }
}

#[cfg(test)]
mod tests {
    use gurux_mbus::wire::DataRecord;
    use serde_json::Value as Json;

    use super::*;
    use crate::capture::hex_line;

    #[test]
    fn a_reading_is_written_as_a_measurement_is_serialised() {
        for record in [
            "0C0645230100",
            "8C1004 45230100",
            "02FD17 0500",
            "0DFD0A 03 22 5C 61",
            "05 2E 00 00 C0 3F",
            "046D 1E2E763B",
            "066D 00 1E 0E 76 3B 00",
            "0A5A FFFF",
            "0C13 EEEEEEEE",
            "04 93 3C 13000000",
            "01 FF 13 05",
        ] {
            let octets = hex_line(record).unwrap();
            let record = DataRecord::from_bytes(&octets).unwrap();
            let measurement = record.measurement();
            let mut text = String::new();
            json::reading(&measurement, record.octets(), &mut text);
            let mut told: Json = serde_json::from_str(&text).unwrap();
            assert!(told.as_object_mut().unwrap().shift_remove("raw").is_some());
            assert_eq!(told, serde_json::to_value(&measurement).unwrap(), "{record:?}");
        }
    }

    /// The members of what one radio telegram is told as, its notes, and what was inside.
    fn told(octets: &str, hints: Hints<'_>) -> (Json, Vec<String>, Vec<super::super::Layer>) {
        let octets = hex_line(octets).unwrap();
        match wireless(&octets, hints).remove(0).content {
            Content::Message(message) => {
                let members = serde_json::from_str(&format!("{{{}}}", message.members)).unwrap();
                (members, message.notes, message.inner)
            }
            Content::Noise { what, .. } => panic!("{what}"),
        }
    }

    #[test]
    fn fragments_of_several_lines_are_one_message() {
        let fragments = RefCell::default();
        let hints = Hints { fragments: Some(&fragments), annotate: true, ..Hints::default() };
        let link = "44AE0C78563412 0107".replace(' ', "");
        let first = format!("13{link}90020140 7A2A0000000C");
        let last = format!("12{link}90020200 1345230100");
        // Each is shown twice: a capture is read in several ways.
        for _ in 0..2 {
            let (members, ..) = told(&first, hints);
            assert_eq!(members["readings"], json!([]));
        }
        for _ in 0..2 {
            let (members, notes, inner) = told(&last, hints);
            assert_eq!(members["readings"][0]["value"], "12.345");
            assert_eq!(notes, ["the last fragment of a message, which is whole"]);
            assert_eq!(inner[0].octets, hex_line("7A2A0000000C1345230100").unwrap());
        }
        // The second alone is none.
        let fragments = RefCell::default();
        let (members, ..) = told(&last, Hints { fragments: Some(&fragments), ..hints });
        assert_eq!(members["readings"], json!([]));
    }

    #[test]
    fn a_status_is_told_in_words() {
        let telegram = "1244AE0C78563412 0107 7A2A480000 0213 0500".replace(' ', "");
        let (_, notes, _) = told(&telegram, Hints::default());
        assert_eq!(
            notes,
            ["the meter reports: permanent error, the manufacturer's status 2 (octet 48)"]
        );
    }
}
