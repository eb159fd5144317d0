//! The driver for DLMS/COSEM: over TCP, over UDP, over HDLC, and behind an optical head.
//!
//! In a profile, `<Dlms Client="16" LogicalDevice="1"/>` says who asks whom, and how. An attribute whose
//! parameter has no value is as if it was not there.
//!
//! | attribute | is |
//! |---|---|
//! | `Client` | the number of the client, 1 to 127; 16, the public one, if not said |
//! | `LogicalDevice` `PhysicalDevice` | the meter's address; device 1 if not said. Only HDLC has a physical device |
//! | `AddressLength` | 4 where a meter wants four octets of address in HDLC and fewer would do |
//! | `Interface` | `wrapper`, `udp`, `hdlc` or `mode-e`: what carries the messages, where the transport does not say it. If not said, HDLC on a line and the wrapper elsewhere |
//! | `Referencing` | `LN` (if not said) or `SN`: logical or short names. Addresses are the same |
//! | `Authentication` | `none`, `low`, `high` (by the maker's AES), `md5`, `sha1`, `gmac`, `sha256` |
//! | `Password` | the password or secret, always a secret parameter: `{password}`; characters, or `0x` and hex digits |
//! | `Security` `Suite` | `none`, `authentication`, `encryption`, `authentication-encryption`; 0, 1 or 2 |
//! | `Form` | `service` (if not said), `general` or `general-ciphering`: in which messages what is protected travels |
//! | `EncryptionKey` `AuthenticationKey` | always secret parameters: 32 hex digits, 64 in suite 2 |
//! | `DedicatedKey` | `true`: each association has a key of its own |
//! | `ClientTitle` `MeterTitle` | system titles, 16 hex digits; the meter's only where it does not say it |
//! | `CounterObject` | where the meter says, to the public client, which invocation counter it saw last: `0-0:43.1.0*255`. Logical names only |
//! | `CounterStep` | how much above that counting goes on |
//! | `InvocationCounter` | where counting begins, a number that no message had. No object is asked then |
//! | `MaxPdu` | the longest message that comes, in octets; 1024 if not said |
//! | `BlockWindow` | general block transfer, with so many blocks at once; not used, if not said |
//! | `MaxInfo` `Window` | of HDLC: the longest information field and the window, both ways; 128 and 1 |
//! | `SignOnAddress` `MaxBaud` | of mode E: which meter is meant, and the fastest that the head can do |
//! | `UserId` `PreEstablished` | the number of the user; `true` for an association that stands by itself |
//! | `Quirks` | what some meters need, with blanks between: `no-release`, `bare-release`, `short-conformance`, `protocol-version`, `any-invoke-id`, `no-meter-proof`, `bare-snrm`, `keeps-numbers` |
//!
//! Where messages are protected and neither `CounterObject` nor `InvocationCounter` is there, nothing is
//! sent: two messages under one counter would give both away.
//!
//! An address is class, OBIS code and attribute; the attribute is 2, if not said:
//!
//! | address | is |
//! |---|---|
//! | `3:1-0:1.8.0*255:2` `3:1.0.1.8.0.255` | the value of a register |
//! | `7:1-0:99.1.0*255:3;element=1.2` | an element of a structure or an array, counted from 1 |
//! | `7:1-0:99.1.0*255:2;entries=11-30` | these rows of a load profile, and no others; 0 behind the `-` is the last. With `;element=1.3` the third column of the first of them |
//! | `3:1-0:1.8.0*255:2;scaler=-3` | a register whose scaler is stated here, so that the meter is not asked for it. The value is in the property's unit |
//! | `3:1-0:1.8.0*255:m1` | a method, which is called with the value that is written |
//! | `70:0-0:96.3.10*255:2;off=1;on=2` | an attribute that is read, and written by calling one of two methods |
//!
//! Registers are told with the scaler and the unit of their object, in the unit of the property; those
//! that know it also with the time of their capture. With `Scale` or `scaler=` the object's are not read.
//! What is nested and no element of it is named is told as text, in short.
//!
//! `Type` is needed where a value is written, and where the octets do not say what they are: `Text` for
//! characters in an octet-string, `DateTime` for a date in one. It is one of `Bool`, `I8`, `U8`, `I16`,
//! `U16`, `I32`, `U32`, `I64`, `U64`, `Enum`, `F32`, `F64`, `BCD`, `Octets`, `Text`, `VisibleString`,
//! `UTF8String`, `DateTime`, `Date` and `Time`.
//!
//! The objects that `Match` looks at are `logical-device-name`, and addresses.
//!
//! A simulated meter has, beside its properties: a clock, its logical device name, a SAP assignment, an
//! image transfer, and for each profile generic of which there is a property columns for the clock and
//! for all registers that count. It begins at the time that the property of its clock states.

mod address;
mod capture;
mod compile;
mod form;
mod identify;
mod link;
mod meter;
mod reply;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use gurux_dlms::wire::{
    ActionRequest, AttributeDescriptor, AttributeWithSelection, DataAccessResult, DataRef,
    EntryDescriptor, GetRequest, InvokeId, List, SelectiveAccess, SetRequest,
};
use gurux_framing::Wire;
use gurux_value::{Decimal, Unit, Value};

use self::address::{Address, Member};
use self::form::Form;
use self::reply::Results;
use self::settings::Settings;
use crate::driver::{
    Advice, Dialect, Driver, Identify, Link, LinkSettings, MeterSide, Outcome, Raw, Refusal,
    Request, Shape,
};
use crate::item::Item;
use crate::parameters::Parameters;
use crate::profile::{Communication, DeviceProfile, Faults, Match, ProtocolRule};

/// The driver for DLMS/COSEM, over its transports: `wrapper` (TCP), `udp`, `hdlc` and `mode-e`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dlms;

/// The transports, by name.
static TRANSPORTS: &[&str] = &["wrapper", "udp", "hdlc", "mode-e"];

/// The most attributes of one request: some meters take no longer lists.
const MAX_ATTRIBUTES: usize = 16;

impl Driver for Dlms {
    fn rule(&self) -> ProtocolRule {
        ProtocolRule {
            protocol: "dlms",
            element: "Dlms",
            required: &[],
            optional: &[
                "Client",
                "LogicalDevice",
                "PhysicalDevice",
                "AddressLength",
                "Interface",
                "Referencing",
                "Authentication",
                "Password",
                "Security",
                "Suite",
                "Form",
                "EncryptionKey",
                "AuthenticationKey",
                "DedicatedKey",
                "ClientTitle",
                "MeterTitle",
                "CounterObject",
                "CounterStep",
                "InvocationCounter",
                "MaxPdu",
                "BlockWindow",
                "MaxInfo",
                "Window",
                "SignOnAddress",
                "MaxBaud",
                "UserId",
                "PreEstablished",
                "Quirks",
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

/// A profile in terms of DLMS.
#[derive(Clone, Debug)]
struct DlmsMeter {
    settings: Settings,
    /// The properties, by item.
    points: Vec<Point>,
    /// Items that are asked for alone, as refusals have taught.
    alone: BTreeSet<usize>,
    communication: Communication,
    /// The logical device name of a simulated meter.
    name: String,
}

/// One property.
#[derive(Clone, Debug)]
struct Point {
    address: Address,
    /// How its octets are read, where they do not say it.
    read_as: Option<Form>,
    /// How it is coded where it is written, or told by a simulated meter.
    form: Form,
    scaling: Scaling,
    /// The unit in which its raw values are told.
    unit: Option<Unit>,
    /// Numbers on the wire that mean "there is none".
    marks: Vec<i128>,
    /// The longest text, in octets; 0 for any.
    length: u16,
    is_writable: bool,
    /// It counts up.
    counts: bool,
    /// The scaler and the unit with which a simulated meter tells it.
    scaler: i8,
    wire_unit: Option<Unit>,
}

/// What the number on the wire is multiplied with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Scaling {
    /// Nothing, or what the profile's `Scale` says.
    None,
    /// This power of ten, in the property's unit.
    Given(i8),
    /// The power of ten that this attribute tells, in the unit that it tells.
    Object(AttributeDescriptor),
}

impl Point {
    /// All attributes that have to be read for it, its own first.
    fn attributes(&self) -> impl Iterator<Item = AttributeDescriptor> {
        let scaler = match self.scaling {
            Scaling::Object(attribute) => Some(attribute),
            _ => None,
        };
        [self.address.attribute(), scaler, self.address.capture_time()].into_iter().flatten()
    }

    /// The power of ten between the wire and the property's unit, for what is written or simulated.
    fn step(&self) -> Option<Decimal> {
        let power = |scaler: i8| Decimal::new(1, scaler.into());
        match self.scaling {
            Scaling::None => None,
            Scaling::Given(scaler) => Some(power(scaler)),
            Scaling::Object(_) => {
                let one = power(self.scaler);
                let converted = self.wire_unit.zip(self.unit);
                let converted = converted.and_then(|(from, to)| from.convert(one, to).ok());
                Some(converted.unwrap_or(one))
            }
        }
    }

    /// The raw value as it stands on the wire.
    fn on_the_wire(&self, value: &Value<'_>) -> Result<gurux_dlms::value::Data, String> {
        match self.step().filter(|_| self.form.is_number()) {
            None => self.form.data(value),
            Some(step) => {
                let number = value.as_decimal().ok_or("it is no number")?;
                let number = number.checked_div(step).ok_or("it has too many digits")?;
                if self.form.is_integer() && number.to_i128().is_none() {
                    return Err("it lies between the steps of the scaler".to_owned());
                }
                self.form.data(&number.into())
            }
        }
    }
}

/// The octets of a message.
fn octets<'a>(message: &impl Wire<'a>) -> Vec<u8> {
    let mut octets = Vec::with_capacity(message.wire_len());
    message.emit(&mut octets);
    octets
}

/// The invoke-id of messages between a dialect and its link; on the wire the client has its own.
const INVOKE_ID: InvokeId = InvokeId::new(1);

/// A request that reads rows of a profile.
fn read_entries(item: usize, attribute: AttributeDescriptor, rows: (u32, u32)) -> Request {
    let (from_entry, to_entry) = rows;
    let entries = octets(&EntryDescriptor { from_entry, to_entry, ..EntryDescriptor::ALL });
    let selection = DataRef::from_bytes(&entries).ok().map(|access_parameters| SelectiveAccess {
        access_selector: SelectiveAccess::BY_ENTRY,
        access_parameters,
    });
    let octets = octets(&GetRequest::Normal {
        invoke_id_and_priority: INVOKE_ID,
        cosem_attribute_descriptor: attribute,
        access_selection: selection,
    });
    Request { items: vec![item], octets, is_command: false }
}

/// A request that reads these attributes.
fn read(items: Vec<usize>, attributes: &[AttributeDescriptor]) -> Request {
    let octets = match attributes {
        [attribute] => octets(&GetRequest::Normal {
            invoke_id_and_priority: INVOKE_ID,
            cosem_attribute_descriptor: *attribute,
            access_selection: None,
        }),
        attributes => {
            let list: Vec<AttributeWithSelection<'_>> =
                attributes.iter().map(|attribute| (*attribute).into()).collect();
            octets(&GetRequest::WithList {
                invoke_id_and_priority: INVOKE_ID,
                attribute_descriptor_list: List::from(&list[..]),
            })
        }
    };
    Request { items, octets, is_command: false }
}

impl Dialect for DlmsMeter {
    fn plan(&self, items: &[usize]) -> Vec<Request> {
        let mut requests = Vec::new();
        let (mut group, mut attributes) = (Vec::new(), Vec::new());
        for item in items {
            let Some(point) = self.points.get(*item) else { continue };
            if let (Some(rows), Some(attribute)) =
                (point.address.entries, point.address.attribute())
            {
                requests.push(read_entries(*item, attribute, rows));
                continue;
            }
            let own: Vec<_> = point.attributes().collect();
            if self.communication.one_per_request || self.alone.contains(item) {
                requests.push(read(vec![*item], &own));
                continue;
            }
            if attributes.len() + own.len() > MAX_ATTRIBUTES {
                requests.push(read(std::mem::take(&mut group), &attributes));
                attributes.clear();
            }
            group.push(*item);
            let fresh = own.into_iter().filter(|attribute| !attributes.contains(attribute));
            let fresh: Vec<_> = fresh.collect();
            attributes.extend(fresh);
        }
        if !group.is_empty() {
            requests.push(read(group, &attributes));
        }
        requests
    }

    fn decode(&self, request: &Request, reply: &[u8]) -> Result<Vec<(usize, Raw)>, String> {
        let results = Results::read(&request.octets, reply)?;
        let raw = |item: &usize| {
            let point = self.points.get(*item)?;
            Some((*item, results.raw(point)?))
        };
        Ok(request.items.iter().filter_map(raw).collect())
    }

    fn refusals(&self, request: &Request, reply: &[u8]) -> Vec<(usize, Refusal)> {
        let Ok(results) = Results::read(&request.octets, reply) else { return Vec::new() };
        let refusal = |item: &usize| {
            let code = results.refusal(self.points.get(*item)?.address.attribute()?)?;
            Some((*item, reply::refused(code)))
        };
        request.items.iter().filter_map(refusal).collect()
    }

    fn encode(&self, item: usize, value: &Value<'_>) -> Result<Request, String> {
        let Some(point) = self.points.get(item) else { return Err("there is no such item".into()) };
        let address = &point.address;
        let (octets, is_command) = match (address.switch, address.member) {
            (Some((off, on)), _) => {
                let is_on = value.as_decimal().and_then(Decimal::to_i128);
                let method = match is_on {
                    Some(0) => off,
                    Some(1) => on,
                    _ => return Err("it is neither on nor off".to_owned()),
                };
                // What the parameter is, class 70 says: an integer that means nothing.
                let parameter = DataRef::Integer(0);
                let action = ActionRequest::Normal {
                    invoke_id_and_priority: INVOKE_ID,
                    cosem_method_descriptor: address.method(method),
                    method_invocation_parameters: Some(parameter),
                };
                (octets(&action), true)
            }
            (None, Member::Method(method)) => {
                let parameter = point.on_the_wire(value)?;
                let action = ActionRequest::Normal {
                    invoke_id_and_priority: INVOKE_ID,
                    cosem_method_descriptor: address.method(method),
                    method_invocation_parameters: Some(parameter.borrowed()),
                };
                (octets(&action), true)
            }
            (None, Member::Attribute(attribute)) => {
                let value = point.on_the_wire(value)?;
                let set = SetRequest::Normal {
                    invoke_id_and_priority: INVOKE_ID,
                    cosem_attribute_descriptor: address.attribute_of(attribute),
                    access_selection: None,
                    value: value.borrowed(),
                };
                (octets(&set), false)
            }
        };
        Ok(Request { items: vec![item], octets, is_command })
    }

    fn shape(&self, item: usize) -> Shape {
        let Some(point) = self.points.get(item) else { return Shape::Bool };
        if point.address.switch.is_some() {
            return Shape::Bool;
        }
        match (point.form.shape(point.length), point.step()) {
            (Shape::Integer(least, greatest), Some(step)) if step != Decimal::ONE => {
                Shape::Steps(step, least, greatest)
            }
            (shape, _) => shape,
        }
    }

    fn refused(&mut self, request: &Request, refusal: Option<&Refusal>) -> Advice {
        if request.items.len() > 1 {
            // A list, or something in it, is more than the meter takes.
            self.alone.extend(&request.items);
            return Advice::Split(self.plan(&request.items));
        }
        const FOR_GOOD: [DataAccessResult; 3] = [
            DataAccessResult::READ_WRITE_DENIED,
            DataAccessResult::OBJECT_UNDEFINED,
            DataAccessResult::OBJECT_CLASS_INCONSISTENT,
        ];
        // Without octets it is about the item alone, not about the conversation.
        let is_of_item = request.octets.is_empty();
        match refusal {
            None => Advice::Dead,
            Some(refusal)
                if is_of_item && FOR_GOOD.iter().any(|c| u32::from(c.code()) == refusal.code) =>
            {
                Advice::Dead
            }
            Some(_) => Advice::Later,
        }
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
