//! [`Events`]: one value after another, in a single pass.

use gurux_framing::{Reader, WireError, WireErrorKind};

use super::{DataRef, DataType, MAX_DEPTH, length};

/// What [`Events`] meets.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Event<'a> {
    /// An array or a structure of so many values begins.
    Begin {
        /// Array or structure.
        data_type: DataType,
        /// How many values it has.
        count: usize,
    },
    /// A value that is neither.
    Value(DataRef<'a>),
    /// The innermost array or structure ends.
    End,
}

/// Reads one value, and all that is in it, without looking ahead: for profiles of many rows.
///
/// What lies before an error was told before it; after an error nothing comes.
#[derive(Clone, Debug)]
pub struct Events<'a> {
    reader: Reader<'a>,
    /// Values that are still to come in the innermost array or structure.
    left: usize,
    level: usize,
    above: [usize; MAX_DEPTH],
}

impl<'a> Events<'a> {
    /// The value at the start of these octets.
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { reader: Reader::new(octets), left: 1, level: 0, above: [0; MAX_DEPTH] }
    }

    /// What is behind the value, once it was read to its end.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.reader.rest()
    }

    /// How many arrays and structures are open.
    #[must_use]
    pub const fn depth(&self) -> usize {
        self.level
    }

    /// An array or a structure begins.
    #[inline(always)]
    fn begin(
        &mut self,
        mut reader: Reader<'a>,
        data_type: DataType,
    ) -> Result<Event<'a>, WireError> {
        let count = length::read(&mut reader, "count")?;
        let available = reader.rest().len();
        if count > available {
            let kind = WireErrorKind::Length { declared: count, available };
            return Err(reader.error("count", kind));
        }
        let Some(place) = self.above.get_mut(self.level) else {
            return Err(reader.error("depth", WireErrorKind::Limit { max: MAX_DEPTH }));
        };
        *place = self.left;
        self.level = self.level.wrapping_add(1);
        self.left = count;
        self.reader = reader;
        Ok(Event::Begin { data_type, count })
    }

    #[inline(always)]
    fn step(&mut self) -> Result<Event<'a>, WireError> {
        // A cursor of its own: the one here lies in memory, beside a list that is looked up.
        let mut reader = self.reader.clone();
        let [tag] = reader.array("data type")?;
        let data_type = DataType::new(tag);
        if matches!(data_type, DataType::ARRAY | DataType::STRUCTURE) {
            return self.begin(reader, data_type);
        }
        let value = DataRef::read_body(&mut reader, data_type, self.level)?;
        self.reader = reader;
        Ok(Event::Value(value))
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = Result<Event<'a>, WireError>;

    // What is handed over in memory costs more than reading it.
    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let Some(left) = self.left.checked_sub(1) else {
            self.level = self.level.checked_sub(1)?;
            self.left = self.above.get(self.level).copied().unwrap_or(0);
            return Some(Ok(Event::End));
        };
        self.left = left;
        let step = self.step();
        if step.is_err() {
            (self.left, self.level) = (0, 0);
        }
        Some(step)
    }
}
