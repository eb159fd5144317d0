//! Simulated meters on real media, at work in the background.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use gurux_device::{LinkSettings, MeterEvent, SimulatedLine, Simulation};
use gurux_media::drive::{Driven, Driver};
use gurux_media::tcp::TcpServer;
use gurux_media::{Faults, Faulty, Media, MediaError, MediaSettings, clock, new_media};

use crate::cli::Common;
use crate::connection::{self, AnyMedia};
use crate::exit::Failure;

/// How often a waiting thread looks whether it is to end.
const ATTENTION: Duration = Duration::from_millis(100);

/// How long no caller is accepted after one could not be.
const PAUSE: Duration = Duration::from_secs(1);

/// Simulated meters that share one medium, and how they are reached.
#[derive(Clone)]
pub(crate) struct Simulator {
    pub(crate) meters: Vec<Simulation>,
    pub(crate) link: LinkSettings,
    /// What goes wrong on its line.
    pub(crate) faults: Faults,
    /// What is told and recorded.
    pub(crate) common: Common,
}

/// Simulated meters at work. They end, and their threads with them, when this is
/// dropped.
pub(crate) struct Serving {
    /// The address, port and all, or the path on which they listen.
    pub(crate) place: String,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    ending: Arc<Mutex<Option<MediaError>>>,
}

impl Simulator {
    /// Opens the medium and serves whoever asks there.
    pub(crate) fn serve(self, settings: &MediaSettings) -> Result<Serving, Failure> {
        let stop = Arc::new(AtomicBool::new(false));
        let ending = Arc::new(Mutex::new(None));
        let failed = |error: MediaError| connection::unreachable(settings, &error);
        let (place, work): (String, Work) = match settings {
            MediaSettings::Replay(_) => {
                return Err(Failure::usage("a meter cannot be simulated on a recording"));
            }
            MediaSettings::TcpListen(tcp) => {
                let mut server = TcpServer::new(tcp.clone());
                server.bind().map_err(failed)?;
                let place = server.local_addr().map(|address| address.to_string());
                (
                    place.unwrap_or_default(),
                    Box::new(move |worker| {
                        worker.accept(server);
                        Ok(())
                    }),
                )
            }
            _ => {
                let media = new_media(settings).map_err(failed)?;
                let mut media = self.medium(media, 1)?;
                media.open().map_err(failed)?;
                let place = media.name().to_owned();
                let session = self.session()?;
                (place, Box::new(move |worker| worker.converse(session, media)))
            }
        };
        let worker = Worker { simulator: self, stop: Arc::clone(&stop) };
        let told = Arc::clone(&ending);
        let thread = thread::spawn(move || {
            if let Err(error) = work(&worker) {
                *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
        });
        Ok(Serving { place, stop, thread: Some(thread), ending })
    }

    /// A conversation with one client.
    fn session(&self) -> Result<SimulatedLine, Failure> {
        SimulatedLine::new(&self.meters, &self.link)
            .map_err(|error| Failure::usage(error.to_string()))
    }

    /// The medium of conversation `number` (from 1), spoiled, recorded and told of as asked. Each
    /// conversation has a recording of its own: FILE, FILE.2, FILE.3.
    fn medium(&self, media: AnyMedia, number: u32) -> Result<AnyMedia, Failure> {
        let mut common = self.common.clone();
        if let (Some(file), 2..) = (&common.trace, number) {
            common.trace = Some(PathBuf::from(format!("{}.{number}", file.display())));
        }
        let media = connection::observed(media, &common)?;
        if self.faults == (Faults { seed: self.faults.seed, ..Faults::none() }) {
            return Ok(media);
        }
        Ok(Box::new(Faulty::new(media, &self.faults)))
    }
}

impl Serving {
    /// Is it over, and if so, why?
    pub(crate) fn ended(&self) -> Option<Option<MediaError>> {
        let is_over = self.thread.as_ref().is_none_or(JoinHandle::is_finished);
        is_over.then(|| self.ending.lock().unwrap_or_else(PoisonError::into_inner).take())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // What it had to tell is in `ending`.
            let _ = thread.join();
        }
    }
}

/// What the thread of a medium does until it is stopped.
type Work = Box<dyn FnOnce(&Worker) -> Result<(), MediaError> + Send>;

/// What the threads of one medium share.
#[derive(Clone)]
struct Worker {
    simulator: Simulator,
    stop: Arc<AtomicBool>,
}

impl Worker {
    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Serves every caller on a thread of its own.
    fn accept(&self, mut server: TcpServer) {
        let number = AtomicU32::new(0);
        thread::scope(|scope| {
            while !self.is_stopped() {
                let caller = match server.accept(clock::now() + ATTENTION) {
                    Ok(Some(caller)) => caller,
                    Ok(None) => continue,
                    // No descriptor is left for one more: those who are served go on.
                    Err(error) => {
                        eprintln!("gurux-ami: {error}");
                        thread::sleep(PAUSE);
                        continue;
                    }
                };
                let number = number.fetch_add(1, Ordering::Relaxed) + 1;
                scope.spawn(move || {
                    let served = self
                        .simulator
                        .medium(Box::new(caller), number)
                        .and_then(|media| Ok((self.simulator.session()?, media)));
                    match served {
                        // One that hung up is no news for the others.
                        Ok((session, media)) => _ = self.converse(session, media),
                        Err(failure) => eprintln!("gurux-ami: {failure}"),
                    }
                });
            }
        });
    }

    /// Talks with one client until it hangs up.
    fn converse(&self, mut session: SimulatedLine, mut media: AnyMedia) -> Result<(), MediaError> {
        let mut driver = Driver::new();
        while !self.is_stopped() {
            let until = media.now() + ATTENTION;
            match driver.drive(&mut session, &mut *media, until)? {
                Driven::Event(event) => self.tell(media.name(), &event),
                Driven::Deadline => {}
                Driven::Closed => break,
            }
        }
        driver.close(&mut session, &mut *media);
        Ok(())
    }

    fn tell(&self, place: &str, event: &MeterEvent) {
        if self.simulator.common.verbose == 0 {
            return;
        }
        match event {
            MeterEvent::Served(what) => eprintln!("{place}: served: {what}"),
            MeterEvent::Refused(what) => eprintln!("{place}: refused: {what}"),
            MeterEvent::Notice(notice) => eprintln!("{place}: {notice}"),
            _ => {}
        }
    }
}
