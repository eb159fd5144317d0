//! The task of one line: opens the way to its meters when something is due, drives their conversations, and
//! goes on until it is told to stop.

use std::time::Duration;

use gurux_device::{BusEvent, Drivers, Error, Priority};
use gurux_media::drive::{AsyncDriver, tokio_now};
use gurux_media::{Driven, Instant, MediaError, MediaSettings, Session as _};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::timeout;

use super::desk::LineDesk;
use super::rounds::{Rounds, Wall};
use super::way::{Door, Way};
use crate::site::Line;

/// The machine's clock is looked at so often at least: somebody may set it.
const LOOK: Duration = Duration::from_secs(30);
/// How soon a way is tried again after none could be opened; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// It gets no longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A second-best way is left after so long, at a quiet moment: the best may be back.
const SECOND_BEST: Duration = Duration::from_secs(300);
/// A stop waits so long for what is under way.
const GRACE: Duration = Duration::from_secs(10);
/// Conversations are ended in order, as long as that takes no longer.
const FAREWELL: Duration = Duration::from_secs(2);

/// Polls the meters of one line until `stop` says so.
///
/// # Errors
/// Where a meter's protocol does not go with a medium, which the site was checked for.
pub(super) async fn run(
    line: Line,
    desk: LineDesk,
    mut stop: watch::Receiver<bool>,
) -> Result<(), Error> {
    let drivers = Drivers::standard();
    let last = |device: &str, poll: &str| desk.last(device, poll);
    let rounds = Rounds::new(&line, &drivers, Timestamp::now(), last)?;
    let mut meters = line.meters.iter();
    let closes_after_read = meters.any(|meter| meter.profile.communication.close_after_read);
    let mut task = Task {
        line,
        desk,
        drivers,
        rounds,
        place: 0,
        pause: FIRST_PAUSE,
        closed_until: Instant::ZERO,
        reason: String::new(),
        door: Door::default(),
        closes_after_read,
    };
    while !*stop.borrow_and_update() {
        let wall = wall();
        task.wake(wall);
        if !task.rounds.is_busy() {
            let until = task.until(wall);
            let _ = timeout(until.since(wall.at), stop.changed()).await;
        } else if wall.at < task.closed_until {
            task.unreachable();
        } else if let Some(way) = task.open(&mut stop).await? {
            task.talk(way, &mut stop).await;
        }
    }
    Ok(())
}

/// The present, on both clocks.
fn wall() -> Wall {
    // As exact as the clock of the media.
    let now = Timestamp::now();
    let time = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
    Wall { time, at: tokio_now() }
}

/// Ends when the end is asked for.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Whoever could ask is gone: that is the end as well.
    let _ = stop.wait_for(|stop| *stop).await;
}

struct Task {
    line: Line,
    desk: LineDesk,
    drivers: Drivers,
    rounds: Rounds,
    /// The way in use, by its place in the list.
    place: usize,
    /// How long it is not tried again after no way could be opened.
    pause: Duration,
    closed_until: Instant,
    /// Why no way could be opened.
    reason: String,
    door: Door,
    /// A profile wants the connection closed as soon as its meter was read.
    closes_after_read: bool,
}

impl Task {
    /// Orders what is due, unless what was read before still waits to be stored.
    fn wake(&mut self, wall: Wall) {
        if !self.desk.is_full() {
            self.rounds.wake(wall, |told| self.desk.tell(told));
        }
    }

    /// When there may be something due.
    fn until(&self, wall: Wall) -> Instant {
        let look = wall.at + LOOK;
        // What waits for the store is looked after soon.
        let least = wall.at + Duration::from_millis(if self.desk.is_full() { 200 } else { 0 });
        self.rounds.next().map_or(look, |next| wall.moment(next)).min(look).max(least)
    }

    /// What is under way ends without having been read.
    fn unreachable(&mut self) {
        let reason = std::mem::take(&mut self.reason);
        self.rounds.unreachable(wall(), &reason, |told| self.desk.tell(told));
        self.reason = reason;
    }

    /// Opens the first way that can be opened, beginning with the one that was in use. `None` where none
    /// can, or where the end was asked for meanwhile.
    async fn open(&mut self, stop: &mut watch::Receiver<bool>) -> Result<Option<Way>, Error> {
        let mut reasons = Vec::new();
        for place in (self.place..).take(self.line.ways.len()) {
            let place = place.checked_rem(self.line.ways.len()).unwrap_or(0);
            let Some(settings) = self.line.ways.get(place) else { continue };
            let opened = tokio::select! {
                biased;
                () = stopped(stop) => return Ok(None),
                opened = Way::open(settings, &mut self.door) => opened,
            };
            match opened {
                Ok(way) => {
                    tracing::info!(line = self.line.name, medium = %settings, "open");
                    self.place = place;
                    self.pause = FIRST_PAUSE;
                    self.rounds.move_to(&self.line, settings, &self.drivers)?;
                    self.desk.opened(true);
                    return Ok(Some(way));
                }
                Err(error) => reasons.push(error.to_string()),
            }
        }
        self.reason = reasons.join("; ");
        tracing::debug!(line = self.line.name, "{}", self.reason);
        self.place = 0;
        self.closed_until = tokio_now() + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        self.unreachable();
        Ok(None)
    }

    /// Drives the conversations over an open way, until it is lost or left or the end is asked for.
    async fn talk(&mut self, way: Way, stop: &mut watch::Receiver<bool>) {
        let mut driver = AsyncDriver::new(way);
        let opened_at = tokio_now();
        loop {
            let wall = wall();
            self.wake(wall);
            let until = self.until(wall);
            let driven = tokio::select! {
                biased;
                () = stopped(stop) => {
                    self.farewell(&mut driver).await;
                    break;
                }
                driven = driver.drive(self.rounds.bus(), until) => driven,
            };
            if !self.take(driven) {
                break;
            }
            if self.rounds.is_dead() {
                let is_only = self.line.ways.len() < 2;
                let way = self.line.ways.get(self.place);
                if !is_only {
                    tracing::warn!(line = self.line.name, "nobody answers over this way");
                    self.place += 1;
                    break;
                }
                // Meters and converters are known that keep a connection and forget who it is with.
                if matches!(way, Some(MediaSettings::Tcp(_))) {
                    tracing::debug!(line = self.line.name, "nobody answers: connecting anew");
                    break;
                }
            }
            if self.closes_after_read && !self.rounds.is_busy() {
                break;
            }
            let is_old = tokio_now().since(opened_at) > SECOND_BEST;
            if self.place > 0 && is_old && !self.rounds.is_busy() {
                self.place = 0;
                break;
            }
        }
        let _ = driver.close(self.rounds.bus());
        while let Some(event) = self.rounds.bus().poll_event() {
            self.rounds.take(event, wall(), |told| self.desk.tell(told));
        }
        self.desk.opened(false);
    }

    /// Takes what driving came to; is the way still open?
    fn take(&mut self, driven: Result<Driven<BusEvent>, MediaError>) -> bool {
        match driven {
            Ok(Driven::Event(event)) => {
                self.rounds.take(event, wall(), |told| self.desk.tell(told));
                true
            }
            Ok(Driven::Deadline) => true,
            Ok(Driven::Closed) => {
                tracing::info!(line = self.line.name, "closed by the other side");
                false
            }
            Err(error) => {
                tracing::warn!(line = self.line.name, "{error}");
                false
            }
        }
    }

    /// Ends what is under way, and the conversations as their protocols end them.
    async fn farewell(&mut self, driver: &mut AsyncDriver<Way>) {
        let until = tokio_now() + GRACE;
        while self.rounds.is_busy() && tokio_now() < until {
            let driven = driver.drive(self.rounds.bus(), until).await;
            if !self.take(driven) {
                return;
            }
        }
        let members: Vec<_> = self.rounds.bus().members().collect();
        for member in members {
            // A meter of a line that was just opened has nothing to be told.
            let _ = self.rounds.bus().release(member, Priority::OnDemand);
        }
        let until = tokio_now() + FAREWELL;
        while !self.rounds.bus().is_idle() && tokio_now() < until {
            let driven = driver.drive(self.rounds.bus(), until).await;
            if !self.take(driven) {
                return;
            }
        }
    }
}
