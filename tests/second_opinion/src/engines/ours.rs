//! Our client and our meter, set up.

use gurux_dlms::security::{Key, Keyring, OwnCounter, Policy, Provider, Software, SystemTitle};
use gurux_dlms::session::link::{
    Buffers, ClientLink, ClientLinkConfig, MeterBuffers, MeterLink, MeterLinkConfig, Owned,
};
use gurux_dlms::session::meter::{Account, Entry, Memory, Meter, MeterCarrier, MeterConfig};
use gurux_dlms::session::{
    Authentication, Client, ClientCarrier, ClientConfig, Guard, Referencing, Secret, Seed, Stores,
    WrapperConfig, WrapperLink,
};
use gurux_dlms::table::class::ClassId;
use gurux_dlms::value::Data;
use gurux_dlms::wire::KeyId;
use gurux_framing::hdlc::{HdlcAddress, LinkParameters};
use gurux_value::Obis;

use super::{
    Carrier, ENERGY, LONG, Mechanism, Named, PASSWORD, REGISTER, SCRATCH, SWITCH, Setup, Wrong,
    long,
};

/// Our client.
pub type Reader = Client<Owned, Software>;

/// Messages have at most so many octets: what is long goes in blocks.
pub(super) const MAX_PDU: u16 = 512;
pub(super) const MAX_INFO: u16 = 512;
pub(super) const WINDOW: u8 = 7;

const PARAMETERS: LinkParameters = LinkParameters {
    max_info_transmit: MAX_INFO,
    max_info_receive: MAX_INFO,
    window_transmit: WINDOW,
    window_receive: WINDOW,
};

fn referencing(setup: &Setup) -> Referencing {
    if setup.is_short { Referencing::ShortNames } else { Referencing::LogicalNames }
}

fn authentication(setup: &Setup, password: &[u8]) -> Authentication {
    match setup.mechanism {
        Mechanism::Lowest => Authentication::Lowest,
        Mechanism::Low => Authentication::Low(Secret::new(password).expect("it is short")),
        Mechanism::Gmac => Authentication::Gmac,
    }
}

fn key(octets: &[u8; 16]) -> Key {
    Key::from_octets(octets).expect("its length is right")
}

/// Our client, that knows the short names.
#[must_use]
pub fn our_client(setup: &Setup) -> Reader {
    let [unicast, authentication_key] = setup.client_keys();
    let cipher = Software.cipher(&key(&unicast)).expect("a key");
    let keys = Keyring::new(cipher).with_authentication(key(&authentication_key));
    let mut guard = Guard::new(Software, keys, SystemTitle(*b"CLI\0\0\0\0\x01"));
    if setup.security != 0 {
        guard = guard.with_control(setup.control());
    }
    if setup.security == 0x20 {
        guard = guard.with_policy(Policy::DecryptUnverified);
    }
    let first = if setup.wrong == Some(Wrong::Counter) { 1 } else { 1_000 };
    let guard = guard.with_counter(OwnCounter::new(first, 1, ()));
    let config = ClientConfig {
        referencing: referencing(setup),
        max_pdu: MAX_PDU,
        uses_dedicated_key: setup.is_dedicated,
        ..ClientConfig::default()
    };
    let carrier = match setup.carrier {
        Carrier::Wrapper => {
            let config = WrapperConfig { own: 16, ..WrapperConfig::default() };
            ClientCarrier::wrapper(WrapperLink::new(config, Owned::new(4096), Owned::new(70_000)))
        }
        Carrier::Hdlc => {
            let config = ClientLinkConfig { parameters: PARAMETERS, ..ClientLinkConfig::default() };
            let client = HdlcAddress::of_client(16).expect("7 bits");
            let meter = HdlcAddress::of_client(1).expect("7 bits");
            ClientCarrier::hdlc(ClientLink::new(config, client, meter, Buffers::owned(70_000)))
        }
    };
    let (seed, stores) = (Seed::new([7; 32]), Stores::owned(4096, 65_536));
    let mut client =
        Client::new(config, authentication(setup, setup.password()), carrier, guard, seed, stores);
    for Named(short, class_id, name) in [REGISTER, LONG, SCRATCH, SWITCH] {
        client.name_object(short, class_id, Obis::new(name));
    }
    client
}

/// Our meter.
#[must_use]
pub fn our_meter(setup: &Setup) -> Meter<Memory, Software> {
    let mut memory = Memory::new();
    for Named(short, class_id, name) in [REGISTER, LONG, SCRATCH, SWITCH] {
        let entry = Entry::new(ClassId::new(class_id), 0, Obis::new(name)).at(short);
        memory.add(match class_id {
            3 => entry.with(2, &Data::DoubleLongUnsigned(ENERGY)),
            70 => {
                entry.with(2, &Data::Boolean(true)).with(3, &Data::Enum(1)).with(4, &Data::Enum(4))
            }
            _ if name == LONG.2 => entry.with(2, &Data::OctetString(long())),
            _ => entry.with(2, &Data::OctetString(b"scratch".to_vec())).writable(2),
        });
    }
    let [unicast, authentication_key] = setup.keys();
    memory.insert_key(KeyId::GLOBAL_UNICAST_ENCRYPTION, key(&unicast));
    memory.insert_key(KeyId::AUTHENTICATION, key(&authentication_key));
    let title = SystemTitle(*b"SIM\0\0\0\0\x01");
    let config = MeterConfig { max_pdu: MAX_PDU, window: 1, ..MeterConfig::new(title) };
    let carrier = match setup.carrier {
        Carrier::Wrapper => {
            let config = WrapperConfig { own: 1, peer: 0, ..WrapperConfig::default() };
            MeterCarrier::wrapper(WrapperLink::new(config, Owned::new(70_000), Owned::new(70_000)))
        }
        Carrier::Hdlc => {
            let config = MeterLinkConfig { parameters: PARAMETERS, ..MeterLinkConfig::default() };
            MeterCarrier::hdlc(MeterLink::new(config, MeterBuffers::owned(70_000)))
        }
    };
    let mut next = 0_u8;
    let challenges = move |octets: &mut [u8]| {
        for octet in octets {
            next = next.wrapping_mul(5).wrapping_add(17);
            *octet = next;
        }
    };
    let account = Account::new(referencing(setup), authentication(setup, PASSWORD));
    let account = account.with_required(setup.control());
    Meter::new(config, vec![account], Software, memory, carrier, challenges)
}
