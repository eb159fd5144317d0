//! Modbus: RTU, ASCII and TCP captures.

use std::ops::Range;

use gurux_framing::ascii::{self, Ascii};
use gurux_framing::mbap::{self, Mbap};
use gurux_framing::rtu::Rtu;
use gurux_framing::{Deframe, Direction, Node, Piece, Shown, Tree, Visit, Wire, WireError, pieces};
use gurux_modbus::wire::{Request, Response};
use serde_json::json;

use super::{Content, Decoded, Hints, Meanings, Message, told};

/// Does it begin like an MBAP header: a protocol identifier of 0, a length of at most 254?
pub(super) fn resembles_tcp(octets: &[u8]) -> bool {
    matches!(octets, [_, _, 0, 0, 0, 2..=254, ..])
}

/// Does it begin like an ASCII frame?
pub(super) fn resembles_ascii(octets: &[u8]) -> bool {
    octets.first() == Some(&b':')
}

/// RTU frames; the deframer knows which way each goes.
pub(super) fn rtu(octets: &[u8], hints: Hints<'_>) -> Vec<Decoded> {
    let deframer = hints.direction.map_or_else(Rtu::both, Rtu::new);
    // An exception without its CRC is only to be believed where nothing else was sent, and where there
    // are such a unit and such a code: E5 three times are acknowledgements of M-Bus, and 7E A0 0A the
    // beginning of a frame of HDLC.
    let is_exception = matches!(octets, [0..=247, 0x81..=0xFF, 1..=0x0B])
        && !matches!(octets, [0x7E, 0xA0..=0xAF, _]);
    let deframer = deframer.accepting_bare_exceptions(is_exception);
    let mut found = pieces(deframer, octets);
    let mut decoded = Vec::new();
    while let Some(piece) = found.next() {
        let direction = found.deframer().direction();
        decoded.push(content(piece, |offset, frame| {
            let bare = frame.len() < gurux_framing::rtu::MIN_LEN;
            let end = if bare { frame.len() } else { frame.len() - 2 };
            let frame = Frame {
                layer: "rtu",
                octets: frame,
                offset,
                head: 0,
                unit: frame.first().copied().unwrap_or_default(),
                transaction: None,
                pdu: frame.get(1..end).unwrap_or_default().to_vec(),
                pairs: false,
                notes: if bare {
                    vec!["the exception came without a CRC".to_owned()]
                } else {
                    Vec::new()
                },
            };
            let direction = hints.direction.unwrap_or_else(|| frame.likelier(direction));
            frame.message(direction)
        }));
    }
    decoded
}

/// ASCII frames; the content tells which way each goes.
pub(super) fn ascii(octets: &[u8], hints: Hints<'_>) -> Vec<Decoded> {
    paired(octets, hints, Ascii::new(), |offset, frame| {
        let mut room = [0; 256];
        let opened = ascii::unwrap(frame, &mut room).unwrap_or_default();
        Frame {
            layer: "ascii",
            octets: frame,
            offset,
            head: 1,
            unit: opened.first().copied().unwrap_or_default(),
            transaction: None,
            pdu: opened.get(1..).unwrap_or_default().to_vec(),
            pairs: true,
            notes: Vec::new(),
        }
    })
}

/// TCP frames; the content tells which way each goes.
pub(super) fn tcp(octets: &[u8], hints: Hints<'_>) -> Vec<Decoded> {
    paired(octets, hints, Mbap::new(), |offset, frame| Frame {
        layer: "tcp",
        octets: frame,
        offset,
        head: mbap::HEADER_LEN - 1,
        unit: frame.get(6).copied().unwrap_or_default(),
        transaction: frame.first_chunk().map(|id| u16::from_be_bytes(*id)),
        pdu: frame.get(mbap::HEADER_LEN..).unwrap_or_default().to_vec(),
        pairs: false,
        notes: Vec::new(),
    })
}

/// Takes a capture apart in which nothing but the content tells the direction: a frame that
/// answers the one before is a response.
fn paired<'b, D: Deframe>(
    octets: &'b [u8],
    hints: Hints<'_>,
    deframer: D,
    open: impl Fn(usize, &'b [u8]) -> Frame<'b>,
) -> Vec<Decoded> {
    let mut asked: Option<Frame<'b>> = None;
    pieces(deframer, octets)
        .map(|piece| {
            content(piece, |offset, frame| {
                let frame = open(offset, frame);
                let direction = hints.direction.unwrap_or_else(|| frame.direction(asked.take()));
                let message = frame.message(direction);
                if direction == Direction::Request {
                    asked = Some(frame);
                }
                message
            })
        })
        .collect()
}

fn content<'b>(piece: Piece<'b>, message: impl FnOnce(usize, &'b [u8]) -> Message) -> Decoded {
    match piece {
        Piece::Frame { offset, frame } => Decoded {
            offset,
            octets: frame.to_vec(),
            content: Content::Message(Box::new(message(offset, frame))),
        },
        Piece::Noise { offset, octets, why } => Decoded::noise(offset, octets, why),
    }
}

/// A frame, opened.
#[derive(Clone, Debug)]
struct Frame<'b> {
    layer: &'static str,
    octets: &'b [u8],
    /// Where it begins in the capture.
    offset: usize,
    /// Where its unit stands in the frame.
    head: usize,
    unit: u8,
    transaction: Option<u16>,
    pdu: Vec<u8>,
    /// Is an octet of the PDU two characters of the frame?
    pairs: bool,
    notes: Vec<String>,
}

impl Frame<'_> {
    /// Which way a frame goes, judged by its content and the request before it.
    fn direction(&self, asked: Option<Self>) -> Direction {
        let response = Response::from_bytes(&self.pdu);
        let request = Request::from_bytes(&self.pdu);
        if let (Some(asked), Ok(response)) = (&asked, &response)
            && (asked.unit, asked.transaction) == (self.unit, self.transaction)
            && Request::from_bytes(&asked.pdu).is_ok_and(|asked| response.answers(&asked))
        {
            return Direction::Response;
        }
        // A whole frame with a wrong content is most often a request that a server would refuse.
        match (request, response) {
            (Err(_), Ok(_)) => Direction::Response,
            (Err(_), Err(_)) if self.pdu.first().is_some_and(|code| code & 0x80 != 0) => {
                Direction::Response
            }
            _ => Direction::Request,
        }
    }

    /// The direction that the deframer took for the likelier one, unless only the other makes
    /// sense: frames of eight octets have the same length both ways.
    fn likelier(&self, found: Option<Direction>) -> Direction {
        let is_request = Request::from_bytes(&self.pdu).is_ok();
        let is_response = Response::from_bytes(&self.pdu).is_ok();
        match (is_request, is_response) {
            (false, true) => Direction::Response,
            (true, false) => Direction::Request,
            _ => found.unwrap_or(Direction::Request),
        }
    }

    fn message(&self, direction: Direction) -> Message {
        let mut pdu = Tree::new();
        let error = self.explain(direction, &mut pdu).err();
        let pdu = pdu.finish();
        let mut frame = Tree::new();
        self.annotate(&pdu, &mut frame);
        let mut meter = json!({ "unit": self.unit });
        if let (Some(transaction), Some(meter)) = (self.transaction, meter.as_object_mut()) {
            meter.insert("transaction".into(), transaction.into());
        }
        Message {
            protocol: "modbus",
            direction: Some(direction),
            members: Message::members(&[self.layer], &meter, Some(direction), &told::message(&pdu)),
            summary: None,
            notes: self.notes.clone(),
            nodes: frame.finish(),
            meanings: Meanings::default(),
            error,
            readable: 0,
            inner: Vec::new(),
            apdu: None,
        }
    }

    /// Tells `visitor` of the PDU, in octets of the capture.
    fn explain(&self, direction: Direction, visitor: impl Visit) -> Result<(), WireError> {
        let origin = self.offset + self.head;
        let place = |octet: usize| {
            let octet = octet + 1;
            origin + if self.pairs { 2 * octet } else { octet }
        };
        let placed = Placed { visitor, place };
        let result = match direction {
            Direction::Request => Request::explain(&self.pdu, 0, placed).map(drop),
            Direction::Response => Response::explain(&self.pdu, 0, placed).map(drop),
        };
        result.map_err(|error| WireError { offset: place(error.offset), ..error })
    }

    /// Tells `visitor` of every octet of the frame, in which `pdu` was told.
    fn annotate(&self, pdu: &[Node], visitor: &mut impl Visit) {
        let start = self.offset;
        let number = |octets: &[u8]| {
            octets.iter().fold(0_u64, |number, octet| number << 8 | u64::from(*octet))
        };
        let unsigned = |range: Range<usize>| {
            Shown::Unsigned(number(self.octets.get(range).unwrap_or_default()))
        };
        let end = start + self.octets.len();
        visitor.enter_group(start, self.layer);
        if self.layer == "tcp" {
            visitor.field(start..start + 2, "transaction", unsigned(0..2));
            visitor.structure(start + 2..start + 4, "protocol identifier", unsigned(2..4));
            visitor.structure(start + 4..start + 6, "length", unsigned(4..6));
        }
        if self.pairs {
            visitor.structure(start..start + 1, "colon", Shown::Text(":"));
        }
        let unit = start + self.head;
        let unit_end = unit + if self.pairs { 2 } else { 1 };
        visitor.field(unit..unit_end, "unit", Shown::Unsigned(self.unit.into()));
        pdu.iter().for_each(|node| node.tell(visitor));
        match self.layer {
            "rtu" if self.octets.len() >= gurux_framing::rtu::MIN_LEN => {
                let crc = self.octets.last_chunk::<2>().map_or(&[][..], |crc| crc);
                visitor.structure(end - 2..end, "CRC", Shown::Octets(crc));
            }
            "ascii" if self.octets.len() >= 4 => {
                let lrc = self.octets.get(self.octets.len() - 4..self.octets.len() - 2);
                let lrc = std::str::from_utf8(lrc.unwrap_or_default()).unwrap_or_default();
                visitor.structure(end - 4..end - 2, "LRC", Shown::Text(lrc));
                visitor.structure(end - 2..end, "line end", Shown::Octets(b"\r\n"));
            }
            _ => {}
        }
        visitor.leave(end);
    }
}

/// Tells another visitor where octets of the PDU stand in the capture.
struct Placed<V, F> {
    visitor: V,
    place: F,
}

impl<V: Visit, F: Fn(usize) -> usize> Visit for Placed<V, F> {
    fn field(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        self.visitor.field((self.place)(at.start)..(self.place)(at.end), name, value);
    }
    fn structure(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        self.visitor.structure((self.place)(at.start)..(self.place)(at.end), name, value);
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
    use super::*;
    use crate::capture::hex_line;
    use crate::decode::word;

    /// The message alone.
    fn told(members: &str) -> String {
        let object: serde_json::Value = serde_json::from_str(&format!("{{{members}}}")).unwrap();
        object["message"].to_string()
    }

    fn lines(decoded: &[Decoded]) -> Vec<String> {
        decoded
            .iter()
            .map(|piece| match &piece.content {
                Content::Message(message) => format!(
                    "{} {} {}",
                    piece.offset,
                    message.direction.map_or("?", word),
                    message.error.map_or_else(|| told(&message.members), |e| e.to_string()),
                ),
                Content::Noise { .. } => format!("{} noise {}", piece.offset, piece.octets.len()),
            })
            .collect()
    }

    #[test]
    fn a_question_and_its_echo_are_a_request_and_its_response() {
        let write = "110500ACFF004E8B";
        let both = hex_line(&write.repeat(2)).unwrap();
        let found = lines(&rtu(&both, Hints::default()));
        assert!(
            found[0].starts_with("0 request") && found[1].starts_with("8 response"),
            "{found:?}"
        );
        let tcp_write = "150A00000006110500ACFF00";
        let both = hex_line(&tcp_write.repeat(2)).unwrap();
        let found = lines(&tcp(&both, Hints::default()));
        assert!(found[0].starts_with("0 request") && found[1].starts_with("12 response"));
    }

    #[test]
    fn a_response_alone_is_not_forced_into_a_request_of_the_same_length() {
        let found = lines(&rtu(&hex_line("110103CD6B054012").unwrap(), Hints::default()));
        assert!(found[0].starts_with("0 response"), "{found:?}");
    }

    #[test]
    fn noise_does_not_end_in_an_exception_without_a_crc() {
        // The CRC of the request is wrong; its last three octets could be an exception.
        let found = lines(&rtu(&hex_line("0103006B0083F4").unwrap(), Hints::default()));
        assert_eq!(found, ["0 noise 7"]);
        let found = lines(&rtu(&hex_line("0A8102").unwrap(), Hints::default()));
        assert_eq!(found, [r#"0 response {"function":1,"exception":2}"#]);
    }

    #[test]
    fn a_wrong_content_names_its_octet_in_the_capture() {
        // A coil value of FF01, behind two octets of noise.
        let capture = hex_line("4243 0105000BFF013C38").unwrap();
        let found = lines(&rtu(&capture, Hints::default()));
        assert_eq!(found, ["0 noise 2", "2 request octet 6, value: code 0xFF01 cannot stand here"]);
        let ascii_capture = b":0105000BFF01EF\r\n";
        let found = lines(&ascii(ascii_capture, Hints::default()));
        assert_eq!(found, ["0 request octet 9, value: code 0xFF01 cannot stand here"]);
    }
}
