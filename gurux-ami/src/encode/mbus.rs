//! M-Bus from JSON: layers from the outside in, and the suite's own parser has the last word.

use gurux_framing::Wire;
use gurux_framing::wireless::{FrameFormat, MAX_LEN};
use gurux_mbus::value::measurements;
use gurux_mbus::wire::{
    AField, CField, DeviceType, Identification, LinkFrame, Manufacturer, MeterAddress,
    RecordBuilder, Telegram, WirelessFrame,
};
use gurux_value::Measurement;
use serde_json::Value as Json;

use crate::capture::{hex_line, to_hex};

/// The layers that may be outermost.
pub(super) const LAYERS: [&str; 4] = ["ft12", "wireless", "wireless-a", "wireless-b"];

/// What decode says of a telegram.
const FIELDS: &[&str] = &[
    "start",
    "control",
    "address",
    "link_address",
    "ell",
    "nwl",
    "afl",
    "ci",
    "identification",
    "manufacturer",
    "version",
    "device_type",
    "access_number",
    "status",
    "medium",
    "configuration",
    "payload",
    "records",
    "manufacturer_data",
];

/// The octets of a telegram. `framing` is `wired`, `wireless`, or nothing where `layers` tells.
pub(super) fn encode(object: &Json, framing: &str) -> Result<Vec<u8>, String> {
    let message = object.get("message").ok_or("`message` is missing: the fields of a telegram")?;
    super::known_members(message, "message.", FIELDS)?;
    let readings = object.get("readings").and_then(Json::as_array);
    let message = &with_readings(message, readings.map(Vec::as_slice).unwrap_or_default())?;
    let layer = object.get("layers").and_then(|layers| layers.get(0)).and_then(Json::as_str);
    match layer.unwrap_or(if framing == "wireless" { "wireless" } else { "ft12" }) {
        "ft12" => wired(message),
        "wireless" => wireless(message, FrameFormat::NoCrc),
        "wireless-a" => wireless(message, FrameFormat::A),
        "wireless-b" => wireless(message, FrameFormat::B),
        other => Err(format!(
            "the layer `{other}` is not known; it may be ft12, wireless, wireless-a or wireless-b"
        )),
    }
}

/// The message with the records that the readings stand for, where it has none of its own.
fn with_readings(message: &Json, readings: &[Json]) -> Result<Json, String> {
    let mut message = message.clone();
    if readings.is_empty() {
        return Ok(message);
    }
    let wanted: Vec<Measurement<'static>> = readings
        .iter()
        .map(|reading| {
            let mut reading = reading.clone();
            // Its octets are told, not read.
            reading.as_object_mut().and_then(|reading| reading.shift_remove("raw"));
            serde_json::from_value(reading).map_err(|error| format!("`readings`: {error}"))
        })
        .collect::<Result<_, _>>()?;
    if message.get("records").is_some() {
        let octets = records(&message)?;
        let said: Vec<_> = measurements(&octets).map(Measurement::into_owned).collect();
        let are_same = said.len() == wanted.len()
            && said.iter().zip(&wanted).all(|(said, wanted)| is_same(said, wanted));
        if !are_same {
            return Err(
                "`readings` say something else than `message.records`: leave `records` out, \
                        and they are built from the readings"
                    .to_owned(),
            );
        }
        return Ok(message);
    }
    if message.get("payload").is_some() {
        return Ok(message);
    }
    let mut records: Vec<Json> = Vec::new();
    let mut add = |record: RecordBuilder<'_>| {
        let mut octets = Vec::new();
        record.emit(&mut octets);
        let text = Json::from(to_hex(&octets));
        // A time that several readings share stands once.
        if !records.contains(&text) {
            records.push(text);
        }
    };
    for (place, reading) in wanted.iter().enumerate() {
        let told = |error: gurux_mbus::Error| {
            format!("`readings`, number {}, {reading}: {error}", place + 1)
        };
        add(RecordBuilder::of(reading).map_err(told)?);
        if let Some(time) = RecordBuilder::of_time(reading).map_err(told)? {
            add(time);
        }
    }
    if let Some(message) = message.as_object_mut() {
        message.insert("records".to_owned(), records.into());
    }
    Ok(message)
}

/// Do both say the same in the end? The time of a reading stands in another record, and what is said against
/// a clock is told beside it.
fn is_same(one: &Measurement<'_>, other: &Measurement<'_>) -> bool {
    let text = |one: &Measurement<'_>| one.value.as_ref().map(ToString::to_string);
    let place = |one: &Measurement<'_>| (one.function, one.storage, one.tariff, one.subunit);
    one.quantity == other.quantity
        && one.unit == other.unit
        && place(one) == place(other)
        && text(one) == text(other)
}

fn wired(message: &Json) -> Result<Vec<u8>, String> {
    if let Some(start) = octet(message, "start")? {
        return Ok(vec![start]);
    }
    let control = CField(needed(octet(message, "control")?, "control")?);
    let address = AField(needed(octet(message, "address")?, "address")?);
    let user_data = user_data(message)?;
    let frame = match user_data.as_slice() {
        [] => LinkFrame::Short { control, address },
        user_data => LinkFrame::Long { control, address, user_data },
    };
    let mut octets = Vec::with_capacity(frame.wire_len());
    frame.emit(&mut octets);
    Telegram::from_wired(&octets).map_err(|error| format!("that makes no telegram: {error}"))?;
    Ok(octets)
}

fn wireless(message: &Json, format: FrameFormat) -> Result<Vec<u8>, String> {
    let control = CField(needed(octet(message, "control")?, "control")?);
    let text = message.get("link_address").and_then(Json::as_str);
    let address = needed(text, "link_address")?;
    let address: MeterAddress =
        address.parse().map_err(|error| format!("`link_address`: {error}"))?;
    let user_data = user_data(message)?;
    let frame = WirelessFrame::new(control, address, &user_data)
        .map_err(|error| format!("that makes no telegram: {error}"))?;
    let mut telegram = Vec::with_capacity(frame.wire_len());
    frame.emit(&mut telegram);
    Telegram::from_wireless(&telegram)
        .map_err(|error| format!("that makes no telegram: {error}"))?;
    let mut room = [0; MAX_LEN];
    let len = format.wrap(&telegram, &mut room).map_err(|error| error.to_string())?;
    Ok(room.get(..len).unwrap_or_default().to_vec())
}

/// Everything behind the link layer.
fn user_data(message: &Json) -> Result<Vec<u8>, String> {
    let mut octets = Vec::new();
    for layer in ["ell", "nwl", "afl"] {
        octets.extend(hex(message, layer)?.unwrap_or_default());
    }
    octets.extend(octet(message, "ci")?);
    if message.get("identification").is_some() {
        octets.extend(header_address(message)?.octets());
    }
    // A fixed data structure has its own in its payload.
    if let Some(access_number) = octet(message, "access_number")?
        && message.get("medium").is_none()
    {
        octets.push(access_number);
        octets.push(octet(message, "status")?.unwrap_or_default());
        octets.extend(hex(message, "configuration")?.unwrap_or(vec![0, 0]));
    }
    // Where both are there, the payload is what was sent, and the records what it means.
    if let Some(payload) = hex(message, "payload")? {
        octets.extend(payload);
        return Ok(octets);
    }
    octets.extend(records(message)?);
    Ok(octets)
}

/// The octets of all records.
fn records(message: &Json) -> Result<Vec<u8>, String> {
    let mut octets = Vec::new();
    let records = message.get("records").and_then(Json::as_array);
    for record in records.into_iter().flatten() {
        let text = record.as_str().ok_or("`records` holds texts of hex digits, one a record")?;
        octets.extend(hex_line(text).map_err(|slip| format!("`records`: {text}: {slip}"))?);
    }
    Ok(octets)
}

fn header_address(message: &Json) -> Result<MeterAddress, String> {
    let text = |name: &str| needed(message.get(name).and_then(Json::as_str), name);
    let identification: Identification =
        text("identification")?.parse().map_err(|error| format!("`identification`: {error}"))?;
    let manufacturer: Manufacturer =
        text("manufacturer")?.parse().map_err(|error| format!("`manufacturer`: {error}"))?;
    Ok(MeterAddress {
        identification,
        manufacturer,
        version: octet(message, "version")?.unwrap_or_default(),
        device_type: DeviceType::new(octet(message, "device_type")?.unwrap_or_default()),
    })
}

fn needed<T>(value: Option<T>, name: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("`{name}` is missing"))
}

/// A number of 0 to 255, where it is there.
fn octet(message: &Json, name: &str) -> Result<Option<u8>, String> {
    match message.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => {
            let number = value.as_u64().and_then(|number| u8::try_from(number).ok());
            number.map(Some).ok_or_else(|| format!("`{name}` is {value}, and must be 0 to 255"))
        }
    }
}

/// Hex digits, where they are there.
fn hex(message: &Json, name: &str) -> Result<Option<Vec<u8>>, String> {
    match message.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) if text.is_empty() => Ok(Some(Vec::new())),
        Some(Json::String(text)) => {
            hex_line(text).map(Some).map_err(|slip| format!("`{name}`: {slip}"))
        }
        Some(other) => Err(format!("`{name}` is {other}, and must be hex digits")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_decode_tells_is_encoded_to_the_same_octets() {
        let message = json!({
            "layers": ["ft12", "tpl-long"],
            "message": {
                "control": 8, "address": 5, "ci": 114, "identification": "12345678",
                "manufacturer": "ACW", "version": 14, "device_type": 4, "access_number": 42,
                "status": 0, "configuration": "0000", "records": ["041331D40000"],
            },
        });
        let octets = encode(&message, "").unwrap();
        assert_eq!(to_hex(&octets), "681515680805727856341277040e042a000000041331d400006616");
        let request = json!({ "message": { "control": 91, "address": 1 } });
        assert_eq!(encode(&request, "wired").unwrap(), [0x10, 0x5B, 0x01, 0x5C, 0x16]);
        assert_eq!(encode(&json!({ "message": { "start": 229 } }), "").unwrap(), [0xE5]);
    }

    #[test]
    fn a_radio_telegram_gets_the_check_sums_that_its_layer_names() {
        let message = |layer: &str| {
            json!({
                "layers": [layer],
                "message": {
                    "control": 68, "link_address": "12345678 CEN 1 7", "ci": 120,
                    "records": ["0B13436521"],
                },
            })
        };
        let plain = encode(&message("wireless"), "").unwrap();
        let framed = encode(&message("wireless-a"), "").unwrap();
        assert_eq!(framed.len(), plain.len() + 4);
        assert_eq!(framed[..10], plain[..10]);
    }

    #[test]
    fn readings_alone_make_records() {
        let message = |value: &str, records: Json| {
            let mut message = json!({
                "layers": ["ft12", "tpl-none"],
                "message": { "control": 8, "address": 5, "ci": 120 },
                "readings": [
                    { "quantity": "volume", "value": value, "unit": "m³", "storage": 1,
                      "time": "2008-05-31T23:50" },
                    { "quantity": "power.l1", "value": "1.5", "unit": "kW" },
                ],
            });
            if !records.is_null() {
                message["message"]["records"] = records;
            }
            message
        };
        let octets = encode(&message("1.234", Json::Null), "").unwrap();
        let records = "4213d204 446d32371f15 01adfc010f".replace(' ', "");
        assert_eq!(to_hex(&octets[7..octets.len() - 2]), records);
        // What was decoded and changed is not passed over.
        let changed = encode(&message("1.235", json!(["4213d204"])), "").unwrap_err();
        assert!(changed.contains("`readings` say something else"), "{changed}");
        let unsaid = encode(&message("Ω", Json::Null), "").unwrap_err();
        assert!(unsaid.starts_with("`readings`"), "{unsaid}");
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (message, expected) in [
            (json!({}), "`message` is missing"),
            (json!({ "message": {} }), "`control` is missing"),
            (json!({ "message": { "control": 300 } }), "must be 0 to 255"),
            (json!({ "message": { "control": 8, "address": 1, "payload": "0" } }), "`payload`"),
            (json!({ "layers": ["hdlc"], "message": {} }), "the layer `hdlc` is not known"),
            (
                json!({ "message": { "control": 8, "recrods": [] } }),
                "`message.recrods` is no field",
            ),
        ] {
            let error = encode(&message, "").unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
