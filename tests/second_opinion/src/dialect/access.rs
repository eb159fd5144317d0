//! ACCESS.

use gurux_dlms::wire::{
    AccessRequest, AccessRequestSpecification, AccessResponse, AccessResponseSpecification,
    AttributeDescriptor,
};

use super::{Dialect, Done, LENGTHS};

impl Dialect {
    pub(super) fn access_request(&mut self, m: &AccessRequest<'static>) -> Done {
        self.long_invoke(m.long_invoke_id_and_priority)?;
        self.date_time(m.date_time)?;
        let body = m.access_request_body;
        let (items, data) = (body.access_request_specification, body.access_request_list_of_data);
        if items.len() != data.len() {
            return Err(LENGTHS);
        }
        self.group("AccessRequestBody", |xml| {
            xml.list("AccessRequestSpecification", items.len(), items.iter(), |xml, item| {
                xml.group("_AccessRequestSpecification", |xml| match item {
                    AccessRequestSpecification::Get { cosem_attribute_descriptor: one } => {
                        xml.group("AccessRequestGet", |xml| xml.attribute(one))
                    }
                    AccessRequestSpecification::Set { cosem_attribute_descriptor: one } => {
                        xml.group("AccessRequestSet", |xml| xml.attribute(one))
                    }
                    AccessRequestSpecification::Action { cosem_method_descriptor: one } => {
                        // By the names of an attribute.
                        xml.group("AccessRequestAction", |xml| {
                            xml.attribute(AttributeDescriptor {
                                class_id: one.class_id,
                                instance_id: one.instance_id,
                                attribute_id: one.method_id,
                            })
                        })
                    }
                    _ => Err("no selections in ACCESS"),
                })
            })?;
            xml.list("AccessRequestListOfData", data.len(), data.iter(), Self::data)
        })
    }

    pub(super) fn access_response(&mut self, m: &AccessResponse<'static>) -> Done {
        self.long_invoke(m.long_invoke_id_and_priority)?;
        self.date_time(m.date_time)?;
        let body = m.access_response_body;
        if body.access_request_specification.is_some() {
            return Err("the request is not expected in the answer");
        }
        let data = body.access_response_list_of_data;
        let results = body.access_response_specification;
        if !results.is_empty() {
            self.unless_writing("the kind of a result in ACCESS is missing")?;
        }
        self.group("AccessResponseBody", |xml| {
            xml.list("AccessResponseListOfData", data.len(), data.iter(), Self::data)?;
            xml.list("AccessResponseSpecification", results.len(), results.iter(), |xml, one| {
                let (name, code) = match one {
                    AccessResponseSpecification::Get { result } => ("Get", result.code()),
                    AccessResponseSpecification::Set { result } => ("Set", result.code()),
                    AccessResponseSpecification::Action { result } => ("Action", result.code()),
                };
                if code != 0 {
                    return Err("behind an error in ACCESS another octet is expected");
                }
                xml.group("_AccessResponseSpecification", |xml| {
                    xml.group(&format!("AccessResponse{name}"), |xml| xml.error("Result", code))
                })
            })
        })
    }
}
