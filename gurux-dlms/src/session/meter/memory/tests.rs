use std::vec;
use std::vec::Vec;

use super::*;
use crate::session::link::{Owned, Store};
use crate::wire::{Mechanism, SecurityControl};

const WHO: Who =
    Who { client: 1, mechanism: Mechanism::LOWEST, protection: SecurityControl::new(0) };
const CLOCK: [u8; 6] = [0, 0, 1, 0, 0, 255];
const ENERGY: [u8; 6] = [1, 0, 1, 8, 0, 255];
const PROFILE: [u8; 6] = [1, 0, 99, 1, 0, 255];
const NOON: [u8; 12] = [7, 0xE8, 2, 11, 7, 12, 0, 0, 0, 0, 0, 0];

fn column(class_id: u16, name: [u8; 6]) -> Data {
    Data::structure(vec![
        Data::LongUnsigned(class_id),
        Data::OctetString(name.to_vec()),
        Data::Integer(2),
        Data::LongUnsigned(0),
    ])
}

fn hours(count: u64) -> Instant {
    Instant::from_micros(count * 3_600_000_000)
}

/// A clock that stands at noon of 2024-02-11, a register, and a profile of both by the hour.
fn memory() -> Memory {
    let mut memory = Memory::new();
    memory.add(Entry::new(ClassId::CLOCK, 0, CLOCK.into()).writable(2));
    let energy = Data::DoubleLongUnsigned(5);
    memory.add(Entry::new(ClassId::REGISTER, 0, ENERGY.into()).with(2, &energy));
    memory.add(
        Entry::new(ClassId::PROFILE_GENERIC, 1, PROFILE.into())
            .with(3, &Data::array(vec![column(8, CLOCK), column(3, ENERGY)]))
            .with(4, &Data::DoubleLongUnsigned(3600))
            .with(8, &Data::DoubleLongUnsigned(3)),
    );
    let noon = crate::wire::CosemDateTime::from_octets(NOON);
    memory.set_time(Instant::ZERO, noon.to_date_time());
    memory
}

fn get(memory: &mut Memory, name: [u8; 6], attribute: i8, selection: Option<&[u8]>) -> Vec<u8> {
    let object = memory.find(name.into()).unwrap();
    let selection = selection.map(|octets| SelectiveAccess {
        access_selector: octets[0],
        access_parameters: DataRef::from_bytes(&octets[1..]).unwrap(),
    });
    let mut out = Owned::new(4096);
    let result = memory.get(&WHO, &object, attribute, selection, &mut Out::new(&mut out));
    if result == DataAccessResult::SUCCESS { out.octets().to_vec() } else { vec![result.code()] }
}

fn act(memory: &mut Memory, name: [u8; 6], method: i8, parameter: &Data) -> u8 {
    let object = memory.find(name.into()).unwrap();
    let parameter = value::encoded(parameter);
    let parameter = DataRef::from_bytes(&parameter).unwrap();
    let mut out = Owned::new(4096);
    memory.act(&WHO, &object, method, Some(parameter), &mut Out::new(&mut out)).code()
}

/// A row of the profile, of so many hours after noon.
fn row(hour: u8, energy: u8) -> Vec<u8> {
    let mut time = NOON;
    time[5] += hour;
    [&[2, 2, 9, 12][..], &time, &[6, 0, 0, 0, energy]].concat()
}

#[test]
fn a_profile_fills_as_time_goes_by_and_drops_the_oldest() {
    let mut memory = memory();
    assert_eq!(memory.next_at(), Some(hours(1)));
    memory.elapse(hours(1));
    memory.write(ENERGY.into(), 2, &Data::DoubleLongUnsigned(6));
    assert_eq!(get(&mut memory, PROFILE, 2, None), [&[1, 1][..], &row(1, 5)].concat());
    // Four hours at once: three rows are kept, each with its own time.
    memory.elapse(hours(5));
    let rows = [&[1, 3][..], &row(3, 6), &row(4, 6), &row(5, 6)].concat();
    assert_eq!(get(&mut memory, PROFILE, 2, None), rows);
    assert_eq!(get(&mut memory, PROFILE, 7, None), [6, 0, 0, 0, 3]);
    assert_eq!(act(&mut memory, PROFILE, 1, &Data::Integer(0)), 0);
    assert_eq!(get(&mut memory, PROFILE, 2, None), [1, 0]);
    assert_eq!(act(&mut memory, PROFILE, 2, &Data::Integer(0)), 0);
    assert_eq!(get(&mut memory, PROFILE, 7, None), [6, 0, 0, 0, 1]);
}

#[test]
fn a_profile_is_read_by_range_and_by_entry_and_by_columns() {
    let mut memory = memory();
    memory.elapse(hours(3));
    let entries = |from: u8, to: u8, first: u8, last: u8| {
        let rows = [2, 2, 4, 6, 0, 0, 0, from, 6, 0, 0, 0, to];
        [&rows[..], &[18, 0, first, 18, 0, last]].concat()
    };
    let some = get(&mut memory, PROFILE, 2, Some(&entries(2, 3, 1, 0)));
    assert_eq!(some, [&[1, 2][..], &row(2, 5), &row(3, 5)].concat());
    let one = get(&mut memory, PROFILE, 2, Some(&entries(3, 0, 2, 2)));
    assert_eq!(one, [1, 1, 2, 1, 6, 0, 0, 0, 5]);
    assert_eq!(get(&mut memory, PROFILE, 2, Some(&entries(0, 0, 1, 0))), [13]);
    let time = |hour| {
        let mut time = NOON;
        time[5] += hour;
        Data::OctetString(time.to_vec())
    };
    let range = |by: [u8; 6], from: Data, to: Data, columns: Vec<Data>| {
        let fields = vec![column(8, by), from, to, Data::array(columns)];
        [vec![1], value::encoded(&Data::structure(fields))].concat()
    };
    let all = range(CLOCK, time(1), time(2), vec![]);
    let rows = [&[1, 2][..], &row(1, 5), &row(2, 5)].concat();
    assert_eq!(get(&mut memory, PROFILE, 2, Some(&all)), rows);
    let open = range(CLOCK, Data::NullData, time(1), vec![column(3, ENERGY)]);
    assert_eq!(get(&mut memory, PROFILE, 2, Some(&open)), [1, 1, 2, 1, 6, 0, 0, 0, 5]);
    let foreign = range([9; 6], time(1), time(2), vec![]);
    assert_eq!(get(&mut memory, PROFILE, 2, Some(&foreign)), [13]);
    assert_eq!(get(&mut memory, PROFILE, 2, Some(&[1, 0])), [12]);
    assert_eq!(get(&mut memory, ENERGY, 2, Some(&[1, 0])), [13]);
}

#[test]
fn the_clock_goes_and_is_set_and_adjusted() {
    let mut memory = memory();
    memory.elapse(Instant::from_micros(427_000_000));
    let at = |minute: u8, second: u8| {
        let mut time = NOON;
        (time[6], time[7]) = (minute, second);
        [&[9, 12][..], &time].concat()
    };
    assert_eq!(get(&mut memory, CLOCK, 2, None), at(7, 7));
    assert_eq!(act(&mut memory, CLOCK, 6, &Data::Long(23)), 0);
    assert_eq!(get(&mut memory, CLOCK, 2, None), at(7, 30));
    assert_eq!(act(&mut memory, CLOCK, 6, &Data::Long(901)), 12);
    assert_eq!(act(&mut memory, CLOCK, 3, &Data::Integer(0)), 0);
    assert_eq!(get(&mut memory, CLOCK, 2, None), at(8, 0));
    assert_eq!(act(&mut memory, CLOCK, 1, &Data::Integer(0)), 0);
    assert_eq!(get(&mut memory, CLOCK, 2, None), at(15, 0));
    let object = memory.find(CLOCK.into()).unwrap();
    let set = |memory: &mut Memory, octets: &[u8]| {
        memory.set(&WHO, &object, 2, None, DataRef::OctetString(octets)).code()
    };
    assert_eq!(set(&mut memory, &at(20, 5)[2..]), 0);
    assert_eq!(get(&mut memory, CLOCK, 2, None), at(20, 5));
    assert_eq!(set(&mut memory, &[0xFF; 12]), 250);
    let written = MemoryEvent::Written { logical_name: CLOCK.into(), attribute: 2 };
    let events: Vec<_> = core::iter::from_fn(|| memory.poll_event()).collect();
    assert_eq!(events.last(), Some(&written));
}

const SWITCH: [u8; 6] = [0, 0, 96, 3, 10, 255];

#[test]
fn the_disconnector_follows_its_mode() {
    // After a disconnection and a reconnection: output, state.
    for (mode, off, on) in [
        (0, None, None),
        (1, Some((0, 0)), Some((0, 2))),
        (2, Some((0, 0)), Some((1, 1))),
        (4, Some((0, 0)), Some((1, 1))),
        (6, Some((0, 0)), Some((0, 2))),
    ] {
        let mut memory = Memory::new();
        let entry = Entry::new(ClassId::DISCONNECT_CONTROL, 0, SWITCH.into());
        let entry = entry.with(2, &Data::Boolean(true)).with(3, &Data::Enum(1));
        memory.add(entry.with(4, &Data::Enum(mode)));
        for (method, expected) in [(1, off), (2, on)] {
            let result = act(&mut memory, SWITCH, method, &Data::Integer(0));
            assert_eq!(result == 0, expected.is_some(), "mode {mode}");
            if let Some((output, state)) = expected {
                assert_eq!(memory.stored(SWITCH.into(), 2), Some(&[3, output][..]), "mode {mode}");
                assert_eq!(memory.stored(SWITCH.into(), 3), Some(&[22, state][..]), "mode {mode}");
            }
        }
    }
}

const IMAGE: [u8; 6] = [0, 0, 44, 0, 0, 255];

#[test]
fn an_image_is_transferred_block_by_block_in_any_order() {
    let mut memory = Memory::new();
    let entry = Entry::new(ClassId::IMAGE_TRANSFER, 0, IMAGE.into());
    memory.add(entry.with(2, &Data::DoubleLongUnsigned(4)).with(5, &Data::Boolean(true)));
    let name = Data::OctetString(vec![b'F', b'W']);
    let block = |number: u32, octets: &[u8]| {
        Data::structure(vec![Data::DoubleLongUnsigned(number), Data::OctetString(octets.to_vec())])
    };
    assert_eq!(act(&mut memory, IMAGE, 2, &block(0, &[1])), 2);
    let initiate = Data::structure(vec![name, Data::DoubleLongUnsigned(10)]);
    assert_eq!(act(&mut memory, IMAGE, 1, &initiate), 0);
    assert_eq!(get(&mut memory, IMAGE, 6, None), [22, 1]);
    assert_eq!(act(&mut memory, IMAGE, 2, &block(2, &[9, 10])), 0);
    assert_eq!(get(&mut memory, IMAGE, 3, None), [4, 3, 0b0010_0000]);
    assert_eq!(get(&mut memory, IMAGE, 4, None), [6, 0, 0, 0, 0]);
    assert_eq!(act(&mut memory, IMAGE, 2, &block(0, &[1, 2])), 250, "a piece too short");
    assert_eq!(act(&mut memory, IMAGE, 2, &block(3, &[1, 2, 3, 4])), 250, "a block too many");
    assert_eq!(act(&mut memory, IMAGE, 3, &Data::Integer(0)), 2, "blocks are missing");
    assert_eq!(act(&mut memory, IMAGE, 2, &block(0, &[1, 2, 3, 4])), 0);
    assert_eq!(memory.image(IMAGE.into()), None);
    assert_eq!(act(&mut memory, IMAGE, 2, &block(1, &[5, 6, 7, 8])), 0);
    assert_eq!(get(&mut memory, IMAGE, 4, None), [6, 0, 0, 0, 3]);
    assert_eq!(get(&mut memory, IMAGE, 7, None), [1, 0]);
    assert_eq!(act(&mut memory, IMAGE, 3, &Data::Integer(0)), 0);
    assert_eq!(get(&mut memory, IMAGE, 6, None), [22, 3]);
    let info = [1, 1, 2, 3, 6, 0, 0, 0, 10, 9, 2, b'F', b'W', 9, 0];
    assert_eq!(get(&mut memory, IMAGE, 7, None), info);
    assert_eq!(act(&mut memory, IMAGE, 4, &Data::Integer(0)), 0);
    assert_eq!(get(&mut memory, IMAGE, 6, None), [22, 6]);
    assert_eq!(memory.image(IMAGE.into()), Some(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10][..]));
    memory.write(IMAGE.into(), 5, &Data::Boolean(false));
    assert_eq!(act(&mut memory, IMAGE, 1, &initiate), 3);
}

const SCRIPTS: [u8; 6] = [0, 0, 10, 0, 0, 255];

fn action(service: u8, class_id: u16, name: [u8; 6], index: i8, parameter: Data) -> Data {
    Data::structure(vec![
        Data::Enum(service),
        Data::LongUnsigned(class_id),
        Data::OctetString(name.to_vec()),
        Data::Integer(index),
        parameter,
    ])
}

fn script(number: u16, actions: Vec<Data>) -> Data {
    Data::structure(vec![Data::LongUnsigned(number), Data::array(actions)])
}

#[test]
fn scripts_write_and_call_and_end_when_they_call_themselves() {
    let mut memory = memory();
    memory.add(Entry::new(ClassId::SCRIPT_TABLE, 0, SCRIPTS.into()).with(
        2,
        &Data::array(vec![
            script(1, vec![action(1, 3, ENERGY, 2, Data::DoubleLongUnsigned(77))]),
            script(2, vec![action(2, 3, ENERGY, 1, Data::Integer(0))]),
            script(3, vec![action(2, 9, SCRIPTS, 1, Data::LongUnsigned(3))]),
        ]),
    ));
    assert_eq!(act(&mut memory, SCRIPTS, 1, &Data::LongUnsigned(1)), 0);
    assert_eq!(memory.stored(ENERGY.into(), 2), Some(&[6, 0, 0, 0, 77][..]));
    assert_eq!(act(&mut memory, SCRIPTS, 1, &Data::LongUnsigned(2)), 0);
    assert_eq!(memory.stored(ENERGY.into(), 2), Some(&[6, 0, 0, 0, 0][..]));
    assert_eq!(act(&mut memory, SCRIPTS, 1, &Data::LongUnsigned(3)), 0);
    assert_eq!(act(&mut memory, SCRIPTS, 1, &Data::LongUnsigned(4)), 4);
    assert_eq!(act(&mut memory, SCRIPTS, 1, &Data::NullData), 12);
    // A schedule runs the first each day at 13:00.
    const SCHEDULE: [u8; 6] = [0, 0, 15, 0, 0, 255];
    let times = Data::structure(vec![
        Data::OctetString(vec![13, 0, 0, 0]),
        Data::OctetString(vec![0xFF; 5]),
    ]);
    let executed =
        Data::structure(vec![Data::OctetString(SCRIPTS.to_vec()), Data::LongUnsigned(1)]);
    let entry = Entry::new(ClassId::SINGLE_ACTION_SCHEDULE, 0, SCHEDULE.into());
    memory.add(entry.with(2, &executed).with(4, &Data::array(vec![times])));
    let minute = |count: u64| Instant::from_micros(count * 60_000_000);
    memory.elapse(minute(59));
    assert_eq!(memory.stored(ENERGY.into(), 2), Some(&[6, 0, 0, 0, 0][..]));
    assert_eq!(memory.next_at(), Some(minute(60)));
    memory.elapse(minute(60));
    assert_eq!(memory.stored(ENERGY.into(), 2), Some(&[6, 0, 0, 0, 77][..]));
}

#[test]
fn a_policy_is_only_ever_strengthened() {
    const SETUP: [u8; 6] = [0, 0, 43, 0, 0, 255];
    let mut memory = Memory::new();
    memory.add(Entry::new(ClassId::SECURITY_SETUP, 0, SETUP.into()));
    assert_eq!(act(&mut memory, SETUP, 1, &Data::Enum(1)), 0);
    assert_eq!(act(&mut memory, SETUP, 1, &Data::Enum(3)), 0);
    assert_eq!(act(&mut memory, SETUP, 1, &Data::Enum(1)), 250);
    assert_eq!(act(&mut memory, SETUP, 1, &Data::Unsigned(3)), 12);
    assert_eq!(memory.stored(SETUP.into(), 2), Some(&[22, 3][..]));
}

#[test]
fn registers_reset_and_demands_begin_a_period() {
    const DEMAND: [u8; 6] = [1, 0, 1, 4, 0, 255];
    let mut memory = memory();
    let entry = Entry::new(ClassId::DEMAND_REGISTER, 0, DEMAND.into());
    memory.add(entry.with(2, &Data::DoubleLongUnsigned(9)).with(8, &Data::DoubleLongUnsigned(900)));
    memory.elapse(Instant::from_micros(900_000_000));
    assert_eq!(memory.stored(DEMAND.into(), 3), Some(&[6, 0, 0, 0, 9][..]));
    assert_eq!(memory.stored(DEMAND.into(), 2), Some(&[6, 0, 0, 0, 0][..]));
    let mut quarter = NOON;
    quarter[6] = 15;
    let stamped = [&[9, 12][..], &quarter].concat();
    assert_eq!(memory.stored(DEMAND.into(), 7), Some(&stamped[..]));
    assert_eq!(act(&mut memory, DEMAND, 1, &Data::Integer(0)), 0);
    assert_eq!(memory.stored(DEMAND.into(), 3), Some(&[6, 0, 0, 0, 0][..]));
}

#[test]
fn every_class_of_the_table_has_values_of_its_types() {
    for class in crate::table::class::classes() {
        let entry = Entry::new(class.id, class.version, [0, 0, 1, 2, 3, 4].into());
        for row in class.attributes {
            let value = entry.data(row.index).expect("a value");
            assert!(row.data_type.fits(&value), "{} {}: {value:?}", class.id, row.name);
        }
    }
}

#[test]
fn the_public_client_sees_what_is_public() {
    let mut memory = memory();
    memory.restrict_public();
    memory.add(Entry::new(ClassId::DATA, 0, [0, 0, 42, 0, 0, 255].into()).public());
    let public = Who { client: 16, ..WHO };
    let energy = memory.find(ENERGY.into()).unwrap();
    let name = memory.find([0, 0, 42, 0, 0, 255].into()).unwrap();
    assert_eq!(memory.attribute_access(&public, &energy, 2), Access::NONE);
    assert_eq!(memory.attribute_access(&public, &name, 2), Access::READ);
    assert_eq!(memory.method_access(&public, &name, 1), Access::NONE);
    assert_eq!(memory.attribute_access(&WHO, &energy, 2), Access::READ);
}
