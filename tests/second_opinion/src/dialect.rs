//! The same messages in the XML of gurux-dlms, the Python package of Gurux.
//!
//! Its translator reads octets into that XML and writes them from it. What it cannot do, by a fault or
//! because nobody made it, is refused here with a word: such messages are not put to it.

mod access;
mod data;
mod initiate;
mod logical;

use std::fmt::Write;

use gurux_dlms::table::service_error::lookup_service_error;
use gurux_dlms::wire::{
    Apdu, AttributeDescriptor, ConfirmedServiceError, DataRef, InvokeId, List, LongInvokeId,
    MethodDescriptor, ReadResult, ServiceErrorKind, TimeStamp, VariableAccess, WriteResult,
};

use crate::service::Message;

/// Why a message is not put to the package.
pub type Refused = &'static str;

/// Which way the XML goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Task {
    /// The package reads the message.
    Read,
    /// The package writes it.
    Write,
}

/// The message as the package's XML, without blanks between elements.
///
/// # Errors
/// Why the package cannot do it.
pub fn dialect(message: &Message, task: Task) -> Result<String, Refused> {
    let mut xml = Dialect { task, text: String::new() };
    xml.message(message)?;
    Ok(xml.text)
}

struct Dialect {
    task: Task,
    text: String,
}

type Done = Result<(), Refused>;

const SUCCESS: Refused = "success in the place of an error is dropped";
const LENGTHS: Refused = "the two lists are of different length";

/// The classes in the generator that the package knows.
const CLASSES: &[u16] = &[1, 3, 4, 5, 7, 8, 15, 17, 64, 70];

impl Dialect {
    fn value(&mut self, name: &str, value: impl std::fmt::Display) {
        let _ = write!(self.text, "<{name} Value=\"{value}\" />");
    }

    fn group(&mut self, name: &str, inside: impl FnOnce(&mut Self) -> Done) -> Done {
        let _ = write!(self.text, "<{name}>");
        inside(self)?;
        let _ = write!(self.text, "</{name}>");
        Ok(())
    }

    fn list<T>(
        &mut self,
        name: &str,
        count: usize,
        items: impl Iterator<Item = T>,
        mut each: impl FnMut(&mut Self, T) -> Done,
    ) -> Done {
        let _ = write!(self.text, "<{name} Qty=\"{count:02X}\" >");
        items.into_iter().try_for_each(|item| each(self, item))?;
        let _ = write!(self.text, "</{name}>");
        Ok(())
    }

    /// Refuses, where the package is to write, what it does not.
    fn unless_writing(&self, why: Refused) -> Done {
        if self.task == Task::Write { Err(why) } else { Ok(()) }
    }

    fn message(&mut self, message: &Message) -> Done {
        match message {
            Apdu::InitiateRequest(m) => self.initiate_request(m),
            Apdu::InitiateResponse(m) => self.initiate_response(m),
            Apdu::Aarq(m) => self.aarq(m),
            Apdu::Aare(m) => self.aare(m),
            Apdu::Rlrq(m) => {
                let reason = m.reason.map(|reason| (reason.name(), reason.code()));
                self.release("ReleaseRequest", reason, m.user_information)
            }
            Apdu::Rlre(m) => {
                let reason = m.reason.map(|reason| (reason.name(), reason.code()));
                self.release("ReleaseResponse", reason, m.user_information)
            }
            Apdu::GetRequest(m) => self.group("GetRequest", |xml| xml.get_request(m)),
            Apdu::GetResponse(m) => self.group("GetResponse", |xml| xml.get_response(m)),
            Apdu::SetRequest(m) => self.group("SetRequest", |xml| xml.set_request(m)),
            Apdu::SetResponse(m) => self.group("SetResponse", |xml| xml.set_response(m)),
            Apdu::ActionRequest(m) => self.group("ActionRequest", |xml| xml.action_request(m)),
            Apdu::ActionResponse(m) => self.group("ActionResponse", |xml| xml.action_response(m)),
            Apdu::AccessRequest(m) => self.group("AccessRequest", |xml| xml.access_request(m)),
            Apdu::AccessResponse(m) => self.group("AccessResponse", |xml| xml.access_response(m)),
            Apdu::DataNotification(m) => self.group("DataNotification", |xml| {
                xml.long_invoke(m.long_invoke_id_and_priority)?;
                xml.date_time(m.date_time)?;
                xml.group("NotificationBody", |xml| {
                    xml.group("DataValue", |xml| xml.data(m.notification_body))
                })
            }),
            Apdu::EventNotification(m) => self.group("EventNotificationRequest", |xml| {
                if let Some(time) = m.time {
                    xml.unless_writing("a time is not written")?;
                    xml.value("Time", digits(time.octets));
                }
                xml.attribute(m.cosem_attribute_descriptor)?;
                xml.group("AttributeValue", |xml| xml.data(m.attribute_value))
            }),
            Apdu::GeneralBlockTransfer(m) => {
                self.unless_writing("blocks are not written from XML")?;
                self.group("GeneralBlockTransfer", |xml| {
                    xml.value("BlockControl", format_args!("{:02X}", m.block_control.0));
                    xml.value("BlockNumber", format_args!("{:04X}", m.block_number));
                    xml.value("BlockNumberAck", format_args!("{:04X}", m.block_number_ack));
                    xml.value("BlockData", digits(m.block_data));
                    Ok(())
                })
            }
            Apdu::ReadRequest(m) => {
                let items = m.variable_access_specification;
                let is_block = |one| matches!(one, VariableAccess::BlockNumber { .. });
                if items.len() > 1 && items.iter().any(is_block) {
                    return Err("behind a block number nothing is read");
                }
                let is_name = |one| matches!(one, VariableAccess::VariableName(_));
                if items.len() > 1 && !items.iter().all(is_name) {
                    self.unless_writing("parameters are written behind all names")?;
                }
                self.list("ReadRequest", items.len(), items.iter(), Self::variable)
            }
            Apdu::ReadResponse(m) => {
                let results = m.results;
                let is_data = |one| matches!(one, ReadResult::Data(_));
                if results.len() > 1 && results.iter().any(is_data) {
                    self.unless_writing("the choice is missing before a second value")?;
                }
                self.list("ReadResponse", results.len(), results.iter(), |xml, result| match result
                {
                    ReadResult::Data(data) => xml.group("Data", |xml| xml.data(data)),
                    ReadResult::DataAccessError(error) => {
                        xml.error("DataAccessError", error.code())
                    }
                    _ => Err("blocks of an answer only in their order"),
                })
            }
            Apdu::WriteRequest(m) => {
                self.unless_writing("a count is written twice")?;
                let lists = (m.variable_access_specification, m.list_of_data);
                self.group("WriteRequest", |xml| xml.variables(lists))
            }
            Apdu::WriteResponse(m) => {
                let results = m.results;
                let is_success = |one: &WriteResult| *one == WriteResult::Success;
                let successes = results.iter().filter(is_success).count();
                if successes != 0 && successes != results.len() {
                    self.unless_writing("errors are written before successes")?;
                }
                let each = |xml: &mut Self, result| match result {
                    WriteResult::Success => {
                        xml.text += "<Success />";
                        Ok(())
                    }
                    WriteResult::DataAccessError(error) => {
                        xml.error("DataAccessError", error.code())
                    }
                    WriteResult::BlockNumber(_) => Err("no blocks"),
                };
                self.list("WriteResponse", results.len(), results.iter(), each)
            }
            Apdu::InformationReport(m) => {
                if m.current_time.is_some() {
                    return Err("a time is taken for a COSEM date-time");
                }
                let lists = (m.variable_access_specification, m.list_of_data);
                self.group("InformationReportRequest", |xml| xml.variables(lists))
            }
            Apdu::ExceptionResponse(m) => {
                if m.service_error.code() > 3 {
                    return Err("no name for the error");
                }
                self.group("ExceptionResponse", |xml| {
                    xml.value("StateError", camel(m.state_error.name()));
                    xml.value("ServiceError", camel(m.service_error.name()));
                    Ok(())
                })
            }
            Apdu::ConfirmedServiceError(m) => self.service_error(m),
            _ => Err("it has no such message"),
        }
    }

    fn service_error(&mut self, m: &ConfirmedServiceError) -> Done {
        self.unless_writing("it is not written from XML")?;
        if m.kind == ServiceErrorKind::TASK {
            return Err("no names for the errors of tasks");
        }
        let name = lookup_service_error(m.kind, m.code).ok_or("no name for the error")?;
        self.group("ConfirmedServiceError", |xml| {
            xml.value("Service", format_args!("{:02X}", m.service.code()));
            xml.group("ServiceError", |xml| {
                let name = match name {
                    // Its name for what its own standard XML calls object-access-violated.
                    "object-access-violated" => "ObjectAccessInvalid".into(),
                    name => camel(Some(name)),
                };
                xml.value(&camel(m.kind.name()), name);
                Ok(())
            })
        })
    }

    fn release(
        &mut self,
        name: &str,
        reason: Option<(Option<&str>, u8)>,
        information: Option<&[u8]>,
    ) -> Done {
        self.unless_writing("a reason is not written")?;
        if information.is_some() {
            return Err("an initiate in clear is not expected");
        }
        self.group(name, |xml| {
            if let Some((name, _)) = reason {
                xml.value("Reason", camel(name));
            }
            Ok(())
        })
    }

    fn invoke(&mut self, id: InvokeId) -> Done {
        if id.0 & 0x3F != 1 {
            self.unless_writing("any number of a request becomes 1")?;
        }
        self.value("InvokeIdAndPriority", format_args!("{:02X}", id.0));
        Ok(())
    }

    fn long_invoke(&mut self, id: LongInvokeId) -> Done {
        if id.0 & 0x3F00_0000 != 0 {
            self.unless_writing("options are dropped")?;
        }
        self.value("LongInvokeIdAndPriority", format_args!("{:08X}", id.0));
        Ok(())
    }

    fn date_time(&mut self, stamp: TimeStamp<'_>) -> Done {
        if !stamp.octets.is_empty() {
            self.unless_writing("a time is not written")?;
        }
        self.value("DateTime", digits(stamp.octets));
        Ok(())
    }

    fn attribute(&mut self, one: AttributeDescriptor) -> Done {
        self.descriptor(
            "AttributeDescriptor",
            one.class_id,
            one.instance_id.groups(),
            "AttributeId",
            one.attribute_id,
        )
    }

    fn method(&mut self, one: MethodDescriptor) -> Done {
        self.descriptor(
            "MethodDescriptor",
            one.class_id,
            one.instance_id.groups(),
            "MethodId",
            one.method_id,
        )
    }

    fn descriptor(
        &mut self,
        name: &str,
        class: u16,
        instance: [u8; 6],
        id: &str,
        number: i8,
    ) -> Done {
        if !CLASSES.contains(&class) {
            return Err("not a class that it knows");
        }
        self.group(name, |xml| {
            xml.value("ClassId", format_args!("{class:04X}"));
            xml.value("InstanceId", digits(&instance));
            xml.value(id, format_args!("{number:02X}"));
            Ok(())
        })
    }

    fn number(&mut self, number: u32) {
        self.value("BlockNumber", format_args!("{number:08X}"));
    }

    fn flag(&mut self, last: bool) {
        self.value("LastBlock", if last { "01" } else { "00" });
    }

    /// Of a Data-Access-Result or an Action-Result: both have the same numbers.
    fn error(&mut self, name: &str, code: u8) -> Done {
        let (_, text) = ERRORS.iter().find(|(known, _)| *known == code).ok_or("no such error")?;
        self.value(name, text);
        Ok(())
    }

    fn variable(&mut self, one: VariableAccess<'static>) -> Done {
        match one {
            VariableAccess::VariableName(name) => {
                self.value("VariableName", format_args!("{name:04X}"));
                Ok(())
            }
            VariableAccess::Parameterized { variable_name, selector, parameter } => {
                self.group("ParameterisedAccess", |xml| {
                    xml.value("VariableName", format_args!("{variable_name:04X}"));
                    xml.value("Selector", format_args!("{selector:02X}"));
                    xml.group("Parameter", |xml| xml.data(parameter))
                })
            }
            VariableAccess::BlockNumber { block_number } => {
                self.group("BlockNumberAccess", |xml| {
                    xml.value("BlockNumber", format_args!("{block_number:04X}"));
                    Ok(())
                })
            }
            _ => Err("no blocks of a request"),
        }
    }

    fn variables(
        &mut self,
        (names, data): (List<'static, VariableAccess<'static>>, List<'static, DataRef<'static>>),
    ) -> Done {
        if names.len() != data.len() {
            return Err(LENGTHS);
        }
        self.list("ListOfVariableAccessSpecification", names.len(), names.iter(), |xml, one| {
            match one {
                VariableAccess::VariableName(_) => xml.variable(one),
                _ => Err("only variable names are written to"),
            }
        })?;
        self.list("ListOfData", data.len(), data.iter(), Self::data)
    }
}

fn digits(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

/// A name of the standard as the package has it: without hyphens, each word with a capital.
fn camel(name: Option<&str>) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    };
    name.unwrap_or_default().split('-').map(word).collect()
}

const ERRORS: &[(u8, &str)] = &[
    (0, "Success"),
    (1, "HardwareFault"),
    (2, "TemporaryFailure"),
    (3, "ReadWriteDenied"),
    (4, "UndefinedObject"),
    (9, "InconsistentClass"),
    (11, "UnavailableObject"),
    (12, "UnmatchedType"),
    (13, "AccessViolated"),
    (14, "DataBlockUnavailable"),
    (15, "LongGetOrReadAborted"),
    (16, "NoLongGetOrReadInProgress"),
    (17, "LongSetOrWriteAborted"),
    (18, "NoLongSetOrWriteInProgress"),
    (19, "DataBlockNumberInvalid"),
    (250, "OtherReason"),
];
