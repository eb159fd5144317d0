//! Deframers: any octets, in any pieces.

use gurux_framing::{Deframe, Step};

/// How deep octets get in a deframer.
pub const RUNGS: &[&str] =
    &["noise only", "a frame", "several frames", "frames with noise between"];

/// A frame that was found: octets from the start of the stream, and the frame.
type Found = (usize, Vec<u8>);

/// Feeds the octets whole, singly, and in pieces whose lengths the octets themselves say, and holds the
/// laws of [`Deframe`]: the same frames each time, progress in every step, no octet lost.
pub fn deframer<D: Deframe>(make: impl Fn() -> D, octets: &[u8]) -> usize {
    let whole = fed(make(), octets, |_| octets.len());
    let singly = fed(make(), octets, |_| 1);
    let pieces = fed(make(), octets, |at| usize::from(octets.get(at).copied().unwrap_or(1) % 32));
    assert_eq!(whole, singly, "octet by octet other frames are found than at once");
    assert_eq!(whole, pieces, "in pieces other frames are found than at once");

    let framed: usize = whole.iter().map(|(_, frame)| frame.len()).sum();
    match whole.len() {
        0 => 0,
        1 => 1,
        _ if framed == octets.len() => 2,
        _ => 3,
    }
}

/// The frames of a stream that comes in pieces of these lengths and then falls silent.
fn fed<D: Deframe>(
    mut deframer: D,
    octets: &[u8],
    piece_len: impl Fn(usize) -> usize,
) -> Vec<Found> {
    let mut found = Vec::new();
    let (mut dropped, mut received) = (0, 0);
    while received < octets.len() {
        received = octets.len().min(received + piece_len(received).max(1));
        while let Some(used) = step(|buffer| deframer.deframe(buffer), &octets[dropped..received]) {
            dropped = taken(used, dropped, &mut found);
        }
    }
    while dropped < octets.len() {
        let used = step(|buffer| deframer.finish(buffer), &octets[dropped..])
            .expect("when nothing more will come, each octet is a frame's or noise");
        dropped = taken(used, dropped, &mut found);
    }
    found
}

/// One step on a buffer: octets to drop, and the frame if there was one. Nothing if more is needed.
fn step<'b>(
    deframe: impl FnOnce(&'b [u8]) -> Step<'b>,
    buffer: &'b [u8],
) -> Option<(usize, Option<&'b [u8]>)> {
    match deframe(buffer) {
        Step::NeedMore { at_least } => {
            assert!(at_least > buffer.len(), "wants {at_least} octets and has {}", buffer.len());
            None
        }
        Step::Frame { frame, used } => {
            assert!(!frame.is_empty() && frame.len() <= used && used <= buffer.len());
            Some((used, Some(frame)))
        }
        Step::Skip { used, why } => {
            assert!(used > 0 && used <= buffer.len(), "skips {used} of {}", buffer.len());
            assert!(!why.to_string().is_empty());
            Some((used, None))
        }
    }
}

fn taken((used, frame): (usize, Option<&[u8]>), dropped: usize, found: &mut Vec<Found>) -> usize {
    found.extend(frame.map(|frame| (dropped, frame.to_vec())));
    dropped + used
}
