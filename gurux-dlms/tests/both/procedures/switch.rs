//! A supply: disconnected, reconnected, and what the meter makes of it.

use core::time::Duration;

use gurux_dlms::session::meter::{Entry, Memory};
use gurux_dlms::session::procedure::{ControlState, Switch, SwitchState};
use gurux_dlms::table::class::ClassId;
use gurux_dlms::value::Data;
use gurux_value::Obis;
use proptest::prelude::*;

use super::{Answer, Asked, Course, bad_line, run, run_odd};
use crate::meter::meter_of;

const NAME: Obis = Obis::new([0, 0, 96, 3, 10, 255]);

/// A meter with the supply on, or off, and this control mode.
fn memory(is_on: bool, mode: u8) -> Memory {
    let mut memory = Memory::new();
    let entry = Entry::new(ClassId::DISCONNECT_CONTROL, 0, NAME)
        .with(2, &Data::Boolean(is_on))
        .with(3, &Data::Enum(is_on.into()))
        .with(4, &Data::Enum(mode));
    memory.add(entry);
    memory
}

fn switch(memory: Memory, switch: Switch) -> Result<SwitchState, String> {
    let (_, outcome, _) = run(memory, switch, |_, never| match never {});
    outcome.map_err(|error| error.to_string())
}

#[test]
fn a_supply_goes_off_and_on_and_the_state_is_told() {
    let state = |is_on, control| Ok(SwitchState { is_on, control });
    let (off, on) = (Switch::disconnect(NAME), Switch::reconnect(NAME));
    for mode in [2, 4] {
        assert_eq!(switch(memory(true, mode), off), state(false, ControlState::DISCONNECTED));
        assert_eq!(switch(memory(false, mode), on), state(true, ControlState::CONNECTED));
    }
    // A hand at the meter does the rest.
    let ready = ControlState::READY_FOR_RECONNECTION;
    assert_eq!(switch(memory(false, 1), on), state(false, ready));
}

#[test]
fn each_refusal_says_what_is_wrong() {
    let off = Switch::disconnect(NAME).within(Duration::from_secs(5));
    assert_eq!(
        switch(memory(true, 0), off),
        Err("disconnecting: the meter refuses: other-reason".to_owned())
    );
    assert_eq!(
        switch(Memory::new(), Switch::reconnect(NAME)),
        Err("reconnecting: the meter refuses: object-undefined".to_owned())
    );
    // A relay that sticks: the meter says "done", and nothing moves.
    let idle = |asked| if asked == Asked::Call(1) { Answer::Idle } else { Answer::Right };
    assert_eq!(
        run_odd(memory(true, 4), idle, off),
        Err("reading back the state of the disconnector: the supply is on, and the control state connected"
            .to_owned())
    );
    let odd = |asked| if asked == Asked::Read(3) { Answer::Tells(&[3, 1]) } else { Answer::Right };
    assert_eq!(
        run_odd(memory(true, 4), odd, off),
        Err("reading back the state of the disconnector: the meter's value is not a control state, an enum"
            .to_owned())
    );
}

#[test]
fn a_relay_that_takes_its_time_is_waited_for() {
    let mut reads = 0;
    let slow = |asked| {
        reads += u8::from(asked == Asked::Read(2));
        if asked == Asked::Read(2) && reads < 4 { Answer::Tells(&[3, 1]) } else { Answer::Right }
    };
    let off = Switch::disconnect(NAME).within(Duration::from_secs(5));
    let state = SwitchState { is_on: false, control: ControlState::DISCONNECTED };
    assert_eq!(run_odd(memory(true, 4), slow, off), Ok(state));
    assert_eq!(reads, 4);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn over_a_bad_line_the_state_that_is_told_is_the_meters((setup, faults) in bad_line()) {
        let meter = meter_of(&setup, memory(true, 4));
        let off = Switch::disconnect(NAME);
        let (_, outcome, meter) = Course::new(&setup, faults).run(meter, off, |_, never| match never {});
        if let Ok(state) = outcome {
            prop_assert_eq!(state.control, ControlState::DISCONNECTED);
            prop_assert_eq!(meter.model().stored(NAME, 2), Some(&[3, 0][..]));
        }
    }
}
