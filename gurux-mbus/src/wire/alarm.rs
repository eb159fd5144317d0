//! Alarms.

/// The body of an alarm (CI 71, 74, 75): an octet whose bits the manufacturer gives meaning, and what
/// else the meter says.
///
/// The answer to a request of class 1, where the meter has something to report.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Alarm<'a>(pub &'a [u8]);

impl<'a> Alarm<'a> {
    /// The octet of alarms, if the meter gave one.
    #[must_use]
    pub fn state(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// What is behind it.
    #[must_use]
    pub fn details(&self) -> &'a [u8] {
        self.0.get(1..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_comes_first() {
        assert_eq!((Alarm(&[4, 5]).state(), Alarm(&[4, 5]).details()), (Some(4), &[5][..]));
        assert_eq!(Alarm(&[]).state(), None);
    }
}
