//! The user's word to stop: an interrupt or a request to terminate.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::exit::Failure;

/// Interrupts, caught: from here on the program ends in its own order.
pub(crate) struct Interrupt(Receiver<()>);

impl Interrupt {
    pub(crate) fn catch() -> Result<Self, Failure> {
        let (stop, stopped) = mpsc::channel();
        ctrlc::set_handler(move || {
            // Nobody listens any more when the end has come already.
            let _ = stop.send(());
        })
        .map_err(|error| Failure::usage(format!("signals cannot be caught: {error}")))?;
        Ok(Self(stopped))
    }

    /// Waits for so long; was it interrupted?
    pub(crate) fn wait(&self, span: Duration) -> bool {
        self.0.recv_timeout(span) != Err(RecvTimeoutError::Timeout)
    }
}
