//! [`LoadProfile`]: the rows of a profile, each as it comes.

mod cell;

use alloc::vec::Vec;

use gurux_framing::Wire;
use gurux_media::Instant;
use gurux_value::{DateTime, Obis, Unit};

pub use self::cell::{Cell, Column, Scale};
use super::{Input, Procedure, Reason, Step};
use crate::security::{CounterStore, Provider};
use crate::session::link::Store;
use crate::session::{CallId, Client};
use crate::table::class::ClassId;
use crate::wire::{
    AttributeDescriptor, AttributeWithSelection, CosemDateTime, DataRef, EntryDescriptor,
    RangeDescriptor, SelectiveAccess, Sequence,
};

/// The most columns of a profile.
const MAX_COLUMNS: usize = 255;
/// So many scalers are asked for in one order.
const SCALES_AT_ONCE: usize = 8;
/// A range descriptor with two date-times and no columns.
const RANGE_LEN: usize = 50;

/// Which rows of a profile are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RowSelection {
    /// All that are there.
    #[default]
    All,
    /// By number.
    Entries {
        /// The first, from 1.
        from: u32,
        /// The last; 0 is the last of all.
        to: u32,
    },
    /// By the time of the profile's clock column, both ends included.
    Between {
        /// The first.
        from: CosemDateTime,
        /// The last.
        to: CosemDateTime,
    },
}

/// Reads the rows of a profile (class 7): what it captures is read first, with the scalers and units of its
/// registers, then each row is told as it comes and forgotten with the next, so that a year takes no more
/// memory than a day.
///
/// A value that a meter leaves out (null-data) is the one of the row before; a time that it leaves out is that
/// of the row before and the capture period. Each number has its exact scale. A column whose scaler the meter
/// does not tell has raw numbers ([`Cell::data`]) and no values.
///
/// ```no_run
/// # use gurux_dlms::security::Software;
/// # use gurux_dlms::session::{Client, link::Owned};
/// use gurux_dlms::session::procedure::{LoadProfile, ProcedureEvent, RowSelection, Running};
/// use gurux_media::drive::{Driven, Driver};
/// use gurux_media::Media;
/// use core::time::Duration;
///
/// # fn read(client: &mut Client<Owned, Software>, media: &mut impl Media) -> Result<(), Box<dyn std::error::Error>> {
/// let rows = RowSelection::Entries { from: 1, to: 24 };
/// let profile = LoadProfile::new("1-0:99.1.0*255".parse()?, rows);
/// let mut running = Running::new(client, profile, media.now());
/// let mut driver = Driver::new();
/// let until = media.now() + Duration::from_secs(60);
/// loop {
///     match driver.drive(&mut running, media, until)? {
///         Driven::Event(ProcedureEvent::Told(_)) => {
///             for cell in running.procedure().cells() {
///                 let value = cell.value().map(|value| value.to_string()).unwrap_or_default();
///                 let unit = cell.unit().map(|unit| unit.to_string()).unwrap_or_default();
///                 print!("{value} {unit}\t");
///             }
///             println!();
///         }
///         Driven::Event(ProcedureEvent::Done(rows)) => return Ok(println!("{rows} rows")),
///         Driven::Event(ProcedureEvent::Failed(error)) => return Err(error.into()),
///         Driven::Event(ProcedureEvent::Client(_)) => {}
///         Driven::Deadline | Driven::Closed => return Err("no answer".into()),
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct LoadProfile {
    logical_name: Obis,
    selection: RowSelection,
    columns: Vec<Column>,
    /// What stands in each column of the row that came last, as it is on the wire; empty where it is not known.
    latest: Vec<Vec<u8>>,
    /// Microseconds from one row to the next, as they come; `None` where they say nothing of it.
    step: Option<i64>,
    period: i64,
    stage: Stage,
    rows: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Columns,
    Order,
    Scales,
    Rows,
}

impl LoadProfile {
    /// The profile of this name.
    #[must_use]
    pub const fn new(logical_name: Obis, selection: RowSelection) -> Self {
        Self {
            logical_name,
            selection,
            columns: Vec::new(),
            latest: Vec::new(),
            step: None,
            period: 0,
            stage: Stage::Columns,
            rows: 0,
        }
    }

    /// The same profile of the same meter once more, other rows: its columns and scalers are not read again.
    #[must_use]
    pub fn select(mut self, selection: RowSelection) -> Self {
        self.selection = selection;
        self.rows = 0;
        self.latest.iter_mut().for_each(Vec::clear);
        if self.stage != Stage::Rows {
            self.columns.clear();
            self.stage = Stage::Columns;
        }
        self
    }

    /// What the profile captures; empty before it is read.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The row that was told last.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        self.columns.iter().zip(&self.latest).map(|(column, octets)| Cell::new(column, octets))
    }

    const fn attribute(&self, attribute_id: i8) -> AttributeDescriptor {
        let class_id = ClassId::PROFILE_GENERIC.code();
        AttributeDescriptor { class_id, instance_id: self.logical_name, attribute_id }
    }

    fn take_column(&mut self, definition: DataRef<'_>) -> Result<(), Reason> {
        if self.columns.len() >= MAX_COLUMNS {
            return Err(Reason::Form("an array of at most 255 columns"));
        }
        let column = Column::from_data(definition).ok_or(Reason::Form("a capture object"))?;
        self.columns.push(column);
        self.latest.push(Vec::new());
        Ok(())
    }

    /// Period and sort method, each if the meter tells it.
    fn take_order(&mut self, index: usize, number: Option<i128>) {
        if index == 0 {
            let seconds = number.and_then(|seconds| u32::try_from(seconds).ok());
            self.period = i64::from(seconds.unwrap_or_default()).saturating_mul(1_000_000);
            self.step = Some(self.period).filter(|period| *period > 0);
            return;
        }
        // sort_method: 1 the oldest first, 2 the newest, others by a value.
        self.step = match number {
            None | Some(1) => self.step,
            Some(2) => self.step.map(i64::saturating_neg),
            Some(_) => None,
        };
    }

    /// Asks for the scalers of the next registers, or for the rows.
    fn ask_scales<S: Store, P: Provider, C: CounterStore>(
        &mut self,
        client: &mut Client<S, P, C>,
    ) -> Result<CallId, Reason> {
        let due = self.columns.iter().filter(|column| column.scale == Scale::Due);
        let asked = due.filter_map(Column::scaler_unit).take(SCALES_AT_ONCE);
        let asked: Vec<AttributeWithSelection<'_>> = asked.map(Into::into).collect();
        if asked.is_empty() {
            return self.ask_rows(client);
        }
        self.stage = Stage::Scales;
        Ok(client.get_list(&asked)?)
    }

    fn ask_rows<S: Store, P: Provider, C: CounterStore>(
        &mut self,
        client: &mut Client<S, P, C>,
    ) -> Result<CallId, Reason> {
        self.stage = Stage::Rows;
        let buffer = self.attribute(2);
        let mut room = [0; RANGE_LEN];
        let (access_selector, len) = match &self.selection {
            RowSelection::All => return Ok(client.read_rows(buffer, None)?),
            RowSelection::Entries { from, to } => {
                let entries =
                    EntryDescriptor { from_entry: *from, to_entry: *to, ..EntryDescriptor::ALL };
                (SelectiveAccess::BY_ENTRY, entries.emit_to_slice(&mut room))
            }
            RowSelection::Between { from, to } => {
                let is_clock = |column: &&Column| column.class_id == ClassId::CLOCK.code();
                let clock = self.columns.iter().find(is_clock).ok_or(Reason::NoClockColumn)?;
                let range = RangeDescriptor {
                    class_id: clock.class_id,
                    logical_name: clock.logical_name,
                    attribute_index: clock.attribute,
                    data_index: clock.data_index,
                    // As the attribute of the clock has it.
                    from_value: DataRef::OctetString(from.as_octets()),
                    to_value: DataRef::OctetString(to.as_octets()),
                    selected_values: Sequence::EMPTY,
                };
                (SelectiveAccess::BY_RANGE, range.emit_to_slice(&mut room))
            }
        };
        let selection =
            len.and_then(|len| DataRef::from_bytes(room.get(..len).unwrap_or_default()));
        let access_parameters = selection.map_err(crate::session::Failure::from)?;
        let selection = SelectiveAccess { access_selector, access_parameters };
        Ok(client.read_rows(buffer, Some(selection))?)
    }

    fn take_row(&mut self, row: DataRef<'_>) -> Result<usize, Reason> {
        let DataRef::Structure(cells) = row else {
            return Err(Reason::Form("a row, a structure"));
        };
        if cells.len() != self.columns.len() {
            let (found, expected) = (cells.len(), self.columns.len());
            return Err(Reason::RowWidth { found, expected });
        }
        for ((cell, column), latest) in cells.iter().zip(&self.columns).zip(&mut self.latest) {
            if cell != DataRef::NullData {
                latest.clear();
                cell.emit(latest);
            } else if column.is_clock() {
                let time = self.step.and_then(|step| later(latest, step));
                latest.clear();
                if let Some((time, is_tagged)) = time {
                    let octets = DataRef::OctetString(time.as_octets());
                    if is_tagged { DataRef::DateTime(time) } else { octets }.emit(latest);
                }
            }
        }
        let number = self.rows;
        self.rows = number.saturating_add(1);
        Ok(number)
    }
}

/// A time and so many microseconds, and whether it has a tag of its own.
fn later(octets: &[u8], micros: i64) -> Option<(CosemDateTime, bool)> {
    let (time, is_tagged) = match DataRef::from_bytes(octets).ok()? {
        DataRef::DateTime(time) => (time, true),
        DataRef::OctetString(octets) => (CosemDateTime::from_slice(octets)?, false),
        _ => return None,
    };
    let before = time.to_date_time();
    // Local time stays so: the clock's own deviation is that of the row before.
    let local = before.without_utc_offset().unix_micros_at(0)?.checked_add(micros)?;
    let after = DateTime::from_unix_micros(local)?.without_utc_offset();
    let after = match before.utc_offset() {
        Some(offset) => after.with_utc_offset(offset)?,
        None => after,
    };
    let weekday = before.weekday().and(after.weekday_of_date());
    let after = after.with_weekday(weekday).with_status(before.status());
    Some((CosemDateTime::from_date_time(after.with_microsecond(before.microsecond())?), is_tagged))
}

/// A scaler and a unit: a structure of an integer and an enum. 255 is no unit.
fn scale_of(value: DataRef<'_>) -> Option<Scale> {
    let DataRef::Structure(fields) = value else { return None };
    match (fields.element(0), fields.element(1), fields.len()) {
        (Some(DataRef::Integer(scaler)), Some(DataRef::Enum(unit)), 2) => {
            Some(Scale::Known { scaler, unit: Unit::from_dlms(unit) })
        }
        _ => None,
    }
}

impl<S: Store, P: Provider, C: CounterStore> Procedure<S, P, C> for LoadProfile {
    /// The number of the row, from 0: [`LoadProfile::cells`] has it.
    type Told = usize;
    /// How many rows there were.
    type Outcome = usize;

    fn doing(&self) -> &'static str {
        match self.stage {
            Stage::Columns => "reading the columns of the profile",
            Stage::Order => "reading the capture period of the profile",
            Stage::Scales => "reading the scalers of the profile",
            Stage::Rows => "reading the rows of the profile",
        }
    }

    fn advance(
        &mut self,
        client: &mut Client<S, P, C>,
        input: Input,
        _: Instant,
    ) -> Result<Step<usize, usize>, Reason> {
        match (self.stage, input) {
            (Stage::Rows, Input::Begin) => return Ok(Step::Ask(self.ask_rows(client)?)),
            (_, Input::Begin) => {
                return Ok(Step::Ask(client.read_rows(self.attribute(3), None)?));
            }
            (Stage::Columns, Input::Row(_)) => self.take_column(client.value()?)?,
            (Stage::Columns, Input::Value(_)) => {
                client.value()?;
                return Err(Reason::Form("an array of capture objects"));
            }
            (Stage::Columns, Input::Done) if self.columns.is_empty() => {
                return Err(Reason::NoColumns);
            }
            (Stage::Columns, Input::Done) => {
                self.stage = Stage::Order;
                let items = [self.attribute(4).into(), self.attribute(5).into()];
                return Ok(Step::Ask(client.get_list(&items)?));
            }
            (Stage::Order, Input::Value(index)) => {
                let number = client.value().ok().and_then(|value| match value {
                    DataRef::Enum(method) => Some(method.into()),
                    value => value.as_integer(),
                });
                self.take_order(index, number);
            }
            (Stage::Order | Stage::Scales, Input::Done) => {
                return Ok(Step::Ask(self.ask_scales(client)?));
            }
            (Stage::Scales, Input::Value(_)) => {
                let scale = match client.value() {
                    Ok(value) => scale_of(value).ok_or(Reason::Form("a scaler and a unit"))?,
                    Err(refused) => Scale::Refused(refused),
                };
                let mut due = self.columns.iter_mut();
                if let Some(column) = due.find(|column| column.scale == Scale::Due) {
                    column.scale = scale;
                }
            }
            (Stage::Rows, Input::Row(_)) => return Ok(Step::Tell(self.take_row(client.value()?)?)),
            (Stage::Rows, Input::Value(_) | Input::Next) => {
                // Rows of one type may come without their tags.
                let DataRef::CompactArray(rows) = client.value()? else {
                    return Err(Reason::Form("an array of rows"));
                };
                if let Some(row) = rows.elements().element(self.rows) {
                    return Ok(Step::TellOn(self.take_row(row)?));
                }
            }
            (Stage::Rows, Input::Done) => return Ok(Step::End(self.rows)),
            (_, Input::Row(_) | Input::Next) => {}
        }
        Ok(Step::Listen)
    }
}
