//! DLMS/COSEM: what comes to a listener, pushes and anything else, in any pieces and at any time.

use core::time::Duration;

use gurux_dlms::carrier::{Cut, Llc, MbusSegment, Piece, Wrapper};
use gurux_dlms::push::LAYOUTS;
use gurux_dlms::security::{
    Envelope, Key, Keyring, Policy, Provider, Software, SoftwareCipher, SystemTitle, seal,
};
use gurux_dlms::session::{Listener, ListenerConfig, ListenerEvent, MeterKeys};
use gurux_dlms::wire::{BlockControl, GeneralBlockTransfer, SecurityControl};
use gurux_framing::Wire;
use gurux_framing::hdlc::{Command, Control, HdlcAddress, HdlcFrame};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};

use crate::choices::Choices;

/// How deep octets get.
pub const RUNGS: &[&str] = &[
    "nothing",
    "noise",
    "refused",
    "a push",
    "one that a tag proves",
    "one behind half of another",
];

/// A push in clear: a structure of a name and a value.
const PUSH: [u8; 22] =
    [0x0F, 0x40, 0, 0, 1, 0x00, 0x02, 1, 0x02, 2, 0x09, 6, 1, 0, 1, 8, 0, 255, 0x12, 0, 7, 0];

const METERS: [SystemTitle; 3] = [
    SystemTitle(*b"MMM\0\0\0\0\x01"),
    SystemTitle(*b"MMM\0\0\0\0\x02"),
    SystemTitle(*b"XYZ\0\0\0\0\x03"),
];

fn ring(first: u8) -> Keyring<SoftwareCipher> {
    let key = |first: u8| Key::Aes128(core::array::from_fn(|at| first.wrapping_add(at as u8)));
    Keyring::new(Software.cipher(&key(first)).expect("a key")).with_authentication(key(0xD0))
}

/// What a listener is told is bounded, no octet makes it wait for ever, and a push behind all of it on a
/// new connection is told.
pub fn listener(octets: &[u8]) -> usize {
    let mut choices = Choices::new(octets);
    let config = ListenerConfig {
        is_datagram: choices.yes(),
        max_message: 64 + 16 * usize::from(choices.octet()),
        ..ListenerConfig::default()
    };
    let mut keys = MeterKeys::new();
    keys.insert(METERS[0], ring(0), Policy::Verified);
    keys.insert(METERS[1], ring(0x40), Policy::DecryptUnverified);
    let mut listener = Listener::new(config, keys);
    let mut now = Instant::from_millis(1);
    let (mut depth, mut is_torn) = (0, false);
    while !choices.is_empty() {
        let mut wire = Vec::new();
        match choices.below(8) {
            0 => {
                let count = choices.below(64).into();
                wire.extend_from_slice(choices.octets(count));
            }
            1 => {
                now += Duration::from_millis(u64::from(choices.octet()) * 100);
                listener.handle_timeout(now);
            }
            2 => {
                listener.handle_close(now);
                listener.handle_open(now);
            }
            _ => wire = sent(&mut choices),
        }
        if choices.below(4) == 0 && !wire.is_empty() {
            wire.truncate(usize::from(choices.octet()) % wire.len());
            is_torn = true;
        }
        let piece = usize::from(choices.octet()).max(1);
        for piece in wire.chunks(piece) {
            listener.handle_input(now, piece);
        }
        depth = depth.max(told(&mut listener, is_torn));
        // A frame that has begun is waited for, and not for ever.
        if let Some(until) = listener.poll_timeout() {
            assert!(until <= now + config.piece_timeout.max(config.octet_timeout));
        }
    }
    // Whatever came, time ends it.
    while let Some(until) = listener.poll_timeout() {
        now = until.max(now);
        listener.handle_timeout(now);
        depth = depth.max(told(&mut listener, is_torn));
    }
    listener.handle_close(now);
    depth = depth.max(told(&mut listener, is_torn));
    listener.handle_open(now);
    let len = PUSH.len() as u8 - 1;
    listener.handle_input(now, &[&[0, 1, 0, 1, 0, 16, 0, len], &PUSH[..len.into()]].concat());
    let last = listener.poll_event();
    assert!(matches!(last, Some(ListenerEvent::Pushed(_))), "{last:?}");
    depth
}

/// A message of a meter as it goes over a line.
fn sent(choices: &mut Choices<'_>) -> Vec<u8> {
    let len = PUSH.len() - 1;
    let mut message = PUSH[..len].to_vec();
    message[1] = if choices.yes() { 0x40 } else { 0 };
    if choices.yes() {
        let meter = usize::from(choices.below(3));
        let title = METERS[meter];
        let controls = [0x00, 0x10, 0x20, 0x30, 0x70, 0xB0];
        let control = SecurityControl::new(controls[usize::from(choices.below(6))]);
        let envelope = if choices.yes() {
            Envelope::GeneralGlo(&title.0)
        } else {
            Envelope::GeneralDed(&title.0)
        };
        let mut room = [0; 128];
        let keys = ring(choices.below(2) * 0x40)
            .with_dedicated(Software.cipher(&Key::Aes128([7; 16])).expect("a key"));
        let counter = choices.octet().into();
        if let Ok(len) = seal(envelope, control, counter, title, &keys, &message, &mut room) {
            message = room[..len].to_vec();
        }
    }
    if choices.yes() && !message.is_empty() {
        let at = usize::from(choices.octet()) % message.len();
        message[at] ^= choices.octet();
    }
    let max = usize::from(choices.octet()).clamp(4, 120);
    match choices.below(4) {
        0 => wrapped(&message),
        1 => {
            let blocks = Cut::new(&message, max, 1).map(|piece| {
                let control = BlockControl::new(1);
                wrapped(&octets(&GeneralBlockTransfer {
                    block_control: if piece.is_last { control.last() } else { control },
                    block_number: piece.number as u16,
                    block_number_ack: 0,
                    block_data: piece.octets,
                }))
            });
            blocks.collect::<Vec<_>>().concat()
        }
        2 => {
            let address = |number| HdlcAddress::of_client(number).expect("7 bits");
            let whole = [&Llc::Response.octets()[..], &message].concat();
            let meter = 17 + choices.below(20);
            let frame = |piece: Piece<'_>| {
                let control = Control::new(Command::Ui, false);
                let frame = HdlcFrame::new(address(16), address(meter), control)
                    .with_information(piece.octets)
                    .expect("short enough")
                    .with_segmentation(!piece.is_last);
                let mut room = [0; 200];
                let len = frame.write(&mut room).expect("it fits");
                room[..len].to_vec()
            };
            Cut::new(&whole, max, 0).flat_map(frame).collect()
        }
        _ => Cut::new(&message, max, 0)
            .flat_map(|piece| {
                let content = octets(&MbusSegment::new(1, 103, piece));
                let len = content.len() as u8;
                let sum = content.iter().fold(0_u8, |sum, octet| sum.wrapping_add(*octet));
                [&[0x68, len, len, 0x68], &content[..], &[sum, 0x16]].concat()
            })
            .collect(),
    }
}

fn wrapped(message: &[u8]) -> Vec<u8> {
    octets(&Wrapper::new(1, 16, message).expect("short enough"))
}

fn octets<'a>(message: &impl Wire<'a>) -> Vec<u8> {
    let mut octets = vec![0; message.wire_len()];
    message.emit_to_slice(&mut octets).expect("its length");
    octets
}

/// Takes all that is told; how deep it is.
fn told(listener: &mut Listener<MeterKeys<SoftwareCipher>>, is_torn: bool) -> usize {
    let mut out = BytesMut::new();
    while listener.poll_transmit(Instant::ZERO, &mut out).is_some() {}
    let mut depth = 0;
    while let Some(event) = listener.poll_event() {
        depth = depth.max(match event {
            ListenerEvent::Dropped { octets, .. } => {
                assert!(octets > 0);
                1
            }
            ListenerEvent::Incomplete { octets, .. } => {
                assert!(octets > 0 && octets <= listener.config().max_message * 2);
                1
            }
            ListenerEvent::Overrun(count) => {
                assert!(count > 0);
                1
            }
            ListenerEvent::Refused { .. } => 2,
            ListenerEvent::Pushed(push) => {
                let is_read = push.measurements(LAYOUTS).is_ok();
                match (is_read, push.is_verified, is_torn) {
                    (false, ..) => 2,
                    (true, _, true) => 5,
                    (true, true, false) => 4,
                    (true, false, false) => 3,
                }
            }
        });
    }
    depth
}

/// Choices of any kind: some of them lead to each carrier, and behind half of a message to a whole one.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    // Not a datagram, and room for any message.
    let seed = |next: &mut dyn FnMut() -> u8| {
        let rest = (0..160).map(|_| next());
        [0, 255].into_iter().chain(rest).collect()
    };
    (0..100).map(|_| seed(&mut next)).collect()
}
