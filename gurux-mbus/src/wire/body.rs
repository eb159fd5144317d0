//! [`Body`]: what a telegram carries.

use gurux_framing::{Reader, Shown, Visit, Wire, WireError};

use super::{
    Alarm, ApplicationError, ApplicationErrorCode, ApplicationSubCode, BaudRate, CiField,
    ClockSync, Header, Records, Sealed, Selection, Telegram, Tpl,
};
use crate::table::{Content, lookup_ci};

/// What a telegram carries, by its CI field.
///
/// What is not as its CI field says (an application reset of three octets, a selection of five) is
/// [`Unknown`](Self::Unknown) and keeps its octets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Body<'a> {
    /// Data records, from a meter or to one.
    Records(&'a [u8]),
    /// Data records, the data of each with the high octet first (CI 76): [`Records::turn`] makes them
    /// readable.
    RecordsMsbFirst(&'a [u8]),
    /// The data of records whose heads are known: format signature, check sum, data.
    CompactFrame(&'a [u8]),
    /// The heads of records.
    FormatFrame(&'a [u8]),
    /// A fixed data structure, from the identification number on.
    FixedData {
        /// Its 16 octets.
        octets: &'a [u8],
        /// Do numbers have their high octet first (CI 77)?
        msb_first: bool,
    },
    /// The meter does not do what was asked.
    ApplicationError(ApplicationError<'a>),
    /// The meter raises an alarm.
    Alarm(Alarm<'a>),
    /// A message of DLMS, or a segment of one, for whoever knows DLMS.
    Dlms {
        /// The CI field: where it is 00 to 1F it counts segments.
        ci: CiField,
        /// What follows it and the header: for segments the two service access points first.
        octets: &'a [u8],
    },
    /// The meter that is selected from here on.
    Selection(Selection),
    /// Reset, or select an application.
    ApplicationReset {
        /// Which application, and which part of its telegrams.
        sub_code: Option<ApplicationSubCode>,
    },
    /// Which application is selected?
    RequestSelectedApplication,
    /// The application that is selected.
    SelectedApplication(&'a [u8]),
    /// Freeze the values now.
    Synchronise,
    /// Set the clock.
    ClockSync(ClockSync<'a>),
    /// Speak at this speed from the next telegram on.
    SetBaudRate(BaudRate),
    /// What only the manufacturer knows, behind the CI field.
    Manufacturer(&'a [u8]),
    /// There is nothing.
    Nothing,
    /// There is something, sealed: the whole payload.
    Sealed(&'a [u8]),
    /// Something that is not opened here.
    Unknown(&'a [u8]),
}

impl<'a> Telegram<'a> {
    /// What the telegram carries.
    #[must_use]
    pub fn body(&self) -> Body<'a> {
        let payload = self.payload;
        let is_open = match self.sealed {
            None => true,
            Some(Sealed::Unknown) => self.seems_clear(),
            Some(_) => false,
        };
        if !is_open {
            return Body::Sealed(payload);
        }
        let Some(tpl) = self.tpl else { return Body::Nothing };
        let ci = tpl.ci();
        match (content_of(&tpl), payload) {
            (Content::Records, _) => Body::Records(payload),
            (Content::RecordsMsbFirst, _) => Body::RecordsMsbFirst(payload),
            (Content::CompactFrame, _) => Body::CompactFrame(payload),
            (Content::FormatFrame, _) => Body::FormatFrame(payload),
            (Content::FixedData, _) => Body::FixedData { octets: payload, msb_first: false },
            (Content::FixedDataMsbFirst, _) => Body::FixedData { octets: payload, msb_first: true },
            (Content::ApplicationError, _) => Body::ApplicationError(ApplicationError(payload)),
            (Content::Alarm, _) => Body::Alarm(Alarm(payload)),
            (Content::Dlms, _) => Body::Dlms { ci, octets: payload },
            (Content::Selection, _) => match Selection::from_bytes(payload) {
                Ok(selection) => Body::Selection(selection),
                Err(_) => Body::Unknown(payload),
            },
            (Content::ApplicationReset, []) => Body::ApplicationReset { sub_code: None },
            (Content::ApplicationReset, [code]) => {
                Body::ApplicationReset { sub_code: Some(ApplicationSubCode(*code)) }
            }
            (Content::RequestSelectedApplication, []) => Body::RequestSelectedApplication,
            (Content::SelectedApplication, _) => Body::SelectedApplication(payload),
            (Content::Synchronise, []) => Body::Synchronise,
            (Content::ClockSync, _) => {
                Body::ClockSync(ClockSync::new(ci == CiField::CLOCK_SYNC_RELATIVE, payload))
            }
            (Content::SetBaudRate, []) => match BaudRate::from_ci(ci) {
                Some(rate) => Body::SetBaudRate(rate),
                None => Body::Unknown(payload),
            },
            (Content::Manufacturer, _) => Body::Manufacturer(payload),
            (Content::Nothing, []) => Body::Nothing,
            _ => Body::Unknown(payload),
        }
    }
}

impl Telegram<'_> {
    /// Are there records, and nothing that encrypted octets would bring about?
    #[cold]
    fn seems_clear(&self) -> bool {
        self.tpl.is_some_and(|tpl| matches!(content_of(&tpl), Content::Records))
            && Records::are_plausible(self.payload)
    }
}

fn content_of(tpl: &Tpl) -> Content {
    match lookup_ci(tpl.ci()) {
        // A fixed data structure, where the header says so: see `Tpl::read_behind`.
        Some(_) if tpl.ci() == CiField::FIXED_DATA && tpl.header() == Header::None => {
            Content::FixedData
        }
        Some(row) => row.content,
        None => Content::Other,
    }
}

/// Tells the visitor what the octets behind this layer are, as far as that is known here; the rest
/// stays.
pub(super) fn explain_body<'a, V: Visit>(tpl: &Tpl, reader: &mut Reader<'a, V>) {
    let payload = reader.rest();
    // What cannot be read was told up to there.
    let _ = match (content_of(tpl), payload) {
        (_, []) => Ok(()),
        (Content::Records, _) => reader.list("records", |reader| {
            Records::read_all(reader);
            Ok(())
        }),
        (Content::ApplicationError, _) => {
            show_code(reader, "application error", |code| ApplicationErrorCode::new(code).shown())
        }
        (Content::Alarm, _) => show_code(reader, "alarm", |code| Shown::Unsigned(code.into())),
        (Content::ApplicationReset, [_]) => reader.u8("sub-code").map(|_| ()),
        (Content::Selection, _) if Selection::from_bytes(payload).is_ok() => {
            reader.group("selection", |reader| reader.read::<Selection>()).map(|_| ())
        }
        _ => Ok(()),
    };
}

fn show_code<V: Visit>(
    reader: &mut Reader<'_, V>,
    name: &'static str,
    shown: impl FnOnce(u8) -> Shown<'static>,
) -> Result<(), WireError> {
    let start = reader.offset();
    let [code] = reader.array(name)?;
    reader.show(start, name, shown(code));
    Ok(())
}
