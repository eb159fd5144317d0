//! [`Diagnosis`]: what a server knows of itself: counters, the event log, listen-only mode.

use alloc::collections::VecDeque;

use super::Model;
use super::answer::emit;
use crate::session::Framing;
use crate::wire::{
    Diagnostics, EventCounter, EventLog, ExceptionCode, FunctionCode, MAX_PDU_LEN, Request,
    Response, SubFunction, UnitId,
};

/// Events in the log (V1.1b3, 6.10).
const LOG_LEN: usize = 64;

/// An event: the port was restarted.
const RESTARTED: u8 = 0x00;
/// An event: the server began to listen only.
const LISTENS_ONLY: u8 = 0x04;
/// Bit 6 of a sent event, bit 7 of a received one.
const SENT: u8 = 0x40;
const RECEIVED: u8 = 0x80;

/// The data of a restart that clears the log too.
const CLEAR_LOG: u16 = 0xFF00;

/// The counters of the diagnostics function (V1.1b3, 6.8.1). They wrap, as the standard's do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ServerCounters {
    /// Messages seen on the line, for whomever (08/0B).
    pub bus_messages: u16,
    /// Messages whose check failed (08/0C).
    pub bus_errors: u16,
    /// Exceptions sent (08/0D).
    pub exceptions: u16,
    /// Messages for this server, broadcasts included (08/0E).
    pub server_messages: u16,
    /// Messages for this server that were not answered (08/0F).
    pub unanswered: u16,
    /// Exceptions 07 sent (08/10).
    pub naks: u16,
    /// Exceptions 06 sent (08/11).
    pub busy: u16,
    /// Messages lost because nobody took the answers to those before (08/12).
    pub overruns: u16,
    /// Messages done: what 0B reads.
    pub events: u16,
}

/// What became of a request that the server answers by itself.
pub(super) enum Outcome {
    /// A response of so many octets.
    Response(usize),
    /// No response, and none is due.
    Silence,
    /// The port restarts, after the response (none if it listened only).
    Restart { clears_log: bool, response: usize },
    /// ASCII messages end by another character, after the response.
    Delimiter { delimiter: u8, response: usize },
}

/// Counters, log and mode of one server.
#[derive(Clone, Debug, Default)]
pub(super) struct Diagnosis {
    pub(super) counters: ServerCounters,
    pub(super) listens_only: bool,
    /// The latest first.
    log: VecDeque<u8>,
}

impl Diagnosis {
    /// A message for this server came.
    pub(super) fn received(&mut self, is_broadcast: bool) {
        count(&mut self.counters.server_messages);
        let listens = if self.listens_only { 0x20 } else { 0 };
        let broadcast = if is_broadcast { 0x40 } else { 0 };
        self.log(RECEIVED | listens | broadcast);
    }

    /// A request was carried out, or refused.
    pub(super) fn done(&mut self, function: FunctionCode, refused: Option<ExceptionCode>) {
        let Some(code) = refused else {
            // V1.1b3, 6.9: fetching the counter is no event.
            if !matches!(
                function,
                FunctionCode::GET_COMM_EVENT_COUNTER | FunctionCode::GET_COMM_EVENT_LOG
            ) {
                count(&mut self.counters.events);
            }
            self.log(SENT);
            return;
        };
        count(&mut self.counters.exceptions);
        // V1.1b3, 6.10, "remote device MODBUS send event".
        let kind = match code.code() {
            1..=3 => 0x01,
            4 => 0x02,
            5 | 6 => 0x04,
            7 => 0x08,
            _ => 0,
        };
        match code {
            ExceptionCode::SERVER_DEVICE_BUSY => count(&mut self.counters.busy),
            ExceptionCode::NEGATIVE_ACKNOWLEDGE => count(&mut self.counters.naks),
            _ => {}
        }
        self.log(SENT | kind);
    }

    /// Octets were no message.
    pub(super) fn noise(&mut self) {
        count(&mut self.counters.bus_errors);
    }

    /// A message that was not answered.
    pub(super) fn unanswered(&mut self) {
        count(&mut self.counters.unanswered);
    }

    /// Answers 08, 0B and 0C; `None` for any other function.
    pub(super) fn answer<M: Model + ?Sized>(
        &mut self,
        model: &mut M,
        unit: UnitId,
        framing: Framing,
        request: &Request<'_>,
        out: &mut [u8; MAX_PDU_LEN],
    ) -> Option<Result<Outcome, ExceptionCode>> {
        let response = match *request {
            Request::Diagnostics(asked) => {
                return Some(self.diagnose(model, unit, framing, &asked, out));
            }
            Request::GetCommEventCounter => Response::GetCommEventCounter(EventCounter {
                status: 0,
                event_count: self.counters.events,
            }),
            Request::GetCommEventLog => {
                let (events, messages) = (self.counters.events, self.counters.bus_messages);
                match EventLog::new(0, events, messages, self.log.make_contiguous()) {
                    Ok(log) => Response::GetCommEventLog(log),
                    Err(_) => return Some(Err(ExceptionCode::SERVER_DEVICE_FAILURE)),
                }
            }
            _ => return None,
        };
        Some(emit(&response, out).map(Outcome::Response))
    }

    fn diagnose<M: Model + ?Sized>(
        &mut self,
        model: &mut M,
        unit: UnitId,
        framing: Framing,
        asked: &Diagnostics<'_>,
        out: &mut [u8; MAX_PDU_LEN],
    ) -> Result<Outcome, ExceptionCode> {
        let sub_function = asked.sub_function();
        if sub_function == SubFunction::RETURN_QUERY_DATA {
            return emit(&Response::Diagnostics(*asked), out).map(Outcome::Response);
        }
        let word = asked.word().ok_or(ExceptionCode::ILLEGAL_DATA_VALUE)?;
        let delimiter = asked.ascii_delimiter();
        let [_, low] = word.to_be_bytes();
        let is_word_right = match sub_function {
            SubFunction::RESTART_COMMUNICATIONS_OPTION => word == 0 || word == CLEAR_LOG,
            SubFunction::CHANGE_ASCII_INPUT_DELIMITER => low == 0,
            _ => word == 0,
        };
        let counters = &mut self.counters;
        let answer = match sub_function {
            SubFunction::RESTART_COMMUNICATIONS_OPTION
            | SubFunction::FORCE_LISTEN_ONLY_MODE
            | SubFunction::CLEAR_COUNTERS
            | SubFunction::CLEAR_OVERRUN_COUNTER_AND_FLAG => word,
            SubFunction::CHANGE_ASCII_INPUT_DELIMITER
                if matches!(framing, Framing::Ascii | Framing::AsciiOverTcp) =>
            {
                word
            }
            SubFunction::RETURN_DIAGNOSTIC_REGISTER => model.diagnostic_register(unit)?,
            SubFunction::RETURN_BUS_MESSAGE_COUNT => counters.bus_messages,
            SubFunction::RETURN_BUS_COMMUNICATION_ERROR_COUNT => counters.bus_errors,
            SubFunction::RETURN_BUS_EXCEPTION_ERROR_COUNT => counters.exceptions,
            SubFunction::RETURN_SERVER_MESSAGE_COUNT => counters.server_messages,
            SubFunction::RETURN_SERVER_NO_RESPONSE_COUNT => counters.unanswered,
            SubFunction::RETURN_SERVER_NAK_COUNT => counters.naks,
            SubFunction::RETURN_SERVER_BUSY_COUNT => counters.busy,
            SubFunction::RETURN_BUS_CHARACTER_OVERRUN_COUNT => counters.overruns,
            _ => return Err(ExceptionCode::ILLEGAL_FUNCTION),
        };
        if !is_word_right {
            return Err(ExceptionCode::ILLEGAL_DATA_VALUE);
        }
        let response = emit(&Response::Diagnostics(Diagnostics::new(sub_function, answer)), out)?;
        match sub_function {
            SubFunction::RESTART_COMMUNICATIONS_OPTION => {
                Ok(Outcome::Restart { clears_log: word == CLEAR_LOG, response })
            }
            SubFunction::FORCE_LISTEN_ONLY_MODE => {
                self.listens_only = true;
                self.log(LISTENS_ONLY);
                Ok(Outcome::Silence)
            }
            SubFunction::CLEAR_COUNTERS => {
                *counters = ServerCounters { events: counters.events, ..ServerCounters::default() };
                model.clear_diagnostic_register(unit);
                Ok(Outcome::Response(response))
            }
            SubFunction::CLEAR_OVERRUN_COUNTER_AND_FLAG => {
                counters.overruns = 0;
                Ok(Outcome::Response(response))
            }
            _ => Ok(match delimiter {
                Some(delimiter) => Outcome::Delimiter { delimiter, response },
                None => Outcome::Response(response),
            }),
        }
    }

    /// The port restarts: it answers again, with its counters at zero (V1.1b3, 6.8.1, 01).
    pub(super) fn restart(&mut self, clears_log: bool) {
        self.listens_only = false;
        self.counters = ServerCounters::default();
        if clears_log {
            self.log.clear();
        }
        self.log(RESTARTED);
    }

    fn log(&mut self, event: u8) {
        self.log.truncate(LOG_LEN - 1);
        self.log.push_front(event);
    }
}

fn count(counter: &mut u16) {
    *counter = counter.wrapping_add(1);
}
