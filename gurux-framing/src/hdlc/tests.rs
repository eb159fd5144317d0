use std::string::ToString;
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::{Command, Control, Frmr, Hdlc, HdlcAddress, HdlcFrame, LinkParameters, MAX_LEN};
use crate::{Annotator, Deframe, Piece, Step, Wire, pieces, wire_laws};

const SNRM: [u8; 9] = [0x7E, 0xA0, 0x07, 0x03, 0x21, 0x93, 0x0F, 0x01, 0x7E];

fn meter() -> HdlcAddress {
    HdlcAddress::of_server(1, 17).unwrap()
}

fn client() -> HdlcAddress {
    HdlcAddress::of_client(16).unwrap()
}

fn information(send_seq: u8, octets: &[u8]) -> Vec<u8> {
    let control = Control::new(Command::Information { send_seq, recv_seq: 0 }, true);
    let frame = HdlcFrame::new(client(), meter(), control).with_information(octets).unwrap();
    let mut out = vec![0; MAX_LEN + 2];
    let len = frame.write(&mut out).unwrap();
    out.truncate(len);
    out
}

fn found(stream: &[u8]) -> (Vec<&[u8]>, Vec<&[u8]>) {
    let (mut frames, mut noise) = (Vec::new(), Vec::new());
    for piece in pieces(Hdlc::new(), stream) {
        match piece {
            Piece::Frame { frame, .. } => frames.push(frame),
            Piece::Noise { octets, .. } => noise.push(octets),
        }
    }
    (frames, noise)
}

#[test]
fn laws_hold() {
    let control = Control::new(Command::Information { send_seq: 3, recv_seq: 2 }, false);
    let bare = HdlcFrame::new(meter(), client(), Control::new(Command::Disc, true));
    wire_laws!(HdlcFrame<'_>, bare, self_delimiting);
    let wide = HdlcAddress::of_server_wide(1, 0x3FFF).unwrap();
    let full = HdlcFrame::new(client(), wide, control)
        .with_segmentation(true)
        .with_information(&[0xE6, 0xE7, 0x00, 0xC4])
        .unwrap();
    wire_laws!(HdlcFrame<'_>, full, self_delimiting);
    wire_laws!(HdlcAddress, wide, self_delimiting);
    wire_laws!(Control, control, self_delimiting);
    wire_laws!(LinkParameters, LinkParameters::DEFAULT, self_delimiting);
    let long = LinkParameters { max_info_receive: 2030, window_receive: 7, ..Default::default() };
    wire_laws!(LinkParameters, long, self_delimiting);
    let frmr =
        Frmr::new(control, 3, 5).with_reasons(Frmr::UNDEFINED_CONTROL | Frmr::INVALID_NUMBER);
    wire_laws!(Frmr, frmr, self_delimiting);
}

#[test]
fn the_length_ends_a_frame_and_not_a_flag_inside() {
    let frame = information(0, &[0x7E, 0xA0, 0x07, 0x7E]);
    let (frames, noise) = found(&frame);
    assert_eq!((frames, noise), (vec![&frame[1..frame.len() - 1]], vec![]));
}

#[test]
fn one_flag_may_stand_between_two_frames_or_many() {
    let (one, two) = (information(0, &[1]), information(1, &[2]));
    for gap in 0..5 {
        let mut stream = one.clone();
        stream.extend([0x7E].repeat(gap));
        stream.extend(&two[1..]);
        let (frames, noise) = found(&stream);
        assert_eq!(frames, [&one[1..one.len() - 1], &two[1..two.len() - 1]], "{gap} flags");
        assert_eq!(noise, [] as [&[u8]; 0]);
    }
}

#[test]
fn a_frame_without_its_closing_flag_is_proven_by_its_sum() {
    // In a stream the next octet shows that the flag is not there; at its end nothing comes.
    let frame = information(0, &[1, 2, 3]);
    let open = &frame[..frame.len() - 1];
    assert_eq!(found(open).0, [&open[1..]]);
    assert_eq!(Hdlc::new().deframe(open), Step::NeedMore { at_least: frame.len() });
    let mut stream = open.to_vec();
    stream.push(0x55);
    assert_eq!(found(&stream), (vec![&open[1..]], vec![&[0x55][..]]));
}

#[test]
fn a_true_frame_inside_a_broken_one_is_found() {
    // The first length lies, over the whole of the frame behind it.
    let inner = information(2, &[9, 9]);
    let mut stream = vec![0x7E, 0xA0, 0x40, 0x03, 0x21];
    stream.extend(&inner);
    let behind = information(3, &[8]);
    stream.extend(&behind);
    let (frames, noise) = found(&stream);
    assert_eq!(frames, [&inner[1..inner.len() - 1], &behind[1..behind.len() - 1]]);
    assert_eq!(noise, [&[0x7E, 0xA0, 0x40, 0x03, 0x21][..]]);
}

#[test]
fn fill_behind_the_last_frame_is_no_noise() {
    let stream = [&SNRM[..], &[0x7E, 0x7E]].concat();
    assert_eq!(found(&stream), (vec![&SNRM[1..8]], vec![]));
}

#[test]
fn a_flag_that_only_closed_a_lost_frame_opens_the_next() {
    let mut stream = vec![0x12, 0x34];
    stream.extend(SNRM);
    assert_eq!(found(&stream), (vec![&SNRM[1..8]], vec![&[0x12, 0x34][..]]));
}

#[test]
fn each_fault_names_its_octet() {
    let good = information(1, &[0xE6, 0xE7, 0x00]);
    let fault = |at: usize, octet: u8| {
        let mut frame = good.clone();
        frame[at] = octet;
        HdlcFrame::from_bytes(&frame).unwrap_err().to_string()
    };
    assert_eq!(fault(1, 0xC0), "octet 1, frame format: frame format type 3 (A) is expected here");
    assert_eq!(fault(2, 0x20), "octet 1, frame format: length says 32, 14 octets are left");
    assert!(fault(6, 0x14).starts_with("octet 7, HCS: check sum is"), "{}", fault(6, 0x14));
    assert!(fault(10, 0).starts_with("octet 12, FCS: check sum is"), "{}", fault(10, 0));
}

#[test]
fn an_empty_information_field_with_its_own_sum_is_taken() {
    let mut frame = vec![0xA0, 0x09, 0x21, 0x03, 0x73];
    let hcs = crate::checksum::ibm_sdlc(&frame);
    frame.extend(hcs.to_le_bytes());
    let fcs = crate::checksum::ibm_sdlc(&frame);
    frame.extend(fcs.to_le_bytes());
    let opened = HdlcFrame::from_bytes(&frame).unwrap();
    assert_eq!((opened.information(), opened.control.command()), (&[][..], Command::Ua));
}

#[test]
fn a_link_that_agreed_on_less_finds_a_lying_length_sooner() {
    let mut deframer = Hdlc::new().with_max_len(140);
    let step = deframer.deframe(&[0x7E, 0xA7, 0xFF]);
    let Step::Skip { used: 1, why } = step else { panic!("{step:?}") };
    assert_eq!(why.to_string(), "octet 1, length: 2047 is not within 7 to 140");
}

#[test]
fn parameters_take_the_lesser_of_both_sides() {
    let mine =
        LinkParameters { max_info_transmit: 512, max_info_receive: 2030, ..Default::default() };
    let theirs = LinkParameters { max_info_transmit: 1024, max_info_receive: 128, ..mine };
    let agreed = mine.agree(theirs);
    assert_eq!((agreed.max_info_transmit, agreed.max_info_receive), (128, 1024));
}

#[test]
fn parameters_of_other_widths_and_other_kinds_are_read() {
    // A user parameter (09) and windows of one octet.
    let octets = [0x81, 0x80, 0x0A, 0x09, 0x01, 0x55, 0x07, 0x01, 0x04, 0x06, 0x02, 0x01, 0x00];
    let found = LinkParameters::from_bytes(&octets).unwrap();
    assert_eq!((found.window_transmit, found.max_info_receive), (4, 256));
    let error = LinkParameters::from_bytes(&[0x81, 0x81, 0]).unwrap_err();
    assert_eq!(error.to_string(), "octet 1, group identifier: code 0x81 cannot stand here");
}

#[test]
fn a_frame_explains_itself() {
    let frame = information(0, &[0xE6, 0xE7, 0x00]);
    let mut annotator = Annotator::new(std::string::String::new(), &frame);
    HdlcFrame::explain(&frame, 0, &mut annotator).unwrap();
    let text = annotator.finish().unwrap();
    for name in
        ["opening flag", "destination address", "send sequence", "HCS", "FCS", "closing flag"]
    {
        assert!(text.contains(name), "{text}");
    }
}

/// Noise, and whole frames.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..40),
        proptest::collection::vec(prop_oneof![Just(0x7E), Just(0xA0), any::<u8>()], 0..40),
        (0..8_u8, proptest::collection::vec(any::<u8>(), 0..60))
            .prop_map(|(send_seq, octets)| information(send_seq, &octets)),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// However the stream is cut, the same frames come out, and every octet once.
    #[test]
    fn any_cut_gives_the_same_frames(stream in stream(), cuts in proptest::collection::vec(1..30_usize, 1..20)) {
        let (whole, noise) = found(&stream);
        prop_assert!(whole.iter().chain(&noise).map(|octets| octets.len()).sum::<usize>() <= stream.len());
        let mut deframer = Hdlc::new();
        let (mut buffer, mut rest, mut frames) = (Vec::new(), &stream[..], Vec::new());
        let mut cuts = cuts.iter().cycle();
        loop {
            match deframer.deframe(&buffer) {
                Step::NeedMore { at_least } => {
                    prop_assert!(at_least > buffer.len());
                    if rest.is_empty() {
                        break;
                    }
                    let (piece, behind) = rest.split_at(rest.len().min(*cuts.next().unwrap()));
                    buffer.extend(piece);
                    rest = behind;
                }
                Step::Skip { used, .. } => {
                    prop_assert!(used > 0);
                    buffer.drain(..used);
                }
                Step::Frame { frame, used } => {
                    frames.push(frame.to_vec());
                    buffer.drain(..used);
                }
            }
        }
        loop {
            match deframer.finish(&buffer) {
                Step::NeedMore { .. } => break,
                Step::Skip { used, .. } => drop(buffer.drain(..used)),
                Step::Frame { frame, used } => {
                    frames.push(frame.to_vec());
                    buffer.drain(..used);
                }
            }
        }
        prop_assert_eq!(frames, whole);
    }

    #[test]
    fn no_octets_panic(octets in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = HdlcFrame::from_bytes(&octets);
        let _ = LinkParameters::from_bytes(&octets);
        let _ = Frmr::from_bytes(&octets);
        let _ = found(&octets);
    }
}
