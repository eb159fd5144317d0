//! The meter: its objects, who may read them, and the loop that serves a client.
//!
//! The keys and secrets are for tests only.

use std::error::Error;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use gurux_dlms::security::{Key, Software, SystemTitle};
use gurux_dlms::session::link::{MeterBuffers, MeterLink, MeterLinkConfig, Owned};
use gurux_dlms::session::meter::{
    Account, Entry, Memory, Meter, MeterCarrier, MeterConfig, MeterEvent,
};
use gurux_dlms::session::{Authentication, Referencing, Secret, WrapperConfig, WrapperLink};
use gurux_dlms::table::class::ClassId;
use gurux_dlms::value::Data;
use gurux_dlms::wire::{Conformance, CosemDateTime, DataRef, KeyId};
use gurux_framing::Wire;
use gurux_framing::hdlc::LinkParameters;
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};
use gurux_value::Obis;

/// 2024-02-11 16:00:00 UTC: the end of the thousandth hour of the load profile.
const NOW: [u8; 12] = [7, 0xE8, 2, 11, 7, 16, 0, 0, 0, 0, 0, 0];

/// How the meter is reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// HDLC, or the wrapper.
    pub(crate) is_hdlc: bool,
    pub(crate) referencing: Referencing,
    /// 0, 1 or 2.
    pub(crate) suite: u8,
    /// Octets of the longest message.
    pub(crate) max_pdu: u16,
    /// Octets of a frame of HDLC, and how many frames go before they are acknowledged.
    pub(crate) max_info: u16,
    pub(crate) window: u8,
}

pub(crate) type Served = Meter<Memory, Software>;

pub(crate) fn meter(options: &Options) -> Result<Served, Box<dyn Error>> {
    let title = SystemTitle(*b"SIM\0\0\0\0\x01");
    // Clients of tests begin each connection with the same counter; true in the field.
    let config = MeterConfig {
        max_pdu: options.max_pdu,
        remembers_counters: false,
        ..MeterConfig::new(title)
    };
    let carrier = if options.is_hdlc {
        let parameters = LinkParameters {
            max_info_transmit: options.max_info,
            max_info_receive: options.max_info,
            window_transmit: options.window,
            window_receive: options.window,
        };
        let config = MeterLinkConfig { parameters, ..MeterLinkConfig::default() };
        MeterCarrier::hdlc(MeterLink::new(config, MeterBuffers::owned(70_000)))
    } else {
        let config = WrapperConfig { own: 1, peer: 0, ..WrapperConfig::default() };
        MeterCarrier::wrapper(WrapperLink::new(config, Owned::new(70_000), Owned::new(70_000)))
    };
    let memory = memory(if options.suite == 2 { 32 } else { 16 })?;
    // A real meter fills challenges from a random source.
    let challenges =
        |octets: &mut [u8]| (0x30..).zip(octets).for_each(|(next, octet)| *octet = next);
    let accounts = accounts(options.referencing)?;
    Ok(Meter::new(config, accounts, Software, memory, carrier, challenges))
}

/// Turns the crank of the session until the client is gone.
pub(crate) fn serve(
    meter: &mut Served,
    mut stream: TcpStream,
    begin: std::time::Instant,
    mut tell: impl FnMut(MeterEvent),
) -> std::io::Result<()> {
    let now = || Instant::from_micros(u64::try_from(begin.elapsed().as_micros()).unwrap_or(0));
    meter.handle_open(now());
    stream.set_nodelay(true)?;
    let mut piece = [0; 4096];
    loop {
        let mut out = BytesMut::new();
        while meter.poll_transmit(now(), &mut out).is_some() {}
        stream.write_all(&out)?;
        while let Some(event) = meter.poll_event() {
            tell(event);
        }
        let wait = meter.poll_timeout().map(|at| at.since(now()));
        let wait = wait.unwrap_or(Duration::from_secs(60)).max(Duration::from_millis(1));
        stream.set_read_timeout(Some(wait))?;
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => meter.handle_input(now(), piece.get(..count).unwrap_or_default()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                meter.handle_timeout(now());
            }
            Err(error) => return Err(error),
        }
    }
    meter.handle_close(now());
    Ok(())
}

/// Any client, by any mechanism.
fn accounts(referencing: Referencing) -> Result<Vec<Account>, &'static str> {
    let secret = |octets: &[u8]| Secret::new(octets).ok_or("a secret has up to 64 octets");
    let high = || secret(b"hls-secret-00001");
    let ways = [
        Authentication::Lowest,
        Authentication::Low(secret(b"12345678")?),
        Authentication::Manufacturer(high()?),
        Authentication::Md5(high()?),
        Authentication::Sha1(high()?),
        Authentication::Gmac,
        Authentication::Sha256(high()?),
    ];
    let services = referencing.services() | Conformance::ATTRIBUTE0_SUPPORTED_WITH_GET;
    let account = |way| Account::new(referencing, way).with_conformance(services);
    Ok(ways.into_iter().map(account).collect())
}

/// A structure of so many values.
fn structure<const N: usize>(values: [Data; N]) -> Data {
    Data::Structure(values.into_iter().collect())
}

fn octets(octets: &[u8]) -> Data {
    Data::OctetString(octets.to_vec())
}

fn memory(key_len: u8) -> Result<Memory, Box<dyn Error>> {
    let mut memory = Memory::new();
    let key = |from: u8| Key::from_octets(&(from..).take(key_len.into()).collect::<Vec<_>>());
    memory.insert_key(KeyId::GLOBAL_UNICAST_ENCRYPTION, key(0)?);
    memory.insert_key(KeyId::AUTHENTICATION, key(0xD0)?);

    let mut number = 0x1000;
    let mut add = |memory: &mut Memory, entry: Entry| {
        number += 0x100;
        memory.add(entry.at(number));
    };
    let new = |class_id, version, name: &str| {
        name.parse::<Obis>().map(|name| Entry::new(class_id, version, name))
    };
    let clock = new(ClassId::CLOCK, 0, "0-0:1.0.0*255")?.with(9, &Data::Enum(1));
    add(&mut memory, clock.writable(2).writable(3).writable(8));
    memory.set_time(Instant::ZERO, CosemDateTime::from_octets(NOW).to_date_time());

    let sequence: Vec<u8> = (0..5000_u16).map(|i| u8::try_from(i % 251).unwrap_or(0)).collect();
    for (name, value) in [
        ("0-0:42.0.0*255", octets(b"SIM0000000000001")),
        ("0-0:96.1.0*255", octets(b"00000001")),
        ("0-0:96.10.1*255", Data::Unsigned(0)),
        ("0-0:96.52.0*255", octets(&sequence)),
    ] {
        add(&mut memory, new(ClassId::DATA, 0, name)?.with(2, &value));
    }
    add(
        &mut memory,
        new(ClassId::DATA, 0, "0-0:96.60.0*255")?.with(2, &octets(b"scratch")).writable(2),
    );
    for (name, value, scaler, unit) in [
        ("1-0:1.8.0*255", Data::DoubleLongUnsigned(1_249_750), 0, 30),
        ("1-0:2.8.0*255", Data::DoubleLongUnsigned(4321), 0, 30),
        ("1-0:1.8.1*255", Data::Long64Unsigned(9_007_199_254_740_993), 3, 30),
        ("1-0:1.7.0*255", Data::DoubleLong(-1463), 0, 27),
        ("1-0:32.7.0*255", Data::LongUnsigned(2305), -1, 35),
        ("1-0:31.7.0*255", Data::LongUnsigned(5123), -3, 33),
        ("1-0:14.7.0*255", Data::Float32(50.0625), 0, 44),
    ] {
        let unit = structure([Data::Integer(scaler), Data::Enum(unit)]);
        add(&mut memory, new(ClassId::REGISTER, 0, name)?.with(2, &value).with(3, &unit));
    }
    for (kind, value) in [
        "00",
        "0301",
        "0F80",
        "108000",
        "0580000000",
        "148000000000000000",
        "11FF",
        "12FFFF",
        "06FFFFFFFF",
        "15FFFFFFFFFFFFFFFF",
        "1607",
        "17BFC00000",
        "18400921FB54442D18",
        "09040001FEFF",
        "0A0776697369626C65",
        "0C04C2B5C2A9",
        "040AACC0",
        "0D12",
        "1907E8020B07102030FF000000",
        "1A07E8020B07",
        "1B10203028",
        "0103020206000000010901610202060000000209016202020600000003090163",
        "13020206120C000000010001000000020002",
    ]
    .iter()
    .enumerate()
    {
        let pair = |at: usize| u8::from_str_radix(value.get(at..at + 2).unwrap_or("00"), 16);
        let value: Vec<u8> = (0..value.len()).step_by(2).map(pair).collect::<Result<_, _>>()?;
        let value = Data::from(DataRef::from_bytes(&value)?);
        let entry = new(ClassId::DATA, 0, &format!("0-0:96.51.{kind}*255"))?;
        add(&mut memory, entry.with(2, &value));
    }
    let entry = new(ClassId::DISCONNECT_CONTROL, 0, "0-0:96.3.10*255")?.writable(4);
    let entry = entry.with(2, &Data::Boolean(true)).with(3, &Data::Enum(1));
    add(&mut memory, entry.with(4, &Data::Enum(4)));
    let entry = new(ClassId::IMAGE_TRANSFER, 0, "0-0:44.0.0*255")?.writable(5);
    add(&mut memory, entry.with(2, &Data::DoubleLongUnsigned(200)).with(5, &Data::Boolean(true)));

    let column = |class_id, name: &[u8; 6]| {
        structure([
            Data::LongUnsigned(class_id),
            octets(name),
            Data::Integer(2),
            Data::LongUnsigned(0),
        ])
    };
    let columns = [
        column(8, &[0, 0, 1, 0, 0, 255]),
        column(1, &[0, 0, 96, 10, 1, 255]),
        column(3, &[1, 0, 1, 8, 0, 255]),
        column(3, &[1, 0, 1, 7, 0, 255]),
    ];
    let columns = Data::Array(columns.into_iter().collect());
    let name = "1-0:99.1.0*255";
    let profile = new(ClassId::PROFILE_GENERIC, 1, name)?.with(3, &columns);
    let profile = profile.with(4, &Data::DoubleLongUnsigned(3600)).with(5, &Data::Enum(1));
    add(&mut memory, profile.with(8, &Data::DoubleLongUnsigned(1000)));
    for hour in 0..1000_u16 {
        let since = i64::from(hour) * 3_600_000_000;
        // 2024-01-01 00:00:00 UTC, and so many hours.
        let time = gurux_value::DateTime::from_unix_micros(1_704_067_200_000_000 + since);
        let time = CosemDateTime::from_date_time(time.ok_or("a time of this century")?);
        let row = structure([
            octets(time.as_octets()),
            Data::Unsigned(if hour % 97 == 0 { 8 } else { 0 }),
            Data::DoubleLongUnsigned(1_000_000 + 250 * u32::from(hour)),
            Data::DoubleLong(1000 + i32::from(hour) * 37 % 500),
        ]);
        memory.add_row(name.parse()?, &row);
    }
    Ok(memory)
}
