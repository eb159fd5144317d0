//! Our contender for the M-Bus workloads.

use std::fmt::Write;
use std::hint::black_box;

use gurux_framing::Wire;
use gurux_framing::wireless::FrameFormat;
use gurux_mbus::json;
use gurux_mbus::security::{Key, Software, open};
use gurux_mbus::table::Coding;
use gurux_mbus::wire::{Data, Digits, LinkFrame, RecordItem, Records, Telegram, Tpl};

use crate::contender::Contender;
use crate::{names, telegrams};

const NAME: &str = "gurux";

/// Ours, for the workloads of [`names`].
pub fn contender(workload: &str) -> Option<Contender> {
    let wired = |frame: Vec<u8>| Contender::new(NAME, move |_| decode_wired(black_box(&frame)));
    Some(match workload {
        names::MBUS_SMALL => wired(telegrams::small()),
        names::MBUS_TYPICAL => wired(telegrams::typical()),
        names::MBUS_FULL => wired(telegrams::full()),
        names::MBUS_JSON_TYPICAL => json_line(telegrams::typical()),
        names::MBUS_JSON_FULL => json_line(telegrams::full()),
        names::WMBUS_MODE5 => wireless(telegrams::mode5()),
        names::WMBUS_FORMAT_A => {
            let frame = telegrams::format_a();
            Contender::new(NAME, move |room| {
                let telegram = FrameFormat::A.strip(black_box(&frame), room).expect("a good frame");
                black_box(telegram).len() as u64
            })
        }
        _ => return None,
    })
}

/// The line of JSON that `gurux-ami decode` prints for a frame, with every field of the message and
/// every reading, into a buffer that is kept.
fn json_line(frame: Vec<u8>) -> Contender {
    let mut line = String::with_capacity(1 << 14);
    Contender::new(NAME, move |_| {
        let telegram = Telegram::from_wired(black_box(&frame)).expect("a good frame");
        line.clear();
        write!(line, "{{\"protocol\":\"mbus\",\"offset\":0,\"length\":{},", frame.len())
            .expect("room");
        let readings = json::telegram(&telegram, "ft12", None, &mut line);
        line.push_str(",\"notes\":[],\"error\":null}\n");
        black_box(&line);
        readings as u64
    })
}

fn wireless(frame: Vec<u8>) -> Contender {
    // The schedule of the key is kept with the meter.
    let key = Software::new(&Key::Aes(telegrams::KEY));
    Contender::new(NAME, move |room| {
        let telegram = Telegram::from_wireless(black_box(&frame)).expect("a good telegram");
        let opened = open(&telegram, [&key], room).expect("room");
        assert!(opened.verdict.is_good());
        sum(opened.telegram.payload)
    })
}

fn decode_wired(frame: &[u8]) -> u64 {
    let frame = LinkFrame::from_bytes(frame).expect("a good frame");
    let (records, header) = Tpl::parse(frame.user_data()).expect("a good header");
    black_box(&header);
    sum(records)
}

/// The count of the records and the sum of their numbers; unit, exponent, function and storage of each
/// are looked at.
#[inline(always)]
fn sum(records: &[u8]) -> u64 {
    Records::new(records).fold(0, |sum, item| {
        let RecordItem::Record(record) = item else { return sum };
        let meaning = record.meaning();
        black_box((
            (record.storage_number(), record.function()),
            (meaning.exponent(), meaning.unit()),
        ));
        let number = match record.data() {
            // Dates are integers too, on the wire.
            Data::Integer(_) if meaning.coding() == Coding::Moment => 0,
            Data::Integer(number) | Data::Bcd(Digits::Number(number)) => number,
            _ => 0,
        };
        sum.wrapping_add(1).wrapping_add(number.cast_unsigned())
    })
}
