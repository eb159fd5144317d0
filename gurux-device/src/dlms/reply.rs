//! [`Results`]: what a meter answered for each attribute.

use gurux_dlms::wire::{
    AttributeDescriptor, DataAccessResult, DataRef, GetDataResult, GetRequest, GetResponse,
};
use gurux_framing::Wire;
use gurux_value::{Decimal, Quality, Unit, Value};

use super::form::{self, Form};
use super::{Point, Scaling, octets};
use crate::driver::{Raw, Refusal, Told};

/// The attributes that were asked for, and what came for each.
pub(super) struct Results<'r>(Vec<(AttributeDescriptor, GetDataResult<DataRef<'r>>)>);

impl<'r> Results<'r> {
    /// A GET and its answer.
    ///
    /// # Errors
    /// Why the one does not answer the other, as a clause.
    pub(super) fn read(request: &[u8], reply: &'r [u8]) -> Result<Self, String> {
        let asked = match GetRequest::from_bytes(request).map_err(|error| error.to_string())? {
            GetRequest::Normal { cosem_attribute_descriptor, .. } => {
                vec![cosem_attribute_descriptor]
            }
            GetRequest::WithList { attribute_descriptor_list, .. } => {
                let all = attribute_descriptor_list.iter();
                all.map(|item| item.cosem_attribute_descriptor).collect()
            }
            GetRequest::Next { .. } => Vec::new(),
        };
        let said = match GetResponse::from_bytes(reply).map_err(|error| error.to_string())? {
            GetResponse::Normal { result, .. } => vec![result],
            GetResponse::WithList { result, .. } => result.iter().collect(),
            GetResponse::WithDatablock { .. } => {
                return Err("the answer is a block of one, and not whole".to_owned());
            }
        };
        if asked.len() != said.len() {
            return Err(format!("{} answers came to {} questions", said.len(), asked.len()));
        }
        Ok(Self(asked.into_iter().zip(said).collect()))
    }

    fn result(&self, attribute: AttributeDescriptor) -> Option<GetDataResult<DataRef<'r>>> {
        self.0.iter().find(|(asked, _)| *asked == attribute).map(|(_, result)| *result)
    }

    fn data(&self, attribute: AttributeDescriptor) -> Option<DataRef<'r>> {
        self.result(attribute)?.data()
    }

    /// What came for the first.
    pub(super) fn first(&self) -> Option<DataRef<'r>> {
        self.0.first()?.1.data()
    }

    /// Why the meter does not tell an attribute.
    pub(super) fn refusal(&self, attribute: AttributeDescriptor) -> Option<DataAccessResult> {
        match self.result(attribute)? {
            GetDataResult::DataAccessResult(code) => Some(code),
            GetDataResult::Data(_) => None,
        }
    }

    /// The raw value of a property; `None` where the meter refused it.
    pub(super) fn raw(&self, point: &Point) -> Option<Raw> {
        let whole = self.data(point.address.attribute()?)?;
        let none = |quality| Raw { quality, octets: octets(&whole), ..Raw::default() };
        let Some(data) = element(whole, &point.address.element) else {
            return Some(none(Quality::MISSING));
        };
        let mut raw = none(Quality::GOOD);
        if data.as_integer().is_some_and(|number| point.marks.contains(&number)) {
            return Some(raw);
        }
        let Some(value) = Form::value(point.read_as, data) else { return Some(raw) };
        let time = point.address.capture_time().and_then(|attribute| self.data(attribute));
        raw.told = Told { time: time.and_then(form::date_time), ..Told::default() };
        match self.scale(point, value) {
            Some((value, unit)) => {
                raw.value = Some(value);
                raw.told.unit = unit;
            }
            None => raw.quality = Quality::INVALID,
        }
        Some(raw)
    }

    /// The value in the unit of the property, or with the unit that the object has; `None` where its
    /// scaler is not known, or its unit is another kind.
    fn scale(
        &self,
        point: &Point,
        value: Value<'static>,
    ) -> Option<(Value<'static>, Option<Unit>)> {
        let is_number = matches!(value, Value::Decimal(_) | Value::Float32(_) | Value::Float64(_));
        let (scaler, code) = match point.scaling {
            Scaling::Given(scaler) if is_number => (scaler, None),
            Scaling::Object(attribute) if is_number => {
                let (scaler, code) = form::scaler_unit(self.data(attribute)?)?;
                (scaler, Some(code))
            }
            _ => return Some((value, None)),
        };
        let unit = code.and_then(Unit::from_dlms);
        let into = point.unit.zip(unit).filter(|(into, unit)| into != unit);
        if scaler == 0 && into.is_none() {
            return Some((value, unit));
        }
        let number: Decimal = form::scaled(&value, scaler)?;
        match into {
            Some((into, unit)) => Some((unit.convert(number, into).ok()?.into(), Some(into))),
            None => Some((number.into(), unit)),
        }
    }
}

/// The element at this path.
fn element<'d>(data: DataRef<'d>, path: &[usize]) -> Option<DataRef<'d>> {
    path.iter().try_fold(data, |data, place| {
        let elements = match data {
            DataRef::CompactArray(array) => array.elements(),
            data => data.elements()?,
        };
        elements.element(place.checked_sub(1)?)
    })
}

/// A meter's "no" to reading or writing.
pub(super) fn refused(code: DataAccessResult) -> Refusal {
    Refusal { code: code.code().into(), name: code.to_string() }
}
