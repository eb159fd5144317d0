//! The poller: the meters of a site, read on their schedules until it is told to stop.
//!
//! The way of a value: [`mod@line`] drives the meters of one line over its medium; [`rounds`] says what they are
//! asked and collects what they answer; [`desk`] counts it and hands it to [`keeper`], a thread that gives
//! many rounds at once to whoever keeps them, and lets go of none before that is done.

mod desk;
mod http;
mod keeper;
mod line;
mod numbers;
mod printer;
mod rounds;
mod signals;
#[cfg(test)]
mod tests;
mod way;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::watch;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::{sleep, sleep_until};

use self::desk::Desk;
use self::keeper::Keeper;
pub(crate) use self::keeper::Vault;
use self::printer::Printer;
pub(crate) use self::rounds::{Finished, Outcome};
use self::signals::{Signal, Signals};
use crate::exit::{Exit, Failure};
use crate::site::{Line, Site};
use crate::store::{Sqlite, Store as _};

/// A line's task that ended by a fault of ours begins again after this pause.
const RESTART: Duration = Duration::from_secs(5);

/// Polls a site until it is interrupted, or for so long.
pub(crate) fn run(file: &Path, site: Site, duration: Option<Duration>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime
        .map_err(|error| Failure::usage(format!("the runtime cannot be started: {error}")))?;
    let desk = Desk::new();
    let (store, rounds) = mpsc::unbounded_channel();
    let keeper = match &site.store {
        Some(file) => {
            let mut vault = Sqlite::open(file, site.zone.clone())?;
            for last in vault.last_ticks()? {
                desk.set_last(last.device, last.poll, last.tick);
            }
            Keeper::start(vault, &desk, rounds)?
        }
        None => Keeper::start(Printer::new(io::stdout()), &desk, rounds)?,
    };
    let exit = runtime.block_on(async {
        let mut poller = Poller::new(file, site, desk, store)?;
        poller.run(duration).await
    });
    // All lines are gone, so nothing more comes.
    drop(runtime);
    let left = keeper.finish();
    let exit = exit?;
    match left {
        None => Ok(exit),
        Some(sentence) => Err(Failure::new(Exit::Partial, sentence)),
    }
}

struct Poller {
    file: PathBuf,
    site: Site,
    desk: Desk,
    store: UnboundedSender<Finished>,
    signals: Signals,
    tasks: JoinSet<Result<(), gurux_device::Error>>,
    lines: HashMap<String, Running>,
}

/// A line that is polled.
struct Running {
    line: Line,
    task: AbortHandle,
    stop: watch::Sender<bool>,
}

impl Poller {
    fn new(
        file: &Path,
        site: Site,
        desk: Desk,
        store: UnboundedSender<Finished>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            file: file.to_owned(),
            site,
            desk,
            store,
            signals: Signals::catch()?,
            tasks: JoinSet::new(),
            lines: HashMap::new(),
        })
    }

    async fn run(&mut self, duration: Option<Duration>) -> Result<Exit, Failure> {
        let _serving = match self.site.metrics {
            Some(address) => Some(http::serve(address, self.desk.clone()).await?),
            None => None,
        };
        for line in self.site.lines.clone() {
            self.start(line, Duration::ZERO);
        }
        let (lines, meters) = (self.site.lines.len(), self.site.meters());
        tracing::info!(site = self.site.name, lines, meters, "polling");
        let end = duration.map(|duration| tokio::time::Instant::now() + duration);
        let timer = async {
            match end {
                Some(end) => sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(timer);
        // Its thread ends by itself where nothing can be kept any more.
        let store = self.store.clone();
        loop {
            tokio::select! {
                () = &mut timer => break,
                () = store.closed() => break,
                signal = self.signals.next() => match signal {
                    Signal::Stop => break,
                    Signal::Reload => self.reload().await,
                },
                Some(ended) = self.tasks.join_next_with_id() => self.ended(ended),
            }
        }
        tracing::info!("stopping");
        for running in self.lines.values() {
            running.stop.send_replace(true);
        }
        loop {
            tokio::select! {
                ended = self.tasks.join_next() => if ended.is_none() { break },
                // The second word is not waited after.
                signal = self.signals.next() => if signal == Signal::Stop {
                    self.tasks.abort_all();
                },
            }
        }
        Ok(Exit::Ok)
    }

    fn start(&mut self, line: Line, pause: Duration) {
        let (stop, stopped) = watch::channel(false);
        let desk = self.desk.line(&line.name, self.store.clone());
        let ours = line.clone();
        let task = self.tasks.spawn(async move {
            sleep(pause).await;
            line::run(ours, desk, stopped).await
        });
        self.lines.insert(line.name.clone(), Running { line, task, stop });
    }

    /// A line's task is over: because it was told to, or because something is wrong with us. Then it is told
    /// and begins again; a line that stands still in silence is the worst of all.
    fn ended(&mut self, ended: Result<(Id, Result<(), gurux_device::Error>), JoinError>) {
        let (id, why) = match ended {
            Ok((id, Ok(()))) => (id, None),
            Ok((id, Err(error))) => (id, Some(error.to_string())),
            Err(error) => (error.id(), Some(error.to_string())),
        };
        let name = self.lines.iter().find(|(_, running)| running.task.id() == id);
        let Some(name) = name.map(|(name, _)| name.clone()) else { return };
        let Some(running) = self.lines.remove(&name) else { return };
        if let Some(why) = why {
            tracing::error!(line = name, "the line's task ended, and begins again: {why}");
            self.start(running.line, RESTART);
        }
    }

    /// Reads the site file again. Lines that stayed the same go on; a file that is wrong changes nothing.
    async fn reload(&mut self) {
        let site = match Site::load(&self.file) {
            Ok(site) => site,
            Err(failure) => {
                tracing::error!("the site file is not taken, and all goes on as before: {failure}");
                return;
            }
        };
        if site.metrics != self.site.metrics {
            tracing::warn!("another address of metrics is taken after a restart only");
        }
        if (&site.store, &site.zone) != (&self.site.store, &self.site.zone) {
            tracing::warn!("another store or time zone of the store is taken after a restart only");
        }
        let is_same = |running: &Running| site.lines.contains(&running.line);
        let old: Vec<String> = self
            .lines
            .iter()
            .filter(|(_, running)| !is_same(running))
            .map(|(name, _)| name.clone())
            .collect();
        // A port is let go of before its new owner takes it.
        let mut leaving = Vec::new();
        for name in &old {
            if let Some(running) = self.lines.remove(name) {
                running.stop.send_replace(true);
                leaving.push(running.task.id());
            }
        }
        let mut others = Vec::new();
        while !leaving.is_empty() {
            let Some(ended) = self.tasks.join_next_with_id().await else { break };
            let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
            match leaving.iter().position(|other| *other == id) {
                Some(place) => drop(leaving.swap_remove(place)),
                None => others.push(ended),
            }
        }
        let new: Vec<Line> = site
            .lines
            .iter()
            .filter(|line| !self.lines.contains_key(&line.name))
            .cloned()
            .collect();
        tracing::info!(stopped = old.len(), started = new.len(), "the site file was read again");
        for line in new {
            self.start(line, Duration::ZERO);
        }
        for ended in others {
            self.ended(ended);
        }
        self.site = site;
    }
}
