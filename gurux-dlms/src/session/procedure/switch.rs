//! [`Switch`]: a supply is disconnected or reconnected, and what came of it is read back.

use core::time::Duration;

use gurux_framing::wire_code;
use gurux_media::Instant;
use gurux_value::Obis;

use super::{Input, Procedure, Reason, Step};
use crate::security::{CounterStore, Provider};
use crate::session::Client;
use crate::session::link::Store;
use crate::table::class::ClassId;
use crate::wire::{AttributeDescriptor, DataRef, MethodDescriptor};

/// So often the state is read while a relay moves.
const EVERY: Duration = Duration::from_secs(1);

wire_code! {
    /// control_state of a disconnect control: what is asked for.
    pub struct ControlState(u8) {
        /// The supply is off.
        DISCONNECTED = 0 => "disconnected",
        /// The supply is on.
        CONNECTED = 1 => "connected",
        /// The supply is off; a hand at the meter puts it on.
        READY_FOR_RECONNECTION = 2 => "ready for reconnection",
    }
}

/// What a disconnect control says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SwitchState {
    /// output_state: the supply is on.
    pub is_on: bool,
    /// control_state.
    pub control: ControlState,
}

/// Disconnects or reconnects by a disconnect control (class 70), then reads both states back, once a second until
/// they are what was asked for or the time is over. A meter that waits for a hand at its button
/// ([`ControlState::READY_FOR_RECONNECTION`]) has done what it may: it is told as it is.
///
/// ```
/// use gurux_dlms::session::procedure::Switch;
///
/// let off = Switch::disconnect("0-0:96.3.10*255".parse()?);
/// # let _ = off;
/// # Ok::<(), gurux_value::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    logical_name: Obis,
    is_on: bool,
    within: Duration,
    until: Option<Instant>,
    stage: Stage,
    output: Option<bool>,
    control: Option<ControlState>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Switch,
    ReadBack,
}

impl Switch {
    /// Switches off.
    #[must_use]
    pub const fn disconnect(logical_name: Obis) -> Self {
        Self::new(logical_name, false)
    }

    /// Switches on, or allows a hand to do so.
    #[must_use]
    pub const fn reconnect(logical_name: Obis) -> Self {
        Self::new(logical_name, true)
    }

    const fn new(logical_name: Obis, is_on: bool) -> Self {
        let within = Duration::from_secs(30);
        let (until, stage) = (None, Stage::Switch);
        Self { logical_name, is_on, within, until, stage, output: None, control: None }
    }

    /// The relay may take so long; 30 s, if nothing is said.
    #[must_use]
    pub const fn within(self, within: Duration) -> Self {
        Self { within, ..self }
    }

    fn ask<S: Store, P: Provider, C: CounterStore>(
        &mut self,
        client: &mut Client<S, P, C>,
    ) -> Result<Step<core::convert::Infallible, SwitchState>, Reason> {
        self.stage = Stage::ReadBack;
        let attribute = |attribute_id| AttributeDescriptor {
            class_id: ClassId::DISCONNECT_CONTROL.code(),
            instance_id: self.logical_name,
            attribute_id,
        };
        Ok(Step::Ask(client.get_list(&[attribute(2).into(), attribute(3).into()])?))
    }
}

impl<S: Store, P: Provider, C: CounterStore> Procedure<S, P, C> for Switch {
    type Told = core::convert::Infallible;
    type Outcome = SwitchState;

    fn doing(&self) -> &'static str {
        match (self.stage, self.is_on) {
            (Stage::Switch, false) => "disconnecting",
            (Stage::Switch, true) => "reconnecting",
            (Stage::ReadBack, _) => "reading back the state of the disconnector",
        }
    }

    fn advance(
        &mut self,
        client: &mut Client<S, P, C>,
        input: Input,
        now: Instant,
    ) -> Result<Step<Self::Told, SwitchState>, Reason> {
        match (self.stage, input) {
            (Stage::Switch, Input::Begin) => {
                let method = MethodDescriptor {
                    class_id: ClassId::DISCONNECT_CONTROL.code(),
                    instance_id: self.logical_name,
                    method_id: if self.is_on { 2 } else { 1 },
                };
                return Ok(Step::Ask(client.act(method, Some(DataRef::Integer(0)))?));
            }
            (Stage::Switch, Input::Value(_)) => {
                client.value()?;
            }
            (Stage::Switch, Input::Done) | (Stage::ReadBack, Input::Next) => {
                return self.ask(client);
            }
            (Stage::ReadBack, Input::Value(index)) => match (index, client.value()?) {
                (0, DataRef::Boolean(is_on)) => self.output = Some(is_on),
                (1, DataRef::Enum(state)) => self.control = Some(ControlState::new(state)),
                (0, _) => return Err(Reason::Form("an output state, a boolean")),
                _ => return Err(Reason::Form("a control state, an enum")),
            },
            (Stage::ReadBack, Input::Done) => {
                let (Some(is_on), Some(control)) = (self.output, self.control) else {
                    return Err(Reason::Form("an output state and a control state"));
                };
                let wanted =
                    if self.is_on { ControlState::CONNECTED } else { ControlState::DISCONNECTED };
                let waits = self.is_on && !is_on && control == ControlState::READY_FOR_RECONNECTION;
                if waits || (is_on == self.is_on && control == wanted) {
                    return Ok(Step::End(SwitchState { is_on, control }));
                }
                let until = *self.until.get_or_insert(now + self.within);
                if now >= until {
                    return Err(Reason::NotSwitched { is_on, control });
                }
                return Ok(Step::Sleep(EVERY));
            }
            _ => {}
        }
        Ok(Step::Listen)
    }
}
