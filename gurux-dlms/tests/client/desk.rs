//! A client, and a meter that is a function from message to messages, over the wrapper.

use gurux_dlms::security::{Key, Keyring, OwnCounter, Provider, Software, SystemTitle};
use gurux_dlms::session::link::Owned;
use gurux_dlms::session::{
    Authentication, CallId, Client, ClientCarrier, ClientConfig, ClientEvent, Failure, Guard,
    Secret, Seed, Stores, WrapperConfig, WrapperLink,
};
use gurux_dlms::wire::{
    Aare, AcseServiceUser, ApplicationContext, AssociationResult, AttributeDescriptor,
    AuthenticationValue, Conformance, DataAccessResult, InitiateResponse, Mechanism, Party,
    ResultSourceDiagnostic, SecurityControl,
};
use gurux_framing::Wire;
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};

pub(crate) const CLIENT: SystemTitle = SystemTitle(*b"CLI\0\0\0\0\x01");
pub(crate) const METER: SystemTitle = SystemTitle(*b"MMM\0\0\0\0\x01");

pub(crate) type Reader = Client<Owned, Software>;

/// What a client was told: events, and what the values were.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) values: Vec<Result<Vec<u8>, DataAccessResult>>,
    pub(crate) rows: Vec<Vec<u8>>,
    pub(crate) other: Vec<ClientEvent>,
}

pub(crate) struct Desk<M> {
    pub(crate) client: Reader,
    meter: M,
    pub(crate) now: Instant,
    /// Every message that went to the meter.
    pub(crate) sent: Vec<Vec<u8>>,
}

pub(crate) fn register() -> AttributeDescriptor {
    let instance_id = "1.0.1.8.0.255".parse().expect("an OBIS code");
    AttributeDescriptor { class_id: 3, instance_id, attribute_id: 2 }
}

pub(crate) fn secret(text: &[u8]) -> Secret {
    Secret::new(text).expect("short enough")
}

pub(crate) fn encoded<'a>(message: &impl Wire<'a>) -> Vec<u8> {
    let mut octets = vec![0; message.wire_len()];
    message.emit_to_slice(&mut octets).expect("its length");
    octets
}

pub(crate) fn keyring() -> Keyring<<Software as Provider>::Cipher> {
    let key = |text: &str| text.parse::<Key>().expect("a key");
    Keyring::new(Software.cipher(&key("000102030405060708090A0B0C0D0E0F")).expect("a cipher"))
        .with_authentication(key("D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"))
}

pub(crate) fn guard(own: SystemTitle, peer: SystemTitle) -> Guard<Software> {
    Guard::new(Software, keyring(), own)
        .with_peer(peer)
        .with_control(SecurityControl::AUTHENTICATED_ENCRYPTED)
        .with_counter(OwnCounter::new(1, 1, ()))
}

pub(crate) fn initiate_response(conformance: Conformance, max_pdu: u16) -> Vec<u8> {
    encoded(&InitiateResponse {
        negotiated_quality_of_service: None,
        negotiated_dlms_version_number: 6,
        negotiated_conformance: conformance.into(),
        server_max_receive_pdu_size: max_pdu,
        vaa_name: 7,
    })
}

/// An association that is accepted, with these services.
pub(crate) fn aare(conformance: Conformance, max_pdu: u16) -> Vec<u8> {
    let diagnostic = ResultSourceDiagnostic::User(AcseServiceUser::NULL);
    let response = initiate_response(conformance, max_pdu);
    let context = ApplicationContext::LOGICAL_NAME;
    encoded(&Aare::new(context, AssociationResult::ACCEPTED, diagnostic, Some(&response)))
}

/// One that asks for the answer to a challenge.
pub(crate) fn aare_with_challenge(mechanism: Mechanism, challenge: &[u8]) -> Vec<u8> {
    let diagnostic = ResultSourceDiagnostic::User(AcseServiceUser::AUTHENTICATION_REQUIRED);
    let response = initiate_response(ALL, 1024);
    let context = ApplicationContext::LOGICAL_NAME;
    encoded(&Aare {
        responding: Party::titled(&METER.0),
        mechanism_name: Some(mechanism.into()),
        responding_authentication_value: Some(AuthenticationValue::new(challenge)),
        ..Aare::new(context, AssociationResult::ACCEPTED, diagnostic, Some(&response))
    })
}

pub(crate) const ALL: Conformance = Conformance::from_bits(0x00FF_FFFF);

impl<M: FnMut(&[u8]) -> Vec<Vec<u8>>> Desk<M> {
    pub(crate) fn new(config: ClientConfig, meter: M) -> Self {
        Self::with(
            config,
            WrapperConfig::default(),
            Authentication::Lowest,
            Guard::open(Software),
            meter,
        )
    }

    pub(crate) fn with(
        config: ClientConfig,
        wrapper: WrapperConfig,
        authentication: Authentication,
        guard: Guard<Software>,
        meter: M,
    ) -> Self {
        let link = WrapperLink::new(wrapper, Owned::new(2048), Owned::new(2048));
        let carrier = ClientCarrier::wrapper(link);
        let (seed, stores) = (Seed::new([7; 32]), Stores::owned(2048, 2048));
        let client = Client::new(config, authentication, carrier, guard, seed, stores);
        Self { client, meter, now: Instant::ZERO, sent: Vec::new() }
    }

    pub(crate) fn hear(&mut self, message: &[u8]) {
        let peer = u16::from(self.client.carrier().link().is_none());
        let header = [0, 1, 0, peer as u8, 0, 16];
        let len = (message.len() as u16).to_be_bytes();
        self.client.handle_input(self.now, &[&header[..], &len, message].concat());
    }

    fn tell(&mut self, told: &mut Told) -> Option<ClientEvent> {
        while let Some(event) = self.client.poll_event() {
            match event {
                ClientEvent::Value { .. } => {
                    told.values.push(self.client.value_octets().map(<[u8]>::to_vec));
                }
                ClientEvent::Row { .. } => {
                    told.rows.push(self.client.value_octets().expect("a row").to_vec());
                }
                ClientEvent::Done { .. } | ClientEvent::Failed { .. } => return Some(event),
                other => told.other.push(other),
            }
        }
        None
    }

    /// Drives the order to its end.
    pub(crate) fn run(&mut self, call: CallId) -> (Told, Result<(), Failure>) {
        let mut told = Told::default();
        for _ in 0..2_000 {
            match self.tell(&mut told) {
                Some(ClientEvent::Done { call: of }) => {
                    assert_eq!(of, call);
                    return (told, Ok(()));
                }
                Some(ClientEvent::Failed { call: of, failure }) => {
                    assert_eq!(of, call);
                    return (told, Err(failure));
                }
                _ => {}
            }
            let mut out = BytesMut::new();
            if self.client.poll_transmit(self.now, &mut out).is_some() {
                let message = out[8..].to_vec();
                self.sent.push(message.clone());
                for answer in (self.meter)(&message) {
                    self.hear(&answer);
                }
            } else {
                let at = self.client.poll_timeout().expect("a client that waits for something");
                self.now = self.now.max(at);
                self.client.handle_timeout(self.now);
            }
        }
        panic!("no end");
    }

    pub(crate) fn get(&mut self) -> (Told, Result<(), Failure>) {
        let call = self.client.get(register()).expect("idle");
        self.run(call)
    }
}
