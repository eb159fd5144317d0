//! The laws of a deframer, for every rule: any cut of the stream gives the same frames, every octet
//! is in a frame or in a skip, the work stays bounded, and what was wrapped opens again.

#![expect(clippy::indexing_slicing, clippy::expect_used, reason = "a test may fail")]

use gurux_framing::checksum::{ByteOrder, Checksum, ChecksumKind, ChecksumSettings};
use gurux_framing::rule::{
    Boundary, Check, CheckState, EndMarker, Few, FrameLen, FrameRule, OctetSet, Octets, Over,
    Place, Preamble, RuleDeframer, Start, SumForm, Template, Then, Transform,
};
use gurux_framing::{Deframe, Piece, Step, pieces, rules};
use proptest::prelude::*;

/// Modbus ASCII, to show that a rule can say it.
const MODBUS_ASCII: FrameRule = FrameRule {
    name: "Modbus ASCII frame",
    start: Start::Markers(Few::of([Octets::of(*b":")])),
    boundary: Boundary::Marker(EndMarker {
        markers: Few::of([Octets::of(*b"\r\n")]),
        then: Then::Octets(0),
        in_content: false,
    }),
    content: (Place::Start(1), Place::BeforeMarker),
    transform: Transform::Hex,
    check: Some(Check {
        over: Over::Content,
        ..Check::of(Checksum::Lrc8, Place::Start(0), Place::End(0))
    }),
    min_len: 9,
    max_len: 513,
    restart: true,
    ..FrameRule::ANYTHING
};

/// Kamstrup KMP, to show an escape with exclusive or.
const KMP: FrameRule = FrameRule {
    name: "KMP frame",
    start: Start::Markers(Few::of([Octets::of([0x80]), Octets::of([0x40])])),
    boundary: Boundary::Marker(EndMarker {
        markers: Few::of([Octets::of([0x0D])]),
        then: Then::Octets(0),
        in_content: false,
    }),
    content: (Place::Start(1), Place::BeforeMarker),
    transform: Transform::Escaped {
        escape: 0x1B,
        xor: 0xFF,
        set: OctetSet::NONE.with(0x80, 0x80).with(0x40, 0x40).with(0x0D, 0x0D).with(0x06, 0x06),
    },
    check: Some(Check {
        over: Over::Content,
        form: SumForm::Binary(ByteOrder::Big),
        ..Check::of(Checksum::Xmodem, Place::Start(0), Place::End(0))
    }),
    min_len: 4,
    max_len: 300,
    ..FrameRule::ANYTHING
};

/// A length that only a function knows: the high half of the first octet counts pairs.
const BY_FUNCTION: FrameRule = FrameRule {
    name: "pairs",
    start: Start::OneOf(OctetSet::NONE.with(0x10, 0xF0)),
    boundary: Boundary::Function(|octets| match octets.first() {
        None => FrameLen::More(1),
        Some(first) if first & 0x0F > 3 => FrameLen::Invalid,
        Some(first) => FrameLen::Total(2 + 2 * usize::from(first >> 4)),
    }),
    content: (Place::Start(1), Place::End(1)),
    check: Some(Check::of(Checksum::Xor8, Place::Start(0), Place::End(1))),
    min_len: 4,
    max_len: 40,
    ..FrameRule::ANYTHING
};

fn template() -> FrameRule {
    Template {
        bop: Octets::of([0x02]),
        eop: Octets::of([0x03]),
        maximum_size: 120,
        checksum: ChecksumSettings { position: -1, ..ChecksumSettings::new(ChecksumKind::Fcs16) },
        ..Template::default()
    }
    .rule()
}

/// A rule set, and how a frame of it is made of a head and a content.
struct Subject {
    rules: Vec<FrameRule>,
    /// Which of the rules makes the frames, and how many octets its head and content have.
    make: usize,
    head: usize,
    content: std::ops::Range<usize>,
    /// Only such octets are put in.
    octets: fn(u8) -> u8,
    /// Octets that begin a frame, for noise that hurts.
    starts: &'static [u8],
}

fn all(octet: u8) -> u8 {
    octet
}

fn text(octet: u8) -> u8 {
    b'0' + octet % 16
}

fn small(octet: u8) -> u8 {
    octet % 3
}

fn subjects() -> Vec<Subject> {
    let subject = |rules: &[FrameRule], make, head, content, octets, starts| Subject {
        rules: rules.to_vec(),
        make,
        head,
        content,
        octets,
        starts,
    };
    vec![
        subject(rules::ft12::MBUS, 0, 0, 3..252, all, &[0x68, 3, 3, 0x68, 0x10, 0x16]),
        subject(rules::ft12::MBUS, 1, 0, 2..2, all, &[0x68, 0x10, 0x16]),
        subject(rules::ft12::MBUS, 4, 0, 256..300, |_| 0x10, &[0x68, 3, 3, 0x68, 0x10, 0x16]),
        subject(rules::ft12::IEC_60870_5_102, 0, 0, 3..60, all, &[0x68, 5, 5, 0x68, 0x10, 0x16]),
        subject(rules::dlt645::RULES, 0, 7, 0..40, all, &[0x68, 0xFE, 0x16, 0]),
        subject(rules::wrapper::RULES, 0, 4, 0..40, all, &[0, 1]),
        subject(rules::mbap::RULES, 0, 2, 2..254, all, &[0, 0, 0, 3]),
        subject(rules::c12_18::RULES, 0, 3, 0..60, all, &[0xEE, 0, 1]),
        subject(rules::sml::RULES, 0, 0, 0..60, all, &[0x1B, 0x1B, 0x1B, 0x1B, 1, 0x1A]),
        subject(
            rules::sml::RULES,
            0,
            0,
            0..60,
            |o| [0x1B, 0x1B, 0x1B, 1, 0x1A][usize::from(o % 5)],
            &[0x1B, 1],
        ),
        subject(rules::p1::RULES, 0, 0, 4..200, text, b"/!\r\n0"),
        subject(rules::iec62056_21::READER_DATA, 0, 0, 0..100, text, &[1, 2, 3, 4, b'!']),
        subject(rules::iec62056_21::READER_DATA, 1, 0, 2..50, text, &[1, 2, 3, 4, b'!']),
        subject(
            rules::iec62056_21::METER_IDENTIFIED,
            1,
            0,
            3..3,
            text,
            &[6, 0x15, b'/', b'?', b'!'],
        ),
        subject(rules::iec62056_21::READER_SIGN_ON, 1, 0, 4..40, text, b"/\r\n/?!"),
        subject(rules::iec62056_21::READER_MODE_D, 0, 0, 4..100, text, b"/!\r\n"),
        subject(&[MODBUS_ASCII], 0, 0, 3..100, all, b":\r\n0A"),
        subject(&[KMP], 0, 0, 0..100, all, &[0x80, 0x40, 0x1B, 0x0D]),
        subject(&[BY_FUNCTION], 0, 1, 2..2, |_| 0x10, &[0x10, 0x20]),
        subject(&[template()], 0, 0, 0..80, all, &[2, 3]),
        subject(&[template()], 0, 0, 0..80, |o| 2 + small(o), &[2, 3]),
    ]
}

/// What one run over a stream found: frames and octets skipped, in order.
#[derive(Debug, PartialEq)]
struct Run {
    frames: Vec<(usize, Vec<u8>)>,
    skipped: Vec<usize>,
}

/// Feeds `stream` in pieces that end at `cuts`, then lets the line fall silent.
fn run(rules: &[FrameRule], stream: &[u8], cuts: impl Iterator<Item = usize>) -> (Run, u64) {
    let mut deframer = RuleDeframer::new(rules);
    let (mut start, mut calls) = (0, 0_u64);
    let mut found = Run { frames: Vec::new(), skipped: Vec::new() };
    let ends = cuts.map(|cut| (cut.min(stream.len()), false)).chain([(stream.len(), true)]);
    for (end, silent) in ends {
        loop {
            let buffer = &stream[start..end.max(start)];
            calls += 1;
            let step = if silent { deframer.finish(buffer) } else { deframer.deframe(buffer) };
            match step {
                Step::NeedMore { at_least } => {
                    assert!(at_least > buffer.len(), "{at_least} of {}", buffer.len());
                    assert!(!silent || buffer.is_empty(), "silence decides on everything");
                    break;
                }
                Step::Frame { frame, used } => {
                    assert!(used >= frame.len() && used <= buffer.len());
                    let at = start + used - frame.len();
                    assert_eq!(&stream[at..start + used], frame);
                    found.frames.push((at, frame.to_vec()));
                    found.skipped.extend(start..at);
                    start += used;
                }
                Step::Skip { used, why } => {
                    assert!(used > 0 && used <= buffer.len(), "{used} of {}: {why}", buffer.len());
                    assert!(why.offset <= buffer.len(), "{why} in {} octets", buffer.len());
                    found.skipped.extend(start..start + used);
                    start += used;
                }
            }
        }
    }
    assert_eq!(start, stream.len(), "every octet was decided on");
    let counters = deframer.counters();
    assert_eq!(counters.frames, found.frames.len() as u64);
    let octets: usize = found.frames.iter().map(|(_, frame)| frame.len()).sum();
    assert_eq!(octets + found.skipped.len(), stream.len(), "every octet came out once");
    (found, counters.checked_octets.max(counters.searched_octets).max(calls))
}

/// A stream of frames and noise, and the frames that were put into it.
fn stream(subject: &Subject, parts: &[(bool, Vec<u8>)], hurt: bool) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (mut octets, mut frames) = (Vec::new(), Vec::new());
    let rule = &subject.rules[subject.make];
    for (is_frame, random) in parts {
        if *is_frame {
            let wanted = subject.content.start
                + random.len() % (subject.content.end - subject.content.start).max(1);
            let mut source = random.iter().copied().cycle();
            let mut take = |n: usize| -> Vec<u8> {
                (0..n)
                    .map(|i| (subject.octets)(source.next().unwrap_or(7).wrapping_add(i as u8)))
                    .collect()
            };
            let (head, content) = (take(subject.head), take(wanted));
            let mut room = vec![0xA5; 1024];
            // A content that a rule without escape cannot carry is refused, not mangled.
            let Ok(len) = rule.wrap(&head, &content, &mut room) else { continue };
            assert_eq!(rule.wrapped_len(&content), Ok(len));
            assert!(room[len..].iter().all(|&octet| octet == 0xA5), "wrote behind its end");
            room.truncate(len);
            let mut opened_room = vec![0; len];
            let opened = rule.open(&room, &mut opened_room).expect("what was wrapped opens");
            assert_eq!((opened.head.as_slice(), opened.content), (&head[..], &content[..]));
            assert!(rule.wrap(&head, &content, &mut vec![0; len - 1]).is_err());
            frames.push(room.clone());
            octets.extend_from_slice(&room);
        } else if hurt {
            octets.extend(
                random
                    .iter()
                    .map(|&octet| subject.starts[usize::from(octet) % subject.starts.len()]),
            );
        } else {
            octets.extend_from_slice(random);
        }
    }
    (octets, frames)
}

fn parts() -> impl Strategy<Value = Vec<(bool, Vec<u8>)>> {
    prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..90)), 0..7)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// The same frames come out, whether the octets come at once, singly or in any pieces.
    #[test]
    fn any_cut_gives_the_same_frames(
        parts in parts(),
        hurt: bool,
        cuts in prop::collection::vec(0..2000_usize, 0..12),
    ) {
        let mut cuts = cuts;
        cuts.sort_unstable();
        for subject in subjects() {
            let (octets, _) = stream(&subject, &parts, hurt);
            let (whole, _) = run(&subject.rules, &octets, [octets.len()].into_iter());
            let (single, _) = run(&subject.rules, &octets, 1..=octets.len());
            let (pieces, _) = run(&subject.rules, &octets, cuts.iter().copied());
            prop_assert_eq!(&whole, &single, "{:?}", subject.rules[subject.make].name);
            prop_assert_eq!(&whole, &pieces, "{:?}", subject.rules[subject.make].name);
        }
    }

    /// Frames back to back all come out, whatever is in them.
    #[test]
    fn frames_without_noise_all_come_out(parts in parts()) {
        let parts: Vec<_> = parts.into_iter().map(|(_, random)| (true, random)).collect();
        for subject in subjects() {
            let (octets, frames) = stream(&subject, &parts, false);
            let (found, _) = run(&subject.rules, &octets, 1..=octets.len());
            let found: Vec<_> = found.frames.into_iter().map(|(_, frame)| frame).collect();
            prop_assert_eq!(found, frames, "{:?}", subject.rules[subject.make].name);
        }
    }

    /// A frame behind octets that begin nothing comes out too.
    #[test]
    fn a_frame_behind_plain_noise_is_found(noise in prop::collection::vec(any::<u8>(), 0..200), random: Vec<u8>) {
        for subject in subjects() {
            if subject.rules.iter().any(|rule| !matches!(rule.start, Start::Markers(_))) {
                continue;
            }
            let (frame, frames) = stream(&subject, &[(true, random.clone())], false);
            let begins = |octet: &u8| {
                let starts = |rule: &FrameRule| match &rule.start {
                    Start::Markers(markers) => {
                        markers.iter().any(|marker| marker.as_slice().first() == Some(octet))
                    }
                    _ => true,
                };
                *octet == 0xFE || subject.rules.iter().any(starts)
            };
            let mut octets: Vec<u8> = noise.iter().copied().filter(|octet| !begins(octet)).collect();
            let noise_len = octets.len();
            octets.extend_from_slice(&frame);
            let (found, _) = run(&subject.rules, &octets, 1..=octets.len());
            prop_assert_eq!(found.skipped.len(), noise_len);
            prop_assert_eq!(found.frames.len(), frames.len());
        }
    }

    /// No input panics, and nothing that is opened is longer than it was.
    #[test]
    fn no_octets_are_too_strange(octets in prop::collection::vec(any::<u8>(), 0..80), which: prop::sample::Index, hurt: bool) {
        let subjects = subjects();
        let subject = &subjects[which.index(subjects.len())];
        let octets: Vec<u8> = match hurt {
            true => octets.iter().map(|&o| subject.starts[usize::from(o) % subject.starts.len()]).collect(),
            false => octets,
        };
        let mut room = [0; 128];
        for rule in &subject.rules {
            if let Ok(opened) = rule.open(&octets, &mut room) {
                prop_assert!(opened.content.len() <= octets.len());
            }
            let _ = rule.explain(&octets, 5, &mut Ranges { inside: 5..5 + octets.len() });
            let _ = rule.wrap(&octets, &octets, &mut [0; 100]);
        }
        for piece in pieces(RuleDeframer::new(&subject.rules[..]), &octets) {
            if let Piece::Frame { frame, .. } = piece {
                prop_assert!(subject.rules.iter().any(|rule| rule.check_in(frame).is_ok()));
            }
        }
    }
}

/// Every range that a visitor is told lies within the frame, and they follow each other.
struct Ranges {
    inside: std::ops::Range<usize>,
}

impl gurux_framing::Visit for &mut Ranges {
    fn field(
        &mut self,
        at: std::ops::Range<usize>,
        name: &'static str,
        _: gurux_framing::Shown<'_>,
    ) {
        assert_eq!(at.start, self.inside.start, "{name} begins where the one before ends");
        assert!(at.end > at.start && at.end <= self.inside.end, "{name} at {at:?}");
        self.inside.start = at.end;
    }
    fn structure(
        &mut self,
        at: std::ops::Range<usize>,
        name: &'static str,
        value: gurux_framing::Shown<'_>,
    ) {
        self.field(at, name, value);
    }
    fn enter_group(&mut self, _: usize, _: &'static str) {}
    fn enter_list(&mut self, _: usize, _: &'static str) {}
    fn leave(&mut self, end: usize) {
        assert_eq!((self.inside.start, self.inside.end), (end, end), "all octets were told of");
    }
}

/// Work is bounded by the octets times the longest frame, and for honest noise by the octets alone.
#[test]
fn the_work_is_linear() {
    let noise =
        |len: usize| -> Vec<u8> { (0..len).map(|i| ((i * 2_654_435_761) >> 7) as u8).collect() };
    for subject in subjects() {
        let name = subject.rules[subject.make].name;
        for len in [2000, 20_000] {
            let (_, work) = run(&subject.rules, &noise(len), 1..=len);
            assert!(work <= 6 * len as u64, "{name}: {work} for {len} octets, singly");
        }
        // Ten times the octets, whatever the longest frame is, are ten times the work.
        let work = |len: usize| run(&subject.rules, &noise(len), [len].into_iter()).1;
        let (short, long) = (work(40_000), work(400_000));
        assert!(long <= 12 * short, "{name}: {short} for 40,000 octets, {long} for 400,000");
        // Nothing but beginnings, or nothing but ends.
        for &start in subject.starts {
            let hurt = vec![start; 5000];
            let (_, work) = run(&subject.rules, &hurt, 1..=hurt.len());
            let longest = subject.rules.iter().map(|rule| rule.max_len).max().unwrap_or(0);
            assert!(work <= (5000 * longest.min(5000)) as u64, "{name}: {work}");
        }
    }
}

/// The laws above are about something: each subject makes frames, and the stream gives them back.
#[test]
fn every_rule_makes_frames() {
    for subject in subjects() {
        let parts: Vec<_> = (0..20_u8).map(|i| (true, vec![i; usize::from(i)])).collect();
        let (octets, frames) = stream(&subject, &parts, false);
        let name = subject.rules[subject.make].name;
        assert!(frames.len() >= 10, "{name} made {} frames", frames.len());
        let (found, _) = run(&subject.rules, &octets, [octets.len()].into_iter());
        assert_eq!(found.frames.len(), frames.len(), "{name}");
    }
}

/// A second beginning inside a frame that nothing proves begins another one.
#[test]
fn a_cut_telegram_without_a_sum_does_not_swallow_the_next() {
    let stream = b"/ISk5 cut off/ISk5\r\n\r\n1.8.0(1)\r\n!\r\n";
    let found: Vec<_> = pieces(RuleDeframer::new(rules::p1::RULES), stream).collect();
    assert_eq!(found.len(), 2);
    assert!(matches!(found[1], Piece::Frame { offset: 13, .. }));
}

/// A beginning that is none may look like one up to every end that the true frame has.
#[test]
fn a_false_beginning_does_not_use_up_the_ends() {
    let rule = template();
    let mut frame = [0; 16];
    let len = rule.wrap(&[], &[7, 8], &mut frame).unwrap();
    let mut stream = vec![2, 9];
    stream.extend_from_slice(&frame[..len]);
    stream.extend_from_slice(&[3, 3, 3, 3]);
    let (found, _) = run(&[rule], &stream, [stream.len()].into_iter());
    assert_eq!(found.frames, [(2, frame[..len].to_vec())]);
}

/// Where a preamble lies between what was dropped and the next frame, its end is found all the same.
#[test]
fn an_end_marker_is_found_behind_a_preamble() {
    let rule =
        FrameRule { preamble: Some(Preamble { octet: 0xFE, max: 3 }), ..rules::iec62056_21::DATA };
    let mut frame = [0; 8];
    let len = rule.wrap(&[], b"B", &mut frame).unwrap();
    let mut stream = vec![0x02, b'A', 0xFE, 0xFE, 0xFE];
    stream.extend_from_slice(&frame[..len]);
    let (found, _) = run(&[rule], &stream, [stream.len()].into_iter());
    assert_eq!(found.frames, [(5, frame[..len].to_vec())]);
}

/// What is too long or too short is noise, however much of it is there.
#[test]
fn limits_hold_for_what_is_there_in_full() {
    let rule = FrameRule { min_len: 10, max_len: 12, ..rules::wrapper::FRAME };
    for (content_len, fits) in [(1, false), (2, true), (4, true), (5, false)] {
        let mut frame = [0; 32];
        let len = rules::wrapper::FRAME.wrap(&[1; 4], &[7; 9][..content_len], &mut frame).unwrap();
        assert_eq!(rule.open(&frame[..len], &mut []).is_ok(), fits, "{content_len}");
        assert_eq!(rule.wrap(&[1; 4], &[7; 9][..content_len], &mut frame).is_ok(), fits);
        let (whole, _) = run(&[rule], &frame[..len], [len].into_iter());
        let (single, _) = run(&[rule], &frame[..len], 1..=len);
        assert_eq!((whole.frames.len(), &whole), (usize::from(fits), &single));
    }
    let mut deframer = RuleDeframer::new([rule]);
    assert!(matches!(deframer.deframe(&[0, 1, 0, 0, 0, 0, 0, 99]), Step::Skip { .. }));
    assert_eq!((deframer.counters().overruns, deframer.counters().dropped_octets), (1, 8));
}

/// A frame that silence ends may be as long as the longest, and no longer.
#[test]
fn silence_ends_a_frame_of_the_greatest_length() {
    let rule = FrameRule { max_len: 5, ..FrameRule::ANYTHING };
    let mut deframer = RuleDeframer::new([rule]);
    assert_eq!(deframer.deframe(&[1; 5]), Step::NeedMore { at_least: 6 });
    assert_eq!(deframer.finish(&[1; 5]), Step::Frame { frame: &[1; 5], used: 5 });
    assert!(matches!(deframer.deframe(&[1; 6]), Step::Skip { used: 1, .. }));
}

/// What a check said of a frame that is delivered whatever it says.
#[test]
fn a_sum_that_need_not_fit_is_told() {
    let telegram = b"/TST5meter\r\n\r\n1.8.0(1)\r\n!0123\r\n";
    let mut deframer = RuleDeframer::new([rules::p1::UNPROVEN_TELEGRAM]);
    assert!(matches!(deframer.deframe(telegram), Step::Frame { .. }));
    assert!(matches!(deframer.check_state(), CheckState::Bad { found: 0x0123, .. }));
    let mut deframer = RuleDeframer::new(rules::p1::RULES);
    let Step::Skip { used: 31, why } = deframer.deframe(telegram) else { panic!() };
    assert_eq!((why.offset, why.what), (25, "check sum"));
    assert_eq!(deframer.counters().check_failures, 1);
}

/// The four wake-up octets belong to the frame; a longer run is noise in front of them.
#[test]
fn wake_up_octets_beyond_the_limit_are_noise() {
    let mut stream = vec![0xFE; 20];
    let mut frame = [0; 16];
    let len = rules::dlt645::FRAME.wrap(&[1, 2, 3, 4, 5, 6, 0x11], &[], &mut frame).unwrap();
    stream.extend_from_slice(&frame[..len]);
    let mut deframer = RuleDeframer::new(rules::dlt645::RULES);
    assert!(matches!(deframer.deframe(&stream), Step::Skip { used: 4, .. }));
    let Step::Frame { frame, used } = deframer.deframe(&stream[4..]) else { panic!() };
    assert_eq!((used, frame.len()), (16 + len, len));
}

/// Rules change between two frames, and octets that came early are cut by the new ones.
#[test]
fn a_switch_of_rules_loses_no_octets() {
    use rules::iec62056_21::{METER_IDENTIFIED, METER_IDLE, METER_PROGRAMMING};

    let mut stream = b"/?!\r\n\x06051\r\n".to_vec();
    let mut command = [0; 32];
    let len = rules::iec62056_21::COMMAND.wrap(&[], b"P1\x02(12345678)", &mut command).unwrap();
    stream.extend_from_slice(&command[..len]);
    let mut deframer = RuleDeframer::new(METER_IDLE);
    let mut at = 0;
    for (rules, frame_len) in [(METER_IDLE, 5), (METER_IDENTIFIED, 6), (METER_PROGRAMMING, len)] {
        deframer.switch(rules);
        let Step::Frame { frame, used } = deframer.deframe(&stream[at..]) else {
            panic!("no frame at {at}")
        };
        assert_eq!((frame.len(), used), (frame_len, frame_len));
        at += used;
    }
    assert_eq!(at, stream.len());
}

/// The same bits of a field, shifted and masked, both ways.
#[test]
fn a_length_may_be_a_part_of_its_field() {
    use gurux_framing::rule::Length;

    // The shape of the HDLC format field: eleven bits, behind four fixed ones and a flag.
    let rule = FrameRule {
        start: Start::Markers(Few::of([Octets::of([0x7E])])),
        boundary: Boundary::Length(Length {
            at: 1,
            width: 2,
            mask: 0x07FF,
            bits: 0xA000,
            add: 2,
            ..Length::OCTET
        }),
        content: (Place::Start(3), Place::End(1)),
        min_len: 4,
        max_len: 2049,
        ..FrameRule::ANYTHING
    };
    let mut out = [0; 2100];
    let len = rule.wrap(&[], &[7; 600], &mut out).unwrap();
    assert_eq!((len, &out[..3]), (604, &[0x7E, 0xA2, 0x5A][..]));
    out[1] |= 0x08;
    assert_eq!(rule.open(&out[..len], &mut []).unwrap().content, [7; 600]);
    assert!(rule.wrap(&[], &[7; 2046], &mut out).is_err());
}

/// A rule goes through a file and comes back the same.
#[cfg(feature = "serde")]
#[test]
fn rules_are_stored_and_read_back() {
    for subject in subjects() {
        for rule in &subject.rules {
            if matches!(rule.boundary, Boundary::Function(_)) {
                assert!(serde_json::to_string(rule).is_err(), "a function has no form in a file");
                continue;
            }
            let text = serde_json::to_string(rule).unwrap();
            let back: FrameRule = serde_json::from_str(&text).unwrap();
            assert_eq!(FrameRule { name: rule.name, ..back }, *rule, "{text}");
        }
    }
    let short: FrameRule =
        serde_json::from_str(r#"{"start":{"markers":["68"]},"boundary":{"fixed":5}}"#).unwrap();
    assert_eq!(short.boundary, Boundary::Fixed(5));
    assert!(serde_json::from_str::<FrameRule>(r#"{"stat":"any"}"#).is_err());
    let template: Template = serde_json::from_str(
        r#"{"bop":"68","eop":"16","checksum":{"kind":"sum8","position":-2,"count":-2}}"#,
    )
    .unwrap();
    assert_eq!(template.checksum.kind, ChecksumKind::Sum8);
}

/// Two rules that begin alike and end differently, each with an end that is none before the next
/// beginning.
#[test]
fn rules_that_begin_alike_do_not_make_each_other_look_again() {
    let stream = b"!ABCD\r\n/".repeat(4096);
    let mut deframer = RuleDeframer::new(rules::iec62056_21::CAPTURE);
    let mut rest = &stream[..];
    while !rest.is_empty() {
        rest = match deframer.finish(rest) {
            Step::Frame { used, .. } | Step::Skip { used, .. } => &rest[used..],
            Step::NeedMore { .. } => panic!("the stream is over"),
        };
    }
    let searched = deframer.counters().searched_octets;
    assert!(searched < 16 * stream.len() as u64, "{searched} of {}", stream.len());
}
