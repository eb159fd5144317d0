//! How far long work has come: a bar on a terminal, nothing in a pipe.

use std::cell::Cell;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done sooner shows no bar: it would only flicker.
const PATIENCE: Duration = Duration::from_millis(400);

/// A bar on standard error that counts to a total.
///
/// It is hidden where standard error is no terminal, and gone when it is dropped, so that what is
/// printed afterwards stands alone.
pub(crate) struct Progress {
    bar: ProgressBar,
    /// When the work began, until the bar is shown.
    begun_at: Cell<Option<Instant>>,
}

impl Progress {
    pub(crate) fn new(total: usize, what: &'static str) -> Self {
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        // The template is our own, and right.
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        bar.set_message(what);
        Self { bar, begun_at: Cell::new(Some(Instant::now())) }
    }

    /// One more is done.
    pub(crate) fn step(&self) {
        if self.begun_at.get().is_some_and(|begun_at| begun_at.elapsed() >= PATIENCE) {
            self.begun_at.set(None);
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.inc(1);
    }

    /// So many are done.
    pub(crate) fn set(&self, done: u64) {
        self.step();
        self.bar.set_position(done);
    }

    /// Prints with the bar out of the way.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
