//! Which meters answer, and what those that do not may cost.

use std::time::Duration;

use gurux_media::Instant;

use super::BusConfig;

/// What is known of a meter's answering.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Health {
    /// Turns in a row without an answer.
    silent: u8,
    away_until: Option<Instant>,
    rest: Duration,
}

impl Health {
    /// It answered; was it away?
    pub(super) fn answered(&mut self) -> bool {
        let was_away = self.away_until.is_some();
        *self = Self::default();
        was_away
    }

    /// It was silent in a turn. If it is away now, until when it is left alone.
    pub(super) fn silent(&mut self, now: Instant, config: &BusConfig) -> Option<Instant> {
        self.silent = self.silent.saturating_add(1);
        if self.silent < config.patience.max(1) {
            return None;
        }
        let rest =
            if self.rest.is_zero() { config.first_rest } else { self.rest.saturating_mul(2) };
        self.rest = rest.min(config.longest_rest);
        let until = now + self.rest;
        self.away_until = Some(until);
        Some(until)
    }

    /// Until when it is left alone, if it is: it rests, or those that are silent have had their share.
    pub(super) fn rests_until(&self, now: Instant, budget: &Budget) -> Option<Instant> {
        if self.silent == 0 {
            return None;
        }
        let until = self.away_until.unwrap_or(now).max(budget.free_at());
        (until > now).then_some(until)
    }
}

/// How much of the line's time silent meters may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// In hundredths.
    share: u8,
    begun_at: Option<Instant>,
    spent: Duration,
}

impl Budget {
    pub(super) const fn new(share: u8) -> Self {
        Self { share, begun_at: None, spent: Duration::ZERO }
    }

    /// The line is there; only the first time counts.
    pub(super) fn begin(&mut self, now: Instant) {
        self.begun_at.get_or_insert(now);
    }

    pub(super) fn spend(&mut self, time: Duration) {
        self.spent += time;
    }

    /// When what was spent is no more than the share.
    fn free_at(&self) -> Instant {
        let share = self.share.clamp(1, 100);
        let whole = self.spent.saturating_mul(100) / u32::from(share);
        self.begun_at.unwrap_or(Instant::ZERO) + whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(count: u64) -> Instant {
        Instant::from_millis(count * 1000)
    }

    #[test]
    fn rests_double_up_to_the_longest_and_an_answer_ends_them() {
        let config = BusConfig { longest_rest: Duration::from_secs(100), ..BusConfig::default() };
        let mut health = Health::default();
        assert_eq!(health.silent(seconds(0), &config), None, "once is nothing");
        let rests = [30, 60, 100, 100];
        for rest in rests {
            assert_eq!(health.silent(seconds(1000), &config), Some(seconds(1000 + rest)));
        }
        assert!(health.answered() && !health.answered());
        assert_eq!(health.silent(seconds(0), &config), None);
    }

    #[test]
    fn what_silence_cost_is_waited_for() {
        let mut budget = Budget::new(5);
        budget.begin(seconds(10));
        budget.begin(seconds(500));
        let config = BusConfig::default();
        let mut silent = Health::default();
        silent.silent(seconds(20), &config);
        assert_eq!(silent.rests_until(seconds(20), &budget), None);
        budget.spend(Duration::from_secs(6));
        // 6 s are a twentieth of two minutes.
        assert_eq!(silent.rests_until(seconds(20), &budget), Some(seconds(130)));
        assert_eq!(silent.rests_until(seconds(130), &budget), None);
        assert_eq!(Health::default().rests_until(seconds(20), &budget), None, "it answers");
    }
}
