//! What the work costs when it is written out by hand for one function and one buffer: no types, no
//! other function, no errors to tell. Nobody could use it; it shows how far a library can get.

use std::hint::black_box;

use crc::{CRC_16_MODBUS, Crc, Table};
use gurux_benches::{Contender, OUT_LEN, frames, names};

const NAME: &str = "floor";
const CRC: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_MODBUS);
const CALL_LEN: usize = 9 + 2 * frames::REGISTERS;

pub(crate) fn contender(workload: &str) -> Option<Contender> {
    let long = frames::registers(frames::REGISTERS);
    let decode = |frame: Vec<u8>, decode: fn(&[u8]) -> Option<u64>| {
        Contender::new(NAME, move |_| decode(black_box(&frame)).expect("a good frame"))
    };
    Some(match workload {
        names::RTU_1 => decode(frames::modbus_rtu(&frames::registers(1)), decode_rtu),
        names::RTU_125 => decode(frames::modbus_rtu(&long), decode_rtu),
        names::TCP_1 => decode(frames::modbus_tcp(&frames::registers(1)), decode_tcp),
        names::TCP_125 => decode(frames::modbus_tcp(&long), decode_tcp),
        names::RTU_REQUEST => Contender::new(NAME, |out| {
            out[..6].copy_from_slice(&request());
            let sum = CRC.checksum(&out[..6]);
            out[6..8].copy_from_slice(&sum.to_le_bytes());
            8
        }),
        names::TCP_REQUEST => Contender::new(NAME, |out| tcp_request(out, frames::TRANSACTION)),
        names::RTU_RESPONSE => Contender::new(NAME, move |out| {
            let end = response(out, 0, black_box(&long));
            let sum = CRC.checksum(&out[..end]);
            out[end..end + 2].copy_from_slice(&sum.to_le_bytes());
            end as u64 + 2
        }),
        names::TCP_RESPONSE => Contender::new(NAME, move |out| {
            let end = response(out, 6, black_box(&long));
            out[..2].copy_from_slice(&black_box(frames::TRANSACTION).to_be_bytes());
            out[2..6].copy_from_slice(&(end as u32 - 6).to_be_bytes());
            end as u64
        }),
        names::TCP_CALL => {
            let mut answer = frames::modbus_tcp(&long);
            let mut transaction = 0_u16;
            let (mut sent, mut received) = ([0; OUT_LEN], [0; CALL_LEN]);
            Contender::new(NAME, move |_| {
                transaction = transaction.wrapping_add(1);
                tcp_request(&mut sent, transaction);
                answer[..2].copy_from_slice(&black_box(&sent)[..2]);
                received.copy_from_slice(black_box(&answer));
                assert_eq!(received[..2], sent[..2]);
                decode_tcp(&received).expect("a good answer")
            })
        }
        _ => return None,
    })
}

fn request() -> [u8; 6] {
    let [unit, address, quantity] =
        black_box([u16::from(frames::UNIT), frames::ADDRESS, frames::REGISTERS as u16]);
    let ([a, b], [c, d]) = (address.to_be_bytes(), quantity.to_be_bytes());
    [unit as u8, 0x03, a, b, c, d]
}

fn tcp_request(out: &mut [u8; OUT_LEN], transaction: u16) -> u64 {
    out[..2].copy_from_slice(&black_box(transaction).to_be_bytes());
    out[2..6].copy_from_slice(&[0, 0, 0, 6]);
    out[6..12].copy_from_slice(&request());
    12
}

fn response(out: &mut [u8; OUT_LEN], at: usize, registers: &[u16]) -> usize {
    let head = [black_box(frames::UNIT), 0x03, 2 * registers.len() as u8];
    out[at..at + 3].copy_from_slice(&head);
    let body = &mut out[at + 3..at + 3 + 2 * registers.len()];
    for (octets, register) in body.chunks_exact_mut(2).zip(registers) {
        octets.copy_from_slice(&register.to_be_bytes());
    }
    at + 3 + 2 * registers.len()
}

fn decode_rtu(frame: &[u8]) -> Option<u64> {
    let (covered, sum) = frame.split_last_chunk::<2>()?;
    (CRC.checksum(covered) == u16::from_le_bytes(*sum)).then_some(())?;
    registers(covered)
}

fn decode_tcp(frame: &[u8]) -> Option<u64> {
    let ([_, _, 0, 0, high, low], rest) = frame.split_first_chunk::<6>()? else { return None };
    (rest.len() == usize::from(u16::from_be_bytes([*high, *low]))).then_some(())?;
    registers(rest)
}

fn registers(adu: &[u8]) -> Option<u64> {
    let ([_, 0x03, count], body) = adu.split_first_chunk::<3>()? else { return None };
    (body.len() == usize::from(*count) && body.len() % 2 == 0 && body.len() <= 250).then_some(())?;
    Some(body.as_chunks::<2>().0.iter().map(|octets| u64::from(u16::from_be_bytes(*octets))).sum())
}
