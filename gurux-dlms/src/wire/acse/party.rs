//! Who is meant, and what proves it.

use gurux_framing::{Reader, Sink, Visit, WireError, WireErrorKind};

use super::ber::{self, Content, Field, Integer, OCTET_STRING};

/// One side of an association.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Party<'a> {
    /// The system title: eight octets, by the standard. Any number is read: titles of other lengths
    /// are known, empty ones among them.
    pub ap_title: Option<&'a [u8]>,
    /// Of a client or a server that signs: its certificate.
    pub ae_qualifier: Option<&'a [u8]>,
    /// Not in use.
    pub ap_invocation_id: Option<i32>,
    /// Of a client: which user it acts for; see [`Party::user_id`].
    pub ae_invocation_id: Option<i32>,
}

/// The names of a party's four fields.
pub(super) struct PartyNames {
    pub(super) ap_title: &'static str,
    pub(super) ae_qualifier: &'static str,
    pub(super) ap_invocation_id: &'static str,
    pub(super) ae_invocation_id: &'static str,
}

impl<'a> Party<'a> {
    /// A side that says no more than its system title.
    #[must_use]
    pub const fn titled(system_title: &'a [u8]) -> Self {
        Self {
            ap_title: Some(system_title),
            ae_qualifier: None,
            ap_invocation_id: None,
            ae_invocation_id: None,
        }
    }

    /// The user of a client, 0 to 255.
    ///
    /// observed: those from 128 on are written as one octet, which BER takes for a negative number
    /// (clients of Gurux); the number itself, of two octets, is understood as well.
    #[must_use]
    pub fn user_id(self) -> Option<u8> {
        self.ae_invocation_id.filter(|id| (-0x80..0x100).contains(id)).map(|id| id.to_le_bytes()[0])
    }

    /// Reads the fields with the numbers from `first` on.
    pub(super) fn read<V: Visit>(
        reader: &mut Reader<'a, V>,
        first: u8,
        names: &PartyNames,
    ) -> Result<Self, WireError> {
        let [title, qualifier, ap_id, ae_id] = tags(first);
        Ok(Self {
            ap_title: ber::optional(reader, title, names.ap_title, |reader| {
                ber::octet_string(reader, names.ap_title)
            })?,
            ae_qualifier: ber::optional(reader, qualifier, names.ae_qualifier, |reader| {
                ber::octet_string(reader, names.ae_qualifier)
            })?,
            ap_invocation_id: ber::optional(reader, ap_id, names.ap_invocation_id, |reader| {
                ber::explicit_integer(reader, names.ap_invocation_id)
            })?,
            ae_invocation_id: ber::optional(reader, ae_id, names.ae_invocation_id, |reader| {
                ber::explicit_integer(reader, names.ae_invocation_id)
            })?,
        })
    }

    /// Writes the fields with the numbers from `first` on.
    pub(super) fn put(&self, first: u8, out: &mut impl Sink) {
        let [title, qualifier, ap_id, ae_id] = tags(first);
        let string = |tag, octets| Field(tag, Field(OCTET_STRING, octets));
        let integer = |tag, id| Field(tag, Integer(id));
        self.ap_title.map(|octets| string(title, octets)).put(out);
        self.ae_qualifier.map(|octets| string(qualifier, octets)).put(out);
        self.ap_invocation_id.map(|id| integer(ap_id, id)).put(out);
        self.ae_invocation_id.map(|id| integer(ae_id, id)).put(out);
    }
}

/// The tags of the four fields, the first of which has this number.
fn tags(first: u8) -> [u8; 4] {
    [0, 1, 2, 3].map(|place| ber::constructed(first.wrapping_add(place)))
}

/// In which of the four forms of the ASN.1 an authentication value is given.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AuthenticationForm {
    /// Octets: a password, or a challenge of 8 to 64 octets. The one in use.
    CharString,
    /// A BIT STRING, with its octet of unused bits.
    BitString,
    /// An EXTERNAL.
    External,
    /// A mechanism's own: its name and value.
    Other,
}

impl AuthenticationForm {
    const ALL: [Self; 4] = [Self::CharString, Self::BitString, Self::External, Self::Other];

    const fn tag(self) -> u8 {
        match self {
            Self::CharString => ber::primitive(0),
            Self::BitString => ber::primitive(1),
            Self::External => ber::constructed(2),
            Self::Other => ber::constructed(3),
        }
    }
}

/// A password, or a challenge.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AuthenticationValue<'a> {
    /// How it is given.
    pub form: AuthenticationForm,
    /// Its content.
    pub octets: &'a [u8],
}

impl<'a> AuthenticationValue<'a> {
    /// A password or a challenge in the form in use.
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { form: AuthenticationForm::CharString, octets }
    }

    /// Reads the content of the field `what`.
    pub(super) fn read<V: Visit>(
        reader: &mut Reader<'a, V>,
        what: &'static str,
    ) -> Result<Self, WireError> {
        let tag = reader.rest().first().copied().unwrap_or_default();
        let Some(form) = AuthenticationForm::ALL.into_iter().find(|form| form.tag() == tag) else {
            return Err(reader.error(what, WireErrorKind::Code(tag.into())));
        };
        let octets = ber::required(reader, tag, what, |reader| ber::octets(reader, what))?;
        Ok(Self { form, octets })
    }
}

impl Content for AuthenticationValue<'_> {
    fn put(&self, out: &mut impl Sink) {
        Field(self.form.tag(), self.octets).put(out);
    }
}

impl core::fmt::Debug for AuthenticationValue<'_> {
    /// Its form and length: it may be a password.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:?}({} octets)", self.form, self.octets.len())
    }
}
