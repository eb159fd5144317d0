//! The deframer against everything that a line does to frames.

use std::string::ToString;
use std::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

use super::{Expected, Length, LengthRule, MAX_LEN, PduLen, Rtu, crc, wrap};
use crate::{Deframe, Direction, Piece, Step, pieces};

fn frame(unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut out = [0; MAX_LEN];
    let len = wrap(unit, pdu, &mut out).unwrap();
    out[..len].to_vec()
}

/// The frames in a capture, each with its direction.
fn frames<R: AsRef<[LengthRule]>>(rtu: Rtu<R>, capture: &[u8]) -> Vec<(Direction, Vec<u8>)> {
    let (mut rtu, mut rest, mut found) = (rtu, capture, Vec::new());
    while !rest.is_empty() {
        let used = match rtu.finish(rest) {
            Step::NeedMore { .. } => unreachable!("silence leaves nothing open"),
            Step::Frame { frame, used } => {
                found.push((rtu.direction().unwrap(), frame.to_vec()));
                used
            }
            Step::Skip { used, .. } => used,
        };
        rest = &rest[used..];
    }
    found
}

fn responses(capture: &[u8]) -> Vec<Vec<u8>> {
    frames(Rtu::new(Direction::Response), capture).into_iter().map(|(_, frame)| frame).collect()
}

#[test]
fn a_frame_inside_what_looked_like_a_longer_one_is_found() {
    let small = frame(1, &[0x03, 0x02, 0x12, 0x34]);
    // Noise that reads as unit 1, function 3, 250 octets.
    let capture = [&[0x01, 0x03, 0xFA], &small[..], &small[..], &[0; 300]].concat();
    assert_eq!(responses(&capture), [small.clone(), small]);
}

#[test]
fn zeros_behind_a_frame_are_no_part_of_it() {
    let response = frame(1, &[0x03, 0x02, 0x12, 0x34]);
    for zeros in 0..5 {
        let capture = [&response[..], &[0; 5][..zeros], &response[..]].concat();
        assert_eq!(responses(&capture), [&response[..], &response[..]], "{zeros} zeros");
    }
}

#[test]
fn a_reply_that_nobody_was_heard_to_ask_for_does_not_take_the_next_octet() {
    let response = frame(1, &[0x03, 0x02, 0x12, 0x34]);
    let broadcast = frame(0, &[0x06, 0x00, 0x01, 0x00, 0x03]);
    let expected =
        [(Direction::Response, response.clone()), (Direction::Request, broadcast.clone())];
    assert_eq!(frames(Rtu::both(), &[response, broadcast].concat()), expected);
    // A request that looks like a reply and a zero stays one: it can be answered.
    let request = (1..=247)
        .map(|unit| (unit, crc(&[unit, 0x03, 0x02, 0x12, 0x00]).to_le_bytes()[0]))
        .find(|(_, count)| (1..=125).contains(count))
        .map(|(unit, count)| frame(unit, &[0x03, 0x02, 0x12, 0x00, count]))
        .unwrap();
    assert_eq!(request[7], 0, "the last octet is the zero");
    assert_eq!(frames(Rtu::both(), &request), [(Direction::Request, request)]);
}

#[test]
fn no_rule_makes_a_deframer_wait_for_what_it_has() {
    let useless = |len| LengthRule { function: 0x41, request: len, response: len };
    for len in [Length::By(|_| PduLen::Need(1)), Length::Fixed(0), Length::Fixed(usize::MAX)] {
        let mut rtu = Rtu::with_rules(Some(Direction::Response), [useless(len)]);
        let mut octets = &[[1, 0x41]; 200].concat()[..];
        while !octets.is_empty() {
            octets = match rtu.deframe(octets) {
                Step::NeedMore { at_least } => {
                    assert!(at_least > octets.len(), "{len:?}");
                    break;
                }
                Step::Frame { used, .. } | Step::Skip { used, .. } => &octets[used..],
            };
        }
    }
}

#[test]
fn a_damaged_frame_costs_only_itself() {
    let good = frame(0x11, &[0x03, 0x06, 0xAE, 0x41, 0x56, 0x52, 0x43, 0x40]);
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        let capture = [&good[..], &bad, &good, &good].concat();
        assert_eq!(responses(&capture), [&good[..], &good, &good], "octet {at}");
    }
}

#[test]
fn what_is_dropped_is_told_with_its_reason() {
    let mut bad = frame(1, &[0x03, 0x02, 0x12, 0x34]);
    bad[5] ^= 1;
    let all: Vec<_> = pieces(Rtu::new(Direction::Response), &bad).collect();
    let [Piece::Noise { offset: 0, octets, why }] = all[..] else { panic!("{all:?}") };
    assert_eq!(octets, bad);
    assert_eq!(why.to_string(), "octet 5, CRC: check sum is 0x33B4, the octets give 0x33B5");
}

#[test]
fn the_reason_is_the_same_however_late_it_is_told() {
    // As a request it is refused at once, as a response three octets later.
    let octets = [0x01, 0x03, 0x06, 0, 0, 0, 0, 0, 0, 0, 0];
    let mut rtu = Rtu::both();
    let Step::NeedMore { at_least: 11 } = rtu.deframe(&octets[..8]) else { panic!() };
    let late = rtu.deframe(&octets);
    assert_eq!(late, Rtu::both().deframe(&octets));
    let Step::Skip { used: 1, why } = late else { panic!() };
    assert_eq!((why.offset, why.what), (6, "CRC"));
}

#[test]
fn replies_are_told_from_requests_by_what_was_asked() {
    use Direction::{Request, Response};
    let ask = frame(1, &[0x06, 0x00, 0x01, 0x00, 0x03]);
    let other = frame(2, &[0x06, 0x00, 0x01, 0x00, 0x03]);
    let read = frame(1, &[0x03, 0x20, 0x00, 0x00, 0x02]);
    let reply = frame(1, &[0x03, 0x04, 0x00, 0x01, 0x00, 0x02]);
    let refused = frame(1, &[0x83, 0x02]);
    let broadcast = frame(0, &[0x06, 0x00, 0x01, 0x00, 0x03]);
    let conversation = [
        (Request, &ask),
        (Response, &ask),
        (Request, &other), // Nobody answers,
        (Request, &ask),   // and the next is asked.
        (Response, &ask),
        (Request, &read),
        (Request, &read), // Asked again: as a reply it would have 37 octets.
        (Response, &reply),
        (Request, &read),
        (Response, &refused),
        (Request, &broadcast),
        (Request, &broadcast),
    ];
    let capture: Vec<u8> = conversation.iter().flat_map(|(_, frame)| (*frame).clone()).collect();
    let expected: Vec<_> = conversation.map(|(to, frame)| (to, frame.clone())).into();
    assert_eq!(frames(Rtu::both(), &capture), expected);
}

#[test]
fn a_request_that_comes_again_is_not_waited_for_as_a_reply() {
    let read = frame(1, &[0x03, 0x20, 0x00, 0x00, 0x02]);
    let mut rtu = Rtu::both();
    for _ in 0..3 {
        assert_eq!(rtu.deframe(&read), Step::Frame { frame: &read, used: 8 });
        assert_eq!(rtu.direction(), Some(Direction::Request));
    }
}

#[test]
fn a_request_that_comes_again_with_zeros_behind_is_no_reply() {
    // Each reads as a good answer to itself, the zero being the last octet of its CRC.
    let requests = [frame(0xF7, &[0x03, 4, 0, 0, 2]), frame(0x11, &[0x07])];
    for request in requests {
        let with_zero = [&request[..], &[0]].concat();
        let capture = [&with_zero[..], &with_zero, &with_zero].concat();
        let expected = (Direction::Request, request);
        let found = frames(Rtu::both(), &capture);
        assert_eq!(found, [expected.clone(), expected.clone(), expected]);
    }
    let records = frame(1, &[0x14, 7, 6, 0, 4, 0, 1, 0, 2]);
    let expected = (Direction::Request, records.clone());
    let found = frames(Rtu::both(), &[&records[..], &records].concat());
    assert_eq!(found, [expected.clone(), expected]);
}

#[test]
fn a_function_that_nobody_knows_ends_by_silence() {
    let custom = frame(1, &[0x41, 1, 2, 3]);
    let mut rtu = Rtu::new(Direction::Request);
    assert_eq!(rtu.deframe(&custom), Step::NeedMore { at_least: MAX_LEN + 1 });
    assert_eq!(rtu.finish(&custom), Step::Frame { frame: &custom, used: custom.len() });
    // No silence came in as many octets as a frame may have: it was none.
    let endless = [&custom[..], &[0x41; MAX_LEN]].concat();
    assert!(matches!(rtu.deframe(&endless), Step::Skip { used: 1, .. }));
}

#[test]
fn a_rule_of_the_users_ends_it_sooner() {
    let rules = [LengthRule {
        function: 0x41,
        request: Length::Count8 { at: 1, plus: 2 },
        response: Length::Fixed(3),
    }];
    let request = frame(1, &[0x41, 0x02, 0x07, 0x08]);
    let response = frame(1, &[0x41, 0x00, 0x01]);
    let capture = [&request[..], &response, &request, &response].concat();
    let found = frames(Rtu::with_rules(None, rules), &capture);
    let (request, response) = ((Direction::Request, request), (Direction::Response, response));
    assert_eq!(found, [request.clone(), response.clone(), request, response]);
}

#[test]
fn return_query_data_of_the_usual_length_waits_for_no_silence() {
    let usual = frame(1, &[0x08, 0, 0, 0xA5, 0x37]);
    let long = frame(1, &[0x08, 0, 0, 1, 2, 3, 4]);
    let mut rtu = Rtu::new(Direction::Response);
    assert_eq!(rtu.deframe(&usual), Step::Frame { frame: &usual, used: 8 });
    assert_eq!(rtu.deframe(&long), Step::NeedMore { at_least: MAX_LEN + 1 });
    assert_eq!(rtu.finish(&long), Step::Frame { frame: &long, used: 10 });
}

#[test]
fn a_bare_exception_is_taken_if_asked_for_and_silence_follows() {
    let bare = [0x0A, 0x81, 0x02];
    let strict = || Rtu::new(Direction::Response);
    let lenient = || strict().accepting_bare_exceptions(true);
    assert!(matches!(lenient().deframe(&bare), Step::NeedMore { at_least: 5 }));
    assert_eq!(lenient().finish(&bare), Step::Frame { frame: &bare, used: 3 });
    assert!(matches!(strict().finish(&bare), Step::Skip { used: 1, .. }));
    let mut foreign = lenient();
    foreign.expect(Expected { unit: Some(0x0B), function: None });
    assert!(matches!(foreign.finish(&bare), Step::Skip { used: 3, .. }));
}

#[test]
fn what_is_not_expected_is_skipped_at_once() {
    let reply = frame(7, &[0x83, 0x02]);
    let capture = [&[3; 200], &reply[..]].concat();
    let mut rtu = Rtu::new(Direction::Response);
    rtu.expect(Expected { unit: Some(7), function: Some(3) });
    let Step::Skip { used: 200, .. } = rtu.deframe(&capture) else { panic!() };
    assert_eq!(rtu.deframe(&capture[200..]), Step::Frame { frame: &reply, used: 5 });
}

#[test]
fn a_longer_frame_than_the_standard_allows_is_neither_made_nor_found() {
    assert!(wrap(1, &[0x41; 254], &mut [0; 300]).is_err());
    assert!(wrap(1, &[0x41; 253], &mut [0; 255]).is_err());
    assert_eq!(frame(1, &[0x41; 253]).len(), MAX_LEN);
    let mut rtu = Rtu::new(Direction::Response);
    let Step::Skip { why, .. } = rtu.deframe(&[1, 3, 0xFC]) else { panic!() };
    assert_eq!(why.to_string(), "octet 0, frame: more than the 256 that are accepted");
    // The second object would begin behind the end of any frame.
    let objects = [&[1, 0x2B, 0x0E, 1, 1, 0, 0, 2, 0, 0xF8][..], &[0; 246]].concat();
    assert!(matches!(rtu.deframe(&objects), Step::Skip { used: 1, .. }));
}

/// Octets that look like frames at nearly every place.
fn tempting() -> impl Strategy<Value = Vec<u8>> {
    let good = (any::<u8>(), vec(any::<u8>(), 1..8)).prop_map(|(unit, pdu)| frame(unit, &pdu));
    let read = (0..3_u8, 0..9_u8).prop_map(|(unit, count)| {
        let body = (0..2 * count).map(|n| n % 3);
        frame(unit, &[0x03, 2 * count].into_iter().chain(body).collect::<Vec<_>>())
    });
    let ask = (0..3_u8).prop_map(|unit| frame(unit, &[0x03, 0, 1, 0, 4]));
    let headers = prop_oneof![
        Just(Vec::from([1, 3])),
        Just(Vec::from([1, 0x10, 0, 0, 0])),
        Just(Vec::from([1, 0x2B, 0x0E])),
        Just(Vec::from([1, 0x2B, 0x0E, 1, 1, 0, 0, 200])),
        Just(Vec::from([0])),
    ];
    let part = prop_oneof![good, read, ask, headers, vec(0..=0x18_u8, 0..20)];
    vec(part, 0..20).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_frames(octets in tempting(), lens in vec(1..40_usize, 1..20)) {
        for make in [Rtu::both, || Rtu::new(Direction::Request), || Rtu::new(Direction::Response)] {
            let whole = frames(make(), &octets);
            for lens in [&lens[..], &[1]] {
                let (mut rtu, mut found, mut lens) = (make(), Vec::new(), lens.iter().cycle());
                let (mut start, mut end) = (0, 0);
                while start < octets.len() {
                    let step = if end < octets.len() {
                        rtu.deframe(&octets[start..end])
                    } else {
                        rtu.finish(&octets[start..])
                    };
                    match step {
                        Step::NeedMore { at_least } => {
                            assert!(at_least > end - start && at_least <= rtu.max_len());
                            end = octets.len().min(end + lens.next().unwrap());
                        }
                        Step::Frame { frame, used } => {
                            found.push((rtu.direction().unwrap(), frame.to_vec()));
                            start += used;
                        }
                        Step::Skip { used, .. } => {
                            assert!(used > 0 && used <= end - start);
                            start += used;
                        }
                    }
                }
                assert_eq!(found, whole);
            }
        }
    }
}
