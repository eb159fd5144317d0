//! SET: attributes are written.

use super::part::choice;
use super::{
    AttributeDescriptor, AttributeWithSelection, DataAccessResult, DataBlock, DataRef, InvokeId,
    List, SelectiveAccess,
};

choice! {
    /// SET-request: a client writes attributes.
    pub enum SetRequest<'a> = "set-request" tag SET_REQUEST {
        /// One attribute.
        1 => Normal "set-request-normal" {
            /// Which request this is.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The attribute.
            cosem_attribute_descriptor: AttributeDescriptor = "cosem-attribute-descriptor",
            /// The part of it, if not all.
            access_selection: Option<SelectiveAccess<'a>> = "access-selection",
            /// The value.
            value: DataRef<'a> = "value",
        },
        /// One attribute, and the first block of its value.
        2 => WithFirstDatablock "set-request-with-first-datablock" {
            /// Which request this is.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The attribute.
            cosem_attribute_descriptor: AttributeDescriptor = "cosem-attribute-descriptor",
            /// The part of it, if not all.
            access_selection: Option<SelectiveAccess<'a>> = "access-selection",
            /// The first block.
            datablock: DataBlock<'a> = "datablock",
        },
        /// Another block.
        3 => WithDatablock "set-request-with-datablock" {
            /// The request to which it belongs.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The block.
            datablock: DataBlock<'a> = "datablock",
        },
        /// Several attributes.
        4 => WithList "set-request-with-list" {
            /// Which request this is.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The attributes.
            attribute_descriptor_list: List<'a, AttributeWithSelection<'a>> =
                "attribute-descriptor-list",
            /// A value for each, in their order.
            value_list: List<'a, DataRef<'a>> = "value-list",
        },
        /// Several attributes, and the first block of the list of their values.
        5 => WithListAndFirstDatablock "set-request-with-list-and-first-datablock" {
            /// Which request this is.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The attributes.
            attribute_descriptor_list: List<'a, AttributeWithSelection<'a>> =
                "attribute-descriptor-list",
            /// The first block.
            datablock: DataBlock<'a> = "datablock",
        },
    }
}

choice! {
    /// SET-response: a server's answer.
    pub enum SetResponse<'a> = "set-response" tag SET_RESPONSE {
        /// One attribute was written, or not.
        1 => Normal "set-response-normal" {
            /// The request that is answered.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// How it went.
            result: DataAccessResult = "result",
        },
        /// A block was received.
        2 => Datablock "set-response-datablock" {
            /// The request that is answered.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The block.
            block_number: u32 = "block-number",
        },
        /// The last block was received.
        3 => LastDatablock "set-response-last-datablock" {
            /// The request that is answered.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// How it went.
            result: DataAccessResult = "result",
            /// The block.
            block_number: u32 = "block-number",
        },
        /// The last block for several attributes was received.
        4 => LastDatablockWithList "set-response-last-datablock-with-list" {
            /// The request that is answered.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// How each went, in the order of the request.
            result: List<'a, DataAccessResult> = "result",
            /// The block.
            block_number: u32 = "block-number",
        },
        /// Several attributes were written, or not.
        5 => WithList "set-response-with-list" {
            /// The request that is answered.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// How each went, in the order of the request.
            result: List<'a, DataAccessResult> = "result",
        },
    }
}
