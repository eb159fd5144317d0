//! rusty-modbus: borrowed PDUs in one crate, frames over `bytes` in another. Its check sum is used
//! on borrowed RTU frames; the header of Modbus TCP is only to be had through its codec.

use std::hint::black_box;

use bytes::BytesMut;
use gurux_benches::{Contender, OUT_LEN, frames, names};
use rusty_modbus_codec::{
    Encode, ResponsePdu, decode_response, request::ReadHoldingRegistersRequest,
    response::ReadHoldingRegistersResponse,
};
use rusty_modbus_frame::{MbapCodec, crc16, verify_crc};
use rusty_modbus_types::{Address, Quantity};
use tokio_util::codec::Decoder;

const NAME: &str = "rusty-modbus";

pub(crate) fn contender(workload: &str) -> Option<Contender> {
    let long = frames::registers(frames::REGISTERS);
    Some(match workload {
        names::RTU_1 => decode_rtu(frames::modbus_rtu(&frames::registers(1))),
        names::RTU_125 => decode_rtu(frames::modbus_rtu(&long)),
        names::TCP_1 => decode_tcp(frames::modbus_tcp(&frames::registers(1))),
        names::TCP_125 => decode_tcp(frames::modbus_tcp(&long)),
        names::RTU_REQUEST => Contender::new(NAME, |out| {
            let (address, quantity) = black_box((frames::ADDRESS, frames::REGISTERS as u16));
            let (address, quantity) = (Address(address), Quantity(quantity));
            encode_rtu(out, &ReadHoldingRegistersRequest { address, quantity })
        }),
        names::RTU_RESPONSE => Contender::new(NAME, move |out| {
            let registers: &[u16] = black_box(&long);
            let mut data = [0; 250];
            for (octets, register) in data.chunks_exact_mut(2).zip(registers) {
                octets.copy_from_slice(&register.to_be_bytes());
            }
            let byte_count = 2 * registers.len() as u8;
            let register_data = &data[..2 * registers.len()];
            encode_rtu(out, &ReadHoldingRegistersResponse { byte_count, register_data })
        }),
        _ => return None,
    })
}

fn encode_rtu(out: &mut [u8; OUT_LEN], pdu: &impl Encode) -> u64 {
    out[0] = black_box(frames::UNIT);
    let end = 1 + pdu.encode_into(&mut out[1..]).expect("room");
    let sum = crc16(&out[..end]);
    out[end..end + 2].copy_from_slice(&sum.to_le_bytes());
    end as u64 + 2
}

fn decode_rtu(frame: Vec<u8>) -> Contender {
    Contender::new(NAME, move |_| {
        let frame: &[u8] = black_box(&frame);
        assert!(verify_crc(frame));
        sum(&frame[1..frame.len() - 2])
    })
}

fn decode_tcp(frame: Vec<u8>) -> Contender {
    let mut received = BytesMut::with_capacity(OUT_LEN);
    Contender::new(NAME, move |_| {
        received.extend_from_slice(black_box(&frame));
        let frame = MbapCodec.decode(&mut received).expect("a good frame").expect("a whole frame");
        sum(&frame.pdu)
    })
}

fn sum(pdu: &[u8]) -> u64 {
    let Ok(ResponsePdu::ReadHoldingRegisters(response)) = decode_response(pdu) else {
        panic!("another response")
    };
    response.registers().map(u64::from).sum()
}
