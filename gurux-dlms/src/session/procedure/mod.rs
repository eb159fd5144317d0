//! Procedures: what takes several orders, one after the other, each with one outcome.
//!
//! | procedure | does |
//! |---|---|
//! | [`LoadProfile`] | reads the rows of a profile, scaled and with what was left out of them |
//! | [`ClockCheck`] | compares the clock with the true time, and sets it |
//! | [`Switch`] | disconnects and reconnects, and reads the state back |
//! | [`ImageTransfer`] | transfers, verifies and activates firmware, from where it stopped |
//! | [`KeyChange`] | gives a meter new keys, and shows that they hold |
//! | [`PushSetup`] | reads, writes and triggers what the meter sends of itself |
//!
//! A procedure is a plain value: what is to be done. [`Running`] carries it out over a [`Client`], and is
//! itself a [`Session`]: whatever drives a client drives it. It ends with exactly one
//! [`ProcedureEvent::Done`] or [`ProcedureEvent::Failed`]; the client is free again when it is dropped.

mod clock;
mod error;
mod image;
mod keys;
mod profile;
mod push;
mod switch;

use core::fmt;
use core::time::Duration;

use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};

use super::link::Store;
use super::{CallId, Client, ClientEvent};
use crate::security::{CounterStore, Provider};

pub use self::clock::{ClockCheck, ClockLimits, ClockState};
pub use self::error::{ProcedureError, Reason};
pub use self::image::{BlockSent, ImageOptions, ImageOutcome, ImageStatus, ImageTransfer};
pub use self::keys::KeyChange;
pub use self::profile::{Cell, Column, LoadProfile, RowSelection, Scale};
pub use self::push::{PushSettings, PushSetup};
pub use self::switch::{ControlState, Switch, SwitchState};

/// Several orders, one after the other.
pub trait Procedure<S: Store, P: Provider, C: CounterStore> {
    /// What it tells on the way.
    type Told;
    /// What it ends with.
    type Outcome;

    /// What is being done, as a clause: "reading the columns".
    fn doing(&self) -> &'static str;

    /// Something came: what is next?
    ///
    /// # Errors
    /// Why it is given up.
    fn advance(
        &mut self,
        client: &mut Client<S, P, C>,
        input: Input,
        now: Instant,
    ) -> Result<Step<Self::Told, Self::Outcome>, Reason>;
}

/// What came, for a [`Procedure`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Input {
    /// It begins.
    Begin,
    /// An item of the order has its answer, which [`Client::value`] reads.
    Value(usize),
    /// A row of the order, which [`Client::value`] reads.
    Row(usize),
    /// The order is done.
    Done,
    /// What was waited for is over, or what was told has been taken.
    Next,
}

/// What a [`Procedure`] does next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step<T, O> {
    /// An order was given.
    Ask(CallId),
    /// More of the order is to come.
    Listen,
    /// It is told, and more of the order is to come.
    Tell(T),
    /// It is told, and [`Input::Next`] is due before anything else.
    TellOn(T),
    /// After so long [`Input::Next`] is due.
    Sleep(Duration),
    /// It is done.
    End(O),
}

/// What [`Running`] tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProcedureEvent<T, O> {
    /// On the way.
    Told(T),
    /// It is done.
    Done(O),
    /// It was given up.
    Failed(ProcedureError),
    /// What the client tells besides: that it associated, what the meter sends of itself.
    Client(ClientEvent),
}

/// A [`Procedure`] under way over a [`Client`].
pub struct Running<'c, S, P: Provider, C, T: Procedure<S, P, C>>
where
    S: Store,
    C: CounterStore,
{
    client: &'c mut Client<S, P, C>,
    procedure: T,
    call: Option<CallId>,
    /// What is told before anything else.
    pending: Option<ProcedureEvent<T::Told, T::Outcome>>,
    wake_at: Option<Instant>,
    is_next_due: bool,
    is_over: bool,
    now: Instant,
}

impl<'c, S: Store, P: Provider, C: CounterStore, T: Procedure<S, P, C>> Running<'c, S, P, C, T> {
    /// Begins it: the first order is given.
    pub fn new(client: &'c mut Client<S, P, C>, procedure: T, now: Instant) -> Self {
        let mut running = Self {
            client,
            procedure,
            call: None,
            pending: None,
            wake_at: None,
            is_next_due: false,
            is_over: false,
            now,
        };
        running.pending = running.advance(Input::Begin);
        running
    }

    /// What is carried out.
    #[must_use]
    pub const fn procedure(&self) -> &T {
        &self.procedure
    }

    /// The client that does it.
    #[must_use]
    pub const fn client(&self) -> &Client<S, P, C> {
        self.client
    }

    /// Gives the procedure back: what it has learned stays in it.
    #[must_use]
    pub fn into_procedure(self) -> T {
        self.procedure
    }

    fn advance(&mut self, input: Input) -> Option<ProcedureEvent<T::Told, T::Outcome>> {
        match self.procedure.advance(self.client, input, self.now) {
            Ok(Step::Ask(call)) => self.call = Some(call),
            Ok(Step::Listen) => {}
            Ok(Step::Tell(told)) => return Some(ProcedureEvent::Told(told)),
            Ok(Step::TellOn(told)) => {
                self.is_next_due = true;
                return Some(ProcedureEvent::Told(told));
            }
            Ok(Step::Sleep(span)) => self.wake_at = Some(self.now + span),
            Ok(Step::End(outcome)) => {
                self.is_over = true;
                return Some(ProcedureEvent::Done(outcome));
            }
            Err(reason) => return Some(self.fail(reason)),
        }
        None
    }

    fn fail(&mut self, reason: Reason) -> ProcedureEvent<T::Told, T::Outcome> {
        self.is_over = true;
        ProcedureEvent::Failed(ProcedureError { doing: self.procedure.doing(), reason })
    }

    fn wake(&mut self, now: Instant) {
        self.now = now;
        if self.wake_at.is_some_and(|at| at <= now) {
            self.wake_at = None;
            self.is_next_due = true;
        }
    }
}

impl<S: Store, P: Provider, C: CounterStore, T: Procedure<S, P, C>> Session
    for Running<'_, S, P, C, T>
{
    type Event = ProcedureEvent<T::Told, T::Outcome>;

    fn handle_open(&mut self, now: Instant) {
        self.now = now;
        self.client.handle_open(now);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.now = now;
        self.client.handle_input(now, octets);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.wake(now);
        self.client.handle_timeout(now);
    }

    fn handle_close(&mut self, now: Instant) {
        self.now = now;
        self.client.handle_close(now);
        // Nothing is waited for on a medium that is gone: the next order fails, or opens it again.
        if self.wake_at.take().is_some() {
            self.is_next_due = true;
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        self.now = now;
        self.client.poll_transmit(now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let own = if self.is_next_due || self.pending.is_some() {
            Some(Instant::ZERO)
        } else {
            self.wake_at
        };
        [own, self.client.poll_timeout()].into_iter().flatten().min()
    }

    fn poll_event(&mut self) -> Option<Self::Event> {
        if let Some(event) = self.pending.take() {
            return Some(event);
        }
        loop {
            if core::mem::take(&mut self.is_next_due) && !self.is_over {
                if let Some(event) = self.advance(Input::Next) {
                    return Some(event);
                }
                continue;
            }
            let event = self.client.poll_event()?;
            let (call, input) = match event {
                ClientEvent::Value { call, index } => (call, Ok(Input::Value(index))),
                ClientEvent::Row { call, number } => (call, Ok(Input::Row(number))),
                ClientEvent::Done { call } => (call, Ok(Input::Done)),
                ClientEvent::Failed { call, failure } => (call, Err(failure)),
                event => return Some(ProcedureEvent::Client(event)),
            };
            if self.is_over || self.call != Some(call) {
                // Of an order before this.
                continue;
            }
            let told = match input {
                Ok(input) => self.advance(input),
                Err(failure) => Some(self.fail(failure.into())),
            };
            if told.is_some() {
                return told;
            }
        }
    }
}

impl<S: Store, P: Provider, C: CounterStore, T> fmt::Debug for Running<'_, S, P, C, T>
where
    T: Procedure<S, P, C>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("doing", &self.procedure.doing())
            .field("is_over", &self.is_over)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
