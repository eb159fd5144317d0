//! Our contender for the M-Bus workloads.

use std::hint::black_box;

use gurux_framing::Wire;
use gurux_framing::wireless::FrameFormat;
use gurux_mbus::table::Coding;
use gurux_mbus::wire::{Data, Digits, LinkFrame, RecordItem, Records, Tpl};

use crate::contender::{Contender, OUT_LEN};
use crate::{names, telegrams};

const NAME: &str = "gurux";

/// Ours, for the workloads of [`names`].
pub fn contender(workload: &str) -> Option<Contender> {
    let wired = |frame: Vec<u8>| Contender::new(NAME, move |_| decode_wired(black_box(&frame)));
    Some(match workload {
        names::MBUS_SMALL => wired(telegrams::small()),
        names::MBUS_TYPICAL => wired(telegrams::typical()),
        names::MBUS_FULL => wired(telegrams::full()),
        names::WMBUS_FORMAT_A => {
            let frame = telegrams::format_a();
            Contender::new(NAME, move |_| {
                let mut room = [0; OUT_LEN];
                let telegram =
                    FrameFormat::A.strip(black_box(&frame), &mut room).expect("a good frame");
                black_box(telegram).len() as u64
            })
        }
        _ => return None,
    })
}

fn decode_wired(frame: &[u8]) -> u64 {
    let frame = LinkFrame::from_bytes(frame).expect("a good frame");
    let (rest, tpl) = Tpl::parse(frame.user_data()).expect("a good header");
    black_box(&tpl);
    sum(rest)
}

/// The count of the records and the sum of their numbers; unit, exponent, function and storage of each
/// are looked at.
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
