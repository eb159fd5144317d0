//! Messages that came in fragments, put together over the lines of a capture.

use gurux_mbus::security::{Assembly, Piece};
use gurux_mbus::wire::{MeterAddress, Telegram};

/// Meters whose messages are put together at the same time.
const MAX_METERS: usize = 64;
/// The longest message that fragments make.
const MAX_MESSAGE: usize = 16 * 1024;

/// What has come of messages that are not whole yet, and the last whole one of each meter.
#[derive(Debug, Default)]
pub(crate) struct Fragments(Vec<Kept>);

#[derive(Debug)]
struct Kept {
    meter: MeterAddress,
    assembly: Assembly<Vec<u8>>,
    is_whole: bool,
}

impl Fragments {
    /// Takes a fragment; the message, where this is its last one. The same fragment may be shown again: a
    /// capture is read in several ways before one of them is chosen.
    pub(super) fn whole(&mut self, fragment: &Telegram<'_>) -> Option<Assembly<Vec<u8>>> {
        let meter = fragment.meter()?;
        let place = self.0.iter().position(|kept| kept.meter == meter).unwrap_or_else(|| {
            if self.0.len() >= MAX_METERS {
                self.0.remove(0);
            }
            let assembly = Assembly::new(vec![0; MAX_MESSAGE]);
            self.0.push(Kept { meter, assembly, is_whole: false });
            self.0.len() - 1
        });
        let kept = self.0.get_mut(place)?;
        kept.is_whole = match kept.assembly.push(fragment) {
            Piece::Last => true,
            Piece::Repeated => kept.is_whole,
            Piece::Taken | Piece::OutOfOrder | Piece::Length => false,
        };
        kept.is_whole.then(|| kept.assembly.clone())
    }
}
