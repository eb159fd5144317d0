//! The times, counts and counters of a link.

use core::ops::Add;
use core::time::Duration;

use gurux_media::Instant;

/// How the wait for a reply grows from attempt to attempt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum BackOff {
    /// Each attempt waits as long as the first.
    #[default]
    Constant,
    /// The n-th attempt waits n times as long as the first: the rule of the original's
    /// GXServerSender, where a packet is old after `WaitTime * (resends + 1)`.
    Linear,
    /// Each attempt waits `factor` times as long as the one before, but never longer than `cap`.
    Factor {
        /// The factor; 0 counts as 1.
        factor: u8,
        /// The longest wait.
        cap: Duration,
    },
}

impl BackOff {
    /// The wait of an attempt, where `resends` attempts went before.
    #[must_use]
    pub fn wait(self, first: Duration, resends: u8) -> Duration {
        match self {
            Self::Constant => first,
            _ => Duration::from_micros(self.micros(Micros::of(first), resends.into()).0),
        }
    }

    /// The same in microseconds.
    #[inline]
    pub(super) fn micros(self, first: Micros, resends: u16) -> Micros {
        match self {
            Self::Constant => first,
            Self::Linear => Micros(first.0.saturating_mul(u64::from(resends).saturating_add(1))),
            Self::Factor { factor, cap } => {
                let factor = u64::from(factor.max(1)).saturating_pow(u32::from(resends));
                Micros(first.0.saturating_mul(factor).min(Micros::of(cap).0))
            }
        }
    }
}

/// The times and counts of a link.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Policy {
    /// Requests in flight at the same time: one on a line, several where replies are numbered.
    /// 0 counts as 1.
    pub window: u8,
    /// From the last octet of a request to its reply.
    pub response_timeout: Duration,
    /// A reply that has begun when [`response_timeout`](Self::response_timeout) passes is waited
    /// for as long as its octets come no further apart than this (the inter-octet time-out).
    pub octet_timeout: Duration,
    /// But no longer than this beyond the response time-out, so that noise without end does not
    /// hold a request for ever.
    pub reply_limit: Duration,
    /// How the wait grows from attempt to attempt.
    pub back_off: BackOff,
    /// How often one request may be put off because the device asked for more time or said that
    /// it is busy.
    pub patience: u8,
    /// The silence that a request must find on the line: from the last octet, whoever sent it.
    pub gap: Duration,
    /// The wait after a request that nobody answers (a broadcast), in which the devices do what
    /// they were told.
    pub turnaround: Duration,
    /// From the opening of the medium to the first request.
    pub pause_after_connect: Duration,
    /// How long a reply may be late and still be recognised as such. Until then no request goes
    /// out whose reply could be mistaken for it.
    pub stale_lifetime: Duration,
}

/// One request at a time, a second for the reply, no gaps.
impl Default for Policy {
    fn default() -> Self {
        Self {
            window: 1,
            response_timeout: Duration::from_secs(1),
            octet_timeout: Duration::ZERO,
            reply_limit: Duration::from_secs(1),
            back_off: BackOff::Constant,
            patience: 10,
            gap: Duration::ZERO,
            turnaround: Duration::from_millis(100),
            pause_after_connect: Duration::ZERO,
            stale_lifetime: Duration::ZERO,
        }
    }
}

/// What happened since the beginning. Sixty-four bits do not come to their end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Counters {
    /// Requests sent, the repeated ones included.
    pub sent: u64,
    /// Requests sent again.
    pub resent: u64,
    /// Replies that answered a request.
    pub answered: u64,
    /// Requests that nobody answers, by design.
    pub broadcast: u64,
    /// Requests given up without a reply.
    pub timed_out: u64,
    /// Replies that came too late.
    pub stale: u64,
    /// Replies to nothing that was asked here.
    pub foreign: u64,
    /// Times that a device asked for more time or said that it is busy.
    pub put_off: u64,
    /// Requests in flight when the medium closed.
    pub lost: u64,
}

/// A span as instants count it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Micros(u64);

impl Micros {
    #[inline]
    pub(super) const fn of(span: Duration) -> Self {
        let seconds = span.as_secs().saturating_mul(1_000_000);
        Self(seconds.saturating_add(span.subsec_micros() as u64))
    }

    #[inline]
    pub(super) const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Add<Micros> for Instant {
    type Output = Self;

    #[inline]
    fn add(self, span: Micros) -> Self {
        Self::from_micros(self.as_micros().saturating_add(span.0))
    }
}

/// The spans of a [`Policy`], converted once and not at each step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) response_timeout: Micros,
    pub(super) octet_timeout: Micros,
    pub(super) reply_limit: Micros,
    pub(super) gap: Micros,
    pub(super) turnaround: Micros,
    pub(super) pause_after_connect: Micros,
    pub(super) stale_lifetime: Micros,
}

impl Times {
    pub(super) const fn of(policy: &Policy) -> Self {
        Self {
            response_timeout: Micros::of(policy.response_timeout),
            octet_timeout: Micros::of(policy.octet_timeout),
            reply_limit: Micros::of(policy.reply_limit),
            gap: Micros::of(policy.gap),
            turnaround: Micros::of(policy.turnaround),
            pause_after_connect: Micros::of(policy.pause_after_connect),
            stale_lifetime: Micros::of(policy.stale_lifetime),
        }
    }
}
