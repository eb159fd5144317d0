//! What the octets of data records mean, in words: DIF and VIF with what follows them, and the data.

use std::collections::BTreeMap;
use std::ops::Range;

use gurux_framing::{Shown, Visit};
use gurux_mbus::table::{
    CombinableRow, Effect, VifTable, lookup_combinable, lookup_combinable_extension, lookup_vif,
};
use gurux_mbus::wire::{Body, DataRecord, RecordItem, RecordText, Records, Telegram};
use gurux_value::{Function, Unit};

/// Words for fields of a capture, by their octets and their name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meanings(BTreeMap<(usize, usize, &'static str), String>);

impl Meanings {
    /// The words for a field.
    pub(crate) fn at(&self, at: &Range<usize>, name: &'static str) -> Option<&str> {
        self.0.get(&(at.start, at.end, name)).map(String::as_str)
    }

    /// Keeps words for a field.
    pub(super) fn insert(&mut self, at: Range<usize>, name: &'static str, words: String) {
        self.0.insert((at.start, at.end, name), words);
    }

    /// A visitor that hands on what is told of a telegram, and finds words for its records.
    pub(super) fn of<'r, V: Visit>(
        &'r mut self,
        telegram: Telegram<'r>,
        visitor: V,
    ) -> Meaning<'r, V> {
        let records = match telegram.body() {
            Body::Records(records) => records,
            _ => &[],
        };
        let records = Records::new(records);
        Meaning { found: self, visitor, records, record: None, difes: 0, next: Next::Vif }
    }
}

/// See [`Meanings::of`].
pub(super) struct Meaning<'r, V> {
    found: &'r mut Meanings,
    visitor: V,
    /// Those that were not told yet.
    records: Records<'r>,
    record: Option<DataRecord<'r>>,
    difes: u32,
    next: Next,
}

/// What the next octet of a value information block is.
#[derive(Clone, Copy)]
enum Next {
    Vif,
    Of(VifTable),
    Combinable,
    CombinableExtension,
    Manufacturer,
}

impl<V> Meaning<'_, V> {
    fn words(&mut self, name: &str, value: Shown<'_>) -> Option<String> {
        let record = self.record?;
        match (name, value) {
            ("dif", _) => Some(dif(&record)),
            ("dife", Shown::Code { code, .. }) => {
                let words = dife(code, self.difes);
                self.difes += 1;
                Some(words)
            }
            ("vif" | "vife", Shown::Code { code, .. }) => {
                let words;
                (words, self.next) = self.next.words(u8::try_from(code).unwrap_or_default());
                Some(words)
            }
            ("text", Shown::Octets(octets)) => Some(RecordText::new(octets).trimmed().to_string()),
            ("data", _) => Some(data(&record)),
            _ => None,
        }
    }
}

/// How the data are coded, and which of several values this is.
fn dif(record: &DataRecord<'_>) -> String {
    let mut words = record.dib().data_field().name().to_owned();
    if record.function() != Function::Instantaneous {
        words.push_str(", ");
        words.push_str(record.function().name());
    }
    let numbers = [
        ("storage", record.storage_number()),
        ("tariff", record.tariff().into()),
        ("subunit", record.subunit().into()),
    ];
    for (name, number) in numbers.into_iter().filter(|(_, number)| *number > 0) {
        words.push_str(&format!(", {name} {number}"));
    }
    words
}

/// What a DIFE adds: four bits of the storage number behind the one in the DIF, two of the tariff,
/// one of the subunit.
fn dife(code: u64, place: u32) -> String {
    let parts = [
        ("storage", (code & 0x0F) << (1 + 4 * place)),
        ("tariff", (code >> 4 & 0x03) << (2 * place)),
        ("subunit", (code >> 6 & 0x01) << place),
    ];
    let parts = parts.into_iter().filter(|(_, number)| *number > 0);
    let words: Vec<String> = parts.map(|(name, number)| format!("{name} + {number}")).collect();
    if words.is_empty() { "adds nothing".to_owned() } else { words.join(", ") }
}

impl Next {
    /// What the octet means, and what comes behind it.
    fn words(self, code: u8) -> (String, Self) {
        let of_table = |table| (of_table(table, code), Self::Combinable);
        match (self, code) {
            (Self::Vif, 0xFB) => ("first extension table".to_owned(), Self::Of(VifTable::Fb)),
            (Self::Vif, 0xFD) => ("main extension table".to_owned(), Self::Of(VifTable::Fd)),
            (Self::Of(VifTable::Fd), 0xFD) => {
                ("second level of the main table".to_owned(), Self::Of(VifTable::FdFd))
            }
            (Self::Vif, 0xEF) => ("reserved extension table".to_owned(), Self::Of(VifTable::Ef)),
            (Self::Vif, 0x7C | 0xFC) => ("the unit is a text".to_owned(), Self::Combinable),
            (Self::Vif, 0x7F | 0xFF) => {
                ("known to the manufacturer".to_owned(), Self::Manufacturer)
            }
            (Self::Vif, _) => of_table(VifTable::Primary),
            (Self::Of(table), _) => of_table(table),
            (Self::Combinable, _) => {
                let row = lookup_combinable(code);
                let next = match row.effect {
                    Effect::Extension => Self::CombinableExtension,
                    Effect::Manufacturer => Self::Manufacturer,
                    _ => Self::Combinable,
                };
                (combined(row), next)
            }
            (Self::CombinableExtension, _) => {
                (combined(lookup_combinable_extension(code)), Self::Combinable)
            }
            (Self::Manufacturer, _) => ("known to the manufacturer".to_owned(), self),
        }
    }
}

/// What a combinable code does: `per h`.
fn combined(row: &CombinableRow) -> String {
    if row.unit.is_empty() { row.name.to_owned() } else { format!("{} {}", row.name, row.unit) }
}

/// A quantity and what its value counts: `volume, 10^-3 m³`.
fn of_table(table: VifTable, code: u8) -> String {
    let row = lookup_vif(table, code);
    let exponent = row.exponent_of(code);
    let unit = row.unit.filter(|unit| *unit != Unit::ONE).map(|unit| unit.to_string());
    match (exponent, unit) {
        (0, None) => row.name.to_owned(),
        (0, Some(unit)) => format!("{}, {unit}", row.name),
        (_, None) => format!("{}, 10^{exponent}", row.name),
        (_, Some(unit)) => format!("{}, 10^{exponent} {unit}", row.name),
    }
}

/// What was measured, in its unit.
fn data(record: &DataRecord<'_>) -> String {
    let measurement = record.measurement();
    let Some(value) = &measurement.value else { return format!("none: {}", measurement.quality) };
    let mut words = value.to_string();
    if let Some(unit) = measurement.unit {
        words.push_str(&format!(" {unit}"));
    }
    if !measurement.quality.is_good() {
        words.push_str(&format!(" ({})", measurement.quality));
    }
    words
}

impl<V: Visit> Visit for Meaning<'_, V> {
    fn field(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        if let Some(words) = self.words(name, value) {
            self.found.0.insert((at.start, at.end, name), words);
        }
        self.visitor.field(at, name, value);
    }
    fn structure(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        self.visitor.structure(at, name, value);
    }
    fn enter_group(&mut self, start: usize, name: &'static str) {
        if name == "record" {
            let mut told = self.records.by_ref().filter_map(|item| match item {
                RecordItem::Record(record) => Some(Some(record)),
                RecordItem::Bad { .. } => Some(None),
                // They are no groups.
                _ => None,
            });
            (self.record, self.difes, self.next) = (told.next().flatten(), 0, Next::Vif);
        }
        self.visitor.enter_group(start, name);
    }
    fn enter_list(&mut self, start: usize, name: &'static str) {
        self.visitor.enter_list(start, name);
    }
    fn leave(&mut self, end: usize) {
        self.record = None;
        self.visitor.leave(end);
    }
}

#[cfg(test)]
mod tests {
    use gurux_framing::Tree;

    use super::*;
    use crate::capture::hex_line;

    fn words(records: &str) -> Vec<String> {
        let mut octets = vec![0x78];
        octets.extend(hex_line(records).unwrap());
        let telegram = Telegram::from_user_data(&octets).unwrap();
        let mut meanings = Meanings::default();
        let mut tree = Tree::new();
        let visitor = meanings.of(telegram, &mut tree);
        Records::explain(telegram.payload, 0, visitor);
        meanings.0.into_values().collect()
    }

    #[test]
    fn a_record_is_told_octet_by_octet() {
        // 0x64: minimum, storage 1.
        let told = words("64 93 22 40E20100");
        assert_eq!(told[0], "32 bit integer, minimum, storage 1");
        assert_eq!(told[1], "volume, 10^-3 m³");
        assert!(told[2].starts_with("per h"), "{told:?}");
        assert!(told[3].starts_with("123.456 m³/h"), "{told:?}");
    }

    #[test]
    fn tables_behind_tables_are_followed() {
        let told = words("84 91 02 FD 17 00000000");
        assert_eq!(
            told[..5],
            [
                "32 bit integer, storage 66, tariff 1",
                "storage + 2, tariff + 1",
                "storage + 64",
                "main extension table",
                "error flags",
            ]
        );
    }

    #[test]
    fn dates_and_texts_are_told_as_they_read() {
        assert_eq!(words("02 6C 3723")[2], "2017-03-23");
        assert_eq!(words("0D FD 0C 03 225C61").last().unwrap(), "a\\\"");
    }
}
