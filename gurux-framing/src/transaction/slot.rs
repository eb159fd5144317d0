//! [`Slot`]: an order on its way through the machine.

use gurux_media::Instant;

use super::Order;
use super::policy::{BackOff, Micros, Times};

/// An order on its way, or over and still owed a reply.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot<K> {
    pub(super) key: K,
    pub(super) resends: u8,
    pub(super) answered: bool,
    /// Given up while in flight: nobody is told how it ends.
    pub(super) is_cancelled: bool,
    on_line: Micros,
    response_timeout: Option<Micros>,
    /// Its turn among the orders.
    pub(super) turn: u64,
    /// How often it was sent.
    pub(super) sends: u16,
    /// How many of these were not answered.
    pub(super) owed: u16,
    /// How often it was put off.
    pub(super) put_off: u8,
    /// How often of these because the device was busy.
    pub(super) busy: u8,
    pub(super) sent_at: Instant,
    pub(super) stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// Wants to go out, since and not before.
    Ready { since: Instant, not_before: Instant },
    /// In flight; octets of a reply may move the deadline as far as the limit.
    Waiting { deadline: Instant, limit: Instant },
    /// In flight when the medium closed; `poll` has not said so yet.
    Lost,
    /// Over, but a reply may still come.
    Owed { until: Instant },
}

impl<K> Slot<K> {
    /// An order that waits to go out.
    #[inline]
    pub(super) fn new(now: Instant, turn: u64, order: Order<K>) -> Self {
        Self {
            key: order.key,
            resends: order.resends,
            answered: order.answered,
            is_cancelled: false,
            on_line: Micros::of(order.on_line),
            response_timeout: order.response_timeout.map(Micros::of),
            turn,
            sends: 0,
            owed: 0,
            put_off: 0,
            busy: 0,
            sent_at: now,
            stage: Stage::Ready { since: now, not_before: order.not_before },
        }
    }

    /// How long the first attempt waits for its reply.
    pub(super) fn response_timeout(&self, times: &Times) -> Micros {
        self.response_timeout.unwrap_or(times.response_timeout)
    }

    /// It goes out: when its last octet does, and until when its wait lasts.
    #[inline]
    pub(super) fn send(
        &mut self,
        now: Instant,
        times: &Times,
        back_off: BackOff,
    ) -> (Instant, Instant) {
        self.sends = self.sends.saturating_add(1);
        self.owed = self.owed.saturating_add(self.answered.into());
        self.sent_at = now;
        let out_at = now + self.on_line;
        (out_at, self.wait_from(out_at, times, back_off))
    }

    /// The wait begins; until when it lasts.
    #[inline]
    pub(super) fn wait_from(&mut self, at: Instant, times: &Times, back_off: BackOff) -> Instant {
        let wait = if self.answered {
            let resends = self.unanswered().saturating_sub(1);
            back_off.micros(self.response_timeout(times), resends)
        } else {
            times.turnaround
        };
        let deadline = at + wait;
        self.stage = Stage::Waiting { deadline, limit: deadline + times.reply_limit };
        deadline
    }

    /// It waits to go out again.
    pub(super) const fn wait_to_send(&mut self, at: Instant) {
        self.stage = Stage::Ready { since: at, not_before: at };
    }

    /// May it be sent again after nobody answered? A device that said "busy" did answer.
    pub(super) fn may_be_resent(&self) -> bool {
        self.unanswered() <= u16::from(self.resends)
    }

    /// May the device put off its reply? If so, that is counted.
    pub(super) const fn is_put_off(&mut self, patience: u8) -> bool {
        let is_waiting = matches!(self.stage, Stage::Waiting { .. }) && !self.is_cancelled;
        if !is_waiting || self.put_off >= patience {
            return false;
        }
        self.put_off = self.put_off.saturating_add(1);
        true
    }

    /// Attempts that count against the resends.
    fn unanswered(&self) -> u16 {
        self.sends.saturating_sub(u16::from(self.busy))
    }

    /// May a reply to it come?
    #[inline]
    pub(super) const fn is_owed(&self) -> bool {
        self.owed > 0 && !matches!(self.stage, Stage::Lost)
    }

    /// Of several, the least is answered by a reply.
    pub(super) const fn rank(&self) -> (u8, u64) {
        let rank = match self.stage {
            Stage::Waiting { .. } => 0,
            Stage::Ready { .. } => 1,
            Stage::Owed { .. } | Stage::Lost => 2,
        };
        (rank, self.turn)
    }
}
