//! DLMS/COSEM: frames of HDLC, of the wrapper and of M-Bus that carry it, and messages without any.

use gurux_dlms::carrier::{Gateway, Llc, MbusSegment, Piece, Wrapper};
use gurux_dlms::wire::{Apdu, ApduTag, DataRef, Unread};
use gurux_framing::hdlc::Hdlc;
use gurux_framing::rule::RuleDeframer;
use gurux_framing::rules::{ft12, wrapper};
use gurux_framing::wireless::{MAX_TELEGRAM_LEN, detect};
use gurux_framing::{
    Direction, Piece as Found, Shown, Tree, Visit, Wire, WireError, WireErrorKind, pieces,
};
use gurux_mbus::wire::{Body, Telegram};

use super::{Content, Decoded, Hints, mbus};

mod conversation;
mod frame;
mod hdlc;
mod keys;
mod layouts;
mod meaning;
mod message;
mod public_keys;
mod readings;
mod shape;
mod sign_on;
mod words;

pub(crate) use conversation::Memory;
use conversation::decode;
use frame::{Addresses, Frame, Stretch};
pub(crate) use layouts::layouts_in;
use shape::FLAG;
pub(super) use shape::{
    begins_with_title, resembles_apdu, resembles_hdlc, resembles_mbus, resembles_wrapper,
};

/// Which way a message goes, if its tag tells.
pub(crate) fn direction_of(apdu: &[u8]) -> Option<Direction> {
    words::direction(ApduTag::new(*apdu.first()?))
}

/// Frames of HDLC, and the sign-on of mode E between them.
pub(super) fn hdlc(octets: &[u8], hints: Hints<'_>) -> Vec<Decoded> {
    let (mut stretches, mut between) = (Vec::new(), Vec::new());
    let mut told_to = 0;
    let mut found = pieces(Hdlc::new(), octets).peekable();
    while let Some(piece) = found.next() {
        match piece {
            Found::Frame { offset, frame } => {
                // The flags before it, and those behind: between two frames the first is of the one
                // before.
                let flags = octets.get(told_to..offset).unwrap_or_default();
                let before = flags.iter().rev().take_while(|octet| **octet == FLAG).count();
                let end = offset + frame.len();
                let behind = octets.get(end..).unwrap_or_default();
                let until = match found.peek() {
                    Some(Found::Noise { offset, .. }) => offset.saturating_sub(end),
                    Some(Found::Frame { .. }) => 1,
                    None => behind.len(),
                };
                let closing = behind.iter().take(until).take_while(|octet| **octet == FLAG).count();
                told_to = end + closing;
                let whole = octets.get(offset - before..told_to).unwrap_or_default();
                stretches.push(hdlc::frame(whole, offset - before, hints));
            }
            Found::Noise { offset, octets: noise, why } => {
                told_to = offset + noise.len();
                between.push((stretches.len(), noise, offset, why));
                stretches.push(Stretch::noise(offset, noise, why));
            }
        }
    }
    if between.len() == stretches.len() {
        return sign_on::alone(octets).unwrap_or_else(|| decode(stretches, hints));
    }
    // Between frames a sign-on may stand.
    for (place, noise, offset, why) in between.into_iter().rev() {
        stretches.splice(place..=place, sign_on::stretches(noise, offset, why));
    }
    decode(stretches, hints)
}

/// Messages behind the header of the wrapper. The header proves little: what is behind must be a
/// message, or the frame must begin the capture or follow another, and its message begin like one.
/// What is not believed is no end of the noise before it: a message that was cut holds more headers.
pub(super) fn wrapped(octets: &[u8], hints: Hints<'_>) -> Vec<Decoded> {
    let mut stretches = Vec::new();
    let mut told_to = 0;
    for piece in pieces(RuleDeframer::new(wrapper::RULES), octets) {
        let (offset, frame) = match piece {
            Found::Frame { offset, frame } => (offset, frame),
            Found::Noise { offset, octets, why } => {
                Stretch::put_noise(&mut stretches, offset, octets, why);
                continue;
            }
        };
        let read = Wrapper::from_bytes(frame).map_err(|error| error.at(offset));
        let believed = |read: &Wrapper<'_>| match bare(read.apdu()) {
            Ok(()) => Ok(()),
            Err(_) if offset == told_to && begins_message(read.apdu()) => Ok(()),
            Err(why) => Err(why.at(offset + HEADER_LEN)),
        };
        match read.and_then(|read| believed(&read).map(|()| read)) {
            Ok(read) => {
                told_to = offset + frame.len();
                stretches.push(in_wrapper(&read, offset, frame, hints));
            }
            Err(why) => Stretch::put_noise(&mut stretches, offset, frame, why),
        }
    }
    decode(stretches, hints)
}

/// Octets of the header of the wrapper.
const HEADER_LEN: usize = 8;

fn in_wrapper<'b>(
    read: &Wrapper<'b>,
    offset: usize,
    frame: &'b [u8],
    hints: Hints<'_>,
) -> Stretch<'b> {
    let mut tree = Tree::new();
    if hints.annotate {
        tree.enter_group(offset, "wrapper");
        // It was read before.
        let _ = Wrapper::explain(frame, offset, &mut tree);
        tree.leave(offset + frame.len());
    }
    let piece = Piece::new(0, true, read.apdu());
    Stretch::Frame(Box::new(Frame {
        nodes: tree.finish(),
        carried: Some((piece, offset + HEADER_LEN)),
        ..Frame::new("wrapper", offset, frame, Addresses::new(read.source, read.destination))
    }))
}

fn begins_message(octets: &[u8]) -> bool {
    let (_, apdu) = Llc::strip(octets);
    apdu.first()
        .is_some_and(|tag| ApduTag::new(*tag).name().is_some() || matches!(tag, 0xE6 | 0xE7))
}

/// Frames of wired M-Bus, those that carry DLMS joined; the others are of M-Bus itself.
pub(super) fn in_mbus(octets: &[u8], hints: Hints<'_>) -> Vec<Decoded> {
    let why = WireErrorKind::Expected("a frame that carries DLMS");
    let nothing = Stretch::noise(0, octets, WireError::new(0, "frame", why));
    // Most captures have none, and need not be cut for it.
    if !octets.windows(SEGMENT_HEAD).any(resembles_mbus) {
        return decode(vec![nothing], hints);
    }
    let decoded = mbus::wired(octets, hints);
    let stretches: Vec<Stretch<'_>> = decoded
        .into_iter()
        .map(|piece| {
            let frame = octets.get(piece.offset..piece.offset + piece.octets.len());
            let frame = frame.unwrap_or_default();
            match segment(frame, piece.offset, hints) {
                Some(found) if matches!(piece.content, Content::Message(_)) => found,
                _ => Stretch::Other(piece),
            }
        })
        .collect();
    if stretches.iter().any(|stretch| matches!(stretch, Stretch::Frame(_))) {
        return decode(stretches, hints);
    }
    // It is M-Bus and nothing else.
    decode(vec![nothing], hints)
}

/// Octets of a long frame up to its control information.
const SEGMENT_HEAD: usize = 7;

/// The segment in a frame of wired M-Bus.
fn segment<'b>(frame: &'b [u8], offset: usize, hints: Hints<'_>) -> Option<Stretch<'b>> {
    if !matches!(frame, [0x68, ..]) {
        return None;
    }
    let content = ft12::content(frame).ok()?;
    let segment = MbusSegment::from_bytes(content).ok()?;
    let mut tree = Tree::new();
    if hints.annotate {
        tree.enter_group(offset, "M-Bus frame");
        let octet = |at: usize| Shown::Unsigned(frame.get(at).copied().unwrap_or_default().into());
        for (at, name) in [(0, "start"), (1, "length"), (2, "length"), (3, "start")] {
            tree.structure(offset + at..offset + at + 1, name, octet(at));
        }
        // It was read before.
        let _ = MbusSegment::explain(content, offset + 4, &mut tree);
        let end = frame.len();
        for (at, name) in [(end - 2, "check sum"), (end - 1, "stop")] {
            tree.structure(offset + at..offset + at + 1, name, octet(at));
        }
        tree.leave(offset + end);
    }
    let addresses = Addresses::new(segment.source.into(), segment.destination.into());
    Some(Stretch::Frame(Box::new(Frame {
        nodes: tree.finish(),
        carried: Some((Piece::from(&segment), offset + 9)),
        ..Frame::new("ft12", offset, frame, addresses)
    })))
}

/// Radio telegrams of M-Bus that carry DLMS.
pub(super) fn in_radio(octets: &[u8], hints: Hints<'_>) -> Vec<Decoded> {
    let why = WireErrorKind::Expected("a telegram that carries DLMS");
    let nothing = Stretch::noise(0, octets, WireError::new(0, "telegram", why));
    if !octets.iter().any(|octet| CARRIES_DLMS.contains(octet)) {
        return decode(vec![nothing], hints);
    }
    let decoded = mbus::wireless(octets, hints);
    let rooms: Vec<Vec<u8>> = decoded
        .iter()
        .map(|piece| {
            let mut room = [0; MAX_TELEGRAM_LEN];
            let stripped =
                detect(&piece.octets).map(|format| format.strip(&piece.octets, &mut room));
            stripped.and_then(Result::ok).map(<[u8]>::to_vec).unwrap_or_default()
        })
        .collect();
    let mut is_any = false;
    let stretches = decoded.into_iter().zip(&rooms).map(|(piece, telegram)| {
        let body = Telegram::from_wireless(telegram).ok().map(|telegram| telegram.body());
        let Some(Body::Dlms { octets, .. }) = body else { return Stretch::Other(piece) };
        if bare(octets).is_err() {
            return Stretch::Other(piece);
        }
        is_any = true;
        Stretch::Within(piece, octets.to_vec())
    });
    let stretches: Vec<Stretch<'_>> = stretches.collect();
    if is_any { decode(stretches, hints) } else { decode(vec![nothing], hints) }
}

/// Control information of a telegram that carries DLMS.
const CARRIES_DLMS: [u8; 4] = [0x60, 0x61, 0x7C, 0x7D];

/// A message without a frame: behind an LLC, the prefix of a gateway, or nothing. It must be whole.
pub(super) fn apdu(octets: &[u8], hints: Hints<'_>) -> Vec<Decoded> {
    let stretch = match bare(octets) {
        Ok(()) => Stretch::Frame(Box::new(Frame {
            carried: Some((Piece::new(0, true, octets), 0)),
            ..Frame::new("", 0, octets, Addresses::default())
        })),
        Err(why) => Stretch::noise(0, octets, why),
    };
    decode(vec![stretch], hints)
}

/// Is it a message, and nothing else?
fn bare(octets: &[u8]) -> Result<(), WireError> {
    let (llc, apdu) = Llc::strip(octets);
    let origin = octets.len() - apdu.len();
    let (origin, apdu) = match Gateway::from_bytes(apdu) {
        Ok(gateway) if !gateway.apdu.is_empty() => {
            (octets.len() - gateway.apdu.len(), gateway.apdu)
        }
        _ => (origin, apdu),
    };
    let read = Apdu::<DataRef<'_>>::from_bytes(apdu).map_err(|error| error.at(origin));
    let read = match read {
        // Anything may stand where a date and time is due, so that it must be one.
        Ok(Apdu::DataNotificationConfirm(push))
            if !matches!(push.date_time.octets.len(), 0 | 12) =>
        {
            let kind = WireErrorKind::Expected("a date and time");
            Err(WireError::new(origin + 5, "date-time", kind))
        }
        read => read.map(drop),
    };
    match Apdu::<Unread<'_>>::from_bytes(apdu) {
        // A push whose body is no proper value: only what is around it tells that it is one.
        Ok(Apdu::DataNotification(push))
            if llc.is_some() || readings::is_dialect(push.notification_body.0) =>
        {
            Ok(())
        }
        _ => read,
    }
}

/// Values of A-XDR, one behind the other.
pub(super) fn axdr(octets: &[u8], hints: Hints<'_>) -> Vec<Decoded> {
    let mut decoded = Vec::new();
    let mut rest = octets;
    while !rest.is_empty() {
        let offset = octets.len() - rest.len();
        let len = match DataRef::parse(rest) {
            Ok((behind, _)) => rest.len() - behind.len(),
            Err(_) => rest.len(),
        };
        let (value, behind) = rest.split_at(len);
        decoded.push(message::value_alone(value, offset, hints));
        rest = behind;
    }
    decoded
}
