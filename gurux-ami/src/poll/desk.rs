//! [`Desk`]: where all lines hand in what they did. It writes the log, counts, and hands on what is to be
//! stored.

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tokio::sync::mpsc::UnboundedSender;

use super::numbers::{LineNumbers, Numbers};
use super::rounds::{Finished, Outcome, Told};
use crate::store::Stored;

/// With so many rounds waiting for the store, nothing new is asked: what was read is not thrown away, and
/// memory does not grow.
const FULL: usize = 20_000;

/// A device and one of its polls.
type PollName = (Arc<str>, Arc<str>);

/// What lines, the store's keeper and who asks for numbers share.
#[derive(Clone)]
pub(super) struct Desk(Arc<Shared>);

struct Shared {
    numbers: Numbers,
    /// Rounds that wait for the store.
    waiting: AtomicUsize,
    /// Why the store does not take anything, while it does not.
    fault: Mutex<Option<String>>,
    /// The last tick of each poll that was acted on.
    last: Mutex<HashMap<PollName, Timestamp>>,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self(Arc::new(Shared {
            numbers: Numbers::new(),
            waiting: AtomicUsize::new(0),
            fault: Mutex::default(),
            last: Mutex::default(),
        }))
    }

    /// The desk of one line, which hands to the store what it read.
    pub(super) fn line(&self, name: &str, store: UnboundedSender<Finished>) -> LineDesk {
        let numbers = self.0.numbers.line(name);
        LineDesk { desk: self.clone(), store, name: name.into(), numbers }
    }

    /// So many rounds are in the store for good.
    pub(super) fn stored(&self, rounds: usize) {
        let before = self.0.waiting.fetch_sub(rounds, Ordering::Relaxed);
        self.0.numbers.waiting(before.saturating_sub(rounds));
    }

    /// The store took values.
    pub(super) fn store_works(&self, stored: Stored) {
        *locked(&self.0.fault) = None;
        self.0.numbers.stored(stored);
    }

    /// The store refused values.
    pub(super) fn store_fails(&self, fault: &impl Display) {
        *locked(&self.0.fault) = Some(fault.to_string());
        self.0.numbers.store_failed();
    }

    /// All numbers in the text format of Prometheus.
    pub(super) fn numbers(&self) -> Result<String, fmt::Error> {
        self.0.numbers.text()
    }

    /// How the poller is doing, and whether that is well.
    pub(super) fn health(&self) -> (bool, Json) {
        let fault = locked(&self.0.fault).clone();
        let waiting = self.0.waiting.load(Ordering::Relaxed);
        let is_well = fault.is_none() && waiting < FULL;
        let status = if is_well { "ok" } else { "failing" };
        let health = json!({"status": status, "waiting": waiting, "store": fault.as_deref().unwrap_or("ok")});
        (is_well, health)
    }

    /// A poll was acted on for this tick.
    pub(super) fn set_last(&self, device: Arc<str>, poll: Arc<str>, tick: Timestamp) {
        locked(&self.0.last).insert((device, poll), tick);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whoever panicked holding it left it as it was or as it was to be.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The desk as one line uses it.
#[derive(Clone)]
pub(super) struct LineDesk {
    desk: Desk,
    store: UnboundedSender<Finished>,
    name: Arc<str>,
    numbers: LineNumbers,
}

impl LineDesk {
    /// The last tick of a poll that was acted on, where one is known.
    pub(super) fn last(&self, device: &str, poll: &str) -> Option<Timestamp> {
        locked(&self.desk.0.last).get(&(device.into(), poll.into())).copied()
    }

    /// Does so much wait for the store that nothing new should be asked?
    pub(super) fn is_full(&self) -> bool {
        self.desk.0.waiting.load(Ordering::Relaxed) >= FULL
    }

    /// The line was opened, or is closed.
    pub(super) fn opened(&self, is_open: bool) {
        self.numbers.opened(is_open);
    }

    pub(super) fn tell(&self, told: Told) {
        let line = &*self.name;
        match told {
            Told::Finished(round) => self.finished(round),
            Told::Missed { device, poll, count } => {
                self.numbers.missed(count);
                tracing::warn!(line, %device, %poll, count, "ticks missed");
            }
            Told::Away { device, rest } => {
                tracing::warn!(line, %device, seconds = rest.as_secs(), "does not answer, and is left alone");
            }
            Told::Back { device } => tracing::info!(line, %device, "answers again"),
            Told::Notice { device, text } => tracing::debug!(line, %device, "{text}"),
        }
    }

    fn finished(&self, round: Finished) {
        let line = &*self.name;
        let Finished { device, poll, outcome, .. } = &round;
        self.numbers.finished(&round);
        let took_ms = round.began.duration_until(round.ended).as_millis();
        let (good, failed) = (round.readings.len(), round.failed);
        let name = outcome.name();
        let why = round.why.as_deref().unwrap_or_default();
        // What goes on as before is told to who asks for every round.
        match outcome {
            Outcome::Good if round.is_news => {
                tracing::info!(line, %device, %poll, good, took_ms, "read");
            }
            Outcome::Partial | Outcome::Refused | Outcome::Silent | Outcome::Unreachable
                if round.is_news =>
            {
                tracing::warn!(line, %device, %poll, good, failed, took_ms, "{name}: {why}");
            }
            _ => tracing::debug!(line, %device, %poll, good, failed, took_ms, "{name}: {why}"),
        }
        self.desk.set_last(Arc::clone(device), Arc::clone(poll), round.tick);
        if round.keep {
            let before = self.desk.0.waiting.fetch_add(1, Ordering::Relaxed);
            self.desk.0.numbers.waiting(before + 1);
            // The keeper ends after all lines have.
            let _ = self.store.send(round);
        }
    }
}
