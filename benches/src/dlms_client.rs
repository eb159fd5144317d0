//! A client of DLMS/COSEM at work: a register is read, without a line between it and the meter.

use std::hint::black_box;

use gurux_dlms::security::{Key, Keyring, OwnCounter, Provider, Software, SystemTitle};
use gurux_dlms::session::link::{Owned, Store};
use gurux_dlms::session::{
    Authentication, Client, ClientCarrier, ClientConfig, ClientEvent, Guard, Seed, Stores,
    WrapperConfig, WrapperLink,
};
use gurux_dlms::wire::{AttributeDescriptor, Conformance, SecurityControl};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};

use crate::contender::Contender;
use crate::names;

const CLIENT: SystemTitle = SystemTitle(*b"CLI\0\0\0\0\x01");
const METER: SystemTitle = SystemTitle(*b"MMM\0\0\0\0\x01");

/// Ours, for the workloads of [`names`].
pub fn contender(workload: &str) -> Option<Contender> {
    let control = match workload {
        names::DLMS_CLIENT_REGISTER => SecurityControl::new(0),
        names::DLMS_CLIENT_REGISTER_SEALED => SecurityControl::AUTHENTICATED_ENCRYPTED,
        _ => return None,
    };
    let mut desk = Desk::new(control);
    Some(Contender::new("gurux", move |_| desk.read()))
}

/// The answer of the meter, ciphered with its first counter, in the wrapper.
pub fn sealed_answer() -> Vec<u8> {
    let mut answer = Owned::new(256);
    let mut meter = guard(METER, CLIENT, SecurityControl::AUTHENTICATED_ENCRYPTED);
    meter.protect(&answer_text(0xC1), &mut answer).expect("sealed");
    wrapped(answer.octets())
}

/// GET-RESPONSE of a register, to the request of this number.
const fn answer_text(invoke_id_and_priority: u8) -> [u8; 9] {
    [0xC4, 1, invoke_id_and_priority, 0, 0x06, 0, 0x13, 0x11, 0xC6]
}

fn wrapped(apdu: &[u8]) -> Vec<u8> {
    [&[0, 1, 0, 1, 0, 16, 0, apdu.len() as u8], apdu].concat()
}

fn guard(own: SystemTitle, peer: SystemTitle, control: SecurityControl) -> Guard<Software> {
    let key = |first: u8| Key::Aes128(core::array::from_fn(|at| first + at as u8));
    let cipher = Software.cipher(&key(0)).expect("a cipher");
    let keys = Keyring::new(cipher).with_authentication(key(0xD0));
    // A limit is kept once in a long while, as a program would.
    let counter = OwnCounter::new(1, 1_000_000, ());
    Guard::new(Software, keys, own).with_peer(peer).with_control(control).with_counter(counter)
}

struct Desk {
    client: Client<Owned, Software>,
    meter: Guard<Software>,
    register: AttributeDescriptor,
    out: BytesMut,
    answer: Owned,
    input: Vec<u8>,
    invoke: u8,
}

impl Desk {
    fn new(control: SecurityControl) -> Self {
        let link = WrapperLink::new(WrapperConfig::default(), Owned::new(2048), Owned::new(2048));
        let config = ClientConfig {
            is_pre_established: true,
            conformance: Some(Conformance::GET),
            ..ClientConfig::default()
        };
        let client = Client::new(
            config,
            Authentication::Lowest,
            ClientCarrier::wrapper(link),
            guard(CLIENT, METER, control),
            Seed::new([0; 32]),
            Stores::owned(1024, 1024),
        );
        let instance_id = "1.0.1.8.0.255".parse().expect("an OBIS code");
        Self {
            client,
            meter: guard(METER, CLIENT, control),
            register: AttributeDescriptor { class_id: 3, instance_id, attribute_id: 2 },
            out: BytesMut::with_capacity(256),
            answer: Owned::new(256),
            input: Vec::with_capacity(256),
            invoke: 0,
        }
    }

    fn read(&mut self) -> u64 {
        let now = Instant::ZERO;
        self.client.get(black_box(self.register)).expect("idle");
        while self.client.poll_event().is_some() {}
        self.out.clear();
        self.client.poll_transmit(now, &mut self.out).expect("a request");
        black_box(&self.out);
        // The meter, as short as it can be.
        self.invoke = self.invoke.wrapping_add(1);
        let text = answer_text(0xC0 | self.invoke & 0x0F);
        self.meter.protect(&text, &mut self.answer).expect("sealed");
        let answer = self.answer.octets();
        self.input.clear();
        self.input.extend_from_slice(&[0, 1, 0, 1, 0, 16, 0, answer.len() as u8]);
        self.input.extend_from_slice(answer);
        self.client.handle_input(now, &self.input);
        let mut sum = 0;
        while let Some(event) = self.client.poll_event() {
            if let ClientEvent::Value { .. } = event {
                let value = self.client.value().ok().and_then(|value| value.as_integer());
                sum += value.unwrap_or_default() as u64;
            }
        }
        sum
    }
}
