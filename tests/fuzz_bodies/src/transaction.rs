//! The resend machine under events in any order, at any time.

use std::time::Duration;

use gurux_framing::transaction::{Action, Answer, BackOff, Order, Policy, Transactions};
use gurux_media::Instant;

use crate::choices::Choices;

/// How deep events get.
pub const RUNGS: &[&str] = &["nothing sent", "sent", "answered", "answered, late ones told apart"];

const SLOTS: usize = 4;
/// Steps in which a link at rest must have come to its end.
const QUIET_STEPS: usize = 10_000;

/// The machine, and what it owes: each order that it took ends once.
struct Link {
    machine: Transactions<u16, SLOTS>,
    now: Instant,
    /// Orders that have not ended.
    open: Vec<u16>,
    depth: usize,
}

/// Submits, answers, waits, closes and opens as the octets say, then lets the line fall silent: every
/// order ends exactly once, and in finitely many steps.
pub fn transactions(octets: &[u8]) -> usize {
    let mut choices = Choices::new(octets);
    let policy = policy(&mut choices);
    let mut link = Link {
        machine: Transactions::new(policy),
        now: Instant::from_millis(1),
        open: Vec::new(),
        depth: 0,
    };
    let mut key = 0;
    while !choices.is_empty() {
        link.event(&mut choices, &mut key);
        link.poll();
    }
    link.machine.handle_open(link.now);
    link.poll();
    for _ in 0..QUIET_STEPS {
        let Some(at) = link.machine.poll_timeout() else { break };
        link.now = link.now.max(at);
        link.poll();
    }
    assert!(link.open.is_empty(), "orders without an end: {:?}", link.open);
    link.depth
}

fn policy(choices: &mut Choices<'_>) -> Policy {
    let mut span = || Duration::from_millis(choices.octet().into());
    let spans = Policy {
        response_timeout: span(),
        octet_timeout: span(),
        reply_limit: span(),
        gap: span(),
        turnaround: span(),
        pause_after_connect: span(),
        stale_lifetime: span(),
        ..Policy::default()
    };
    let back_off = match choices.below(3) {
        0 => BackOff::Constant,
        1 => BackOff::Linear,
        _ => BackOff::Factor { factor: choices.octet(), cap: Duration::from_secs(5) },
    };
    Policy { window: choices.below(5), patience: choices.below(5), back_off, ..spans }
}

impl Link {
    fn event(&mut self, choices: &mut Choices<'_>, key: &mut u16) {
        let about = self.open.get(usize::from(choices.below(8))).copied().unwrap_or(*key);
        match choices.below(9) {
            0 | 1 => {
                *key = key.wrapping_add(1);
                let order = Order {
                    resends: choices.below(4),
                    answered: choices.below(8) > 0,
                    on_line: Duration::from_millis(choices.below(20).into()),
                    ..Order::new(*key)
                };
                if self.machine.submit(self.now, order).is_ok() {
                    self.open.push(*key);
                }
            }
            2 | 3 => match self.machine.handle_reply(self.now, |key| *key == about) {
                Answer::Reply { key, .. } => {
                    self.end(key);
                    self.depth = self.depth.max(2);
                }
                Answer::Stale { .. } => self.depth = self.depth.max(3),
                Answer::Foreign => {}
            },
            4 => self.now += Duration::from_millis(choices.octet().into()),
            5 => self.machine.handle_octets(self.now),
            6 => {
                let after = Duration::from_millis(choices.octet().into());
                if choices.yes() {
                    self.machine.put_off(self.now, after, |key| *key == about);
                } else {
                    self.machine.extend(self.now, |key| *key == about);
                }
            }
            7 => {
                if self.machine.cancel(self.now, |key| *key == about) {
                    self.end(about);
                }
            }
            _ if choices.yes() => self.machine.handle_close(),
            _ => self.machine.handle_open(self.now),
        }
    }

    fn poll(&mut self) {
        while let Some(action) = self.machine.poll(self.now) {
            match action {
                Action::Send { key, .. } => {
                    assert!(self.open.contains(&key), "{key} is sent after its end");
                    self.depth = self.depth.max(1);
                }
                Action::TimedOut { key, .. } | Action::Done { key } | Action::Lost { key } => {
                    self.end(key);
                }
            }
        }
    }

    fn end(&mut self, key: u16) {
        let place = self.open.iter().position(|open| *open == key);
        self.open.swap_remove(place.expect("an order ends once"));
    }
}

/// Ways through the machine: ask and be answered; ask, lose patience, and be answered too late.
pub fn seeds() -> Vec<Vec<u8>> {
    let policy = [100, 0, 100, 5, 50, 0, 200, 0, 1, 2];
    let ask = [0, 0, 1, 7, 3];
    let answer = [0, 2];
    let wait = [0, 4, 255];
    let late = [&policy[..], &ask, &wait, &wait, &answer, &answer].concat();
    let busy = [&policy[..], &ask, &[0, 6, 30, 1], &wait, &answer, &ask, &[0, 8, 1], &ask].concat();
    vec![[&policy[..], &ask, &answer].concat(), late, busy]
}
