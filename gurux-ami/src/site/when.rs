//! The attributes that say when something is due.

use std::time::Duration;

use gurux_device::profile::FaultKind;
use gurux_device::xml::Element;

use super::read::Reader;
use crate::schedule::{Calendar, DaySet, Missed, Rule, Schedule};
use crate::span::span;

/// What a calendar has.
const CALENDAR: [&str; 4] = ["At", "Weekdays", "Days", "Months"];

impl Reader {
    /// The schedule that an element names, or that it describes itself; `None` where it says nothing of
    /// one, or something wrong.
    pub(super) fn schedule(&mut self, element: &Element) -> Option<Schedule> {
        if let Some(name) = element.attribute("Schedule") {
            let own = ["Interval", "Offset", "Jitter", "Missed"].into_iter().chain(CALENDAR);
            if let Some(other) = own.into_iter().find_map(|name| element.attribute(name)) {
                self.faults.at(other.place, "it has a Schedule, which says this already");
            }
            let found = self.schedules.get(&name.value).cloned();
            if found.is_none() {
                let (attribute, name_text) = ("Schedule".to_owned(), name.value.clone());
                let mut known: Vec<&str> = self.schedules.keys().map(String::as_str).collect();
                known.sort_unstable();
                let hint = match known.as_slice() {
                    [] => "; the site has none".to_owned(),
                    known => format!("; there is {}", known.join(", ")),
                };
                let kind =
                    FaultKind::Dangling { attribute, what: "schedule", name: name_text, hint };
                self.faults.kind(name.place, &kind);
            }
            return found;
        }
        let rule = self.rule(element)?;
        let jitter = self.span(element, "Jitter").unwrap_or_default();
        let missed = self.parsed(element, "Missed", "Skip, Once or All", |text| match text {
            "Skip" => Ok(Missed::Skip),
            "Once" => Ok(Missed::Once),
            "All" => Ok(Missed::All),
            _ => Err(()),
        });
        if let (Rule::Interval { every, .. }, Some(attribute)) =
            (&rule, element.attribute("Jitter"))
            && jitter > *every
        {
            self.faults.value(attribute, "no more than the Interval");
        }
        Some(Schedule { rule, jitter, missed: missed.unwrap_or_default() })
    }

    fn rule(&mut self, element: &Element) -> Option<Rule> {
        match (element.attribute("Interval"), element.attribute("At")) {
            (Some(_), Some(at)) => {
                self.faults.at(at.place, "At and Interval are two kinds of schedule: one of them");
                None
            }
            (Some(_), None) => {
                let own = CALENDAR.into_iter().find_map(|name| element.attribute(name));
                if let Some(other) = own {
                    self.faults.at(other.place, format_args!("{} goes with At", other.name));
                }
                let offset = self.span(element, "Offset").unwrap_or_default();
                let every =
                    self.parsed(element, "Interval", "a span from 100ms on, like 15m", |text| {
                        span(text).ok().filter(|every| *every >= SHORTEST).ok_or(())
                    })?;
                Some(Rule::Interval { every, offset })
            }
            (None, Some(_)) => {
                if let Some(offset) = element.attribute("Offset") {
                    self.faults.at(offset.place, "Offset goes with Interval");
                }
                self.calendar(element)
            }
            (None, None) => {
                // A Poll may leave it to the profile.
                if element.name == "Schedule" {
                    const NONE: &str = "it needs Interval=\"15m\" or At=\"02:00\"";
                    self.faults.at(element.place, NONE);
                }
                None
            }
        }
    }

    fn calendar(&mut self, element: &Element) -> Option<Rule> {
        let times =
            self.parsed(element, "At", "times of day, like 02:00 or 06:00 18:30:15", |text| {
                let times: Result<Vec<_>, _> = parts(text).map(str::parse).collect();
                times.ok().filter(|times| !times.is_empty()).ok_or(())
            });
        let weekdays = self.parsed(element, "Weekdays", DaySet::EXPECTED, str::parse::<DaySet>);
        let days = self.parsed(element, "Days", "days from 1 to 31 or last, with commas", |text| {
            parts(text).map(str::parse).collect::<Result<Vec<_>, _>>()
        });
        let months = self.parsed(element, "Months", "months from 1 to 12, like 1-3,12", months);
        Some(Rule::Calendar(Calendar {
            times: times?,
            weekdays: weekdays.unwrap_or(DaySet::ALL),
            days: days.unwrap_or_default(),
            months: months.unwrap_or_default(),
            zone: self.zone.clone(),
        }))
    }

    pub(super) fn span(&mut self, element: &Element, name: &str) -> Option<Duration> {
        self.parsed(element, name, "a span of time, like 30s or 15m", span)
    }
}

/// Nothing is polled more often.
const SHORTEST: Duration = Duration::from_millis(100);

/// What stands between blanks and commas.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',']).filter(|part| !part.is_empty())
}

/// `1-3,12` as the months it means.
fn months(text: &str) -> Result<Vec<i8>, ()> {
    let number = |text: &str| text.parse().ok().filter(|month| (1..=12).contains(month)).ok_or(());
    let mut months = Vec::new();
    for part in parts(text) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut month, last): (i8, i8) = (number(first)?, number(last)?);
        months.push(month);
        while month != last {
            month = month % 12 + 1;
            months.push(month);
        }
    }
    if months.is_empty() { Err(()) } else { Ok(months) }
}
