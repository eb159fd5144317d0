//! The client by hand: each thread and each quirk that concerns it, octet for octet.

use core::time::Duration;

use gurux_framing::rtu::{Length, LengthRule};
use gurux_media::Session;
use gurux_modbus::Error;
use gurux_modbus::session::{
    Client, ClientEvent, Failure, Framing, OnException, Resend, SendOptions, Skipped,
};
use gurux_modbus::wire::{
    Custom, Diagnostics, ExceptionCode, FunctionCode, ObjectId, ReadDeviceIdCode, Request, UnitId,
    WriteRegister,
};

use crate::desk::{Desk, mbap, registers, rtu, unit};

const READ: [u8; 5] = [3, 0, 10, 0, 1];

#[test]
fn thread_01_a_late_reply_spoils_nothing_over_tcp() {
    let mut desk = Desk::client(Framing::Tcp);
    desk.session.read_holding_registers(unit(1), 10, 1).unwrap();
    assert_eq!(desk.sent().unwrap(), mbap(1, 1, &READ));
    desk.wait(1_000);
    assert_eq!(desk.timed_out(), 1);

    desk.session.read_holding_registers(unit(1), 10, 1).unwrap();
    assert_eq!(desk.sent().unwrap(), mbap(2, 1, &READ));
    // The reply to the first comes now, then the one that is waited for.
    desk.input(&[mbap(1, 1, &registers(&[111])), mbap(2, 1, &registers(&[222]))].concat());
    assert!(matches!(desk.event(), Some(ClientEvent::Skipped { why: Skipped::Late, .. })));
    assert_eq!(desk.registers(), [222]);
    assert_eq!(desk.session.counters().link.stale, 1);
}

#[test]
fn thread_02_replies_behind_a_gateway_come_in_any_order() {
    let mut desk = Desk::client(Framing::Tcp);
    for number in 1..=3 {
        desk.session.read_holding_registers(unit(number), 10, 1).unwrap();
    }
    let sent: Vec<_> = std::iter::from_fn(|| desk.sent()).collect();
    assert_eq!(sent, [mbap(1, 1, &READ), mbap(2, 2, &READ), mbap(3, 3, &READ)]);
    for number in [3, 1, 2] {
        desk.input(&mbap(number, number as u8, &registers(&[number])));
        let reply = desk.reply();
        assert_eq!((reply.unit.code(), reply.pdu()), (number as u8, &registers(&[number])[..]));
    }
}

#[test]
fn thread_03_a_late_reply_on_a_line_is_never_taken_for_the_next() {
    let mut desk = Desk::client(Framing::Rtu);
    desk.session.read_holding_registers(unit(1), 10, 1).unwrap();
    desk.sent().unwrap();
    desk.wait(1_000);
    assert_eq!(desk.timed_out(), 1);

    // Request 2 looks the same, so it is held back while reply 1 may still come.
    desk.session.read_holding_registers(unit(1), 20, 1).unwrap();
    assert_eq!(desk.sent(), None);
    desk.wait(300);
    desk.input(&rtu(1, &registers(&[111])));
    assert!(matches!(desk.event(), Some(ClientEvent::Skipped { why: Skipped::Late, .. })));
    // Nothing is owed any more, so request 2 goes out after its silence.
    desk.wait(2);
    assert_eq!(desk.sent().unwrap(), rtu(1, &[3, 0, 20, 0, 1]));
    desk.input(&rtu(1, &registers(&[222])));
    assert_eq!(desk.registers(), [222]);
}

#[test]
fn thread_03_another_unit_is_asked_at_once() {
    let mut desk = Desk::client(Framing::Rtu);
    desk.session.read_holding_registers(unit(1), 10, 1).unwrap();
    desk.sent().unwrap();
    desk.wait(1_000);
    assert_eq!(desk.timed_out(), 1);
    desk.session.read_holding_registers(unit(2), 10, 1).unwrap();
    assert_eq!(desk.sent().unwrap(), rtu(2, &READ));
    desk.input(&[rtu(1, &registers(&[111])), rtu(2, &registers(&[222]))].concat());
    assert!(matches!(desk.event(), Some(ClientEvent::Skipped { why: Skipped::Late, .. })));
    assert_eq!(desk.registers(), [222]);
}

#[test]
fn thread_03_no_unit_is_asked_while_a_late_reply_may_name_any() {
    let late = |desk: &mut Desk<Client>, reply: &[u8]| {
        desk.session.read_holding_registers(unit(1), 10, 1).unwrap();
        desk.sent().unwrap();
        desk.wait(1_000);
        assert_eq!(desk.timed_out(), 1);
        desk.session.read_holding_registers(unit(2), 10, 1).unwrap();
        assert_eq!(desk.sent(), None);
        desk.input(reply);
        assert!(matches!(desk.event(), Some(ClientEvent::Skipped { why: Skipped::Late, .. })));
        desk.wait(2);
        assert!(desk.sent().is_some());
    };
    let mut desk = Desk::client_with(Framing::Tcp, |config| {
        config.leniency.ignore_transaction = true;
        config.leniency.any_unit = true;
    });
    late(&mut desk, &mbap(0, 0, &registers(&[111])));
    let mut desk = Desk::client_with(Framing::Rtu, |config| {
        config.leniency.unit_255_in_exceptions = true;
    });
    late(&mut desk, &rtu(255, &[0x83, 0x0B]));
}

#[test]
fn a_cancelled_requests_reply_is_not_the_next_ones() {
    let mut desk = Desk::client(Framing::Rtu);
    let given_up = desk.session.read_holding_registers(unit(1), 10, 1).unwrap();
    desk.sent().unwrap();
    assert!(desk.session.cancel(given_up));
    desk.session.read_holding_registers(unit(1), 20, 1).unwrap();
    desk.wait(900);
    assert_eq!(desk.sent(), None);
    desk.input(&rtu(1, &registers(&[111])));
    desk.wait(2);
    assert_eq!(desk.sent().unwrap(), rtu(1, &[3, 0, 20, 0, 1]));
}

#[test]
fn thread_03_function_length_and_echo_must_agree() {
    let mut desk = Desk::client(Framing::Rtu);
    desk.session.write_single_register(unit(1), 7, 1).unwrap();
    desk.sent().unwrap();
    for wrong in [&registers(&[1])[..], &[6, 0, 8, 0, 1], &[6, 0, 7, 0, 2], &[0x83, 2]] {
        desk.input(&rtu(1, wrong));
        let skipped = desk.event();
        assert!(
            matches!(skipped, Some(ClientEvent::Skipped { why: Skipped::NotAsked, .. })),
            "{wrong:?}: {skipped:?}"
        );
    }
    desk.input(&rtu(1, &[6, 0, 7, 0, 1]));
    assert_eq!(desk.reply().pdu(), [6, 0, 7, 0, 1]);
}

#[test]
fn thread_04_an_exception_without_crc_is_taken_after_silence() {
    let mut desk = Desk::client_with(Framing::Rtu, |config| {
        config.leniency.exception_without_crc = true;
    });
    desk.session.read_coils(unit(10), 0, 8).unwrap();
    desk.sent().unwrap();
    desk.input(&[0x0A, 0x81, 0x02]);
    assert_eq!(desk.event(), None);
    desk.wait(100);
    assert!(matches!(
        desk.event(),
        Some(ClientEvent::Refused { code: ExceptionCode::ILLEGAL_DATA_ADDRESS, .. })
    ));

    // Without the leniency it is noise, and the request times out; the next one is none the worse.
    let mut desk = Desk::client(Framing::Rtu);
    desk.session.read_coils(unit(10), 0, 8).unwrap();
    desk.sent().unwrap();
    desk.input(&[0x0A, 0x81, 0x02]);
    desk.wait(1_000);
    assert_eq!(desk.timed_out(), 1);
    assert!(matches!(desk.event(), Some(ClientEvent::Noise { octets: 3, .. })));
}

#[test]
fn thread_05_a_reply_inside_noise_is_found() {
    let mut desk = Desk::client(Framing::Rtu);
    desk.session.read_holding_registers(unit(1), 10, 1).unwrap();
    desk.sent().unwrap();
    // The noise looks like the beginning of a reply of 240 octets; 60 octets of it are there.
    let mut octets = vec![0x01, 0x03, 0xF0];
    octets.extend([0x55; 57]);
    octets.extend(rtu(1, &registers(&[4711])));
    desk.input(&octets);
    assert_eq!(desk.event(), None);
    // The line falls silent: no need to wait for the time-out.
    desk.wait(100);
    assert!(matches!(desk.event(), Some(ClientEvent::Noise { octets: 60, .. })));
    assert_eq!(desk.registers(), [4711]);
}

#[test]
fn thread_08_user_defined_functions_need_a_rule_or_silence() {
    let rule = LengthRule {
        function: 0x41,
        request: Length::Fixed(3),
        response: Length::Count8 { at: 1, plus: 2 },
    };
    let custom = Request::Custom(Custom::new(FunctionCode::new(0x41), &[1, 2]).unwrap());
    for (rules, wait) in [(vec![rule], 0), (Vec::new(), 100)] {
        let mut desk = Desk::client_with(Framing::Rtu, |config| config.rules = rules);
        desk.session.send(unit(9), &custom).unwrap();
        assert_eq!(desk.sent().unwrap(), rtu(9, &[0x41, 1, 2]));
        desk.input(&rtu(9, &[0x41, 3, 7, 8, 9]));
        desk.wait(wait);
        assert_eq!(desk.reply().pdu(), [0x41, 3, 7, 8, 9]);
    }
}

#[test]
fn thread_10_more_follows_is_followed_or_not_as_asked() {
    let part = |follows: u8, next: u8, objects: &[&str], first: u8| {
        let mut pdu = vec![0x2B, 0x0E, 1, 1, follows, next, objects.len() as u8];
        for (id, text) in (first..).zip(objects) {
            pdu.extend([id, text.len() as u8]);
            pdu.extend(text.as_bytes());
        }
        pdu
    };
    for framing in [Framing::Tcp, Framing::Rtu] {
        let wrap = |transaction, pdu: &[u8]| match framing {
            Framing::Tcp => mbap(transaction, 1, pdu),
            _ => rtu(1, pdu),
        };
        let mut desk = Desk::client(framing);
        let id = desk.session.identify(unit(1), ReadDeviceIdCode::BASIC).unwrap();
        assert_eq!(desk.sent().unwrap(), wrap(1, &[0x2B, 0x0E, 1, 0]));
        desk.input(&wrap(1, &part(0xFF, 2, &["Maker", "Meter"], 0)));
        assert_eq!(desk.event(), None);
        desk.wait(2);
        assert_eq!(desk.sent().unwrap(), wrap(2, &[0x2B, 0x0E, 1, 2]));
        desk.input(&wrap(2, &part(0, 0, &["V2"], 2)));
        let Some(ClientEvent::Identified { id: found, identification, .. }) = desk.event() else {
            panic!()
        };
        assert_eq!(found, id);
        let text = |object| identification.text(object);
        assert_eq!(text(ObjectId::VENDOR_NAME), Some("Maker"));
        assert_eq!(text(ObjectId::PRODUCT_CODE), Some("Meter"));
        assert_eq!(text(ObjectId::MAJOR_MINOR_REVISION), Some("V2"));

        // By hand: one part, and it says that more follows.
        let code = ReadDeviceIdCode::BASIC;
        desk.session.read_device_identification(unit(1), code, ObjectId::VENDOR_NAME).unwrap();
        desk.wait(2);
        desk.sent().unwrap();
        desk.input(&wrap(3, &part(0xFF, 2, &["Maker", "Meter"], 0)));
        assert_eq!(desk.reply().pdu()[4..6], [0xFF, 2]);
    }
}

#[test]
fn thread_10_a_device_that_goes_round_in_circles_is_left() {
    let mut desk = Desk::client(Framing::Tcp);
    desk.session.identify(unit(1), ReadDeviceIdCode::BASIC).unwrap();
    desk.sent().unwrap();
    desk.input(&mbap(1, 1, &[0x2B, 0x0E, 1, 1, 0xFF, 0, 1, 0, 1, b'A']));
    assert!(matches!(desk.event(), Some(ClientEvent::Failed { reason: Failure::Circular, .. })));
    assert_eq!(desk.session.pending_count(), 0);
}

#[test]
fn thread_11_a_broadcast_does_not_wait_for_a_reply() {
    for framing in [Framing::Rtu, Framing::Ascii, Framing::RtuOverTcp, Framing::AsciiOverTcp] {
        let mut desk = Desk::client(framing);
        let read = desk.session.read_coils(UnitId::BROADCAST, 0, 1);
        assert_eq!(read, Err(Error::NothingToBroadcast));
        let id = desk.session.write_single_register(UnitId::BROADCAST, 7, 1).unwrap();
        desk.session.write_single_register(unit(1), 8, 1).unwrap();
        desk.sent().unwrap();
        desk.wait(149);
        assert_eq!((desk.event(), desk.sent()), (None, None));
        desk.wait(1);
        assert_eq!(desk.event(), Some(ClientEvent::Sent { id, unit: UnitId::BROADCAST }));
        assert!(desk.sent().is_some());
    }
}

#[test]
fn thread_11_unit_0_over_tcp_is_an_ordinary_unit() {
    let mut desk = Desk::client(Framing::Tcp);
    desk.session.write_single_register(unit(0), 7, 1).unwrap();
    assert_eq!(desk.sent().unwrap(), mbap(1, 0, &[6, 0, 7, 0, 1]));
    desk.wait(900);
    assert_eq!(desk.event(), None);
    desk.input(&mbap(1, 0, &[6, 0, 7, 0, 1]));
    assert_eq!(desk.reply().unit, unit(0));

    let mut desk = Desk::client_with(Framing::Tcp, |config| config.broadcast_by_mbap = true);
    desk.session.write_single_register(unit(0), 7, 1).unwrap();
    desk.sent().unwrap();
    desk.wait(150);
    assert!(matches!(desk.event(), Some(ClientEvent::Sent { .. })));
}

#[test]
fn thread_12_pauses_inside_a_reply_do_not_tear_it() {
    let mut desk = Desk::client_with(Framing::Rtu, |config| {
        config.response_timeout = Duration::from_millis(200);
    });
    desk.session.read_holding_registers(unit(1), 10, 20).unwrap();
    desk.sent().unwrap();
    desk.wait(150);
    // 45 octets in pieces of 5, 16 ms apart: beyond the response time-out, but it has begun.
    for piece in rtu(1, &registers(&[7; 20])).chunks(5) {
        desk.input(piece);
        desk.wait(16);
    }
    assert_eq!(desk.registers(), [7; 20]);
}

#[test]
fn the_longest_reply_on_a_slow_line_is_waited_for() {
    let mut desk = Desk::client_with(Framing::Rtu, |config| config.line = "300 8N1".parse().ok());
    desk.session.read_holding_registers(unit(1), 10, 125).unwrap();
    desk.sent().unwrap();
    desk.wait(500);
    // An octet takes 33 ms: 255 of them are on their way for more than eight seconds.
    for octet in rtu(1, &registers(&[7; 125])) {
        desk.wait(33);
        desk.input(&[octet]);
    }
    assert_eq!(desk.registers(), [7; 125]);
}

#[test]
fn thread_12_requests_keep_a_pause_on_an_rtu_line() {
    let mut desk = Desk::client_with(Framing::Rtu, |config| config.line = "9600 8E1".parse().ok());
    desk.session.read_holding_registers(unit(1), 10, 1).unwrap();
    desk.session.read_holding_registers(unit(1), 10, 1).unwrap();
    desk.sent().unwrap();
    desk.wait(50);
    desk.input(&rtu(1, &registers(&[1])));
    assert_eq!(desk.registers(), [1]);
    assert_eq!(desk.sent(), None);
    // 3.5 characters of 11 bits at 9600 bit/s.
    assert_eq!(desk.session.poll_timeout(), Some(desk.now + Duration::from_micros(4_011)));
    desk.wait(5);
    assert!(desk.sent().is_some());
}

#[test]
fn thread_14_octets_leaked_into_the_stream_are_passed_over() {
    let mut desk = Desk::client(Framing::Tcp);
    for number in 0..3 {
        desk.session.read_holding_registers(unit(1), 10, 1).unwrap();
        let sent = desk.sent().unwrap();
        let transaction = u16::from_be_bytes([sent[0], sent[1]]);
        // The CRC of the RTU frame behind the gateway follows each reply.
        let reply = [mbap(transaction, 1, &registers(&[number])), vec![0xF8, 0x45]].concat();
        desk.input(&reply);
        let found = loop {
            match desk.event() {
                Some(ClientEvent::Reply(reply)) => break reply,
                Some(ClientEvent::Noise { .. }) => {}
                other => panic!("{other:?}"),
            }
        };
        assert!(found.registers().unwrap().iter().eq([number]));
        desk.wait(200);
    }
}

#[test]
fn thread_14_one_damaged_length_stops_nothing() {
    let mut desk = Desk::client(Framing::Tcp);
    desk.session.read_holding_registers(unit(1), 10, 1).unwrap();
    desk.session.read_holding_registers(unit(1), 11, 1).unwrap();
    desk.sent().unwrap();
    desk.sent().unwrap();
    // The first reply says that 254 octets follow; the second is well.
    let mut first = mbap(1, 1, &registers(&[1]));
    first[5] = 0xFE;
    desk.input(&[first, mbap(2, 1, &registers(&[2]))].concat());
    desk.wait(100);
    assert!(matches!(desk.event(), Some(ClientEvent::Noise { octets: 11, .. })));
    assert_eq!(desk.registers(), [2]);
    desk.wait(900);
    assert_eq!(desk.timed_out(), 1);
    desk.session.read_holding_registers(unit(1), 12, 1).unwrap();
    desk.sent().unwrap();
    desk.input(&mbap(3, 1, &registers(&[3])));
    assert_eq!(desk.registers(), [3]);
}

#[test]
fn thread_14_answers_swallowed_by_a_damaged_length_are_found() {
    let mut desk = Desk::client(Framing::Tcp);
    for _ in 0..4 {
        desk.session.read_holding_registers(unit(1), 10, 40).unwrap();
        desk.sent().unwrap();
    }
    // The first says that 254 octets follow: it takes the second and most of the third for its
    // own. No silence comes in between.
    let mut octets: Vec<u8> =
        (1..=4).flat_map(|number| mbap(number, 1, &registers(&[number; 40]))).collect();
    octets[5] = 0xFE;
    desk.input(&octets);
    desk.wait(1_000);
    let events: Vec<_> = std::iter::from_fn(|| desk.event()).collect();
    let replies = events.iter().filter_map(|event| match event {
        ClientEvent::Reply(reply) => reply.registers()?.get(0),
        _ => None,
    });
    assert!(replies.eq([2, 4]), "{events:?}");
    let failed = events.iter().filter(|event| matches!(event, ClientEvent::Failed { .. }));
    assert_eq!(failed.count(), 2);
}

#[test]
fn a_message_of_another_unit_does_not_end_the_wait() {
    // stephane/libmodbus#860; the serial line guide V1.02 says to wait on.
    let mut desk = Desk::client(Framing::Rtu);
    desk.session.read_holding_registers(unit(1), 10, 1).unwrap();
    desk.sent().unwrap();
    desk.wait(500);
    desk.input(&rtu(2, &registers(&[9])));
    let skipped = desk.event();
    assert!(matches!(
        skipped,
        Some(ClientEvent::Skipped { unit: found, why: Skipped::NotAsked, .. }) if found == unit(2)
    ));
    desk.wait(400);
    desk.input(&rtu(1, &registers(&[1])));
    assert_eq!(desk.registers(), [1]);
}

#[test]
fn a_transaction_that_is_never_echoed_can_be_ignored() {
    let mut desk = Desk::client_with(Framing::Tcp, |config| {
        config.leniency.ignore_transaction = true;
    });
    desk.session.read_holding_registers(unit(1), 10, 1).unwrap();
    desk.session.read_holding_registers(unit(1), 11, 1).unwrap();
    desk.sent().unwrap();
    assert_eq!(desk.sent(), None, "one at a time");
    desk.input(&mbap(0, 1, &registers(&[1])));
    assert_eq!(desk.registers(), [1]);
    desk.sent().unwrap();
    desk.input(&mbap(0, 1, &registers(&[2])));
    assert_eq!(desk.registers(), [2]);
}

#[test]
fn a_wrong_unit_is_skipped_unless_any_unit_is_taken() {
    let mut desk = Desk::client(Framing::Tcp);
    desk.session.read_holding_registers(unit(5), 10, 1).unwrap();
    desk.sent().unwrap();
    desk.input(&mbap(1, 255, &registers(&[1])));
    assert!(matches!(desk.event(), Some(ClientEvent::Skipped { .. })));
    desk.input(&mbap(1, 5, &registers(&[2])));
    assert_eq!(desk.registers(), [2]);

    let mut desk = Desk::client_with(Framing::Tcp, |config| config.leniency.any_unit = true);
    desk.session.read_holding_registers(unit(5), 10, 1).unwrap();
    desk.sent().unwrap();
    desk.input(&mbap(1, 0, &registers(&[1])));
    assert_eq!(desk.registers(), [1]);

    let mut desk =
        Desk::client_with(Framing::Tcp, |config| config.leniency.unit_255_in_exceptions = true);
    desk.session.read_holding_registers(unit(5), 10, 1).unwrap();
    desk.sent().unwrap();
    desk.input(&mbap(1, 255, &registers(&[1])));
    assert!(matches!(desk.event(), Some(ClientEvent::Skipped { .. })));
    desk.input(&mbap(1, 255, &[0x83, 0x0B]));
    assert!(matches!(desk.event(), Some(ClientEvent::Refused { .. })));
}

#[test]
fn a_length_that_is_one_too_long_is_taken_after_silence() {
    let mut desk = Desk::client_with(Framing::Tcp, |config| {
        config.leniency.length_one_too_long = true;
    });
    desk.session.read_holding_registers(unit(1), 10, 1).unwrap();
    desk.sent().unwrap();
    let mut reply = mbap(1, 1, &registers(&[7]));
    reply[5] += 1;
    desk.input(&reply);
    assert_eq!(desk.event(), None);
    desk.wait(100);
    assert_eq!(desk.registers(), [7]);
    assert_eq!(desk.session.poll_timeout(), None);
}

#[test]
fn what_was_sent_and_comes_back_is_dropped() {
    let mut desk = Desk::client_with(Framing::Rtu, |config| config.leniency.local_echo = true);
    desk.session.write_single_register(unit(1), 7, 1).unwrap();
    let sent = desk.sent().unwrap();
    // The reply to a write looks like the request: only the second one is it.
    desk.input(&sent[..3]);
    desk.wait(1);
    desk.input(&sent[3..]);
    assert_eq!(desk.event(), None);
    desk.wait(20);
    desk.input(&sent);
    assert_eq!(desk.reply().pdu(), [6, 0, 7, 0, 1]);
}

#[test]
fn busy_servers_are_asked_again_and_refusals_are_told() {
    let mut desk = Desk::client(Framing::Tcp);
    desk.session.write_single_register(unit(1), 7, 1).unwrap();
    desk.sent().unwrap();
    desk.input(&mbap(1, 1, &[0x86, 6]));
    assert_eq!((desk.event(), desk.sent()), (None, None));
    desk.wait(500);
    assert_eq!(desk.sent().unwrap(), mbap(1, 1, &[6, 0, 7, 0, 1]));
    desk.input(&mbap(1, 1, &[0x86, 4]));
    assert!(matches!(
        desk.event(),
        Some(ClientEvent::Refused {
            function: FunctionCode::WRITE_SINGLE_REGISTER,
            code: ExceptionCode::SERVER_DEVICE_FAILURE,
            ..
        })
    ));
}

#[test]
fn a_server_that_is_busy_for_ever_ends_the_request_by_refusal() {
    let mut desk = Desk::client_with(Framing::Tcp, |config| config.patience = 3);
    desk.session.read_holding_registers(unit(1), 7, 1).unwrap();
    for _ in 0..3 {
        desk.sent().unwrap();
        desk.input(&mbap(1, 1, &[0x83, 6]));
        assert_eq!(desk.event(), None);
        desk.wait(500);
    }
    desk.sent().unwrap();
    desk.input(&mbap(1, 1, &[0x83, 6]));
    assert!(matches!(desk.event(), Some(ClientEvent::Refused { .. })));
}

#[test]
fn an_acknowledged_command_is_not_sent_twice() {
    let program = Request::Custom(Custom::new(FunctionCode::new(0x41), &[1]).unwrap());
    let mut desk = Desk::client(Framing::Tcp);
    desk.session.send(unit(1), &program).unwrap();
    desk.sent().unwrap();
    desk.input(&mbap(1, 1, &[0xC1, 5]));
    assert!(matches!(desk.event(), Some(ClientEvent::Refused { .. })));

    // A device that acknowledges first and answers later.
    let mut desk = Desk::client_with(Framing::Tcp, |config| {
        config.exceptions.acknowledge = OnException::Wait;
    });
    desk.session.send(unit(1), &program).unwrap();
    desk.sent().unwrap();
    desk.wait(900);
    desk.input(&mbap(1, 1, &[0xC1, 5]));
    desk.wait(900);
    desk.input(&mbap(1, 1, &[0x41, 1]));
    assert_eq!(desk.reply().pdu(), [0x41, 1]);
}

#[test]
fn what_may_not_be_carried_out_twice_is_not_sent_twice() {
    let restart = Request::Diagnostics(Diagnostics::restart(true));
    let custom = Request::Custom(Custom::new(FunctionCode::new(0x41), &[1]).unwrap());
    let attempts = |resend, request: &Request<'_>, options| {
        let mut desk = Desk::client_with(Framing::Rtu, |config| {
            config.resends = 2;
            config.resend = resend;
        });
        desk.session.send_with(unit(1), request, options).unwrap();
        let mut attempts = 0;
        for _ in 0..40 {
            attempts += u32::from(desk.sent().is_some());
            desk.wait(100);
        }
        assert_eq!(u32::from(desk.timed_out()), attempts);
        attempts
    };
    let read = Request::ReadExceptionStatus;
    let write = Request::WriteSingleRegister(WriteRegister { address: 7, value: 1 });
    let plain = SendOptions::default();
    assert_eq!(attempts(Resend::Repeatable, &read, plain), 3);
    assert_eq!(attempts(Resend::Repeatable, &write, plain), 3);
    assert_eq!(attempts(Resend::Reads, &write, plain), 1);
    assert_eq!(attempts(Resend::Repeatable, &restart, plain), 1);
    assert_eq!(attempts(Resend::Repeatable, &custom, plain), 1);
    assert_eq!(attempts(Resend::All, &custom, plain), 3);
    let once_more = SendOptions { resends: Some(1), ..plain };
    assert_eq!(attempts(Resend::Reads, &custom, once_more), 2);
}

#[test]
fn units_get_the_pause_that_they_need() {
    let mut desk = Desk::client_with(Framing::RtuOverTcp, |config| {
        config.unit_gaps = vec![(unit(1), Duration::from_millis(80))];
    });
    for number in [1, 1, 2] {
        desk.session.read_holding_registers(unit(number), 10, 1).unwrap();
    }
    desk.sent().unwrap();
    desk.input(&rtu(1, &registers(&[1])));
    assert_eq!(desk.registers(), [1]);
    assert_eq!(desk.sent().unwrap()[0], 2);
    desk.input(&rtu(2, &registers(&[2])));
    assert_eq!(desk.registers(), [2]);
    desk.wait(79);
    assert_eq!(desk.sent(), None);
    desk.wait(1);
    assert_eq!(desk.sent().unwrap()[0], 1);
}

#[test]
fn a_pause_follows_the_connection() {
    let mut desk = Desk::client_with(Framing::Tcp, |config| {
        config.pause_after_connect = Duration::from_secs(2);
    });
    desk.session.read_holding_registers(unit(1), 10, 1).unwrap();
    desk.wait(1_999);
    assert_eq!(desk.sent(), None);
    desk.wait(1);
    assert!(desk.sent().is_some());
}

#[test]
fn a_closed_connection_fails_what_is_in_flight_and_keeps_what_waits() {
    let mut desk = Desk::client_with(Framing::Tcp, |config| config.window = 1);
    let lost = desk.session.read_holding_registers(unit(1), 10, 1).unwrap();
    desk.session.read_holding_registers(unit(1), 11, 1).unwrap();
    desk.sent().unwrap();
    desk.session.handle_close(desk.now);
    let failed = desk.event();
    assert!(matches!(
        failed,
        Some(ClientEvent::Failed { id, reason: Failure::Closed, .. }) if id == lost
    ));
    assert_eq!(desk.sent(), None);
    desk.session.handle_open(desk.now);
    assert_eq!(desk.sent().unwrap(), mbap(2, 1, &[3, 0, 11, 0, 1]));
}

#[test]
fn the_queue_is_bounded_and_a_cancelled_request_makes_room() {
    let mut desk = Desk::client_with(Framing::Rtu, |config| config.queue = 2);
    let ids: Vec<_> =
        (0..18).map(|at| desk.session.read_holding_registers(unit(1), at, 1).unwrap()).collect();
    let full = desk.session.read_holding_registers(unit(1), 0, 1);
    assert_eq!(full, Err(Error::QueueFull));
    assert!(desk.session.cancel(ids[4]) && !desk.session.cancel(ids[4]));
    assert!(desk.session.read_holding_registers(unit(1), 0, 1).is_ok());
}

#[test]
fn events_that_nobody_polls_are_bounded() {
    let mut desk = Desk::client_with(Framing::Tcp, |config| config.queue = 2);
    let sent = (1..2_000).take_while(|&number| {
        let asked = desk.session.read_holding_registers(unit(1), 0, 1).is_ok();
        if asked {
            desk.sent().unwrap();
            desk.input(&mbap(number, 1, &registers(&[number])));
        }
        asked
    });
    assert!(sent.count() < 100);
    assert!(desk.event().is_some());
    assert!(desk.session.read_holding_registers(unit(1), 0, 1).is_ok());
}

#[test]
fn udp_takes_one_message_a_datagram() {
    let mut desk = Desk::client(Framing::Udp);
    desk.session.read_holding_registers(unit(1), 10, 1).unwrap();
    desk.sent().unwrap();
    let reply = mbap(1, 1, &registers(&[7]));
    // Half a datagram is lost for good: the other half does not mend it.
    desk.input(&reply[..8]);
    desk.input(&reply[8..]);
    let noise = std::iter::from_fn(|| desk.event()).map(|event| match event {
        ClientEvent::Noise { octets, .. } => octets,
        other => panic!("{other:?}"),
    });
    assert_eq!(noise.sum::<usize>(), reply.len());
    desk.input(&reply);
    assert_eq!(desk.registers(), [7]);
}
