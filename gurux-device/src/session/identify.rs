//! Looking at a meter for the marks of its profile.

use std::collections::VecDeque;

use super::order::{DeviceEvent, OrderId, ReadFailure};
use crate::device::Device;
use crate::driver::{Identify, Outcome, Request};
use crate::profile::{Match, MatchTest, Subject, fits};
use crate::reading::Reading;

/// Goes through the marks: a `Detect` is given up at its first mark that does not fit, and the
/// first one whose marks all fit ends it.
#[derive(Default)]
pub(super) struct Identification {
    detect: usize,
    mark: usize,
    stage: Stage,
    found: Option<usize>,
    facts: Vec<(String, Option<String>)>,
    parameters: Vec<(String, String)>,
}

#[derive(Default)]
enum Stage {
    /// Nothing is looked at.
    #[default]
    Between,
    /// This property is being read.
    Property(String, Option<String>),
    /// The protocol looks for itself.
    Probe(Box<dyn Identify>),
    /// No more will be looked at.
    Over,
}

impl Identification {
    /// Do outcomes belong to the protocol's own look?
    pub(super) fn is_probing(&self) -> bool {
        matches!(self.stage, Stage::Probe(_))
    }

    pub(super) fn handle(&mut self, outcome: &Outcome) {
        if let Stage::Probe(probe) = &mut self.stage {
            probe.handle(outcome);
        }
    }

    pub(super) fn take(&mut self, reading: Reading) {
        if let Stage::Property(name, slot) = &mut self.stage
            && *name == reading.property
        {
            *slot = reading.measurement.value.map(|value| value.to_string());
        }
    }

    pub(super) fn give_up(&mut self) {
        self.stage = Stage::Over;
    }

    /// The requests of the next step; `None` when all is said.
    pub(super) fn next(
        &mut self,
        device: &Device,
        plan: impl Fn(&[usize]) -> VecDeque<Request>,
    ) -> Option<VecDeque<Request>> {
        loop {
            let detect = device.profile().detections.get(self.detect)?;
            let Some(mark) = detect.matches.get(self.mark) else {
                // All marks of this one fit. (One without marks says nothing.)
                if !detect.matches.is_empty() {
                    self.found = Some(self.detect);
                    return None;
                }
                self.detect += 1;
                continue;
            };
            let said = match std::mem::take(&mut self.stage) {
                Stage::Over => return None,
                Stage::Between => match self.begin(device, mark, &plan) {
                    Some(requests) => return Some(requests),
                    None => None,
                },
                Stage::Property(_, said) => said,
                Stage::Probe(mut probe) => match probe.next() {
                    Some(request) => {
                        self.stage = Stage::Probe(probe);
                        return Some([request].into());
                    }
                    None => probe.found(),
                },
            };
            self.judge(mark, said);
        }
    }

    fn begin(
        &mut self,
        device: &Device,
        mark: &Match,
        plan: impl Fn(&[usize]) -> VecDeque<Request>,
    ) -> Option<VecDeque<Request>> {
        if let Subject::Property(name) = &mark.subject {
            let requests = plan(&[device.lookup(name).ok()?]);
            if requests.is_empty() {
                return None;
            }
            self.stage = Stage::Property(name.value.clone(), None);
            return Some(requests);
        }
        let mut probe = device.dialect().identify(mark)?;
        let request = probe.next()?;
        self.stage = Stage::Probe(probe);
        Some([request].into())
    }

    fn judge(&mut self, mark: &Match, said: Option<String>) {
        let fit = said.as_deref().is_some_and(|said| match &mark.test {
            None => true,
            Some(MatchTest::Equals(text)) => is_same(said, text),
            Some(MatchTest::Pattern(pattern)) => fits(pattern, said),
        });
        let name = match &mark.subject {
            Subject::Property(name) => name.value.clone(),
            Subject::Object(name) => format!("object {name}"),
            Subject::Model { id, base } => {
                if let (Some(base), Some(said)) = (base, &said) {
                    self.parameters.push((base.value.clone(), said.clone()));
                }
                format!("model {id}")
            }
        };
        self.facts.push((name, said));
        if fit {
            self.mark += 1;
        } else {
            self.detect += 1;
            self.mark = 0;
            self.parameters.clear();
        }
    }

    pub(super) fn event(self, order: OrderId, why: Option<ReadFailure>) -> DeviceEvent {
        let Self { found: detection, facts, parameters, .. } = self;
        let parameters = if detection.is_some() { parameters } else { Vec::new() };
        DeviceEvent::Identified { order, detection, facts, parameters, why }
    }
}

/// Equal as texts, or as numbers.
fn is_same(said: &str, text: &str) -> bool {
    use gurux_value::Decimal;

    let number = |text: &str| text.parse::<Decimal>().ok();
    said == text || number(said).is_some_and(|said| Some(said) == number(text))
}
