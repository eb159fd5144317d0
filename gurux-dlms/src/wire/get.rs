//! GET: attributes are read.

use super::part::{choice, sequence};
use super::{
    AttributeDescriptor, AttributeWithSelection, DataAccessResult, DataRef, GetDataResult,
    InvokeId, List, SelectiveAccess,
};

choice! {
    /// GET-request: a client reads attributes.
    pub enum GetRequest<'a> = "get-request" tag GET_REQUEST {
        /// One attribute.
        1 => Normal "get-request-normal" {
            /// Which request this is.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The attribute.
            cosem_attribute_descriptor: AttributeDescriptor = "cosem-attribute-descriptor",
            /// The part of it, if not all.
            access_selection: Option<SelectiveAccess<'a>> = "access-selection",
        },
        /// The next block of an answer.
        2 => Next "get-request-next" {
            /// The request whose answer it is.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The block that was received last.
            block_number: u32 = "block-number",
        },
        /// Several attributes.
        3 => WithList "get-request-with-list" {
            /// Which request this is.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The attributes.
            attribute_descriptor_list: List<'a, AttributeWithSelection<'a>> =
                "attribute-descriptor-list",
        },
    }
}

choice! {
    /// GET-response: a server's answer. `D` is what is made of the value: [`DataRef`], or
    /// [`Unread`](super::Unread) where it is to be read in one pass later.
    pub enum GetResponse<'a, D = DataRef<'a>> = "get-response" tag GET_RESPONSE {
        /// One value.
        1 => Normal "get-response-normal" {
            /// The request that is answered.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The value, or why there is none.
            result: GetDataResult<D> = "result",
        },
        /// A block of an answer.
        2 => WithDatablock "get-response-with-datablock" {
            /// The request that is answered.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// The block.
            result: GetDataBlock<'a> = "result",
        },
        /// Several values.
        3 => WithList "get-response-with-list" {
            /// The request that is answered.
            invoke_id_and_priority: InvokeId = "invoke-id-and-priority",
            /// A result for each attribute, in the order of the request.
            result: List<'a, GetDataResult<DataRef<'a>>> = "result",
        },
    }
}

sequence! {
    /// DataBlock-G: a block of an answer to GET.
    pub struct GetDataBlock<'a> = "DataBlock-G" {
        /// Is it the last?
        last_block: bool = "last-block",
        /// Its number, from 1.
        block_number: u32 = "block-number",
        /// What is in it.
        result: GetDataBlockResult<'a> = "result",
    }
}

choice! {
    /// What is in a block of an answer to GET.
    pub enum GetDataBlockResult<'a> = "result" {
        /// A piece of the answer. Joined, the pieces are the value, or a list of results.
        0 => RawData "raw-data" (0: &'a [u8]),
        /// Why there is none.
        1 => DataAccessResult "data-access-result" (0: DataAccessResult),
    }
}

sequence! {
    /// DataBlock-SA: a block of a SET-request, an ACTION-request or an ACTION-response.
    pub struct DataBlock<'a> = "DataBlock-SA" {
        /// Is it the last?
        last_block: bool = "last-block",
        /// Its number, from 1.
        block_number: u32 = "block-number",
        /// A piece of what is sent.
        raw_data: &'a [u8] = "raw-data",
    }
}
