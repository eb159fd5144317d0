//! The meter, octet by octet.

use gurux_dlms::session::link::{
    LinkEvent, MeterLink, MeterLinkConfig, MeterLinkEvent, Owned, Peer, SendError, Why,
};
use gurux_framing::hdlc::{HdlcAddress, LinkParameters};

use crate::desk::{Desk, client_address, frame, from_client, from_meter, meter_address};

type Meter = Desk<MeterLink<Owned, 2>>;

fn peer() -> Peer {
    Peer { client: client_address(), server: meter_address() }
}

fn events(desk: &mut Meter) -> Vec<LinkEvent> {
    core::iter::from_fn(|| desk.event()).map(|told| told.event).collect()
}

/// SNRM with nothing, and what the meter then says: 128 octets, a window of 1.
const DEFAULTS: [u8; 21] = [
    0x81, 0x80, 0x12, 0x05, 0x01, 0x80, 0x06, 0x01, 0x80, 0x07, 0x04, 0, 0, 0, 1, 0x08, 0x04, 0, 0,
    0, 1,
];

/// Fields of 4 octets, a window of 3, both ways.
const NARROW: [u8; 21] = [
    0x81, 0x80, 0x12, 0x05, 0x01, 0x04, 0x06, 0x01, 0x04, 0x07, 0x04, 0, 0, 0, 3, 0x08, 0x04, 0, 0,
    0, 3,
];

fn connected(config: MeterLinkConfig, snrm: &[u8]) -> Meter {
    let mut desk = Desk::meter(config);
    assert!(!desk.answer(&from_client(0x93, snrm, false)).is_empty());
    events(&mut desk);
    desk
}

fn wide() -> MeterLinkConfig {
    let parameters =
        LinkParameters { window_transmit: 7, window_receive: 7, ..LinkParameters::DEFAULT };
    MeterLinkConfig { parameters, ..MeterLinkConfig::default() }
}

#[test]
fn a_client_connects_asks_and_leaves() {
    let mut desk = Desk::meter(MeterLinkConfig::default());
    assert_eq!(desk.answer(&from_client(0x93, &[], false)), from_meter(0x73, &DEFAULTS, false));
    assert_eq!(
        desk.event(),
        Some(MeterLinkEvent {
            peer: Some(peer()),
            event: LinkEvent::Connected(LinkParameters::DEFAULT)
        })
    );
    // The owner has the message, and the client waits.
    assert_eq!(desk.answer(&from_client(0x10, &[1, 2, 3], false)), "");
    assert_eq!(events(&mut desk), [LinkEvent::Message { octets: 3 }]);
    assert_eq!(desk.session.message(peer()), Some(&[1, 2, 3][..]));
    desk.session.release(peer());
    desk.session.send(peer(), &[4, 5]).unwrap();
    assert_eq!(desk.session.send(peer(), &[4, 5]), Err(SendError::Busy));
    assert_eq!(desk.sent(), from_meter(0x30, &[4, 5], false));
    assert_eq!(desk.answer(&from_client(0x32, &[6], false)), "");
    assert_eq!(events(&mut desk), [LinkEvent::Acknowledged, LinkEvent::Message { octets: 1 }]);
    // It answers later.
    desk.session.release(peer());
    assert_eq!(desk.sent(), from_meter(0x51, &[], false));
    assert_eq!(desk.answer(&from_client(0x31, &[], false)), from_meter(0x51, &[], false));
    desk.session.send(peer(), &[7]).unwrap();
    assert_eq!(desk.sent(), "", "it is not the meter's turn");
    assert_eq!(desk.answer(&from_client(0x31, &[], false)), from_meter(0x52, &[7], false));
    assert_eq!(desk.answer(&from_client(0x53, &[], false)), from_meter(0x73, &[], false));
    assert_eq!(events(&mut desk), [LinkEvent::Disconnected(Why::Requested)]);
    assert_eq!(desk.answer(&from_client(0x53, &[], false)), from_meter(0x1F, &[], false));
    assert_eq!(desk.answer(&from_client(0x54, &[1], false)), from_meter(0x1F, &[], false));
    assert_eq!(desk.answer(&from_client(0x44, &[1], false)), "");
}

#[test]
fn the_same_again_is_answered_the_same_and_told_once() {
    let mut desk = Desk::meter(MeterLinkConfig::default());
    let ua = desk.answer(&from_client(0x93, &[], false));
    assert_eq!(desk.answer(&from_client(0x93, &[], false)), ua);
    assert_eq!(events(&mut desk).len(), 1);
    desk.input(&from_client(0x10, &[1], false));
    desk.session.release(peer());
    desk.session.send(peer(), &[2]).unwrap();
    let answer = desk.sent();
    events(&mut desk);
    assert_eq!(desk.answer(&from_client(0x10, &[1], false)), answer);
    assert_eq!(desk.answer(&from_client(0x11, &[], false)), answer);
    assert_eq!(events(&mut desk), []);
    assert_eq!((desk.session.counters().late, desk.session.counters().resent), (1, 2));
    // SNRM now begins a new connection.
    assert_eq!(desk.answer(&from_client(0x93, &[], false)), ua);
    assert_eq!(
        events(&mut desk),
        [LinkEvent::Disconnected(Why::Reset), LinkEvent::Connected(LinkParameters::DEFAULT)]
    );
    assert_eq!(desk.answer(&from_client(0x10, &[1], false)), "");
    assert_eq!(events(&mut desk), [LinkEvent::Message { octets: 1 }]);
}

#[test]
fn segments_are_joined_and_cut_in_windows() {
    let mut desk = connected(wide(), &NARROW);
    let segments = [from_client(0x00, &[1, 2, 3, 4], true), from_client(0x12, &[5, 6, 7, 8], true)];
    assert_eq!(desk.answer(&segments.concat()), from_meter(0x51, &[], false));
    assert_eq!(desk.answer(&from_client(0x14, &[9], false)), "");
    assert_eq!(desk.session.message(peer()), Some(&[1, 2, 3, 4, 5, 6, 7, 8, 9][..]));
    desk.session.release(peer());
    desk.session.send(peer(), &(1..=14).collect::<Vec<_>>()).unwrap();
    let window = [
        from_meter(0x60, &[1, 2, 3, 4], true),
        from_meter(0x62, &[5, 6, 7, 8], true),
        from_meter(0x74, &[9, 10, 11, 12], true),
    ];
    assert_eq!(desk.sent(), window.concat());
    // The second and the third are wanted again, then the rest.
    let rest = [
        from_meter(0x62, &[5, 6, 7, 8], true),
        from_meter(0x64, &[9, 10, 11, 12], true),
        from_meter(0x76, &[13, 14], false),
    ];
    assert_eq!(desk.answer(&from_client(0x39, &[], false)), rest.concat());
    assert_eq!(desk.answer(&from_client(0x91, &[], false)), from_meter(0x71, &[], false));
    assert_eq!(events(&mut desk), [LinkEvent::Message { octets: 9 }, LinkEvent::Acknowledged]);
}

#[test]
fn a_missing_frame_is_rejected_once_and_what_comes_before_it_is_dropped() {
    let mut desk = connected(wide(), &NARROW);
    let gap = [from_client(0x02, &[2], true), from_client(0x14, &[3], false)];
    assert_eq!(desk.answer(&gap.concat()), from_meter(0x19, &[], false));
    let again = [
        from_client(0x00, &[1], true),
        from_client(0x02, &[2], true),
        from_client(0x14, &[3], false),
    ];
    assert_eq!(desk.answer(&again.concat()), "");
    assert_eq!(desk.session.message(peer()), Some(&[1, 2, 3][..]));
}

#[test]
fn a_client_that_is_not_ready_gets_nothing() {
    let mut desk = connected(MeterLinkConfig::default(), &[]);
    desk.session.send(peer(), &[1]).unwrap();
    assert_eq!(desk.answer(&from_client(0x15, &[], false)), from_meter(0x11, &[], false));
    assert_eq!(desk.answer(&from_client(0x11, &[], false)), from_meter(0x10, &[1], false));
}

#[test]
fn frames_that_cannot_be_are_rejected_until_the_link_is_set_up_anew() {
    for (control, information, reasons) in [
        (0x30, &[1][..], 0x08),  // acknowledges what was never sent
        (0x11, &[1], 0x02),      // RR with information
        (0x10, &[1; 129], 0x04), // longer than agreed
        (0x1B, &[], 0x01),       // no such command
    ] {
        let mut desk = connected(MeterLinkConfig::default(), &[]);
        let frmr = from_meter(0x97, &[control, 0, reasons], false);
        assert_eq!(desk.answer(&from_client(control, information, false)), frmr);
        assert!(matches!(
            events(&mut desk)[..],
            [LinkEvent::Disconnected(Why::Rejected(Some(frmr)))] if frmr.reasons() == reasons
        ));
        assert_eq!(desk.answer(&from_client(0x10, &[1], false)), frmr);
        assert_eq!(desk.session.send(peer(), &[1]), Err(SendError::NotConnected));
        desk.answer(&from_client(0x93, &[], false));
        assert_eq!(events(&mut desk).len(), 1);
        desk.input(&from_client(0x10, &[1], false));
        assert_eq!(events(&mut desk), [LinkEvent::Message { octets: 1 }]);
    }
}

#[test]
fn clients_are_kept_apart_and_one_too_many_is_refused() {
    let mut desk = connected(MeterLinkConfig::default(), &[]);
    let to = [0x02, 0x23];
    desk.input(&from_client(0x10, &[1], false));
    desk.session.release(peer());
    assert!(desk.answer(&frame(&to, &[0x03], 0x93, &[], false)).contains("0302237"));
    // The second client begins at nought; the first goes on.
    assert_eq!(desk.answer(&frame(&to, &[0x03], 0x10, &[8], false)), "");
    let second = Peer { client: HdlcAddress::of_client(1).unwrap(), ..peer() };
    assert_eq!(desk.session.message(second), Some(&[8][..]));
    desk.session.release(second);
    assert_eq!(desk.sent(), frame(&[0x03], &to, 0x31, &[], false));
    assert_eq!(desk.answer(&from_client(0x11, &[], false)), from_meter(0x31, &[], false));
    assert_eq!(desk.session.peers().count(), 2);
    let refused = frame(&[0x05], &to, 0x1F, &[], false);
    assert_eq!(desk.answer(&frame(&to, &[0x05], 0x93, &[], false)), refused);
}

#[test]
fn only_its_own_addresses_are_answered() {
    let mut desk = Desk::meter(MeterLinkConfig {
        logical_devices: 1 << 1 | 1 << 16,
        ..MeterLinkConfig::default()
    });
    // One octet; two; four; another logical device.
    let own: [&[u8]; 4] = [&[0x03], &[0x02, 0x23], &[0, 0x02, 0, 0x23], &[0x20, 0x23]];
    for to in own {
        let disc = frame(to, &[0x21], 0x53, &[], false);
        assert_eq!(desk.answer(&disc), frame(&[0x21], to, 0x1F, &[], false));
    }
    // Another device; another meter; all, and nobody.
    let foreign: [&[u8]; 5] = [&[0x05], &[0x02, 0x25], &[0xFF], &[0x02, 0xFF], &[0x01]];
    for to in foreign {
        assert_eq!(desk.answer(&frame(to, &[0x21], 0x53, &[], false)), "");
        assert_eq!(desk.answer(&frame(to, &[0x21], 0x93, &[], false)), "");
    }
    // From no station, and from another meter.
    assert_eq!(desk.answer(&frame(&[0x02, 0x23], &[0x01], 0x53, &[], false)), "");
    assert_eq!(desk.answer(&from_meter(0x73, &[], false)), "");
    assert_eq!(events(&mut desk), []);
    // What goes to all is heard, and not answered.
    assert_eq!(desk.answer(&frame(&[0xFF], &[0x21], 0x13, &[1, 2], false)), "");
    assert!(matches!(events(&mut desk)[..], [LinkEvent::Unnumbered { octets: 2, .. }]));
    assert_eq!(desk.session.unnumbered(), Some(&[1, 2][..]));
}

#[test]
fn a_push_goes_out_unasked() {
    let mut desk = Desk::meter(MeterLinkConfig::default());
    desk.session.send_unnumbered(peer(), &[1; 129], false).unwrap();
    let frames = [from_meter(0x03, &[1; 128], true), from_meter(0x03, &[1], false)];
    assert_eq!(desk.sent(), frames.concat());
    assert_eq!(events(&mut desk), [LinkEvent::Sent]);
}

#[test]
fn a_silent_client_is_forgotten() {
    let mut desk = connected(MeterLinkConfig::default(), &[]);
    desk.wait(100_000);
    desk.answer(&from_client(0x11, &[], false));
    desk.wait(119_999);
    assert_eq!(events(&mut desk), []);
    desk.wait(1);
    assert_eq!(events(&mut desk), [LinkEvent::Disconnected(Why::Inactive)]);
    assert_eq!(desk.answer(&from_client(0x11, &[], false)), from_meter(0x1F, &[], false));
}

#[test]
fn an_answer_waits_as_long_as_told() {
    let response_delay = core::time::Duration::from_millis(200);
    let mut desk = Desk::meter(MeterLinkConfig { response_delay, ..MeterLinkConfig::default() });
    desk.input(&from_client(0x93, &[], false));
    assert_eq!(desk.wait(199), "");
    assert_eq!(desk.wait(1), from_meter(0x73, &DEFAULTS, false));
}

#[test]
fn dm_for_disc_and_a_bare_ua_are_options() {
    let config = MeterLinkConfig { dm_for_disc: true, bare_ua: true, ..MeterLinkConfig::default() };
    let mut desk = Desk::meter(config);
    assert_eq!(desk.answer(&from_client(0x93, &[], false)), from_meter(0x73, &[], false));
    assert_eq!(desk.answer(&from_client(0x53, &[], false)), from_meter(0x1F, &[], false));
    assert_eq!(
        desk.answer(&from_client(0x93, &DEFAULTS, false)),
        from_meter(0x73, &DEFAULTS, false)
    );
}
