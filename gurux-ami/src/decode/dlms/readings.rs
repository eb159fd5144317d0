//! Measurements out of pushes and answers.

use std::collections::BTreeMap;

use gurux_dlms::push::{LAYOUTS, Layout, P1Telegram, PushValues};
use gurux_dlms::security::SystemTitle;
use gurux_dlms::table::class::{ClassId, versions};
use gurux_dlms::table::obis::lookup_obis;
use gurux_dlms::wire::{
    AccessRequest, AccessRequestSpecification, AccessResponse, AttributeDescriptor, CosemDateTime,
    DataNotification, DataRef, EventNotification, GetDataResult, GetRequest, InformationReport,
    ReadResponse, ReadResult, Unread,
};
use gurux_framing::Wire;
use gurux_value::{Measurement, Obis, Quality, Quantity, Unit, Value};
use serde_json::{Value as Json, json};

use super::conversation::Conversation;
use super::message::{Told, emitted};
use super::words;
use crate::capture::to_hex;

/// What was asked, and what answers told of objects.
#[derive(Default)]
pub(super) struct Asked {
    /// By the number of the request.
    requests: BTreeMap<u32, Vec<AttributeDescriptor>>,
    /// Was there a request in this capture?
    has_asked: bool,
    /// Scaler and unit of registers.
    scalers: BTreeMap<Obis, (i8, Option<Unit>)>,
    /// Columns of profiles: class, object, attribute.
    columns: BTreeMap<Obis, Vec<(u16, Obis, i8)>>,
}

const DATA: u16 = 1;
const REGISTER: u16 = 3;
const EXTENDED_REGISTER: u16 = 4;
const DEMAND_REGISTER: u16 = 5;
const PROFILE: u16 = 7;
/// Requests with long numbers, apart from those with short ones.
const LONG: u32 = 1 << 24;

impl Asked {
    /// A capture begins.
    pub(super) const fn begin(&mut self) {
        self.has_asked = false;
    }

    /// A capture with messages is over: what was asked before it is not answered behind it. Lines of a file
    /// may have nothing to do with each other, and numbers of requests come again soon.
    pub(super) fn end(&mut self) {
        if !self.has_asked {
            self.requests.clear();
        }
    }

    /// Remembers what a client asks for.
    pub(super) fn ask(&mut self, request: &GetRequest<'_>) {
        let (id, attributes) = match request {
            GetRequest::Normal { invoke_id_and_priority, cosem_attribute_descriptor, .. } => {
                (invoke_id_and_priority, vec![*cosem_attribute_descriptor])
            }
            GetRequest::WithList { invoke_id_and_priority, attribute_descriptor_list } => {
                let of = attribute_descriptor_list.iter();
                let of = of.map(|with| with.cosem_attribute_descriptor);
                (invoke_id_and_priority, of.collect())
            }
            GetRequest::Next { .. } => return,
        };
        self.has_asked = true;
        self.requests.insert(id.number().into(), attributes);
    }

    /// The same of an ACCESS request; what is no GET has no value.
    pub(super) fn ask_access(&mut self, request: &AccessRequest<'_>) {
        let specifications = request.access_request_body.access_request_specification;
        let attributes = specifications.iter().map(|specification| match specification {
            AccessRequestSpecification::Get { cosem_attribute_descriptor }
            | AccessRequestSpecification::GetWithSelection { cosem_attribute_descriptor, .. }
            | AccessRequestSpecification::Set { cosem_attribute_descriptor }
            | AccessRequestSpecification::SetWithSelection { cosem_attribute_descriptor, .. } => {
                cosem_attribute_descriptor
            }
            AccessRequestSpecification::Action { cosem_method_descriptor: method } => {
                AttributeDescriptor {
                    class_id: method.class_id,
                    instance_id: method.instance_id,
                    attribute_id: 0,
                }
            }
        });
        let id = request.long_invoke_id_and_priority.number() | LONG;
        self.has_asked = true;
        self.requests.insert(id, attributes.collect());
    }

    /// What the request with this number asked for.
    pub(super) fn taken(&self, id: u8) -> Vec<AttributeDescriptor> {
        self.requests.get(&id.into()).cloned().unwrap_or_default()
    }

    /// What an answer says, in the order of what was asked.
    pub(super) fn answer(
        &mut self,
        asked: &[AttributeDescriptor],
        results: &mut dyn Iterator<Item = GetDataResult<DataRef<'_>>>,
        told: &mut Told,
    ) {
        for (place, result) in results.enumerate() {
            let of = asked.get(place).copied();
            match result {
                GetDataResult::Data(value) => self.value(of, value, None, told),
                GetDataResult::DataAccessResult(why) => {
                    let of = of.map(|of| format!("{}: ", words::attribute(&of)));
                    told.notes.push(format!("{}{why}", of.unwrap_or_default()));
                }
            }
        }
    }

    pub(super) fn answer_access(&mut self, response: &AccessResponse<'_>, told: &mut Told) {
        let body = response.access_response_body;
        let id = response.long_invoke_id_and_priority.number() | LONG;
        let asked = self.requests.get(&id).cloned().unwrap_or_default();
        let time = response.date_time.date_time();
        for (place, value) in body.access_response_list_of_data.iter().enumerate() {
            if value != DataRef::NullData {
                self.value(asked.get(place).copied(), value, time, told);
            }
        }
    }

    /// The attribute that an event tells.
    pub(super) fn event(
        &mut self,
        event: &EventNotification<'_>,
        time: Option<CosemDateTime>,
        told: &mut Told,
    ) {
        self.value(Some(event.cosem_attribute_descriptor), event.attribute_value, time, told);
    }

    /// The value of an attribute.
    fn value(
        &mut self,
        of: Option<AttributeDescriptor>,
        value: DataRef<'_>,
        time: Option<CosemDateTime>,
        told: &mut Told,
    ) {
        let Some(of) = of else {
            if value.elements().is_none() {
                told.readings.push(reading(&single(None, value, None), None, value));
            }
            return;
        };
        let obis = of.instance_id;
        match (of.class_id, of.attribute_id) {
            (REGISTER | EXTENDED_REGISTER, 3) | (DEMAND_REGISTER, 4) => {
                if let Some(scaler) = scaler_unit(value) {
                    self.scalers.insert(obis, scaler);
                    return;
                }
            }
            (PROFILE, 3) => {
                let columns = value.elements().into_iter().flat_map(|columns| columns.iter());
                self.columns.insert(obis, columns.filter_map(column).collect());
                return;
            }
            (PROFILE, 2) => return self.rows(obis, value, told),
            _ => {}
        }
        // The logical name says nothing that the request did not.
        if of.attribute_id == 1 || value.elements().is_some() {
            return;
        }
        let is_metered = matches!(
            (of.class_id, of.attribute_id),
            (DATA | REGISTER | EXTENDED_REGISTER, 2) | (DEMAND_REGISTER, 2 | 3)
        );
        let scaler = self.scalers.get(&obis).copied().filter(|_| is_metered);
        if is_metered && of.class_id != DATA && scaler.is_none() && value.as_integer().is_some() {
            let note = "no scaler and unit were read before: the value is as the meter counts it";
            if !told.notes.iter().any(|known| known == note) {
                told.notes.push(note.to_owned());
            }
        }
        let mut measurement = single(Some(obis), value, scaler);
        if !is_metered && !is_main(of) {
            measurement.quantity = Quantity::new("value");
        }
        if !matches!(measurement.value, Some(Value::DateTime(_))) {
            measurement.time = time.map(CosemDateTime::to_date_time);
        }
        told.readings.push(reading(&measurement, Some(of), value));
    }

    /// The rows of a profile whose columns are known.
    fn rows(&self, profile: Obis, buffer: DataRef<'_>, told: &mut Told) {
        let Some(rows) = buffer.elements() else { return };
        let columns = self.columns.get(&profile).map(Vec::as_slice).unwrap_or_default();
        if columns.is_empty() {
            told.notes.push(format!(
                "{} rows of a profile; what their columns are was not read before",
                rows.len()
            ));
            return;
        }
        // Null-data is the value of the row before.
        let mut before: Vec<DataRef<'_>> = vec![DataRef::NullData; columns.len()];
        for row in rows.iter().filter_map(|row| row.elements()) {
            let mut time = None;
            for ((cell, last), (class, obis, attribute)) in row.iter().zip(&mut before).zip(columns)
            {
                let is_new = cell != DataRef::NullData;
                if is_new {
                    *last = cell;
                }
                let mut measurement = single(Some(*obis), *last, self.scalers.get(obis).copied());
                if let Some(Value::DateTime(clock)) = measurement.value {
                    // The clock of a row that is not sent is a period after the one before.
                    time = is_new.then_some(clock);
                    continue;
                }
                measurement.time = time;
                let of = AttributeDescriptor {
                    class_id: *class,
                    instance_id: *obis,
                    attribute_id: *attribute,
                };
                told.readings.push(reading(&measurement, Some(of), *last));
            }
        }
    }
}

impl Conversation<'_> {
    /// The values of a push.
    pub(super) fn push(&self, body: &[u8], time: Option<CosemDateTime>, told: &mut Told) {
        let _ = self::body(body, time, self.hints.layouts, told);
    }
}

/// The values of a body that is pushed; `None` if it is in no form that is known.
pub(super) fn body(
    octets: &[u8],
    time: Option<CosemDateTime>,
    layouts: &[Layout<'_>],
    told: &mut Told,
) -> Option<()> {
    let values = PushValues::from_octets(octets, layouts).ok()?;
    let layout = values.layout();
    let values: Vec<_> = values.map(|value| (value, value.measurement())).collect();
    let clock = values.iter().find_map(|(_, measurement)| match &measurement.value {
        Some(Value::DateTime(time)) if time.date().is_some() => Some(*time),
        _ => None,
    });
    let time = time.map(CosemDateTime::to_date_time).or(clock);
    let mut nested = 0_usize;
    let mut is_any = false;
    for (value, mut measurement) in values {
        if value.value.elements().is_some() {
            nested += 1;
            continue;
        }
        identify(&measurement, told);
        if !matches!(measurement.value, Some(Value::DateTime(_))) {
            measurement.time = time;
        }
        if measurement.value.is_none() {
            measurement = measurement.without_value(Quality::MISSING);
        }
        is_any = true;
        let of = value.attribute.zip(value.obis).map(|((class_id, attribute_id), instance_id)| {
            AttributeDescriptor { class_id, instance_id, attribute_id }
        });
        told.readings.push(reading(&measurement, of, value.value));
    }
    if let Some(layout) = layout.filter(|layout| !layout.objects.is_empty()) {
        told.notes.push(format!("values named by their places, as in a list of {}", layout.name));
    }
    if nested > 0 && is_any {
        told.notes.push(format!("{nested} values that are lists stand in the message alone"));
    }
    is_any.then_some(())
}

/// The text of a P1 port where a message of DLMS would stand; `None` if it is none.
pub(super) fn p1(octets: &[u8], told: &mut Told) -> Option<()> {
    let telegram = P1Telegram::from_octets(octets).ok()?;
    told.layers.push("p1".to_owned());
    told.meter.insert("type".into(), telegram.identification.into());
    told.message = json!({ "p1": { "text": String::from_utf8_lossy(octets) } });
    let time = telegram.time();
    let mut count = 0_usize;
    for mut measurement in telegram.values() {
        identify(&measurement, told);
        if !matches!(measurement.value, Some(Value::DateTime(_))) {
            measurement.time = measurement.time.or(time);
        }
        count += 1;
        told.readings.push(named(&measurement, None));
    }
    told.summary = Some(format!("P1 telegram of {count} lines"));
    if !telegram.is_checked {
        told.notes.push("the telegram has no check sum".to_owned());
    }
    Some(())
}

/// Is it such a text?
pub(super) fn is_p1(octets: &[u8]) -> bool {
    P1Telegram::from_octets(octets).is_ok()
}

/// Is it such a text, and does its check sum prove it?
pub(super) fn is_checked_p1(octets: &[u8]) -> bool {
    P1Telegram::from_octets(octets).is_ok_and(|telegram| telegram.is_checked)
}

/// What a value says of its meter.
fn identify(measurement: &Measurement<'_>, told: &mut Told) {
    let (Some(obis), Some(value)) = (measurement.obis, &measurement.value) else { return };
    let name = match obis.groups() {
        [0, _, 96, 1, 0, 255] => "id",
        [0, _, 42, 0, 0, 255] => "logical_device",
        [0 | 1, _, 96, 1, 1 | 7, 255] => "type",
        _ => return,
    };
    if let Value::Text(_) | Value::Decimal(_) = value {
        told.meter.entry(name).or_insert_with(|| value.to_string().into());
    }
}

/// What a system title says: the maker's letters, and the whole as the name that keys go by.
pub(super) fn system_title(title: Option<SystemTitle>, told: &mut Told) {
    let Some(title) = title else { return };
    let SystemTitle([a, b, c, ..]) = title;
    if [a, b, c].iter().all(u8::is_ascii_alphabetic) {
        let letters = [a, b, c].map(char::from).iter().collect::<String>();
        told.meter.entry("manufacturer").or_insert_with(|| letters.into());
    }
    told.meter.insert("system_title".into(), title.to_string().into());
}

/// Values that are read by short names, which say nothing of what they are.
pub(super) fn short_names(response: &ReadResponse<'_>, told: &mut Told) {
    for result in response.results.iter() {
        match result {
            ReadResult::Data(value) if value.elements().is_none() => {
                told.readings.push(reading(&single(None, value, None), None, value));
            }
            ReadResult::DataAccessError(why) => told.notes.push(why.to_string()),
            _ => {}
        }
    }
}

/// Values that are reported by short names.
pub(super) fn report(report: &InformationReport<'_>, told: &mut Told) {
    for value in report.list_of_data.iter().filter(|value| value.elements().is_none()) {
        told.readings.push(reading(&single(None, value, None), None, value));
    }
}

/// Is it the attribute that the object is named for?
fn is_main(of: AttributeDescriptor) -> bool {
    of.attribute_id == 2
}

/// One value as a measurement.
fn single<'a>(
    obis: Option<Obis>,
    value: DataRef<'a>,
    scaler: Option<(i8, Option<Unit>)>,
) -> Measurement<'a> {
    let value = gurux_dlms::push::PushValue { attribute: None, obis, value, scaler_unit: scaler };
    let measurement = value.measurement();
    match measurement.value {
        Some(_) => measurement,
        None => measurement.without_value(Quality::MISSING),
    }
}

fn scaler_unit(value: DataRef<'_>) -> Option<(i8, Option<Unit>)> {
    let parts = value.elements()?;
    match (parts.element(0)?, parts.element(1)?, parts.len()) {
        (DataRef::Integer(scaler), DataRef::Enum(unit), 2) => Some((scaler, Unit::from_dlms(unit))),
        _ => None,
    }
}

fn column(value: DataRef<'_>) -> Option<(u16, Obis, i8)> {
    let parts = value.elements()?;
    let (DataRef::LongUnsigned(class), DataRef::OctetString(obis), DataRef::Integer(attribute)) =
        (parts.element(0)?, parts.element(1)?, parts.element(2)?)
    else {
        return None;
    };
    Some((class, Obis::new(obis.try_into().ok()?), attribute))
}

/// A reading as every protocol has it, with the name of its OBIS code.
fn reading(
    measurement: &Measurement<'_>,
    of: Option<AttributeDescriptor>,
    value: DataRef<'_>,
) -> Json {
    let attribute = of.filter(|of| !is_main(*of)).and_then(|of| {
        let class = versions(ClassId::new(of.class_id)).last()?;
        class.attribute(of.attribute_id).map(|attribute| attribute.name)
    });
    let mut told = named(measurement, attribute);
    if let Some(object) = told.as_object_mut() {
        object.insert("raw".into(), to_hex(&emitted(&value)).into());
    }
    told
}

/// The same without the octets that it was.
fn named(measurement: &Measurement<'_>, attribute: Option<&str>) -> Json {
    let mut told = serde_json::to_value(measurement).unwrap_or_default();
    let name = measurement.obis.and_then(lookup_obis).map(|name| name.to_string());
    if let Some(object) = told.as_object_mut() {
        object.insert("name".into(), json!(name));
        if let Some(attribute) = attribute {
            object.insert("attribute".into(), attribute.into());
        }
    }
    told
}

/// Is it a body of a push that is no value of A-XDR, in a form that is known?
pub(super) fn is_dialect(octets: &[u8]) -> bool {
    DataRef::from_bytes(octets).is_err() && PushValues::from_octets(octets, LAYOUTS).is_ok()
}

/// Is it a push with such a body?
pub(super) fn is_dialect_push(octets: &[u8]) -> bool {
    DataNotification::<Unread<'_>>::from_bytes(octets)
        .is_ok_and(|push| is_dialect(push.notification_body.0))
}
