//! Our contender for the Modbus workloads.

use std::hint::black_box;

use gurux_framing::bytes::BytesMut;
use gurux_framing::rtu::Rtu;
use gurux_framing::{Piece, Wire, pieces};
use gurux_media::{Instant, Session};
use gurux_modbus::session::{Client, ClientConfig, ClientEvent, Framing};
use gurux_modbus::wire::{RegisterSpan, Registers, Request, Response, UnitId, rtu, tcp};

use crate::contender::Contender;
use crate::{frames, names};

const NAME: &str = "gurux";
const UNIT: UnitId = UnitId::new(frames::UNIT);

/// Ours, for the workloads of [`names`].
pub fn contender(workload: &str) -> Option<Contender> {
    let long = frames::registers(frames::REGISTERS);
    let decode = |frame: Vec<u8>, decode: fn(&[u8]) -> u64| {
        Contender::new(NAME, move |_| decode(black_box(&frame)))
    };
    Some(match workload {
        names::RTU_1 => decode(frames::modbus_rtu(&frames::registers(1)), decode_rtu),
        names::RTU_125 => decode(frames::modbus_rtu(&long), decode_rtu),
        names::TCP_1 => decode(frames::modbus_tcp(&frames::registers(1)), decode_tcp),
        names::TCP_125 => decode(frames::modbus_tcp(&long), decode_tcp),
        names::RTU_REQUEST => {
            Contender::new(NAME, |out| emit(&rtu::Adu::new(black_box(UNIT), request()), out))
        }
        names::TCP_REQUEST => Contender::new(NAME, |out| {
            let (transaction, unit) = black_box((frames::TRANSACTION, UNIT));
            emit(&tcp::Adu::new(transaction, unit, request()), out)
        }),
        names::RTU_RESPONSE => Contender::new(NAME, move |out| {
            emit(&rtu::Adu::new(black_box(UNIT), response(black_box(&long))), out)
        }),
        names::TCP_RESPONSE => Contender::new(NAME, move |out| {
            let (transaction, unit) = black_box((frames::TRANSACTION, UNIT));
            emit(&tcp::Adu::new(transaction, unit, response(black_box(&long))), out)
        }),
        names::TCP_CALL => call(frames::modbus_tcp(&long)),
        names::RESYNC_1K => resync(frames::noise(1 << 10)),
        names::RESYNC_64K => resync(frames::noise(1 << 16)),
        _ => return None,
    })
}

/// The client asks, the device answers at once, and the client delivers.
fn call(mut answer: Vec<u8>) -> Contender {
    let mut client = Client::new(ClientConfig::new(Framing::Tcp));
    let mut sent = BytesMut::with_capacity(frames::ROOM);
    let now = Instant::ZERO;
    Contender::new(NAME, move |_| {
        let (address, count) = black_box((frames::ADDRESS, frames::REGISTERS as u16));
        client.read_holding_registers(UNIT, address, count).expect("an empty queue");
        sent.clear();
        client.poll_transmit(now, &mut sent).expect("a request");
        answer[..2].copy_from_slice(&black_box(&sent)[..2]);
        client.handle_input(now, black_box(&answer));
        let Some(ClientEvent::Reply(reply)) = &client.poll_event() else { panic!("no reply") };
        let registers = reply.registers().expect("registers");
        registers.iter().map(u64::from).sum()
    })
}

/// A listener takes noise apart; the work is linear in the noise.
fn resync(noise: Vec<u8>) -> Contender {
    Contender::new(NAME, move |_| {
        let skipped = pieces(Rtu::both(), black_box(&noise)).map(|piece| match piece {
            Piece::Noise { octets, .. } => octets.len(),
            Piece::Frame { .. } => 0,
        });
        skipped.sum::<usize>() as u64
    })
}

fn decode_rtu(frame: &[u8]) -> u64 {
    sum(rtu::Adu::<Response<'_>>::from_bytes(frame).expect("a good frame").pdu)
}

fn decode_tcp(frame: &[u8]) -> u64 {
    sum(tcp::Adu::<Response<'_>>::from_bytes(frame).expect("a good frame").pdu)
}

fn sum(response: Response<'_>) -> u64 {
    let Response::ReadHoldingRegisters(registers) = response else { panic!("another response") };
    registers.iter().map(u64::from).sum()
}

fn request() -> Request<'static> {
    let (address, count) = black_box((frames::ADDRESS, frames::REGISTERS as u16));
    Request::ReadHoldingRegisters(RegisterSpan::new(address, count).expect("125 at most"))
}

fn response(registers: &[u16]) -> Response<'_> {
    Response::ReadHoldingRegisters(Registers::new(registers).expect("125 at most"))
}

fn emit<'a>(adu: &impl Wire<'a>, out: &mut [u8]) -> u64 {
    adu.emit_to_slice(out).expect("room") as u64
}
