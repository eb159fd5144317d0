//! What is switched, run and scheduled.

use alloc::vec::Vec;

use gurux_framing::Wire;
use gurux_value::Obis;

use super::Memory;
use super::clock::{SECOND, micros_of};
use super::value::nought;
use crate::table::class::ClassId;
use crate::wire::{ActionResult, DataRef, DataType};

const MINUTE: i64 = 60 * SECOND;

/// Minutes that a schedule looks back on at most, after the clock jumped or stood.
const LOOKED_BACK: i64 = 24 * 60;

impl Memory {
    pub(super) fn act_control(
        &mut self,
        class_id: ClassId,
        logical_name: Obis,
        method: i8,
        parameter: Option<DataRef<'_>>,
    ) -> ActionResult {
        match (class_id, method) {
            (ClassId::REGISTER | ClassId::EXTENDED_REGISTER, 1) => {
                self.reset(logical_name, &[2]);
                if class_id == ClassId::EXTENDED_REGISTER {
                    self.stamp(logical_name, 5);
                }
            }
            (ClassId::DEMAND_REGISTER, 1) => {
                self.reset(logical_name, &[2, 3]);
                self.stamp(logical_name, 6);
                self.stamp(logical_name, 7);
            }
            (ClassId::DEMAND_REGISTER, 2) => self.next_period(logical_name),
            (ClassId::DISCONNECT_CONTROL, 1 | 2) => {
                return self.switch(logical_name, method == 2);
            }
            (ClassId::SCRIPT_TABLE, 1) => {
                let Some(DataRef::LongUnsigned(number)) = parameter else {
                    return ActionResult::TYPE_UNMATCHED;
                };
                return self.run_script(logical_name, number);
            }
            (ClassId::ACTIVITY_CALENDAR, 1) => self.activate_calendar(logical_name),
            (ClassId::SECURITY_SETUP, 1) => return self.strengthen(logical_name, parameter),
            // The owner sends it, when it takes the event.
            (ClassId::PUSH_SETUP, 1) => {}
            _ => return ActionResult::OTHER_REASON,
        }
        ActionResult::SUCCESS
    }

    /// Attributes become nought.
    fn reset(&mut self, logical_name: Obis, attributes: &[i8]) {
        let Some(entry) = self.entry_mut(logical_name) else { return };
        for attribute in attributes {
            let tag = entry.stored(*attribute).and_then(|octets| octets.first());
            let value = nought(DataType::new(tag.copied().unwrap_or_default()));
            entry.store(*attribute, value);
        }
    }

    /// An attribute becomes the time.
    fn stamp(&mut self, logical_name: Obis, attribute: i8) {
        let now = self.clock.date_time();
        if let Some(entry) = self.entry_mut(logical_name) {
            entry.put(attribute, DataRef::OctetString(now.as_octets()));
        }
    }

    /// A period of measuring ends: its average is the last one.
    fn next_period(&mut self, logical_name: Obis) {
        if let Some(entry) = self.entry_mut(logical_name) {
            let current = entry.stored(2).unwrap_or_default().to_vec();
            entry.store(3, current);
        }
        self.reset(logical_name, &[2]);
        self.stamp(logical_name, 6);
        self.stamp(logical_name, 7);
    }

    /// remote_disconnect and remote_reconnect, as the mode allows them.
    ///
    /// | mode | disconnects | reconnects |
    /// |---|---|---|
    /// | 0 | no | no |
    /// | 1, 3, 5, 6 | yes | to ready: a hand does the rest |
    /// | 2, 4 | yes | yes |
    fn switch(&mut self, logical_name: Obis, is_on: bool) -> ActionResult {
        let Some(entry) = self.entry_mut(logical_name) else {
            return ActionResult::OBJECT_UNDEFINED;
        };
        // control_state: 0 disconnected, 1 connected, 2 ready for reconnection.
        let state = match (entry.integer(4), is_on) {
            (Some(1..=6), false) => 0,
            (Some(2 | 4), true) => 1,
            (Some(1 | 3 | 5 | 6), true) if entry.integer(3) != Some(1) => 2,
            (Some(1 | 3 | 5 | 6), true) => 1,
            _ => return ActionResult::OTHER_REASON,
        };
        entry.put(2, DataRef::Boolean(state == 1));
        entry.put(3, DataRef::Enum(state));
        ActionResult::SUCCESS
    }

    /// A calendar's passive half becomes the active one.
    fn activate_calendar(&mut self, logical_name: Obis) {
        let Some(entry) = self.entry_mut(logical_name) else { return };
        for (active, passive) in [(2, 6), (3, 7), (4, 8), (5, 9)] {
            let value = entry.stored(passive).unwrap_or_default().to_vec();
            entry.store(active, value);
        }
    }

    /// security_activate: the policy becomes stronger, never weaker.
    fn strengthen(&mut self, logical_name: Obis, parameter: Option<DataRef<'_>>) -> ActionResult {
        let Some(entry) = self.entry_mut(logical_name) else {
            return ActionResult::OBJECT_UNDEFINED;
        };
        let Some(DataRef::Enum(policy)) = parameter else { return ActionResult::TYPE_UNMATCHED };
        let there = entry.integer(2).and_then(|policy| u8::try_from(policy).ok());
        let there = there.unwrap_or_default();
        // Version 0 counts (0 none, 1 authenticated, 2 encrypted, 3 both), version 1 has bits: of both,
        // what is asked for now must be asked for still.
        if policy & there != there {
            return ActionResult::OTHER_REASON;
        }
        entry.put(2, DataRef::Enum(policy));
        ActionResult::SUCCESS
    }

    /// Runs a script: each of its actions in turn. One that fails does not keep the others.
    pub(super) fn run_script(&mut self, logical_name: Obis, number: u16) -> ActionResult {
        let scripts =
            self.entry(logical_name).and_then(|entry| entry.stored(2)).map(<[u8]>::to_vec);
        let Some(scripts) = scripts else { return ActionResult::OBJECT_UNDEFINED };
        let Ok(scripts) = DataRef::from_bytes(&scripts) else { return ActionResult::OTHER_REASON };
        let found = scripts.elements().into_iter().flat_map(|all| all.iter()).find_map(|script| {
            let fields = script.elements()?;
            (fields.element(0)? == DataRef::LongUnsigned(number)).then(|| fields.element(1))?
        });
        let Some(actions) = found.and_then(|actions| actions.elements()) else {
            return ActionResult::OBJECT_UNDEFINED;
        };
        for action in actions {
            self.run_action(action);
        }
        ActionResult::SUCCESS
    }

    fn run_action(&mut self, action: DataRef<'_>) -> Option<()> {
        let mut fields = action.elements()?.iter();
        let (
            DataRef::Enum(service),
            DataRef::LongUnsigned(_),
            DataRef::OctetString(name),
            DataRef::Integer(index),
            parameter,
        ) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?, fields.next()?)
        else {
            return None;
        };
        let logical_name = Obis::new(name.try_into().ok()?);
        match service {
            // A value is written.
            1 => {
                let entry = self.entry_mut(logical_name)?;
                let row = entry.object.class()?.attribute(index)?;
                if row.data_type.fits(&parameter) {
                    entry.put(index, parameter);
                    entry.changed(index);
                }
            }
            // A method is called.
            2 => {
                self.call(logical_name, index, Some(parameter));
            }
            _ => {}
        }
        Some(())
    }

    /// What is due between the time before and now.
    pub(super) fn run_due(&mut self, before: i64) {
        self.run_profiles();
        let now = self.clock.micros();
        let calendars = self.of_class(ClassId::ACTIVITY_CALENDAR);
        for name in calendars {
            let offset = self.clock.utc_offset();
            let at = self.entry(name).and_then(|entry| micros_of(entry.data(10)?, offset));
            if at.is_some_and(|at| before < at && at <= now) {
                self.activate_calendar(name);
            }
        }
        for name in self.of_class(ClassId::SINGLE_ACTION_SCHEDULE) {
            self.run_schedule(name, before, now);
        }
        for name in self.of_class(ClassId::DEMAND_REGISTER) {
            let period = self.entry(name).and_then(|entry| entry.integer(8)).unwrap_or_default();
            let period = i64::try_from(period).unwrap_or_default().saturating_mul(SECOND);
            if period > 0 && before.div_euclid(period) < now.div_euclid(period) && before > 0 {
                self.next_period(name);
            }
        }
    }

    fn of_class(&self, class_id: ClassId) -> Vec<Obis> {
        let entries = self.entries.iter().filter(|entry| entry.object.class_id == class_id);
        entries.map(|entry| entry.object.logical_name).collect()
    }

    /// Runs the script of a schedule for each minute in which it is due.
    fn run_schedule(&mut self, name: Obis, before: i64, now: i64) {
        let local = i64::from(self.clock.utc_offset()).saturating_mul(MINUTE);
        let last = now.saturating_add(local).div_euclid(MINUTE);
        let first = before.saturating_add(local).div_euclid(MINUTE).saturating_add(1);
        let first = first.max(last.saturating_sub(LOOKED_BACK));
        let Some(entry) = self.entry(name) else { return };
        let times = entry.stored(4).unwrap_or_default().to_vec();
        let script = entry.data(2).and_then(|script| {
            let fields = script.elements()?;
            match (fields.element(0)?, fields.element(1)?) {
                (DataRef::OctetString(name), DataRef::LongUnsigned(number)) => {
                    Some((Obis::new(name.try_into().ok()?), number))
                }
                _ => None,
            }
        });
        let Some((script, number)) = script else { return };
        let due = (first..=last).filter(|minute| is_due(&times, minute.saturating_mul(MINUTE)));
        for _ in 0..due.count() {
            self.run_script(script, number);
        }
    }

    /// When something is due next: microseconds since 1970 in UTC.
    pub(super) fn next_due(&self) -> Option<i64> {
        let now = self.clock.micros();
        let has = |class_id| self.entries.iter().any(|entry| entry.object.class_id == class_id);
        let is_minutely = has(ClassId::SINGLE_ACTION_SCHEDULE)
            || has(ClassId::ACTIVITY_CALENDAR)
            || has(ClassId::DEMAND_REGISTER);
        let minute = now.div_euclid(MINUTE).saturating_add(1).saturating_mul(MINUTE);
        [self.next_capture(), is_minutely.then_some(minute)].into_iter().flatten().min()
    }
}

/// Is one of these times and dates this local minute? What is not specified fits all.
fn is_due(times: &[u8], local: i64) -> bool {
    let now = gurux_value::DateTime::from_unix_micros(local);
    let Some(now) = now else { return false };
    let now = crate::wire::CosemDateTime::from_date_time(now.with_weekday(now.weekday_of_date()));
    let fits = |pattern: &[u8], octets: &[u8]| {
        pattern.len() == octets.len()
            && pattern.iter().zip(octets).all(|(wanted, found)| *wanted == 0xFF || wanted == found)
    };
    let times = DataRef::from_bytes(times).ok().and_then(|times| times.elements());
    times.into_iter().flat_map(|times| times.iter()).any(|time| {
        let Some(fields) = time.elements() else { return false };
        let octets = |number| match fields.element(number) {
            Some(DataRef::Time(time)) => Some(time.octets().to_vec()),
            Some(DataRef::Date(date)) => Some(date.octets().to_vec()),
            Some(DataRef::OctetString(octets)) => Some(octets.to_vec()),
            _ => None,
        };
        let (Some(time), Some(date)) = (octets(0), octets(1)) else { return false };
        // Hour and minute count: within the minute it is done once.
        let hour_minute = |octets: &[u8]| octets.get(..2).unwrap_or_default().to_vec();
        let now_time = now.time().octets();
        fits(&hour_minute(&time), &hour_minute(&now_time)) && fits(&date, &now.date().octets())
    })
}
