//! m-bus-parser, wired and wireless: borrowed records with a float and an exponent, JSON from a tree of
//! its own.

use std::hint::black_box;

use gurux_benches::{Contender, names, telegrams};
use m_bus_parser::decryption::StaticKeyProvider;
use m_bus_parser::user_data::data_information::DataType;
use m_bus_parser::user_data::{
    DataRecords, UserDataBlock, parse_application_layer, parse_data_records,
};
use m_bus_parser::{DecodeOptions, WiredFrame, WirelessFrame, decode_bytes};

const NAME: &str = "m-bus-parser";

pub(crate) fn contender(workload: &str) -> Option<Contender> {
    let wired = |frame: Vec<u8>| Contender::new(NAME, move |_| decode_wired(black_box(&frame)));
    let json = |frame: Vec<u8>| Contender::new(NAME, move |_| decode_json(black_box(&frame)));
    Some(match workload {
        names::MBUS_SMALL => wired(telegrams::small()),
        names::MBUS_TYPICAL => wired(telegrams::typical()),
        names::MBUS_FULL => wired(telegrams::full()),
        names::WMBUS_MODE5 => wireless(telegrams::mode5()),
        names::WMBUS_FORMAT_A => {
            let frame = telegrams::format_a();
            Contender::new(NAME, move |room| {
                let telegram =
                    wireless_mbus_link_layer::strip_format_a_crcs(black_box(&frame), room)
                        .expect("a good frame");
                black_box(telegram).len() as u64
            })
        }
        names::MBUS_JSON_TYPICAL => json(telegrams::typical()),
        names::MBUS_JSON_FULL => json(telegrams::full()),
        _ => return None,
    })
}

fn decode_wired(frame: &[u8]) -> u64 {
    let Ok(WiredFrame::LongFrame { data, .. }) = WiredFrame::try_from(frame) else {
        panic!("another frame")
    };
    let layer = parse_application_layer(data).expect("a good header");
    if let UserDataBlock::VariableDataStructureWithLongTplHeader { long_tpl_header, .. } = &layer {
        black_box(long_tpl_header);
    }
    sum(layer.data_records().expect("records"))
}

fn wireless(frame: Vec<u8>) -> Contender {
    let mut keys = StaticKeyProvider::<1>::new();
    let manufacturer = u16::from_le_bytes([frame[2], frame[3]]);
    keys.add_key(manufacturer, 12_345_678, telegrams::KEY).expect("room for a key");
    Contender::new(NAME, move |room| {
        let frame = WirelessFrame::try_from(&black_box(&frame)[..]).expect("a good frame");
        let meter = frame.manufacturer_id;
        let layer = parse_application_layer(frame.data).expect("a good header");
        let len = layer
            .decrypt_variable_data_with_context(
                &keys,
                meter.manufacturer_code,
                meter.identification_number.number,
                meter.version,
                meter.device_type,
                room,
            )
            .expect("the right key");
        sum(parse_data_records(&room[..len]))
    })
}

/// The count of the records and the sum of their numbers; unit, exponent, function and storage of each
/// are looked at.
fn sum(records: DataRecords<'_>) -> u64 {
    records.fold(0, |sum, record| {
        let record = record.expect("a good record");
        let (data, value) = (record.data_information(), record.value_information());
        black_box((
            data.map(|data| (data.storage_number, data.function_field)),
            value.map(|value| (value.decimal_scale_exponent, value.first_unit())),
        ));
        let number = match record.value() {
            Some(DataType::Number(number)) => *number as i64,
            _ => 0,
        };
        sum.wrapping_add(1).wrapping_add(number.cast_unsigned())
    })
}

/// How many records are in the line; what else libraries tell, and in which words, differs.
fn decode_json(frame: &[u8]) -> u64 {
    let decoded = decode_bytes(frame, &DecodeOptions::default()).expect("a good frame");
    let line = serde_json::to_string(&decoded).expect("JSON");
    black_box(&line);
    decoded.records.len() as u64
}
