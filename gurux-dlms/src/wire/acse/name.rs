//! Names that are object identifiers: application contexts and authentication mechanisms.

use core::fmt;

use gurux_framing::{Reader, Shown, Sink, Visit, WireError};

use super::ber::{self, Content, Field, OBJECT_IDENTIFIER};

gurux_framing::wire_code! {
    /// Which names the services use, and whether messages may be ciphered: the last number of the
    /// application context 2.16.756.5.8.1.x.
    pub struct ApplicationContext(u8) {
        /// Logical names, no ciphering.
        LOGICAL_NAME = 1 => "logical-name-referencing-no-ciphering",
        /// Short names, no ciphering.
        SHORT_NAME = 2 => "short-name-referencing-no-ciphering",
        /// Logical names, with ciphering.
        LOGICAL_NAME_CIPHERED = 3 => "logical-name-referencing-with-ciphering",
        /// Short names, with ciphering.
        SHORT_NAME_CIPHERED = 4 => "short-name-referencing-with-ciphering",
    }
}

gurux_framing::wire_code! {
    /// How the two prove who they are: the last number of the mechanism name 2.16.756.5.8.2.x.
    pub struct Mechanism(u8) {
        /// They do not.
        LOWEST = 0 => "lowest",
        /// A password of the client's, in clear (LLS).
        LOW = 1 => "low",
        /// A secret of the manufacturer's making.
        HIGH = 2 => "high",
        /// Challenges, answered by MD5 over challenge and secret.
        HIGH_MD5 = 3 => "high-md5",
        /// Challenges, answered by SHA-1 over challenge and secret.
        HIGH_SHA1 = 4 => "high-sha1",
        /// Challenges, answered by GMAC.
        HIGH_GMAC = 5 => "high-gmac",
        /// Challenges, answered by SHA-256 over the secret, both titles and both challenges.
        HIGH_SHA256 = 6 => "high-sha256",
        /// Challenges, answered by an ECDSA signature over both titles and both challenges.
        HIGH_ECDSA = 7 => "high-ecdsa",
    }
}

impl ApplicationContext {
    /// Do objects go by logical names? `None` for a context that is not known.
    #[must_use]
    pub const fn has_logical_names(self) -> Option<bool> {
        match self {
            Self::LOGICAL_NAME | Self::LOGICAL_NAME_CIPHERED => Some(true),
            Self::SHORT_NAME | Self::SHORT_NAME_CIPHERED => Some(false),
            _ => None,
        }
    }

    /// May messages be ciphered?
    #[must_use]
    pub const fn is_ciphered(self) -> bool {
        matches!(self, Self::LOGICAL_NAME_CIPHERED | Self::SHORT_NAME_CIPHERED)
    }
}

impl Mechanism {
    /// Is it one of four passes, with challenges both ways?
    #[must_use]
    pub const fn has_challenges(self) -> bool {
        self.code() >= Self::HIGH.code()
    }
}

/// The content of an object identifier: those of DLMS by their last number, any other by its octets.
///
/// | octets | DLMS |
/// |---|---|
/// | 60 85 74 05 08 | 2.16.756.5.8, the association of its users |
/// | 1 | 1: application context, 2: authentication mechanism |
/// | 1 | which one |
///
/// ```
/// use gurux_dlms::wire::{Mechanism, ObjectIdentifier};
///
/// let name = ObjectIdentifier::new(&[0x60, 0x85, 0x74, 0x05, 0x08, 0x02, 0x05]);
/// assert_eq!(name.mechanism(), Some(Mechanism::HIGH_GMAC));
/// assert_eq!(name, Mechanism::HIGH_GMAC.into());
/// assert_eq!(name.application_context(), None);
/// assert_eq!(name.to_string(), "2.16.756.5.8.2.5");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectIdentifier<'a>(Form<'a>);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Form<'a> {
    Dlms([u8; 2]),
    Other(&'a [u8]),
}

const DLMS: &[u8] = &[0x60, 0x85, 0x74, 0x05, 0x08];
const APPLICATION_CONTEXT: u8 = 1;
const MECHANISM: u8 = 2;

impl<'a> ObjectIdentifier<'a> {
    /// The object identifier with this content.
    #[must_use]
    pub fn new(octets: &'a [u8]) -> Self {
        match octets.strip_prefix(DLMS).map(<[u8; 2]>::try_from) {
            Some(Ok(last)) => Self(Form::Dlms(last)),
            _ => Self(Form::Other(octets)),
        }
    }

    /// The application context that it names, if it names one.
    #[must_use]
    pub const fn application_context(self) -> Option<ApplicationContext> {
        match self.0 {
            Form::Dlms([APPLICATION_CONTEXT, code]) => Some(ApplicationContext::new(code)),
            _ => None,
        }
    }

    /// The authentication mechanism that it names, if it names one.
    #[must_use]
    pub const fn mechanism(self) -> Option<Mechanism> {
        match self.0 {
            Form::Dlms([MECHANISM, code]) => Some(Mechanism::new(code)),
            _ => None,
        }
    }

    /// Its numbers, in order; those above 32 bits end them.
    fn numbers(self) -> impl Iterator<Item = u32> {
        let (dlms, last, other) = match self.0 {
            Form::Dlms(last) => (DLMS, last, [].as_slice()),
            Form::Other(octets) => ([].as_slice(), [0; 2], octets),
        };
        let last = last.into_iter().take(if dlms.is_empty() { 0 } else { 2 });
        let mut octets = dlms.iter().copied().chain(last).chain(other.iter().copied());
        core::iter::from_fn(move || {
            let mut number = 0_u32;
            loop {
                let octet = octets.next()?;
                number = number.checked_mul(0x80)? | u32::from(octet & 0x7F);
                if octet & 0x80 == 0 {
                    return Some(number);
                }
            }
        })
    }

    /// Reads the content of the field `what`, and tells of it as `shown` says.
    pub(super) fn read<V: Visit>(
        reader: &mut Reader<'a, V>,
        what: &'static str,
    ) -> Result<Self, WireError> {
        let start = reader.offset();
        let octets = reader.rest();
        let name = Self::new(reader.slice(octets.len(), what)?);
        let shown = match (name.application_context(), name.mechanism()) {
            (Some(context), _) => context.shown(),
            (_, Some(mechanism)) => mechanism.shown(),
            _ => Shown::Octets(octets),
        };
        reader.show(start, what, shown);
        Ok(name)
    }

    /// Reads the explicit field `what`.
    pub(super) fn read_explicit<V: Visit>(
        reader: &mut Reader<'a, V>,
        what: &'static str,
    ) -> Result<Self, WireError> {
        ber::required(reader, OBJECT_IDENTIFIER, what, |reader| Self::read(reader, what))
    }

    /// The field with its own tag, as it stands in an explicit field.
    pub(super) fn tagged(self) -> Field<Self> {
        Field(OBJECT_IDENTIFIER, self)
    }
}

impl Content for ObjectIdentifier<'_> {
    fn put(&self, out: &mut impl Sink) {
        match self.0 {
            Form::Dlms(last) => {
                out.put(DLMS);
                out.put_array(last);
            }
            Form::Other(octets) => out.put(octets),
        }
    }
}

impl From<ApplicationContext> for ObjectIdentifier<'_> {
    fn from(context: ApplicationContext) -> Self {
        Self(Form::Dlms([APPLICATION_CONTEXT, context.code()]))
    }
}

impl From<Mechanism> for ObjectIdentifier<'_> {
    fn from(mechanism: Mechanism) -> Self {
        Self(Form::Dlms([MECHANISM, mechanism.code()]))
    }
}

impl fmt::Display for ObjectIdentifier<'_> {
    /// The numbers, with points between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut numbers = self.numbers();
        // The first two share an octet: 40 times the first, which is at most 2, and the second.
        let first = numbers.next().unwrap_or_default();
        let (root, second) = match first {
            0..40 => (0, first),
            40..80 => (1, first.saturating_sub(40)),
            _ => (2, first.saturating_sub(80)),
        };
        write!(f, "{root}.{second}")?;
        numbers.try_for_each(|number| write!(f, ".{number}"))
    }
}

impl fmt::Debug for ObjectIdentifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.application_context(), self.mechanism()) {
            (Some(context), _) => fmt::Display::fmt(&context, f),
            (_, Some(mechanism)) => fmt::Display::fmt(&mechanism, f),
            _ => fmt::Display::fmt(self, f),
        }
    }
}

/// What a side asks of ACSE, as a BIT STRING: the number of unused bits, then the bits from the
/// highest on. Bit 0, the only one in use, asks for authentication. Protocol versions have the same
/// form, bit 0 being version 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AcseRequirements<'a>(pub &'a [u8]);

impl AcseRequirements<'_> {
    /// Authentication is asked for; as a protocol version, version 1.
    pub const AUTHENTICATION: Self = AcseRequirements(&[0x07, 0x80]);

    /// Is authentication asked for?
    #[must_use]
    pub fn has_authentication(self) -> bool {
        matches!(self.0, [_, bits, ..] if bits & 0x80 != 0)
    }
}
