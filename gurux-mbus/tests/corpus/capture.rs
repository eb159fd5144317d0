//! What this crate says of a capture, owned: the layers, the header, the records.

use gurux_framing::wireless::FrameFormat;
use gurux_framing::{Reader, Wire, WireError};
use gurux_mbus::security::{Key, Opened, Proof, Software, Verdict, open};
use gurux_mbus::wire::{
    AField, Body, CField, CiField, CompactFrame, Data, DataRecord, Digits, FixedData, FormatFrame,
    FormatSignature, Link, LinkFrame, MeterAddress, RecordItem, Records, Sealed, SecurityMode,
    Selection, Telegram, headers,
};
use gurux_value::Measurement;
use serde_json::Value as Json;

/// One capture, read.
pub(crate) struct Capture {
    /// As the source has them.
    pub(crate) octets: Vec<u8>,
    /// The frame without block check sums; where the envelope is odd, with one that is not.
    pub(crate) frame: Vec<u8>,
    /// Is it a frame of a wired line?
    pub(crate) is_wired: bool,
    /// Do its records need a format?
    pub(crate) is_compact: bool,
    /// The records, in their order, fillers among them.
    pub(crate) records: Vec<Record>,
    kind: String,
    key: Option<Vec<u8>>,
    envelope: Option<WireError>,
    facts: Result<Facts, WireError>,
}

/// What the layers say.
#[derive(Default)]
struct Facts {
    addresses: Vec<MeterAddress>,
    meter: Option<MeterAddress>,
    link: Option<Link>,
    ell: Option<(u8, u8)>,
    layers: Vec<String>,
    ci_fields: Vec<u8>,
    access_number: Option<u8>,
    status: Option<u8>,
    config_word: Option<u16>,
    mode: Option<SecurityMode>,
    has_transport: bool,
    already_clear: bool,
    is_standard: bool,
    payload: Option<Vec<u8>>,
    application_error: Option<Option<u8>>,
    selection: Option<[u8; 8]>,
    application: Vec<u8>,
    fixed: Option<Fixed>,
    verdict: Option<Verdict>,
    opened_link: bool,
    kdf: Option<u8>,
    tag_len: Option<usize>,
    counter: Option<u32>,
    /// The heads of its records, where it is a full frame.
    format: Option<Vec<u8>>,
}

/// What a fixed data structure has in place of a header.
struct Fixed {
    identification: String,
    access_number: u8,
    status: u8,
}

/// One item of a payload with records.
pub(crate) struct Record {
    /// What it is.
    pub(crate) kind: Kind,
    /// All of it.
    pub(crate) octets: Vec<u8>,
    /// Where it begins in the frame, or in what was opened.
    pub(crate) offset: usize,
    measurement: Option<Measurement<'static>>,
    fault: Option<WireError>,
}

/// What an item is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A record.
    Data,
    /// Idle octets, or a request for all data.
    Filler,
    /// A maker's own octets.
    Manufacturer { more_records_follow: bool },
    /// Octets that are no record.
    Bad,
}

/// The heads of records that full frames had, for compact frames.
#[derive(Default)]
pub(crate) struct Memory {
    formats: Vec<Vec<u8>>,
}

impl Memory {
    /// Keeps the heads of a capture's records.
    pub(crate) fn learn(&mut self, capture: &Capture) {
        let format = capture.fact(|facts| facts.format.clone());
        self.formats.extend(format.filter(|format| !self.formats.contains(format)));
    }

    /// The records of a compact frame as a full frame has them.
    fn expand(&self, compact: &CompactFrame<'_>) -> Option<Vec<u8>> {
        let fitting = self
            .formats
            .iter()
            .filter(|format| FormatSignature::of_format(format) == compact.signature());
        let mut room = [0; 1024];
        fitting
            .filter_map(|format| compact.expand(format, &mut room).ok().map(<[u8]>::to_vec))
            .next()
    }
}

impl Capture {
    /// Reads an entry of the corpus.
    pub(crate) fn new(entry: &Json, memory: &Memory) -> Self {
        let octets = octets(&entry["hex"]);
        let kind = entry["kind"].as_str().expect("a kind").to_owned();
        let key = entry["key"].as_str().map(octets_of);
        Self::read(octets, kind, key, memory)
    }

    /// Reads octets of a kind.
    pub(crate) fn read(
        octets: Vec<u8>,
        kind: String,
        key: Option<Vec<u8>>,
        memory: &Memory,
    ) -> Self {
        let is_wired = kind == "wired";
        let (frame, envelope) = opened_envelope(&octets, &kind);
        let mut capture = Self {
            octets,
            frame,
            is_wired,
            is_compact: false,
            records: Vec::new(),
            kind,
            key,
            envelope,
            facts: Ok(Facts::default()),
        };
        capture.take(memory);
        capture
    }

    /// The same, by a reader that has learnt nothing.
    pub(crate) fn without_memory(&self) -> Option<Self> {
        let (octets, kind) = (self.octets.clone(), self.kind.clone());
        Some(Self::read(octets, kind, self.key.clone(), &Memory::default()))
    }

    fn take(&mut self, memory: &Memory) {
        let frame = self.frame.clone();
        let telegram = if self.is_wired {
            Telegram::from_wired(&frame)
        } else {
            Telegram::from_wireless(&frame)
        };
        let keys: Vec<Software> = self
            .key
            .iter()
            .filter_map(|key| Key::from_octets(key).ok())
            .map(|key| Software::new(&key))
            .collect();
        let mut room = [0; 1024];
        self.facts = telegram.and_then(|telegram| {
            let opened = open(&telegram, &keys, &mut room)?;
            let mut facts = Facts::of(&telegram, &opened, &frame);
            facts.is_standard = self.body(&opened.telegram, memory, &mut facts.format);
            Ok(facts)
        });
    }

    /// Reads the records; answers whether the payload is all of the standard.
    fn body(
        &mut self,
        telegram: &Telegram<'_>,
        memory: &Memory,
        format: &mut Option<Vec<u8>>,
    ) -> bool {
        match telegram.body() {
            Body::Records(payload) => {
                self.records = records(payload, telegram.payload_offset);
                let heads = headers(payload).collect::<Vec<_>>().concat();
                *format = Some(heads).filter(|_| telegram.sealed.is_none());
                telegram.sealed.is_none()
            }
            Body::CompactFrame(payload) => {
                let compact = CompactFrame::from_bytes(payload).ok();
                let full = compact.and_then(|compact| memory.expand(&compact));
                let is_known = full.is_some();
                self.records = full.map(|full| records(&full, 0)).unwrap_or_default();
                self.is_compact = true;
                is_known
            }
            Body::FormatFrame(payload) => {
                let frame = FormatFrame::from_bytes(payload).ok();
                *format = frame.map(|frame| frame.format().to_vec());
                true
            }
            Body::FixedData { octets, msb_first } => {
                let fixed = if msb_first {
                    FixedData::read_high_first(&mut Reader::new(octets))
                } else {
                    FixedData::from_bytes(octets)
                };
                let measurements = fixed.iter().flat_map(|fixed| fixed.measurements());
                self.records =
                    measurements.map(|one| Record::of_measurement(one.into_owned())).collect();
                fixed.is_ok()
            }
            Body::Manufacturer(_) | Body::Unknown(_) | Body::Sealed(_) => false,
            _ => true,
        }
    }

    // --- the facts ---------------------------------------------------------------------------

    fn fact<T>(&self, fact: impl FnOnce(&Facts) -> Option<T>) -> Option<T> {
        self.facts.as_ref().ok().and_then(fact)
    }

    /// Why the frame is refused.
    pub(crate) fn refused(&self) -> Option<WireError> {
        self.facts.as_ref().err().copied()
    }

    /// The first octets that are no record.
    pub(crate) fn first_fault(&self) -> Option<WireError> {
        self.records.iter().find_map(|record| record.fault)
    }

    /// Why the envelope is refused: length, check sums, start and stop octets.
    pub(crate) fn envelope(&self) -> Option<WireError> {
        self.envelope
    }

    /// The meter's address.
    pub(crate) fn meter(&self) -> Option<MeterAddress> {
        self.fact(|facts| facts.meter)
    }

    /// All addresses in the layers.
    pub(crate) fn addresses(&self) -> Vec<MeterAddress> {
        self.fact(|facts| Some(facts.addresses.clone())).unwrap_or_default()
    }

    /// The meter's identification in digits.
    pub(crate) fn identification(&self) -> Option<String> {
        let fixed = self.fact(|facts| Some(facts.fixed.as_ref()?.identification.clone()));
        fixed.or_else(|| self.meter().map(|meter| meter.identification.to_string()))
    }

    /// The code of the meter's device type.
    pub(crate) fn device_type(&self) -> Option<u8> {
        self.meter().map(|meter| meter.device_type.code())
    }

    /// The access number of the innermost layer that has one.
    pub(crate) fn access_number(&self) -> Option<u8> {
        let fixed = self.fact(|facts| Some(facts.fixed.as_ref()?.access_number));
        fixed.or_else(|| self.fact(|facts| facts.access_number))
    }

    /// The status octet of the transport layer.
    pub(crate) fn status(&self) -> Option<u8> {
        let fixed = self.fact(|facts| Some(facts.fixed.as_ref()?.status));
        fixed.or_else(|| self.fact(|facts| facts.status))
    }

    /// The configuration word of the transport layer.
    pub(crate) fn config_word(&self) -> Option<u16> {
        self.fact(|facts| facts.config_word)
    }

    /// Is there a transport layer with access number and status?
    pub(crate) fn has_transport(&self) -> bool {
        self.fact(|facts| Some(facts.has_transport)).unwrap_or(false)
    }

    /// The security mode of the transport layer's configuration.
    pub(crate) fn security_mode(&self) -> Option<u8> {
        self.fact(|facts| facts.mode).map(|mode| mode.0)
    }

    /// Is it a mode that only the maker knows?
    pub(crate) fn has_maker_mode(&self) -> bool {
        self.security_mode().is_some_and(|mode| mode >= 15 || mode == 1)
            || self.ci_fields().iter().any(|ci| CiField::new(*ci).is_manufacturer_specific())
    }

    /// Is the payload of the standard, and read?
    pub(crate) fn is_standard(&self) -> bool {
        self.fact(|facts| Some(facts.is_standard)).unwrap_or(false) && !self.has_maker_mode()
    }

    /// The CI fields of all layers.
    pub(crate) fn ci_fields(&self) -> Vec<u8> {
        self.fact(|facts| Some(facts.ci_fields.clone())).unwrap_or_default()
    }

    /// The layers between link and transport, as the corpus names them.
    pub(crate) fn layers(&self) -> Vec<String> {
        self.fact(|facts| Some(facts.layers.clone())).unwrap_or_default()
    }

    /// Communication control and access number of the extended link layer.
    pub(crate) fn ell(&self) -> Option<(u8, u8)> {
        self.fact(|facts| facts.ell)
    }

    /// The control field.
    pub(crate) fn control(&self) -> Option<u8> {
        self.fact(|facts| match facts.link? {
            Link::Short { control: CField(control), .. }
            | Link::Wired { control: CField(control), .. }
            | Link::Wireless { control: CField(control), .. } => Some(control),
            _ => None,
        })
    }

    /// The address field of a wired line.
    pub(crate) fn line_address(&self) -> Option<u8> {
        self.fact(|facts| match facts.link? {
            Link::Short { address: AField(address), .. }
            | Link::Wired { address: AField(address), .. } => Some(address),
            _ => None,
        })
    }

    /// The kind of frame on a wired line.
    pub(crate) fn frame_name(&self) -> Option<&'static str> {
        self.fact(|facts| match facts.link? {
            Link::Ack => Some("ack"),
            Link::Nack => Some("nack"),
            Link::Short { .. } => Some("short"),
            Link::Wired { .. } => Some("long"),
            _ => None,
        })
    }

    /// The code of an application error; the outer is `None` where there is no such report.
    pub(crate) fn application_error(&self) -> Option<Option<u8>> {
        self.fact(|facts| facts.application_error)
    }

    /// The octets of a selection.
    pub(crate) fn selection(&self) -> Option<[u8; 8]> {
        self.fact(|facts| facts.selection)
    }

    /// From the CI field behind the link layers on.
    pub(crate) fn application(&self) -> Vec<u8> {
        self.fact(|facts| Some(facts.application.clone())).unwrap_or_default()
    }

    /// All measurements.
    pub(crate) fn measurements(&self) -> impl Iterator<Item = &Measurement<'static>> {
        self.records.iter().filter_map(|record| record.measurement.as_ref())
    }

    // --- security ----------------------------------------------------------------------------

    /// Was it marked as encrypted, and arrived in clear?
    pub(crate) fn is_already_clear(&self) -> Option<bool> {
        self.fact(|facts| facts.already_clear.then_some(true))
    }

    /// Did the key open it?
    pub(crate) fn is_opened(&self) -> Option<bool> {
        match self.fact(|facts| facts.verdict)? {
            Verdict::Decrypted(_) => Some(true),
            Verdict::WrongKey | Verdict::BadData => Some(false),
            _ => None,
        }
    }

    /// The mode in which it was opened.
    pub(crate) fn opened_mode(&self) -> Option<Json> {
        let opened_link = self.fact(|facts| Some(facts.opened_link));
        match self.is_opened()? {
            true if opened_link == Some(true) => Some("ELL-AES-CTR".into()),
            true => self.security_mode().map(Json::from),
            false => Some(0.into()),
        }
    }

    /// Did a code or tag prove who sent it?
    pub(crate) fn is_authentic(&self) -> Option<bool> {
        match self.fact(|facts| facts.verdict)? {
            Verdict::Decrypted(Proof::Mac | Proof::Tag) | Verdict::Authentic => Some(true),
            Verdict::WrongKey | Verdict::BadData => Some(false),
            _ => None,
        }
    }

    /// The choice of key derivation.
    pub(crate) fn kdf(&self) -> Option<u8> {
        self.fact(|facts| facts.kdf)
    }

    /// Octets of the tag of an authenticated mode.
    pub(crate) fn tag_len(&self) -> Option<usize> {
        self.fact(|facts| facts.tag_len)
    }

    /// The counter that keys were derived with.
    pub(crate) fn message_counter(&self) -> Option<u32> {
        self.fact(|facts| facts.counter)
    }

    /// What is behind the transport layer, in clear.
    pub(crate) fn plaintext(&self) -> Option<&[u8]> {
        match &self.facts {
            Ok(facts) => facts.payload.as_deref(),
            Err(_) => None,
        }
    }

    /// What is behind an encrypted extended link layer, its check sum first.
    pub(crate) fn plaintext_behind_link(&self) -> Option<&[u8]> {
        None
    }
}

impl Facts {
    /// Of the telegram as it came, and as it was opened.
    fn of(came: &Telegram<'_>, opened: &Opened<'_>, frame: &[u8]) -> Self {
        let telegram = &opened.telegram;
        let mut layers = Vec::new();
        let mut ci_fields = Vec::new();
        let link_len = if frame.first() == Some(&0x68) { 6 } else { 10 };
        let end = if frame.first() == Some(&0x68) { 2 } else { 0 };
        let application_at = link_len
            + telegram.ell.map_or(0, |ell| ell.wire_len())
            + telegram.nwl.map_or(0, |nwl| nwl.wire_len())
            + telegram.afl.map_or(0, |afl| afl.wire_len());
        if let Some(ell) = telegram.ell {
            layers.push(format!("ELL{:02X}", ell.ci().code()));
            ci_fields.push(ell.ci().code());
        }
        if telegram.nwl.is_some() {
            layers.push("NWL".to_owned());
            ci_fields.push(0x81);
        }
        if telegram.afl.is_some() {
            layers.push("AFL".to_owned());
            ci_fields.push(0x90);
        }
        let tpl = telegram.tpl;
        ci_fields.extend(tpl.map(|tpl| tpl.ci().code()));
        let short = tpl.and_then(|tpl| tpl.short());
        let mode = short.map(|header| header.config.mode());
        let config = short.map(|header| header.config);
        let afl = telegram.afl;
        let (mut application_error, mut selection, mut fixed) = (None, None, None);
        match telegram.body() {
            Body::ApplicationError(error) => {
                application_error = Some(error.code().map(|code| code.code()));
            }
            Body::Selection(Selection { address, .. }) => selection = Some(address.octets()),
            Body::FixedData { octets: [i0, i1, i2, i3, access_number, status, ..], .. } => {
                fixed = Some(Fixed {
                    identification: hex(&[*i3, *i2, *i1, *i0]).to_lowercase(),
                    access_number: *access_number,
                    status: *status,
                });
            }
            _ => {}
        }
        Self {
            addresses: telegram.addresses().collect(),
            meter: telegram.meter(),
            link: Some(telegram.link),
            ell: telegram.ell.map(|ell| (ell.control.0, ell.access_number)),
            layers,
            ci_fields,
            access_number: telegram.access_number(),
            status: tpl.and_then(|tpl| tpl.status()).map(|status| status.0),
            config_word: short.map(|header| header.config.word()),
            mode,
            has_transport: short.is_some(),
            already_clear: opened.verdict == Verdict::AlreadyClear,
            is_standard: false,
            payload: matches!(telegram.sealed, None | Some(Sealed::Unknown))
                .then(|| telegram.payload.to_vec()),
            application_error,
            selection,
            application: frame.get(application_at..frame.len() - end).unwrap_or_default().to_vec(),
            fixed,
            verdict: Some(opened.verdict),
            opened_link: came.sealed == Some(Sealed::Ell),
            kdf: config.and_then(|config| config.kdf()),
            tag_len: config.map(|config| config.tag_len()),
            counter: config
                .and_then(|config| config.counter())
                .or_else(|| afl.and_then(|afl| afl.counter())),
            format: None,
        }
    }
}

impl Record {
    fn of_measurement(measurement: Measurement<'static>) -> Self {
        let (octets, offset) = (Vec::new(), 0);
        Self { kind: Kind::Data, octets, offset, measurement: Some(measurement), fault: None }
    }

    fn of(item: &RecordItem<'_>, offset: usize) -> Self {
        let mut octets = Vec::new();
        item.emit(&mut octets);
        let (kind, measurement, fault) = match item {
            RecordItem::Record(record) => {
                (Kind::Data, Some(record.measurement().into_owned()), None)
            }
            RecordItem::Filler { .. } | RecordItem::GlobalReadout => (Kind::Filler, None, None),
            RecordItem::Manufacturer { more_records_follow, .. } => {
                (Kind::Manufacturer { more_records_follow: *more_records_follow }, None, None)
            }
            RecordItem::Bad { why, .. } => (Kind::Bad, None, Some(*why)),
        };
        Self { kind, octets, offset, measurement, fault }
    }

    /// What it says; of what is no record, nothing.
    pub(crate) fn measurement(&self) -> &Measurement<'static> {
        static NOTHING: Measurement<'static> =
            Measurement::new(gurux_value::Quantity::new("nothing"));
        self.measurement.as_ref().unwrap_or(&NOTHING)
    }

    /// Is there a code of the maker's own among its codes?
    pub(crate) fn has_maker_code(&self) -> bool {
        let DataRecordHeader { codes, .. } = DataRecordHeader::of(&self.octets);
        codes.iter().any(|code| code & 0x7F == 0x7F)
    }

    /// Does something combine with its code?
    pub(crate) fn is_combined(&self) -> bool {
        let DataRecordHeader { codes, .. } = DataRecordHeader::of(&self.octets);
        let table = matches!(codes.first(), Some(0xFB | 0xFD));
        codes.len() > if table { 2 } else { 1 }
    }

    /// The number of the data field, whatever the codes make of it.
    pub(crate) fn plain_number(&self) -> Option<f64> {
        let record = DataRecord::from_bytes(&self.octets).ok()?;
        match record.data() {
            Data::Integer(number) | Data::Bcd(Digits::Number(number)) => Some(number as f64),
            Data::Real(number) => Some(number.into()),
            _ => None,
        }
    }

    /// Is its data a block of octets, a text or a profile, that a driver takes apart?
    pub(crate) fn is_block(&self) -> bool {
        matches!(
            self.measurement().value,
            Some(gurux_value::Value::Octets(_) | gurux_value::Value::Text(_))
        )
    }
}

/// The codes of a record.
struct DataRecordHeader {
    codes: Vec<u8>,
}

impl DataRecordHeader {
    fn of(octets: &[u8]) -> Self {
        let codes = DataRecord::from_bytes(octets)
            .map(|record| record.vib().octets().to_vec())
            .unwrap_or_default();
        Self { codes }
    }
}

/// The items of a payload.
fn records(payload: &[u8], origin: usize) -> Vec<Record> {
    let mut found = Vec::new();
    let mut records = Records::with_origin(payload, origin);
    loop {
        let offset = records.offset();
        let Some(item) = records.next() else { return found };
        found.push(Record::of(&item, offset));
    }
}

/// One record, read by itself.
pub(crate) fn read_record(octets: &[u8]) -> Option<Measurement<'static>> {
    DataRecord::from_bytes(octets).ok().map(|record| record.measurement().into_owned())
}

/// The frame without block check sums, and why its envelope is refused; then what it would be is
/// guessed, so that what a source asserts of it can be compared.
fn opened_envelope(octets: &[u8], kind: &str) -> (Vec<u8>, Option<WireError>) {
    if kind == "wired" {
        let Err(why) = LinkFrame::from_bytes(octets) else { return (octets.to_vec(), None) };
        return (mended_line(octets), Some(why));
    }
    let format = match kind {
        "wireless-a" => FrameFormat::A,
        "wireless-b" => FrameFormat::B,
        _ => FrameFormat::NoCrc,
    };
    let mut room = [0; 256];
    let len = format.frame_len(octets.first().copied().unwrap_or(0));
    match format.strip(octets, &mut room) {
        Ok(telegram) if len == Some(octets.len()) => (telegram.to_vec(), None),
        // Octets behind the frame: what a receiver says of the signal.
        Ok(telegram) => {
            let trailing = octets.len().saturating_sub(len.unwrap_or(0));
            let kind = gurux_framing::WireErrorKind::Trailing { octets: trailing };
            (telegram.to_vec(), Some(WireError::new(len.unwrap_or(0), "telegram", kind)))
        }
        // Fewer octets than the length says.
        Err(why) => {
            let mut mended = octets.to_vec();
            let len = u8::try_from(octets.len().saturating_sub(1)).unwrap_or(u8::MAX);
            mended.iter_mut().take(1).for_each(|first| *first = len);
            (mended, Some(why))
        }
    }
}

/// A long frame of a line with sum and stop octet as they should be.
fn mended_line(octets: &[u8]) -> Vec<u8> {
    let Some((head, data)) = octets.split_at_checked(4) else { return octets.to_vec() };
    let [0x68, len, ..] = *head else { return octets.to_vec() };
    let Some(data) = data.get(..usize::from(len)) else { return octets.to_vec() };
    let sum = data.iter().fold(0u8, |sum, octet| sum.wrapping_add(*octet));
    [&[0x68, len, len, 0x68], data, &[sum, 0x16]].concat()
}

/// The octets of a text of hex digits.
fn octets(hex: &Json) -> Vec<u8> {
    octets_of(hex.as_str().expect("octets are a text of digits"))
}

fn octets_of(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal digits")).collect()
}

/// Upper-case hex digits.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}
