//! The laws of every wire type, on values of every shape.
#![expect(clippy::unwrap_used, reason = "tests")]

use gurux_framing::{Reader, Wire, wire_laws};
use gurux_mbus::Error;
use gurux_mbus::wire::{
    AField, Afl, ApplicationSubCode, BaudRate, CField, CiField, Command, CommunicationControl,
    Config, DeviceType, Ell, EllKind, Header, Identification, KeyInformation, Link, LinkFrame,
    Manufacturer, MessageControl, MeterAddress, Nwl, Sealed, Selection, Session, SessionNumber,
    ShortHeader, Status, Telegram, Tpl, WirelessFrame,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

fn address() -> impl Strategy<Value = MeterAddress> {
    any::<[u8; 8]>().prop_map(MeterAddress::from_octets)
}

fn config() -> impl Strategy<Value = Config> {
    (any::<u16>(), any::<u16>(), option::of(any::<u32>()), option::of(any::<u8>())).prop_map(
        |(word, extension, counter, key_version)| {
            Config::new(word).with_extension(extension, counter, key_version)
        },
    )
}

fn short_header() -> impl Strategy<Value = ShortHeader> {
    (any::<[u8; 2]>(), config()).prop_map(|([access_number, status], config)| ShortHeader {
        access_number,
        status: Status(status),
        config,
    })
}

fn session() -> impl Strategy<Value = Session> {
    (any::<u32>(), any::<u16>())
        .prop_map(|(number, payload_crc)| Session { number: SessionNumber(number), payload_crc })
}

fn ell() -> impl Strategy<Value = Ell> {
    let kind = prop_oneof![
        Just(EllKind::I),
        session().prop_map(EllKind::Ii),
        address().prop_map(EllKind::Iii),
        (address(), session()).prop_map(|(address, session)| EllKind::Iv(address, session)),
        any::<u8>().prop_map(|extended_control| EllKind::V { extended_control }),
    ];
    (any::<[u8; 2]>(), kind).prop_map(|([control, access_number], kind)| Ell {
        control: CommunicationControl(control),
        access_number,
        kind,
    })
}

/// A telegram borrows: this is what one is made of.
#[derive(Clone, Debug)]
struct Parts {
    link: Link,
    ell: Option<Ell>,
    nwl: Option<Vec<u8>>,
    afl: Option<AflParts>,
    ci: u8,
    address: MeterAddress,
    header: ShortHeader,
    payload: Vec<u8>,
}

#[derive(Clone, Debug)]
struct AflParts {
    fragment_id: u8,
    more_fragments: bool,
    message_control: Option<u8>,
    key_information: Option<u16>,
    counter: Option<u32>,
    mac: Option<[u8; 16]>,
    message_length: Option<u16>,
}

impl AflParts {
    fn afl(&self) -> Afl<'_> {
        let mut afl = Afl::fragment(self.fragment_id, self.more_fragments);
        let mut mac_len = Afl::MAX_MAC;
        if let Some(control) = self.message_control.map(MessageControl) {
            afl = afl.with_message_control(control);
            mac_len = control.mac_len().unwrap_or(mac_len);
        }
        if let Some(key_information) = self.key_information {
            afl = afl.with_key_information(KeyInformation(key_information));
        }
        if let Some(counter) = self.counter {
            afl = afl.with_counter(counter);
        }
        if let Some(mac) = &self.mac {
            afl = afl.with_mac(mac.get(..mac_len).unwrap()).unwrap();
        }
        match self.message_length {
            Some(message_length) => afl.with_message_length(message_length),
            None => afl,
        }
    }
}

fn afl_parts() -> impl Strategy<Value = AflParts> {
    let fields = (
        option::of(any::<u8>()),
        option::of(any::<u16>()),
        option::of(any::<u32>()),
        option::of(any::<[u8; 16]>()),
        option::of(any::<u16>()),
    );
    (prop_oneof![Just(0), any::<u8>()], any::<bool>(), fields).prop_map(
        |(fragment_id, more_fragments, fields)| {
            let (message_control, key_information, counter, mac, message_length) = fields;
            AflParts {
                fragment_id,
                more_fragments,
                message_control,
                key_information,
                counter,
                mac,
                message_length,
            }
        },
    )
}

fn link() -> impl Strategy<Value = Link> {
    prop_oneof![
        any::<[u8; 2]>().prop_map(|[control, address]| Link::Wired {
            control: CField(control),
            address: AField(address),
        }),
        (any::<u8>(), address())
            .prop_map(|(control, address)| Link::Wireless { control: CField(control), address }),
        Just(Link::Bare),
    ]
}

fn parts() -> impl Strategy<Value = Parts> {
    let layers = (option::of(ell()), option::of(vec(any::<u8>(), 0..20)), option::of(afl_parts()));
    let tpl = (any::<u8>(), address(), short_header(), vec(any::<u8>(), 1..100));
    (link(), layers, tpl).prop_map(|(link, (ell, nwl, afl), (ci, address, header, payload))| {
        Parts { link, ell, nwl, afl, ci, address, header, payload }
    })
}

impl Parts {
    fn telegram(&self) -> Telegram<'_> {
        let ci = match CiField::new(self.ci) {
            // These announce other layers than the one they would stand in.
            CiField::ELL_I
            | CiField::ELL_II
            | CiField::ELL_III
            | CiField::ELL_IV
            | CiField::ELL_V
            | CiField::NWL
            | CiField::AFL => CiField::VARIABLE_DATA,
            ci => ci,
        };
        let headers =
            [Header::Long(self.address, self.header), Header::Short(self.header), Header::None];
        let tpl = headers.into_iter().find_map(|header| Tpl::new(ci, header).ok());
        Telegram {
            link: self.link,
            ell: self.ell,
            nwl: self.nwl.as_deref().and_then(|octets| Nwl::new(octets).ok()),
            afl: self.afl.as_ref().map(AflParts::afl),
            tpl,
            payload: &self.payload,
            payload_offset: 0,
            sealed: None,
        }
    }
}

fn read<'a>(link: Link, octets: &'a [u8]) -> Result<Telegram<'a>, gurux_framing::WireError> {
    match link {
        Link::Wireless { .. } => Telegram::from_wireless(octets),
        Link::Bare => Telegram::from_user_data(octets),
        _ => Telegram::from_wired(octets),
    }
}

proptest! {
    #[test]
    fn addresses(address in address()) {
        wire_laws!(MeterAddress, address, self_delimiting);
        let back = MeterAddress::read_link_order(&mut Reader::new(&address.link_octets()));
        assert_eq!(back, Ok(address));
        assert_eq!(address.to_string().parse(), Ok(address));
        let octets = address.octets().map(|octet| format!("{octet:02x}")).concat();
        assert_eq!(octets.parse(), Ok(address));
    }

    #[test]
    fn texts_that_are_no_addresses(text in "[0-9A-Fa-f ]{0,20}|\\PC{0,20}") {
        if let Ok(address) = text.parse::<MeterAddress>() {
            assert_eq!(address.to_string().parse(), Ok(address));
        }
        let _ = text.parse::<Manufacturer>();
        let _ = text.parse::<Identification>();
    }

    #[test]
    fn link_frames(
        control in any::<u8>(),
        address in any::<u8>(),
        user_data in vec(any::<u8>(), 0..700),
    ) {
        let (control, address) = (CField(control), AField(address));
        let short = LinkFrame::Short { control, address };
        let mut out = [0; 5];
        short.emit_to_slice(&mut out).unwrap();
        if LinkFrame::from_bytes(&out).is_ok() {
            wire_laws!(LinkFrame<'_>, short, self_delimiting);
        }
        let long = LinkFrame::Long { control, address, user_data: &user_data };
        let mut out = vec![0; long.wire_len()];
        long.emit_to_slice(&mut out).unwrap();
        assert_eq!(LinkFrame::from_bytes(&out), Ok(long));
        if user_data.len() <= LinkFrame::MAX_USER_DATA {
            wire_laws!(LinkFrame<'_>, long, self_delimiting);
        }
    }

    #[test]
    fn wireless_frames(
        control in any::<u8>(),
        address in address(),
        user_data in vec(any::<u8>(), 0..260),
    ) {
        match WirelessFrame::new(CField(control), address, &user_data) {
            Ok(frame) => wire_laws!(WirelessFrame<'_>, frame, self_delimiting),
            Err(error) => {
                assert!(matches!(error, Error::Quantity { found: 247.., max: 246, .. }));
            }
        }
    }

    #[test]
    fn layers(ell in ell(), afl in afl_parts(), nwl in vec(any::<u8>(), 0..260)) {
        wire_laws!(Ell, ell, self_delimiting);
        if let Some(session) = ell.session() {
            wire_laws!(Session, session, self_delimiting);
        }
        wire_laws!(Afl<'_>, afl.afl(), self_delimiting);
        if let Ok(nwl) = Nwl::new(&nwl) {
            wire_laws!(Nwl<'_>, nwl, self_delimiting);
        }
    }

    #[test]
    fn transport_layers(ci in any::<u8>(), address in address(), header in short_header()) {
        wire_laws!(Config, header.config, self_delimiting);
        wire_laws!(ShortHeader, header, self_delimiting);
        for header in [Header::None, Header::Short(header), Header::Long(address, header)] {
            // With a configuration of this length, a long header is as long as fixed data are.
            let looks_fixed = ci == 0x73 && matches!(header, Header::Long(_, header)
                if header.wire_len() == 8);
            match Tpl::new(CiField::new(ci), header) {
                Ok(tpl) if !looks_fixed => wire_laws!(Tpl, tpl),
                _ => {}
            }
        }
    }

    #[test]
    fn selections(address in address(), number in option::of(any::<u32>())) {
        let fabrication_number = number.map(Identification);
        let selection = Selection { address, fabrication_number };
        wire_laws!(Selection, selection);
        wire_laws!(Command<'_>, Command::Select(selection));
        assert!(selection.matches_with(&address, fabrication_number));
        assert_eq!(selection.to_string().parse(), Ok(selection));
    }

    #[test]
    fn commands(octet in any::<u8>(), records in vec(any::<u8>(), 4..40)) {
        for command in [
            Command::ApplicationReset { sub_code: Some(ApplicationSubCode(octet)) },
            Command::SetPrimaryAddress(AField(octet)),
            Command::Records(&records),
        ] {
            wire_laws!(Command<'_>, command);
        }
        for rate in BaudRate::ALL {
            wire_laws!(Command<'_>, Command::SetBaudRate(rate), self_delimiting);
        }
    }

    #[test]
    fn telegrams(parts in parts()) {
        let telegram = parts.telegram();
        let mut octets = vec![0; telegram.wire_len()];
        match telegram.emit_to_slice(&mut octets) {
            Ok(len) => assert_eq!(len, octets.len()),
            Err(_) => return Ok(()),
        }
        let back = read(parts.link, &octets).unwrap();
        // Where something is sealed, the walk ends before the transport layer; the octets are the same
        // in any case.
        let mut again = vec![0; back.wire_len()];
        back.emit_to_slice(&mut again).unwrap();
        assert_eq!(again, octets);
        assert_eq!((back.link, back.ell), (telegram.link, telegram.ell));
        if back.tpl == telegram.tpl && back.tpl.is_some() {
            assert_eq!((back.nwl, back.afl, back.payload), (telegram.nwl, telegram.afl, telegram.payload));
        }
        let behind = octets.get(back.payload_offset..).unwrap();
        assert!(behind.starts_with(back.payload));
        if let Some(Sealed::Tpl { encrypted }) = back.sealed {
            assert!((1..=back.payload.len()).contains(&encrypted));
        }
        let _ = back.body();
        for end in 0..octets.len() {
            let cut = octets.get(..end).unwrap();
            assert!(parts.link == Link::Bare || read(parts.link, cut).is_err());
        }
    }

    #[test]
    fn any_octets(octets in vec(any::<u8>(), 0..80)) {
        for read in [Telegram::from_wired, Telegram::from_wireless, Telegram::from_user_data] {
            let Ok(telegram) = read(&octets) else { continue };
            let mut again = vec![0; telegram.wire_len()];
            telegram.emit_to_slice(&mut again).unwrap();
            assert_eq!(again, octets);
            let _ = (telegram.body(), telegram.meter(), telegram.addresses().count());
        }
        let _ = Command::from_bytes(&octets);
    }

    #[test]
    fn codes(code in any::<u8>()) {
        assert_eq!(CiField::new(code).code(), code);
        assert_eq!(DeviceType::new(code).code(), code);
        let control = CField(code);
        assert_eq!(control.with_fcb(control.0 & 0x20 != 0), control);
        let _ = (control.direction(), control.to_string(), Status(code).to_string());
    }
}
