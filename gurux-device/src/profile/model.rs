//! What a profile says, as plain data.
//!
//! Field by field the attributes and elements of the file, in its order and with its names; what
//! they mean is said at each. [`DeviceProfile::from_xml`] makes one of a file, checked;
//! [`DeviceProfile::to_xml`] goes back.

use std::time::Duration;

use gurux_value::{Decimal, Obis, Unit};

use crate::profile::{Guid, Located, NullMark, Place, Version};

/// A kind of meter: all that is needed to read it, write to it, and to play it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeviceProfile {
    /// Identity, the same through all versions.
    pub guid: Guid,
    /// Name for people, in one line.
    pub name: String,
    /// The protocol, by which the driver is found: `modbus`.
    pub protocol: Located<String>,
    /// Version of the profile.
    pub version: Version,
    /// Who makes the meter.
    pub manufacturer: Option<String>,
    /// The maker's name of the model.
    pub model: Option<String>,
    /// The meter's own version (firmware) for which the profile was made.
    pub device_version: Option<String>,
    /// Who wrote the profile.
    pub publisher: Option<String>,
    /// When the profile was written, `2026-11-22`.
    pub date: Option<String>,
    /// Licence of the profile, as an SPDX expression.
    pub licence: Option<String>,
    /// What the profile was written from: the manual, its edition, a link.
    pub source: Option<String>,
    /// What the meter is, by language.
    pub descriptions: Vec<Note>,
    /// Models that the profile fits.
    pub products: Vec<Product>,
    /// What its user should know beforehand.
    pub caveats: Vec<Note>,
    /// What has to be there or set for it to work.
    pub requirements: Vec<Note>,
    /// What is decided for each installed meter: its address, its transformer ratio.
    pub parameters: Vec<Parameter>,
    /// The media it can be reached over, with suggested settings.
    pub media: Vec<AllowedMedia>,
    /// Times, limits and peculiarities of the conversation.
    pub communication: Communication,
    /// The protocol's own element (`Modbus`), read by the driver.
    pub settings: Settings,
    /// How to recognise the meter. It is recognised when one of these holds.
    pub detections: Vec<Detect>,
    /// Enumerations and flags, by name.
    pub types: Vec<ValueTable>,
    /// The properties, in groups.
    pub categories: Vec<Category>,
    /// Selections of properties for one kind of user.
    pub views: Vec<View>,
    /// Captured frames with the readings that must come of them.
    pub tests: Vec<Test>,
}

/// Running text, with its language and a link.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Note {
    /// The text; runs of white space are one blank.
    pub text: String,
    /// Language tag (`en`, `fi`), if given.
    pub lang: Option<String>,
    /// Where to read more. Only `Caveat` and `Requires` have it.
    pub link: Option<String>,
}

/// A model that the profile fits.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Product {
    /// The model.
    pub model: String,
    /// Its maker, where it is not the profile's.
    pub manufacturer: Option<String>,
    /// The version of the meter.
    pub version: Option<String>,
}

/// What the value of a parameter can be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum ParameterType {
    /// Any characters.
    #[default]
    String,
    /// An integer, decimal or after `0x` in hex.
    Int,
    /// A decimal number.
    Decimal,
    /// `true` or `false`.
    Bool,
}

/// Something that each installed meter decides for itself; `{name}` in the protocol's settings and
/// in addresses stands for its value.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Parameter {
    /// Its name.
    pub name: Located<String>,
    /// What its value can be.
    pub kind: ParameterType,
    /// Its value where none is given.
    pub default: Option<Located<String>>,
    /// Must a value be given? (Without a default it must, where it is used.)
    pub required: bool,
    /// Is it a password or key? Its value is then never shown, and a profile gives none.
    pub secret: bool,
    /// Unit of the value.
    pub unit: Option<Unit>,
    /// What the value must look like: `*` stands for any characters, `?` for one.
    pub pattern: Option<String>,
    /// Is it for specialists only?
    pub advanced: bool,
    /// The values to choose from; empty where any is allowed.
    pub choices: Vec<Choice>,
}

/// One value that a parameter can have.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Choice {
    /// The value.
    pub value: Located<String>,
    /// What it means, for people.
    pub text: String,
}

/// A medium over which the meter can be reached.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AllowedMedia {
    /// `net`, `serial` or `terminal`.
    pub kind: String,
    /// Suggested settings by the original's element names (`Bps`, `Parity`), in the file's order.
    pub settings: Vec<(String, String)>,
}

impl AllowedMedia {
    /// The settings as the XML fragment that media read: `<Bps>9600</Bps><Parity>2</Parity>`.
    #[must_use]
    pub fn to_fragment(&self) -> String {
        let element = |(name, value): &(String, String)| {
            format!("<{name}>{}</{name}>", quick_xml::escape::escape(value))
        };
        self.settings.iter().map(element).collect()
    }
}

/// Times, limits and peculiarities of the conversation; `None` leaves it to the protocol.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Communication {
    /// How long to wait for a reply, ms in the file.
    pub wait_time: Option<Duration>,
    /// How often to send again what was not answered.
    pub resend_count: Option<u8>,
    /// Factor by which each further wait is longer than the one before, 1 to 10.
    pub backoff: Option<u8>,
    /// Pause between two requests, ms in the file.
    pub transaction_delay: Option<Duration>,
    /// How long the meter takes at the least before it answers, ms in the file; a simulated meter
    /// keeps it.
    pub reply_delay: Option<Duration>,
    /// Pause between opening the medium and the first request, ms in the file.
    pub connect_delay: Option<Duration>,
    /// Most registers that one request may read.
    pub max_registers: Option<u16>,
    /// Most bits (coils, discrete inputs) that one request may read.
    pub max_bits: Option<u16>,
    /// Most registers that nobody asked for which one request may read along; 0 joins neighbours
    /// only.
    pub max_gap: Option<u16>,
    /// One request for each property: the meter does not allow more.
    pub one_per_request: bool,
    /// Close the medium after each reading: the meter serves one master at a time.
    pub close_after_read: bool,
    /// Ranges that no request may touch.
    pub forbidden: Vec<Forbidden>,
}

/// A range of addresses that no request may touch, both ends included.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Forbidden {
    /// First address.
    pub from: Located<String>,
    /// Last address.
    pub to: Located<String>,
}

/// The protocol's own element, as attributes that its driver understands.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// Name of the element: `Modbus`. Empty where the profile has none.
    pub element: String,
    /// Where it stands.
    pub place: Located<()>,
    /// Its attributes, in the file's order.
    pub attributes: Vec<(String, Located<String>)>,
}

impl Settings {
    /// The value of the attribute called `name`.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Option<&Located<String>> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// Marks by which a meter is recognised: all of them must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Detect {
    /// The marks.
    pub matches: Vec<Match>,
}

/// One mark of a meter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Match {
    /// What is looked at.
    pub subject: Subject,
    /// What it must say; without, it is enough that it is there.
    pub test: Option<MatchTest>,
}

/// What a [`Match`] looks at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subject {
    /// The value of a property.
    Property(Located<String>),
    /// What the protocol's own identification says under this name (Modbus: the number of an
    /// object of Read Device Identification).
    Object(Located<String>),
    /// A model of a model chain (SunSpec) is there. Its address becomes the value of a parameter,
    /// if one is named.
    Model {
        /// The number of the model.
        id: Located<u16>,
        /// The parameter that takes the address of the model.
        base: Option<Located<String>>,
    },
}

/// What the looked-at must say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MatchTest {
    /// This text, or a number equal to it.
    Equals(String),
    /// A text that fits: `*` stands for any characters, `?` for one.
    Pattern(String),
}

/// Names for the values of properties.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValueTable {
    /// Its name, which properties refer to.
    pub name: Located<String>,
    /// What is read where no row fits (enumeration) or no bit is set (flags).
    pub default: Option<String>,
    /// The rows.
    pub rows: ValueRows,
}

/// The rows of a [`ValueTable`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ValueRows {
    /// One value, one name.
    Enum(Vec<Item>),
    /// Each bit, or group of bits, has its own name.
    Flags(Vec<Flag>),
}

/// How much a value or bit matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Severity {
    /// Good to know.
    #[default]
    Info,
    /// Worth a look.
    Warning,
    /// Somebody must act.
    Alarm,
}

/// One value of an enumeration.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Item {
    /// What the device sends.
    pub device_value: Located<i128>,
    /// What it means.
    pub ui_value: Located<String>,
    /// How much it matters.
    pub severity: Severity,
}

/// One bit, or group of bits, with a name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Flag {
    /// Its name.
    pub name: Located<String>,
    /// The bits, of which any sets it.
    pub mask: Located<u64>,
    /// How much it matters.
    pub severity: Severity,
}

/// Properties that belong together.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Category {
    /// Its name.
    pub name: Located<String>,
    /// Name for people.
    pub display_name: Option<String>,
    /// The category stands for several alike (the phases, the channels of a logger).
    pub repeat: Option<Repeat>,
    /// What it is, by language.
    pub descriptions: Vec<Note>,
    /// The properties.
    pub properties: Vec<Property>,
}

/// Alike categories, written once: `{index}` in a name, display name, quantity or OBIS code stands
/// for 1, 2, ..., and each further one lies `stride` addresses on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Repeat {
    /// The word that stands for the number: `phase` for `{phase}`.
    pub index: Located<String>,
    /// How many there are; `{name}` of a parameter is allowed.
    pub count: Located<String>,
    /// How many addresses one takes.
    pub stride: u32,
}

/// What may be done with a property.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum AccessMode {
    /// Read only.
    #[default]
    Read,
    /// Write only.
    Write,
    /// Both.
    ReadWrite,
    /// Nothing: the property documents what is there.
    Denied,
}

impl AccessMode {
    /// May it be read?
    #[must_use]
    pub const fn is_readable(self) -> bool {
        matches!(self, Self::Read | Self::ReadWrite)
    }

    /// May it be written?
    #[must_use]
    pub const fn is_writable(self) -> bool {
        matches!(self, Self::Write | Self::ReadWrite)
    }
}

/// For whom a property or view is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Role {
    /// Everybody.
    #[default]
    User,
    /// Who builds, repairs or certifies meters.
    Developer,
}

/// Which readings are worth keeping.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Store {
    /// All.
    #[default]
    Always,
    /// Those that differ from the one before.
    Change,
    /// Those that differ by at least the dead band.
    Deadband,
    /// None.
    Never,
}

/// How carefully a value is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum WriteClass {
    /// Like any other.
    #[default]
    Normal,
    /// Ask first.
    Confirm,
    /// It can cut somebody off or cost money: a relay, a tariff, a key.
    Dangerous,
}

/// One value of the meter.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Property {
    /// Its name, unique in the profile.
    pub name: Located<String>,
    /// Name for people.
    pub display_name: Option<String>,
    /// What it measures, in a word of an open vocabulary: `energy.active.import.total`.
    pub quantity: Option<Located<String>>,
    /// Its OBIS code.
    pub obis: Option<Obis>,
    /// Unit of the scaled value.
    pub unit: Option<Unit>,
    /// Where it is, in the grammar of the protocol (`holding:0x0048`).
    pub address: Located<String>,
    /// Type on the wire, in the protocol's words (`U32`). Empty where none is stated: values that
    /// describe themselves need none.
    pub kind: Located<String>,
    /// Order of its octets, where it is not the protocol setting's (`CDAB`).
    pub byte_order: Option<Located<String>>,
    /// Length of a text or of octets, in octets.
    pub length: Option<Located<u16>>,
    /// The value is this bit alone, counted from the lowest (0).
    pub bit: Option<Located<u8>>,
    /// The value is these bits of the raw value.
    pub mask: Option<Located<u64>>,
    /// After the mask, the value is moved down by this many bits.
    pub shift: Option<Located<u8>>,
    /// The raw value times this is the value in `unit`.
    pub scale: Option<Decimal>,
    /// Added after scaling.
    pub offset: Option<Decimal>,
    /// A property whose value is a further power of ten to scale by (SunSpec's scale factors).
    pub scale_by: Option<Located<String>>,
    /// Raw values that mean "there is none".
    pub null: Vec<NullMark>,
    /// The least value that can be true; below, a reading is suspect and a write refused.
    pub minimum: Option<Decimal>,
    /// The greatest value that can be true.
    pub maximum: Option<Decimal>,
    /// The value counts up and starts again after this many bits.
    pub counter: Option<u8>,
    /// Names for its values: the name of a type.
    pub values: Option<Located<String>>,
    /// What may be done with it.
    pub access_mode: AccessMode,
    /// For whom it is.
    pub access_level: Role,
    /// What a simulated meter starts with, and what to write where nothing is chosen.
    pub default_value: Option<Located<String>>,
    /// Properties of one group are read together.
    pub group: Option<String>,
    /// How often to read it.
    pub interval: Option<Duration>,
    /// How long a reading stays worth showing.
    pub expiration_time: Option<Duration>,
    /// It never changes: one reading is enough.
    pub is_static: bool,
    /// Which readings to keep.
    pub store: Store,
    /// The dead band, in `unit`.
    pub deadband: Option<Decimal>,
    /// How carefully it is written.
    pub write_class: WriteClass,
    /// Is a write verified by reading back? (`ReadBack`, by default where it can be read.)
    pub read_back: Option<bool>,
    /// What it is, by language.
    pub descriptions: Vec<Note>,
}

/// A selection of properties for one kind of user.
///
/// What the role may not see is never in it. Without `Include` it begins with all the rest;
/// `Exclude` takes away.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct View {
    /// Its name.
    pub name: Located<String>,
    /// For whom it is.
    pub role: Role,
    /// How often to read what is in it.
    pub interval: Option<Duration>,
    /// What is in it; empty for all that the role may see.
    pub include: Vec<Selector>,
    /// What is not.
    pub exclude: Vec<Selector>,
}

/// Some properties, by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Selector {
    /// This property.
    Property(Located<String>),
    /// All properties of this category.
    Category(Located<String>),
    /// All properties of this group.
    Group(Located<String>),
}

/// Frames with the readings that must come of them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Test {
    /// Its name.
    pub name: Located<String>,
    /// Values of parameters: name and value.
    pub parameters: Vec<(Located<String>, String)>,
    /// The frames, in order.
    pub frames: Vec<Frame>,
    /// What must be read.
    pub expectations: Vec<Expect>,
}

/// A captured frame.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Frame {
    /// From the meter (`Rx`) or to it (`Tx`)?
    pub received: bool,
    /// The octets.
    pub octets: Located<Vec<u8>>,
}

/// What must be read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Expect {
    /// The property.
    pub property: Located<String>,
    /// Its value: a number is compared as a number, all else as text. Without, there is none.
    pub value: Option<String>,
    /// Its unit.
    pub unit: Option<Unit>,
    /// Its quality, `good` if not given.
    pub quality: Option<gurux_value::Quality>,
}

impl DeviceProfile {
    /// All properties as they stand in the file (a repeated category once), with their category.
    pub fn properties(&self) -> impl Iterator<Item = (&Category, &Property)> {
        self.categories.iter().flat_map(|category| {
            category.properties.iter().map(move |property| (category, property))
        })
    }

    /// The type called `name`.
    #[must_use]
    pub fn lookup_type(&self, name: &str) -> Option<&ValueTable> {
        self.types.iter().find(|table| *table.name == name)
    }

    /// The view called `name`.
    #[must_use]
    pub fn lookup_view(&self, name: &str) -> Option<&View> {
        self.views.iter().find(|view| *view.name == name)
    }

    /// Where the profile begins in its file.
    #[must_use]
    pub fn place(&self) -> Place {
        self.protocol.place
    }
}
