//! ACCESS: attributes read and written and methods called, in one request.

use super::part::{choice, sequence};
use super::{
    ActionResult, AttributeDescriptor, DataAccessResult, DataRef, List, LongInvokeId,
    MethodDescriptor, SelectiveAccess, TimeStamp,
};

sequence! {
    /// ACCESS-request: what a client wants done, item by item.
    pub struct AccessRequest<'a> = "access-request" tag ACCESS_REQUEST {
        /// Which request this is, and how it is processed.
        long_invoke_id_and_priority: LongInvokeId = "long-invoke-id-and-priority",
        /// When it was made.
        date_time: TimeStamp<'a> = "date-time",
        /// The items.
        access_request_body: AccessRequestBody<'a> = "access-request-body",
    }
}

sequence! {
    /// The items of an ACCESS-request.
    pub struct AccessRequestBody<'a> = "Access-Request-Body" {
        /// What each is.
        access_request_specification: List<'a, AccessRequestSpecification<'a>> =
            "access-request-specification",
        /// A value for each, in their order; null-data where it needs none.
        access_request_list_of_data: List<'a, DataRef<'a>> = "access-request-list-of-data",
    }
}

choice! {
    /// Access-Request-Specification: what one item is.
    pub enum AccessRequestSpecification<'a> = "Access-Request-Specification" {
        /// An attribute is read.
        1 => Get "access-request-get" {
            /// The attribute.
            cosem_attribute_descriptor: AttributeDescriptor = "cosem-attribute-descriptor",
        },
        /// An attribute is written.
        2 => Set "access-request-set" {
            /// The attribute.
            cosem_attribute_descriptor: AttributeDescriptor = "cosem-attribute-descriptor",
        },
        /// A method is called.
        3 => Action "access-request-action" {
            /// The method.
            cosem_method_descriptor: MethodDescriptor = "cosem-method-descriptor",
        },
        /// A part of an attribute is read.
        4 => GetWithSelection "access-request-get-with-selection" {
            /// The attribute.
            cosem_attribute_descriptor: AttributeDescriptor = "cosem-attribute-descriptor",
            /// The part.
            access_selection: SelectiveAccess<'a> = "access-selection",
        },
        /// A part of an attribute is written.
        5 => SetWithSelection "access-request-set-with-selection" {
            /// The attribute.
            cosem_attribute_descriptor: AttributeDescriptor = "cosem-attribute-descriptor",
            /// The part.
            access_selection: SelectiveAccess<'a> = "access-selection",
        },
    }
}

sequence! {
    /// ACCESS-response: a server's answer, item by item.
    pub struct AccessResponse<'a> = "access-response" tag ACCESS_RESPONSE {
        /// The request that is answered.
        long_invoke_id_and_priority: LongInvokeId = "long-invoke-id-and-priority",
        /// When it was made.
        date_time: TimeStamp<'a> = "date-time",
        /// The items.
        access_response_body: AccessResponseBody<'a> = "access-response-body",
    }
}

sequence! {
    /// The items of an ACCESS-response.
    pub struct AccessResponseBody<'a> = "Access-Response-Body" {
        /// What each was, if the request asked for a self-descriptive answer.
        access_request_specification: Option<List<'a, AccessRequestSpecification<'a>>> =
            "access-request-specification",
        /// A value for each, in their order; null-data where there is none.
        access_response_list_of_data: List<'a, DataRef<'a>> = "access-response-list-of-data",
        /// How each went.
        access_response_specification: List<'a, AccessResponseSpecification> =
            "access-response-specification",
    }
}

choice! {
    /// Access-Response-Specification: how one item went.
    pub enum AccessResponseSpecification = "Access-Response-Specification" {
        /// An attribute was read, or not.
        1 => Get "access-response-get" {
            /// How it went.
            result: DataAccessResult = "result",
        },
        /// An attribute was written, or not.
        2 => Set "access-response-set" {
            /// How it went.
            result: DataAccessResult = "result",
        },
        /// A method was called, or not.
        3 => Action "access-response-action" {
            /// How it went.
            result: ActionResult = "result",
        },
    }
}
