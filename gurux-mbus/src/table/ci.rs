//! What each CI field says of the layers behind it.

use gurux_framing::Direction;

use crate::wire::CiField;

/// What a CI field announces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Content {
    /// An extended link layer.
    Ell,
    /// A network layer.
    Nwl,
    /// An authentication and fragmentation layer.
    Afl,
    /// Data records.
    Records,
    /// Data records, all numbers with the high octet first.
    RecordsMsbFirst,
    /// The data of records whose heads are known.
    CompactFrame,
    /// The heads of records.
    FormatFrame,
    /// 16 octets of fixed data.
    FixedData,
    /// 16 octets of fixed data, the high octet first.
    FixedDataMsbFirst,
    /// An error code.
    ApplicationError,
    /// An octet of alarms.
    Alarm,
    /// DLMS or COSEM.
    Dlms,
    /// The address of the meter to select.
    Selection,
    /// Reset, or selection of an application.
    ApplicationReset,
    /// Which application is selected? Nothing follows.
    RequestSelectedApplication,
    /// The application that is selected.
    SelectedApplication,
    /// Freeze now. Nothing follows.
    Synchronise,
    /// A time to be set.
    ClockSync,
    /// A speed of the line. Nothing follows.
    SetBaudRate,
    /// Nothing: the transport header is all.
    Nothing,
    /// What only the manufacturer knows.
    Manufacturer,
    /// Something that is named and not opened here.
    Other,
}

/// The header of the transport layer behind a CI field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HeaderKind {
    /// None.
    None,
    /// Access number, status, configuration.
    Short,
    /// A meter's address, then as short.
    Long,
}

/// What is known of a range of CI fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CiRow {
    /// The first code.
    pub first: u8,
    /// The last code.
    pub last: u8,
    /// What is announced.
    pub content: Content,
    /// Behind which header. `None` too where no transport layer follows.
    pub header: HeaderKind,
    /// Which way such telegrams go; `None` if both.
    pub direction: Option<Direction>,
}

const fn row(
    first: u8,
    last: u8,
    content: Content,
    header: HeaderKind,
    direction: Option<Direction>,
) -> CiRow {
    CiRow { first, last, content, header, direction }
}

const TO_METER: Option<Direction> = Some(Direction::Request);
const FROM_METER: Option<Direction> = Some(Direction::Response);
const BOTH: Option<Direction> = None;

/// The CI fields, as the editions of EN 13757-3 and -7 gave them out and as implementations use
/// them. 56, 57, 9E and 9F are of the latest editions. What is missing is reserved.
#[rustfmt::skip]
const ROWS: &[CiRow] = {
    use self::Content as C;
    use HeaderKind::{Long, None, Short};
    &[
        row(0x00, 0x1F, C::Dlms,                       None,  BOTH),
        row(0x50, 0x50, C::ApplicationReset,           None,  TO_METER),
        row(0x51, 0x51, C::Records,                    None,  TO_METER),
        row(0x52, 0x52, C::Selection,                  None,  TO_METER),
        row(0x53, 0x53, C::ApplicationReset,           Long,  TO_METER),
        row(0x54, 0x54, C::RequestSelectedApplication, None,  TO_METER),
        row(0x55, 0x55, C::RequestSelectedApplication, Long,  TO_METER),
        row(0x56, 0x56, C::RequestSelectedApplication, Short, TO_METER),
        row(0x57, 0x57, C::ApplicationReset,           Short, TO_METER),
        row(0x5A, 0x5A, C::Records,                    Short, TO_METER),
        row(0x5B, 0x5B, C::Records,                    Long,  TO_METER),
        row(0x5C, 0x5C, C::Synchronise,                None,  TO_METER),
        row(0x5F, 0x5F, C::Other,                      None,  BOTH),
        row(0x60, 0x60, C::Dlms,                       Long,  TO_METER),
        row(0x61, 0x61, C::Dlms,                       Short, TO_METER),
        row(0x64, 0x64, C::Other,                      Long,  TO_METER),
        row(0x65, 0x65, C::Other,                      Short, TO_METER),
        row(0x66, 0x66, C::SelectedApplication,        None,  FROM_METER),
        row(0x67, 0x67, C::SelectedApplication,        Short, FROM_METER),
        row(0x68, 0x68, C::SelectedApplication,        Long,  FROM_METER),
        row(0x69, 0x69, C::FormatFrame,                None,  FROM_METER),
        row(0x6A, 0x6A, C::FormatFrame,                Short, FROM_METER),
        row(0x6B, 0x6B, C::FormatFrame,                Long,  FROM_METER),
        row(0x6C, 0x6D, C::ClockSync,                  Long,  TO_METER),
        row(0x6E, 0x6E, C::ApplicationError,           Short, FROM_METER),
        row(0x6F, 0x6F, C::ApplicationError,           Long,  FROM_METER),
        row(0x70, 0x70, C::ApplicationError,           None,  FROM_METER),
        row(0x71, 0x71, C::Alarm,                      None,  FROM_METER),
        row(0x72, 0x72, C::Records,                    Long,  FROM_METER),
        row(0x73, 0x73, C::CompactFrame,               Long,  FROM_METER),
        row(0x74, 0x74, C::Alarm,                      Short, FROM_METER),
        row(0x75, 0x75, C::Alarm,                      Long,  FROM_METER),
        row(0x76, 0x76, C::RecordsMsbFirst,            Long,  FROM_METER),
        row(0x77, 0x77, C::FixedDataMsbFirst,          None,  FROM_METER),
        row(0x78, 0x78, C::Records,                    None,  FROM_METER),
        row(0x79, 0x79, C::CompactFrame,               None,  FROM_METER),
        row(0x7A, 0x7A, C::Records,                    Short, FROM_METER),
        row(0x7B, 0x7B, C::CompactFrame,               Short, FROM_METER),
        row(0x7C, 0x7C, C::Dlms,                       Long,  FROM_METER),
        row(0x7D, 0x7D, C::Dlms,                       Short, FROM_METER),
        row(0x7E, 0x7E, C::Other,                      Long,  FROM_METER),
        row(0x7F, 0x7F, C::Other,                      Short, FROM_METER),
        row(0x80, 0x80, C::Nothing,                    Long,  TO_METER),
        row(0x81, 0x81, C::Nwl,                        None,  BOTH),
        row(0x82, 0x82, C::Other,                      Short, TO_METER),
        row(0x83, 0x83, C::Other,                      None,  TO_METER),
        row(0x84, 0x85, C::Nothing,                    Long,  TO_METER),
        row(0x86, 0x86, C::Ell,                        None,  BOTH),
        row(0x87, 0x87, C::Other,                      Long,  FROM_METER),
        row(0x88, 0x88, C::Other,                      Short, FROM_METER),
        row(0x89, 0x89, C::Other,                      None,  FROM_METER),
        row(0x8A, 0x8A, C::Nothing,                    Short, FROM_METER),
        row(0x8B, 0x8B, C::Nothing,                    Long,  FROM_METER),
        row(0x8C, 0x8F, C::Ell,                        None,  BOTH),
        row(0x90, 0x90, C::Afl,                        None,  BOTH),
        row(0x9E, 0x9E, C::Other,                      Short, BOTH),
        row(0x9F, 0x9F, C::Other,                      Long,  BOTH),
        row(0xA0, 0xB7, C::Manufacturer,               None,  BOTH),
        row(0xB8, 0xBF, C::SetBaudRate,                None,  TO_METER),
        row(0xC0, 0xC0, C::Other,                      Long,  TO_METER),
        row(0xC1, 0xC1, C::Other,                      Short, FROM_METER),
        row(0xC2, 0xC2, C::Other,                      Long,  FROM_METER),
        row(0xC3, 0xC3, C::Other,                      Long,  TO_METER),
        row(0xC4, 0xC4, C::Other,                      Short, FROM_METER),
        row(0xC5, 0xC5, C::Other,                      Long,  FROM_METER),
    ]
};

/// What is known of a CI field; `None` where it is reserved.
///
/// 73 is listed as the compact frame of newer texts; on a wire, 16 octets behind it are fixed data.
///
/// ```
/// use gurux_mbus::table::{Content, HeaderKind, lookup_ci};
/// use gurux_mbus::wire::CiField;
///
/// let row = lookup_ci(CiField::VARIABLE_DATA_SHORT).expect("7A is known");
/// assert_eq!((row.content, row.header), (Content::Records, HeaderKind::Short));
/// assert_eq!(lookup_ci(CiField::new(0x20)), None);
/// ```
#[must_use]
#[inline]
pub fn lookup_ci(ci: CiField) -> Option<&'static CiRow> {
    let row = *ROW_OF.get(usize::from(ci.code()))?;
    ROWS.get(usize::from(row))
}

/// The row of each code; beyond the last row where it has none.
#[expect(
    clippy::indexing_slicing,
    reason = "done when this is compiled, and each octet has its place"
)]
static ROW_OF: [u8; 256] = {
    let mut row_of = [u8::MAX; 256];
    let (mut rest, mut index) = (ROWS, 0);
    while let [row, tail @ ..] = rest {
        let mut code = row.first;
        while code <= row.last {
            row_of[code as usize] = index;
            code += 1;
        }
        (rest, index) = (tail, index + 1);
    }
    row_of
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_do_not_overlap() {
        assert!(ROWS.iter().all(|row| row.first <= row.last));
        assert!(ROWS.windows(2).all(|pair| pair[0].last < pair[1].first));
    }

    #[test]
    fn every_code_is_looked_up_as_a_walk_over_the_rows_finds_it() {
        for code in 0..=u8::MAX {
            let walked = ROWS.iter().find(|row| (row.first..=row.last).contains(&code));
            assert_eq!(lookup_ci(CiField::new(code)), walked);
        }
    }

    #[test]
    fn what_has_a_name_has_a_row() {
        for ci in CiField::ALL {
            assert!(lookup_ci(*ci).is_some(), "{ci}");
        }
        for row in ROWS.iter().filter(|row| row.content != Content::Dlms) {
            let named = CiField::new(row.first).name().is_some();
            assert_eq!(named, row.content != Content::Manufacturer, "{:02X}", row.first);
        }
    }
}
