//! [`Numbers`]: what the poller counts, for Prometheus.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::rounds::{Finished, Outcome};
use crate::store::Stored;

/// The labels of a number, as pairs.
type Labels = Vec<(&'static str, String)>;

/// Seconds since 1970.
type Moment = Gauge<f64, AtomicU64>;

/// All that is counted.
pub(super) struct Numbers {
    registry: Registry,
    rounds: Family<Labels, Counter>,
    readings: Family<Labels, Counter>,
    missed: Family<Labels, Counter>,
    open: Family<Labels, Gauge>,
    last_good: Family<Labels, Moment>,
    stored: Counter,
    revised: Counter,
    store_failures: Counter,
    waiting: Gauge,
}

impl Numbers {
    pub(super) fn new() -> Self {
        let mut numbers = Self {
            registry: Registry::with_prefix("gurux"),
            rounds: Family::default(),
            readings: Family::default(),
            missed: Family::default(),
            open: Family::default(),
            last_good: Family::default(),
            stored: Counter::default(),
            revised: Counter::default(),
            store_failures: Counter::default(),
            waiting: Gauge::default(),
        };
        let registry = &mut numbers.registry;
        registry.register(
            "rounds",
            "Rounds of a poll that ended, by outcome",
            numbers.rounds.clone(),
        );
        registry.register("readings", "Values that were read", numbers.readings.clone());
        registry.register(
            "missed",
            "Ticks of schedules for which nothing was done",
            numbers.missed.clone(),
        );
        registry.register("line_open", "1 while a line's medium is open", numbers.open.clone());
        registry.register(
            "device_last_good_seconds",
            "When a meter was last read, in seconds since 1970",
            numbers.last_good.clone(),
        );
        registry.register(
            "stored",
            "Values that are in the store for good",
            numbers.stored.clone(),
        );
        registry.register(
            "revised",
            "Values that differ from what was stored for the same time; both are kept",
            numbers.revised.clone(),
        );
        registry.register(
            "store_failures",
            "Tries to store that failed",
            numbers.store_failures.clone(),
        );
        registry.register("waiting", "Rounds that wait for the store", numbers.waiting.clone());
        numbers
    }

    pub(super) fn stored(&self, stored: Stored) {
        self.stored.inc_by(stored.new);
        self.revised.inc_by(stored.revised);
    }

    pub(super) fn store_failed(&self) {
        self.store_failures.inc();
    }

    pub(super) fn waiting(&self, rounds: usize) {
        self.waiting.set(i64::try_from(rounds).unwrap_or(i64::MAX));
    }

    /// The numbers of one line.
    pub(super) fn line(&self, name: &str) -> LineNumbers {
        let line = || ("line", name.to_owned());
        let rounds = Outcome::ALL.map(|outcome| {
            let labels = vec![line(), ("outcome", outcome.name().to_owned())];
            self.rounds.get_or_create_owned(&labels)
        });
        LineNumbers {
            rounds,
            readings: self.readings.get_or_create_owned(&vec![line()]),
            missed: self.missed.get_or_create_owned(&vec![line()]),
            open: self.open.get_or_create_owned(&vec![line()]),
            last_good: self.last_good.clone(),
            meters: Arc::default(),
        }
    }

    /// All numbers in the text format that Prometheus reads.
    pub(super) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// The numbers of one line, at hand without a search.
#[derive(Clone)]
pub(super) struct LineNumbers {
    rounds: [Counter; Outcome::ALL.len()],
    readings: Counter,
    missed: Counter,
    open: Gauge,
    last_good: Family<Labels, Moment>,
    /// Those of them that this line's meters have.
    meters: Arc<Mutex<HashMap<Arc<str>, Moment>>>,
}

impl LineNumbers {
    pub(super) fn opened(&self, is_open: bool) {
        self.open.set(i64::from(is_open));
    }

    pub(super) fn missed(&self, count: u32) {
        self.missed.inc_by(count.into());
    }

    pub(super) fn finished(&self, round: &Finished) {
        let place = Outcome::ALL.iter().position(|outcome| *outcome == round.outcome);
        if let Some(counter) = place.and_then(|place| self.rounds.get(place)) {
            counter.inc();
        }
        self.readings.inc_by(round.readings.len() as u64);
        if round.readings.is_empty() {
            return;
        }
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        let gauge = meters.entry(Arc::clone(&round.device)).or_insert_with(|| {
            self.last_good.get_or_create_owned(&vec![("device", round.device.to_string())])
        });
        gauge.set(round.ended.as_duration().as_secs_f64());
    }
}
