//! [`Settings`]: what the element `Dlms` of a profile says, and the sessions that are made of it.

use std::time::Duration;

use gurux_dlms::security::{
    CounterStore, Hash, Key, Keyring, OwnCounter, Policy, Provider, Software, SoftwareCipher,
    SystemTitle,
};
use gurux_dlms::session::link::{
    Buffers, ClientLink, ClientLinkConfig, MeterBuffers, MeterLink, MeterLinkConfig, Owned, Snrm,
};
use gurux_dlms::session::meter::{Account, MeterCarrier};
use gurux_dlms::session::{
    Authentication, Client, ClientCarrier, ClientConfig, CounterFrom, Form, Guard, Identification,
    Quirks, Referencing, Secret, Seed as ClientSeed, SignOn, SignOnConfig, SignOnMeter,
    SignOnMeterConfig, Stores, WrapperConfig, WrapperLink,
};
use gurux_dlms::wire::{AttributeDescriptor, Conformance, Mechanism, SecurityControl};
use gurux_framing::hdlc::{HdlcAddress, LinkParameters};

use super::TRANSPORTS;
use crate::counters::{Counters, KeptCounter};
use crate::driver::LinkSettings;
use crate::profile::Communication;

/// A client over whatever carries it.
pub(super) type Reader = Client<Owned, Software, Kept>;

/// So many counters are kept as used at a time: so many a program that ends leaves out at most.
const AHEAD: u32 = 32;

/// The client's counter, kept where there is a keeper.
pub(super) struct Kept(Option<Box<dyn KeptCounter>>);

impl CounterStore for Kept {
    type Error = String;

    fn keep(&mut self, limit: u32) -> Result<(), String> {
        self.0.as_mut().map_or(Ok(()), |counter| counter.keep(limit))
    }
}

/// The longest message, each way.
const MAX_MESSAGE: usize = 1 << 17;
/// The longest answer, in all its blocks.
const MAX_ANSWER: usize = 1 << 22;
/// The client that anybody may be.
pub(super) const PUBLIC: u8 = 16;

/// What carries the messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Interface {
    Wrapper,
    Udp,
    Hdlc,
    ModeE,
}

impl Interface {
    /// The interface of this name.
    pub(super) fn lookup(name: &str) -> Option<Self> {
        let all = [Self::Wrapper, Self::Udp, Self::Hdlc, Self::ModeE];
        let place = TRANSPORTS.iter().position(|known| *known == name)?;
        all.get(place).copied()
    }
}

/// What a profile says of how its meter is spoken to.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) client: u8,
    pub(super) logical_device: u16,
    pub(super) physical_device: Option<u16>,
    /// Octets of the meter's address in HDLC, where they are more than need be.
    pub(super) is_wide: bool,
    pub(super) interface: Option<Interface>,
    pub(super) referencing: Referencing,
    pub(super) mechanism: Mechanism,
    pub(super) password: Option<Secret>,
    pub(super) control: SecurityControl,
    pub(super) form: Form,
    pub(super) client_title: Option<SystemTitle>,
    pub(super) meter_title: Option<SystemTitle>,
    pub(super) encryption_key: Option<Key>,
    pub(super) authentication_key: Option<Key>,
    pub(super) uses_dedicated_key: bool,
    pub(super) counter: Option<u32>,
    pub(super) counter_from: Option<AttributeDescriptor>,
    pub(super) is_pre_established: bool,
    pub(super) max_pdu: u16,
    pub(super) parameters: LinkParameters,
    pub(super) block_window: Option<u8>,
    pub(super) user_id: Option<u8>,
    pub(super) sign_on_address: [u8; 32],
    pub(super) max_baud: Option<u32>,
    pub(super) has_bare_snrm: bool,
    pub(super) keeps_numbers: bool,
    pub(super) quirks: Quirks,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            client: PUBLIC,
            logical_device: 1,
            physical_device: None,
            is_wide: false,
            interface: None,
            referencing: Referencing::LogicalNames,
            mechanism: Mechanism::LOWEST,
            password: None,
            control: SecurityControl::new(0),
            form: Form::Service,
            client_title: None,
            meter_title: None,
            encryption_key: None,
            authentication_key: None,
            uses_dedicated_key: false,
            counter: None,
            counter_from: None,
            is_pre_established: false,
            max_pdu: 1024,
            parameters: LinkParameters::DEFAULT,
            block_window: None,
            user_id: None,
            sign_on_address: [0; 32],
            max_baud: None,
            has_bare_snrm: false,
            keeps_numbers: false,
            quirks: Quirks::default(),
        }
    }
}

impl Settings {
    /// Is anything protected?
    pub(super) fn is_protecting(&self) -> bool {
        self.control.is_authenticated() || self.control.is_encrypted()
    }

    /// Are there keys to be used?
    pub(super) fn needs_keys(&self) -> bool {
        self.is_protecting() || self.mechanism == Mechanism::HIGH_GMAC
    }

    /// The secret that is needed and was not given.
    pub(super) fn missing(&self) -> Option<&'static str> {
        let by_password = !matches!(self.mechanism, Mechanism::LOWEST | Mechanism::HIGH_GMAC);
        if by_password && self.password.is_none() {
            return Some("the password is not given");
        }
        if !self.needs_keys() {
            return None;
        }
        if self.encryption_key.is_none() {
            return Some("the encryption key is not given");
        }
        let authenticates =
            self.control.is_authenticated() || self.mechanism == Mechanism::HIGH_GMAC;
        if authenticates && self.authentication_key.is_none() {
            return Some("the authentication key is not given");
        }
        (self.counter.is_none() && self.counter_from.is_none())
            .then_some("it is not known from which invocation counter on messages may be sent")
    }

    /// The interface that a link has.
    pub(super) fn interface_of(&self, link: &LinkSettings) -> Result<Interface, Transports> {
        if !link.transport.is_empty() {
            return Interface::lookup(&link.transport).ok_or(TRANSPORTS);
        }
        let natural = if link.line.is_some() { Interface::Hdlc } else { Interface::Wrapper };
        Ok(self.interface.unwrap_or(natural))
    }

    /// How the client proves who it is; `None` where the secret for it is not given.
    fn authentication(&self) -> Option<Authentication> {
        let secret = || self.password.clone();
        Some(match self.mechanism {
            Mechanism::LOW => Authentication::Low(secret()?),
            Mechanism::HIGH => Authentication::Manufacturer(secret()?),
            Mechanism::HIGH_MD5 => Authentication::Md5(secret()?),
            Mechanism::HIGH_SHA1 => Authentication::Sha1(secret()?),
            Mechanism::HIGH_GMAC => Authentication::Gmac,
            Mechanism::HIGH_SHA256 => Authentication::Sha256(secret()?),
            _ => Authentication::Lowest,
        })
    }

    /// A client for this meter.
    pub(super) fn reader(
        &self,
        link: &LinkSettings,
        communication: &Communication,
        counter: Option<Box<dyn KeptCounter>>,
    ) -> Result<Reader, Transports> {
        let carrier = self.carrier(link, communication)?;
        let services = self.referencing.services();
        // What comes in general blocks costs more turns; it is for meters that have it and no other.
        let without_gbt = services.bits() & !Conformance::GENERAL_BLOCK_TRANSFER.bits();
        let config = ClientConfig {
            referencing: self.referencing,
            conformance: Some(match self.block_window {
                Some(_) => services,
                None => Conformance::from_bits(without_gbt),
            }),
            max_pdu: self.max_pdu,
            user_id: self.user_id,
            uses_dedicated_key: self.uses_dedicated_key,
            is_pre_established: self.is_pre_established,
            counter_from: self
                .counter_from
                .filter(|_| self.counter.is_none() && self.needs_keys())
                .map(|attribute| CounterFrom { client: PUBLIC, attribute }),
            block_window: self.block_window.unwrap_or(1),
            resends: link.resend_count.or(communication.resend_count).unwrap_or(2),
            quirks: self.quirks,
            ..ClientConfig::default()
        };
        Ok(Client::new(
            config,
            self.authentication().unwrap_or(Authentication::Lowest),
            carrier,
            self.guard(counter),
            ClientSeed::new(link.seed.octets()),
            Stores::owned(MAX_MESSAGE, MAX_ANSWER),
        ))
    }

    /// The cipher of the encryption key, where there is one.
    fn keyring(&self) -> Keyring<SoftwareCipher> {
        let cipher = self.encryption_key.as_ref().and_then(|key| Software.cipher(key).ok());
        Keyring {
            unicast: cipher,
            broadcast: None,
            dedicated: None,
            session: None,
            authentication: self.authentication_key.clone(),
        }
    }

    /// Takes the counter of the encryption key into use, where counters are kept.
    pub(super) fn counter(
        &self,
        counters: &Counters,
    ) -> Result<Option<Box<dyn KeptCounter>>, String> {
        let Some(key) = self.encryption_key.as_ref().filter(|_| self.needs_keys()) else {
            return Ok(None);
        };
        let title = self.own_title();
        let parts = [b"invocation counter".as_slice(), title.0.as_slice(), key.octets()];
        let name = Software.hash(Hash::Sha256, &parts).map_err(|error| error.to_string())?;
        let name: String =
            name.octets().iter().take(16).map(|octet| format!("{octet:02x}")).collect();
        let opened = counters.open(&name);
        opened.map_err(|why| format!("the invocation counter cannot be used: {why}"))
    }

    fn own_title(&self) -> SystemTitle {
        // A title of no maker, for meters that look at none.
        self.client_title.unwrap_or(SystemTitle(*b"GUR\0\0\0\0\0"))
    }

    fn guard(&self, counter: Option<Box<dyn KeptCounter>>) -> Guard<Software, Kept> {
        let mut guard = Guard::new(Software, self.keyring(), self.own_title());
        if self.is_protecting() {
            guard = guard.with_control(self.control).with_form(self.form);
            if !self.control.is_authenticated() {
                // Nothing proves what is only encrypted.
                guard = guard.with_policy(Policy::DecryptUnverified);
            }
        }
        if let Some(peer) = self.meter_title {
            guard = guard.with_peer(peer);
        }
        let said = self.counter.unwrap_or(1);
        let next =
            counter.as_ref().and_then(|counter| counter.kept()).map_or(said, |kept| kept.max(said));
        guard.with_counter(OwnCounter::new(next, AHEAD, Kept(counter)))
    }

    fn carrier(
        &self,
        link: &LinkSettings,
        communication: &Communication,
    ) -> Result<ClientCarrier, Transports> {
        let interface = self.interface_of(link)?;
        let wait = link.wait_time.or(communication.wait_time);
        if matches!(interface, Interface::Wrapper | Interface::Udp) {
            let usual = WrapperConfig::default();
            let config = WrapperConfig {
                own: self.client.into(),
                peer: self.logical_device,
                is_datagram: interface == Interface::Udp,
                response_timeout: wait.unwrap_or(usual.response_timeout),
                ..usual
            };
            let (line, sent) = (Owned::new(MAX_MESSAGE), Owned::new(MAX_MESSAGE));
            return Ok(ClientCarrier::wrapper(WrapperLink::new(config, line, sent)));
        }
        let usual = ClientLinkConfig::default();
        let config = ClientLinkConfig {
            parameters: self.parameters,
            line: link.line.filter(|_| interface == Interface::Hdlc),
            response_timeout: wait.unwrap_or(usual.response_timeout),
            resends: link.resend_count.or(communication.resend_count).unwrap_or(usual.resends),
            keep_alive: Some(KEEP_ALIVE),
            snrm: if self.has_bare_snrm { Snrm::Bare } else { Snrm::Complete },
            keeps_numbers: self.keeps_numbers,
            ..usual
        };
        let client = HdlcAddress::of_client(self.client & 0x7F).unwrap_or(HdlcAddress::NO_STATION);
        let buffers = Buffers::owned(MAX_MESSAGE);
        let carrier =
            ClientCarrier::hdlc(ClientLink::new(config, client, self.hdlc_address(), buffers));
        if interface == Interface::Hdlc {
            return Ok(carrier);
        }
        let usual = SignOnConfig::default();
        Ok(carrier.with_sign_on(SignOn::new(SignOnConfig {
            address: self.sign_on_address,
            line: link.line.filter(|line| line.data_bits == 7).unwrap_or(usual.line),
            max_baud: self.max_baud,
            ..usual
        })))
    }

    /// The meter's address in HDLC.
    fn hdlc_address(&self) -> HdlcAddress {
        let logical = self.logical_device;
        let short = u8::try_from(logical).ok().and_then(HdlcAddress::of_logical_device);
        let address = match (self.physical_device, self.is_wide) {
            (Some(physical), true) => HdlcAddress::of_server_wide(logical, physical),
            (Some(physical), false) => HdlcAddress::of_server(logical, physical),
            (None, _) => short,
        };
        address.unwrap_or(HdlcAddress::NO_STATION)
    }

    /// Who may associate with a simulated meter: the client of the profile, and anybody as the public
    /// client.
    pub(super) fn accounts(&self) -> Vec<Account> {
        let mut accounts = Vec::new();
        if let Some(authentication) = self.authentication().filter(|_| self.missing().is_none()) {
            let account = Account::new(self.referencing, authentication);
            let account = account.for_client(self.client.into()).with_required(self.control);
            accounts.push(Account { is_pre_established: self.is_pre_established, ..account });
        }
        if self.client != PUBLIC {
            let account = Account::new(self.referencing, Authentication::Lowest);
            accounts.push(account.for_client(PUBLIC.into()));
        }
        accounts
    }

    /// What a simulated meter's messages travel in.
    pub(super) fn meter_carrier(
        &self,
        link: &LinkSettings,
        response_delay: Option<Duration>,
    ) -> Result<MeterCarrier, Transports> {
        let interface = self.interface_of(link)?;
        if matches!(interface, Interface::Wrapper | Interface::Udp) {
            let config = WrapperConfig {
                own: self.logical_device,
                peer: 0,
                is_datagram: interface == Interface::Udp,
                ..WrapperConfig::default()
            };
            let (line, sent) = (Owned::new(MAX_MESSAGE), Owned::new(MAX_MESSAGE));
            return Ok(MeterCarrier::wrapper(WrapperLink::new(config, line, sent)));
        }
        let usual = MeterLinkConfig::default();
        let config = MeterLinkConfig {
            parameters: self.parameters,
            logical_devices: 1_u128.checked_shl(self.logical_device.into()).unwrap_or(0),
            physical_device: self.physical_device.unwrap_or(usual.physical_device),
            response_delay: response_delay.unwrap_or_default(),
            ..usual
        };
        let carrier = MeterCarrier::hdlc(MeterLink::new(config, MeterBuffers::owned(MAX_MESSAGE)));
        match Identification::new(b"GUR6\\2DEMO") {
            Ok(identification) if interface == Interface::ModeE => {
                let usual = SignOnMeterConfig::new(identification);
                let config = SignOnMeterConfig {
                    address: self.sign_on_address,
                    line: link.line.filter(|line| line.data_bits == 7).unwrap_or(usual.line),
                    response_delay: Duration::from_millis(20),
                    ..usual
                };
                Ok(carrier.with_sign_on(SignOnMeter::new(config)))
            }
            _ => Ok(carrier),
        }
    }
}

/// A meter closes a link on which nothing comes for two minutes.
const KEEP_ALIVE: Duration = Duration::from_secs(45);

/// The names of the transports.
type Transports = &'static [&'static str];
