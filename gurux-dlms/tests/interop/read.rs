//! What is asked of the meter, and what it must say.

use core::time::Duration;

use gurux_dlms::security::{
    Key, Keyring, OwnCounter, Provider, Software, SoftwareCipher, SystemTitle,
};
use gurux_dlms::session::link::{Buffers, ClientLink, ClientLinkConfig, Owned};
use gurux_dlms::session::{
    Access, Authentication, CallId, Client, ClientCarrier, ClientConfig, ClientEvent, CounterFrom,
    Failure, Form, Guard, Referencing, Secret, Seed, SignOn, SignOnConfig, Stores, WrapperConfig,
    WrapperLink,
};
use gurux_dlms::value::Data;
use gurux_dlms::wire::{
    AttributeDescriptor, Conformance, DataAccessResult, DataRef, EntryDescriptor, MethodDescriptor,
    RangeDescriptor, SecurityControl, SelectiveAccess, Sequence,
};
use gurux_framing::Wire;
use gurux_framing::hdlc::{HdlcAddress, LinkParameters};
use gurux_media::Media;
use gurux_media::drive::{Driven, Driver};
use gurux_media::settings::TcpSettings;
use gurux_media::tcp::Tcp;

/// How a meter is set up and read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    is_hdlc: bool,
    has_sign_on: bool,
    is_short: bool,
    mechanism: &'static str,
    /// 0, 0x10, 0x20, 0x30.
    security: u8,
    suite: u8,
    form: Form,
    is_dedicated: bool,
    max_pdu: u16,
    has_gbt: bool,
    window: u8,
    reads_counter: bool,
}

const PLAIN: Setup = Setup {
    is_hdlc: false,
    has_sign_on: false,
    is_short: false,
    mechanism: "none",
    security: 0,
    suite: 0,
    form: Form::Service,
    is_dedicated: false,
    max_pdu: 1024,
    has_gbt: false,
    window: 1,
    reads_counter: false,
};

const MECHANISMS: [&str; 6] = ["none", "low", "md5", "sha1", "gmac", "sha256"];

/// Every combination that says something of its own.
pub(crate) fn setups() -> Vec<Setup> {
    let mut setups = Vec::new();
    for is_short in [false, true] {
        for is_hdlc in [false, true] {
            let base = Setup { is_short, is_hdlc, ..PLAIN };
            for mechanism in MECHANISMS {
                setups.push(Setup { mechanism, ..base });
            }
            for suite in [0, 1, 2] {
                for security in [0x10, 0x20, 0x30] {
                    setups.push(Setup { suite, security, mechanism: "gmac", ..base });
                }
            }
            setups.push(Setup { security: 0x30, mechanism: "sha256", suite: 2, ..base });
            setups.push(Setup { security: 0x30, mechanism: "low", ..base });
            setups.push(Setup { security: 0x30, form: Form::General, ..base });
            setups.push(Setup { max_pdu: 128, ..base });
            setups.push(Setup { max_pdu: 200, security: 0x30, mechanism: "gmac", ..base });
        }
    }
    for is_hdlc in [false, true] {
        let base = Setup { is_hdlc, ..PLAIN };
        for form in [Form::Service, Form::General] {
            setups.push(Setup { security: 0x30, form, is_dedicated: true, ..base });
        }
        for window in [1, 5] {
            setups.push(Setup { has_gbt: true, max_pdu: 256, window, ..base });
            let security = 0x30;
            setups.push(Setup { has_gbt: true, max_pdu: 256, window, security, ..base });
        }
        setups.push(Setup { security: 0x30, mechanism: "gmac", reads_counter: true, ..base });
    }
    setups.push(Setup { is_hdlc: true, window: 3, ..PLAIN });
    setups.push(Setup { is_hdlc: true, has_sign_on: true, ..PLAIN });
    setups
}

type Reader = Client<Owned, Software>;

impl Setup {
    pub(crate) fn name(&self) -> String {
        let Self { mechanism, security, suite, max_pdu, window, .. } = self;
        let mut name = String::new();
        for (is_on, text) in [
            (!self.is_short, "ln"),
            (self.is_short, "sn"),
            (self.is_hdlc, "hdlc"),
            (!self.is_hdlc, "wrapper"),
            (self.has_sign_on, "mode-e"),
            (self.has_gbt, "gbt"),
            (self.is_dedicated, "dedicated"),
            (self.form == Form::General, "general"),
            (self.reads_counter, "counter"),
        ] {
            if is_on {
                name += text;
                name += " ";
            }
        }
        name + &format!("{mechanism} {security:02x} suite {suite} pdu {max_pdu} window {window}")
    }

    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        let mut say = |option: &str, value: &str| {
            arguments.push(format!("--{option}"));
            if !value.is_empty() {
                arguments.push(value.to_owned());
            }
        };
        say("port", "0");
        say("framing", if self.is_hdlc { "hdlc" } else { "wrapper" });
        say("referencing", if self.is_short { "sn" } else { "ln" });
        say("suite", &self.suite.to_string());
        say("max-pdu", &self.max_pdu.to_string());
        say("window", &self.window.to_string());
        if self.has_gbt {
            say("gbt", "");
        }
        if self.security != 0 {
            say("require-ciphering", "");
        }
        arguments
    }

    fn client(&self, password: &[u8], secret: &[u8], key_fault: u8) -> Reader {
        let key = |first: u8| {
            let len = if self.suite == 2 { 32 } else { 16 };
            let mut octets: Vec<u8> = (first..first + len).collect();
            octets[0] ^= key_fault;
            Key::from_octets(&octets).expect("its length fits")
        };
        let cipher: SoftwareCipher = Software.cipher(&key(0)).expect("a key");
        let keys = Keyring::new(cipher).with_authentication(key(0xD0));
        let control = SecurityControl::new(self.security | self.suite);
        let mut guard = Guard::new(Software, keys, SystemTitle(*b"CLI\0\0\0\0\x01"));
        if self.security != 0 {
            guard = guard.with_control(control).with_form(self.form);
        }
        if self.security == 0x20 {
            guard = guard.with_policy(gurux_dlms::security::Policy::DecryptUnverified);
        }
        let guard = guard.with_counter(OwnCounter::new(1, 1, ()));
        let hidden = |octets| Secret::new(octets).expect("short enough");
        let authentication = match self.mechanism {
            "low" => Authentication::Low(hidden(password)),
            "md5" => Authentication::Md5(hidden(secret)),
            "sha1" => Authentication::Sha1(hidden(secret)),
            "gmac" => Authentication::Gmac,
            "sha256" => Authentication::Sha256(hidden(secret)),
            _ => Authentication::Lowest,
        };
        let referencing =
            if self.is_short { Referencing::ShortNames } else { Referencing::LogicalNames };
        let services = referencing.services();
        let without_gbt = services.bits() & !Conformance::GENERAL_BLOCK_TRANSFER.bits();
        let config = ClientConfig {
            referencing,
            conformance: (!self.has_gbt).then_some(Conformance::from_bits(without_gbt)),
            max_pdu: self.max_pdu,
            uses_dedicated_key: self.is_dedicated,
            counter_from: self.reads_counter.then(CounterFrom::default),
            block_window: self.window,
            ..ClientConfig::default()
        };
        Client::new(
            config,
            authentication,
            self.carrier(),
            guard,
            Seed::new([7; 32]),
            Stores::owned(4096, 65_536),
        )
    }

    fn carrier(&self) -> ClientCarrier {
        let number = if self.security == 0 { 16 } else { 1 };
        if !self.is_hdlc {
            let config = WrapperConfig { own: number.into(), ..WrapperConfig::default() };
            let link = WrapperLink::new(config, Owned::new(4096), Owned::new(4096));
            return ClientCarrier::wrapper(link);
        }
        let mut parameters = LinkParameters::DEFAULT;
        parameters.window_transmit = self.window;
        parameters.window_receive = self.window;
        let config = ClientLinkConfig { parameters, ..ClientLinkConfig::default() };
        let client = HdlcAddress::of_client(number).expect("7 bits");
        let meter = HdlcAddress::of_client(1).expect("7 bits");
        let carrier =
            ClientCarrier::hdlc(ClientLink::new(config, client, meter, Buffers::owned(4096)));
        if self.has_sign_on {
            return carrier.with_sign_on(SignOn::new(SignOnConfig::default()));
        }
        carrier
    }
}

fn attribute(class_id: u16, obis: &str, attribute_id: i8) -> AttributeDescriptor {
    let instance_id = obis.parse().expect("an OBIS code");
    AttributeDescriptor { class_id, instance_id, attribute_id }
}

fn method(class_id: u16, obis: &str, method_id: i8) -> MethodDescriptor {
    MethodDescriptor { class_id, instance_id: obis.parse().expect("an OBIS code"), method_id }
}

/// A client at work.
struct Desk {
    client: Reader,
    driver: Driver,
    tcp: Tcp,
}

type Answers = Vec<Result<Vec<u8>, DataAccessResult>>;

impl Desk {
    fn new(client: Reader, port: u16) -> Result<Self, String> {
        let mut tcp = Tcp::new(TcpSettings::new("127.0.0.1", port));
        tcp.open().map_err(|error| error.to_string())?;
        Ok(Self { client, driver: Driver::new(), tcp })
    }

    /// Drives the order to its end: the answer to each item, and each row.
    fn run(&mut self, call: CallId) -> Result<(Answers, Answers), String> {
        self.end(call).map_err(|failure| failure.map_or("no end".into(), |f| f.to_string()))
    }

    fn end(&mut self, call: CallId) -> Result<(Answers, Answers), Option<Failure>> {
        let (mut answers, mut rows) = (Vec::new(), Vec::new());
        let until = self.tcp.now() + Duration::from_secs(40);
        loop {
            let driven = self.driver.drive(&mut self.client, &mut self.tcp, until);
            match driven.map_err(|_| None)? {
                Driven::Event(ClientEvent::Value { call: of, index }) => {
                    assert_eq!((of, index), (call, answers.len()));
                    if let Err(code) = self.client.value() {
                        assert_ne!(code, DataAccessResult::OTHER_REASON);
                    }
                    answers.push(self.client.value_octets().map(<[u8]>::to_vec));
                }
                Driven::Event(ClientEvent::Row { call: of, number }) => {
                    assert_eq!((of, number), (call, rows.len()));
                    rows.push(self.client.value_octets().map(<[u8]>::to_vec));
                }
                Driven::Event(ClientEvent::Done { call: of }) => {
                    assert_eq!(of, call);
                    return Ok((answers, rows));
                }
                Driven::Event(ClientEvent::Failed { call: of, failure }) => {
                    assert_eq!(of, call);
                    return Err(Some(failure));
                }
                Driven::Event(_) => {}
                Driven::Deadline | Driven::Closed => return Err(None),
            }
        }
    }

    fn read(&mut self, attribute: AttributeDescriptor) -> Result<Vec<u8>, String> {
        let call = self.client.get(attribute).map_err(|error| error.to_string())?;
        let (answers, _) = self.run(call)?;
        let [answer] = &answers[..] else { return Err(format!("{} answers", answers.len())) };
        answer.clone().map_err(|code| code.to_string())
    }
}

fn same<T: PartialEq + core::fmt::Debug>(
    what: &str,
    found: &T,
    expected: &T,
) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: {found:?} instead of {expected:?}"))
}

fn encoded(value: DataRef<'_>) -> Vec<u8> {
    let mut octets = vec![0; value.wire_len()];
    value.emit_to_slice(&mut octets).expect("its length");
    octets
}

/// Everything that the meter has and does.
pub(crate) fn all(setup: &Setup, port: u16) -> Result<(), String> {
    let client = setup.client(b"12345678", b"hls-secret-00001", 0);
    let mut desk = Desk::new(client, port)?;
    values(&mut desk).map_err(|error| format!("values: {error}"))?;
    lists(&mut desk).map_err(|error| format!("lists: {error}"))?;
    rows(&mut desk).map_err(|error| format!("rows: {error}"))?;
    writes(&mut desk).map_err(|error| format!("writes: {error}"))?;
    methods(&mut desk).map_err(|error| format!("methods: {error}"))?;
    if !setup.is_short {
        access(&mut desk).map_err(|error| format!("access: {error}"))?;
    }
    let call = desk.client.release().map_err(|error| error.to_string())?;
    desk.run(call).map_err(|error| format!("release: {error}"))?;
    // Once more, over the same connection; but under the same key this meter counts from 1 again. Where it has
    // answered a fresh challenge that is no repetition; otherwise no client may take it.
    let again = desk.read(attribute(3, "1.0.1.8.0.255", 2));
    if setup.security == 0 || !matches!(setup.mechanism, "none" | "low") {
        again.map_err(|error| format!("again: {error}"))?;
    } else {
        same("its counters again", &again.is_err(), &true)?;
    }
    refusals(setup, port)
}

fn values(desk: &mut Desk) -> Result<(), String> {
    for (class, obis, attribute_id, expected) in [
        (1, "0.0.42.0.0.255", 2, Data::OctetString(b"SIM0000000000001".to_vec())),
        (3, "1.0.1.8.0.255", 2, Data::DoubleLongUnsigned(1_249_750)),
        (3, "1.0.2.8.0.255", 2, Data::DoubleLongUnsigned(4321)),
        (3, "1.0.1.8.1.255", 2, Data::Long64Unsigned(9_007_199_254_740_993)),
        (3, "1.0.1.7.0.255", 2, Data::DoubleLong(-1463)),
        (3, "1.0.13.7.0.255", 2, Data::Long(-987)),
        (3, "1.0.14.7.0.255", 2, Data::Float32(50.0625)),
    ] {
        let octets = desk.read(attribute(class, obis, attribute_id))?;
        let data = DataRef::from_bytes(&octets).map(Data::from).map_err(|e| e.to_string())?;
        same(obis, &data, &expected)?;
    }
    for number in 0..=22 {
        let obis = format!("0.0.96.51.{number}.255");
        let octets = desk.read(attribute(1, &obis, 2)).map_err(|e| format!("{obis}: {e}"))?;
        DataRef::from_bytes(&octets).map_err(|error| format!("{obis}: {error}"))?;
    }
    let large = desk.read(attribute(1, "0.0.96.52.0.255", 2))?;
    let expected: Vec<u8> = (0..5000_u32).map(|number| (number % 251) as u8).collect();
    same("the large one", &large, &encoded(DataRef::OctetString(&expected)))
}

fn lists(desk: &mut Desk) -> Result<(), String> {
    let items = [
        attribute(3, "1.0.1.8.0.255", 2).into(),
        attribute(3, "1.0.2.8.0.255", 3).into(),
        attribute(1, "0.0.96.52.0.255", 2).into(),
        attribute(3, "1.0.1.8.0.255", 1).into(),
    ];
    let call = desk.client.get_list(&items).map_err(|error| error.to_string())?;
    let (answers, _) = desk.run(call)?;
    let lens: Vec<usize> = answers.iter().map(|a| a.as_ref().map_or(0, Vec::len)).collect();
    same("lengths", &lens, &vec![5, 6, 5004, 8])
}

/// Row i of the profile: the meter's README says how it is made.
fn row_is(number: usize, row: &[u8]) -> Result<(), String> {
    let row = DataRef::from_bytes(row).map_err(|error| error.to_string())?;
    let cells: Vec<_> = row.elements().into_iter().flat_map(|cells| cells.iter()).collect();
    let status = if number.is_multiple_of(97) { 8 } else { 0 };
    let found: Vec<_> = cells.iter().skip(1).map(DataRef::as_integer).collect();
    let energy = 1_000_000 + 250 * number as i128;
    let power = 1_000 + (37 * number as i128) % 500;
    same(&format!("row {number}"), &found, &vec![Some(status), Some(energy), Some(power)])
}

fn rows(desk: &mut Desk) -> Result<(), String> {
    let buffer = attribute(7, "1.0.99.1.0.255", 2);
    let call = desk.client.read_rows(buffer, None).map_err(|error| error.to_string())?;
    let (_, rows) = desk.run(call)?;
    same("rows", &rows.len(), &1000)?;
    for (number, row) in rows.iter().enumerate() {
        row_is(number, row.as_ref().map_err(ToString::to_string)?)?;
    }
    // The same at once.
    let whole = desk.read(buffer)?;
    let data = DataRef::from_bytes(&whole).map_err(|error| error.to_string())?;
    same("elements", &data.elements().map(|rows| rows.len()), &Some(1000))?;

    let entries = EntryDescriptor { from_entry: 11, to_entry: 30, ..EntryDescriptor::ALL };
    let mut room = [0; EntryDescriptor::WIRE_LEN];
    entries.emit_to_slice(&mut room).expect("its length");
    let selection = SelectiveAccess {
        access_selector: SelectiveAccess::BY_ENTRY,
        access_parameters: DataRef::from_bytes(&room).expect("a structure"),
    };
    let call = desk.client.read_rows(buffer, Some(selection)).map_err(|e| e.to_string())?;
    let (_, rows) = desk.run(call)?;
    same("entries", &rows.len(), &20)?;
    row_is(10, rows[0].as_ref().map_err(ToString::to_string)?)?;

    let time = |hour: u8| {
        let octets = [7, 0xE8, 1, 2, 2, hour, 0, 0, 0, 0, 0, 0];
        encoded(DataRef::OctetString(&octets))
    };
    let (from, to) = (time(0), time(5));
    let range = RangeDescriptor {
        class_id: 8,
        logical_name: "0.0.1.0.0.255".parse().expect("an OBIS code"),
        attribute_index: 2,
        data_index: 0,
        from_value: DataRef::from_bytes(&from).expect("a value"),
        to_value: DataRef::from_bytes(&to).expect("a value"),
        selected_values: Sequence::new(0, &[]).expect("nothing"),
    };
    let mut octets = vec![0; range.wire_len()];
    range.emit_to_slice(&mut octets).expect("its length");
    let selection = SelectiveAccess {
        access_selector: SelectiveAccess::BY_RANGE,
        access_parameters: DataRef::from_bytes(&octets).expect("a structure"),
    };
    let call = desk.client.read_rows(buffer, Some(selection)).map_err(|e| e.to_string())?;
    let (_, rows) = desk.run(call)?;
    same("range", &rows.len(), &6)?;
    row_is(24, rows[0].as_ref().map_err(ToString::to_string)?)
}

fn writes(desk: &mut Desk) -> Result<(), String> {
    let scratch = attribute(1, "0.0.96.60.0.255", 2);
    for len in [3, 900] {
        let octets: Vec<u8> = (0..len).map(|number: u32| number as u8).collect();
        let value = DataRef::OctetString(&octets);
        let call = desk.client.set(scratch, value).map_err(|error| error.to_string())?;
        let (answers, _) = desk.run(call)?;
        same("written", &answers, &vec![Ok(vec![0])])?;
        same("read back", &desk.read(scratch)?, &encoded(value))?;
        let register = attribute(3, "1.0.1.8.0.255", 2);
        let values = [value, DataRef::DoubleLongUnsigned(1)];
        let items = [scratch.into(), register.into()];
        let call = desk.client.set_list(&items, &values).map_err(|error| error.to_string())?;
        let (answers, _) = desk.run(call)?;
        same("list", &answers.first(), &Some(&Ok(vec![0])))?;
        same("refused", &answers.get(1).map(Result::is_err), &Some(true))?;
    }
    Ok(())
}

fn methods(desk: &mut Desk) -> Result<(), String> {
    let control = "0.0.96.3.10.255";
    for (number, state) in [(1, 0), (2, 1)] {
        let parameter = Some(DataRef::Integer(0));
        let call = desk.client.act(method(70, control, number), parameter);
        let (answers, _) = desk.run(call.map_err(|error| error.to_string())?)?;
        same("called", &answers.len(), &1)?;
        if let Err(code) = &answers[0] {
            return Err(format!("method {number}: {code}"));
        }
        let output = desk.read(attribute(70, control, 2))?;
        same("output", &output, &encoded(DataRef::Boolean(state != 0)))?;
    }
    // A parameter as long as a block of an image.
    let image = "0.0.44.0.0.255";
    let initiate = [2, 2, 9, 4, b'i', b'm', b'g', b'1', 6, 0, 0, 1, 144];
    let block = [&[2, 2, 6, 0, 0, 0, 0, 9, 0x81, 200][..], &[0x5A; 200]].concat();
    for (number, parameter) in [(1, &initiate[..]), (2, &block)] {
        let parameter = DataRef::from_bytes(parameter).expect("a structure");
        let call = desk.client.act(method(18, image, number), Some(parameter));
        let (answers, _) = desk.run(call.map_err(|error| error.to_string())?)?;
        if let [Err(code)] = &answers[..] {
            return Err(format!("image transfer, method {number}: {code}"));
        }
    }
    let first = desk.read(attribute(18, image, 4))?;
    same("first block not transferred", &first, &encoded(DataRef::DoubleLongUnsigned(1)))?;
    let methods = [method(70, control, 1), method(70, control, 2)];
    let parameters = [DataRef::Integer(0), DataRef::Integer(0)];
    let call = desk.client.act_list(&methods, &parameters).map_err(|error| error.to_string())?;
    let (answers, _) = desk.run(call)?;
    same("list", &answers.iter().filter(|answer| answer.is_ok()).count(), &2)
}

fn access(desk: &mut Desk) -> Result<(), String> {
    let scratch = attribute(1, "0.0.96.60.0.255", 2);
    let items = [
        Access::Get(attribute(3, "1.0.1.8.0.255", 2)),
        Access::Set(scratch, DataRef::OctetString(b"accessed")),
        Access::Get(scratch),
        Access::Get(attribute(3, "1.1.1.1.1.1", 2)),
        Access::Act(method(70, "0.0.96.3.10.255", 2), DataRef::Integer(0)),
    ];
    let call = desk.client.access(&items).map_err(|error| error.to_string())?;
    let (answers, _) = desk.run(call)?;
    same("answers", &answers.len(), &5)?;
    same("a register", &answers[0], &Ok(encoded(DataRef::DoubleLongUnsigned(1_249_750))))?;
    same("read back", &answers[2], &Ok(encoded(DataRef::OctetString(b"accessed"))))?;
    same("no object", &answers[3], &Err(DataAccessResult::OBJECT_UNDEFINED))?;
    same("called", &answers[4].is_ok(), &true)
}

fn refusals(setup: &Setup, port: u16) -> Result<(), String> {
    let register = attribute(3, "1.0.1.8.0.255", 2);
    if matches!(setup.mechanism, "low" | "md5" | "sha1" | "sha256") {
        let mut desk = Desk::new(setup.client(b"12345670", b"hls-secret-00002", 0), port)?;
        let call = desk.client.get(register).map_err(|error| error.to_string())?;
        let failure = desk.end(call).err().flatten();
        let is_right = match failure {
            Some(Failure::Refused(_)) => setup.mechanism == "low",
            Some(Failure::WrongSecret(_)) => !setup.is_short,
            Some(Failure::WrongSecretByName(_)) => setup.is_short,
            _ => false,
        };
        same(&format!("wrong secret: {failure:?}"), &is_right, &true)?;
    }
    if setup.security & 0x10 != 0 {
        let mut desk = Desk::new(setup.client(b"12345678", b"hls-secret-00001", 1), port)?;
        let call = desk.client.get(register).map_err(|error| error.to_string())?;
        let failure = desk.end(call).err().flatten();
        same(&format!("wrong key: {failure:?}"), &failure.is_some(), &true)?;
    }
    Ok(())
}
