//! Captured frames: a request and the telegrams that answer it, or a telegram that was sent unasked.

use gurux_framing::rule::RuleDeframer;
use gurux_framing::rules::ft12;
use gurux_framing::{Piece, Wire, pieces};
use gurux_mbus::session::Target;
use gurux_mbus::wire::{AField, CField, LinkFrame};

use super::MbusMeter;
use super::listen::open_wireless;
use super::opened::open_user_data;
use super::records::Telegrams;
use super::reply::{Reply, refusal};
use crate::driver::{Outcome, Request};

/// Opens a request to this meter and the answer to it.
pub(super) fn open(
    meter: &MbusMeter,
    sent: &[u8],
    received: &[u8],
) -> Result<(Request, Outcome), String> {
    let octets = if sent.is_empty() { Vec::new() } else { asked(meter, sent)? };
    let items = if octets.is_empty() { (0..meter.points.len()).collect() } else { Vec::new() };
    let request = Request { items, octets, is_command: false };
    let mut reply = Reply::default();
    let mut refused = None;
    for piece in pieces(RuleDeframer::new(ft12::MBUS), received) {
        let Piece::Frame { frame, .. } = piece else {
            // By radio there are no such frames.
            reply = open_wireless(meter, received)?;
            break;
        };
        match LinkFrame::from_bytes(frame).map_err(|error| format!("the answer: {error}"))? {
            LinkFrame::Ack if !request.octets.is_empty() => {}
            LinkFrame::Long { control, user_data, .. } if !control.prm() || sent.is_empty() => {
                let data = open_user_data(user_data, meter.key.as_ref())?;
                refused = refused.or_else(|| refusal(&data));
                reply.push(&data);
            }
            other => {
                let control = other.control().map_or_else(String::new, |c| format!(" ({c})"));
                return Err(format!("the answer is none of a meter{control}"));
            }
        }
    }
    if let Some(refusal) = refused {
        return Ok((request, Outcome::Refused(refusal)));
    }
    check_meter(meter, &reply)?;
    Ok((request, Outcome::Reply(reply.octets)))
}

/// What was asked of this meter: nothing but its data, or what was sent to it.
fn asked(meter: &MbusMeter, sent: &[u8]) -> Result<Vec<u8>, String> {
    let frame = LinkFrame::from_bytes(sent).map_err(|error| format!("the request: {error}"))?;
    let own = meter.target.link_address();
    if let Some(address) = frame.address()
        && address != own
        && ![AField::SELECTED, AField::TEST].contains(&address)
        && own != AField::TEST
    {
        return Err(format!("the request is for address {address}, this is {own}"));
    }
    match frame {
        LinkFrame::Short { control, .. } if control.is_same_function(CField::REQ_UD2) => {
            Ok(Vec::new())
        }
        LinkFrame::Long { control, user_data, .. } if control.is_same_function(CField::SND_UD) => {
            Ok(user_data.to_vec())
        }
        _ => Err("the request neither asks for data nor sends any".to_owned()),
    }
}

/// Is it this meter that answers?
fn check_meter(meter: &MbusMeter, reply: &Reply) -> Result<(), String> {
    let Target::Secondary(selection) = meter.target else { return Ok(()) };
    match Telegrams::read(&reply.octets).meter() {
        Some(found) if !selection.matches(&found) => {
            Err(format!("the telegram is of the meter {found}, this is {selection}"))
        }
        _ => Ok(()),
    }
}
