//! What was tried: how many of the rounds that were due were done, and how they ended.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{Filter, Source};
use crate::exit::Failure;
use crate::poll::Outcome;
use crate::site::Site;
use crate::store::Span;

/// So many ticks are counted; a year of seconds.
const MOST_TICKS: u64 = 32_000_000;

/// What was done for one poll of a device.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Effort {
    pub(crate) device: Arc<str>,
    pub(crate) poll: Arc<str>,
    /// Rounds that are kept, by [`Outcome::ALL`].
    counts: [u64; Outcome::ALL.len()],
    /// Ticks for which something was read, and those for which anything was tried.
    pub(crate) read: u64,
    tried: u64,
    /// Ticks that were due, where the site says when.
    pub(crate) due: Option<u64>,
    /// How long good rounds took, sorted.
    took: Vec<Duration>,
    pub(crate) last_good: Option<Timestamp>,
    /// Why the last round that brought not all did not.
    pub(crate) why: Option<String>,
}

impl Effort {
    pub(crate) fn count(&self, outcome: Outcome) -> u64 {
        let counts = Outcome::ALL.into_iter().zip(self.counts);
        counts.filter(|(of, _)| *of == outcome).map(|(_, count)| count).sum()
    }

    pub(crate) fn rounds(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Hundredths of what was due that was read; of what was tried where nobody knows what was due.
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
    pub(crate) fn share(&self) -> Option<f64> {
        let due = self.due.unwrap_or(self.tried).max(self.read);
        (due > 0).then(|| self.read as f64 * 100.0 / due as f64)
    }

    /// Ticks that were due and for which nothing was read.
    pub(crate) fn missing(&self) -> u64 {
        self.due.unwrap_or(self.tried).saturating_sub(self.read)
    }

    /// The time that so many hundredths of the good rounds did not exceed.
    pub(crate) fn took(&self, hundredths: usize) -> Option<Duration> {
        let place = (self.took.len() * hundredths).div_ceil(100).saturating_sub(1);
        self.took.get(place).copied()
    }
}

/// What was done in a span, by device and poll.
pub(crate) fn efforts(
    source: &mut Source,
    filter: &Filter,
    span: Span,
    now: Timestamp,
) -> Result<Vec<Effort>, Failure> {
    let mut all: BTreeMap<(Arc<str>, Arc<str>), Effort> = BTreeMap::new();
    let mut last_tick = None;
    let mut last_read = None;
    source.store.attempts(span, &mut |attempt| {
        if !filter.takes_device(&attempt.device) {
            return;
        }
        let key = (Arc::clone(&attempt.device), Arc::clone(&attempt.poll));
        let effort = all.entry(key.clone()).or_insert_with(|| Effort::new(&key.0, &key.1));
        let counts = effort.counts.iter_mut().zip(Outcome::ALL);
        counts.filter(|(_, of)| *of == attempt.outcome).for_each(|(count, _)| *count += 1);
        // They come by poll and tick: a tick for which several rounds were done counts once.
        let tick = Some((key, attempt.tick));
        if last_tick != tick {
            effort.tried += 1;
            last_tick.clone_from(&tick);
        }
        if attempt.good > 0 && last_read != tick {
            effort.read += 1;
            last_read = tick;
        }
        if attempt.outcome == Outcome::Good {
            let took = attempt.began.duration_until(attempt.ended);
            effort.took.push(Duration::try_from(took).unwrap_or_default());
            effort.last_good = effort.last_good.max(Some(attempt.ended));
        } else {
            effort.why = attempt.why.or_else(|| effort.why.take());
        }
    })?;
    if let Some(site) = &source.site {
        add_due(&mut all, site, filter, span, now);
    }
    let mut all: Vec<Effort> = all.into_values().collect();
    all.iter_mut().for_each(|effort| effort.took.sort_unstable());
    Ok(all)
}

impl Effort {
    fn new(device: &Arc<str>, poll: &Arc<str>) -> Self {
        Self {
            device: Arc::clone(device),
            poll: Arc::clone(poll),
            counts: [0; Outcome::ALL.len()],
            read: 0,
            tried: 0,
            due: None,
            took: Vec::new(),
            last_good: None,
            why: None,
        }
    }
}

/// What the site says was due, also of polls for which nothing was ever done.
fn add_due(
    all: &mut BTreeMap<(Arc<str>, Arc<str>), Effort>,
    site: &Site,
    filter: &Filter,
    span: Span,
    now: Timestamp,
) {
    let meters = site.lines.iter().flat_map(|line| &line.meters);
    for meter in meters.filter(|meter| filter.takes_device(&meter.name)) {
        let device: Arc<str> = meter.name.as_str().into();
        for poll in &meter.polls {
            // Of those that are kept seldom not every tick leaves a round.
            if poll.keep.is_some() {
                continue;
            }
            let name: Arc<str> = poll.name.as_str().into();
            let effort = all
                .entry((Arc::clone(&device), Arc::clone(&name)))
                .or_insert_with(|| Effort::new(&device, &name));
            let (mut due, mut last) = (0, span.from - jiff::SignedDuration::from_nanos(1));
            while let Some(tick) = poll.schedule.rule.next_after(last)
                && tick < span.to.min(now)
                && due < MOST_TICKS
            {
                (due, last) = (due + 1, tick);
            }
            effort.due = Some(due);
        }
    }
}
