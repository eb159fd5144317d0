//! [`Memory`]: objects that behave as their classes say, in memory.

mod clock;
mod control;
mod entry;
mod image;
mod profile;
mod push;
mod value;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use gurux_framing::{Sink, Wire};
use gurux_media::Instant;
use gurux_value::{DateTime, Obis};

use self::clock::MeterClock;
pub use self::entry::Entry;
use self::entry::State;
use super::model::{Access, Model, Object, Out, Who};
use crate::security::Key;
use crate::table::class::{ClassId, ShortNamed};
use crate::value::Data;
use crate::wire::{ActionResult, DataAccessResult, DataRef, KeyId, SelectiveAccess};

/// What happened in a [`Memory`], for whoever owns it: a relay is switched, a file is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemoryEvent {
    /// A client wrote an attribute.
    Written {
        /// The object.
        logical_name: Obis,
        /// The attribute.
        attribute: i8,
    },
    /// A client, a script or a schedule called a method, and it was done.
    Called {
        /// The object.
        logical_name: Obis,
        /// The method.
        method: i8,
    },
    /// A client transferred a new key.
    KeyChanged(KeyId),
}

/// So many events wait at most: the oldest are dropped.
const MAX_EVENTS: usize = 256;

/// A script that calls a script ends here.
const MAX_DEPTH: u8 = 4;

/// A meter's objects in memory. Each behaves as its class says: the clock goes, profiles fill, registers
/// reset, the disconnector follows its mode, an image is transferred block by block, scripts and
/// schedules run. Any other class is its attributes, typed by the table.
///
/// ```
/// use gurux_dlms::session::meter::{Entry, Memory};
/// use gurux_dlms::table::class::ClassId;
/// use gurux_dlms::value::Data;
///
/// let mut memory = Memory::new();
/// memory.add(Entry::new(ClassId::CLOCK, 0, "0-0:1.0.0*255".parse()?));
/// let name = Data::OctetString(b"SIM0000000000001".to_vec());
/// memory.add(Entry::new(ClassId::DATA, 0, "0-0:42.0.0*255".parse()?).with(2, &name));
/// memory.write("0-0:42.0.0*255".parse()?, 2, &Data::OctetString(b"SIM0000000000002".to_vec()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Memory {
    entries: Vec<Entry>,
    by_name: BTreeMap<Obis, usize>,
    clock: MeterClock,
    /// By number.
    keys: [Option<Key>; 4],
    events: VecDeque<MemoryEvent>,
    depth: u8,
    is_public_restricted: bool,
}

impl Memory {
    /// Without objects; its clock stands at the beginning of 1970 until it is told the time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an object; one of the same name is replaced.
    pub fn add(&mut self, entry: Entry) {
        let name = entry.object.logical_name;
        let place = self.by_name.get(&name).copied();
        match place.and_then(|place| self.entries.get_mut(place)) {
            Some(there) => *there = entry,
            None => {
                self.by_name.insert(name, self.entries.len());
                self.entries.push(entry);
            }
        }
    }

    /// The public client (16) sees only objects that are [`Entry::public`].
    pub const fn restrict_public(&mut self) {
        self.is_public_restricted = true;
    }

    /// The time, to which local time is so many minutes ahead of UTC. It goes on from there.
    pub fn set_time(&mut self, now: Instant, time: DateTime) {
        self.clock.set(now, time);
        self.restart_profiles();
    }

    /// A key of the meter's; false, if it has none of this number.
    pub fn insert_key(&mut self, id: KeyId, key: Key) -> bool {
        let place = self.keys.get_mut(usize::from(id.code()));
        place.is_some_and(|place| {
            *place = Some(key);
            true
        })
    }

    /// Gives an attribute a value, as the meter itself does; false, if there is no such object.
    pub fn write(&mut self, logical_name: Obis, attribute: i8, value: &Data) -> bool {
        let Some(entry) = self.entry_mut(logical_name) else { return false };
        entry.store(attribute, value::encoded(value));
        true
    }

    /// The octets of an attribute's value, as it stands; `None` for a computed one.
    #[must_use]
    pub fn stored(&self, logical_name: Obis, attribute: i8) -> Option<&[u8]> {
        self.entry(logical_name)?.stored(attribute)
    }

    /// Adds a row to a profile, as the meter itself does: what captures now would have added then. False,
    /// if there is no such profile.
    pub fn add_row(&mut self, logical_name: Obis, row: &Data) -> bool {
        let Some(entry) = self.entry_mut(logical_name) else { return false };
        profile::push(entry, value::encoded(row))
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<MemoryEvent> {
        self.events.pop_front()
    }

    fn tell(&mut self, event: MemoryEvent) {
        if self.events.len() >= MAX_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    fn entry(&self, logical_name: Obis) -> Option<&Entry> {
        self.entries.get(*self.by_name.get(&logical_name)?)
    }

    fn entry_mut(&mut self, logical_name: Obis) -> Option<&mut Entry> {
        self.entries.get_mut(*self.by_name.get(&logical_name)?)
    }

    fn is_visible(&self, who: &Who, entry: &Entry) -> bool {
        !self.is_public_restricted || who.client != 16 || entry.is_public
    }

    /// Writes the value of an attribute.
    fn put_value(&self, entry: &Entry, attribute: i8, out: &mut impl Sink) -> DataAccessResult {
        match (&entry.state, entry.object.class_id, attribute) {
            (_, _, 1) => {
                DataRef::OctetString(&entry.object.logical_name.groups()).emit(out);
            }
            (_, ClassId::CLOCK, 2 | 4) => self.put_clock(attribute, out),
            (State::Profile(profile), _, 2) => profile.put_all(out),
            (State::Profile(profile), _, 7) => {
                DataRef::DoubleLongUnsigned(profile.len()).emit(out);
            }
            (State::Image(image), _, 3 | 4 | 6 | 7) => image.put(attribute, out),
            _ => match entry.stored(attribute) {
                Some(octets) => out.put(octets),
                None => return DataAccessResult::OBJECT_UNDEFINED,
            },
        }
        DataAccessResult::SUCCESS
    }

    /// The octets of an attribute's value, computed where it is.
    fn value(&self, logical_name: Obis, attribute: i8) -> Option<Vec<u8>> {
        let mut octets = Vec::new();
        let result = self.put_value(self.entry(logical_name)?, attribute, &mut octets);
        (result == DataAccessResult::SUCCESS).then_some(octets)
    }

    /// Calls a method by itself: of a script, or a schedule.
    fn call(
        &mut self,
        logical_name: Obis,
        method: i8,
        parameter: Option<DataRef<'_>>,
    ) -> ActionResult {
        let Some(class_id) = self.entry(logical_name).map(|entry| entry.object.class_id) else {
            return ActionResult::OBJECT_UNDEFINED;
        };
        if self.depth >= MAX_DEPTH {
            return ActionResult::OTHER_REASON;
        }
        self.depth = self.depth.saturating_add(1);
        let result = match class_id {
            ClassId::CLOCK => self.act_clock(method, parameter),
            ClassId::PROFILE_GENERIC => self.act_profile(logical_name, method),
            ClassId::IMAGE_TRANSFER => self.act_image(logical_name, method, parameter),
            class_id => self.act_control(class_id, logical_name, method, parameter),
        };
        self.depth = self.depth.saturating_sub(1);
        if result == ActionResult::SUCCESS {
            self.tell(MemoryEvent::Called { logical_name, method });
        }
        result
    }
}

impl Model for Memory {
    fn object(&self, number: usize) -> Option<Object> {
        self.entries.get(number).map(|entry| entry.object)
    }

    fn find(&self, logical_name: Obis) -> Option<Object> {
        self.entry(logical_name).map(|entry| entry.object)
    }

    fn find_short(&self, short_name: u16) -> Option<(Object, ShortNamed)> {
        self.entries.iter().find_map(|entry| {
            let offset = short_name.checked_sub(entry.object.base_name?)?;
            Some((entry.object, entry.object.class()?.at_offset(offset)?))
        })
    }

    fn attribute_access(&self, who: &Who, object: &Object, attribute: i8) -> Access {
        match self.entry(object.logical_name) {
            Some(entry) if self.is_visible(who, entry) => entry.access(attribute),
            _ => Access::NONE,
        }
    }

    fn method_access(&self, who: &Who, object: &Object, _: i8) -> Access {
        let is_restricted = self.is_public_restricted && who.client == 16;
        match self.entry(object.logical_name) {
            Some(entry) if !is_restricted => entry.methods,
            _ => Access::NONE,
        }
    }

    fn get(
        &mut self,
        _: &Who,
        object: &Object,
        attribute: i8,
        selection: Option<SelectiveAccess<'_>>,
        out: &mut Out<'_>,
    ) -> DataAccessResult {
        let Some(entry) = self.entry(object.logical_name) else {
            return DataAccessResult::OBJECT_UNDEFINED;
        };
        match (&entry.state, attribute, selection) {
            (_, _, None) => self.put_value(entry, attribute, out),
            (State::Profile(profile), 2, Some(selection)) => {
                let columns = entry.stored(3).unwrap_or_default();
                profile.put_selected(columns, self.clock.utc_offset(), &selection, out)
            }
            _ => DataAccessResult::SCOPE_OF_ACCESS_VIOLATED,
        }
    }

    fn set(
        &mut self,
        _: &Who,
        object: &Object,
        attribute: i8,
        selection: Option<SelectiveAccess<'_>>,
        value: DataRef<'_>,
    ) -> DataAccessResult {
        let logical_name = object.logical_name;
        if selection.is_some() {
            return DataAccessResult::SCOPE_OF_ACCESS_VIOLATED;
        }
        if object.class_id == ClassId::CLOCK && attribute == 2 {
            if !self.write_clock(value) {
                return DataAccessResult::OTHER_REASON;
            }
        } else {
            let Some(entry) = self.entry_mut(logical_name) else {
                return DataAccessResult::OBJECT_UNDEFINED;
            };
            let mut octets = Vec::with_capacity(value.wire_len());
            value.emit(&mut octets);
            if !entry.accepts(attribute, &octets) {
                return DataAccessResult::TYPE_UNMATCHED;
            }
            entry.store(attribute, octets);
            entry.changed(attribute);
        }
        self.tell(MemoryEvent::Written { logical_name, attribute });
        DataAccessResult::SUCCESS
    }

    fn act(
        &mut self,
        _: &Who,
        object: &Object,
        method: i8,
        parameter: Option<DataRef<'_>>,
        _: &mut Out<'_>,
    ) -> ActionResult {
        self.call(object.logical_name, method, parameter)
    }

    fn elapse(&mut self, now: Instant) {
        let before = self.clock.micros();
        self.clock.elapse(now);
        self.run_due(before);
    }

    fn next_at(&self) -> Option<Instant> {
        self.next_due().map(|micros| self.clock.instant_of(micros))
    }

    fn key(&self, id: KeyId) -> Option<&Key> {
        self.keys.get(usize::from(id.code()))?.as_ref()
    }

    fn set_key(&mut self, id: KeyId, key: Key) -> bool {
        let is_taken = self.insert_key(id, key);
        if is_taken {
            self.tell(MemoryEvent::KeyChanged(id));
        }
        is_taken
    }
}

#[cfg(test)]
mod tests;
