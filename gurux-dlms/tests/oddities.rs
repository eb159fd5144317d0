//! What real meters do otherwise than the standard says, one test each: with vectors of our own, by
//! the way on which a reader meets them.
#![cfg(feature = "std")]
#![expect(clippy::expect_used, reason = "a test stops at what it does not know")]

use gurux_dlms::carrier::{Assembly, Llc, MbusSegment, Piece};
use gurux_dlms::push::{LAYOUTS, PushValues};
use gurux_dlms::wire::{
    Aare, Aarq, Apdu, BlockControl, DataNotification, DataRef, DateTimeForm, GeneralBlockTransfer,
    GeneralGloDed, InitiateRequest, Rlrq, Unread,
};
use gurux_framing::hdlc::{Command, Control, Hdlc, HdlcAddress, HdlcFrame};
use gurux_framing::rule::RuleDeframer;
use gurux_framing::rules::ft12;
use gurux_framing::{Piece as Found, Wire, pieces};

/// A push of one power, 1956 W, as Aidon has it.
const PUSH: [u8; 31] = [
    0x0F, 0x40, 0, 0, 0, 0x00, 0x01, 0x01, 0x02, 0x03, 0x09, 0x06, 1, 0, 1, 7, 0, 255, 0x06, 0, 0,
    0x07, 0xA4, 0x02, 0x02, 0x0F, 0x00, 0x16, 27, 0x00, 0x00,
];
const PUSH_LEN: usize = 29;

fn push() -> Vec<u8> {
    PUSH[..PUSH_LEN].to_vec()
}

fn address(octets: &[u8]) -> HdlcAddress {
    HdlcAddress::from_bytes(octets).expect("an address")
}

/// An unnumbered frame from a meter with an address of two octets to a client with one of one.
fn frame(information: &[u8], is_last: bool) -> Vec<u8> {
    let frame = HdlcFrame::new(
        address(&[0x41]),
        address(&[0x08, 0x83]),
        Control::new(Command::Ui, is_last),
    )
    .with_segmentation(!is_last)
    .with_information(information)
    .expect("short enough");
    let mut out = vec![0; frame.wire_len() + 2];
    let len = frame.write(&mut out).expect("room");
    out.truncate(len);
    out
}

/// The messages of a capture, joined over segments and blocks.
fn messages(capture: &[u8]) -> Vec<Vec<u8>> {
    let (mut room, mut blocks_room) = ([0; 512], [0; 512]);
    let (mut segments, mut blocks) = (Assembly::new(&mut room), Assembly::new(&mut blocks_room));
    let mut found = Vec::new();
    for piece in pieces(Hdlc::new(), capture) {
        let Found::Frame { frame, .. } = piece else { continue };
        let frame = HdlcFrame::from_bytes(frame).expect("it was proven");
        let Ok(Some(message)) = segments.push(Piece::from(&frame)) else { continue };
        let apdu = Llc::strip(message).1;
        match GeneralBlockTransfer::from_bytes(apdu) {
            Ok(block) => {
                let whole = blocks.push(Piece::from(&block)).unwrap_or_default();
                found.extend(whole.map(<[u8]>::to_vec));
            }
            Err(_) => found.push(apdu.to_vec()),
        }
    }
    found
}

fn said(message: &[u8]) -> Vec<String> {
    let push = DataNotification::<Unread<'_>>::from_bytes(message).expect("a push");
    let values = PushValues::from_octets(push.notification_body.0, LAYOUTS).expect("a body");
    values
        .map(|value| {
            let said = value.measurement();
            let unit = said.unit.map(|unit| unit.to_string()).unwrap_or_default();
            format!("{} {unit}", said.value.map(|value| value.to_string()).unwrap_or_default())
        })
        .collect()
}

fn with_llc(message: &[u8]) -> Vec<u8> {
    [&Llc::Response.octets()[..], message].concat()
}

#[test]
fn addresses_of_another_width_each_way() {
    let found = messages(&frame(&with_llc(&push()), true));
    assert_eq!(said(&found[0]), ["1956 W"]);
}

#[test]
fn a_flag_inside_a_frame_and_one_shared_by_two() {
    // The value 0x7E stands in the frame; behind its closing flag the next begins without one.
    let mut message = push();
    message[22] = 0x7E;
    let one = frame(&with_llc(&message), true);
    let two = [&one[..], &frame(&with_llc(&push()), true)[1..]].concat();
    let found = messages(&two);
    assert_eq!((said(&found[0]), said(&found[1])), (vec!["1918 W".into()], vec!["1956 W".into()]));
}

#[test]
fn segments_are_unnumbered_frames_and_only_the_first_has_the_llc() {
    let message = with_llc(&push());
    let capture =
        [frame(&message[..12], false), frame(&message[12..20], false), frame(&message[20..], true)];
    assert_eq!(capture[0][6], 0x03);
    assert_eq!(capture[2][6], 0x13);
    assert_eq!(said(&messages(&capture.concat())[0]), ["1956 W"]);
}

#[test]
fn blocks_in_unnumbered_frames_begin_again_with_the_first() {
    let block = |number, is_last, data: &[u8]| {
        let control = BlockControl::new(0);
        let block = GeneralBlockTransfer {
            block_control: if is_last { control.last() } else { control },
            block_number: number,
            block_number_ack: 0,
            block_data: data,
        };
        let mut out = vec![0; block.wire_len()];
        block.emit_to_slice(&mut out).expect("room");
        out
    };
    let message = push();
    let first = block(1, false, &message[..10]);
    let capture = [
        frame(&with_llc(&block(1, false, &[0x0F, 0, 0])), true),
        frame(&with_llc(&first), true),
        // It comes twice, and the one behind it has no LLC.
        frame(&with_llc(&first), true),
        frame(&block(2, true, &message[10..]), true),
    ];
    let found = messages(&capture.concat());
    assert_eq!((found.len(), said(&found[0])), (1, vec!["1956 W".to_owned()]));
}

#[test]
fn the_date_and_time_of_a_push_has_the_tag_of_an_octet_string() {
    let time = [0x07, 0xE6, 1, 2, 7, 14, 37, 20, 0xFF, 0x80, 0, 0];
    let octets =
        [&[0x0F, 0x40, 0, 0, 0, 0x09, 0x0C][..], &time, &[0x02, 0x01, 0x06, 0, 0, 8, 0xE5]]
            .concat();
    let push = DataNotification::<DataRef<'_>>::from_bytes(&octets).expect("a push");
    assert_eq!(push.date_time.form, DateTimeForm::Tagged);
    assert_eq!(
        push.date_time.date_time().map(|time| time.to_string()).as_deref(),
        Some("2022-01-02T14:37:20")
    );
    assert_eq!(said(&octets), ["2277 W"]);
    let mut again = vec![0; octets.len()];
    assert_eq!(push.emit_to_slice(&mut again), Ok(octets.len()));
    assert_eq!(again, octets);
}

#[test]
fn the_length_field_of_m_bus_wraps() {
    let content: Vec<u8> = [&[0x53, 0xFF, 0x10, 0x01, 0x67][..], &[0xDB; 252]].concat();
    let sum = content.iter().fold(0_u8, |sum, octet| sum.wrapping_add(*octet));
    let capture = [&[0x68, 0x01, 0x01, 0x68][..], &content, &[sum, 0x16]].concat();
    let mut found = pieces(RuleDeframer::new(ft12::MBUS), &capture);
    let Some(Found::Frame { frame, .. }) = found.next() else { panic!("a frame") };
    let segment =
        MbusSegment::from_bytes(ft12::content(frame).expect("content")).expect("a segment");
    assert_eq!((segment.octets.len(), segment.is_last, found.next()), (252, true, None));
}

#[test]
fn a_system_title_is_empty_or_of_another_length() {
    for title in [&[][..], b"ABC", b"LONGERTITLE"] {
        let len = u8::try_from(title.len()).expect("short");
        let octets = [&[0xDB, len][..], title, &[6, 0x20, 0, 0, 0, 1, 0xAA]].concat();
        let read = GeneralGloDed::from_bytes(&octets).expect("a ciphered message");
        assert_eq!((read.system_title, read.body.payload), (title, &[0xAA][..]));
    }
}

#[test]
fn a_rejection_has_no_user_information() {
    let octets = [
        0x61, 0x17, 0xA1, 0x09, 0x06, 0x07, 0x60, 0x85, 0x74, 0x05, 0x08, 0x01, 0x01, 0xA2, 0x03,
        0x02, 0x01, 0x01, 0xA3, 0x05, 0xA1, 0x03, 0x02, 0x01, 0x0D,
    ];
    let aare = Aare::from_bytes(&octets).expect("a rejection");
    assert_eq!((u8::from(aare.result), aare.user_information), (1, None));
}

#[test]
fn the_end_of_an_association_is_asked_for_without_a_word() {
    assert_eq!(Rlrq::from_bytes(&[0x62, 0x00]).map(|rlrq| rlrq.reason), Ok(None));
}

#[test]
fn the_conformance_has_half_its_tag_and_the_longest_message_has_no_limit() {
    let initiate = [0x01, 0, 0, 0, 0x06, 0x5F, 0x04, 0x00, 0x1C, 0x03, 0x20, 0x00, 0x00];
    let read = InitiateRequest::from_bytes(&initiate).expect("a proposal");
    assert_eq!(read.client_max_receive_pdu_size, 0);
    let mut again = [0; 13];
    assert_eq!(read.emit_to_slice(&mut again), Ok(13));
    assert_eq!(again, initiate);
    // And the protocol version of the request is said, though it is the only one.
    let head = [
        0x60, 0x20, 0x80, 0x02, 0x07, 0x80, 0xA1, 0x09, 0x06, 0x07, 0x60, 0x85, 0x74, 0x05, 0x08,
        0x01, 0x02,
    ];
    let octets = [&head[..], &[0xBE, 0x0F, 0x04, 0x0D], &initiate].concat();
    let aarq = Aarq::from_bytes(&octets).expect("a request");
    assert_eq!(aarq.protocol_version.map(|version| version.0), Some(&[0x07, 0x80][..]));
    assert!(matches!(
        Apdu::<DataRef<'_>>::from_bytes(aarq.user_information.expect("one")),
        Ok(Apdu::InitiateRequest(_))
    ));
}

#[test]
fn clock_values_that_nobody_knows_stay_unknown() {
    let time = [0x07, 0xE6, 1, 2, 0xFF, 14, 37, 0xFF, 0xFF, 0x80, 0, 0xFF];
    let octets = [&[0x0F, 0, 0, 0, 1, 0x0C][..], &time, &[0x00]].concat();
    let push = DataNotification::<DataRef<'_>>::from_bytes(&octets).expect("a push");
    let clock = push.date_time.date_time().expect("a clock");
    assert_eq!((clock.deviation(), clock.to_string().as_str()), (None, "2022-01-02T14:37"));
}
