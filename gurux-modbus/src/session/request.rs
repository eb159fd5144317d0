//! What client and server both ask about a request.

use crate::wire::{Request, SubFunction};

/// Does a request change anything, so that it makes sense without an answer? V1.02 of the serial
/// line guide, 2.1: broadcast requests are necessarily writing commands.
pub(super) fn is_write(request: &Request<'_>) -> bool {
    match request {
        Request::WriteSingleCoil(_)
        | Request::WriteSingleRegister(_)
        | Request::WriteMultipleCoils(_)
        | Request::WriteMultipleRegisters(_)
        | Request::WriteFileRecord(_)
        | Request::MaskWriteRegister(_)
        | Request::Encapsulated(_)
        | Request::Custom(_) => true,
        Request::Diagnostics(asked) => matches!(
            asked.sub_function(),
            SubFunction::RESTART_COMMUNICATIONS_OPTION
                | SubFunction::CHANGE_ASCII_INPUT_DELIMITER
                | SubFunction::FORCE_LISTEN_ONLY_MODE
                | SubFunction::CLEAR_COUNTERS
                | SubFunction::CLEAR_OVERRUN_COUNTER_AND_FLAG
        ),
        _ => false,
    }
}

/// Does a request end listen-only mode?
pub(super) fn is_restart(request: &Request<'_>) -> bool {
    matches!(request, Request::Diagnostics(asked)
        if asked.sub_function() == SubFunction::RESTART_COMMUNICATIONS_OPTION)
}
