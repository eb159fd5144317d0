//! The general forms, which carry any message and say who sends it.

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

use super::{
    Ciphered, octet_string, octet_string_len, put_octet_string, tag as expect_tag, with_length,
};
use crate::wire::axdr::length;

/// general-glo-ciphering, general-ded-ciphering: any message, and who sends it.
///
/// | octets | field |
/// |---|---|
/// | 1 | DB: global key, DC: dedicated key |
/// | 1 and n | system-title, with its length |
/// | 1 to 5 | length |
/// | n | the security header, the text and its tag |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct GeneralGloDed<'a> {
    /// Is the key the dedicated one?
    pub is_dedicated: bool,
    /// The sender: eight octets by the standard.
    ///
    /// observed: empty (Fiorentini), and of other lengths. Then the title must be known otherwise.
    pub system_title: &'a [u8],
    /// What is protected.
    pub body: Ciphered<'a>,
}

const GENERAL_GLO: u8 = 0xDB;
const GENERAL_DED: u8 = 0xDC;
const GENERAL_CIPHERING: u8 = 0xDD;
const GENERAL_SIGNING: u8 = 0xDF;

impl GeneralGloDed<'_> {
    /// Writes what stands before a body of so many octets.
    pub(crate) fn put_head(&self, body_len: usize, out: &mut impl Sink) {
        out.put_u8(if self.is_dedicated { GENERAL_DED } else { GENERAL_GLO });
        put_octet_string(self.system_title, out);
        length::emit(body_len, out);
    }
}

impl<'a> Wire<'a> for GeneralGloDed<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let is_dedicated = reader.rest().first() == Some(&GENERAL_DED);
        let (tag, what) = match is_dedicated {
            false => (GENERAL_GLO, "general-glo-ciphering"),
            true => (GENERAL_DED, "general-ded-ciphering"),
        };
        reader.group(what, |reader| {
            expect_tag(reader, tag, what)?;
            let system_title = octet_string(reader, "system-title")?;
            let len = length::read(reader, "length")?;
            let body = reader.within(len, "ciphered-service", Ciphered::read)?;
            Ok(Self { is_dedicated, system_title, body })
        })
    }

    fn emit(&self, out: &mut impl Sink) {
        self.put_head(self.body.wire_len(), out);
        self.body.emit(out);
    }

    fn wire_len(&self) -> usize {
        octet_string_len(self.system_title)
            .saturating_add(with_length(self.body.wire_len()))
            .saturating_add(1)
    }
}

/// From whom to whom, and about what: five fields, each with its length, which general-ciphering and
/// general-signing begin with and authenticate.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct GeneralHeader<'a> {
    /// The sender's number for this exchange, mostly eight octets.
    pub transaction_id: &'a [u8],
    /// The sender.
    pub originator_system_title: &'a [u8],
    /// The receiver; empty for all.
    pub recipient_system_title: &'a [u8],
    /// When it was sent, as the twelve octets of a date-time; mostly empty.
    pub date_time: &'a [u8],
    /// Anything else; mostly empty.
    pub other_information: &'a [u8],
}

impl GeneralHeader<'_> {
    /// The fields in their order.
    #[must_use]
    pub const fn fields(&self) -> [&[u8]; 5] {
        [
            self.transaction_id,
            self.originator_system_title,
            self.recipient_system_title,
            self.date_time,
            self.other_information,
        ]
    }
}

impl<'a> Wire<'a> for GeneralHeader<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        Ok(Self {
            transaction_id: octet_string(reader, "transaction-id")?,
            originator_system_title: octet_string(reader, "originator-system-title")?,
            recipient_system_title: octet_string(reader, "recipient-system-title")?,
            date_time: octet_string(reader, "date-time")?,
            other_information: octet_string(reader, "other-information")?,
        })
    }

    fn emit(&self, out: &mut impl Sink) {
        self.fields().iter().for_each(|field| put_octet_string(field, out));
    }

    fn wire_len(&self) -> usize {
        self.fields().iter().fold(0, |len, field| len.saturating_add(octet_string_len(field)))
    }
}

gurux_framing::wire_code! {
    /// A key that both sides hold.
    pub struct KeyId(u8) {
        /// For messages to one.
        GLOBAL_UNICAST_ENCRYPTION = 0 => "global-unicast-encryption-key",
        /// For messages to all.
        GLOBAL_BROADCAST_ENCRYPTION = 1 => "global-broadcast-encryption-key",
        /// What messages are authenticated with. Key transfer alone names it.
        AUTHENTICATION = 2 => "authentication-key",
        /// What keys are wrapped with. Key transfer alone names it.
        MASTER = 3 => "master-key",
    }
}

gurux_framing::wire_code! {
    /// A key that a key is wrapped with.
    pub struct KekId(u8) {
        /// The master key.
        MASTER = 0 => "master-key",
    }
}

/// With which key a general-ciphering message is ciphered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KeyInfo<'a> {
    /// One that both hold.
    Identified(KeyId),
    /// One that comes with the message, wrapped.
    Wrapped {
        /// With which key.
        kek_id: KekId,
        /// The wrapped key, eight octets longer than the key.
        key_ciphered_data: &'a [u8],
    },
    /// One that both work out.
    Agreed {
        /// By which scheme: one octet, 1 for one-pass Diffie-Hellman, 2 for the static unified model.
        key_parameters: &'a [u8],
        /// The sender's ephemeral public key and its signature; empty in the static unified model.
        key_ciphered_data: &'a [u8],
    },
}

impl<'a> Wire<'a> for KeyInfo<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let [choice] = reader.array("key-info")?;
        let name = match choice {
            0 => "identified-key",
            1 => "wrapped-key",
            2 => "agreed-key",
            _ => return Err(WireError::new(start, "key-info", WireErrorKind::Code(choice.into()))),
        };
        reader.show_structure(start, "choice", Shown::Unsigned(choice.into()));
        reader.group(name, |reader| {
            let start = reader.offset();
            Ok(match choice {
                0 => {
                    let [code] = reader.array("key-id")?;
                    let key_id = KeyId::new(code);
                    reader.show(start, "key-id", key_id.shown());
                    Self::Identified(key_id)
                }
                1 => {
                    let [code] = reader.array("kek-id")?;
                    let kek_id = KekId::new(code);
                    reader.show(start, "kek-id", kek_id.shown());
                    let key_ciphered_data = octet_string(reader, "key-ciphered-data")?;
                    Self::Wrapped { kek_id, key_ciphered_data }
                }
                _ => Self::Agreed {
                    key_parameters: octet_string(reader, "key-parameters")?,
                    key_ciphered_data: octet_string(reader, "key-ciphered-data")?,
                },
            })
        })
    }

    fn emit(&self, out: &mut impl Sink) {
        match self {
            Self::Identified(key_id) => out.put_array([0, key_id.code()]),
            Self::Wrapped { kek_id, key_ciphered_data } => {
                out.put_array([1, kek_id.code()]);
                put_octet_string(key_ciphered_data, out);
            }
            Self::Agreed { key_parameters, key_ciphered_data } => {
                out.put_u8(2);
                put_octet_string(key_parameters, out);
                put_octet_string(key_ciphered_data, out);
            }
        }
    }

    fn wire_len(&self) -> usize {
        match self {
            Self::Identified(_) => 2,
            Self::Wrapped { key_ciphered_data, .. } => {
                octet_string_len(key_ciphered_data).saturating_add(2)
            }
            Self::Agreed { key_parameters, key_ciphered_data } => octet_string_len(key_parameters)
                .saturating_add(octet_string_len(key_ciphered_data))
                .saturating_add(1),
        }
    }
}

/// general-ciphering: any message, from whom to whom, and under which key.
///
/// | octets | field |
/// |---|---|
/// | 1 | DD |
/// | n | the five fields of [`GeneralHeader`] |
/// | 1 | 1 if key-info follows, else 0 |
/// | n | key-info |
/// | 1 to 5 | length |
/// | n | the security header, the text and its tag |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct GeneralCiphering<'a> {
    /// From whom to whom.
    pub header: GeneralHeader<'a>,
    /// Under which key; if it is not there, under that of the message before.
    pub key_info: Option<KeyInfo<'a>>,
    /// What is protected.
    pub body: Ciphered<'a>,
}

impl GeneralCiphering<'_> {
    /// Writes what stands before a body of so many octets.
    pub(crate) fn put_head(&self, body_len: usize, out: &mut impl Sink) {
        out.put_u8(GENERAL_CIPHERING);
        self.header.emit(out);
        out.put_u8(self.key_info.is_some().into());
        if let Some(key_info) = self.key_info {
            key_info.emit(out);
        }
        length::emit(body_len, out);
    }
}

impl<'a> Wire<'a> for GeneralCiphering<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let what = "general-ciphering";
        reader.group(what, |reader| {
            expect_tag(reader, GENERAL_CIPHERING, what)?;
            let header = GeneralHeader::read(reader)?;
            let start = reader.offset();
            let key_info = match reader.structure_u8("key-info presence")? {
                0 => None,
                1 => Some(KeyInfo::read(reader)?),
                found => {
                    let kind = WireErrorKind::Code(found.into());
                    return Err(WireError::new(start, "key-info presence", kind));
                }
            };
            let len = length::read(reader, "length")?;
            let body = reader.within(len, "ciphered-content", Ciphered::read)?;
            Ok(Self { header, key_info, body })
        })
    }

    fn emit(&self, out: &mut impl Sink) {
        self.put_head(self.body.wire_len(), out);
        self.body.emit(out);
    }

    fn wire_len(&self) -> usize {
        self.header
            .wire_len()
            .saturating_add(self.key_info.map_or(0, |key_info| key_info.wire_len()))
            .saturating_add(with_length(self.body.wire_len()))
            .saturating_add(2)
    }
}

/// general-signing: any message, from whom to whom, and a signature.
///
/// | octets | field |
/// |---|---|
/// | 1 | DF |
/// | n | the five fields of [`GeneralHeader`] |
/// | n | content, with its length: a message, in clear or ciphered |
/// | n | signature, with its length: 64 octets in suite 1, 96 in suite 2 |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct GeneralSigning<'a> {
    /// From whom to whom.
    pub header: GeneralHeader<'a>,
    /// The message.
    pub content: &'a [u8],
    /// The two numbers of an ECDSA signature, one behind the other.
    pub signature: &'a [u8],
}

impl<'a> Wire<'a> for GeneralSigning<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let what = "general-signing";
        reader.group(what, |reader| {
            expect_tag(reader, GENERAL_SIGNING, what)?;
            Ok(Self {
                header: GeneralHeader::read(reader)?,
                content: octet_string(reader, "content")?,
                signature: octet_string(reader, "signature")?,
            })
        })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_u8(GENERAL_SIGNING);
        self.header.emit(out);
        put_octet_string(self.content, out);
        put_octet_string(self.signature, out);
    }

    fn wire_len(&self) -> usize {
        self.header
            .wire_len()
            .saturating_add(octet_string_len(self.content))
            .saturating_add(octet_string_len(self.signature))
            .saturating_add(1)
    }
}
