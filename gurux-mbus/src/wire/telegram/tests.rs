use std::vec;
use std::vec::Vec;

use gurux_framing::Shown;
use gurux_framing::laws::RangesWithin;

use super::*;
use crate::wire::{
    BaudRate, Body, CommunicationControl, Config, Header, MessageControl, Selection, Session,
    SessionNumber, ShortHeader, Status,
};

const METER: MeterAddress = MeterAddress::from_octets([0x78, 0x56, 0x34, 0x12, 0x2D, 0x2C, 1, 4]);
const RADIO: MeterAddress =
    MeterAddress::from_octets([0x11, 0x22, 0x33, 0x44, 0x24, 0x23, 2, 0x37]);
const GATEWAY: MeterAddress = MeterAddress::from_octets([9, 9, 9, 9, 0x93, 0x15, 3, 0x31]);
const RECORDS: &[u8] = &[0x0B, 0x03, 0x45, 0x23, 0x01];
const WIRED: Link = Link::Wired { control: CField::RSP_UD, address: AField(5) };
const WIRELESS: Link = Link::Wireless { control: CField::SND_NR, address: RADIO };

fn short(config: Config) -> ShortHeader {
    ShortHeader { access_number: 0x2A, status: Status::OK, config }
}

/// A telegram in clear, with records behind this CI field.
fn telegram(link: Link, ci: CiField, header: Header, payload: &[u8]) -> Telegram<'_> {
    Telegram {
        link,
        ell: None,
        nwl: None,
        afl: None,
        tpl: Some(Tpl::new(ci, header).unwrap()),
        payload,
        payload_offset: 0,
        sealed: None,
    }
}

fn emitted(telegram: &Telegram<'_>) -> Vec<u8> {
    let mut out = vec![0xA5; telegram.wire_len()];
    assert_eq!(telegram.emit_to_slice(&mut out), Ok(out.len()));
    out
}

fn read<'a>(link: Link, octets: &'a [u8]) -> Result<Telegram<'a>, WireError> {
    let visitor = || RangesWithin::new(7..octets.len() + 7);
    let (plain, explained) = match link {
        Link::Wireless { .. } => (
            Telegram::from_wireless(octets),
            Telegram::read_wireless(&mut Reader::explaining(octets, 7, visitor())),
        ),
        Link::Bare => (
            Telegram::from_user_data(octets),
            Telegram::read_user_data(&mut Reader::explaining(octets, 7, visitor())),
        ),
        _ => (
            Telegram::from_wired(octets),
            Telegram::read_wired(&mut Reader::explaining(octets, 7, visitor())),
        ),
    };
    if let (Ok(plain), Ok(explained)) = (&plain, &explained) {
        let payload_offset = explained.payload_offset.saturating_sub(7);
        assert_eq!(*plain, Telegram { payload_offset, ..*explained }, "a visitor changes nothing");
    }
    plain
}

/// Emits, reads back, compares, and cuts at every octet.
fn round_trip(telegram: &Telegram<'_>) {
    let octets = emitted(telegram);
    let back = read(telegram.link, &octets).unwrap();
    assert_eq!(Telegram { payload_offset: 0, ..back }, *telegram);
    assert_eq!(
        octets.get(back.payload_offset..).map(|rest| rest.starts_with(back.payload)),
        Some(true)
    );
    assert_eq!(emitted(&back), octets);
    for end in 0..octets.len() {
        let cut = read(telegram.link, &octets[..end]);
        assert!(cut.is_err() || telegram.link == Link::Bare, "{end} octets are taken for all");
        if let Err(error) = cut {
            assert!(error.offset <= end);
        }
        let mut room = vec![0; end];
        assert!(telegram.emit_to_slice(&mut room).is_err());
    }
}

#[test]
fn every_link_carries_every_header() {
    for link in [WIRED, WIRELESS, Link::Bare] {
        round_trip(&telegram(link, CiField::VARIABLE_DATA, Header::None, RECORDS));
        let header = Header::Short(short(Config::CLEAR));
        round_trip(&telegram(link, CiField::VARIABLE_DATA_SHORT, header, RECORDS));
        let header = Header::Long(METER, short(Config::CLEAR));
        round_trip(&telegram(link, CiField::VARIABLE_DATA_LONG, header, RECORDS));
        round_trip(&telegram(link, CiField::VARIABLE_DATA_MSB_FIRST, header, RECORDS));
        round_trip(&telegram(link, CiField::new(0xA2), Header::None, RECORDS));
        round_trip(&telegram(link, CiField::new(0x33), Header::None, RECORDS));
    }
}

#[test]
fn frames_without_user_data_are_telegrams_too() {
    let nothing = Telegram { tpl: None, ..telegram(Link::Ack, CiField::ALARM, Header::None, &[]) };
    let control = CField::REQ_UD2;
    for link in [Link::Ack, Link::Nack, Link::Short { control, address: AField(1) }, WIRELESS] {
        let telegram = Telegram { link, ..nothing };
        round_trip(&telegram);
        assert_eq!(telegram.body(), Body::Nothing);
    }
    assert_eq!(emitted(&Telegram { link: Link::Ack, ..nothing }), [0xE5]);
}

#[test]
fn all_layers_stand_in_their_order() {
    let header = Header::Long(METER, short(Config::mode_7(0, 0, 1)));
    let whole = Telegram {
        ell: Some(Ell {
            control: CommunicationControl(0x20),
            access_number: 7,
            kind: EllKind::Iii(GATEWAY),
        }),
        nwl: Some(Nwl::new(&[1, 2, 3]).unwrap()),
        afl: Some(
            Afl::EMPTY
                .with_message_control(MessageControl(0x25))
                .with_counter(1)
                .with_mac(&[7; 8])
                .unwrap(),
        ),
        ..telegram(WIRELESS, CiField::VARIABLE_DATA_LONG, header, RECORDS)
    };
    round_trip(&whole);
    let octets = emitted(&whole);
    let starts = [octets[10], octets[21], octets[26], octets[43]];
    assert_eq!(starts, [0x8E, 0x81, 0x90, 0x72]);
    assert_eq!(whole.meter(), Some(METER));
    assert_eq!(whole.addresses().collect::<Vec<_>>(), [METER, GATEWAY, RADIO]);
    assert_eq!(whole.access_number(), Some(0x2A));
}

#[test]
fn without_an_address_of_its_own_a_meter_has_that_of_the_radio() {
    let header = Header::Short(short(Config::CLEAR));
    let mut radio = telegram(WIRELESS, CiField::VARIABLE_DATA_SHORT, header, RECORDS);
    assert_eq!(radio.meter(), Some(RADIO));
    // From a gateway, the receiver is the meter.
    let control = CommunicationControl(0);
    radio.ell = Some(Ell { control, access_number: 1, kind: EllKind::Iii(METER) });
    assert_eq!(radio.meter(), Some(RADIO));
    radio.link = Link::Wireless { control: CField::SND_UD, address: GATEWAY };
    assert_eq!(radio.meter(), Some(METER));
    radio.link = Link::Bare;
    assert_eq!(radio.meter(), None);
    // Version and device type before the number.
    let octets = [0x78, 0x07, 0x11, 0x22, 0x24, 0x23, 0x33, 0x44];
    let turned = MeterAddress::from_octets(octets);
    radio = Telegram {
        ell: None,
        link: Link::Wireless { control: CField::SND_NR, address: turned },
        ..radio
    };
    let meant = turned.turned_around();
    assert_eq!(
        (radio.meter(), meant.map(|meter| meter.identification.0)),
        (meant, Some(0x4433_2211))
    );
    assert_eq!(radio.addresses().collect::<Vec<_>>(), [turned, meant.unwrap()]);
}

#[test]
fn an_encrypted_session_hides_all_behind_it() {
    let mut octets = vec![0x8D, 0x20, 0x01, 0x05, 0x00, 0x00, 0x20, 0xAB, 0xCD];
    octets.extend([0x78, 0x0B, 0x03]);
    let telegram = read(Link::Bare, &octets).unwrap();
    assert_eq!(telegram.sealed, Some(Sealed::Ell));
    assert_eq!((telegram.tpl, telegram.payload), (None, &octets[9..]));
    assert_eq!(telegram.body(), Body::Sealed(&octets[9..]));
    round_trip(&Telegram { payload_offset: 0, ..telegram });

    // The same in clear, as a receiver with the key passes it on: the CRC fits.
    let crc = en_13757(&octets[9..]).to_le_bytes();
    octets[7..9].copy_from_slice(&crc);
    let telegram = read(Link::Bare, &octets).unwrap();
    assert_eq!(telegram.sealed, None);
    assert_eq!(telegram.body(), Body::Records(&[0x0B, 0x03]));
}

#[test]
fn a_session_without_encryption_is_clear_whatever_its_crc() {
    let session = Session { number: SessionNumber(0x0000_0015), payload_crc: 0xABCD };
    let ell =
        Ell { control: CommunicationControl(0), access_number: 1, kind: EllKind::Ii(session) };
    let clear = Telegram {
        ell: Some(ell),
        ..telegram(WIRELESS, CiField::VARIABLE_DATA, Header::None, RECORDS)
    };
    round_trip(&clear);
    assert_eq!(clear.body(), Body::Records(RECORDS));
}

#[test]
fn a_link_layer_that_ends_nobody_knows_where_is_not_guessed_at() {
    let octets = [0x86, 0x20, 0x01, 0x00, 0x78, 0x2F];
    assert_eq!(read(Link::Bare, &octets).unwrap().body(), Body::Records(&[0x2F]));
    let octets = [0x86, 0x20, 0x01, 0x03, 0x78, 0x2F];
    let telegram = read(Link::Bare, &octets).unwrap();
    assert_eq!(telegram.sealed, Some(Sealed::Ell));
    assert_eq!(telegram.payload, [0x78, 0x2F]);
}

#[test]
fn a_configuration_says_how_much_is_encrypted() {
    let payload = [0x55; 40];
    let sealed = |config: Config, payload: &[u8]| {
        let header = Header::Short(short(config));
        let octets = emitted(&telegram(Link::Bare, CiField::VARIABLE_DATA_SHORT, header, payload));
        read(Link::Bare, &octets).unwrap().sealed
    };
    assert_eq!(sealed(Config::CLEAR, &payload), None);
    assert_eq!(sealed(Config::mode_5(2), &payload), Some(Sealed::Tpl { encrypted: 32 }));
    assert_eq!(sealed(Config::mode_5(3), &payload), Some(Sealed::Tpl { encrypted: 40 }));
    assert_eq!(sealed(Config::mode_5(0), &payload), None);
    assert_eq!(sealed(Config::mode_5(2), &[]), None);
    assert_eq!(sealed(Config::mode_10(0, 1, 9, 8), &payload), Some(Sealed::Tpl { encrypted: 32 }));
    assert_eq!(sealed(Config::new(0x1500), &payload), Some(Sealed::Unknown));
    // Fillers in clear: somebody opened it before.
    let mut opened = payload;
    opened[..2].copy_from_slice(&[0x2F, 0x2F]);
    assert_eq!(sealed(Config::mode_5(2), &opened), None);
    assert_eq!(sealed(Config::mode_10(0, 1, 9, 8), &opened), Some(Sealed::Tpl { encrypted: 32 }));
}

#[test]
fn a_mode_that_only_the_manufacturer_knows_may_be_clear() {
    let header = Header::Short(short(Config::new(0x1D7D)));
    let octets = emitted(&telegram(Link::Bare, CiField::VARIABLE_DATA_SHORT, header, RECORDS));
    let telegram = read(Link::Bare, &octets).unwrap();
    assert_eq!(telegram.sealed, Some(Sealed::Unknown));
    assert_eq!(telegram.body(), Body::Records(RECORDS));
}

/// What is encrypted is hardly ever taken for readings: of 2000 payloads of 32 octets, nine.
#[test]
fn what_the_manufacturer_encrypted_is_no_list_of_records() {
    let mut state = 1_u64;
    let mut octet = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let header = Header::Short(short(Config::new(0x0420)));
    let taken = (0..2_000).filter(|_| {
        let payload: [u8; 32] = core::array::from_fn(|_| octet());
        let message = telegram(Link::Bare, CiField::VARIABLE_DATA_SHORT, header, &payload);
        let octets = emitted(&message);
        let telegram = read(Link::Bare, &octets).unwrap();
        !matches!(telegram.body(), Body::Sealed(_))
    });
    assert_eq!(taken.count(), 9);
}

#[test]
fn a_fragment_is_kept_until_all_are_there() {
    let fragment = Telegram {
        afl: Some(Afl::fragment(1, true)),
        tpl: None,
        sealed: Some(Sealed::Fragment),
        ..telegram(WIRELESS, CiField::VARIABLE_DATA, Header::None, &[0x78, 0x0B])
    };
    round_trip(&fragment);
    let last = Telegram { afl: Some(Afl::fragment(2, false)), payload: &[0x13, 1, 2], ..fragment };
    round_trip(&last);

    let message = [0x78, 0x0B, 0x13, 1, 2, 3];
    let whole = fragment.reopen(&message).unwrap();
    assert_eq!((whole.sealed, whole.link, whole.afl), (None, WIRELESS, fragment.afl));
    assert_eq!(whole.body(), Body::Records(&[0x0B, 0x13, 1, 2, 3]));
}

#[test]
fn what_was_behind_an_encrypted_layer_is_read_in_its_place() {
    let session = Session { number: SessionNumber(0x2000_0015), payload_crc: 0 };
    let kind = EllKind::Ii(session);
    let sealed = Telegram {
        ell: Some(Ell { control: CommunicationControl(0), access_number: 1, kind }),
        tpl: None,
        sealed: Some(Sealed::Ell),
        ..telegram(WIRELESS, CiField::VARIABLE_DATA, Header::None, &[1, 2, 3])
    };
    let opened = sealed.reopen(&[0x90, 0x02, 0x00, 0x00, 0x78, 0x2F]).unwrap();
    assert_eq!((opened.ell, opened.afl), (sealed.ell, Some(Afl::EMPTY)));
    assert_eq!(opened.body(), Body::Records(&[0x2F]));
    assert_eq!(opened.payload_offset, 5);
}

#[test]
fn a_radio_telegram_is_never_fixed_data() {
    let fixed = [0x73; 17];
    let wired = Telegram::from_user_data(&fixed).unwrap();
    assert_eq!(wired.body(), Body::FixedData { octets: &fixed[1..], msb_first: false });
    let mut octets = vec![26, 0x44];
    octets.extend(RADIO.link_octets());
    octets.extend(fixed);
    let radio = Telegram::from_wireless(&octets).unwrap();
    assert!(matches!(radio.tpl.map(|tpl| tpl.header()), Some(Header::Long(..))));
}

#[test]
fn a_radio_telegram_that_is_too_long_is_not_emitted() {
    let payload = [0; 246];
    let long = telegram(WIRELESS, CiField::VARIABLE_DATA, Header::None, &payload);
    let mut room = [0; 300];
    let error = long.emit_to_slice(&mut room).unwrap_err();
    assert_eq!(error.kind, WireErrorKind::Limit { max: 246 });
    round_trip(&Telegram { payload: &payload[1..], ..long });
}

#[test]
fn a_body_is_what_the_ci_field_says() {
    let body = |user_data: &'static [u8]| Telegram::from_user_data(user_data).unwrap().body();
    assert_eq!(body(&[]), Body::Nothing);
    assert_eq!(body(&[0x50]), Body::ApplicationReset { sub_code: None });
    assert!(matches!(body(&[0x50, 0x10]), Body::ApplicationReset { sub_code: Some(_) }));
    assert_eq!(body(&[0x50, 1, 2, 3]), Body::Unknown(&[1, 2, 3]));
    assert_eq!(body(&[0x51, 0x01, 0x7A, 5]), Body::Records(&[0x01, 0x7A, 5]));
    let selection = [0x52, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
    let selected = Telegram::from_user_data(&selection).unwrap().body();
    assert_eq!(selected, Body::Selection(Selection::ANY));
    assert_eq!(body(&[0x52, 1]), Body::Unknown(&[1]));
    assert_eq!(body(&[0x54]), Body::RequestSelectedApplication);
    assert_eq!(body(&[0x5C]), Body::Synchronise);
    assert_eq!(body(&[0x66, 0x10]), Body::SelectedApplication(&[0x10]));
    assert_eq!(body(&[0x69, 1]), Body::FormatFrame(&[1]));
    assert!(matches!(body(&[0x70, 8]), Body::ApplicationError(_)));
    assert!(matches!(body(&[0x71, 8]), Body::Alarm(_)));
    assert_eq!(body(&[0x79, 1, 2, 3, 4]), Body::CompactFrame(&[1, 2, 3, 4]));
    assert_eq!(body(&[0xBB]), Body::SetBaudRate(BaudRate::B2400));
    assert_eq!(body(&[0xA2, 9]), Body::Manufacturer(&[9]));
    assert_eq!(body(&[0x20, 9]), Body::Unknown(&[9]));
    let dlms = Body::Dlms { ci: CiField::new(0x10), octets: &[1, 0x67, 0xDB] };
    assert_eq!(body(&[0x10, 1, 0x67, 0xDB]), dlms);
    let cosem = Body::Dlms { ci: CiField::COSEM_SHORT, octets: &[0xC0] };
    assert_eq!(body(&[0x7D, 1, 0, 0, 0, 0xC0]), cosem);
    assert_eq!(body(&[0x8A, 1, 0, 0, 0]), Body::Nothing);
    let mut clock = vec![0x6C];
    clock.extend(METER.octets());
    clock.extend([1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6]);
    let Body::ClockSync(sync) = Telegram::from_user_data(&clock).unwrap().body() else { panic!() };
    assert_eq!((sync.is_relative(), sync.control()), (false, Some(0)));
    assert_eq!(sync.time(), [1, 2, 3, 4, 5, 6]);
}

/// The names of the fields that a visitor is told of, those of groups with a colon.
fn told(user_data: &[u8]) -> std::string::String {
    #[derive(Default)]
    struct Names(Vec<std::string::String>);
    impl Visit for &mut Names {
        fn field(&mut self, _: core::ops::Range<usize>, name: &'static str, _: Shown<'_>) {
            self.0.push(name.into());
        }
        fn structure(&mut self, _: core::ops::Range<usize>, _: &'static str, _: Shown<'_>) {}
        fn enter_group(&mut self, _: usize, name: &'static str) {
            self.0.push(std::format!("{name}:"));
        }
        fn enter_list(&mut self, _: usize, name: &'static str) {
            self.enter_group(0, name);
        }
        fn leave(&mut self, _: usize) {}
    }
    let mut names = Names::default();
    Telegram::read_user_data(&mut Reader::explaining(user_data, 0, &mut names)).unwrap();
    names.0.join(" ")
}

#[test]
fn a_visitor_is_told_of_every_layer_and_of_what_is_in_the_payload() {
    let records = told(&[0x78, 0x0B, 0x03, 0x45, 0x23, 0x01]);
    assert!(
        records.starts_with("transport layer: control information records: record:"),
        "{records}"
    );
    assert_eq!(
        told(&[0x8C, 0, 1, 0x7A, 2, 0, 0, 0, 0x2F]),
        "extended link layer: control information communication control access number \
         transport layer: control information access number status configuration records: idle filler",
    );
    assert_eq!(
        told(&[0x70, 0x08, 1]),
        "transport layer: control information application error payload",
    );
    assert_eq!(told(&[0x50, 0x10]), "transport layer: control information sub-code");
    assert_eq!(
        told(&[0x52, 1, 2, 3, 4, 5, 6, 7, 8]),
        "transport layer: control information \
         selection: identification manufacturer version device type",
    );
    assert_eq!(told(&[0x52, 1]), "transport layer: control information payload");
    // What is sealed is told as it is.
    let sealed = told(&[0x7A, 2, 0, 0x10, 0x05, 0x55, 0x55]);
    assert!(sealed.ends_with("configuration payload"), "{sealed}");
}
