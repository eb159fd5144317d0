//! The server by hand: each function, each exception, and the line with others on it.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use gurux_framing::{Wire, ascii};
use gurux_media::Session;
use gurux_media::bytes::BytesMut;
use gurux_modbus::session::{
    Framing, Memory, Model, OtherUnits, Server, ServerConfig, ServerEvent,
};
use gurux_modbus::wire::{Custom, ExceptionCode, FunctionCode, ObjectId, Response, UnitId};

use crate::desk::{Desk, mbap, registers, rtu, unit};

fn memory() -> Memory {
    Memory {
        coils: (0..64).map(|at| (at, at % 3 == 0)).collect(),
        discrete_inputs: (0..64).map(|at| (at, at % 2 == 1)).collect(),
        holding_registers: (0..200).map(|at| (at, 0x1000 + at)).collect(),
        input_registers: (0..10).map(|at| (at, at * at)).collect(),
        read_only_registers: (0..100).collect(),
        exception_status: Some(0x6D),
        server_id: Some(vec![0x42, 0xFF, b'x']),
        files: BTreeMap::from([(4, (0..100).map(|at| (at, 0x0400 + at)).collect())]),
        queues: BTreeMap::from([(500, vec![1, 2, 3]), (501, vec![]), (502, vec![7; 32])]),
        identification: ["Maker", "Meter", "V2.1", "http://maker.example", "Name"]
            .into_iter()
            .zip(0..)
            .map(|(text, id)| (ObjectId::new(id), text.as_bytes().to_vec()))
            .chain([(ObjectId::new(0x80), vec![b'A'; 200]), (ObjectId::new(0x81), vec![b'B'; 200])])
            .collect(),
        ..Memory::default()
    }
}

fn server(framing: Framing, change: impl FnOnce(&mut ServerConfig)) -> Desk<Server<Memory>> {
    let mut config = ServerConfig::new(framing);
    change(&mut config);
    Desk::new(Server::new(config, memory()))
}

/// The answer over TCP to one PDU.
fn ask<M: Model>(desk: &mut Desk<Server<M>>, pdu: &[u8]) -> Option<Vec<u8>> {
    desk.input(&mbap(9, 1, pdu));
    let answer = desk.sent()?;
    assert_eq!(answer[..6], [0, 9, 0, 0, 0, u8::try_from(answer.len() - 6).unwrap()]);
    assert_eq!(answer[6], 1);
    Some(answer[7..].to_vec())
}

#[test]
fn every_function_is_answered() {
    let mut desk = server(Framing::Tcp, |_| {});
    let cases: &[(&[u8], &[u8])] = &[
        (&[1, 0, 0, 0, 10], &[1, 2, 0b0100_1001, 0b10]),
        (&[2, 0, 0, 0, 8], &[2, 1, 0b1010_1010]),
        (&[3, 0, 8, 0, 2], &[3, 4, 0x10, 8, 0x10, 9]),
        (&[4, 0, 3, 0, 2], &[4, 4, 0, 9, 0, 16]),
        (&[5, 0, 1, 0xFF, 0], &[5, 0, 1, 0xFF, 0]),
        (&[1, 0, 0, 0, 2], &[1, 1, 0b11]),
        (&[6, 0, 100, 0x12, 0x34], &[6, 0, 100, 0x12, 0x34]),
        (&[3, 0, 100, 0, 1], &[3, 2, 0x12, 0x34]),
        (&[7], &[7, 0x6D]),
        (&[0x0F, 0, 0, 0, 3, 1, 0b101], &[0x0F, 0, 0, 0, 3]),
        (&[1, 0, 0, 0, 3], &[1, 1, 0b101]),
        (&[0x10, 0, 100, 0, 2, 4, 0, 1, 0, 2], &[0x10, 0, 100, 0, 2]),
        (&[3, 0, 100, 0, 2], &[3, 4, 0, 1, 0, 2]),
        (&[0x11], &[0x11, 3, 0x42, 0xFF, b'x']),
        (
            &[0x14, 14, 6, 0, 4, 0, 1, 0, 2, 6, 0, 4, 0, 9, 0, 1],
            &[0x14, 10, 5, 6, 4, 1, 4, 2, 3, 6, 4, 9],
        ),
        (&[0x15, 9, 6, 0, 4, 0, 7, 0, 1, 6, 0xAF], &[0x15, 9, 6, 0, 4, 0, 7, 0, 1, 6, 0xAF]),
        (&[0x14, 7, 6, 0, 4, 0, 7, 0, 1], &[0x14, 4, 3, 6, 6, 0xAF]),
        (&[0x16, 0, 100, 0xFF, 0xF0, 0, 0x05], &[0x16, 0, 100, 0xFF, 0xF0, 0, 0x05]),
        (&[3, 0, 100, 0, 1], &[3, 2, 0, 5]),
        // The write comes before the read.
        (&[0x17, 0, 100, 0, 2, 0, 101, 0, 1, 2, 0x77, 0x88], &[0x17, 4, 0, 5, 0x77, 0x88]),
        (&[0x18, 1, 0xF4], &[0x18, 0, 8, 0, 3, 0, 1, 0, 2, 0, 3]),
        (&[0x18, 1, 0xF5], &[0x18, 0, 2, 0, 0]),
        (
            &[0x2B, 0x0E, 1, 0],
            b"\x2B\x0E\x01\x83\x00\x00\x03\x00\x05Maker\x01\x05Meter\x02\x04V2.1",
        ),
        (&[0x2B, 0x0E, 4, 4], b"\x2B\x0E\x04\x83\x00\x00\x01\x04\x04Name"),
    ];
    for (request, answer) in cases {
        assert_eq!(ask(&mut desk, request).as_deref(), Some(*answer), "{request:02X?}");
    }
}

#[test]
fn what_cannot_be_is_refused_by_rule() {
    let mut desk = server(Framing::Tcp, |_| {});
    let cases: &[(&[u8], u8)] = &[
        // A function that nobody knows, and one that this device has not.
        (&[0x63, 1], 1),
        (&[0x2B, 0x0D, 1, 2], 1),
        // Quantities, byte counts and coil values that the standard forbids.
        (&[1, 0, 0, 0, 0], 3),
        (&[1, 0, 0, 0x07, 0xD1], 3),
        (&[3, 0, 0, 0, 126], 3),
        (&[5, 0, 1, 0x12, 0x34], 3),
        (&[0x0F, 0, 0, 0, 3, 2, 0b101, 0], 3),
        (&[0x10, 0, 100, 0, 2, 3, 0, 1, 0], 3),
        (&[3, 0, 0], 3),
        (&[3, 0, 0, 0, 1, 0], 3),
        // Addresses that are not there, past the end, or locked.
        (&[3, 0, 199, 0, 2], 2),
        (&[3, 0xFF, 0xFF, 0, 2], 2),
        (&[6, 0, 5, 0, 1], 2),
        (&[0x10, 0, 99, 0, 2, 4, 0, 1, 0, 2], 2),
        (&[0x16, 0, 5, 0, 0, 0, 0], 2),
        // 17 checks both spans before it writes.
        (&[0x17, 1, 0, 0, 2, 0, 101, 0, 1, 2, 0x77, 0x88], 2),
        // Files: number 0, no such file, past record 9999, more than fits.
        (&[0x14, 7, 6, 0, 0, 0, 1, 0, 1], 2),
        (&[0x14, 7, 6, 0, 9, 0, 1, 0, 1], 2),
        (&[0x14, 7, 6, 0, 4, 0x27, 0x0F, 0, 2], 2),
        (&[0x14, 14, 6, 0, 4, 0, 0, 0, 80, 6, 0, 4, 0, 0, 0, 80], 3),
        // A queue of 32 is one too long (V1.1b3, 6.18).
        (&[0x18, 1, 0xF6], 3),
        (&[0x18, 0, 0], 2),
        // An object that is not there.
        (&[0x2B, 0x0E, 4, 0x55], 2),
        (&[0x2B, 0x0E, 9, 0], 3),
    ];
    for (request, code) in cases {
        let answer = ask(&mut desk, request);
        assert_eq!(answer, Some(vec![request[0] | 0x80, *code]), "{request:02X?}");
    }
    // Nothing was written on the way.
    assert_eq!(ask(&mut desk, &[3, 0, 99, 0, 3]), Some(registers(&[0x1063, 0x1064, 0x1065])));
}

#[test]
fn an_identification_too_long_for_one_response_goes_on() {
    let mut desk = server(Framing::Tcp, |_| {});
    let mut ids = Vec::new();
    let mut next = 0;
    for _ in 0..3 {
        let answer = ask(&mut desk, &[0x2B, 0x0E, 3, next]).unwrap();
        let Ok(Response::ReadDeviceIdentification(part)) = Response::from_bytes(&answer) else {
            panic!("{answer:02X?}")
        };
        ids.extend(part.objects().iter().map(|object| object.id().code()));
        match part.more_follows() {
            Some(id) => next = id.code(),
            None => break,
        }
    }
    assert_eq!(ids, [0, 1, 2, 3, 4, 0x80, 0x81]);
    // An object that is not there means the beginning.
    let answer = ask(&mut desk, &[0x2B, 0x0E, 2, 0x55]).unwrap();
    assert_eq!(answer[7..9], [0, 5]);
}

#[test]
fn a_line_with_other_servers_is_listened_to_and_not_disturbed() {
    let mut desk = server(Framing::Rtu, |config| config.units = vec![unit(1)]);
    let ours = rtu(1, &[4, 0, 3, 0, 1]);
    // Another server's request and answer, its answer alone, and one nobody answers.
    let line = [
        rtu(2, &[3, 0, 0, 0, 4]),
        rtu(2, &registers(&[1, 2, 3, 4])),
        ours.clone(),
        rtu(2, &[6, 0, 1, 0, 1]),
        rtu(2, &[6, 0, 1, 0, 1]),
        rtu(3, &registers(&[1])),
        ours.clone(),
    ];
    let octets = line.concat();
    for cut in [octets.len(), 1, 3] {
        for piece in octets.chunks(cut) {
            desk.input(piece);
        }
        for _ in 0..2 {
            assert_eq!(desk.sent(), Some(rtu(1, &[4, 2, 0, 9])), "pieces of {cut}");
        }
        assert_eq!(desk.sent(), None);
    }
}

#[test]
fn thread_06_the_next_request_is_no_reply_of_a_peer() {
    let mut desk = server(Framing::Rtu, |config| config.units = vec![unit(1)]);
    // Unit 2 does not answer. What follows is for unit 1, and looks like what unit 2 was asked.
    desk.input(&rtu(2, &[4, 0, 3, 0, 1]));
    desk.wait(1_000);
    desk.input(&rtu(1, &[4, 0, 3, 0, 1]));
    assert_eq!(desk.sent(), Some(rtu(1, &[4, 2, 0, 9])));
    // The same again and again: our own answer is not heard, so the next request must not be
    // taken for it. Address 0x0200 makes it look like a response of two octets.
    for request in [[3, 2, 0, 0, 1], [3, 4, 0, 0, 2], [3, 4, 0, 0, 2], [3, 2, 0, 0, 1]] {
        desk.input(&rtu(1, &request));
        let answer = desk.sent();
        assert_eq!(answer, Some(rtu(1, &[0x83, 2])), "{request:?}");
    }
}

#[test]
fn a_broadcast_is_carried_out_and_not_answered() {
    let mut desk = server(Framing::Rtu, |config| config.units = vec![unit(1)]);
    desk.input(&rtu(0, &[6, 0, 150, 0, 7]));
    desk.input(&rtu(0, &[3, 0, 150, 0, 1]));
    assert_eq!(desk.sent(), None);
    assert_eq!(desk.session.model().holding_registers[&150], 7);
    assert_eq!(
        (desk.session.counters().server_messages, desk.session.counters().unanswered),
        (2, 2)
    );
    // Over TCP, unit 0 is the device.
    let mut desk = server(Framing::Tcp, |_| {});
    desk.input(&mbap(1, 0, &[6, 0, 150, 0, 7]));
    assert_eq!(desk.sent(), Some(mbap(1, 0, &[6, 0, 150, 0, 7])));
}

#[test]
fn other_units_over_tcp_get_silence_or_a_gateways_answer() {
    let mut desk = server(Framing::Tcp, |config| config.units = vec![unit(1)]);
    desk.input(&mbap(1, 2, &[7]));
    assert_eq!(desk.sent(), None);
    let mut desk = server(Framing::Tcp, |config| {
        config.units = vec![unit(1)];
        config.other_units = OtherUnits::GatewayTargetFailed;
    });
    desk.input(&mbap(1, 2, &[7]));
    assert_eq!(desk.sent(), Some(mbap(1, 2, &[0x87, 0x0B])));
}

#[test]
fn all_diagnostics_are_answered() {
    let mut desk = server(Framing::Tcp, |_| {});
    let mut word = |sub: u8, word: u16| {
        let [high, low] = word.to_be_bytes();
        let answer = ask(&mut desk, &[8, 0, sub, high, low])?;
        assert_eq!(answer[..3], [8, 0, sub]);
        Some(u16::from_be_bytes([answer[3], answer[4]]))
    };
    assert_eq!(word(0, 0xA537), Some(0xA537));
    assert_eq!(word(2, 0), Some(0));
    assert_eq!(word(0x0B, 0), Some(3), "bus messages, this one included");
    assert_eq!(word(0x0C, 0), Some(0));
    assert_eq!(word(0x0E, 0), Some(5));
    assert_eq!(word(0x0F, 0), Some(0));
    for sub in [0x0D, 0x10, 0x11, 0x12] {
        assert_eq!(word(sub, 0), Some(0));
    }
    assert_eq!(word(0x14, 0), Some(0));
    assert_eq!(word(0x0A, 0), Some(0));
    assert_eq!(word(0x0B, 0), Some(1));

    assert_eq!(ask(&mut desk, &[8, 0, 0, 1, 2, 3, 4]), Some(vec![8, 0, 0, 1, 2, 3, 4]));
    // Unknown sub-functions, wrong data, and a delimiter where there is none.
    assert_eq!(ask(&mut desk, &[8, 0, 0x13, 0, 0]), Some(vec![0x88, 1]));
    assert_eq!(ask(&mut desk, &[8, 0, 0x0B, 0, 1]), Some(vec![0x88, 3]));
    assert_eq!(ask(&mut desk, &[8, 0, 1, 0x12, 0x34]), Some(vec![0x88, 3]));
    assert_eq!(ask(&mut desk, &[8, 0, 3, 0x0D, 0]), Some(vec![0x88, 1]));
    assert_eq!(ask(&mut desk, &[8, 0, 0x0D, 0, 0]), Some(vec![8, 0, 0x0D, 0, 4]));
}

#[test]
fn a_server_that_listens_only_answers_nothing_until_it_is_restarted() {
    let mut desk = server(Framing::Tcp, |_| {});
    assert_eq!(ask(&mut desk, &[8, 0, 4, 0, 0]), None);
    assert!(desk.session.listens_only());
    assert_eq!(ask(&mut desk, &[7]), None);
    assert_eq!(ask(&mut desk, &[6, 0, 100, 0, 1]), None);
    assert_eq!(desk.session.model().holding_registers[&100], 0x1064);
    // V1.1b3, 6.8.1, 01: the restart itself is not answered then.
    assert_eq!(ask(&mut desk, &[8, 0, 1, 0, 0]), None);
    assert_eq!(ask(&mut desk, &[7]), Some(vec![7, 0x6D]));
    // The log, the latest first: what became of 07, 07, the restart, and so on.
    let log = ask(&mut desk, &[0x0C]).unwrap();
    assert_eq!(log[8..], [0x80, 0x40, 0x80, 0x00, 0xA0, 0xA0, 0xA0, 0x04, 0x80]);
    assert_eq!(ask(&mut desk, &[8, 0, 1, 0xFF, 0]), Some(vec![8, 0, 1, 0xFF, 0]));
    let log = ask(&mut desk, &[0x0C]).unwrap();
    assert_eq!(log, [0x0C, 8, 0, 0, 0, 0, 0, 1, 0x80, 0x00]);
}

#[test]
fn the_event_counter_counts_what_was_done() {
    let mut desk = server(Framing::Tcp, |_| {});
    ask(&mut desk, &[7]);
    ask(&mut desk, &[7]);
    ask(&mut desk, &[3, 0xFF, 0xFF, 0, 1]);
    assert_eq!(ask(&mut desk, &[0x0B]), Some(vec![0x0B, 0, 0, 0, 2]));
    assert_eq!(ask(&mut desk, &[0x0B]), Some(vec![0x0B, 0, 0, 0, 2]));
    for _ in 0..100 {
        ask(&mut desk, &[7]);
    }
    assert_eq!(ask(&mut desk, &[0x0C]).unwrap().len(), 8 + 64, "the log is bounded");
}

#[test]
fn the_end_of_ascii_messages_can_be_changed() {
    let mut desk = server(Framing::Ascii, |_| {});
    let frame = |pdu: &[u8], delimiter| {
        let mut out = vec![0; ascii::frame_len(pdu.len())];
        ascii::wrap(1, pdu, delimiter, &mut out).unwrap();
        out
    };
    desk.input(&frame(&[8, 0, 3, b'!', 0], b'\n'));
    assert_eq!(desk.sent(), Some(frame(&[8, 0, 3, b'!', 0], b'\n')));
    desk.input(&frame(&[7], b'!'));
    assert_eq!(desk.sent(), Some(frame(&[7, 0x6D], b'!')));
}

#[test]
fn an_answer_can_be_delayed_and_keeps_the_silence_of_the_line() {
    let mut desk = server(Framing::Rtu, |config| {
        config.response_delay = Duration::from_millis(20);
        config.line = "9600 8E1".parse().ok();
    });
    desk.input(&rtu(1, &[7]));
    assert_eq!(desk.sent(), None);
    assert_eq!(desk.session.poll_timeout(), Some(desk.now + Duration::from_millis(20)));
    desk.wait(20);
    let mut out = BytesMut::new();
    let transmit = desk.session.poll_transmit(desk.now, &mut out).unwrap();
    assert_eq!(transmit.silence_before, Duration::from_micros(4_011));
    assert_eq!(out, rtu(1, &[7, 0x6D]));
}

#[test]
fn a_client_that_never_takes_answers_costs_no_memory() {
    let mut desk = server(Framing::Tcp, |_| {});
    for _ in 0..1_000 {
        desk.input(&mbap(1, 1, &[6, 0, 100, 0, 1]));
    }
    assert_eq!(std::iter::from_fn(|| desk.sent()).count(), 16);
    assert_eq!(desk.session.counters().overruns, 984);
    assert!(std::iter::from_fn(|| desk.event()).count() <= 64);
}

#[test]
fn one_damaged_length_does_not_stop_a_server() {
    let mut desk = server(Framing::Tcp, |_| {});
    // 254 octets are announced, 5 come; then the client waits, and asks again.
    desk.input(&[0, 1, 0, 0, 0, 0xFE, 1, 3, 0, 0, 0]);
    desk.wait(2_000);
    assert!(matches!(desk.event(), Some(ServerEvent::Noise { octets: 11, .. })));
    assert_eq!(ask(&mut desk, &[7]), Some(vec![7, 0x6D]));

    let mut desk = server(Framing::Rtu, |_| {});
    desk.input(&[&[1, 0x10, 0, 0, 0, 100, 200][..], &rtu(1, &[7])].concat());
    desk.wait(50);
    assert_eq!(desk.sent(), Some(rtu(1, &[7, 0x6D])));
}

#[test]
fn a_payload_that_looks_like_a_request_is_not_carried_out() {
    let mut desk = server(Framing::Tcp, |_| {});
    // A write whose registers are a whole request; its second half never comes.
    let inner = mbap(0, 1, &[6, 0, 100, 0, 1]);
    let mut outer = mbap(1, 1, &[&[0x10, 0, 100, 0, 20, 40][..], &[0; 40]].concat());
    outer.truncate(13);
    desk.input(&[outer, inner].concat());
    desk.wait(5_000);
    assert_eq!(desk.sent(), None);
    assert_eq!(desk.session.model().holding_registers[&100], 0x1064);
}

#[test]
fn what_was_sent_and_comes_back_is_no_request() {
    let mut desk = server(Framing::Rtu, |config| config.local_echo = true);
    desk.input(&rtu(1, &[6, 0, 100, 0, 1]));
    let sent = desk.sent().unwrap();
    desk.input(&sent);
    assert_eq!(desk.sent(), None);
    desk.input(&rtu(1, &[7]));
    assert!(desk.sent().is_some());
}

#[test]
fn a_model_answers_functions_of_its_own() {
    struct Own;
    impl Model for Own {
        fn supports(&mut self, _: UnitId, function: FunctionCode) -> bool {
            function.is_user_defined()
        }
        fn custom(
            &mut self,
            _: UnitId,
            request: Custom<'_>,
            out: &mut [u8],
        ) -> Result<usize, ExceptionCode> {
            match request.data() {
                [1] => Err(ExceptionCode::SERVER_DEVICE_BUSY),
                [2] => Ok(usize::MAX),
                data => {
                    out[..data.len()].copy_from_slice(data);
                    Ok(data.len())
                }
            }
        }
    }
    let mut desk = Desk::new(Server::new(ServerConfig::new(Framing::Tcp), Own));
    assert_eq!(ask(&mut desk, &[0x41, 7, 8]), Some(vec![0x41, 7, 8]));
    assert_eq!(ask(&mut desk, &[0x41, 1]), Some(vec![0xC1, 6]));
    assert_eq!(ask(&mut desk, &[0x41, 2]), Some(vec![0xC1, 4]), "a faulty model");
    // Not even a malformed request to a function that is not there.
    assert_eq!(ask(&mut desk, &[3]), Some(vec![0x83, 1]));
}

#[test]
fn connections_share_a_model_and_units_have_their_own() {
    let shared = Arc::new(Mutex::new(memory()));
    let mut one = Desk::new(Server::new(ServerConfig::default(), Arc::clone(&shared)));
    let mut two = Desk::new(Server::new(ServerConfig::default(), shared));
    ask(&mut one, &[6, 0, 100, 0, 1]);
    assert_eq!(ask(&mut two, &[3, 0, 100, 0, 1]), Some(registers(&[1])));

    let units = BTreeMap::from([(unit(1), memory()), (unit(2), Memory::default())]);
    let mut desk = Desk::new(Server::new(ServerConfig::default(), units));
    assert_eq!(ask(&mut desk, &[7]), Some(vec![7, 0x6D]));
    desk.input(&mbap(1, 3, &[7]));
    assert_eq!(desk.sent(), Some(mbap(1, 3, &[0x87, 0x0B])));
}
