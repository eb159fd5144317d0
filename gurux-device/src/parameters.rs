//! [`Parameters`]: what is decided for one installed meter.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::{Error, listed};
use crate::profile::{DeviceProfile, Fault, Located, Parameter, ParameterType, accepts};

/// The values of a profile's parameters for one meter: its address, its transformer ratio.
///
/// `{name}` in the protocol's settings and in addresses stands for the value. Values of secret
/// parameters never print.
///
/// ```
/// use gurux_device::Parameters;
/// # let profile = gurux_device::profile::DeviceProfile::default();
///
/// let none = Parameters::new(&profile, [])?;
/// let wrong = Parameters::new(&profile, [("unit".to_owned(), "7".to_owned())]).unwrap_err();
/// assert_eq!(wrong.to_string(), "the profile has no parameter unit; it has none");
/// # Ok::<(), gurux_device::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Parameters {
    /// By name, with whether it is secret.
    values: BTreeMap<String, (String, bool)>,
}

impl Parameters {
    /// The given values, and for all others their defaults.
    ///
    /// # Errors
    /// [`Error::UnknownParameter`], [`Error::ParameterValue`] for a value that is not of the
    /// parameter's type, choices or pattern, and [`Error::MissingParameter`] for a required one
    /// that has neither value nor default.
    pub fn new(
        profile: &DeviceProfile,
        given: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Error> {
        let mut values = BTreeMap::new();
        for (name, value) in given {
            let Some(parameter) = profile.parameters.iter().find(|p| *p.name == name) else {
                let known = listed(profile.parameters.iter().map(|p| p.name.as_str()));
                return Err(Error::UnknownParameter { name, known });
            };
            accepts(parameter, &value)
                .map_err(|expected| Error::ParameterValue { name: name.clone(), expected })?;
            values.insert(name, (value, parameter.secret));
        }
        for parameter in &profile.parameters {
            let name = &parameter.name.value;
            match &parameter.default {
                _ if values.contains_key(name) => {}
                Some(default) => {
                    values.insert(name.clone(), (default.value.clone(), parameter.secret));
                }
                None if parameter.required => return Err(Error::MissingParameter(name.clone())),
                None => {}
            }
        }
        Ok(Self { values })
    }

    /// A value of each parameter that it could have, to check a profile by. Secrets have none.
    #[must_use]
    pub fn sample(profile: &DeviceProfile) -> Self {
        let sample = |parameter: &Parameter| {
            let chosen = parameter.choices.first().map(|choice| &choice.value);
            let value = parameter.default.as_ref().or(chosen).map(|value| value.value.clone());
            let value = value.unwrap_or_else(|| match parameter.kind {
                ParameterType::Bool => "true".to_owned(),
                _ => "1".to_owned(),
            });
            (parameter.name.value.clone(), (value, parameter.secret))
        };
        let open = profile.parameters.iter().filter(|parameter| !parameter.secret);
        Self { values: open.map(sample).collect() }
    }

    /// The value of the parameter called `name`, if it has one.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|(value, _)| value.as_str())
    }

    /// `text` with the values in place of `{name}`.
    ///
    /// # Errors
    /// A fault at the place of `text` for a name that has no value.
    pub fn fill(&self, attribute: &str, text: &Located<String>) -> Result<Located<String>, Fault> {
        let mut filled = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let known = after.split_once('}').and_then(|(name, after)| {
                let value = self.lookup(name)?;
                Some((value, after))
            });
            let Some((value, after)) = known else {
                const EXPECTED: &str = "parameters that have a value between { and }";
                return Err(Fault::value(text.place, attribute, text.as_str(), EXPECTED));
            };
            filled.push_str(value);
            rest = after;
        }
        filled.push_str(rest);
        Ok(Located::new(filled, text.place))
    }
}

/// Secrets print as dots.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(value, secret): &(String, bool)| {
            if *secret { "...".to_owned() } else { value.clone() }
        };
        f.debug_map().entries(self.values.iter().map(|(name, value)| (name, shown(value)))).finish()
    }
}
