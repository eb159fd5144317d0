//! [`Rlrq`] and [`Rlre`]: an association ends.

use gurux_framing::{Reader, Sink, Visit, Wire, WireError};

use super::aarq::{put_last, read_user_information};
use super::ber::{self, Code, Content, Field, Fields};

gurux_framing::wire_code! {
    /// Why an association shall end.
    pub struct ReleaseRequestReason(u8) {
        /// All is done.
        NORMAL = 0 => "normal",
        /// At once.
        URGENT = 1 => "urgent",
        /// The application's own reason.
        USER_DEFINED = 30 => "user-defined",
    }
}

gurux_framing::wire_code! {
    /// How the other side takes it.
    pub struct ReleaseResponseReason(u8) {
        /// All is done.
        NORMAL = 0 => "normal",
        /// It has more to do.
        NOT_FINISHED = 1 => "not-finished",
        /// The application's own reason.
        USER_DEFINED = 30 => "user-defined",
    }
}

/// RLRQ: one side asks to end the association.
///
/// | tag | field |
/// |---|---|
/// | 62 | the message |
/// | 80 | reason |
/// | BE | user-information: an InitiateRequest, in clear or ciphered, which proves who asks |
///
/// All may be absent: 62 00 is a whole message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Rlrq<'a> {
    /// Why.
    pub reason: Option<ReleaseRequestReason>,
    /// The InitiateRequest.
    pub user_information: Option<&'a [u8]>,
}

/// RLRE: the answer to an [`Rlrq`].
///
/// | tag | field |
/// |---|---|
/// | 63 | the message |
/// | 80 | reason |
/// | BE | user-information: an InitiateResponse, in clear or ciphered |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Rlre<'a> {
    /// How the other side takes it.
    pub reason: Option<ReleaseResponseReason>,
    /// The InitiateResponse.
    pub user_information: Option<&'a [u8]>,
}

/// Both have the same form.
macro_rules! release {
    ($Message:ident, $tag:literal, $name:literal, $Reason:ident) => {
        impl Fields for $Message<'_> {
            const TAG: u8 = $tag;

            fn put_fields(&self, out: &mut impl Sink) {
                self.reason.map(|reason| Field(ber::primitive(0), Code(reason.code()))).put(out);
                put_last(None, self.user_information, out);
            }
        }

        impl<'a> Wire<'a> for $Message<'a> {
            fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
                ber::message(reader, $name, |reader| {
                    let reason = ber::optional(reader, ber::primitive(0), "reason", |reader| {
                        ber::code(reader, "reason", |code| $Reason::new(code).shown())
                    })?;
                    Ok(Self {
                        reason: reason.map($Reason::new),
                        user_information: read_user_information(reader)?,
                    })
                })
            }

            fn emit(&self, out: &mut impl Sink) {
                self.message().put(out);
            }

            fn wire_len(&self) -> usize {
                ber::len_of(&self.message())
            }
        }
    };
}

release!(Rlrq, 0x62, "rlrq", ReleaseRequestReason);
release!(Rlre, 0x63, "rlre", ReleaseResponseReason);
