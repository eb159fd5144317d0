//! What a server answers for each item: its value, or why there is none.

use gurux_framing::wire_code;

use super::DataRef;
use super::part::{choice, part_as_code};

wire_code! {
    /// Data-Access-Result: how reading or writing an attribute went.
    pub struct DataAccessResult(u8) {
        /// Done.
        SUCCESS = 0 => "success",
        /// The hardware fails.
        HARDWARE_FAULT = 1 => "hardware-fault",
        /// Not now.
        TEMPORARY_FAILURE = 2 => "temporary-failure",
        /// This client may not.
        READ_WRITE_DENIED = 3 => "read-write-denied",
        /// There is no such object.
        OBJECT_UNDEFINED = 4 => "object-undefined",
        /// The object has another class.
        OBJECT_CLASS_INCONSISTENT = 9 => "object-class-inconsistent",
        /// The object cannot be reached.
        OBJECT_UNAVAILABLE = 11 => "object-unavailable",
        /// The value has another type.
        TYPE_UNMATCHED = 12 => "type-unmatched",
        /// More than this client may see.
        SCOPE_OF_ACCESS_VIOLATED = 13 => "scope-of-access-violated",
        /// The block is not there.
        DATA_BLOCK_UNAVAILABLE = 14 => "data-block-unavailable",
        /// The answer in blocks was given up.
        LONG_GET_ABORTED = 15 => "long-get-aborted",
        /// There is no answer in blocks to go on with.
        NO_LONG_GET_IN_PROGRESS = 16 => "no-long-get-in-progress",
        /// The request in blocks was given up.
        LONG_SET_ABORTED = 17 => "long-set-aborted",
        /// There is no request in blocks to go on with.
        NO_LONG_SET_IN_PROGRESS = 18 => "no-long-set-in-progress",
        /// Not the block that was expected.
        DATA_BLOCK_NUMBER_INVALID = 19 => "data-block-number-invalid",
        /// Another reason.
        OTHER_REASON = 250 => "other-reason",
    }
}

wire_code! {
    /// Action-Result: how a method went.
    pub struct ActionResult(u8) {
        /// Done.
        SUCCESS = 0 => "success",
        /// The hardware fails.
        HARDWARE_FAULT = 1 => "hardware-fault",
        /// Not now.
        TEMPORARY_FAILURE = 2 => "temporary-failure",
        /// This client may not.
        READ_WRITE_DENIED = 3 => "read-write-denied",
        /// There is no such object.
        OBJECT_UNDEFINED = 4 => "object-undefined",
        /// The object has another class.
        OBJECT_CLASS_INCONSISTENT = 9 => "object-class-inconsistent",
        /// The object cannot be reached.
        OBJECT_UNAVAILABLE = 11 => "object-unavailable",
        /// A parameter has another type.
        TYPE_UNMATCHED = 12 => "type-unmatched",
        /// More than this client may do.
        SCOPE_OF_ACCESS_VIOLATED = 13 => "scope-of-access-violated",
        /// The block is not there.
        DATA_BLOCK_UNAVAILABLE = 14 => "data-block-unavailable",
        /// The action in blocks was given up.
        LONG_ACTION_ABORTED = 15 => "long-action-aborted",
        /// There is no action in blocks to go on with.
        NO_LONG_ACTION_IN_PROGRESS = 16 => "no-long-action-in-progress",
        /// Another reason.
        OTHER_REASON = 250 => "other-reason",
    }
}

part_as_code! {
    DataAccessResult(u8) = "Data-Access-Result",
    ActionResult(u8) = "Action-Result",
}

/// "No", where a caller asked for a value.
impl core::error::Error for DataAccessResult {}
/// "No", where a caller asked for something to be done.
impl core::error::Error for ActionResult {}

choice! {
    /// Get-Data-Result: a value, or why there is none.
    pub enum GetDataResult<D> = "Get-Data-Result" {
        /// The value.
        0 => Data "data" (0: D),
        /// Why there is none.
        1 => DataAccessResult "data-access-result" (0: DataAccessResult),
    }
}

impl<'a> GetDataResult<DataRef<'a>> {
    /// The value, if there is one.
    #[must_use]
    pub const fn data(&self) -> Option<DataRef<'a>> {
        match self {
            Self::Data(data) => Some(*data),
            Self::DataAccessResult(_) => None,
        }
    }
}
