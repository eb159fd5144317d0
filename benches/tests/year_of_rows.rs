//! A year of hourly rows of a load profile, 8,760 by 4, is read with as much memory as a day: no store
//! holds more than 2 KB, a row takes none, and a block at most the two stores that it comes in, which are given
//! back with it.

use gurux_benches::Counting;
use gurux_dlms::security::Software;
use gurux_dlms::session::link::Owned;
use gurux_dlms::session::meter::{Account, Entry, Memory, Meter, MeterCarrier, MeterConfig};
use gurux_dlms::session::procedure::{LoadProfile, ProcedureEvent, RowSelection, Running};
use gurux_dlms::session::{
    Authentication, Client, ClientCarrier, ClientConfig, Guard, Referencing, Seed, Stores,
    WrapperConfig, WrapperLink,
};
use gurux_dlms::table::class::ClassId;
use gurux_dlms::value::Data;
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};
use gurux_value::{DateTime, Obis, Value};

#[global_allocator]
static ALLOCATOR: Counting = Counting::new();

const HOURS: u32 = 8_760;
const PROFILE: Obis = Obis::new([1, 0, 99, 1, 0, 255]);

fn memory() -> Memory {
    let name = |number| Obis::new([1, 0, number, 8, 0, 255]);
    let mut memory = Memory::new();
    let column = |class: ClassId, name: Obis| {
        Data::structure([
            Data::LongUnsigned(class.code()),
            Data::OctetString(name.groups().to_vec()),
            Data::Integer(2),
            Data::LongUnsigned(0),
        ])
    };
    let mut columns = vec![column(ClassId::CLOCK, Obis::new([0, 0, 1, 0, 0, 255]))];
    for number in 1..4 {
        let unit = Data::structure([Data::Integer(1), Data::Enum(30)]);
        memory.add(Entry::new(ClassId::REGISTER, 0, name(number)).with(3, &unit));
        columns.push(column(ClassId::REGISTER, name(number)));
    }
    let entry = Entry::new(ClassId::PROFILE_GENERIC, 1, PROFILE).with(3, &Data::array(columns));
    let entry = entry.with(4, &Data::DoubleLongUnsigned(3600)).with(5, &Data::Enum(1));
    memory.add(entry.with(8, &Data::DoubleLongUnsigned(HOURS)));
    for hour in 0..HOURS {
        let micros = (1_704_067_200 + i64::from(hour) * 3600) * 1_000_000;
        let time = DateTime::from_unix_micros(micros).expect("a time");
        let time = gurux_dlms::wire::CosemDateTime::from_date_time(time);
        let energy = |number| Data::DoubleLongUnsigned(hour * number);
        let row = [Data::OctetString(time.as_octets().to_vec()), energy(1), energy(2), energy(3)];
        assert!(memory.add_row(PROFILE, &Data::structure(row)));
    }
    memory
}

#[test]
fn a_year_takes_no_more_memory_than_a_day() {
    let title = gurux_dlms::security::SystemTitle(*b"SIM\0\0\0\0\x01");
    let config = MeterConfig { max_message: 1 << 20, ..MeterConfig::new(title) };
    let link = WrapperConfig { own: 1, peer: 0, ..WrapperConfig::default() };
    let carrier = MeterCarrier::wrapper(WrapperLink::new(link, Owned::new(4096), Owned::new(4096)));
    let account = Account::new(Referencing::LogicalNames, Authentication::Lowest);
    let challenges = |octets: &mut [u8]| octets.fill(0);
    let mut meter = Meter::new(config, vec![account], Software, memory(), carrier, challenges);

    // What may lie in a store bounds what is kept: a block of an answer and a row.
    let link = WrapperLink::new(WrapperConfig::default(), Owned::new(2048), Owned::new(2048));
    let mut client = Client::new(
        ClientConfig { max_pdu: 1024, ..ClientConfig::default() },
        Authentication::Lowest,
        ClientCarrier::wrapper(link),
        Guard::open(Software),
        Seed::new([0; 32]),
        Stores::owned(1024, 2048),
    );
    let now = Instant::ZERO;
    let profile = LoadProfile::new(PROFILE, RowSelection::All);
    let mut running = Running::new(&mut client, profile, now);
    meter.handle_open(now);
    running.handle_open(now);
    let (mut to_meter, mut to_client) =
        (BytesMut::with_capacity(8192), BytesMut::with_capacity(8192));
    let (mut rows, mut later, mut blocks) = (0_u32, 0, 0);
    let outcome = 'all: loop {
        // What the meter asks for is not counted.
        let before = ALLOCATOR.calls();
        running.handle_input(now, &to_client);
        to_client.clear();
        let first = rows;
        loop {
            match running.poll_event() {
                Some(ProcedureEvent::Told(_)) => {
                    let last = running.procedure().cells().last().and_then(|cell| cell.value());
                    let expected = gurux_value::Decimal::new(i128::from(rows * 3), 1);
                    assert_eq!(last, Some(Value::Decimal(expected)));
                    rows += 1;
                }
                Some(ProcedureEvent::Client(_)) => {}
                Some(ProcedureEvent::Done(count)) => break 'all count,
                Some(ProcedureEvent::Failed(error)) => panic!("{error}"),
                None => break,
            }
        }
        while running.poll_transmit(now, &mut to_meter).is_some() {}
        // The first day and what is before it fill what is used again and again.
        if first >= 24 {
            later += ALLOCATOR.calls() - before;
            blocks += 1;
        }
        meter.handle_input(now, &to_meter);
        to_meter.clear();
        while meter.poll_event().is_some() {}
        while meter.poll_transmit(now, &mut to_client).is_some() {}
    };
    assert_eq!((outcome, rows), (8_760, HOURS));
    // Two a block, and the buffer of the line once.
    assert!(later <= 2 * blocks + 8, "{later} allocations in {blocks} blocks after the first day");
}
