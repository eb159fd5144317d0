//! What people write: values, addresses, media. What is read is printed, and what is printed is
//! read as the same.

use std::fmt::Display;
use std::str::FromStr;

use gurux_media::replay::Conversation;
use gurux_media::{LineSettings, MediaSettings};
use gurux_modbus::Address;
use gurux_modbus::value::{ByteOrder, ValueType};
use gurux_value::{DateTime, Decimal, Obis, Quality, Unit};

/// How deep a text gets.
pub const RUNGS: &[&str] = &["no text", "refused", "read, printed and read again"];

/// Numbers, units, codes, dates, qualities.
pub fn values(octets: &[u8]) -> usize {
    let Ok(text) = str::from_utf8(octets) else { return 0 };
    let depths = [
        there_and_back::<DateTime>(text),
        there_and_back::<Decimal>(text),
        there_and_back::<Obis>(text),
        there_and_back::<Quality>(text),
        there_and_back::<Unit>(text),
    ];
    depths.into_iter().max().unwrap_or(0)
}

/// Addresses, types and orders of a Modbus profile; media of a command line.
pub fn settings(octets: &[u8]) -> usize {
    let Ok(text) = str::from_utf8(octets) else { return 0 };
    let depths = [
        there_and_back::<Address>(text),
        there_and_back::<ByteOrder>(text),
        there_and_back::<ValueType>(text),
        there_and_back::<LineSettings>(text),
        there_and_back::<MediaSettings>(text),
    ];
    depths.into_iter().max().unwrap_or(0)
}

/// A recorded conversation.
pub fn recordings(octets: &[u8]) -> usize {
    str::from_utf8(octets).map_or(0, there_and_back::<Conversation>)
}

/// The original's XML of media settings: the first octet says of which kind.
pub fn fragments(octets: &[u8]) -> usize {
    let Some((kind, fragment)) = octets.split_first() else { return 0 };
    let Ok(fragment) = str::from_utf8(fragment) else { return 0 };
    let kind = KINDS[usize::from(*kind) % KINDS.len()];
    match MediaSettings::from_xml(kind, fragment) {
        Ok(settings) => {
            let written = settings.to_xml();
            let again = MediaSettings::from_xml(settings.kind(), &written);
            assert_eq!(again.as_ref(), Ok(&settings), "{fragment:?} is written as {written:?}");
            2
        }
        Err(reason) => {
            assert!(!reason.to_string().is_empty());
            1
        }
    }
}

const KINDS: [&str; 5] = ["Net", "Serial", "Pty", "Replay", "Other"];

fn there_and_back<T>(text: &str) -> usize
where
    T: FromStr<Err: Display> + Display + PartialEq,
{
    let value: T = match text.parse() {
        Ok(value) => value,
        Err(reason) => {
            assert!(!reason.to_string().is_empty());
            return 1;
        }
    };
    let printed = value.to_string();
    match printed.parse::<T>() {
        // Equal values may have several texts (12e1 and 120), and equal texts several values (a
        // fraction of nought is not printed).
        Ok(again) => {
            assert!(again == value || again.to_string() == printed, "{text:?}: {printed:?}")
        }
        Err(reason) => unreadable(text, &printed, &reason),
    }
    2
}

#[expect(clippy::panic, reason = "a broken promise is a panic")]
fn unreadable(text: &str, printed: &str, reason: &dyn Display) -> ! {
    panic!("{text:?} is printed as {printed:?}, and that is refused: {reason}")
}

/// A text of each kind, in the forms that are easy to get wrong.
pub fn value_seeds() -> Vec<Vec<u8>> {
    let texts = [
        "0",
        "-12.30",
        "5e300",
        "-1.5E-7",
        "170141183460469231731687303715884105727",
        ".5",
        "1.",
        "1-0:1.8.0*255",
        "1.8.0",
        "0.0.96.1.0.255",
        "C.1.0",
        "kWh",
        "m³/h",
        "1/(Wh)",
        "°C",
        "MJ",
        "2024-02-11T16:00:00+01:00",
        "2024-02-11",
        "16:00:00",
        "2024-02-11T16:00:00.000001Z",
        "good",
        "0x1",
        "substituted,overflow",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// A text of each kind, in the forms that are easy to get wrong.
pub fn settings_seeds() -> Vec<Vec<u8>> {
    let texts = [
        "holding:107",
        "h:0x6B",
        "40108",
        "400108",
        "4x108",
        "coil:65535",
        "AB",
        "CDAB",
        "HGFEDCBA",
        "u16",
        "i48",
        "f64",
        "bcd(4)",
        "string(8)",
        "9600,8N1",
        "2400 7E1",
        "tcp:meter.example:502",
        "udp:[::1]:502",
        "tcp-listen:0.0.0.0:4059",
        "serial:/dev/ttyUSB0,9600,8E1,rs485,before=2ms",
        "pty:/tmp/meter,19200",
        "replay:recording.txt",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// A conversation with every kind of line.
pub fn recording_seeds() -> Vec<Vec<u8>> {
    let text = "gurux-conversation 1\n# two requests\n0.000000 open Net 127.0.0.1:502\n\
                0.000100 > 00 01 00 00 00 06 01 03 00 00 00 01\n0.003000 < 00 01 00 00 00 05\n\
                0.003100 < 01 03 02 12 34\n0.5 line 2400 7E1\n1.000000 close\n";
    vec![text.as_bytes().to_vec(), b"gurux-conversation 1\n0 open Net datagrams x\n".to_vec()]
}

/// A fragment of each kind.
pub fn fragment_seeds() -> Vec<Vec<u8>> {
    let fragments: [(u8, &str); 5] = [
        (0, "<IP>10.0.0.5</IP>\n<Port>502</Port>"),
        (0, "<Server>1</Server><Port>4059</Port><Protocol>0</Protocol><IPv6>1</IPv6>"),
        (
            1,
            "<Port>COM3</Port><Bps>300</Bps><Parity>2</Parity><ByteSize>7</ByteSize><Rs485>1</Rs485>",
        ),
        (2, "<Port>/tmp/a &amp; b</Port><StopBits>Two</StopBits>"),
        (3, "<File>recording.txt</File>"),
    ];
    fragments.iter().map(|(kind, text)| [&[*kind], text.as_bytes()].concat()).collect()
}
