//! The driver for M-Bus, on two wires and by radio.
//!
//! In a profile, `<MBus PrimaryAddress="{address}" SecondaryAddress="{id}"/>` says which meter is
//! meant. An attribute whose parameter has no value is as if it was not there; a secondary address
//! goes before a primary one.
//!
//! | attribute | is |
//! |---|---|
//! | `PrimaryAddress` | the number on the line, 0 to 250; 254 for the only meter there is |
//! | `AnyAddress` | `true` for a meter, alone on its line, that answers with another number than the one it is asked by |
//! | `SecondaryAddress` | the identification number, with manufacturer, version and device type behind it where they matter (`12345678 KAM 27 4`), or the 16 hex digits of a selection; F stands for any digit |
//! | `ApplicationReset` | the sub-code that chooses what the meter tells (`0x10`), sent before each reading |
//! | `Key` | the key of the meter's radio telegrams, always a secret parameter: `{key}` |
//!
//! A telegram tells of each of its values what it is. So an address says what is meant, and neither
//! where nor how it is coded:
//!
//! | address | is |
//! |---|---|
//! | `vif=energy` | the present energy, tariff 0, of the meter itself |
//! | `vif=energy;storage=1;tariff=2;subunit=1;func=max` | another one; functions are `inst`, `min`, `max`, `error` |
//! | `vif=power;index=2` | the second of several records alike |
//! | `vif=FD 17` | by the octets of VIF and VIFEs, where no word says it |
//! | `difvif=0413` | by the octets of the whole header of the record |
//! | `header=status` | what stands before the records: `id`, `manufacturer`, `version`, `medium`, `access`, `status` |
//!
//! The words are those of the quantities in gurux-value, as gurux-mbus uses them. The same words
//! of `header` are the objects that `Match` looks at.
//!
//! `Type` is needed where a value is written, or played by a simulated meter, and its address does
//! not say it: `I8`, `I16`, `I24`, `I32`, `I48`, `I64`, `F32`, `BCD2`, `BCD4`, `BCD6`, `BCD8`,
//! `BCD12` (digits) or `Text`. Dates are integers of 16, 32 or 48 bits.
//!
//! Values come in the property's `Unit`, from whichever unit the record has.
//!
//! What changes a meter's manners and none of its values is no property: the speed at which it
//! speaks, the records that it is told to read out, its addresses, its clock. Whoever wants these has
//! `gurux_mbus::session::Reader`: its `command` and `send` take any of them.

mod address;
mod capture;
mod compile;
mod form;
mod identify;
mod link;
mod listen;
mod meter;
mod opened;
mod records;
mod reply;
#[cfg(test)]
mod tests;

pub use listen::Listener;

use gurux_mbus::session::Target;
use gurux_mbus::wire::{AField, MeterAddress};
use gurux_value::{Unit, Value};

use self::address::Address;
use self::form::Form;
use self::records::Telegrams;
use crate::driver::{
    Advice, Dialect, Driver, Identify, Link, LinkSettings, MeterSide, Outcome, Raw, Refusal,
    Request, Shape,
};
use crate::item::Item;
use crate::parameters::Parameters;
use crate::profile::{Communication, DeviceProfile, Faults, Match, ProtocolRule};

/// The driver for M-Bus, over its transports: `wired`, and `wireless` as receivers hand telegrams
/// on.
#[derive(Clone, Copy, Debug, Default)]
pub struct MBus;

/// The transports, by name.
static TRANSPORTS: &[&str] = &["wired", "wireless"];

impl Driver for MBus {
    fn rule(&self) -> ProtocolRule {
        ProtocolRule {
            protocol: "mbus",
            element: "MBus",
            required: &[],
            optional: &[
                "PrimaryAddress",
                "AnyAddress",
                "SecondaryAddress",
                "ApplicationReset",
                "Key",
            ],
        }
    }

    fn compile(
        &self,
        profile: &DeviceProfile,
        items: &[Item],
        parameters: &Parameters,
    ) -> Result<Box<dyn Dialect>, Faults> {
        Ok(Box::new(compile::compile(profile, items, parameters)?))
    }
}

/// A profile in terms of M-Bus.
#[derive(Clone, Debug)]
struct MbusMeter {
    target: Target,
    /// Is whoever answers taken for the target?
    any_address: bool,
    /// The number that a simulated meter answers to.
    primary: AField,
    /// What chooses the meter's data, from the CI field on; empty where nothing does.
    reset: Vec<u8>,
    key: Option<Key>,
    /// The properties, by item.
    points: Vec<Point>,
    communication: Communication,
    /// Who a simulated meter is.
    identity: MeterAddress,
}

/// A key; it never prints.
#[derive(Clone, PartialEq, Eq)]
struct Key([u8; 16]);

impl Key {
    fn cipher(&self) -> gurux_mbus::security::Key {
        gurux_mbus::security::Key::Aes(self.0)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(...)")
    }
}

/// One property.
#[derive(Clone, Debug)]
struct Point {
    address: Address,
    /// The unit in which its raw values are told.
    unit: Option<Unit>,
    /// Numbers on the wire that mean "there is none".
    marks: Vec<i128>,
    /// How it is coded, as far as that can be said beforehand.
    form: Option<Form>,
    is_writable: bool,
}

impl Dialect for MbusMeter {
    fn plan(&self, items: &[usize]) -> Vec<Request> {
        if items.is_empty() {
            return Vec::new();
        }
        // One reading holds all that the meter tells.
        let read = Request { items: items.to_vec(), ..Request::default() };
        if self.reset.is_empty() {
            return vec![read];
        }
        vec![Request { octets: self.reset.clone(), ..Request::default() }, read]
    }

    fn decode(&self, request: &Request, reply: &[u8]) -> Result<Vec<(usize, Raw)>, String> {
        if !request.octets.is_empty() {
            // What was sent was acknowledged: nothing is read.
            return Ok(Vec::new());
        }
        let telegrams = Telegrams::read(reply);
        if telegrams.is_empty() && !reply.is_empty() {
            return Err("there is no record in the telegram".to_owned());
        }
        let raw = |item: &usize| {
            let point = self.points.get(*item)?;
            Some((*item, telegrams.raw(&point.address, point.unit, &point.marks)))
        };
        Ok(request.items.iter().filter_map(raw).collect())
    }

    fn encode(&self, item: usize, value: &Value<'_>) -> Result<Request, String> {
        let form = self.points.get(item).and_then(|point| point.form.as_ref());
        let form = form.ok_or("it is not known how the meter codes it")?;
        let mut octets = vec![gurux_mbus::wire::CiField::COMMAND.code()];
        octets.extend(form.record(value)?);
        Ok(Request { items: vec![item], octets, is_command: false })
    }

    fn shape(&self, item: usize) -> Shape {
        let Some(point) = self.points.get(item) else { return Shape::Bool };
        match (&point.form, &point.address) {
            (Some(form), _) => form.shape(),
            (None, Address::Header(field)) => field.shape(),
            (None, _) => Shape::Text(0),
        }
    }

    fn refused(&mut self, _: &Request, _: Option<&Refusal>) -> Advice {
        // The meter tells all that it has or nothing: the next time may be better.
        Advice::Later
    }

    fn identify(&self, mark: &Match) -> Option<Box<dyn Identify>> {
        identify::identify(mark)
    }

    fn link(&self, settings: &LinkSettings) -> Result<Box<dyn Link>, &'static [&'static str]> {
        link::link(self, settings)
    }

    fn open(&self, sent: &[u8], received: &[u8]) -> Result<(Request, Outcome), String> {
        capture::open(self, sent, received)
    }

    fn meter(&self) -> Box<dyn MeterSide> {
        meter::meter(self)
    }
}
