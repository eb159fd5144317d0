//! The orders that wait for the line.

use std::cmp::Reverse;
use std::time::Duration;

use gurux_media::Instant;
use gurux_value::Value;

use super::{MemberId, Priority, Ticket};

/// What a meter is to be asked.
#[derive(Clone, Debug)]
pub(super) enum What {
    Read(Vec<usize>),
    Write(usize, Value<'static>),
    Identify,
    Release,
}

#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) ticket: Ticket,
    pub(super) member: MemberId,
    pub(super) priority: Priority,
    pub(super) what: What,
    /// Since when it waits; `None` until the line is looked at the next time.
    since: Option<Instant>,
}

/// What waits, in the order in which it came.
#[derive(Debug)]
pub(super) struct Queue {
    orders: Vec<Order>,
    ageing: Duration,
    next_ticket: u64,
}

impl Queue {
    pub(super) fn new(ageing: Duration) -> Self {
        Self { orders: Vec::new(), ageing, next_ticket: 1 }
    }

    pub(super) fn add(&mut self, member: MemberId, priority: Priority, what: What) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.orders.push(Order { ticket, member, priority, what, since: None });
        ticket
    }

    pub(super) fn remove(&mut self, ticket: Ticket) -> bool {
        let place = self.orders.iter().position(|order| order.ticket == ticket);
        place.map(|place| self.orders.remove(place)).is_some()
    }

    pub(super) fn retain(&mut self, keep: impl FnMut(&Order) -> bool) {
        self.orders.retain(keep);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.orders.len()
    }

    /// The order whose turn it is: of the most urgent class, the one that has waited longest.
    pub(super) fn take(&mut self, now: Instant) -> Option<Order> {
        for order in &mut self.orders {
            order.since.get_or_insert(now);
        }
        let ageing = self.ageing;
        let urgency = |order: &Order| {
            let waited = order.since.map_or(Duration::ZERO, |since| now.since(since));
            // What a program has planned never comes before what a person has asked for.
            let base = order.priority as u128;
            let least = base.min(Priority::OnDemand as u128);
            let risen = waited.as_micros() / ageing.as_micros().max(1);
            (base.saturating_sub(risen).max(least), Reverse(waited), order.ticket)
        };
        let (place, _) = self.orders.iter().enumerate().min_by_key(|(_, order)| urgency(order))?;
        Some(self.orders.remove(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(queue: &mut Queue, now: u64) -> Vec<u64> {
        let take = || queue.take(Instant::from_millis(now)).map(|order| order.ticket.0);
        std::iter::from_fn(take).collect()
    }

    #[test]
    fn the_most_urgent_goes_first_and_of_these_who_came_first() {
        let mut queue = Queue::new(Duration::from_secs(60));
        let classes = [
            Priority::CatchUp,
            Priority::Scheduled,
            Priority::OnDemand,
            Priority::Scheduled,
            Priority::Alarm,
            Priority::Command,
        ];
        for class in classes {
            queue.add(MemberId(0), class, What::Identify);
        }
        assert_eq!(taken(&mut queue, 0), [5, 6, 3, 2, 4, 1]);
    }

    #[test]
    fn what_waits_rises_but_not_above_what_a_person_asks() {
        let mut queue = Queue::new(Duration::from_secs(60));
        let old = queue.add(MemberId(0), Priority::CatchUp, What::Identify);
        let first = queue.add(MemberId(0), Priority::Alarm, What::Identify);
        assert_eq!(queue.take(Instant::ZERO).map(|order| order.ticket), Some(first));
        let add = |queue: &mut Queue, class| queue.add(MemberId(0), class, What::Identify).0;
        // After a minute it is as good as what is scheduled, and older.
        let scheduled = add(&mut queue, Priority::Scheduled);
        let mut other =
            Queue { orders: queue.orders.clone(), ..Queue::new(Duration::from_secs(60)) };
        assert_eq!(taken(&mut other, 59_000), [scheduled, old.0]);
        let mut other =
            Queue { orders: queue.orders.clone(), ..Queue::new(Duration::from_secs(60)) };
        assert_eq!(taken(&mut other, 60_000), [old.0, scheduled]);
        // After an hour it is as good as what a person asks, and not better than a command.
        let command = add(&mut queue, Priority::Command);
        let asked = add(&mut queue, Priority::OnDemand);
        assert_eq!(taken(&mut queue, 3_600_000), [command, old.0, asked, scheduled]);
    }
}
