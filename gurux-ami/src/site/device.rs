//! The devices of a site: profile, parameters, and what is polled of them.

use std::sync::Arc;

use clap::ValueEnum as _;
use gurux_device::profile::{DeviceProfile, FaultKind};
use gurux_device::xml::Element;
use gurux_device::{Device, Error, Parameters};
use gurux_media::{LineSettings, MediaSettings};

use super::read::Reader;
use super::{Meter, Poll};
use crate::connection::Transport;
use crate::profiles;
use crate::schedule::{Missed, Rule, Schedule};

impl Reader {
    /// A device, and whether it goes together with the media over which it is reached.
    pub(super) fn device(&mut self, element: &Element, ways: &[MediaSettings]) -> Option<Meter> {
        let name = self.name(element, "device");
        let transport = self
            .parsed(element, "Transport", transports(), |text| Transport::from_str(text, false));
        let serial = "the settings of a serial line, like 2400,8E1";
        let line = self.parsed(element, "Serial", serial, str::parse::<LineSettings>);
        let wait_time = self.span(element, "WaitTime");
        let resend_count =
            self.parsed(element, "ResendCount", "a number from 0 to 255", str::parse);
        let profile = self.profile(element);
        let parameters = profile.as_ref().and_then(|profile| self.parameters(element, profile));
        let (name, profile, parameters) = (name?, profile?, parameters?);
        let device =
            match Device::new(&name, Arc::clone(&profile), parameters.clone(), &self.drivers) {
                Ok(device) => device,
                Err(error) => {
                    self.faults.at(element.place, format_args!("Device {name}: {error}"));
                    return None;
                }
            };
        let polls = self.polls(element, &device);
        let meter =
            Meter { name, profile, parameters, transport, line, wait_time, resend_count, polls };
        // The link is what knows whether a transport is one of the protocol's.
        for way in ways {
            if let Err(error) = meter.session(way, &self.drivers, None) {
                let place = element.attribute("Transport").map_or(element.place, |t| t.place);
                self.faults.at(place, format_args!("Device {}: {error}", meter.name));
                return None;
            }
        }
        Some(meter)
    }

    /// The profile of a device, read once however many devices have it.
    fn profile(&mut self, element: &Element) -> Option<Arc<DeviceProfile>> {
        let attribute = element.attribute("Profile")?;
        let path = self.folder.join(&attribute.value);
        if let Some(known) = self.profiles.get(&path) {
            return known.clone();
        }
        let read = profiles::read(&self.drivers, &path);
        let profile = match read {
            Ok(profile) => Some(Arc::new(profile)),
            Err(faults) => {
                for fault in faults {
                    // That there is no such file is the site's fault, and has its place there.
                    match fault.place {
                        None => self.faults.at(attribute.place, fault),
                        Some(_) => self.faults.add(fault),
                    }
                }
                None
            }
        };
        self.profiles.insert(path, profile.clone());
        profile
    }

    fn parameters(&mut self, element: &Element, profile: &DeviceProfile) -> Option<Parameters> {
        let mut given = Vec::new();
        let mut is_good = true;
        for set in element.children("Set") {
            match self.set(set, profile) {
                Some(pair) => given.push(pair),
                None => is_good = false,
            }
        }
        match Parameters::new(profile, given) {
            Ok(parameters) => Some(parameters).filter(|_| is_good),
            // What was not understood is not missing.
            Err(Error::MissingParameter(_)) if !is_good => None,
            Err(Error::MissingParameter(name)) => {
                let sentence = format!(
                    "the profile needs the parameter {name}: <Set Parameter=\"{name}\" .../>"
                );
                self.faults.at(element.place, sentence);
                None
            }
            Err(error) => {
                self.faults.at(element.place, error);
                None
            }
        }
    }

    /// What one parameter is set to. Secrets come from elsewhere: site files are shown to people, and kept
    /// where everything is kept.
    fn set(&mut self, element: &Element, profile: &DeviceProfile) -> Option<(String, String)> {
        let name = element.attribute("Parameter")?;
        let sources = ["Value", "Env", "File"];
        let mut given = sources.into_iter().filter_map(|source| element.attribute(source));
        let (Some(source), None) = (given.next(), given.next()) else {
            self.faults.at(element.place, "Set has one of Value, Env (a variable) and File");
            return None;
        };
        let known = profile.parameters.iter().find(|parameter| *parameter.name == name.value);
        let is_secret = known.is_some_and(|parameter| parameter.secret);
        let value = match source.name.as_str() {
            "Value" if is_secret => {
                const SECRET: &str = "this parameter is secret: name where it is kept, with Env=\"VARIABLE\" \
                                      or File=\"PATH\"";
                self.faults.at(source.place, SECRET);
                return None;
            }
            "Value" => source.value.clone(),
            "Env" => match std::env::var(&source.value) {
                Ok(value) => value,
                Err(_) => {
                    self.faults.value(source, "a variable of the environment that is set");
                    return None;
                }
            },
            _ => {
                let path = self.folder.join(&source.value);
                match std::fs::read_to_string(&path) {
                    Ok(text) => text.trim().to_owned(),
                    Err(error) => {
                        let expected = format!("a file that can be read ({error})");
                        self.faults.value(source, expected);
                        return None;
                    }
                }
            }
        };
        Some((name.value.clone(), value))
    }

    fn polls(&mut self, element: &Element, device: &Device) -> Vec<Poll> {
        let mut polls: Vec<Poll> = Vec::new();
        for poll in element.children("Poll") {
            let Some((what, items)) = self.selected(poll, device) else { continue };
            let name = poll.attribute("Name").map_or(what, |name| name.value.clone());
            let keep = self.span(poll, "Keep");
            let says_when = ["Schedule", "Interval", "At"];
            let parts = if says_when.iter().any(|when| poll.attribute(when).is_some()) {
                let Some(schedule) = self.schedule(poll) else { continue };
                vec![(name, items, schedule)]
            } else {
                self.by_profile(poll, &name, &items, device)
            };
            for (name, items, schedule) in parts {
                if polls.iter().any(|other| other.name == name) {
                    let sentence = format!(
                        "there is a Poll {name} already: give one of them a Name of its own"
                    );
                    self.faults.at(poll.place, sentence);
                    continue;
                }
                polls.push(Poll { name, items, schedule, keep });
            }
        }
        if element.children("Poll").next().is_none() {
            let (parent, name) = (element.name.clone(), "Poll".to_owned());
            self.faults.kind(element.place, &FaultKind::MissingElement { parent, element: name });
        }
        polls
    }

    /// Which properties a Poll means, and what to call them.
    fn selected(&mut self, poll: &Element, device: &Device) -> Option<(String, Vec<usize>)> {
        let kinds = ["View", "Category", "Group", "Property"];
        let mut given = kinds.into_iter().filter_map(|kind| poll.attribute(kind));
        let Some(by) = given.next() else { return Some(("all".to_owned(), device.readable())) };
        if let Some(other) = given.next() {
            self.faults
                .at(other.place, format_args!("{} and {}: one of them", by.name, other.name));
            return None;
        }
        let items = match by.name.as_str() {
            "View" => match device.view(&by.value) {
                Ok(items) => items,
                Err(error) => {
                    self.faults.at(by.place, error);
                    return None;
                }
            },
            "Property" => {
                let mut items = Vec::new();
                for name in by.value.split([' ', ',']).filter(|name| !name.is_empty()) {
                    match crate::meter::property(device, name) {
                        Ok(item) => items.push(item),
                        Err(failure) => {
                            self.faults.at(by.place, failure);
                            return None;
                        }
                    }
                }
                items
            }
            kind => {
                let of = |item: &usize| {
                    let item = device.items().get(*item)?;
                    if kind == "Group" {
                        item.property.group.as_deref()
                    } else {
                        Some(&*item.category)
                    }
                };
                let all = device.readable();
                all.into_iter().filter(|item| of(item) == Some(&by.value)).collect()
            }
        };
        let items: Vec<usize> = {
            let readable = device.readable();
            items.into_iter().filter(|item| readable.contains(item)).collect()
        };
        if items.is_empty() {
            self.faults.value(by, "a name that the profile gives to something that can be read");
            return None;
        }
        Some((by.value.clone(), items))
    }

    /// When nothing is said of when, the profile's own intervals hold.
    fn by_profile(
        &mut self,
        poll: &Element,
        name: &str,
        items: &[usize],
        device: &Device,
    ) -> Vec<(String, Vec<usize>, Schedule)> {
        let mut parts: Vec<(String, Vec<usize>, Schedule)> = Vec::new();
        for item in items {
            let Some(property) = device.items().get(*item).map(|item| &item.property) else {
                continue;
            };
            let Some(every) = property.interval else {
                let sentence = format!(
                    "it needs a Schedule, an Interval or At: the profile says no Interval for {}",
                    *property.name
                );
                self.faults.at(poll.place, sentence);
                return Vec::new();
            };
            let rule = Rule::Interval { every, offset: std::time::Duration::ZERO };
            let schedule = Schedule { rule, jitter: Default::default(), missed: Missed::Skip };
            match parts.iter_mut().find(|(_, _, other)| *other == schedule) {
                Some((_, items, _)) => items.push(*item),
                None => {
                    let name = match parts.len() {
                        0 => name.to_owned(),
                        others => format!("{name}-{}", others + 1),
                    };
                    parts.push((name, vec![*item], schedule));
                }
            }
        }
        parts
    }
}

/// The words for transports.
fn transports() -> String {
    let names: Vec<String> = Transport::value_variants()
        .iter()
        .filter_map(|transport| Some(transport.to_possible_value()?.get_name().to_owned()))
        .collect();
    names.join(", ")
}
