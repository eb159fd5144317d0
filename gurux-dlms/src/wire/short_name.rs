//! Objects by short names: READ, WRITE, UNCONFIRMED-WRITE, INFORMATION-REPORT.
//!
//! Each attribute and method has an address of 16 bits, the base name of its object and an offset.

use super::part::{choice, sequence};
use super::{DataAccessResult, DataRef, List};

choice! {
    /// Variable-Access-Specification: what is read or written.
    pub enum VariableAccess<'a> = "Variable-Access-Specification" {
        /// The attribute at this address.
        2 => VariableName "variable-name" (0: u16),
        /// A part of an attribute, or a method with its parameter.
        4 => Parameterized "parameterized-access" {
            /// Its address.
            variable_name: u16 = "variable-name",
            /// How the part is selected.
            selector: u8 = "selector",
            /// What is selected, or the method's parameter.
            parameter: DataRef<'a> = "parameter",
        },
        /// The next block of an answer.
        5 => BlockNumber "block-number-access" {
            /// The block that was received last.
            block_number: u16 = "block-number",
        },
        /// A block of a read-request.
        6 => ReadDataBlock "read-data-block-access" {
            /// Is it the last?
            last_block: bool = "last-block",
            /// Its number, from 1.
            block_number: u16 = "block-number",
            /// A piece of the request.
            raw_data: &'a [u8] = "raw-data",
        },
        /// A block of a write-request; the piece is among the data.
        7 => WriteDataBlock "write-data-block-access" {
            /// Is it the last?
            last_block: bool = "last-block",
            /// Its number, from 1.
            block_number: u16 = "block-number",
        },
    }
}

sequence! {
    /// ReadRequest: a client reads attributes.
    pub struct ReadRequest<'a> = "readRequest" tag READ_REQUEST {
        /// The attributes.
        variable_access_specification: List<'a, VariableAccess<'a>> =
            "variable-access-specification",
    }
}

choice! {
    /// What a server answers for one attribute that is read.
    pub enum ReadResult<'a> = "ReadResult" {
        /// Its value.
        0 => Data "data" (0: DataRef<'a>),
        /// Why there is none.
        1 => DataAccessError "data-access-error" (0: DataAccessResult),
        /// A block of the answer.
        2 => DataBlock "data-block-result" {
            /// Is it the last?
            last_block: bool = "last-block",
            /// Its number, from 1.
            block_number: u16 = "block-number",
            /// A piece of the answer.
            raw_data: &'a [u8] = "raw-data",
        },
        /// A block of the request was received.
        3 => BlockNumber "block-number" (0: u16),
    }
}

sequence! {
    /// ReadResponse: a server's answer.
    pub struct ReadResponse<'a> = "readResponse" tag READ_RESPONSE {
        /// A result for each attribute, in the order of the request.
        results: List<'a, ReadResult<'a>> = "results",
    }
}

sequence! {
    /// WriteRequest: a client writes attributes.
    pub struct WriteRequest<'a> = "writeRequest" tag WRITE_REQUEST {
        /// The attributes.
        variable_access_specification: List<'a, VariableAccess<'a>> =
            "variable-access-specification",
        /// A value for each, in their order.
        list_of_data: List<'a, DataRef<'a>> = "list-of-data",
    }
}

choice! {
    /// What a server answers for one attribute that is written.
    pub enum WriteResult = "WriteResult" {
        /// It was written.
        0 => Success "success",
        /// Why it was not.
        1 => DataAccessError "data-access-error" (0: DataAccessResult),
        /// A block of the request was received.
        2 => BlockNumber "block-number" (0: u16),
    }
}

sequence! {
    /// WriteResponse: a server's answer.
    pub struct WriteResponse<'a> = "writeResponse" tag WRITE_RESPONSE {
        /// A result for each attribute, in the order of the request.
        results: List<'a, WriteResult> = "results",
    }
}

sequence! {
    /// UnconfirmedWriteRequest: a client writes attributes and wants no answer.
    pub struct UnconfirmedWriteRequest<'a> = "unconfirmedWriteRequest" tag UNCONFIRMED_WRITE_REQUEST {
        /// The attributes.
        variable_access_specification: List<'a, VariableAccess<'a>> =
            "variable-access-specification",
        /// A value for each, in their order.
        list_of_data: List<'a, DataRef<'a>> = "list-of-data",
    }
}

sequence! {
    /// InformationReportRequest: a server tells the values of attributes.
    pub struct InformationReport<'a> = "informationReportRequest" tag INFORMATION_REPORT_REQUEST {
        /// When it was so, as the text of a GeneralizedTime: `20240211160000Z`.
        current_time: Option<&'a [u8]> = "current-time",
        /// The attributes.
        variable_access_specification: List<'a, VariableAccess<'a>> =
            "variable-access-specification",
        /// A value for each, in their order.
        list_of_data: List<'a, DataRef<'a>> = "list-of-data",
    }
}
