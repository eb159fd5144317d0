//! M-Bus: frames of a wire, radio telegrams with and without check sums, and what receivers make of
//! them.

use std::ops::Range;

use gurux_framing::receiver::{Detecting, ROOM_LEN, Receiver, Reception};
use gurux_framing::rule::RuleDeframer;
use gurux_framing::rules::ft12;
use gurux_framing::wireless::{FrameFormat, MAX_TELEGRAM_LEN, detect};
use gurux_framing::{
    Direction, Node, Piece, Reader, Shown, Tree, Visit, WireError, WireErrorKind, pieces,
};
use gurux_mbus::json;
use gurux_mbus::table::lookup_device_type;
use gurux_mbus::wire::{Body, CiField, Header, MeterAddress, RecordItem, Records, Telegram, Tpl};
use serde_json::json;

use super::{Content, Decoded, Formats, Hints, Message, security};

/// Does it begin like a frame of a wire?
pub(super) fn resembles_wired(octets: &[u8]) -> bool {
    match octets {
        [0x68, first, second, 0x68, ..] => first == second,
        [0x10, _, _, _, 0x16] => true,
        _ => false,
    }
}

/// Frames of a wire.
pub(super) fn wired(octets: &[u8], hints: Hints<'_>) -> Vec<Decoded> {
    let decoded: Vec<Decoded> = pieces(RuleDeframer::new(ft12::MBUS), octets)
        .map(|piece| match piece {
            Piece::Frame { offset, frame } => Decoded {
                offset,
                octets: frame.to_vec(),
                content: Content::Message(Box::new(Wired { octets, offset, frame }.message(hints))),
            },
            Piece::Noise { offset, octets, why } => noise(offset, octets, why),
        })
        .collect();
    // One octet proves nothing: E5 in what is otherwise noise is noise too.
    let is_single = |piece: &Decoded| piece.octets.len() == 1;
    let is_noise = |piece: &Decoded| matches!(piece.content, Content::Noise { .. });
    if decoded.iter().any(is_noise) && decoded.iter().all(|p| is_noise(p) || is_single(p)) {
        let why = decoded.iter().find_map(|piece| match piece.content {
            Content::Noise { what } => Some(what),
            Content::Message(_) => None,
        });
        return why.map(|why| noise(0, octets, why)).into_iter().collect();
    }
    decoded
}

fn noise(offset: usize, octets: &[u8], why: WireError) -> Decoded {
    Decoded { offset, octets: octets.to_vec(), content: Content::Noise { what: why } }
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
        if hints.annotate {
            let inside = Inside::new(&telegram, opened.telegram, &mut tree, self.offset);
            let rest = self.octets.get(self.offset..).unwrap_or_default();
            let frame = rest.get(..self.frame.len()).unwrap_or_default();
            let mut reader = Reader::explaining(frame, self.offset, inside);
            // It was read before.
            let _ = Telegram::read_wired(&mut reader);
        }
        let direction = match telegram.control() {
            Some(control) if control.prm() => Direction::Request,
            _ => Direction::Response,
        };
        let place = |offset: usize| self.offset.saturating_add(offset);
        message("ft12", &telegram, opened, Some(direction), tree.finish(), place)
    }
}

/// Radio telegrams, one behind the other.
pub(super) fn wireless(octets: &[u8], hints: Hints<'_>) -> Vec<Decoded> {
    let mut decoded = Vec::new();
    let mut offset = 0_usize;
    while let Some(rest) = octets.get(offset..).filter(|rest| !rest.is_empty()) {
        let format = detect(rest).filter(|format| is_plausible(*format, rest));
        let len = format.and_then(|format| format.frame_len(*rest.first()?));
        let (Some(format), Some(len)) = (format, len) else {
            let why = WireErrorKind::Expected("a radio telegram");
            decoded.push(noise(offset, rest, WireError::new(offset, "telegram", why)));
            break;
        };
        let frame = rest.get(..len).unwrap_or(rest);
        let message = radio(format, frame, offset, hints, Vec::new());
        decoded.push(Decoded {
            offset,
            octets: frame.to_vec(),
            content: Content::Message(Box::new(message)),
        });
        offset = offset.saturating_add(frame.len());
    }
    decoded
}

/// Without check sums, the second octet and the maker's letters must make sense too.
fn is_plausible(format: FrameFormat, octets: &[u8]) -> bool {
    let [_, control, low, high, ..] = octets else { return false };
    let manufacturer = u16::from_le_bytes([*low, *high]);
    let is_letter = |shift: u32| (1..=26).contains(&(manufacturer >> shift & 0x1F));
    let is_named = manufacturer & 0x8000 != 0 || [0, 5, 10].into_iter().all(is_letter);
    let is_control = matches!(control & !0x30, 0x40..=0x4B | 0x00 | 0x01 | 0x06 | 0x08 | 0x0B);
    format != FrameFormat::NoCrc || (is_named && is_control)
}

/// What receivers hand on.
pub(super) fn receiver(octets: &[u8], hints: Hints<'_>) -> Vec<Decoded> {
    let mut found = pieces(Detecting::new(), octets);
    let mut decoded = Vec::new();
    while let Some(piece) = found.next() {
        decoded.push(match piece {
            Piece::Noise { offset, octets, why } => noise(offset, octets, why),
            Piece::Frame { offset, frame } => {
                let receiver = found.deframer();
                let mut room = [0; ROOM_LEN];
                match receiver.open(frame, &mut room) {
                    Err(error) => noise(offset, frame, error.at(offset)),
                    Ok(reception) => {
                        let notes = said(receiver.name(), &reception);
                        let (format, octets) = (reception.format, reception.octets);
                        // Where its octets stand in the line is not told: they count from their L.
                        let mut message = radio(format, octets, 0, hints, notes);
                        if reception.crc_ok == Some(false) {
                            message.notes.push("the receiver found a check sum wrong".to_owned());
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
            vec![noise(0, octets, WireError::new(0, "reception", why))]
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
    let opened = security::open(&telegram, hints.keys, &mut opened_room);
    let opened = expanded(&telegram, opened, hints.formats, &mut full);
    let mut tree = Tree::new();
    if hints.annotate {
        // It was checked before.
        let _ = format.explain(frame, origin, &mut tree);
        let placed = Placed { visitor: &mut tree, place };
        let inside = Inside::new(&telegram, opened.telegram, placed, 0);
        let mut reader = Reader::explaining(&octets, 0, inside);
        let _ = Telegram::read_wireless(&mut reader);
    }
    let mut message = message(layer, &telegram, opened, None, tree.finish(), place);
    notes.append(&mut message.notes);
    Message { notes, ..message }
}

/// The telegram with all of its records, where they came without what they are.
fn expanded<'b>(
    telegram: &Telegram<'b>,
    mut opened: security::Opened<'b>,
    formats: Option<&Formats>,
    room: &'b mut [u8],
) -> security::Opened<'b> {
    let clear = opened.telegram.unwrap_or(*telegram);
    let (Some(formats), Some(tpl)) = (formats, clear.tpl) else { return opened };
    match clear.body() {
        Body::Records(payload) => formats.learn(payload),
        Body::FormatFrame(payload) => formats.learn_frame(payload),
        Body::CompactFrame(payload) => {
            let ci = match tpl.header() {
                Header::None => CiField::VARIABLE_DATA,
                Header::Short(_) => CiField::VARIABLE_DATA_SHORT,
                Header::Long(..) => CiField::VARIABLE_DATA_LONG,
            };
            match (formats.expand(payload, room), Tpl::new(ci, tpl.header())) {
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
        notes: Vec::new(),
        nodes: Vec::new(),
        error: Some(error),
    }
}

/// The message that a telegram is. `place` says where an octet of it stands in the capture.
fn message(
    layer: &str,
    telegram: &Telegram<'_>,
    opened: security::Opened<'_>,
    direction: Option<Direction>,
    nodes: Vec<Node>,
    place: impl Fn(usize) -> usize,
) -> Message {
    let mut members = String::with_capacity(1024);
    json::telegram(telegram, layer, opened.telegram.as_ref(), &mut members);
    let mut notes = opened.notes;
    let mut error = opened.is_failed.then(|| {
        let why = WireErrorKind::Expected("what one of the keys opens");
        WireError::new(telegram.payload_offset, "encrypted payload", why)
    });
    let body = opened.telegram.as_ref().unwrap_or(telegram).body();
    notes.extend(body_note(&body));
    if let Body::Records(payload) = body
        && error.is_none()
    {
        let bad =
            Records::with_origin(payload, telegram.payload_offset).find_map(|item| match item {
                RecordItem::Bad { why, .. } => Some(why),
                _ => None,
            });
        error = bad;
    }
    let error = error.map(|error| WireError { offset: place(error.offset), ..error });
    Message { protocol: "mbus", direction, members, notes, nodes, error }
}

/// What is carried, where it is no list of records.
fn body_note(body: &Body<'_>) -> Option<String> {
    Some(match body {
        Body::ApplicationError(error) => match error.code() {
            Some(code) => format!("application error: {code}"),
            None => "application error".to_owned(),
        },
        Body::Alarm(_) => "an alarm".to_owned(),
        Body::FormatFrame(_) => "a format frame".to_owned(),
        Body::Dlms { .. } => "a message of DLMS".to_owned(),
        Body::Selection(selection) => format!("selects {selection}"),
        Body::ApplicationReset { .. } => "resets the application".to_owned(),
        Body::SetBaudRate(_) => "sets the speed".to_owned(),
        Body::ClockSync(_) => "sets the clock".to_owned(),
        Body::Manufacturer(_) => "known to the manufacturer alone".to_owned(),
        _ => return None,
    })
}

/// Tells of the records where the layers tell of a payload.
struct Inside<'p, V> {
    visitor: V,
    records: Option<&'p [u8]>,
    /// Is what is told not what stands there?
    is_opened: bool,
    origin: usize,
    payload_offset: usize,
}

impl<'p, V: Visit> Inside<'p, V> {
    fn new(
        telegram: &Telegram<'p>,
        opened: Option<Telegram<'p>>,
        visitor: V,
        origin: usize,
    ) -> Self {
        let is_opened = opened.is_some();
        let clear = opened.unwrap_or(*telegram);
        let records = match clear.body() {
            Body::Records(records) => Some(records),
            _ => None,
        };
        Self { visitor, records, is_opened, origin, payload_offset: clear.payload_offset }
    }
}

impl<V: Visit> Visit for Inside<'_, V> {
    fn field(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        match self.records {
            Some(records) if name == "payload" => {
                let start = self.origin.saturating_add(self.payload_offset);
                let name = if self.is_opened { "records, decrypted" } else { "records" };
                self.visitor.enter_group(start, name);
                Records::explain(records, start, &mut self.visitor);
                self.visitor.leave(at.end);
            }
            _ => self.visitor.field(at, name, value),
        }
    }
    fn structure(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        self.visitor.structure(at, name, value);
    }
    fn enter_group(&mut self, start: usize, name: &'static str) {
        self.visitor.enter_group(start, name);
    }
    fn enter_list(&mut self, start: usize, name: &'static str) {
        self.visitor.enter_list(start, name);
    }
    fn leave(&mut self, end: usize) {
        self.visitor.leave(end);
    }
}

/// Tells another visitor where octets of the telegram stand in the capture.
struct Placed<V, F> {
    visitor: V,
    place: F,
}

impl<V: Visit, F: Fn(usize) -> usize> Placed<V, F> {
    /// The last octet is told by its own place, so that no check sum behind it is part of it.
    fn range(&self, at: &Range<usize>) -> Range<usize> {
        let end = if at.is_empty() { (self.place)(at.end) } else { (self.place)(at.end - 1) + 1 };
        (self.place)(at.start)..end
    }
}

impl<V: Visit, F: Fn(usize) -> usize> Visit for Placed<V, F> {
    fn field(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        self.visitor.field(self.range(&at), name, value);
    }
    fn structure(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        self.visitor.structure(self.range(&at), name, value);
    }
    fn enter_group(&mut self, start: usize, name: &'static str) {
        self.visitor.enter_group((self.place)(start), name);
    }
    fn enter_list(&mut self, start: usize, name: &'static str) {
        self.visitor.enter_list((self.place)(start), name);
    }
    fn leave(&mut self, end: usize) {
        self.visitor.leave((self.place)(end));
    }
}

#[cfg(test)]
mod tests {
    use gurux_framing::Wire;
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
}
