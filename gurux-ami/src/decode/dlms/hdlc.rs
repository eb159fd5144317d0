//! Frames of HDLC: what they are for, and what they carry.

use gurux_dlms::carrier::{Llc, Piece};
use gurux_framing::hdlc::{Command, Frmr, HdlcFrame, LinkParameters};
use gurux_framing::{Direction, Tree, Visit, Wire};
use serde_json::{Map, Value as Json};

use super::super::{Hints, told};
use super::frame::{Addresses, Frame, Stretch, put_inside};

/// The frame in these octets, flags included, which begin at `offset` of the capture.
pub(super) fn frame<'b>(octets: &'b [u8], offset: usize, hints: Hints<'_>) -> Stretch<'b> {
    let frame = match HdlcFrame::from_bytes(octets) {
        Ok(frame) => frame,
        Err(error) => return Stretch::noise(offset, octets, error.at(offset)),
    };
    let mut tree = Tree::new();
    if hints.annotate {
        tree.enter_group(offset, "HDLC frame");
        // It was read before.
        let _ = HdlcFrame::explain(octets, offset, &mut tree);
        tree.leave(offset + octets.len());
    }
    let mut nodes = tree.finish();
    let addresses =
        Addresses { source: frame.source.to_string(), destination: frame.destination.to_string() };
    let information = frame.information();
    let flags = octets.iter().take_while(|octet| **octet == super::shape::FLAG).count();
    let end = offset + flags + frame.wire_len().saturating_sub(CHECK_LEN);
    let at = end.saturating_sub(information.len())..end;
    let command = frame.control.command();
    let (mut carried, mut number, mut direction) = (None, None, None);
    let mut fields = Map::new();
    let mut inner = Tree::new();
    let mut error = None;
    match command {
        Command::Information { .. } | Command::Ui => {
            if !information.is_empty() {
                carried = Some((Piece::from(&frame), at.start));
            }
            direction = match Llc::strip(information).0 {
                Some(Llc::Command) => Some(Direction::Request),
                Some(Llc::Response) => Some(Direction::Response),
                None => None,
            };
        }
        Command::Snrm | Command::Ua if !information.is_empty() => {
            error = LinkParameters::explain(information, at.start, &mut inner).err();
        }
        Command::Frmr if !information.is_empty() => {
            error = Frmr::explain(information, at.start, &mut inner).err();
        }
        _ => {}
    }
    match command {
        Command::Information { send_seq, .. } => number = Some(send_seq),
        Command::Snrm | Command::Disc => direction = Some(Direction::Request),
        Command::Ua | Command::Dm | Command::Frmr => direction = Some(Direction::Response),
        _ => {}
    }
    fields.insert("control".into(), frame.control.to_string().into());
    let inner = inner.finish();
    if let Json::Object(found) = told::message(&inner) {
        fields.extend(found);
    }
    if hints.annotate && !inner.is_empty() {
        put_inside(&mut nodes, &at, inner);
    }
    Stretch::Frame(Box::new(Frame {
        direction,
        nodes,
        carried,
        number,
        summary: Some(purpose(command, &fields)),
        fields,
        error,
        ..Frame::new("hdlc", offset, octets, addresses)
    }))
}

/// Octets of the check sequence behind the information.
const CHECK_LEN: usize = 2;

/// What a frame is for.
fn purpose(command: Command, fields: &Map<String, Json>) -> String {
    let with = |text: &str| {
        let said = |(name, value): (&String, &Json)| match value {
            _ if name == "control" => None,
            Json::Bool(true) => Some(name.replace('_', " ")),
            Json::Bool(false) | Json::Object(_) => None,
            value => Some(format!("{} {value}", name.replace('_', " "))),
        };
        let said: Vec<String> = fields.iter().filter_map(said).collect();
        if said.is_empty() { text.to_owned() } else { format!("{text}: {}", said.join(", ")) }
    };
    match command {
        Command::Snrm => with("SNRM, begins a connection"),
        Command::Ua => with("UA, agrees"),
        Command::Disc => "DISC, ends the connection".to_owned(),
        Command::Dm => "DM, there is no connection".to_owned(),
        Command::Frmr => with("FRMR, refuses a frame"),
        Command::ReceiveReady(number) => format!("RR, ready for frame {number}"),
        Command::ReceiveNotReady(number) => format!("RNR, not ready for frame {number}"),
        Command::Reject(number) => format!("REJ, wants frame {number} again"),
        Command::Information { send_seq, .. } => format!("I, frame {send_seq}, empty"),
        Command::Ui => "UI, empty".to_owned(),
        Command::Other(octet) => format!("control field 0x{octet:02X}"),
        _ => "unknown".to_owned(),
    }
}
