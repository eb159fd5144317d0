//! What the resend machine does in each case, and that it always comes to an end.

use alloc::vec::Vec;

use gurux_media::Instant;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

use super::{
    Action, Answer, BackOff, Duration, Full, Key, Order, Policy, Stage, State, Transactions,
};

const fn ms(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

/// A request on a line: the device, and the rest of what its reply looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Question {
    device: u16,
    shape: u16,
}

impl Key for Question {
    fn is_mistakable_for(&self, other: &Self) -> bool {
        self == other
    }
    fn is_same_device(&self, other: &Self) -> bool {
        self.device == other.device
    }
}

fn link(policy: Policy) -> Transactions<u16, 4> {
    Transactions::new(policy)
}

fn order(key: u16, resends: u8) -> Order<u16> {
    Order { resends, ..Order::new(key) }
}

/// The moments at which a lone order is sent and given up.
fn moments(policy: Policy, resends: u8) -> Vec<u64> {
    let mut link = link(policy);
    assert_eq!(link.submit(ms(0), order(1, resends)), Ok(()));
    let (mut now, mut moments) = (ms(0), Vec::new());
    while let Some(action) = link.poll(now).or_else(|| {
        now = link.poll_timeout()?;
        link.poll(now)
    }) {
        moments.push(now.as_micros() / 1_000);
        if let Action::TimedOut { attempts, .. } = action {
            assert_eq!(usize::from(attempts), moments.len() - 1);
            break;
        }
    }
    moments
}

#[test]
fn waits_grow_as_the_back_off_says() {
    let with = |back_off| Policy { back_off, ..Policy::default() };
    assert_eq!(moments(with(BackOff::Constant), 3), [0, 1_000, 2_000, 3_000, 4_000]);
    // The original's WaitTime * (n + 1).
    assert_eq!(moments(with(BackOff::Linear), 3), [0, 1_000, 3_000, 6_000, 10_000]);
    let factor = BackOff::Factor { factor: 3, cap: Duration::from_secs(5) };
    assert_eq!(moments(with(factor), 3), [0, 1_000, 4_000, 9_000, 14_000]);
    let still = BackOff::Factor { factor: 0, cap: Duration::MAX };
    assert_eq!(moments(with(still), 1), [0, 1_000, 2_000]);
}

#[test]
fn an_order_with_the_most_resends_ends() {
    assert_eq!(moments(Policy::default(), u8::MAX).len(), 257);
}

#[test]
fn a_line_has_one_request_in_flight_and_serves_orders_in_turn() {
    let gap = Duration::from_millis(5);
    let mut link = link(Policy { gap, ..Policy::default() });
    for key in 1..=4 {
        link.submit(ms(0), order(key, 0)).unwrap();
    }
    assert_eq!(link.submit(ms(0), order(5, 0)), Err(Full));
    for key in 1..=4 {
        let sent = ms(u64::from(key) * 100);
        assert_eq!(link.poll(sent), Some(Action::Send { key, attempt: 1 }));
        assert_eq!(link.poll(sent), None);
        assert_eq!(link.state(), State::Waiting);
        let answered = sent + Duration::from_millis(20);
        link.handle_octets(answered);
        assert!(matches!(link.handle_reply(answered, |&k| k == key), Answer::Reply { .. }));
        // The gap counts from the last octet.
        assert_eq!(link.poll(answered), None);
        assert_eq!(link.poll_timeout(), (key < 4).then(|| answered + gap));
    }
    assert_eq!(link.state(), State::Idle);
}

#[test]
fn several_are_in_flight_where_the_window_allows() {
    let mut link = link(Policy { window: 2, ..Policy::default() });
    for key in 1..=3 {
        link.submit(ms(0), order(key, 0)).unwrap();
    }
    assert_eq!(link.poll(ms(0)), Some(Action::Send { key: 1, attempt: 1 }));
    assert_eq!(link.poll(ms(0)), Some(Action::Send { key: 2, attempt: 1 }));
    assert_eq!(link.poll(ms(0)), None);
    assert!(matches!(link.handle_reply(ms(9), |&k| k == 2), Answer::Reply { key: 2, .. }));
    assert_eq!(link.poll(ms(9)), Some(Action::Send { key: 3, attempt: 1 }));
    assert_eq!(link.handle_reply(ms(9), |&k| k == 2), Answer::Foreign);
}

#[test]
fn a_late_reply_is_stale_and_holds_up_what_it_could_be_mistaken_for() {
    let stale_lifetime = Duration::from_millis(300);
    let mut link = link(Policy { stale_lifetime, ..Policy::default() });
    link.submit(ms(0), order(1, 0)).unwrap();
    link.poll(ms(0)).unwrap();
    assert_eq!(link.poll(ms(1_000)), Some(Action::TimedOut { key: 1, attempts: 1 }));
    link.submit(ms(1_000), order(1, 0)).unwrap();
    link.submit(ms(1_000), order(2, 0)).unwrap();
    // Its like has to wait, another has not.
    assert_eq!(link.poll(ms(1_000)), Some(Action::Send { key: 2, attempt: 1 }));
    assert_eq!(link.handle_reply(ms(1_100), |&k| k == 1), Answer::Stale { key: 1 });
    assert!(matches!(link.handle_reply(ms(1_110), |&k| k == 2), Answer::Reply { .. }));
    // Nothing is owed any more, so the like may go.
    assert_eq!(link.poll(ms(1_110)), Some(Action::Send { key: 1, attempt: 1 }));
}

#[test]
fn after_the_lifetime_nothing_is_owed() {
    let stale_lifetime = Duration::from_millis(300);
    let mut link = link(Policy { stale_lifetime, ..Policy::default() });
    link.submit(ms(0), order(1, 0)).unwrap();
    link.poll(ms(0)).unwrap();
    link.poll(ms(1_000)).unwrap();
    link.submit(ms(1_000), order(1, 0)).unwrap();
    assert_eq!((link.poll(ms(1_299)), link.poll_timeout()), (None, Some(ms(1_300))));
    assert_eq!(link.poll(ms(1_300)), Some(Action::Send { key: 1, attempt: 1 }));
}

#[test]
fn a_late_reply_answers_the_resend_and_the_second_one_is_stale() {
    let stale_lifetime = Duration::from_millis(300);
    let mut link = link(Policy { stale_lifetime, ..Policy::default() });
    link.submit(ms(0), order(1, 1)).unwrap();
    link.poll(ms(0)).unwrap();
    assert_eq!(link.poll(ms(1_000)), Some(Action::Send { key: 1, attempt: 2 }));
    let latency = Duration::from_millis(10);
    let reply = Answer::Reply { key: 1, attempts: 2, latency };
    assert_eq!(link.handle_reply(ms(1_010), |&k| k == 1), reply);
    assert_eq!(link.handle_reply(ms(1_050), |&k| k == 1), Answer::Stale { key: 1 });
    assert_eq!(link.handle_reply(ms(1_060), |&k| k == 1), Answer::Foreign);
    assert_eq!((link.counters().stale, link.counters().foreign), (1, 1));
}

#[test]
fn a_reply_that_trickles_is_waited_for_but_not_for_ever() {
    let policy = Policy {
        octet_timeout: Duration::from_millis(100),
        reply_limit: Duration::from_millis(500),
        ..Policy::default()
    };
    let mut link = link(policy);
    link.submit(ms(0), order(1, 0)).unwrap();
    link.poll(ms(0)).unwrap();
    link.handle_octets(ms(500));
    assert_eq!(link.poll_timeout(), Some(ms(1_000)), "early octets shorten nothing");
    for at in (950..1_450).step_by(50) {
        link.handle_octets(ms(at));
        assert_eq!(link.poll(ms(at)), None);
    }
    assert_eq!(link.poll_timeout(), Some(ms(1_500)));
    assert!(matches!(link.poll(ms(1_500)), Some(Action::TimedOut { .. })));
}

#[test]
fn a_broadcast_is_over_after_its_turnaround_and_never_answered() {
    let mut link = link(Policy::default());
    link.submit(ms(0), Order { answered: false, ..order(1, 3) }).unwrap();
    link.submit(ms(0), order(2, 0)).unwrap();
    assert_eq!(link.poll(ms(0)), Some(Action::Send { key: 1, attempt: 1 }));
    assert_eq!(link.handle_reply(ms(10), |_| true), Answer::Foreign);
    assert_eq!((link.poll(ms(99)), link.poll_timeout()), (None, Some(ms(100))));
    assert_eq!(link.poll(ms(100)), Some(Action::Done { key: 1 }));
    assert_eq!(link.poll(ms(100)), Some(Action::Send { key: 2, attempt: 1 }));
}

#[test]
fn a_device_may_ask_for_more_time_as_often_as_patience_lasts() {
    let mut link = link(Policy { patience: 2, ..Policy::default() });
    link.submit(ms(0), order(1, 0)).unwrap();
    assert!(!link.extend(ms(0), |_| true), "nothing is in flight");
    link.poll(ms(0)).unwrap();
    assert!(link.extend(ms(900), |_| true));
    assert!(link.put_off(ms(1_800), Duration::from_millis(50), |_| true));
    assert_eq!((link.poll(ms(1_849)), link.state()), (None, State::Gap));
    // Not a resend: resends were 0.
    assert_eq!(link.poll(ms(1_850)), Some(Action::Send { key: 1, attempt: 2 }));
    assert!(!link.extend(ms(1_900), |_| true));
    assert!(!link.put_off(ms(1_900), Duration::ZERO, |_| true));
    assert_eq!(link.poll(ms(2_850)), Some(Action::TimedOut { key: 1, attempts: 2 }));
}

#[test]
fn a_pause_follows_the_opening_and_a_device_may_need_one_of_its_own() {
    let policy = Policy { pause_after_connect: Duration::from_secs(2), ..Policy::default() };
    let mut link = link(policy);
    link.handle_open(ms(10));
    link.submit(ms(10), Order { not_before: ms(3_000), ..order(1, 0) }).unwrap();
    link.submit(ms(10), order(2, 0)).unwrap();
    assert_eq!((link.poll(ms(10)), link.poll_timeout()), (None, Some(ms(2_010))));
    assert_eq!(link.poll(ms(2_010)), Some(Action::Send { key: 2, attempt: 1 }));
    link.handle_reply(ms(2_020), |&k| k == 2);
    assert_eq!(link.poll_timeout(), Some(ms(3_000)));
}

#[test]
fn closing_loses_what_is_in_flight_and_keeps_what_waits() {
    let mut link = link(Policy::default());
    link.submit(ms(0), order(1, 9)).unwrap();
    link.submit(ms(0), order(2, 0)).unwrap();
    link.poll(ms(0)).unwrap();
    link.handle_close();
    assert_eq!(link.poll(ms(5)), Some(Action::Lost { key: 1 }));
    assert_eq!((link.poll(ms(5)), link.poll_timeout()), (None, None));
    link.handle_open(ms(50));
    assert_eq!(link.poll(ms(50)), Some(Action::Send { key: 2, attempt: 1 }));
}

#[test]
fn a_cancelled_order_is_gone_and_its_reply_is_stale() {
    let stale_lifetime = Duration::from_millis(300);
    let mut link = link(Policy { stale_lifetime, ..Policy::default() });
    link.submit(ms(0), order(1, 5)).unwrap();
    link.submit(ms(0), order(2, 5)).unwrap();
    link.poll(ms(0)).unwrap();
    assert!(link.cancel(ms(1), |&k| k == 2) && link.cancel(ms(1), |&k| k == 1));
    assert!(!link.cancel(ms(1), |_| true));
    assert_eq!(link.handle_reply(ms(2), |&k| k == 1), Answer::Stale { key: 1 });
    assert_eq!((link.poll(ms(9_000)), link.poll_timeout()), (None, None));
}

#[test]
fn a_cancelled_request_keeps_the_line_until_its_reply_or_its_time_out() {
    let mut link = link(Policy::default());
    for key in 1..=3 {
        link.submit(ms(0), order(key, 5)).unwrap();
    }
    assert_eq!(link.poll(ms(0)), Some(Action::Send { key: 1, attempt: 1 }));
    assert!(link.cancel(ms(10), |&k| k == 1) && !link.cancel(ms(10), |&k| k == 1));
    assert!(!link.put_off(ms(20), Duration::ZERO, |&k| k == 1) && !link.extend(ms(20), |_| true));
    assert_eq!((link.poll(ms(399)), link.state()), (None, State::Waiting));
    assert_eq!(link.handle_reply(ms(400), |&k| k == 1), Answer::Stale { key: 1 });
    assert_eq!(link.poll(ms(400)), Some(Action::Send { key: 2, attempt: 1 }));
    assert!(link.cancel(ms(410), |&k| k == 2));
    assert_eq!((link.poll(ms(1_399)), link.poll_timeout()), (None, Some(ms(1_400))));
    // It is not sent again, and nobody is told.
    assert_eq!(link.poll(ms(1_400)), Some(Action::Send { key: 3, attempt: 1 }));
    assert!(link.cancel(ms(1_410), |&k| k == 3));
    link.handle_close();
    assert_eq!(
        (link.poll(ms(1_410)), link.poll_timeout(), link.state()),
        (None, None, State::Idle)
    );
}

#[test]
fn the_reply_to_a_cancelled_request_is_owed_until_it_is_late() {
    let stale_lifetime = Duration::from_millis(300);
    let mut link = link(Policy { stale_lifetime, ..Policy::default() });
    link.submit(ms(0), order(1, 0)).unwrap();
    link.poll(ms(0)).unwrap();
    assert!(link.cancel(ms(10), |_| true));
    link.submit(ms(10), order(1, 0)).unwrap();
    // It comes within the response time-out, long after the request was given up.
    assert_eq!(link.poll(ms(900)), None);
    assert_eq!(link.handle_reply(ms(900), |_| true), Answer::Stale { key: 1 });
    assert_eq!(link.poll(ms(900)), Some(Action::Send { key: 1, attempt: 1 }));
}

#[test]
fn a_line_that_is_never_silent_does_not_hold_a_request_for_ever() {
    let mut link = link(Policy { gap: Duration::from_millis(50), ..Policy::default() });
    link.handle_octets(ms(0));
    link.submit(ms(0), order(1, 0)).unwrap();
    for at in 0..100 {
        assert_eq!(link.poll(ms(at * 10)), None);
        link.handle_octets(ms(at * 10));
    }
    assert_eq!(link.poll(ms(1_000)), Some(Action::Send { key: 1, attempt: 1 }));
}

#[test]
fn a_request_does_not_overtake_an_older_one_to_its_device() {
    let mut link = Transactions::<Question, 4>::new(Policy::default());
    let ask = |device, shape| Order::new(Question { device, shape });
    link.submit(ms(0), ask(1, 1)).unwrap();
    link.poll(ms(0)).unwrap();
    let busy = Duration::from_millis(500);
    link.put_off(ms(10), busy, |_| true);
    link.submit(ms(10), ask(1, 2)).unwrap();
    link.submit(ms(10), ask(2, 1)).unwrap();
    // The other device is asked at once, the busy one in the order of the caller.
    for (at, device, shape) in [(10, 2, 1), (510, 1, 1), (510, 1, 2)] {
        let key = Question { device, shape };
        let sent = link.poll(ms(at));
        assert!(matches!(sent, Some(Action::Send { key: k, .. }) if k == key), "{sent:?}");
        link.handle_reply(ms(at), |&k| k == key);
    }
}

#[test]
fn a_device_that_needs_a_pause_gets_it() {
    let mut link = link(Policy::default());
    link.submit(ms(0), order(1, 0)).unwrap();
    link.submit(ms(0), order(2, 0)).unwrap();
    link.hold(ms(70), |&k| k == 1);
    link.hold(ms(20), |&k| k == 1);
    assert_eq!(link.poll(ms(0)), Some(Action::Send { key: 2, attempt: 1 }));
    link.handle_reply(ms(10), |&k| k == 2);
    assert_eq!(link.poll_timeout(), Some(ms(70)));
    assert_eq!(link.poll(ms(70)), Some(Action::Send { key: 1, attempt: 1 }));
}

/// What may happen to a link, in any order.
#[derive(Clone, Debug)]
enum Event {
    Submit { key: u16, resends: u8, answered: bool, delay: u64 },
    Octets,
    Reply(u16),
    Extend(u16),
    PutOff(u16, u64),
    Cancel(u16),
    Open,
    Close,
    Sleep(u64),
    WakeUp,
}

const fn question(number: u16) -> Question {
    Question { device: number % 2, shape: number / 2 }
}

fn event() -> impl Strategy<Value = Event> {
    let key = || 0..6_u16;
    prop_oneof![
        4 => (key(), 0..4_u8, any::<bool>(), 0..2_000_000_u64).prop_map(
            |(key, resends, answered, delay)| Event::Submit { key, resends, answered, delay }
        ),
        2 => Just(Event::Octets),
        3 => key().prop_map(Event::Reply),
        1 => key().prop_map(Event::Extend),
        1 => (key(), 0..2_000_000_u64).prop_map(|(key, after)| Event::PutOff(key, after)),
        1 => key().prop_map(Event::Cancel),
        1 => Just(Event::Open),
        1 => Just(Event::Close),
        4 => (0..2_000_000_u64).prop_map(Event::Sleep),
        4 => Just(Event::WakeUp),
    ]
}

fn policy() -> impl Strategy<Value = Policy> {
    let span = || (0..1_500_000_u64).prop_map(Duration::from_micros);
    let back_off = prop_oneof![
        Just(BackOff::Constant),
        Just(BackOff::Linear),
        (any::<u8>(), span()).prop_map(|(factor, cap)| BackOff::Factor { factor, cap }),
    ];
    (0..4_u8, 0..5_u8, back_off, [span(), span(), span(), span(), span(), span(), span()]).prop_map(
        |(window, patience, back_off, spans)| {
            let [response, octet, limit, gap, turnaround, pause, stale] = spans;
            Policy {
                window,
                response_timeout: response,
                octet_timeout: octet,
                reply_limit: limit,
                back_off,
                patience,
                gap,
                turnaround,
                pause_after_connect: pause,
                stale_lifetime: stale,
            }
        },
    )
}

proptest! {
    /// Whatever happens in whatever order: each order ends exactly once, the window is kept,
    /// no two requests whose replies could be mistaken for each other are in flight, and a
    /// link that is left alone comes to rest.
    #[test]
    fn every_order_ends_once(policy in policy(), events in vec(event(), 0..60)) {
        let mut link = Transactions::<Question, 4>::new(policy);
        let mut now = ms(1);
        let (mut submitted, mut ended) = (0_u32, 0_u32);
        let mut step = |link: &mut Transactions<Question, 4>, now: Instant, event: &Event| {
            match *event {
                Event::Submit { key, resends, answered, delay } => {
                    let not_before = now + Duration::from_micros(delay);
                    let order = Order { answered, not_before, resends, ..Order::new(question(key)) };
                    submitted += u32::from(link.submit(now, order).is_ok());
                }
                Event::Octets => link.handle_octets(now),
                Event::Reply(key) => {
                    let answer = link.handle_reply(now, |&k| k == question(key));
                    if let Answer::Reply { key: found, attempts, .. } = answer {
                        assert!(found == question(key) && attempts > 0);
                        ended += 1;
                    }
                }
                Event::Extend(key) => {
                    link.extend(now, |&k| k == question(key));
                }
                Event::PutOff(key, after) => {
                    link.put_off(now, Duration::from_micros(after), |&k| k == question(key));
                }
                Event::Cancel(key) => ended += u32::from(link.cancel(now, |&k| k == question(key))),
                Event::Open => link.handle_open(now),
                Event::Close => link.handle_close(),
                Event::Sleep(_) | Event::WakeUp => {}
            }
            while let Some(action) = link.poll(now) {
                ended += u32::from(!matches!(action, Action::Send { .. }));
                assert!(link.in_flight <= usize::from(policy.window.max(1)));
            }
            let waiting = link.slots().filter(|s| matches!(s.stage, Stage::Waiting { .. }));
            assert_eq!(waiting.count(), link.in_flight);
            let ready = link.slots().filter(|s| matches!(s.stage, Stage::Ready { .. }));
            assert_eq!(ready.count(), link.ready);
            for slot in link.slots().filter(|slot| slot.owed > 0) {
                let key = slot.key;
                let alike = link.slots().filter(|other| other.owed > 0 && other.key == key);
                assert_eq!(alike.count(), 1, "a reply could be taken for another's");
            }
        };
        for event in &events {
            match event {
                Event::Sleep(micros) => now += Duration::from_micros(*micros),
                Event::WakeUp => now = link.poll_timeout().unwrap_or(now).max(now),
                _ => {}
            }
            step(&mut link, now, event);
        }
        step(&mut link, now, &Event::Open);
        let mut steps = 0;
        while let Some(at) = link.poll_timeout() {
            assert!(at > now, "asked to be called again at once");
            now = at;
            step(&mut link, now, &Event::WakeUp);
            steps += 1;
            assert!(steps < 200, "does not come to rest");
        }
        assert_eq!(link.state(), State::Idle);
        assert_eq!(submitted, ended);
    }
}
