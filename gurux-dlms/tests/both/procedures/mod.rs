//! Procedures of a client, against the meter: on a good line with the right outcome, on a bad one with the right
//! one or a stated failure.

mod clock;
mod image;
mod keys;
mod profile;
mod push;
mod switch;

use core::time::Duration;

use gurux_dlms::security::{Key, Software};
use gurux_dlms::session::link::Owned;
use gurux_dlms::session::meter::{Access, Memory, Meter, Model, Object, Out, Who};
use gurux_dlms::session::procedure::{Procedure, ProcedureError, ProcedureEvent, Running};
use gurux_dlms::wire::{ActionResult, DataAccessResult, DataRef, KeyId, SelectiveAccess};
use gurux_framing::Sink;
use gurux_media::pair::{Conducted, Conductor, PairSettings, pair};
use gurux_media::{Faults, Instant, Session};
use proptest::prelude::*;

use crate::PLAIN;
use crate::meter::{meter_of, meter_with};
use crate::side::{Carrier, Reader, Setup};

/// A procedure takes so long at most, whatever is lost.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

pub(crate) type Served = Meter<Memory, Software>;

/// A client, the meter, and what is between them.
pub(crate) struct Course {
    pub(crate) client: Reader,
    pub(crate) settings: PairSettings,
    begin: Instant,
}

impl Course {
    pub(crate) fn new(setup: &Setup, faults: Faults) -> Self {
        let datagram = setup.carrier == Carrier::Udp;
        let settings = PairSettings { faults, datagram, ..PairSettings::default() };
        Self { client: setup.client(), settings, begin: Instant::ZERO }
    }

    /// Carries it out; `told` sees the procedure each time that it tells something.
    pub(crate) fn run<T: Procedure<Owned, Software, ()>, M: Session>(
        &mut self,
        meter: M,
        procedure: T,
        mut told: impl FnMut(&T, T::Told),
    ) -> (T, Result<T::Outcome, ProcedureError>, M) {
        let running = Running::new(&mut self.client, procedure, self.begin);
        let mut line = Conductor::new(running, meter, pair(&self.settings));
        let until = line.now() + LONGEST;
        let outcome = loop {
            match line.run(until).expect("a line has no faults of its own") {
                Conducted::A(ProcedureEvent::Told(what)) => told(line.a.procedure(), what),
                Conducted::A(ProcedureEvent::Done(outcome)) => break Ok(outcome),
                Conducted::A(ProcedureEvent::Failed(error)) => break Err(error),
                Conducted::A(ProcedureEvent::Client(_)) | Conducted::B(_) => {}
                Conducted::Deadline | Conducted::Quiet => panic!("the procedure has no end"),
            }
        };
        (line.a.into_procedure(), outcome, line.b)
    }
}

/// Carries it out with a client of its own, over a good line.
pub(crate) fn run<T: Procedure<Owned, Software, ()>>(
    memory: Memory,
    procedure: T,
    told: impl FnMut(&T, T::Told),
) -> (T, Result<T::Outcome, ProcedureError>, Served) {
    let meter = meter_of(&PLAIN, memory);
    Course::new(&PLAIN, Faults::none()).run(meter, procedure, told)
}

/// What a bad line does, and over which carrier.
pub(crate) fn bad_line() -> impl Strategy<Value = (Setup, Faults)> {
    let carrier = prop::sample::select(vec![Carrier::Hdlc, Carrier::Udp]);
    let share = || 0.0..0.1_f64;
    (carrier, any::<u64>(), share(), share(), share()).prop_map(
        |(carrier, seed, loss, duplicate, flip)| {
            let setup = Setup { carrier, max_pdu: 200, ..PLAIN };
            // Without a check sequence nothing tells a spoilt octet from a good one.
            let flip = if carrier == Carrier::Hdlc { flip } else { 0.0 };
            (setup, Faults { seed, loss, duplicate, flip, ..Faults::none() })
        },
    )
}

/// A meter of which a test changes how its methods go, and what it tells of attributes.
pub(crate) struct Odd<F> {
    pub(crate) memory: Memory,
    pub(crate) odd: F,
}

/// What is asked of an [`Odd`] meter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Asked {
    Read(i8),
    Call(i8),
}

/// What it answers: as it should, a refusal, or "done" and nothing is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    Right,
    Refused(u8),
    Idle,
    Tells(&'static [u8]),
}

impl<F: FnMut(Asked) -> Answer> Model for Odd<F> {
    fn object(&self, number: usize) -> Option<Object> {
        self.memory.object(number)
    }
    fn attribute_access(&self, who: &Who, object: &Object, attribute: i8) -> Access {
        self.memory.attribute_access(who, object, attribute)
    }
    fn method_access(&self, who: &Who, object: &Object, method: i8) -> Access {
        self.memory.method_access(who, object, method)
    }
    fn get(
        &mut self,
        who: &Who,
        object: &Object,
        attribute: i8,
        selection: Option<SelectiveAccess<'_>>,
        out: &mut Out<'_>,
    ) -> DataAccessResult {
        match (self.odd)(Asked::Read(attribute)) {
            Answer::Refused(code) => DataAccessResult::new(code),
            Answer::Tells(octets) => {
                out.put(octets);
                DataAccessResult::SUCCESS
            }
            _ => self.memory.get(who, object, attribute, selection, out),
        }
    }
    fn set(
        &mut self,
        who: &Who,
        object: &Object,
        attribute: i8,
        selection: Option<SelectiveAccess<'_>>,
        value: DataRef<'_>,
    ) -> DataAccessResult {
        self.memory.set(who, object, attribute, selection, value)
    }
    fn act(
        &mut self,
        who: &Who,
        object: &Object,
        method: i8,
        parameter: Option<DataRef<'_>>,
        out: &mut Out<'_>,
    ) -> ActionResult {
        match (self.odd)(Asked::Call(method)) {
            Answer::Right => self.memory.act(who, object, method, parameter, out),
            Answer::Refused(code) => ActionResult::new(code),
            _ => ActionResult::SUCCESS,
        }
    }
    fn key(&self, id: KeyId) -> Option<&Key> {
        self.memory.key(id)
    }
}

/// Carries it out against such a meter.
pub(crate) fn run_odd<T: Procedure<Owned, Software, ()>>(
    memory: Memory,
    odd: impl FnMut(Asked) -> Answer,
    procedure: T,
) -> Result<T::Outcome, String> {
    let meter = meter_with(&PLAIN, Odd { memory, odd });
    let (_, outcome, _) = Course::new(&PLAIN, Faults::none()).run(meter, procedure, |_, _| {});
    outcome.map_err(|error| error.to_string())
}
