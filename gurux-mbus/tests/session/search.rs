//! The search, over a line with many meters.

use core::time::Duration;
use std::collections::BTreeSet;

use gurux_mbus::session::{
    Digits, Ended, FoundMeter, LinkConfig, Meter, MeterConfig, Search, SearchConfig, SearchEvent,
    SearchState, Target,
};
use gurux_mbus::wire::{AField, MeterAddress, Selection};
use gurux_media::pair::{Conducted, Conductor, PairSettings, pair};
use gurux_media::{Faults, Instant};

use crate::bench::{Fake, serial};
use crate::desk::{Desk, unhex};

/// Runs a search to its end; what it told but progress.
fn run(
    search: Search,
    settings: &PairSettings,
    meters: impl IntoIterator<Item = Fake>,
) -> (Search, Vec<SearchEvent>, Ended) {
    let meters = Meter::new(MeterConfig::default(), meters);
    let mut line = Conductor::new(search, meters, pair(settings));
    let mut events = Vec::new();
    loop {
        match line.run(Instant::FAR_FUTURE).unwrap() {
            Conducted::A(SearchEvent::Ended(ended)) => return (line.a, events, ended),
            Conducted::A(SearchEvent::Progress(progress)) => assert!(progress.permille <= 1_000),
            Conducted::A(event) => events.push(event),
            Conducted::B(_) => {}
            ended => panic!("the search is stuck: {ended:?}"),
        }
    }
}

fn addresses(found: &[FoundMeter]) -> Vec<String> {
    let mut texts: Vec<_> = found.iter().map(|meter| meter.address.unwrap().to_string()).collect();
    texts.sort_unstable();
    texts
}

/// So many meters with hexadecimal digits in their numbers, some of them alike in all but one part.
fn crowd(count: u32) -> Vec<Fake> {
    let mut seed = 0x1234_5678_u32;
    let mut digits = || {
        // Eight digits of 0 to E, by a generator of the plainest kind.
        (0..8).fold(0_u32, |number, _| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (number << 4) | ((seed >> 24) % 15)
        })
    };
    (0..count)
        .map(|place| {
            let version = place % 3;
            let number = digits();
            Fake::new((place % 251) as u8, &format!("{number:08X} KAM {version} 7"))
        })
        .collect()
}

#[test]
fn an_empty_line_is_soon_done() {
    let (search, events, ended) = run(Search::new(SearchConfig::secondary()), &serial(), []);
    assert_eq!((events, ended), (vec![], Ended::Complete));
    assert_eq!((search.counters().sent, search.state().probes), (2, 1));
    assert_eq!(search.progress().permille, 1_000);
    assert!(search.state().is_over());
}

#[test]
fn a_single_meter_needs_a_single_mask_and_is_called_by_its_number() {
    let meter = Fake::new(5, "12345678 KAM 1 4");
    let (search, events, _) = run(Search::new(SearchConfig::secondary()), &serial(), [meter]);
    assert_eq!((events.len(), search.counters().sent), (1, 4));
    let found = search.state().found[0];
    let address: MeterAddress = "12345678 KAM 1 4".parse().unwrap();
    assert_eq!(found.target, Target::Secondary(Selection::exactly(address)));
    assert_eq!((found.address, found.link_address), (Some(address), Some(AField(5))));
}

#[test]
fn two_hundred_and_fifty_meters_are_found_once_each() {
    let meters = crowd(250);
    let mut expected: Vec<_> = meters.iter().map(|meter| meter.address.to_string()).collect();
    expected.sort_unstable();
    let (search, events, ended) =
        run(Search::new(SearchConfig::secondary()), &serial(), meters.clone());
    assert_eq!(ended, Ended::Complete);
    assert_eq!(addresses(&search.state().found), expected);
    assert_eq!(events.len(), 250, "nothing but meters is told");
    let sent = search.counters().sent;
    println!("{sent} requests, {} probes", search.state().probes);
    assert!(sent < 6_000, "{sent} requests");
}

#[test]
fn meters_that_share_a_number_differ_in_other_parts() {
    let alike = [
        Fake::new(1, "12345678 KAM 1 4"),
        Fake::new(2, "12345678 KAM 1 7"),
        Fake::new(3, "12345678 KAM 2 7"),
        Fake::new(4, "12345678 ELS 2 7"),
        // A digit F is found by the others.
        Fake::new(5, "92345F7F KAM 1 4"),
        Fake::new(6, "92344F7F KAM 1 4"),
    ];
    let expected: BTreeSet<_> = alike.iter().map(|meter| meter.address.to_string()).collect();
    let (search, events, ended) =
        run(Search::new(SearchConfig::secondary()), &serial(), alike.clone());
    assert_eq!(ended, Ended::Complete);
    let found = addresses(&search.state().found);
    assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), expected, "{events:#?}");
    assert_eq!(found.len(), expected.len());
}

#[test]
fn meters_that_share_all_eight_octets_differ_in_fabrication_number() {
    let mut twins = [Fake::new(1, "12345678 KAM 1 4"), Fake::new(2, "12345678 KAM 1 4")];
    twins[0].fabrication = Some(0x1122_3344);
    twins[1].fabrication = Some(0x1122_3354);
    let (search, events, ended) = run(Search::new(SearchConfig::secondary()), &serial(), twins);
    assert_eq!((ended, search.state().found.len()), (Ended::Complete, 2), "{events:#?}");
    let numbers: Vec<_> = search
        .state()
        .found
        .iter()
        .map(|meter| match meter.target {
            Target::Secondary(selection) => selection.fabrication_number.unwrap().to_string(),
            Target::Primary(_) => panic!(),
        })
        .collect();
    assert_eq!(numbers, ["1122334F", "1122335F"]);
}

#[test]
fn twins_without_a_fabrication_number_are_stated() {
    let twins = [Fake::new(1, "12345678 KAM 1 4"), Fake::new(2, "12345678 KAM 1 4")];
    let (search, events, ended) = run(Search::new(SearchConfig::secondary()), &serial(), twins);
    assert_eq!((ended, search.state().found.len()), (Ended::Complete, 0));
    let [SearchEvent::Indistinguishable { selection }] = events[..] else { panic!("{events:#?}") };
    assert_eq!(selection.address.to_string(), "12345678 KAM 1 4");
}

#[test]
fn primary_addresses_are_tried_one_by_one() {
    let meters = [
        Fake::new(0, "00000001 KAM 1 4"),
        Fake::new(9, "00000002 KAM 1 4"),
        Fake::new(9, "00000003 KAM 1 4"),
        Fake::new(250, "00000004 KAM 1 4"),
    ];
    let (search, events, ended) =
        run(Search::new(SearchConfig::primary()), &serial(), meters.clone());
    assert_eq!(ended, Ended::Complete);
    let targets: Vec<_> = search.state().found.iter().map(|meter| meter.target).collect();
    assert_eq!(targets, [Target::Primary(AField(0)), Target::Primary(AField(250))]);
    assert!(events.contains(&SearchEvent::Shared { address: AField(9) }));

    // Both kinds, one after the other.
    let (search, _, _) = run(Search::new(SearchConfig::default()), &serial(), meters);
    assert_eq!(search.state().found.len(), 6);
}

#[test]
fn a_search_is_stopped_and_taken_up_again() {
    let meters = crowd(40);
    let config =
        SearchConfig { time_budget: Some(Duration::from_secs(30)), ..SearchConfig::secondary() };
    let mut state = SearchState::default();
    let mut sessions = 0;
    let mut told = 0;
    loop {
        let (search, events, ended) = run(Search::resume(config, state), &serial(), meters.clone());
        told += events.len();
        sessions += 1;
        assert!(sessions < 100, "it comes to an end");
        let stored = serde_json_roundtrip(search.into_state());
        if ended == Ended::Complete {
            state = stored;
            break;
        }
        state = stored;
    }
    assert!(sessions > 3, "{sessions}");
    assert_eq!((told, state.found.len()), (40, 40));
    let whole = run(Search::new(SearchConfig::secondary()), &serial(), meters).0;
    assert_eq!(whole.state().probes, state.probes, "nothing is tried twice");
}

#[cfg(feature = "serde")]
fn serde_json_roundtrip(state: SearchState) -> SearchState {
    serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap()
}

#[cfg(not(feature = "serde"))]
fn serde_json_roundtrip(state: SearchState) -> SearchState {
    state
}

#[test]
fn noise_makes_no_meters() {
    // Every second message is preceded by octets of noise, some are lost, and a converter echoes.
    // Who asks twice loses one meter in six hundred then; who asks four times, none.
    let link = LinkConfig { resends: 3, ..LinkConfig::default() };
    let config = SearchConfig { link, ..SearchConfig::secondary() };
    for seed in 0..20 {
        let faults = Faults { seed, garbage: 0.5, loss: 0.02, ..Faults::none() };
        let settings = PairSettings { faults, echo: true, ..serial() };
        let (search, events, ended) = run(Search::new(config), &settings, crowd(6));
        assert_eq!(ended, Ended::Complete);
        assert_eq!(search.state().found.len(), 6, "seed {seed}: {events:#?}");
    }
}

#[test]
fn decimal_digits_are_fewer_to_try() {
    let meters = [Fake::new(1, "12345678 KAM 1 4"), Fake::new(2, "22345678 KAM 1 4")];
    let config = SearchConfig { digits: Digits::Decimal, ..SearchConfig::secondary() };
    let decimal = run(Search::new(config), &serial(), meters.clone()).0;
    let hexadecimal = run(Search::new(SearchConfig::secondary()), &serial(), meters).0;
    assert_eq!(decimal.state().found, hexadecimal.state().found);
    assert_eq!((decimal.state().probes, hexadecimal.state().probes), (11, 16));
}

#[test]
fn a_meter_that_answers_from_another_address_is_stated() {
    let primary = Some((AField(5), AField(5)));
    let mut desk = Desk::new(Search::new(SearchConfig { primary, ..SearchConfig::primary() }));
    let mut told = Vec::new();
    let mut sent = desk.sent();
    for _ in 0..100 {
        match &*sent {
            "1040054516" => desk.input("E5"),
            // Address 0, where 5 is asked.
            "107B058016" => desk.input("68 06 06 68 08 00 78 01 13 2A BE 16"),
            "" => {}
            other => panic!("{other}"),
        }
        while let Some(event) = desk.event() {
            match event {
                SearchEvent::Ended(_) => {
                    let target = Target::Primary(AField(5));
                    let link_address = Some(AField(0));
                    assert_eq!(told, [SearchEvent::Silent { target, link_address }]);
                    return;
                }
                SearchEvent::Progress(_) => {}
                event => told.push(event),
            }
        }
        sent = desk.wait(100);
    }
    panic!("the search is stuck");
}

#[test]
fn a_meter_that_acknowledges_and_says_nothing_is_stated() {
    let config = SearchConfig { digits: Digits::Decimal, ..SearchConfig::secondary() };
    let mut desk = Desk::new(Search::new(config));
    let mut told = Vec::new();
    let mute: Selection = "31415926 FFFF 255 255".parse().unwrap();
    let mut sent = desk.sent();
    for _ in 0..1_000 {
        let selection = unhex(&sent).get(7..15).map(|octets| octets.try_into().unwrap());
        let is_meant = selection.is_some_and(|octets: [u8; 8]| {
            let mask = Selection::exactly(MeterAddress::from_octets(octets));
            mask.matches(&mute.address)
        });
        if is_meant {
            desk.input("E5");
        }
        while let Some(event) = desk.event() {
            match event {
                SearchEvent::Ended(ended) => {
                    assert_eq!(ended, Ended::Complete);
                    assert_eq!(
                        told,
                        [SearchEvent::Silent {
                            target: Target::Secondary(mute),
                            link_address: None
                        }]
                    );
                    return;
                }
                SearchEvent::Progress(_) => {}
                event => told.push(event),
            }
        }
        sent = desk.wait(5_000);
    }
    panic!("it does not end");
}

#[test]
fn meters_without_a_header_are_found_by_their_digits() {
    // A frame with CI 78 says nothing of the meter.
    let config = SearchConfig { digits: Digits::Decimal, ..SearchConfig::secondary() };
    let mut desk = Desk::new(Search::new(config));
    let nameless: MeterAddress = "31415926 KAM 1 4".parse().unwrap();
    let (mut sent, mut is_selected) = (desk.sent(), false);
    for _ in 0..1_000 {
        if sent == "107BFD7816" {
            desk.input(if is_selected { "68 06 06 68 08 05 78 01 13 2A C3 16" } else { "" });
        } else {
            let octets: [u8; 8] = unhex(&sent)[7..15].try_into().unwrap();
            let mask = Selection::exactly(MeterAddress::from_octets(octets));
            is_selected = mask.matches(&nameless);
            desk.input(if is_selected { "E5" } else { "" });
        }
        sent = desk.wait(5_000);
        while let Some(event) = desk.event() {
            if event == SearchEvent::Ended(Ended::Complete) {
                let [found] = desk.session.state().found[..] else { panic!() };
                let by_digits = "31415926 FFFF 255 255".parse().unwrap();
                assert_eq!(found.target, Target::Secondary(by_digits));
                assert_eq!(found.address, None);
                return;
            }
        }
    }
    panic!("it does not end");
}

#[test]
fn a_spike_at_every_address_finds_nobody() {
    // A converter that answers each request with an octet of noise.
    for noise in ["00", "FF", "A5 17"] {
        let mut desk = Desk::new(Search::new(SearchConfig::secondary()));
        let mut sent = desk.sent();
        let mut requests = 0;
        let ended = loop {
            assert!(!sent.is_empty() && requests < 20);
            requests += 1;
            desk.input(noise);
            sent = desk.wait(5_000);
            let mut events = core::iter::from_fn(|| desk.event());
            if let Some(ended) = events.find(|told| matches!(told, SearchEvent::Ended(_))) {
                break ended;
            }
        };
        assert_eq!(ended, SearchEvent::Ended(Ended::Complete));
        assert!(desk.session.state().found.is_empty());
        assert_eq!(requests, 4);
    }
}

/// Where a sixteenth of all that is sent gets lost, a search that says that it is complete is.
#[test]
fn a_line_that_loses_answers_is_searched_again() {
    let crowd = || (0..30).map(|i| Fake::new(0, &format!("1234{:04X} KAM 1 4", i * 7)));
    let hidden = |text: &String| text[..8].contains('F');
    let mut all: Vec<String> = crowd().map(|fake| fake.address.to_string()).collect();
    all.retain(|text| !hidden(text));
    all.sort_unstable();
    for seed in 0..6 {
        let faults = Faults { seed, loss: 0.06, ..Faults::none() };
        let settings = PairSettings { faults, ..serial() };
        let (search, _, ended) = run(Search::new(SearchConfig::secondary()), &settings, crowd());
        let mut found = addresses(&search.state().found);
        found.retain(|text| !hidden(text));
        // Some thousand questions: something is lost in each pass.
        assert_eq!((ended, search.state().passes), (Ended::Uncertain, 3));
        assert_eq!(found, all, "seed {seed}");
    }
    // What is not lost is not looked for again.
    let (search, _, ended) = run(Search::new(SearchConfig::secondary()), &serial(), crowd());
    assert_eq!((ended, search.state().passes, search.state().lost), (Ended::Complete, 1, 0));
}

/// Two answers that lie over each other may be a telegram by chance; nobody has its number.
#[test]
fn several_that_look_like_one_are_told_apart() {
    let mut desk = Desk::new(Search::new(SearchConfig::secondary()));
    assert!(desk.wait(0).starts_with("680B0B6853FD52FFFFFFFFFFFFFFFF"));
    desk.input("E5");
    assert!(desk.wait(1_000).starts_with("107BFD"));
    desk.input("68 12 12 68 08 00 72 7C563412 2D2C 01 04 11 00 0000 01 13 00 15 16");
    // Called by that number, asked twice, nobody answers: several are looked for.
    for _ in 0..2 {
        assert!(desk.wait(5_000).starts_with("680B0B6853FD527C563412FFFFFFFF"));
    }
    assert!(desk.wait(5_000).starts_with("680B0B6853FD52FFFFFF0FFFFFFFFF"));
    while let Some(event) = desk.event() {
        assert!(!matches!(event, SearchEvent::Found { .. }), "{event:?}");
    }
}
