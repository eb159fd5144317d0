//! The formats of compact frames, learnt from the full telegrams that came before.

use std::cell::RefCell;
use std::collections::HashMap;

use gurux_framing::Wire;
use gurux_mbus::wire::{CompactFrame, FormatFrame, FormatSignature, headers};

/// So many formats are remembered.
const MAX_FORMATS: usize = 1000;

/// Formats by their signature.
#[derive(Debug, Default)]
pub(crate) struct Formats(RefCell<HashMap<FormatSignatureCode, Vec<u8>>>);

type FormatSignatureCode = u16;

impl Formats {
    /// Learns the format of a full telegram.
    pub(super) fn learn(&self, payload: &[u8]) {
        self.keep(headers(payload).flatten().copied().collect());
    }

    /// Learns the format that a format frame is.
    pub(super) fn learn_frame(&self, payload: &[u8]) {
        if let Ok(frame) = FormatFrame::from_bytes(payload) {
            self.keep(frame.format().to_vec());
        }
    }

    fn keep(&self, format: Vec<u8>) {
        let mut known = self.0.borrow_mut();
        if known.len() < MAX_FORMATS {
            known.insert(FormatSignature::of_format(&format).get(), format);
        }
    }

    /// The records of a compact frame.
    ///
    /// # Errors
    /// Why there are none, as a clause.
    pub(super) fn expand<'r>(
        &self,
        payload: &[u8],
        room: &'r mut [u8],
    ) -> Result<&'r [u8], String> {
        let frame = CompactFrame::from_bytes(payload).map_err(|error| error.to_string())?;
        let known = self.0.borrow();
        let signature = frame.signature();
        let format = known
            .get(&signature.get())
            .ok_or_else(|| format!("the format {signature} of the compact frame is not known"))?;
        frame.expand(format, room).map_err(|error| error.to_string())
    }
}
