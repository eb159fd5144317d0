//! Values: what an attribute can say.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use gurux_value::Decimal;

use super::{Reader, find};
use crate::profile::Located;
use crate::profile::fault::FaultKind;
use crate::profile::scalar::{integer, number, span};
use crate::xml::{Attribute, Element};

impl Reader<'_> {
    pub(super) fn wrong(&mut self, attribute: &Attribute, expected: impl Display) {
        let (name, value) = (attribute.name.clone(), attribute.value.clone());
        self.fault(
            attribute.place,
            FaultKind::Value { attribute: name, value, expected: expected.to_string() },
        );
    }

    /// The attribute as `read` understands it, or a fault with what `read` expects.
    pub(super) fn read<T, E: Display>(
        &mut self,
        element: &Element,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Located<T>> {
        let attribute = find(element, name)?;
        match read(&attribute.value) {
            Ok(value) => Some(Located::new(value, attribute.place)),
            Err(expected) => {
                self.wrong(attribute, expected);
                None
            }
        }
    }

    pub(super) fn parsed<T: FromStr<Err = &'static str>>(
        &mut self,
        element: &Element,
        name: &str,
    ) -> Option<T> {
        self.read(element, name, str::parse).map(|located| located.value)
    }

    /// An attribute that must not be empty.
    pub(super) fn located(&mut self, element: &Element, name: &str) -> Option<Located<String>> {
        self.read(element, name, |text| match text.trim() {
            "" => Err("at least one character"),
            _ => Ok(text.to_owned()),
        })
    }

    pub(super) fn text(&mut self, element: &Element, name: &str) -> Option<String> {
        self.located(element, name).map(|located| located.value)
    }

    /// A whole number of type `T`, decimal or in hex.
    pub(super) fn whole<T: TryFrom<i128>>(
        &mut self,
        element: &Element,
        name: &str,
        expected: &'static str,
    ) -> Option<Located<T>> {
        self.read(element, name, |text| {
            integer(text).and_then(|value| T::try_from(value).ok()).ok_or(expected)
        })
    }

    pub(super) fn millis(&mut self, element: &Element, name: &str) -> Option<Duration> {
        let read = |text: &str| {
            let millis = number::<u64>(text).filter(|millis| *millis <= 86_400_000);
            millis.ok_or("milliseconds, at most 86400000")
        };
        self.read(element, name, read).map(|millis| Duration::from_millis(millis.value))
    }

    pub(super) fn span(&mut self, element: &Element, name: &str) -> Option<Duration> {
        self.read(element, name, span).map(|located| located.value)
    }

    pub(super) fn flag(&mut self, element: &Element, name: &str) -> Option<bool> {
        self.one_of(element, name, &[("true", true), ("false", false)])
    }

    pub(super) fn decimal(&mut self, element: &Element, name: &str) -> Option<Decimal> {
        let read = |text: &str| text.parse::<Decimal>().map_err(|_| "a decimal number, like 0.1");
        self.read(element, name, read).map(|located| located.value)
    }

    pub(super) fn unit(&mut self, element: &Element) -> Option<gurux_value::Unit> {
        let read = |text: &str| text.parse().map_err(|_| "the symbol of a unit, like kWh");
        self.read(element, "Unit", read).map(|located| located.value)
    }

    /// One of a few words.
    pub(super) fn one_of<T: Copy>(
        &mut self,
        element: &Element,
        name: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let attribute = find(element, name)?;
        let found = words.iter().find(|(word, _)| *word == attribute.value);
        if found.is_none() {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(attribute, format_args!("one of {}", words.join(", ")));
        }
        found.map(|(_, value)| *value)
    }
}
