//! [`Keeper`]: the thread that writes rounds into the store, and does not let go of one before it is safe.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;

use super::desk::Desk;
use super::rounds::Finished;
use crate::exit::Failure;
use crate::store::Stored;

/// Rounds gather for so long, so that one transaction takes many.
const GATHER: Duration = Duration::from_millis(100);
/// One transaction takes so many at most.
const MOST: usize = 5_000;
/// The pause before a store that refused is tried again.
const PAUSE: Duration = Duration::from_secs(1);
/// When all else has ended, a store that refuses is tried for so long.
const LAST_TRIES: Duration = Duration::from_secs(20);
/// A store that goes on refusing is told of so often.
const REMIND: Duration = Duration::from_secs(60);

/// Who keeps rounds.
pub(crate) trait Vault: Send {
    type Fault: Display;

    /// Keeps rounds for good: all of them, or after a fault it is given the same again.
    fn put(&mut self, rounds: &[Finished]) -> Result<Stored, Self::Fault>;

    /// Is it of no use to try again?
    fn is_final(&self, fault: &Self::Fault) -> bool;
}

/// The thread that owns the store.
pub(super) struct Keeper {
    thread: JoinHandle<Option<String>>,
    is_ending: Arc<AtomicBool>,
}

impl Keeper {
    /// Writes what comes into `vault`, until nothing more can come.
    pub(super) fn start(
        vault: impl Vault + 'static,
        desk: &Desk,
        rounds: UnboundedReceiver<Finished>,
    ) -> Result<Self, Failure> {
        let is_ending = Arc::new(AtomicBool::new(false));
        let mut work =
            Work { vault, desk: desk.clone(), rounds, is_ending: Arc::clone(&is_ending) };
        let thread = thread::Builder::new().name("store".to_owned()).spawn(move || work.run());
        let thread =
            thread.map_err(|error| Failure::usage(format!("no thread can be started: {error}")))?;
        Ok(Self { thread, is_ending })
    }

    /// Waits until all is stored. What could not be is told as a sentence.
    pub(super) fn finish(self) -> Option<String> {
        self.is_ending.store(true, Ordering::Relaxed);
        let ended = self.thread.join();
        ended.unwrap_or_else(|_| Some("the store's thread ended by a fault of ours".to_owned()))
    }
}

struct Work<V> {
    vault: V,
    desk: Desk,
    rounds: UnboundedReceiver<Finished>,
    is_ending: Arc<AtomicBool>,
}

impl<V: Vault> Work<V> {
    fn run(&mut self) -> Option<String> {
        let mut batch = Vec::new();
        while let Some(first) = self.rounds.blocking_recv() {
            batch.push(first);
            if !self.is_ending.load(Ordering::Relaxed) {
                thread::sleep(GATHER);
            }
            while batch.len() < MOST
                && let Ok(round) = self.rounds.try_recv()
            {
                batch.push(round);
            }
            if let Err(fault) = self.put(&batch) {
                let rest = batch.len() + self.rounds.len();
                return Some(format!("{rest} rounds were read and could not be kept: {fault}"));
            }
            self.desk.stored(batch.len());
            batch.clear();
        }
        None
    }

    /// Stores a batch, however long that takes. It is given up at the end of the program, and where it is
    /// of no use.
    fn put(&mut self, batch: &[Finished]) -> Result<(), V::Fault> {
        let mut told: Option<Instant> = None;
        let mut last_tries: Option<Instant> = None;
        loop {
            let fault = match self.vault.put(batch) {
                Ok(stored) => {
                    if told.is_some() {
                        tracing::info!("the store works again");
                    }
                    self.desk.store_works(stored);
                    return Ok(());
                }
                Err(fault) => fault,
            };
            if self.vault.is_final(&fault) {
                return Err(fault);
            }
            self.desk.store_fails(&fault);
            if told.is_none_or(|at| at.elapsed() >= REMIND) {
                tracing::error!(
                    rounds = batch.len(),
                    "the store does not take what was read: {fault}"
                );
                told = Some(Instant::now());
            }
            if self.is_ending.load(Ordering::Relaxed)
                && last_tries.get_or_insert_with(Instant::now).elapsed() >= LAST_TRIES
            {
                return Err(fault);
            }
            thread::sleep(PAUSE);
        }
    }
}
