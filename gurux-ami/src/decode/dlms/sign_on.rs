//! The sign-on of IEC 62056-21 in mode E, which stands before HDLC on an optical head.

use gurux_dlms::session::Identification;
use gurux_framing::rule::{FrameRule, RuleDeframer};
use gurux_framing::rules::iec62056_21::{IDENTIFICATION, OPTION_SELECT, REQUEST};
use gurux_framing::{Direction, Piece, Shown, Tree, Visit, WireError, WireErrorKind, pieces};
use serde_json::Map;

use super::super::{Decoded, Hints};
use super::conversation::decode;
use super::frame::{Addresses, Frame, Stretch};

static RULES: &[FrameRule] = &[REQUEST, IDENTIFICATION, OPTION_SELECT];

/// What stands between frames of HDLC: messages of the sign-on, and noise.
pub(super) fn stretches(octets: &[u8], offset: usize, why: WireError) -> Vec<Stretch<'_>> {
    let mut found = Vec::new();
    for piece in pieces(RuleDeframer::new(RULES), octets) {
        match piece {
            Piece::Frame { offset: at, frame } => found.push(message(frame, offset + at)),
            Piece::Noise { offset: at, octets, why: own } => {
                let own = if at == 0 { why } else { own.at(offset) };
                found.push(Stretch::noise(offset + at, octets, own));
            }
        }
    }
    found
}

/// A capture of nothing but a sign-on, one message of which says that it is of mode E.
pub(super) fn alone(octets: &[u8]) -> Option<Vec<Decoded>> {
    let mut is_mode_e = false;
    for piece in pieces(RuleDeframer::new(RULES), octets) {
        let Piece::Frame { frame, .. } = piece else { return None };
        is_mode_e |= says_mode_e(frame);
    }
    let nothing = WireError::new(0, "frame", WireErrorKind::Expected("a flag"));
    is_mode_e.then(|| decode(stretches(octets, 0, nothing), Hints::default()))
}

fn says_mode_e(message: &[u8]) -> bool {
    match message {
        [0x06, b'2', ..] => true,
        [b'/', text @ .., b'\r', b'\n'] => {
            Identification::new(text).is_ok_and(|identification| identification.is_mode_e())
        }
        _ => false,
    }
}

fn message(octets: &[u8], offset: usize) -> Stretch<'_> {
    let text = octets.strip_suffix(b"\r\n").unwrap_or(octets);
    let printed = String::from_utf8_lossy(text).into_owned();
    let mut tree = Tree::new();
    tree.enter_group(offset, "sign-on");
    let mut fields = Map::new();
    let (direction, summary) = match text {
        [b'/', b'?', ..] => {
            fields.insert("request".into(), printed.clone().into());
            (Some(Direction::Request), "asks who is there".to_owned())
        }
        [b'/', ..] => {
            fields.insert("identification".into(), printed.clone().into());
            let how = if says_mode_e(octets) { ", and can do mode E" } else { "" };
            (Some(Direction::Response), format!("says who it is: {printed}{how}"))
        }
        [_, protocol, speed, mode, ..] => {
            for (name, octet) in [("protocol", protocol), ("speed", speed), ("mode", mode)] {
                fields.insert(name.into(), char::from(*octet).to_string().into());
            }
            let mode = if says_mode_e(octets) { ": HDLC follows" } else { "" };
            (None, format!("chooses protocol, speed and mode{mode}"))
        }
        _ => (None, printed.clone()),
    };
    let end = offset + text.len();
    tree.field(offset..end, "text", Shown::Text(&printed));
    let line_end = octets.get(text.len()..).unwrap_or_default();
    tree.structure(end..end + line_end.len(), "line end", Shown::Octets(line_end));
    tree.leave(offset + octets.len());
    Stretch::Frame(Box::new(Frame {
        nodes: tree.finish(),
        direction,
        summary: Some(summary),
        fields,
        ..Frame::new("mode-e", offset, octets, Addresses::default())
    }))
}
