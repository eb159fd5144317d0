//! gurux-framing: frames of wireless M-Bus, the chips that carry them, and what receivers hand on.

use gurux_framing::line_code::{Catch, Catcher, Chips, Line, LinkMode};
use gurux_framing::receiver::{
    Amb8465, Cul, Detecting, HexLines, Im871a, ROOM_LEN, Receiver, RtlWmbus,
};
use gurux_framing::wireless::{self, FrameFormat, Wireless};

use super::{MESSAGE_LEN, Reached};

const FORMATS: [FrameFormat; 3] = [FrameFormat::A, FrameFormat::B, FrameFormat::NoCrc];

pub(super) fn reach(reached: &mut Reached, octets: &[u8]) {
    receiver(reached, Wireless::detecting().with_trailer(1), octets);
    receiver(reached, RtlWmbus::new(), octets);
    receiver(reached, Cul::new(), octets);
    receiver(reached, HexLines::new(), octets);
    receiver(reached, Im871a::new(), octets);
    receiver(reached, Amb8465::new().with_rssi(octets.len() % 2 == 0), octets);
    reached.deframe(Detecting::default(), octets, |reached, found| {
        let mut room = [0; ROOM_LEN];
        if let Ok(reception) = Detecting::default().open(found, &mut room) {
            frame(reached, reception.octets);
        }
    });
    for format in FORMATS {
        reached.deframe(Wireless::new(format), octets, frame);
        telegram(reached, format, octets);
    }
    frame(reached, octets);
    for line in Line::ALL {
        chips(reached, line, octets);
    }
    if LinkMode::from_name(octets).is_some() {
        reached.message();
    }
}

/// What a receiver hands on, told apart and stripped.
fn receiver<R: Receiver + Copy>(reached: &mut Reached, receiver: R, octets: &[u8]) {
    reached.deframe(receiver, octets, |reached, frame| {
        let (mut room, mut out) = ([0; ROOM_LEN], [0; MESSAGE_LEN]);
        let Ok(reception) = receiver.open(frame, &mut room) else { return };
        if let Ok(salvaged) = reception.salvage(&mut out) {
            reached.emitted = reached.emitted.wrapping_add(salvaged.telegram.len());
        }
        if let Ok(telegram) = reception.telegram(&mut out) {
            reached.emitted = reached.emitted.wrapping_add(telegram.len());
        }
    });
}

/// A frame in whatever format.
fn frame(reached: &mut Reached, frame: &[u8]) {
    let mut out = [0; MESSAGE_LEN];
    if let Ok((format, telegram)) = wireless::strip(frame, &mut out) {
        reached.emitted = reached.emitted.wrapping_add(telegram.len());
        let _ = format.explain(frame, 0, &mut *reached);
        reached.emitted = reached.emitted.wrapping_add(format.offset_in_frame(frame.len()));
    }
}

/// A telegram wrapped.
fn telegram(reached: &mut Reached, format: FrameFormat, octets: &[u8]) {
    let mut out = [0; MESSAGE_LEN];
    if let Some(telegram) = octets.first().and_then(|length| octets.get(..=usize::from(*length)))
        && let Ok(len) = format.wrap(telegram, &mut out)
    {
        reached.emitted(&out, len);
    }
}

/// Chips of a stream, and the frame of one sent again.
fn chips(reached: &mut Reached, line: &Line, octets: &[u8]) {
    let catcher = Catcher::new(core::slice::from_ref(line));
    let mut left = Chips::new(octets, octets.len().saturating_mul(8));
    let mut room = [0; Catcher::ROOM_LEN];
    // A synchronisation word in every other octet would take long.
    for _ in 0..64 {
        match catcher.finish(left, &mut room) {
            Catch::NeedMore { .. } => return,
            Catch::Skip { used, .. } => left = left.skip(used),
            Catch::Spoilt { used, octets, .. } => {
                left = left.skip(used);
                reached.emitted = reached.emitted.wrapping_add(octets.len());
            }
            Catch::Frame { used, frame, line } => {
                left = left.skip(used);
                reached.frames = reached.frames.saturating_add(1);
                let mut out = [0; MESSAGE_LEN];
                if let Ok(chips) = line.emit(frame, &mut out) {
                    reached.emitted(&out, chips);
                }
            }
        }
    }
}
