//! rmodbus: one request object that makes the request and opens its response. Responses are made
//! only from a request and a storage, so there is no contender for those.

use std::hint::black_box;

use gurux_benches::{Contender, OUT_LEN, frames, names};
use rmodbus::{ModbusProto, client::ModbusRequest};

const NAME: &str = "rmodbus";

pub(crate) fn contender(workload: &str) -> Option<Contender> {
    let long = frames::registers(frames::REGISTERS);
    Some(match workload {
        names::RTU_1 => decode(ModbusProto::Rtu, frames::modbus_rtu(&frames::registers(1)), 1),
        names::RTU_125 => decode(ModbusProto::Rtu, frames::modbus_rtu(&long), 125),
        names::TCP_1 => decode(ModbusProto::TcpUdp, frames::modbus_tcp(&frames::registers(1)), 1),
        names::TCP_125 => decode(ModbusProto::TcpUdp, frames::modbus_tcp(&long), 125),
        names::RTU_REQUEST => encode(ModbusProto::Rtu),
        names::TCP_REQUEST => encode(ModbusProto::TcpUdp),
        _ => return None,
    })
}

fn decode(proto: ModbusProto, frame: Vec<u8>, count: u16) -> Contender {
    let mut request = ModbusRequest::new(frames::UNIT, proto);
    request.generate_get_holdings(frames::ADDRESS, count, &mut Vec::new()).expect("a request");
    Contender::new(NAME, move |_| {
        let data = request.parse_slice(black_box(&frame)).expect("a good frame");
        data.chunks_exact(2)
            .map(|octets| u64::from(u16::from_be_bytes([octets[0], octets[1]])))
            .sum()
    })
}

fn encode(proto: ModbusProto) -> Contender {
    let mut octets = Vec::with_capacity(OUT_LEN);
    Contender::new(NAME, move |out| {
        let (unit, address, quantity) =
            black_box((frames::UNIT, frames::ADDRESS, frames::REGISTERS as u16));
        let mut request = ModbusRequest::new(unit, proto);
        request.generate_get_holdings(address, quantity, &mut octets).expect("a request");
        out[..octets.len()].copy_from_slice(&octets);
        octets.len() as u64
    })
}
