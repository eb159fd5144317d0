//! Profile generic: rows that are captured, and a part of them read.

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;

use gurux_framing::{Sink, Wire};
use gurux_value::Obis;

use super::Memory;
use super::clock::{SECOND, micros_of};
use super::entry::{Entry, State};
use super::value::element;
use crate::session::meter::model::Out;
use crate::wire::{
    ActionResult, DataAccessResult, DataRef, DataType, EntryDescriptor, RangeDescriptor,
    SelectiveAccess, length,
};

/// Rows, the oldest first.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    rows: VecDeque<Vec<u8>>,
    max: usize,
    /// Seconds from one row to the next; 0 for none by itself.
    period: i64,
    /// When the next is due: microseconds since 1970 in UTC.
    pub(super) due: Option<i64>,
}

/// So many rows are kept where profile_entries says nothing.
const DEFAULT_ROWS: usize = 1000;

impl Default for Profile {
    fn default() -> Self {
        Self { rows: VecDeque::new(), max: DEFAULT_ROWS, period: 0, due: None }
    }
}

/// A column, as capture_objects says it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Column {
    class_id: u16,
    pub(super) logical_name: Obis,
    pub(super) attribute: i8,
    pub(super) data_index: u16,
}

impl Column {
    pub(super) fn new(definition: DataRef<'_>) -> Option<Self> {
        let mut fields = definition.elements()?.iter();
        let (
            Some(DataRef::LongUnsigned(class_id)),
            Some(DataRef::OctetString(name)),
            Some(DataRef::Integer(attribute)),
        ) = (fields.next(), fields.next(), fields.next())
        else {
            return None;
        };
        let data_index = match fields.next() {
            Some(DataRef::LongUnsigned(index)) => index,
            _ => 0,
        };
        let logical_name = Obis::new(name.try_into().ok()?);
        Some(Self { class_id, logical_name, attribute, data_index })
    }

    fn all(definitions: &[u8]) -> Vec<Self> {
        let values = DataRef::from_bytes(definitions).ok().and_then(|value| value.elements());
        values.into_iter().flat_map(|values| values.iter()).filter_map(Self::new).collect()
    }
}

impl Profile {
    pub(super) fn clear(&mut self) {
        self.rows.clear();
    }

    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn set_max(&mut self, most: Option<i128>) {
        let most = most.and_then(|most| usize::try_from(most).ok()).filter(|most| *most > 0);
        self.max = most.unwrap_or(DEFAULT_ROWS);
        while self.rows.len() > self.max {
            self.rows.pop_front();
        }
    }

    pub(super) fn set_period(&mut self, period: Option<i128>) {
        self.period = period.and_then(|period| i64::try_from(period).ok()).unwrap_or_default();
        self.due = None;
    }

    fn push(&mut self, row: Vec<u8>) {
        while self.rows.len() >= self.max {
            self.rows.pop_front();
        }
        self.rows.push_back(row);
    }

    pub(super) fn put_all(&self, out: &mut impl Sink) {
        out.put_u8(DataType::ARRAY.code());
        length::emit(self.rows.len(), out);
        self.rows.iter().for_each(|row| out.put(row));
    }

    /// Writes the rows, and the columns of them, that are selected.
    pub(super) fn put_selected(
        &self,
        columns: &[u8],
        utc_offset: i16,
        selection: &SelectiveAccess<'_>,
        out: &mut Out<'_>,
    ) -> DataAccessResult {
        let columns = Column::all(columns);
        if let Some(entries) = selection.by_entry() {
            return self.put_entries(&columns, &entries, out);
        }
        match selection.by_range() {
            Some(range) => self.put_range(&columns, utc_offset, &range, out),
            None if matches!(selection.access_selector, 1 | 2) => DataAccessResult::TYPE_UNMATCHED,
            None => DataAccessResult::SCOPE_OF_ACCESS_VIOLATED,
        }
    }

    fn put_entries(
        &self,
        columns: &[Column],
        entries: &EntryDescriptor,
        out: &mut Out<'_>,
    ) -> DataAccessResult {
        if entries.from_entry == 0 || entries.from_selected_value == 0 {
            return DataAccessResult::SCOPE_OF_ACCESS_VIOLATED;
        }
        // 0 stands for the last.
        let last = |number: u32| if number == 0 { usize::MAX } else { count(number) };
        let from = count(entries.from_entry).saturating_sub(1);
        let rows = last(entries.to_entry).saturating_sub(from);
        let first = usize::from(entries.from_selected_value).saturating_sub(1);
        let wide = last(entries.to_selected_value.into()).saturating_sub(first);
        let chosen: Vec<usize> = (0..columns.len()).skip(first).take(wide).collect();
        put_rows(self.rows.iter().skip(from).take(rows), &chosen, columns.len(), out);
        DataAccessResult::SUCCESS
    }

    fn put_range(
        &self,
        columns: &[Column],
        utc_offset: i16,
        range: &RangeDescriptor<'_>,
        out: &mut Out<'_>,
    ) -> DataAccessResult {
        let restricting = columns.iter().position(|column| {
            column.logical_name == range.logical_name && column.attribute == range.attribute_index
        });
        let Some(restricting) = restricting else {
            return DataAccessResult::SCOPE_OF_ACCESS_VIOLATED;
        };
        let number = |value: DataRef<'_>| {
            micros_of(value, utc_offset).map(i128::from).or_else(|| value.as_integer())
        };
        // A bound that says nothing (null-data, a date that is not specified) is none.
        let (from, to) = (number(range.from_value), number(range.to_value));
        let is_within = |row: &&Vec<u8>| {
            let value = DataRef::from_bytes(row).ok().and_then(|row| row.elements());
            let value = value.and_then(|row| row.element(restricting)).and_then(number);
            value.is_some_and(|value| {
                from.is_none_or(|from| value >= from) && to.is_none_or(|to| value <= to)
            })
        };
        let mut chosen = Vec::new();
        for wanted in range.selected_values.iter() {
            let column = Column::new(wanted);
            match columns.iter().position(|there| Some(*there) == column) {
                Some(column) => chosen.push(column),
                None => return DataAccessResult::OBJECT_UNAVAILABLE,
            }
        }
        if chosen.is_empty() {
            chosen.extend(0..columns.len());
        }
        put_rows(self.rows.iter().filter(is_within), &chosen, columns.len(), out);
        DataAccessResult::SUCCESS
    }
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Writes rows with these columns of each.
fn put_rows<'r>(
    rows: impl Iterator<Item = &'r Vec<u8>> + Clone,
    columns: &[usize],
    width: usize,
    out: &mut Out<'_>,
) {
    out.put_u8(DataType::ARRAY.code());
    length::emit(rows.clone().count(), out);
    for row in rows {
        if columns.len() == width {
            out.put(row);
            continue;
        }
        let values = DataRef::from_bytes(row).ok().and_then(|row| row.elements());
        out.put_u8(DataType::STRUCTURE.code());
        length::emit(columns.len(), out);
        for column in columns {
            let value = values.and_then(|values| values.element(*column));
            value.unwrap_or(DataRef::NullData).emit(out);
        }
    }
}

/// Adds a row; false, if the object is no profile.
pub(super) fn push(entry: &mut Entry, row: Vec<u8>) -> bool {
    match &mut entry.state {
        State::Profile(profile) => {
            profile.push(row);
            true
        }
        _ => false,
    }
}

impl Memory {
    pub(super) fn act_profile(&mut self, logical_name: Obis, method: i8) -> ActionResult {
        let is_done = match method {
            1 => self.entry_mut(logical_name).is_some_and(|entry| match &mut entry.state {
                State::Profile(profile) => {
                    profile.clear();
                    true
                }
                _ => false,
            }),
            2 => self.capture(logical_name),
            _ => false,
        };
        if is_done { ActionResult::SUCCESS } else { ActionResult::OTHER_REASON }
    }

    /// Adds a row of what the objects of a profile's columns have now; false, if there is no such profile.
    pub fn capture(&mut self, logical_name: Obis) -> bool {
        let columns = self.entry(logical_name).and_then(|entry| entry.stored(3));
        let columns = Column::all(columns.unwrap_or_default());
        let mut row = vec![DataType::STRUCTURE.code()];
        length::emit(columns.len(), &mut row);
        for column in columns {
            let value = self.value(column.logical_name, column.attribute);
            let value = value.and_then(|value| element(&value, column.data_index));
            row.extend(value.unwrap_or_else(|| vec![DataType::NULL_DATA.code()]));
        }
        self.entry_mut(logical_name).is_some_and(|entry| push(entry, row))
    }

    /// The clock was set: each profile begins its period anew, at a whole of it.
    pub(super) fn restart_profiles(&mut self) {
        let (now, local) = (self.clock.micros(), self.clock.local_micros());
        for entry in &mut self.entries {
            if let State::Profile(profile) = &mut entry.state {
                profile.due = due(profile.period, now, local);
            }
        }
    }

    /// The shortest period of a profile, in seconds; 15 minutes if there is none.
    pub(super) fn measuring_period(&self) -> i64 {
        let periods = self.entries.iter().filter_map(|entry| match &entry.state {
            State::Profile(profile) if profile.period > 0 => Some(profile.period),
            _ => None,
        });
        periods.min().unwrap_or(900)
    }

    /// Captures what is due until now, each row with the time at which it was.
    pub(super) fn run_profiles(&mut self) {
        let (now, local) = (self.clock.micros(), self.clock.local_micros());
        for place in 0..self.entries.len() {
            let Some(entry) = self.entries.get_mut(place) else { return };
            let logical_name = entry.object.logical_name;
            let State::Profile(profile) = &mut entry.state else { continue };
            let step = profile.period.saturating_mul(SECOND);
            if step <= 0 {
                continue;
            }
            let mut next = profile.due.or_else(|| due(profile.period, now, local)).unwrap_or(now);
            // Of a long time away only the rows that are kept are made.
            let kept = step.saturating_mul(i64::try_from(profile.max).unwrap_or(i64::MAX));
            let skipped = now.saturating_sub(kept).saturating_sub(next).div_euclid(step).max(0);
            next = next.saturating_add(skipped.saturating_mul(step));
            while next <= now {
                self.clock.standing = Some(next);
                self.capture(logical_name);
                next = next.saturating_add(step);
            }
            self.clock.standing = None;
            if let Some(State::Profile(profile)) = self.entries.get_mut(place).map(|e| &mut e.state)
            {
                profile.due = Some(next);
            }
        }
    }

    /// When the next row is due.
    pub(super) fn next_capture(&self) -> Option<i64> {
        let due = self.entries.iter().filter_map(|entry| match &entry.state {
            State::Profile(profile) if profile.period > 0 => profile.due,
            _ => None,
        });
        due.min()
    }

    /// What a push sends, or a profile captures, of these columns: a structure.
    pub(super) fn columns_of(&self, logical_name: Obis, attribute: i8) -> Vec<Column> {
        let columns = self.entry(logical_name).and_then(|entry| entry.stored(attribute));
        Column::all(columns.unwrap_or_default())
    }
}

/// The next whole of a period, in local time.
fn due(period: i64, now: i64, local: i64) -> Option<i64> {
    let step = period.checked_mul(SECOND).filter(|step| *step > 0)?;
    let over = local.rem_euclid(step);
    now.checked_add(step)?.checked_sub(over)
}
