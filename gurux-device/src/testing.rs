//! The tests that a profile brings along: captured frames, and what must be read in them.

use std::collections::HashMap;
use std::sync::Arc;

use gurux_media::Instant;
use gurux_value::{Decimal, Quality, Value};

use crate::assemble::Assembler;
use crate::device::Device;
use crate::driver::Drivers;
use crate::error::Error;
use crate::parameters::Parameters;
use crate::profile::{DeviceProfile, Expect, Frame, Place, Test};
use crate::reading::Reading;

/// How a test of a profile went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestResult {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// What is not as it should be, a sentence each; empty if the test passed.
    pub faults: Vec<String>,
}

impl TestResult {
    /// Did the test pass?
    #[must_use]
    pub fn is_passed(&self) -> bool {
        self.faults.is_empty()
    }
}

impl DeviceProfile {
    /// Runs the tests of the profile: opens their frames as if they had been heard on a line, and
    /// compares the readings with what is expected.
    #[must_use]
    pub fn run_tests(&self, drivers: &Drivers) -> Vec<TestResult> {
        let profile = Arc::new(self.clone());
        let run = |test: &Test| {
            let mut faults = Vec::new();
            if let Err(error) = run(test, &profile, drivers, &mut faults) {
                faults.push(error.to_string());
            }
            TestResult { name: test.name.value.clone(), place: test.name.place, faults }
        };
        self.tests.iter().map(run).collect()
    }
}

fn run(
    test: &Test,
    profile: &Arc<DeviceProfile>,
    drivers: &Drivers,
    faults: &mut Vec<String>,
) -> Result<(), Error> {
    let given = test.parameters.iter().map(|(name, value)| (name.value.clone(), value.clone()));
    let parameters = Parameters::new(profile, given)?;
    let device = Device::new("test", Arc::clone(profile), parameters, drivers)?;
    let mut assembler = Assembler::default();
    let mut read: HashMap<String, Reading> = HashMap::new();
    let mut keep = |readings: Vec<Reading>| {
        read.extend(readings.into_iter().map(|reading| (reading.property.clone(), reading)));
    };
    let mut asked: Option<&Frame> = None;
    for frame in &test.frames {
        let place = frame.octets.place;
        match (asked.take(), frame.received) {
            (None, false) => asked = Some(frame),
            // What comes without having been asked for was sent by the meter of itself.
            (request, true) => {
                let (sent, place) = request
                    .map_or((&[][..], place), |request| (&request.octets, request.octets.place));
                match device.listen_with(&mut assembler, sent, &frame.octets, Instant::ZERO) {
                    Ok(readings) => keep(readings),
                    Err(error) => faults.push(format!("frames at {place}: {error}")),
                }
            }
            (Some(_), false) => {
                faults.push(format!("frame at {place}: a Tx comes after its Rx"));
                asked = Some(frame);
            }
        }
    }
    if let Some(frame) = asked {
        faults.push(format!("frame at {}: no Rx answers this Tx", frame.octets.place));
    }
    keep(assembler.finish(&device));
    for expect in &test.expectations {
        match read.get(&expect.property.value) {
            Some(reading) => compare(expect, reading, faults),
            None => faults.push(format!("{} is in none of the frames", expect.property)),
        }
    }
    Ok(())
}

fn compare(expect: &Expect, reading: &Reading, faults: &mut Vec<String>) {
    let property = &expect.property;
    let found = &reading.measurement;
    let is_same = match (&expect.value, &found.value) {
        (None, None) => true,
        (Some(expected), Some(value)) => is_value(value, expected),
        _ => false,
    };
    if !is_same {
        let text = |value: Option<String>| value.unwrap_or_else(|| "no value".to_owned());
        let found = text(found.value.as_ref().map(ToString::to_string));
        faults.push(format!("{property}: expected {}, read {found}", text(expect.value.clone())));
    }
    if expect.unit.is_some() && expect.unit != found.unit {
        let text =
            |unit: Option<gurux_value::Unit>| unit.map_or("no unit".to_owned(), |u| u.to_string());
        let (expected, found) = (text(expect.unit), text(found.unit));
        faults.push(format!("{property}: expected in {expected}, read in {found}"));
    }
    // A value that is expected not to be there is expected for whatever reason is not stated.
    let quality = expect.quality.unwrap_or(Quality::GOOD);
    let is_stated = expect.quality.is_some() || expect.value.is_some();
    if is_stated && quality != found.quality {
        faults.push(format!("{property}: expected quality {quality}, read {}", found.quality));
    }
}

/// Is this the value that the text means? Numbers are compared as numbers.
fn is_value(value: &Value<'_>, text: &str) -> bool {
    let number = text.parse::<Decimal>().ok();
    value.to_string() == text
        || (number.is_some() && value.as_decimal() == number)
        || value.without_label().to_string() == text
}
