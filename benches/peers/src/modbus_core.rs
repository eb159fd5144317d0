//! modbus-core: borrowed requests and responses, decoders that look for a frame in a buffer.

use std::hint::black_box;

use gurux_benches::{Contender, frames, names};
use modbus_core::{Data, Request, RequestPdu, Response, ResponsePdu, rtu, tcp};

const NAME: &str = "modbus-core";

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
            let hdr = rtu::Header { slave: black_box(frames::UNIT) };
            let adu = rtu::RequestAdu { hdr, pdu: request() };
            rtu::client::encode_request(adu, out).expect("room") as u64
        }),
        names::TCP_REQUEST => Contender::new(NAME, |out| {
            let adu = tcp::RequestAdu { hdr: tcp_header(), pdu: request() };
            tcp::client::encode_request(adu, out).expect("room") as u64
        }),
        names::RTU_RESPONSE => Contender::new(NAME, move |out| {
            let mut words = [0; 256];
            let data = Data::from_words(black_box(&long), &mut words).expect("room");
            let hdr = rtu::Header { slave: black_box(frames::UNIT) };
            let pdu = ResponsePdu(Ok(Response::ReadHoldingRegisters(data)));
            rtu::server::encode_response(rtu::ResponseAdu { hdr, pdu }, out).expect("room") as u64
        }),
        names::TCP_RESPONSE => Contender::new(NAME, move |out| {
            let mut words = [0; 256];
            let data = Data::from_words(black_box(&long), &mut words).expect("room");
            let pdu = ResponsePdu(Ok(Response::ReadHoldingRegisters(data)));
            let adu = tcp::ResponseAdu { hdr: tcp_header(), pdu };
            tcp::server::encode_response(adu, out).expect("room") as u64
        }),
        _ => return None,
    })
}

fn request() -> RequestPdu<'static> {
    let (address, quantity) = black_box((frames::ADDRESS, frames::REGISTERS as u16));
    RequestPdu(Request::ReadHoldingRegisters(address, quantity))
}

fn tcp_header() -> tcp::Header {
    let (transaction_id, unit_id) = black_box((frames::TRANSACTION, frames::UNIT));
    tcp::Header { transaction_id, unit_id }
}

fn decode_rtu(frame: &[u8]) -> u64 {
    let adu = rtu::client::decode_response(frame).expect("a good frame").expect("a whole frame");
    sum(adu.pdu)
}

fn decode_tcp(frame: &[u8]) -> u64 {
    let adu = tcp::client::decode_response(frame).expect("a good frame").expect("a whole frame");
    sum(adu.pdu)
}

fn sum(pdu: ResponsePdu<'_>) -> u64 {
    let Ok(Response::ReadHoldingRegisters(data)) = pdu.0 else { panic!("another response") };
    data.into_iter().map(u64::from).sum()
}
