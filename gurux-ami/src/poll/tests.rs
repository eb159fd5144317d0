//! Lines in simulated time: hours of polling in a moment, with meters that are there, away and slow.

use std::path::PathBuf;
use std::time::Duration;

use gurux_device::{Drivers, SimulatedMeter, Simulation};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session as _};
use jiff::{SignedDuration, Timestamp};

use super::rounds::{Finished, Outcome, Rounds, Told, Wall};
use crate::site::{Line, Site};

const BEGIN: &str = "2026-11-23T12:00:30Z";

/// A line, its meters and the time, all of them simulated.
struct World {
    line: Line,
    rounds: Rounds,
    meters: Vec<SimulatedMeter>,
    now: Instant,
    /// How far somebody has set the machine's clock.
    set_by: SignedDuration,
    told: Vec<Told>,
}

impl World {
    /// The devices of a line; those called `dead...` are not there.
    fn new(devices: &str) -> Self {
        Self::over("<Media>serial:/dev/ttyS0,9600,8N1</Media>", devices)
    }

    fn over(media: &str, devices: &str) -> Self {
        let profiles = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../profiles");
        let text = format!(
            "<Site xmlns='urn:gurux-ami:site:1' Name='s'><Line Name='l'>{media}{devices}</Line></Site>"
        );
        let site = Site::parse(&text, "site.xml", &profiles).unwrap_or_else(|faults| {
            panic!("{}", faults.iter().map(ToString::to_string).collect::<String>())
        });
        let line = site.lines[0].clone();
        let drivers = Drivers::standard();
        let begin: Timestamp = BEGIN.parse().unwrap();
        let mut rounds = Rounds::new(&line, &drivers, begin, |_, _| None).unwrap();
        rounds.bus().handle_open(Instant::ZERO);
        let mut world = Self {
            line,
            rounds,
            meters: Vec::new(),
            now: Instant::ZERO,
            set_by: SignedDuration::ZERO,
            told: Vec::new(),
        };
        world.plug_in(0);
        world
    }

    /// Puts the living meters on the line, as they are on the way in this place.
    fn plug_in(&mut self, way: usize) {
        let drivers = Drivers::standard();
        let way = &self.line.ways[way];
        let living = self.line.meters.iter().filter(|meter| !meter.name.starts_with("dead"));
        self.meters = living
            .map(|meter| {
                let session = meter.session(way, &drivers, None).unwrap();
                let settings = meter.link(way);
                let mut meter =
                    Simulation::new(session.device(), 1).unwrap().session(&settings).unwrap();
                meter.handle_open(self.now);
                meter
            })
            .collect();
    }

    fn wall(&self) -> Wall {
        let begin: Timestamp = BEGIN.parse().unwrap();
        let passed = SignedDuration::try_from(self.now.since(Instant::ZERO)).unwrap();
        let time = begin.checked_add(passed).unwrap().checked_add(self.set_by).unwrap();
        Wall { time, at: self.now }
    }

    /// Lets so much time pass.
    fn run(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            let wall = self.wall();
            let Self { rounds, told, .. } = self;
            rounds.wake(wall, |event| told.push(event));
            self.exchange();
            let wall = self.wall();
            let Self { rounds, told, .. } = self;
            while let Some(event) = rounds.bus().poll_event() {
                rounds.take(event, wall, |event| told.push(event));
            }
            if self.now >= end {
                return;
            }
            let next = self.rounds.next().map(|next| wall.moment(next));
            let timers = self.meters.iter().filter_map(|meter| meter.poll_timeout());
            let timers = timers.chain(self.rounds.bus().poll_timeout()).chain(next);
            self.now = timers.min().unwrap_or(end).clamp(self.now + Duration::from_micros(1), end);
            self.rounds.bus().handle_timeout(self.now);
            self.meters.iter_mut().for_each(|meter| meter.handle_timeout(self.now));
        }
    }

    /// Octets take no time here.
    fn exchange(&mut self) {
        let mut out = BytesMut::new();
        let mut is_moving = true;
        while is_moving {
            is_moving = false;
            while self.rounds.bus().poll_transmit(self.now, &mut out).is_some() {
                is_moving = true;
                let sent = out.split();
                self.meters.iter_mut().for_each(|meter| meter.handle_input(self.now, &sent));
            }
            for meter in &mut self.meters {
                while meter.poll_transmit(self.now, &mut out).is_some() {
                    is_moving = true;
                    self.rounds.bus().handle_input(self.now, &out.split());
                }
                while meter.poll_event().is_some() {}
            }
        }
    }

    fn finished(&self) -> impl Iterator<Item = &Finished> {
        self.told.iter().filter_map(|told| match told {
            Told::Finished(finished) => Some(finished),
            _ => None,
        })
    }

    fn outcomes(&self, device: &str) -> Vec<Outcome> {
        self.finished()
            .filter(|round| &*round.device == device)
            .map(|round| round.outcome)
            .collect()
    }

    fn missed(&self) -> u32 {
        let missed = self.told.iter().filter_map(|told| match told {
            Told::Missed { count, .. } => Some(*count),
            _ => None,
        });
        missed.sum()
    }
}

fn device(name: &str, unit: u8, poll: &str) -> String {
    format!(
        "<Device Name='{name}' Profile='gurux/demo-three-phase.xml'>\
         <Set Parameter='unit' Value='{unit}'/><Poll Property='import' {poll}/></Device>"
    )
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn each_meter_is_read_at_each_tick() {
    let quarter = "Interval='15m'";
    let mut world = World::new(&(device("a", 1, quarter) + &device("b", 2, quarter)));
    world.run(60 * MINUTE);
    let ticks: Vec<String> = world
        .finished()
        .filter(|round| &*round.device == "b")
        .map(|round| round.tick.to_string())
        .collect();
    let expected = ["12:15:00", "12:30:00", "12:45:00", "13:00:00"];
    assert_eq!(ticks, expected.map(|time| format!("2026-11-23T{time}Z")));
    assert_eq!(world.outcomes("a"), [Outcome::Good; 4]);
    for round in world.finished() {
        let (came_in, reading) = &round.readings[0];
        assert_eq!(
            (reading.device.as_str(), reading.property.as_str()),
            (&*round.device, "import")
        );
        assert!(round.tick <= *came_in && *came_in <= round.ended, "{came_in}");
    }
    assert_eq!(world.missed(), 0);
}

#[test]
fn a_dead_meter_is_told_of_and_costs_the_living_nothing() {
    let each = "Interval='5s'";
    let mut world = World::new(&(device("dead", 1, each) + &device("living", 2, each)));
    world.run(10 * MINUTE);
    assert_eq!(world.outcomes("living"), vec![Outcome::Good; 120]);
    let dead = world.outcomes("dead");
    assert_eq!(dead.first(), Some(&Outcome::Silent));
    let skipped = dead.iter().filter(|outcome| **outcome == Outcome::Skipped).count();
    assert!(skipped > 90, "{skipped} of {}", dead.len());
    assert!(
        world
            .told
            .iter()
            .any(|told| matches!(told, Told::Away { device, .. } if &**device == "dead"))
    );
}

#[test]
fn what_is_polled_often_is_kept_as_often_as_the_site_says() {
    let mut world = World::new(&device("a", 1, "Interval='1s' Keep='1m'"));
    world.run(10 * MINUTE);
    assert_eq!(world.outcomes("a").len(), 600);
    assert_eq!(world.finished().filter(|round| round.keep).count(), 10);
    // It falls silent: that is kept at once, and then as seldom as values.
    world.told.clear();
    world.meters.clear();
    world.run(10 * MINUTE);
    let kept: Vec<_> =
        world.finished().filter(|round| round.keep).map(|round| round.outcome).collect();
    assert!(kept.contains(&Outcome::Silent) && kept.len() < 60, "{kept:?}");
}

#[test]
fn a_connection_found_closed_is_no_lost_reading() {
    let mut world = World::over("<Media>tcp:h:502</Media>", &device("a", 1, "Interval='1m'"));
    world.meters.clear();
    // The request of 12:01:00 is under way when the other side hangs up.
    world.run(Duration::from_millis(30_100));
    assert!(world.rounds.is_busy());
    let wall = world.wall();
    world.rounds.bus().handle_close(world.now);
    let World { rounds, told, .. } = &mut world;
    while let Some(event) = rounds.bus().poll_event() {
        rounds.take(event, wall, |event| told.push(event));
    }
    assert!(world.rounds.is_busy() && world.finished().next().is_none());
    world.plug_in(0);
    world.rounds.bus().handle_open(world.now);
    world.run(MINUTE / 2);
    assert_eq!(world.outcomes("a"), [Outcome::Good]);
}

#[test]
fn what_no_way_leads_to_is_told_with_the_reason() {
    let mut world = World::over("<Media>tcp:h:502</Media>", &device("a", 1, "Interval='1m'"));
    world.rounds.bus().handle_close(world.now);
    world.run(MINUTE / 2);
    assert!(world.rounds.is_busy());
    let wall = world.wall();
    let World { rounds, told, .. } = &mut world;
    rounds.unreachable(wall, "h:502: connect: refused", |event| told.push(event));
    let round = world.finished().next().unwrap();
    assert_eq!((round.outcome, round.failed), (Outcome::Unreachable, 1));
    assert_eq!(round.why.as_deref(), Some("h:502: connect: refused"));
    // What was not asked is not asked later beside the next tick.
    world.plug_in(0);
    world.rounds.bus().handle_open(world.now);
    world.run(MINUTE);
    assert_eq!(world.outcomes("a"), [Outcome::Unreachable, Outcome::Good]);
}

#[test]
fn another_way_with_another_framing_asks_again_what_was_asked() {
    let media = "<Media>tcp:h:502</Media><Media>serial:/dev/ttyS0,9600,8N1</Media>";
    let mut world = World::over(media, &device("a", 1, "Interval='1m'"));
    world.meters.clear();
    world.run(Duration::from_millis(30_100));
    let (line, way) = (world.line.clone(), world.line.ways[1].clone());
    world.rounds.move_to(&line, &way, &Drivers::standard()).unwrap();
    world.plug_in(1);
    world.rounds.bus().handle_open(world.now);
    world.run(Duration::from_secs(5));
    assert_eq!(world.outcomes("a"), [Outcome::Good]);
}

#[test]
fn a_line_on_which_nobody_answers_is_found_dead() {
    let mut world = World::new(&device("dead", 1, "Interval='1m'"));
    assert!(!world.rounds.is_dead());
    world.run(3 * MINUTE);
    assert!(world.rounds.is_dead());
    let mut world = World::new(&device("living", 1, "Interval='1m'"));
    world.run(3 * MINUTE);
    world.meters.clear();
    world.run(5 * MINUTE);
    assert!(!world.rounds.is_dead(), "it has answered over this way");
}

#[test]
fn a_clock_that_is_set_loses_no_more_than_the_rule_says_and_doubles_nothing() {
    let mut world = World::new(&device("a", 1, "Interval='1m' Missed='Once'"));
    world.run(5 * MINUTE);
    assert_eq!(world.outcomes("a").len(), 5);
    // An hour forward: once for all that was passed over, and on.
    world.set_by = SignedDuration::from_hours(1);
    world.run(2 * MINUTE);
    assert_eq!((world.outcomes("a").len(), world.missed()), (8, 59));
    // Back again: it goes on within a minute.
    world.set_by = SignedDuration::ZERO;
    world.run(3 * MINUTE);
    let count = world.outcomes("a").len();
    assert!((10..=11).contains(&count), "{count}");
    let came: Vec<Timestamp> = world.finished().map(|round| round.readings[0].0).collect();
    let mut once = came.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), came.len());
}

#[test]
fn missed_ticks_are_made_up_for_one_after_the_other() {
    let mut world = World::new(&device("a", 1, "Interval='1m' Missed='All'"));
    world.set_by = SignedDuration::from_mins(10);
    world.run(MINUTE);
    assert_eq!(world.outcomes("a"), vec![Outcome::Good; 11]);
    assert_eq!(world.missed(), 0);
}

#[test]
fn a_poll_never_runs_beside_itself() {
    let mut world = World::new(&device("dead", 1, "Interval='100ms'"));
    world.run(Duration::from_secs(2));
    let under_way = world.outcomes("dead").len();
    assert!(under_way < 5 && world.missed() > 10, "{under_way}, {}", world.missed());
}
