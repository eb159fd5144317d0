//! The frame of this crate, cut by the suite's own machinery.

use gurux_framing::{Piece, pieces};
use outside::Counted;

#[test]
fn a_deframer_from_outside_is_used_like_our_own() {
    let capture = [0xff, 0x02, 0x02, 0x10, 0x20, 0x30, 0x02, 0x01, 0x07, 0x07];
    let frames: Vec<_> = pieces(Counted, &capture)
        .filter_map(|piece| match piece {
            Piece::Frame { offset, frame } => Some((offset, frame)),
            Piece::Noise { .. } => None,
        })
        .collect();
    assert_eq!(frames, [(1, &capture[1..6]), (6, &capture[6..])]);
}
