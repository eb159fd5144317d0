//! [`CounterKeeper`]: where invocation counters outlive the program.

use std::fmt;
use std::sync::Arc;

/// Where invocation counters outlive the program. Two messages under one key and one counter would give both
/// away: so each key's counter is kept ahead of its use, and never goes back.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use gurux_device::{CounterKeeper, KeptCounter, LinkSettings};
///
/// /// Counters of one key, in a cell of non-volatile memory.
/// struct Cell(Arc<Mutex<Option<u32>>>);
///
/// impl CounterKeeper for Cell {
///     fn open(&self, _name: &str) -> Result<Box<dyn KeptCounter>, String> {
///         Ok(Box::new(Cell(Arc::clone(&self.0))))
///     }
/// }
///
/// impl KeptCounter for Cell {
///     fn kept(&self) -> Option<u32> {
///         *self.0.lock().unwrap()
///     }
///     fn keep(&mut self, limit: u32) -> Result<(), String> {
///         *self.0.lock().unwrap() = Some(limit);
///         Ok(())
///     }
/// }
///
/// let settings = LinkSettings::new("wrapper").with_counters(Arc::new(Cell(Arc::default())));
/// ```
pub trait CounterKeeper: Send + Sync {
    /// Takes the counter `name` into use, until what is returned is dropped. The name tells one key of one
    /// sender from others, and does not give the key away: 32 hexadecimal digits.
    ///
    /// # Errors
    /// Why it cannot be used, as a clause: another program uses it, what was kept cannot be read.
    fn open(&self, name: &str) -> Result<Box<dyn KeptCounter>, String>;
}

/// One counter in use.
pub trait KeptCounter: Send {
    /// Where counting goes on; `None` where nothing was kept yet.
    fn kept(&self) -> Option<u32>;

    /// Keeps `limit`: all counters below it are as good as used. When it returns, it is kept.
    ///
    /// # Errors
    /// Why it could not be kept, as a clause; then no message is sent.
    fn keep(&mut self, limit: u32) -> Result<(), String>;
}

/// The keeper of a link, if it has one. It does not print, and is equal to itself alone.
#[derive(Clone, Default)]
pub struct Counters(Option<Arc<dyn CounterKeeper>>);

impl Counters {
    /// Counters that this keeper keeps.
    #[must_use]
    pub fn kept_by(keeper: Arc<dyn CounterKeeper>) -> Self {
        Self(Some(keeper))
    }

    /// Takes a counter into use, where there is a keeper.
    #[cfg(feature = "dlms")]
    pub(crate) fn open(&self, name: &str) -> Result<Option<Box<dyn KeptCounter>>, String> {
        self.0.as_ref().map(|keeper| keeper.open(name)).transpose()
    }
}

impl fmt::Debug for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Counters(kept)" } else { "Counters(not kept)" })
    }
}

impl PartialEq for Counters {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for Counters {}
