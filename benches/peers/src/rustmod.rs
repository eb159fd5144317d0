//! rustmod-core: borrowed PDUs, a writer and a reader over slices.

use std::hint::black_box;

use gurux_benches::{Contender, frames, names};
use rustmod_core::{
    UnitId,
    encoding::{Reader, Writer},
    frame::{rtu, tcp},
    pdu::{ReadHoldingRegistersRequest, ReadHoldingRegistersResponse, Response},
};

const NAME: &str = "rustmod-core";

pub(crate) fn contender(workload: &str) -> Option<Contender> {
    let long = frames::registers(frames::REGISTERS);
    let decode = |frame: Vec<u8>, decode: fn(&[u8]) -> u64| {
        Contender::new(NAME, move |_| decode(black_box(&frame)))
    };
    Some(match workload {
        names::RTU_1 => decode(frames::modbus_rtu(&frames::registers(1)), decode_rtu),
        names::RTU_125 => decode(frames::modbus_rtu(&long), decode_rtu),
        names::TCP_1 => decode(frames::modbus_tcp(&frames::registers(1)), decode_tcp),
        names::TCP_125 => decode(frames::modbus_tcp(&long), decode_tcp),
        names::RTU_REQUEST => Contender::new(NAME, |out| {
            let mut pdu = [0; 8];
            encode_rtu(out, request(&mut pdu))
        }),
        names::TCP_REQUEST => Contender::new(NAME, |out| {
            let mut pdu = [0; 8];
            encode_tcp(out, request(&mut pdu))
        }),
        names::RTU_RESPONSE => Contender::new(NAME, move |out| {
            let mut pdu = [0; 253];
            encode_rtu(out, response(&mut pdu, black_box(&long)))
        }),
        names::TCP_RESPONSE => Contender::new(NAME, move |out| {
            let mut pdu = [0; 253];
            encode_tcp(out, response(&mut pdu, black_box(&long)))
        }),
        _ => return None,
    })
}

fn request(pdu: &mut [u8]) -> &[u8] {
    let (start_address, quantity) = black_box((frames::ADDRESS, frames::REGISTERS as u16));
    let mut writer = Writer::new(pdu);
    let request = ReadHoldingRegistersRequest { start_address, quantity };
    request.encode(&mut writer).expect("room");
    let written = writer.as_written().len();
    &pdu[..written]
}

fn response<'b>(pdu: &'b mut [u8], registers: &[u16]) -> &'b [u8] {
    let mut data = [0; 250];
    for (octets, register) in data.chunks_exact_mut(2).zip(registers) {
        octets.copy_from_slice(&register.to_be_bytes());
    }
    let mut writer = Writer::new(pdu);
    let response = ReadHoldingRegistersResponse { data: &data[..2 * registers.len()] };
    response.encode(&mut writer).expect("room");
    let written = writer.as_written().len();
    &pdu[..written]
}

fn encode_rtu(out: &mut [u8], pdu: &[u8]) -> u64 {
    let mut writer = Writer::new(out);
    rtu::encode_frame(&mut writer, UnitId::new(black_box(frames::UNIT)), pdu).expect("room");
    writer.as_written().len() as u64
}

fn encode_tcp(out: &mut [u8], pdu: &[u8]) -> u64 {
    let mut writer = Writer::new(out);
    let (transaction, unit) = black_box((frames::TRANSACTION, frames::UNIT));
    tcp::encode_frame(&mut writer, transaction, UnitId::new(unit), pdu).expect("room");
    writer.as_written().len() as u64
}

fn decode_rtu(frame: &[u8]) -> u64 {
    sum(rtu::decode_frame(frame).expect("a good frame").1)
}

fn decode_tcp(frame: &[u8]) -> u64 {
    sum(tcp::decode_frame(&mut Reader::new(frame)).expect("a good frame").1)
}

fn sum(pdu: &[u8]) -> u64 {
    let response = Response::decode(&mut Reader::new(pdu)).expect("a good response");
    let Response::ReadHoldingRegisters(registers) = response else { panic!("another response") };
    (0..registers.register_count()).filter_map(|at| registers.register(at)).map(u64::from).sum()
}
