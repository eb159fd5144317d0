//! The meter's side.

use gurux_dlms::security::Software;
use gurux_dlms::session::link::{MeterBuffers, MeterLink, MeterLinkConfig, Owned};
use gurux_dlms::session::meter::{Account, Entry, Memory, Meter, MeterCarrier, MeterConfig, Model};
use gurux_dlms::session::{
    Client, Identification, SignOnMeter, SignOnMeterConfig, WrapperConfig, WrapperLink,
};
use gurux_dlms::table::class::ClassId;
use gurux_dlms::value::Data;
use gurux_dlms::wire::KeyId;
use gurux_framing::Wire;
use gurux_framing::hdlc::LinkParameters;
use gurux_value::Obis;

use crate::side::{Carrier, METER, Setup};

pub(crate) const REGISTER: [u8; 6] = [1, 0, 1, 8, 0, 255];
pub(crate) const LONG: [u8; 6] = [0, 0, 96, 52, 0, 255];
pub(crate) const SCRATCH: [u8; 6] = [0, 0, 96, 60, 0, 255];
pub(crate) const PROFILE: [u8; 6] = [1, 0, 99, 1, 0, 255];
pub(crate) const SWITCH: [u8; 6] = [0, 0, 96, 3, 10, 255];

const OBJECTS: [(u16, ClassId, [u8; 6]); 5] = [
    (0x1000, ClassId::REGISTER, REGISTER),
    (0x1100, ClassId::DATA, LONG),
    (0x1200, ClassId::DATA, SCRATCH),
    (0x1300, ClassId::PROFILE_GENERIC, PROFILE),
    (0x1400, ClassId::DISCONNECT_CONTROL, SWITCH),
];

/// A value that many messages carry.
pub(crate) fn long() -> Vec<u8> {
    (0..2000_u16).map(|at| (at % 251) as u8).collect()
}

/// A row of the profile, as it is on the wire.
pub(crate) fn row(number: u32) -> Vec<u8> {
    let row = values(number);
    let mut octets = vec![0; row.wire_len()];
    row.emit_to_slice(&mut octets).expect("its length");
    octets
}

fn values(number: u32) -> Data {
    Data::structure([Data::DoubleLongUnsigned(number), Data::OctetString(vec![number as u8; 40])])
}

/// Tells a client what the objects are called in short.
pub(crate) fn names(client: &mut Client<Owned, Software>) {
    for (number, class_id, name) in OBJECTS {
        client.name_object(number, class_id.code(), Obis::new(name));
    }
}

pub(crate) fn meter(setup: &Setup) -> Meter<Memory, Software> {
    let mut memory = Memory::new();
    for (number, class_id, name) in OBJECTS {
        let version = u8::from(class_id == ClassId::PROFILE_GENERIC);
        let entry = Entry::new(class_id, version, Obis::new(name)).at(number);
        memory.add(match name {
            REGISTER => entry.with(2, &Data::DoubleLongUnsigned(1_249_750)),
            LONG => entry.with(2, &Data::OctetString(long())),
            SCRATCH => entry.with(2, &Data::OctetString(b"scratch".to_vec())).writable(2),
            SWITCH => {
                entry.with(2, &Data::Boolean(true)).with(3, &Data::Enum(1)).with(4, &Data::Enum(4))
            }
            _ => {
                let column = |attribute: i8| {
                    Data::structure([
                        Data::LongUnsigned(ClassId::DATA.code()),
                        Data::OctetString(SCRATCH.to_vec()),
                        Data::Integer(attribute),
                        Data::LongUnsigned(0),
                    ])
                };
                entry
                    .with(3, &Data::array([column(1), column(2)]))
                    .with(4, &Data::DoubleLongUnsigned(0))
                    .with(8, &Data::DoubleLongUnsigned(100))
            }
        });
    }
    for number in 0..100 {
        memory.add_row(Obis::new(PROFILE), &values(number));
    }
    meter_of(setup, memory)
}

/// A meter with these objects and the keys of the setup.
pub(crate) fn meter_of(setup: &Setup, mut memory: Memory) -> Meter<Memory, Software> {
    memory.insert_key(KeyId::GLOBAL_UNICAST_ENCRYPTION, setup.key(0));
    memory.insert_key(KeyId::AUTHENTICATION, setup.key(0xD0));
    meter_with(setup, memory)
}

/// A meter that serves this.
pub(crate) fn meter_with<M: Model>(setup: &Setup, model: M) -> Meter<M, Software> {
    let config =
        MeterConfig { max_pdu: setup.max_pdu, window: setup.window, ..MeterConfig::new(METER) };
    let carrier = if setup.carrier.is_hdlc() {
        let parameters = LinkParameters {
            max_info_transmit: setup.max_info,
            max_info_receive: setup.max_info,
            window_transmit: setup.window,
            window_receive: setup.window,
        };
        let config = MeterLinkConfig { parameters, ..MeterLinkConfig::default() };
        let carrier = MeterCarrier::hdlc(MeterLink::new(config, MeterBuffers::owned(70_000)));
        if setup.carrier == Carrier::ModeE {
            let identification = Identification::new(b"APA5\\2NORAX30").expect("it is one");
            carrier.with_sign_on(SignOnMeter::new(SignOnMeterConfig::new(identification)))
        } else {
            carrier
        }
    } else {
        let is_datagram = setup.carrier == Carrier::Udp;
        let config = WrapperConfig { own: 1, peer: 0, is_datagram, ..WrapperConfig::default() };
        MeterCarrier::wrapper(WrapperLink::new(config, Owned::new(70_000), Owned::new(70_000)))
    };
    let mut next = 0_u8;
    let challenges = move |octets: &mut [u8]| {
        for octet in octets {
            next = next.wrapping_mul(5).wrapping_add(17);
            *octet = next;
        }
    };
    let account = Account::new(setup.referencing(), setup.authentication(true));
    Meter::new(config, vec![account], Software, model, carrier, challenges)
}
