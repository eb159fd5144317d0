//! A read planner: the fewest requests for a set of values.
//!
//! A request costs a round trip, and on a slow line that is nearly all its cost; so neighbouring
//! values are read together. What stands against it is the device: it answers at most so many
//! registers, and exception 2 for the whole block when one address in it does not exist.
//!
//! [`plan`] joins items into [`Batch`]es under the [`Limits`]; no other set of requests within
//! the limits is smaller. [`ReadPlan`] keeps such batches from round to round and learns: what is
//! refused is split, what is refused alone is dead.
//!
//! ```
//! use gurux_modbus::plan::{Item, Limits, plan};
//!
//! let item = |address: &str, count, key| Item { address: address.parse().unwrap(), count, key };
//! let items = [
//!     item("input:0", 2, "voltage"),
//!     item("input:6", 2, "current"),
//!     item("input:72", 2, "energy"),
//! ];
//! let batches = plan(items, &Limits { max_gap: 4, ..Limits::default() })?;
//! let spans = batches.iter().map(|batch| (batch.address.number, batch.count));
//! assert_eq!(spans.collect::<Vec<_>>(), [(0, 8), (72, 2)]);
//! # Ok::<(), gurux_modbus::plan::PlanError>(())
//! ```

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;

use crate::{Address, Table};

/// The entries of one table: 0 to 65535.
const TABLE_LEN: u32 = 0x1_0000;

/// Something to read or write: so many entries of a table, which must travel together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Item<K> {
    /// The first entry.
    pub address: Address,
    /// How many registers or bits.
    pub count: u16,
    /// What the caller knows it by.
    pub key: K,
}

/// What one request carries.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Batch<K> {
    /// The first entry of the request.
    pub address: Address,
    /// How many registers or bits it asks for.
    pub count: u16,
    /// What it serves, in the order of addresses; never empty.
    pub items: Vec<Item<K>>,
}

/// What requests to a device must keep to.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Limits {
    /// Registers in one request: 125 by the standard, fewer in many devices.
    pub max_registers: u16,
    /// Bits in one request: 2000 by the standard.
    pub max_bits: u16,
    /// Unwanted entries in a row that may be read along: 0 unless a device is known to bear it.
    pub max_gap: u16,
    /// Every item has a request of its own.
    pub one_per_request: bool,
    /// Entries that no request may touch.
    pub forbidden: Vec<Forbidden>,
}

/// Entries of a table that must not be touched, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Forbidden {
    /// The table.
    pub table: Table,
    /// The first entry.
    pub first: u16,
    /// The last entry.
    pub last: u16,
}

/// An item for which no request can be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// It has no entries.
    #[error("{0}: nothing is to be read, the count is nought")]
    Empty(Address),
    /// It ends after entry 65535.
    #[error("{address}: {count} entries go past the last address, 65535")]
    PastEnd {
        /// The first entry of the item.
        address: Address,
        /// Its entries.
        count: u16,
    },
    /// It is longer than a request may be.
    #[error("{address}: {count} entries are more than the {max} of one request")]
    TooLong {
        /// The first entry of the item.
        address: Address,
        /// Its entries.
        count: u16,
        /// The limit.
        max: u16,
    },
    /// It touches a forbidden entry.
    #[error("{address}: one of its {count} entries is forbidden by the limits")]
    Forbidden {
        /// The first entry of the item.
        address: Address,
        /// Its entries.
        count: u16,
    },
}

impl Default for Limits {
    /// Those of the standard for reading, without gaps.
    ///
    /// Source: MODBUS Application Protocol V1.1b3, 6.1 to 6.4: 1 to 2000 (0x7D0) bits, 1 to 125
    /// (0x7D) registers.
    fn default() -> Self {
        Self {
            max_registers: 125,
            max_bits: 2000,
            max_gap: 0,
            one_per_request: false,
            forbidden: Vec::new(),
        }
    }
}

impl Limits {
    /// Those of the standard for writing.
    ///
    /// Source: MODBUS Application Protocol V1.1b3, 6.11 and 6.12: 1 to 1968 (0x7B0) bits, 1 to
    /// 123 (0x7B) registers.
    #[must_use]
    pub fn for_writing() -> Self {
        Self { max_registers: 123, max_bits: 1968, ..Self::default() }
    }

    /// The most entries of this table that a request may carry.
    #[must_use]
    pub const fn max_count(&self, table: Table) -> u16 {
        if table.is_bits() { self.max_bits } else { self.max_registers }
    }

    /// May no request touch one of the entries from `start` up to, without, `end`?
    fn forbid(&self, table: Table, start: u32, end: u32) -> bool {
        self.forbidden.iter().any(|hole| {
            hole.table == table && u32::from(hole.first) < end && start <= u32::from(hole.last)
        })
    }

    fn check<K>(&self, item: &Item<K>) -> Result<(), PlanError> {
        let Item { address, count, .. } = *item;
        let max = self.max_count(address.table);
        if count == 0 {
            Err(PlanError::Empty(address))
        } else if item.end() > TABLE_LEN {
            Err(PlanError::PastEnd { address, count })
        } else if count > max {
            Err(PlanError::TooLong { address, count, max })
        } else if self.forbid(address.table, item.start(), item.end()) {
            Err(PlanError::Forbidden { address, count })
        } else {
            Ok(())
        }
    }
}

impl<K> Item<K> {
    fn start(&self) -> u32 {
        u32::from(self.address.number)
    }

    /// One past the last entry.
    fn end(&self) -> u32 {
        self.start().saturating_add(u32::from(self.count))
    }
}

impl<K> Batch<K> {
    fn of(item: Item<K>) -> Self {
        Self { address: item.address, count: item.count, items: vec![item] }
    }

    /// `None` when there are none.
    fn of_all(items: Vec<Item<K>>) -> Option<Self> {
        let mut items = items.into_iter();
        let mut batch = Self::of(items.next()?);
        items.for_each(|item| batch.push(item));
        Some(batch)
    }

    fn start(&self) -> u32 {
        u32::from(self.address.number)
    }

    fn end(&self) -> u32 {
        self.start().saturating_add(u32::from(self.count))
    }

    /// The item must begin no earlier than the batch and lie in the same table.
    fn push(&mut self, item: Item<K>) {
        let len = self.end().max(item.end()).saturating_sub(self.start());
        self.count = u16::try_from(len).unwrap_or(u16::MAX);
        self.items.push(item);
    }

    /// Where this item's entries begin in the answer to this request.
    #[must_use]
    pub const fn offset_of(&self, item: &Item<K>) -> usize {
        item.address.number.saturating_sub(self.address.number) as usize
    }

    /// Two smaller requests for the same items.
    ///
    /// The cut is at the widest gap, since an entry that nobody asked for is the likeliest to be
    /// missing; without gaps it is in the middle.
    ///
    /// # Errors
    /// The batch itself when it has but one item.
    pub fn split(mut self) -> Result<[Self; 2], Self> {
        let len = self.items.len();
        let mut covered = self.start();
        // For each item: the gap in front of it, and how near to the middle it stands.
        let gaps = (0..len).zip(&self.items).map(|(index, item)| {
            let gap = item.start().saturating_sub(covered);
            covered = covered.max(item.end());
            (gap, index.min(len.saturating_sub(index)), index)
        });
        let Some((_, _, cut)) = gaps.skip(1).max() else { return Err(self) };
        let tail = self.items.split_off(cut);
        match (Self::of_all(self.items), Self::of_all(tail)) {
            (Some(head), Some(tail)) => Ok([head, tail]),
            (Some(only), None) | (None, Some(only)) => Err(only),
            (None, None) => Err(Self { items: Vec::new(), ..self }),
        }
    }
}

/// The fewest read requests that serve all items: each item lies whole in one of them.
///
/// Batches come by table and address, and so do the items in each. An entry that no item wants
/// counts as a gap; a run of more than [`Limits::max_gap`] of them is never read along.
///
/// # Errors
/// The first item, by address, that no request within the limits can serve.
pub fn plan<K>(
    items: impl IntoIterator<Item = Item<K>>,
    limits: &Limits,
) -> Result<Vec<Batch<K>>, PlanError> {
    let mut items: Vec<_> = items.into_iter().collect();
    items.sort_by_key(|item| (item.address, item.count));
    let mut batches: Vec<Batch<K>> = Vec::new();
    // One past the last entry that some item before this one wants, in any batch.
    let mut wanted = 0;
    for item in items {
        limits.check(&item)?;
        let table = item.address.table;
        // Why the last batch is the one to ask, and why this gives the fewest: a batch may reach
        // from its start to the first obstacle, or to its greatest length. A later start never
        // reaches less far, so an item that does not fit the last batch fits none before it; and
        // a batch must start no later than its first item, so to start there reaches farthest.
        let fits = |batch: &&mut Batch<K>| {
            batch.address.table == table
                && !limits.one_per_request
                && item.end().saturating_sub(batch.start()) <= u32::from(limits.max_count(table))
                && item.start().saturating_sub(wanted) <= u32::from(limits.max_gap)
                && !limits.forbid(table, batch.start(), item.end())
        };
        let end = item.end();
        match batches.last_mut().filter(fits) {
            Some(batch) => {
                batch.push(item);
                wanted = wanted.max(end);
            }
            None => {
                let same_table = batches.last().is_some_and(|batch| batch.address.table == table);
                wanted = if same_table { wanted.max(end) } else { end };
                batches.push(Batch::of(item));
            }
        }
    }
    Ok(batches)
}

/// Write requests for all items, in the order given: an item joins the one before it only where
/// it begins exactly at its end. Nothing between items is ever written.
///
/// Limits are those of [`Limits::for_writing`], or what the device bears; `max_gap` has no
/// meaning here.
///
/// # Errors
/// The first item that no request within the limits can serve.
pub fn plan_writes<K>(
    items: impl IntoIterator<Item = Item<K>>,
    limits: &Limits,
) -> Result<Vec<Batch<K>>, PlanError> {
    let mut batches: Vec<Batch<K>> = Vec::new();
    for item in items {
        limits.check(&item)?;
        let max = u32::from(limits.max_count(item.address.table));
        let follows = |batch: &&mut Batch<K>| {
            batch.address.table == item.address.table
                && !limits.one_per_request
                && batch.end() == item.start()
                && item.end().saturating_sub(batch.start()) <= max
        };
        match batches.last_mut().filter(follows) {
            Some(batch) => batch.push(item),
            None => batches.push(Batch::of(item)),
        }
    }
    Ok(batches)
}

/// The batches of a device, read round after round, and what was learnt of them.
///
/// Ask for the [`current`](Self::current) batch, send it, and report how it went; at the end of
/// the round there is none, and [`restart`](Self::restart) begins the next. A batch that is
/// refused is split on the spot, and stays split; what is refused alone is dead, and is not asked
/// for again until [`revive`](Self::revive).
///
/// ```
/// use gurux_modbus::plan::{Item, Limits, ReadPlan};
///
/// let items = [0, 1, 2].map(|number| Item {
///     address: format!("holding:{number}").parse().unwrap(),
///     count: 1,
///     key: number,
/// });
/// let mut plan = ReadPlan::new(items, &Limits::default())?;
/// // A device that has no register 1.
/// while let Some(batch) = plan.current() {
///     if batch.items.iter().any(|item| item.key == 1) { plan.refused() } else { plan.answered() }
/// }
/// assert_eq!(plan.dead().iter().map(|item| item.key).collect::<Vec<_>>(), [1]);
/// # Ok::<(), gurux_modbus::plan::PlanError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReadPlan<K> {
    /// Still to be read in this round.
    pending: VecDeque<Slot<K>>,
    /// Read in this round, or given up for it.
    done: Vec<Slot<K>>,
    dead: Vec<Item<K>>,
    /// Rounds of silence after which a batch counts as refused.
    patience: u8,
    /// Did the device answer anything in this round?
    alive: bool,
}

#[derive(Clone, Debug)]
struct Slot<K> {
    batch: Batch<K>,
    /// Was there no answer to it in this round?
    silent: bool,
    /// Rounds in a row in which there was none, while others were answered.
    silences: u8,
}

impl<K> ReadPlan<K> {
    /// Rounds of silence after which a batch counts as refused, unless
    /// [`with_patience`](Self::with_patience) says otherwise.
    const PATIENCE: u8 = 3;

    /// A plan that begins with the fewest requests.
    ///
    /// # Errors
    /// Those of [`plan`].
    pub fn new(
        items: impl IntoIterator<Item = Item<K>>,
        limits: &Limits,
    ) -> Result<Self, PlanError> {
        Ok(Self {
            pending: plan(items, limits)?.into_iter().map(Slot::new).collect(),
            done: Vec::new(),
            dead: Vec::new(),
            patience: Self::PATIENCE,
            alive: false,
        })
    }

    /// After how many rounds of silence in a row a batch counts as refused; 0 for never.
    #[must_use]
    pub fn with_patience(self, patience: u8) -> Self {
        Self { patience, ..self }
    }

    /// The batch to be read next; `None` at the end of the round.
    #[must_use]
    pub fn current(&self) -> Option<&Batch<K>> {
        self.pending.front().map(|slot| &slot.batch)
    }

    /// What was refused alone: it does not exist, or cannot be read.
    #[must_use]
    pub fn dead(&self) -> &[Item<K>] {
        &self.dead
    }

    /// The current batch was answered.
    pub fn answered(&mut self) {
        self.alive = true;
        if let Some(slot) = self.pending.pop_front() {
            self.done.push(Slot::new(slot.batch));
        }
    }

    /// The current batch was refused because of what it asks for: exception 2 (illegal data
    /// address), or 3 (illegal data value) from devices that say so of too great a count. After
    /// other exceptions, which speak of the device and not of the request, [`skip`](Self::skip).
    pub fn refused(&mut self) {
        self.alive = true;
        match self.pending.pop_front().map(|slot| slot.batch.split()) {
            Some(Ok([head, tail])) => {
                self.pending.push_front(Slot::new(tail));
                self.pending.push_front(Slot::new(head));
            }
            Some(Err(batch)) => self.dead.extend(batch.items),
            None => {}
        }
    }

    /// There was no answer to the current batch, after all resends. The next one is due.
    ///
    /// Some devices are silent where they should refuse. So a batch that stays silent for a few
    /// rounds in which others are answered is split as if refused, when the round ends. Where
    /// nothing is answered, the device is away, and silence says nothing of the request.
    pub fn timed_out(&mut self) {
        if let Some(slot) = self.pending.pop_front() {
            self.done.push(Slot { silent: true, ..slot });
        }
    }

    /// Leaves the current batch as it is until the next round.
    pub fn skip(&mut self) {
        self.done.extend(self.pending.pop_front());
    }

    /// Begins the next round, with the batches as they are now; what was left of this round is
    /// part of it.
    pub fn restart(&mut self) {
        let left = core::mem::take(&mut self.pending);
        for slot in core::mem::take(&mut self.done) {
            self.renew(slot);
        }
        self.pending.extend(left);
        self.alive = false;
    }

    /// Puts what is dead back, each in a batch of its own, at the end of the round.
    pub fn revive(&mut self) {
        self.pending.extend(self.dead.drain(..).map(Batch::of).map(Slot::new));
    }

    fn renew(&mut self, slot: Slot<K>) {
        let silences = slot.silences.saturating_add(u8::from(slot.silent && self.alive));
        if self.patience == 0 || silences < self.patience {
            self.pending.push_back(Slot { silent: false, silences, ..slot });
            return;
        }
        match slot.batch.split() {
            Ok(halves) => self.pending.extend(halves.map(Slot::new)),
            Err(batch) => self.dead.extend(batch.items),
        }
    }
}

impl<K> Slot<K> {
    const fn new(batch: Batch<K>) -> Self {
        Self { batch, silent: false, silences: 0 }
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::{
        Batch, Forbidden, Item, Limits, PlanError, ReadPlan, TABLE_LEN, plan, plan_writes,
    };
    use crate::{Address, Table};

    fn item(number: u16, count: u16) -> Item<u16> {
        Item { address: Address::new(Table::HoldingRegister, number), count, key: number }
    }

    fn spans<K>(batches: &[Batch<K>]) -> Vec<(u16, u16)> {
        batches.iter().map(|batch| (batch.address.number, batch.count)).collect()
    }

    #[test]
    fn neighbours_share_a_request_up_to_the_limit() {
        let items = (0..70).map(|n| item(n * 2, 2));
        let batches = plan(items.clone(), &Limits::default()).unwrap();
        assert_eq!(spans(&batches), [(0, 124), (124, 16)]);
        let limits = Limits { max_registers: 80, ..Limits::default() };
        assert_eq!(spans(&plan(items.clone(), &limits).unwrap()), [(0, 80), (80, 60)]);
        let limits = Limits { one_per_request: true, ..Limits::default() };
        assert_eq!(plan(items, &limits).unwrap().len(), 70);
    }

    #[test]
    fn a_gap_is_read_along_only_as_far_as_allowed() {
        let items = [item(0, 2), item(5, 1), item(10, 1)];
        let gap = |max_gap| {
            let limits = Limits { max_gap, ..Limits::default() };
            spans(&plan(items, &limits).unwrap())
        };
        assert_eq!(gap(0), [(0, 2), (5, 1), (10, 1)]);
        assert_eq!(gap(3), [(0, 6), (10, 1)]);
        assert_eq!(gap(4), [(0, 11)]);
    }

    #[test]
    fn a_forbidden_entry_is_never_read() {
        let hole = Forbidden { table: Table::HoldingRegister, first: 3, last: 4 };
        let limits = Limits { max_gap: 10, forbidden: vec![hole], ..Limits::default() };
        let batches = plan([item(0, 2), item(5, 1), item(7, 1)], &limits).unwrap();
        assert_eq!(spans(&batches), [(0, 2), (5, 3)]);
        let refused = plan([item(2, 2)], &limits).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "holding:2: one of its 2 entries is forbidden by the limits"
        );
    }

    #[test]
    fn tables_never_mix_and_an_item_may_lie_within_another() {
        let bits = Item { address: Address::new(Table::Coil, 1), count: 2000, key: 9 };
        let batches = plan([item(4, 1), bits, item(0, 8), item(8, 1)], &Limits::default()).unwrap();
        assert_eq!(spans(&batches), [(1, 2000), (0, 9)]);
        assert_eq!(batches[1].items, [item(0, 8), item(4, 1), item(8, 1)]);
        assert_eq!(batches[1].offset_of(&item(4, 1)), 4);
    }

    #[test]
    fn an_impossible_item_is_told_of() {
        let fault = |item| plan([item], &Limits::default()).unwrap_err();
        assert!(matches!(fault(item(0, 0)), PlanError::Empty(_)));
        assert!(matches!(fault(item(0xFFFF, 2)), PlanError::PastEnd { .. }));
        assert!(matches!(fault(item(0, 126)), PlanError::TooLong { max: 125, .. }));
        assert_eq!(spans(&plan([item(0xFFFF, 1)], &Limits::default()).unwrap()), [(0xFFFF, 1)]);
    }

    #[test]
    fn writes_keep_their_order_and_touch_nothing_between() {
        let items = [item(4, 2), item(6, 1), item(8, 1), item(7, 1), item(7, 1)];
        let batches = plan_writes(items, &Limits::for_writing()).unwrap();
        assert_eq!(spans(&batches), [(4, 3), (8, 1), (7, 1), (7, 1)]);
    }

    #[test]
    fn the_widest_gap_is_cut_first_then_the_middle() {
        let limits = Limits { max_gap: 9, ..Limits::default() };
        let items = [item(0, 1), item(3, 1), item(9, 1), item(10, 1), item(11, 1), item(12, 1)];
        let batch = plan(items, &limits).unwrap().remove(0);
        let [head, tail] = batch.split().unwrap();
        assert_eq!(spans(&[head.clone(), tail.clone()]), [(0, 4), (9, 4)]);
        assert_eq!(spans(&tail.split().unwrap()), [(9, 2), (11, 2)]);
        let [single, _] = head.split().unwrap();
        assert_eq!(single.clone().split(), Err(single));
    }

    /// A device with holes answers what holds none of them; `hole` tells which addresses.
    fn read_round(plan: &mut ReadPlan<u16>, hole: impl Fn(u32) -> bool, silent: bool) -> usize {
        let mut requests = 0;
        while let Some(batch) = plan.current() {
            requests += 1;
            match (batch.start()..batch.end()).any(&hole) {
                true if silent => plan.timed_out(),
                true => plan.refused(),
                false => plan.answered(),
            }
        }
        requests
    }

    /// influxdata/telegraf#16873, openWB/core#2890, apache/plc4x#2101: coalescing needs the
    /// device's own maximum and its holes; a hole refuses the whole block.
    #[test]
    fn thread_13_a_hole_costs_only_itself() {
        let limits = Limits { max_registers: 80, max_gap: 5, ..Limits::default() };
        let items = (0..60).map(|n| item(n * 2, 1));
        let mut plan = ReadPlan::new(items, &limits).unwrap();
        // Register 31 is wanted by nobody, register 64 by an item.
        let hole = |address| address == 31 || address == 64;
        read_round(&mut plan, hole, false);
        assert_eq!(plan.dead(), [item(64, 1)]);
        // What was learnt stays: the next round meets no refusal.
        plan.restart();
        let requests = read_round(
            &mut plan,
            |address| {
                assert!(!hole(address));
                false
            },
            false,
        );
        assert!(requests <= 14, "{requests}");
        let read: usize = plan.done.iter().map(|slot| slot.batch.items.len()).sum();
        assert_eq!(read, 59);
        plan.revive();
        assert_eq!(plan.current().unwrap().items, [item(64, 1)]);
    }

    #[test]
    fn a_device_silent_on_a_hole_is_split_after_some_rounds() {
        let items = [item(0, 1), item(1, 1), item(2, 1), item(100, 1)];
        let mut plan = ReadPlan::new(items, &Limits::default()).unwrap().with_patience(2);
        for _ in 0..6 {
            read_round(&mut plan, |address| address == 1, true);
            plan.restart();
        }
        assert_eq!(plan.dead(), [item(1, 1)]);
    }

    #[test]
    fn a_device_that_is_away_loses_nothing_of_its_plan() {
        let mut plan = ReadPlan::new([item(0, 1), item(1, 1)], &Limits::default()).unwrap();
        for _ in 0..50 {
            assert_eq!(read_round(&mut plan, |_| true, true), 1);
            plan.restart();
        }
        assert_eq!(plan.dead(), []);
        assert_eq!(read_round(&mut plan, |_| false, true), 1);
    }

    /// Could one request carry exactly these items?
    fn is_legal(group: &[Item<u16>], all: &[Item<u16>], limits: &Limits) -> bool {
        let start = group.iter().map(Item::start).min().unwrap();
        let end = group.iter().map(Item::end).max().unwrap();
        let wanted = |at: u32| all.iter().any(|item| (item.start()..item.end()).contains(&at));
        let mut gap = 0;
        end - start <= u32::from(limits.max_registers)
            && !limits.forbid(Table::HoldingRegister, start, end)
            && (start..end).all(|at| {
                gap = if wanted(at) { 0 } else { gap + 1 };
                gap <= limits.max_gap
            })
    }

    /// The fewest legal groups, by trying every way to share the items out.
    fn fewest(
        items: &[Item<u16>],
        groups: &mut Vec<Vec<Item<u16>>>,
        all: &[Item<u16>],
        limits: &Limits,
    ) -> usize {
        let Some((first, rest)) = items.split_first() else {
            let legal = groups.iter().all(|group| is_legal(group, all, limits));
            return if legal { groups.len() } else { usize::MAX };
        };
        let mut best = usize::MAX;
        for index in 0..groups.len() {
            groups[index].push(*first);
            best = best.min(fewest(rest, groups, all, limits));
            groups[index].pop();
        }
        groups.push(vec![*first]);
        best = best.min(fewest(rest, groups, all, limits));
        groups.pop();
        best
    }

    #[cfg(feature = "serde")]
    #[test]
    fn limits_are_a_readable_text() {
        let hole = Forbidden { table: Table::InputRegister, first: 3, last: 4 };
        let limits = Limits { max_registers: 40, forbidden: vec![hole], ..Limits::default() };
        let text = serde_json::to_string(&limits).unwrap();
        assert!(text.contains(r#""table":"input-register""#), "{text}");
        assert_eq!(serde_json::from_str::<Limits>(&text).unwrap(), limits);
        assert_eq!(serde_json::from_str::<Limits>("{}").unwrap(), Limits::default());
        assert!(serde_json::from_str::<Limits>(r#"{"max_register":40}"#).is_err());
        let batch = plan([item(4, 2), item(6, 1)], &limits).unwrap().remove(0);
        let text = serde_json::to_string(&batch).unwrap();
        assert!(text.starts_with(r#"{"address":"holding:4","count":3,"#), "{text}");
        assert_eq!(serde_json::from_str::<Batch<u16>>(&text).unwrap(), batch);
    }

    proptest! {
        #[test]
        fn no_other_plan_needs_fewer_requests(
            items in prop::collection::vec((0u16..30, 1u16..8), 1..7),
            max_registers in 7u16..16,
            max_gap in 0u16..5,
            holes in prop::collection::vec((0u16..36, 0u16..2), 0..3),
        ) {
            let forbidden = holes.into_iter().map(|(first, more)| Forbidden {
                table: Table::HoldingRegister,
                first,
                last: first + more,
            });
            let limits =
                Limits { max_registers, max_gap, forbidden: forbidden.collect(), ..Limits::default() };
            let items: Vec<_> = items.into_iter().map(|(number, count)| item(number, count))
                .filter(|item| limits.check(item).is_ok())
                .collect();
            let batches = plan(items.clone(), &limits).unwrap();
            let planned: Vec<_> = batches.iter().flat_map(|batch| &batch.items).copied().collect();
            let mut sorted = items.clone();
            sorted.sort_by_key(|item| (item.address, item.count));
            let mut planned_sorted = planned;
            planned_sorted.sort_by_key(|item| (item.address, item.count));
            prop_assert_eq!(planned_sorted, sorted);
            for batch in &batches {
                prop_assert!(is_legal(&batch.items, &items, &limits));
                prop_assert_eq!(batch.start(), batch.items.iter().map(Item::start).min().unwrap());
                prop_assert_eq!(batch.end(), batch.items.iter().map(Item::end).max().unwrap());
            }
            prop_assert_eq!(batches.len(), fewest(&items, &mut Vec::new(), &items, &limits));
        }

        #[test]
        fn any_items_are_planned_or_refused_within_the_table(
            items in prop::collection::vec((any::<u16>(), any::<u16>()), 0..40),
            max_gap in any::<u16>(),
        ) {
            let limits = Limits { max_gap, ..Limits::default() };
            let items = items.into_iter().map(|(number, count)| item(number, count % 130));
            if let Ok(batches) = plan(items, &limits) {
                for batch in batches {
                    prop_assert!(batch.count <= 125 && batch.end() <= TABLE_LEN);
                }
            }
        }
    }
}
