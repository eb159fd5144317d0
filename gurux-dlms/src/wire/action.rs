//! ACTION: methods are called.

use super::part::{choice, sequence};
use super::{ActionResult, DataBlock, DataRef, GetDataResult, InvokeId, List, MethodDescriptor};

choice! {
    /// ACTION-request: a client calls methods.
    pub enum ActionRequest<'a> = "action-request" tag ACTION_REQUEST {
        /// One method.
        1 => Normal "action-request-normal" {
            /// Which request this is.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The method.
            cosem_method_descriptor: MethodDescriptor = "cosem-method-descriptor",
            /// Its parameters, if it has some.
            method_invocation_parameters: Option<DataRef<'a>> = "method-invocation-parameters",
        },
        /// The next block of an answer.
        2 => NextPblock "action-request-next-pblock" {
            /// The request whose answer it is.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The block that was received last.
            block_number: u32 = "block-number",
        },
        /// Several methods.
        3 => WithList "action-request-with-list" {
            /// Which request this is.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The methods.
            cosem_method_descriptor_list: List<'a, MethodDescriptor> =
                "cosem-method-descriptor-list",
            /// Parameters for each, in their order; null-data where there are none.
            method_invocation_parameters: List<'a, DataRef<'a>> = "method-invocation-parameters",
        },
        /// One method, and the first block of its parameters.
        4 => WithFirstPblock "action-request-with-first-pblock" {
            /// Which request this is.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The method.
            cosem_method_descriptor: MethodDescriptor = "cosem-method-descriptor",
            /// The first block.
            pblock: DataBlock<'a> = "pblock",
        },
        /// Several methods, and the first block of the list of their parameters.
        5 => WithListAndFirstPblock "action-request-with-list-and-first-pblock" {
            /// Which request this is.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The methods.
            cosem_method_descriptor_list: List<'a, MethodDescriptor> =
                "cosem-method-descriptor-list",
            /// The first block.
            pblock: DataBlock<'a> = "pblock",
        },
        /// Another block.
        6 => WithPblock "action-request-with-pblock" {
            /// The request to which it belongs.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The block.
            pblock: DataBlock<'a> = "pblock",
        },
    }
}

choice! {
    /// ACTION-response: a server's answer.
    pub enum ActionResponse<'a> = "action-response" tag ACTION_RESPONSE {
        /// One method was called, or not.
        1 => Normal "action-response-normal" {
            /// The request that is answered.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// How it went, and what it returned.
            single_response: ActionResponseItem<'a> = "single-response",
        },
        /// A block of an answer.
        2 => WithPblock "action-response-with-pblock" {
            /// The request that is answered.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The block.
            pblock: DataBlock<'a> = "pblock",
        },
        /// Several methods were called, or not.
        3 => WithList "action-response-with-list" {
            /// The request that is answered.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// How each went, in the order of the request.
            list_of_responses: List<'a, ActionResponseItem<'a>> = "list-of-responses",
        },
        /// A block of the parameters was received.
        4 => NextPblock "action-response-next-pblock" {
            /// The request that is answered.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The block.
            block_number: u32 = "block-number",
        },
    }
}

sequence! {
    /// Action-Response-With-Optional-Data: how a method went, and what it returned.
    pub struct ActionResponseItem<'a> = "Action-Response-With-Optional-Data" {
        /// How it went.
        result: ActionResult = "result",
        /// What it returned, if anything.
        return_parameters: Option<GetDataResult<DataRef<'a>>> = "return-parameters",
    }
}
