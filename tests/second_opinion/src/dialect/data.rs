//! Values.

use gurux_dlms::wire::{DataRef, Sequence};

use super::{Dialect, Done, Refused, Task, digits};

const COMPACT: Refused = "compact arrays come out in part";

impl Dialect {
    pub(super) fn data(&mut self, value: DataRef<'static>) -> Done {
        match value {
            DataRef::NullData => self.text += "<None />",
            DataRef::Array(values) => return self.values("Array", values),
            DataRef::Structure(values) => return self.values("Structure", values),
            DataRef::Boolean(value) if self.task == Task::Write => {
                self.value("Boolean", u8::from(value));
            }
            DataRef::Boolean(value) => self.value("Boolean", if value { "True" } else { "False" }),
            DataRef::BitString(bits) => {
                let text: String = bits.iter().map(|bit| if bit { '1' } else { '0' }).collect();
                self.value("BitString", text);
            }
            DataRef::DoubleLong(value) => self.value("Int32", format_args!("{value:08X}")),
            DataRef::DoubleLongUnsigned(value) => self.value("UInt32", format_args!("{value:08X}")),
            DataRef::OctetString(octets) => self.value("OctetString", digits(octets)),
            DataRef::VisibleString(b"*") if self.task == Task::Write => {
                return Err("a text of one star empties its array");
            }
            DataRef::VisibleString(octets) => self.string("String", octets),
            DataRef::Utf8String(octets) => self.string("StringUTF8", octets),
            DataRef::Bcd(value) => self.value("BCD", format_args!("{value:02X}")),
            DataRef::Integer(value) => self.value("Int8", format_args!("{value:02X}")),
            DataRef::Long(value) => self.value("Int16", format_args!("{value:04X}")),
            DataRef::Unsigned(value) => self.value("UInt8", format_args!("{value:02X}")),
            DataRef::LongUnsigned(value) => self.value("UInt16", format_args!("{value:04X}")),
            DataRef::Long64(value) => self.value("Int64", format_args!("{value:016X}")),
            DataRef::Long64Unsigned(value) => self.value("UInt64", format_args!("{value:016X}")),
            DataRef::Enum(value) => self.value("Enum", format_args!("{value:02X}")),
            DataRef::Float32(value) => {
                self.value("Float32", format_args!("{:08X}", value.to_bits()));
            }
            DataRef::Float64(value) => {
                self.value("Float64", format_args!("{:016X}", value.to_bits()));
            }
            DataRef::DateTime(time) => {
                self.unless_writing("a date-time wants settings that XML does not give")?;
                self.value("DateTime", digits(&time.octets()));
            }
            DataRef::Time(time) => {
                self.unless_writing("a time is taken for that of the message")?;
                self.value("Time", digits(&time.octets()));
            }
            DataRef::Date(_) => return Err("dates are not read"),
            DataRef::CompactArray(_) => return Err(COMPACT),
            _ => return Err("no delta types, no dont-care"),
        }
        Ok(())
    }

    fn values(&mut self, name: &str, values: Sequence<'static>) -> Done {
        self.list(name, values.len(), values.iter(), Self::data)
    }

    /// It writes strings as they are, whatever is in them; what it reads is to be XML.
    fn string(&mut self, name: &str, octets: &[u8]) {
        let text = String::from_utf8_lossy(octets);
        if self.task == Task::Read {
            return self.value(name, text);
        }
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        self.value(name, text);
    }
}
