//! Modbus from JSON: what stands in which order is a table, and the suite's own parser has the
//! last word on every PDU.

use gurux_framing::{Wire, WireError, ascii, mbap, rtu};
use gurux_modbus::wire::{Request, Response};
use serde_json::Value as Json;

use crate::capture::hex_line;

/// A part of a PDU: where its octets come from.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// A number in one octet.
    U8(&'static str),
    /// A number in two octets.
    U16(&'static str),
    /// Yes or no in one octet: FF or 00.
    Flag(&'static str),
    /// Yes or no in two octets: FF00 or 0000.
    Coil(&'static str),
    /// How many bits `bits` has, in two octets; a field of that name overrides it.
    BitCount,
    /// How many registers `registers` has, in two octets; a field of that name overrides it.
    RegisterCount(&'static str),
    /// The registers.
    Registers,
    /// The bits, eight in an octet, the first one lowest.
    Bits,
    /// Hex digits.
    Octets(&'static str),
    /// A list of small numbers, an octet each.
    List(&'static str),
    /// Groups of file records, by the parts of each.
    Records(&'static [Part]),
    /// Objects of a device identification, behind their count.
    Objects,
    /// An octet that is always the same.
    Always(u8),
    /// Parts behind the count of their octets, in one octet.
    Counted(&'static [Part]),
    /// Parts behind the count of their octets, in two octets.
    CountedLong(&'static [Part]),
}

use Part::{
    Always, BitCount, Bits, Coil, Counted, CountedLong, Flag, List, Objects, Octets, Records,
    RegisterCount, Registers, U8, U16,
};

const ADDRESS_COUNT: &[Part] = &[U16("address"), U16("count")];
const DIAGNOSTICS: &[Part] = &[U16("subfunction"), Octets("data")];
const MASK: &[Part] = &[U16("address"), U16("and_mask"), U16("or_mask")];
const RECORDS: &[Part] = &[Counted(&[Records(&[
    Always(6),
    U16("file"),
    U16("record"),
    RegisterCount("length"),
    Registers,
])])];

/// The parts behind the function code of a request (V1.1b3, section 6).
fn request_parts(function: u64, message: &Json) -> &'static [Part] {
    match function {
        0x01..=0x04 => ADDRESS_COUNT,
        0x05 => &[U16("address"), Coil("value")],
        0x06 => &[U16("address"), U16("value")],
        0x07 | 0x0B | 0x0C | 0x11 => &[],
        0x08 => DIAGNOSTICS,
        0x0F => &[U16("address"), BitCount, Counted(&[Bits])],
        0x10 => &[U16("address"), RegisterCount("count"), Counted(&[Registers])],
        0x14 => &[Counted(&[Records(&[Always(6), U16("file"), U16("record"), U16("length")])])],
        0x15 => RECORDS,
        0x16 => MASK,
        0x17 => &[
            U16("read_address"),
            U16("read_count"),
            U16("write_address"),
            RegisterCount("write_count"),
            Counted(&[Registers]),
        ],
        0x18 => &[U16("address")],
        0x2B if message.get("read_code").is_some() => {
            &[U8("mei_type"), U8("read_code"), U8("object_id")]
        }
        0x2B => &[U8("mei_type"), Octets("data")],
        _ => &[Octets("data")],
    }
}

/// The parts behind the function code of a response (V1.1b3, section 6).
fn response_parts(function: u64, message: &Json) -> &'static [Part] {
    match function {
        0x01 | 0x02 => &[Counted(&[Bits])],
        0x03 | 0x04 | 0x17 => &[Counted(&[Registers])],
        0x05 => &[U16("address"), Coil("value")],
        0x06 => &[U16("address"), U16("value")],
        0x07 => &[U8("status")],
        0x08 => DIAGNOSTICS,
        0x0B => &[U16("status"), U16("event_count")],
        0x0C => {
            &[Counted(&[U16("status"), U16("event_count"), U16("message_count"), List("events")])]
        }
        0x0F | 0x10 => ADDRESS_COUNT,
        0x11 => &[Counted(&[Octets("data")])],
        0x14 => &[Counted(&[Records(&[Counted(&[Always(6), Registers])])])],
        0x15 => RECORDS,
        0x16 => MASK,
        0x18 => &[CountedLong(&[RegisterCount("count"), Registers])],
        0x2B if message.get("objects").is_some() => &[
            U8("mei_type"),
            U8("read_code"),
            U8("conformity"),
            Flag("more_follows"),
            U8("next_object_id"),
            Objects,
        ],
        0x2B => &[U8("mei_type"), Octets("data")],
        _ => &[Octets("data")],
    }
}

/// The frame of a message as `decode` writes it. `framing` is `rtu`, `ascii`, `tcp`, or empty:
/// then the message says it in `layers`.
pub(super) fn encode(record: &Json, framing: &str) -> Result<Vec<u8>, String> {
    let message = record.get("message").unwrap_or(record);
    let layer = record.get("layers").and_then(|layers| layers.get(0)).and_then(Json::as_str);
    let framing = if framing.is_empty() { layer.unwrap_or("rtu") } else { framing };
    let meter = record.get("meter").unwrap_or(record);
    let unit = u8::try_from(number(meter, "unit", u8::MAX.into())?).unwrap_or(u8::MAX);
    let pdu = pdu(record, message)?;
    let mut frame = [0; ascii::MAX_LEN];
    let wrapped = match framing {
        "rtu" => rtu::wrap(unit, &pdu, &mut frame),
        "ascii" => ascii::wrap(unit, &pdu, ascii::LF, &mut frame),
        "tcp" => {
            let transaction = match meter.get("transaction") {
                Some(_) => u16_of(meter, "transaction")?,
                None => 0,
            };
            mbap::wrap(transaction, unit, &pdu, &mut frame)
        }
        other => {
            return Err(format!("`{other}` is no framing of Modbus; it may be rtu, ascii or tcp"));
        }
    };
    let len = wrapped.map_err(|error| error.to_string())?;
    Ok(frame.get(..len).unwrap_or_default().to_vec())
}

fn pdu(record: &Json, message: &Json) -> Result<Vec<u8>, String> {
    let function = number(message, "function", 0x7F)?;
    let code = u8::try_from(function).unwrap_or_default();
    if message.get("exception").is_some() {
        let exception = number(message, "exception", 0xFF)?;
        return Ok(vec![code | 0x80, u8::try_from(exception).unwrap_or_default()]);
    }
    let is_response = match record.get("direction").and_then(Json::as_str) {
        Some("request") => false,
        Some("response") => true,
        _ => return Err("`direction` is missing; it may be request or response".to_owned()),
    };
    let parts = if is_response {
        response_parts(function, message)
    } else {
        request_parts(function, message)
    };
    let mut pdu = vec![code];
    put(parts, message, &mut pdu)?;
    // What the table built must be a message that the suite would take from anybody else.
    let wrong = |error: WireError| format!("the message makes no valid PDU: {error}");
    if is_response {
        Response::from_bytes(&pdu).map_err(wrong)?;
    } else {
        Request::from_bytes(&pdu).map_err(wrong)?;
    }
    Ok(pdu)
}

fn put(parts: &[Part], message: &Json, out: &mut Vec<u8>) -> Result<(), String> {
    for part in parts {
        match *part {
            U8(name) => out.push(u8::try_from(number(message, name, 0xFF)?).unwrap_or_default()),
            U16(name) => out.extend(u16_of(message, name)?.to_be_bytes()),
            Flag(name) => out.push(if flag(message, name)? { 0xFF } else { 0 }),
            Coil(name) => out.extend([if flag(message, name)? { 0xFF } else { 0 }, 0]),
            BitCount => count(message, "count", items(message, "bits")?.len(), out)?,
            RegisterCount(name) => {
                count(message, name, items(message, "registers")?.len(), out)?;
            }
            Registers => {
                for register in items(message, "registers")? {
                    let value = integer(register, "registers", u16::MAX.into())?;
                    out.extend(u16::try_from(value).unwrap_or_default().to_be_bytes());
                }
            }
            Bits => {
                for eight in items(message, "bits")?.chunks(8) {
                    let mut octet = 0_u8;
                    for (place, bit) in eight.iter().enumerate() {
                        let is_set = bit
                            .as_bool()
                            .map_or_else(|| integer(bit, "bits", 1).map(|value| value == 1), Ok)?;
                        octet |= u8::from(is_set) << place;
                    }
                    out.push(octet);
                }
            }
            Octets(name) => out.extend(octets(message, name)?),
            List(name) => {
                for item in items(message, name)? {
                    out.push(u8::try_from(integer(item, name, 0xFF)?).unwrap_or_default());
                }
            }
            Records(parts) => {
                for record in items(message, "records")? {
                    put(parts, record, out)?;
                }
            }
            Objects => {
                let objects = items(message, "objects")?;
                out.push(u8::try_from(objects.len()).map_err(|_| "too many objects".to_owned())?);
                for object in objects {
                    put(&[U8("id"), Counted(&[Octets("value")])], object, out)?;
                }
            }
            Always(octet) => out.push(octet),
            Counted(parts) => {
                let start = out.len();
                out.push(0);
                put(parts, message, out)?;
                let len = u8::try_from(out.len() - start - 1)
                    .map_err(|_| "the message is longer than a PDU can be".to_owned())?;
                if let Some(place) = out.get_mut(start) {
                    *place = len;
                }
            }
            CountedLong(parts) => {
                let mut inner = Vec::new();
                put(parts, message, &mut inner)?;
                let len = u16::try_from(inner.len()).unwrap_or(u16::MAX);
                out.extend(len.to_be_bytes());
                out.extend(inner);
            }
        }
    }
    Ok(())
}

/// A count that the content gives, unless the message says another.
fn count(message: &Json, name: &'static str, len: usize, out: &mut Vec<u8>) -> Result<(), String> {
    let count = match message.get(name) {
        Some(_) => u16_of(message, name)?,
        None => u16::try_from(len).map_err(|_| format!("`{name}` would be {len}"))?,
    };
    out.extend(count.to_be_bytes());
    Ok(())
}

fn field<'a>(message: &'a Json, name: &str) -> Result<&'a Json, String> {
    message.get(name).ok_or_else(|| format!("`{name}` is missing"))
}

fn number(message: &Json, name: &str, max: u64) -> Result<u64, String> {
    integer(field(message, name)?, name, max)
}

fn u16_of(message: &Json, name: &str) -> Result<u16, String> {
    Ok(u16::try_from(number(message, name, u16::MAX.into())?).unwrap_or_default())
}

fn integer(value: &Json, name: &str, max: u64) -> Result<u64, String> {
    value
        .as_u64()
        .filter(|value| *value <= max)
        .ok_or_else(|| format!("`{name}` is {value}; a number from 0 to {max} is expected"))
}

fn flag(message: &Json, name: &str) -> Result<bool, String> {
    let value = field(message, name)?;
    value.as_bool().ok_or_else(|| format!("`{name}` is {value}; true or false is expected"))
}

fn items<'a>(message: &'a Json, name: &str) -> Result<&'a [Json], String> {
    let value = field(message, name)?;
    value.as_array().map(Vec::as_slice).ok_or_else(|| format!("`{name}` is {value}, not a list"))
}

fn octets(message: &Json, name: &str) -> Result<Vec<u8>, String> {
    let value = field(message, name)?;
    match value.as_str() {
        Some("") => Ok(Vec::new()),
        Some(text) => hex_line(text).map_err(|slip| format!("`{name}`: {slip}")),
        None => Err(format!("`{name}` is {value}; hex digits in quotes are expected")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use gurux_framing::Tree;

    use super::*;
    use crate::decode::told;

    /// One of each function and direction, worked by hand from the standard's examples.
    const REQUESTS: &[&str] = &[
        "0100130013",
        "02 00C4 0016",
        "03006B0003",
        "0400080001",
        "0500ACFF00",
        "050003 0000",
        "0600010003",
        "07",
        "080000A537",
        "0B",
        "0C",
        "0F0013000A02CD01",
        "1000010002 04 000A0102",
        "11",
        "140E 06000400010002 06000300090002",
        "150D06000400070003 06AF04BE100D",
        "16000400F20025",
        "170003000 6000E00030600FF00FF00FF",
        "1804DE",
        "2B0E0100",
        "2B0D00010203",
        "6500112233",
    ];
    const RESPONSES: &[&str] = &[
        "0103CD6B05",
        "0201AC",
        "0306022B00000064",
        "0402000A",
        "0500ACFF00",
        "0600010003",
        "076D",
        "080000A537",
        "0BFFFF0108",
        "0C080000 0108 0121 2000",
        "0F0013000A",
        "1000010002",
        "110212FF",
        "140C05060DFE0020050633CD0040",
        "150D0600040007000306AF04BE100D",
        "16000400F20025",
        "170C00FE0ACD00010003000D00FF",
        "1800060002 01B81284",
        "2B0E01010000020003414243010258 59",
        "2B0D0001",
        "6500112233",
        "8302",
        "E501",
    ];

    #[test]
    fn json_and_back_is_the_identity_for_every_function_and_direction() {
        for (direction, pdus) in [("request", REQUESTS), ("response", RESPONSES)] {
            for hex in pdus {
                let octets = hex_line(hex).unwrap();
                let mut message = Tree::new();
                if direction == "request" {
                    Request::explain(&octets, 0, &mut message).unwrap();
                } else {
                    Response::explain(&octets, 0, &mut message).unwrap();
                }
                let record =
                    json!({ "direction": direction, "message": told::message(message.nodes()) });
                assert_eq!(pdu(&record, record.get("message").unwrap()), Ok(octets), "{record}");
            }
        }
    }

    #[test]
    fn each_framing_adds_its_own() {
        let mut record = json!({
            "layers": ["rtu"], "direction": "request", "meter": { "unit": 1 },
            "message": { "function": 3, "address": 0, "count": 10 },
        });
        assert_eq!(encode(&record, ""), Ok(hex_line("01030000000AC5CD").unwrap()));
        assert_eq!(encode(&record, "ascii"), Ok(b":01030000000AF2\r\n".to_vec()));
        record["meter"]["transaction"] = 5.into();
        assert_eq!(encode(&record, "tcp"), Ok(hex_line("0005000000060103 0000000A").unwrap()));
    }

    #[test]
    fn what_is_missing_or_wrong_is_said() {
        let says = |record: Json| encode(&record, "rtu").unwrap_err();
        assert_eq!(says(json!({ "message": {} })), "`unit` is missing");
        let request =
            |message: Json| json!({ "unit": 1, "direction": "request", "message": message });
        assert_eq!(says(request(json!({ "function": 3 }))), "`address` is missing");
        assert_eq!(
            says(request(json!({ "function": 3, "address": 0, "count": 65536 }))),
            "`count` is 65536; a number from 0 to 65535 is expected"
        );
        assert!(
            says(request(json!({ "function": 3, "address": 0, "count": 126 }))).contains("125")
        );
    }
}
