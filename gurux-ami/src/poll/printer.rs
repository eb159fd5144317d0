//! [`Printer`]: what was read, as a JSON object a line.

use std::io::{self, Write};

use serde_json::Value as Json;

use super::keeper::Vault;
use super::rounds::Finished;
use crate::readings;
use crate::store::Stored;

/// Writes each reading as a line, for another program to take.
pub(super) struct Printer<W> {
    out: W,
    /// What is to be written of a batch that was written in part.
    rest: Vec<u8>,
}

impl<W: Write> Printer<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, rest: Vec::new() }
    }
}

impl<W: Write + Send> Vault for Printer<W> {
    type Fault = io::Error;

    fn put(&mut self, rounds: &[Finished]) -> Result<Stored, io::Error> {
        let mut new = 0;
        if self.rest.is_empty() {
            for round in rounds {
                for (received_at, reading) in &round.readings {
                    let mut line = readings::to_json(reading, None);
                    if let Json::Object(object) = &mut line {
                        object.insert("poll".to_owned(), (*round.poll).into());
                        object.insert("tick".to_owned(), round.tick.to_string().into());
                        object.insert("received_at".to_owned(), received_at.to_string().into());
                    }
                    writeln!(self.rest, "{line}")?;
                    new += 1;
                }
            }
        }
        // A batch that is given again goes on where it stopped.
        while !self.rest.is_empty() {
            let written = match self.out.write(&self.rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => written,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.rest.drain(..written);
        }
        self.out.flush()?;
        Ok(Stored { new, revised: 0 })
    }

    /// Who read it is gone, and will not come back.
    fn is_final(&self, fault: &io::Error) -> bool {
        fault.kind() == io::ErrorKind::BrokenPipe
    }
}
