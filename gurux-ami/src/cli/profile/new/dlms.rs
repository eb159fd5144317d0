//! A draft from the association of a DLMS meter: its objects, and what each of them says.

use std::collections::BTreeMap;

use gurux_device::profile::{
    Category, Detect, DeviceProfile, Match, MatchTest, Property, Role, Subject,
};
use gurux_device::{
    Device, DeviceEvent, Drivers, Failure as Why, Parameters, ReadFailure, Reading,
};
use gurux_dlms::session::ObjectList;
use gurux_dlms::table::class::ClassId;
use gurux_dlms::table::obis::lookup_obis;

use super::{Draft, New};
use crate::cli::Common;
use crate::exit::{Exit, Failure};
use crate::meter::{self, Meter};
use crate::progress::Progress;

/// How any meter is reached, all of it to be set.
const ANY: &str = r#"<DeviceProfile xmlns="urn:gurux-ami:profile:1"
    Guid="6a0a2a4e-9b5f-4c39-9d6c-0c6c5d1b8a78" Name="any" Protocol="dlms" Version="1.0.0">
  <Parameter Name="client" Type="Int" Default="16"/>
  <Parameter Name="device" Type="Int" Default="1"/>
  <Parameter Name="physical" Type="Int"/>
  <Parameter Name="names" Type="String" Default="LN"/>
  <Parameter Name="authentication" Type="String" Default="none"/>
  <Parameter Name="password" Type="String" Secret="true"/>
  <Parameter Name="security" Type="String" Default="none"/>
  <Parameter Name="suite" Type="Int" Default="0"/>
  <Parameter Name="ek" Type="String" Secret="true"/>
  <Parameter Name="ak" Type="String" Secret="true"/>
  <Parameter Name="counter" Type="Int"/>
  <Dlms Client="{client}" LogicalDevice="{device}" PhysicalDevice="{physical}" Referencing="{names}"
        Authentication="{authentication}" Password="{password}" Security="{security}" Suite="{suite}"
        EncryptionKey="{ek}" AuthenticationKey="{ak}" InvocationCounter="{counter}"/>
  <Category Name="any">
    <Property Name="name" Address="1:0-0:42.0.0*255:2" Type="Text"/>
    <Property Name="objects" Address="15:0-0:40.0.0*255:2"/>
    <Property Name="short" Address="12:0-0:40.0.0*255:2"/>
  </Category>
</DeviceProfile>"#;

/// The attributes of a class that are values of the meter. What stands in the rest is how it is set up.
#[rustfmt::skip]
const VALUES: [(ClassId, &[i8]); 7] = [
    (ClassId::DATA,              &[2]),
    (ClassId::REGISTER,          &[2]),
    (ClassId::EXTENDED_REGISTER, &[2]),
    (ClassId::DEMAND_REGISTER,   &[2, 3]),
    (ClassId::PROFILE_GENERIC,   &[2]),
    (ClassId::CLOCK,             &[2]),
    (ClassId::DISCONNECT_CONTROL, &[2]),
];

/// Properties of one draft.
const MAX_PROPERTIES: usize = 2_000;

/// What came of reading one property.
type Looked = BTreeMap<String, Result<Reading, ReadFailure>>;

impl New {
    pub(super) fn dlms(&self, common: &Common) -> Result<Draft, Failure> {
        let drivers = Drivers::standard();
        let any = drivers.read(ANY).map_err(|error| Failure::invalid(error.to_string()))?;
        let is_short = self.set_to("names") == Some("SN");
        let list = if is_short { "short" } else { "objects" };
        let mut looked = self.read(common, any.clone(), &["name", list])?;
        let objects = match looked.remove(list) {
            Some(Ok(reading)) => reading.octets,
            Some(Err(why @ ReadFailure::Failed(Why::Silent | Why::Closed))) => {
                return Err(Failure::new(Exit::Unreachable, format!("the meter: {why}")));
            }
            Some(Err(why)) => {
                return Err(Failure::new(
                    Exit::Refused,
                    format!(
                        "the meter does not tell its objects: {why} (another --set client= may see them)"
                    ),
                ));
            }
            None => return Err(Failure::new(Exit::Unreachable, "the meter hung up")),
        };
        let name = looked.remove("name").and_then(Result::ok).and_then(|reading| text(&reading));

        let mut draft = Draft::new("dlms");
        self.about(&mut draft, &any, name.as_deref());
        self.objects(&mut draft, &objects)?;
        let asked: Vec<String> = draft
            .profile
            .properties()
            .filter(|(_, property)| property.access_level == Role::User)
            .map(|(_, property)| property.name.value.clone())
            .collect();
        let mut probe = draft.profile.clone();
        // The places to read are the draft's, the way to the meter is that by which it was found.
        probe.parameters = any.parameters;
        probe.detections.clear();
        let names: Vec<&str> = asked.iter().map(String::as_str).collect();
        let looked = self.read(common, probe, &names)?;
        fill(&mut draft, looked);
        Ok(draft)
    }

    /// Reads these properties of a meter that is reached as was set.
    fn read(
        &self,
        common: &Common,
        profile: DeviceProfile,
        names: &[&str],
    ) -> Result<Looked, Failure> {
        let drivers = Drivers::standard();
        let usage = |error: gurux_device::Error| Failure::usage(error.to_string());
        let parameters = Parameters::new(&profile, self.set.iter().cloned()).map_err(usage)?;
        let device = Device::new("", profile, parameters, &drivers).map_err(usage)?;
        let items = names.iter().map(|name| device.lookup(name)).collect::<Result<Vec<_>, _>>();
        let items = items.map_err(usage)?;
        let mut looked = Looked::new();
        if items.is_empty() {
            return Ok(looked);
        }
        let media = self.media()?;
        let mut session = meter::session(device, media, &self.patience)?;
        session.read(&items).map_err(usage)?;
        let mut meter = Meter::open(session, media, common)?;
        let progress = Progress::new(items.len(), "reading");
        while let Some(event) = meter.next()? {
            match event {
                DeviceEvent::Reading { reading, .. } => {
                    progress.step();
                    looked.insert(reading.property.clone(), Ok(reading));
                }
                DeviceEvent::Failed { reading, why, .. } => {
                    progress.step();
                    looked.insert(reading.property, Err(why));
                }
                DeviceEvent::Done { .. } => break,
                _ => {}
            }
        }
        meter.close();
        Ok(looked)
    }

    /// Who the meter is and how it was reached.
    fn about(&self, draft: &mut Draft, any: &DeviceProfile, name: Option<&str>) {
        let profile = &mut draft.profile;
        profile.parameters.clone_from(&any.parameters);
        for parameter in &mut profile.parameters {
            // How this meter was reached is how its kind is reached, but for its secrets.
            if let (Some(value), false) = (self.set_to(&parameter.name), parameter.secret) {
                parameter.default = Some(value.into());
            }
        }
        profile.settings = any.settings.clone();
        profile.name =
            name.map_or_else(|| "DLMS meter".to_owned(), |name| format!("DLMS meter {name}"));
        profile.source = Some("The objects of one meter's association".to_owned());
        let maker: Option<String> = name
            .map(|name| name.chars().take(3).collect::<String>())
            .filter(|maker| maker.len() == 3);
        if let Some(maker) = maker {
            profile.manufacturer = Some(maker.clone());
            let subject = Subject::Object("logical-device-name".into());
            let test = Some(MatchTest::Pattern(format!("{maker}*")));
            profile.detections = vec![Detect { matches: vec![Match { subject, test }] }];
            draft.head.push(format!(
                "Detect fits every meter of {maker}: how much of the name {} tells the model?",
                name.unwrap_or_default()
            ));
        }
        draft.head.push(
            "Name, Model and DeviceVersion, AllowedMedia, and which properties are worth having at all.".to_owned(),
        );
    }

    fn objects(&self, draft: &mut Draft, octets: &[u8]) -> Result<(), Failure> {
        let list = ObjectList::from_octets(octets).map_err(|error| {
            Failure::invalid(format!("the meter's list of objects cannot be read: {error}"))
        })?;
        let (mut values, mut profiles) = (Vec::new(), Vec::new());
        let mut others = Vec::new();
        for object in list.iter().take(MAX_PROPERTIES) {
            let row = VALUES.iter().find(|(class, _)| *class == object.class_id);
            let Some((class, attributes)) = row else {
                others.push(format!("{}:{}", object.class_id.code(), object.logical_name));
                continue;
            };
            let known = lookup_obis(object.logical_name).map(|name| name.to_string());
            let fallback = || format!("o {}", object.logical_name);
            for attribute in *attributes {
                let rights = object.attribute(*attribute);
                if rights.is_some_and(|rights| !rights.read && !rights.write) {
                    continue;
                }
                let mut title = known.clone().unwrap_or_else(fallback);
                if *class == ClassId::DEMAND_REGISTER {
                    title.push_str(if *attribute == 2 { " current" } else { " last" });
                }
                let name = draft.name(&title);
                if rights.is_some_and(|rights| rights.write) {
                    draft.note(&name, "This client may also write it: AccessMode=\"ReadWrite\"?");
                }
                let is_profile = *class == ClassId::PROFILE_GENERIC;
                if is_profile {
                    draft.note(
                        &name,
                        "All rows of a load profile come as one value, and were not read.",
                    );
                }
                let property = Property {
                    display_name: known.clone(),
                    obis: Some(object.logical_name).filter(|_| *attribute == 2),
                    address: format!("{}:{}:{attribute}", class.code(), object.logical_name).into(),
                    access_level: if is_profile { Role::Developer } else { Role::User },
                    name,
                    ..Property::default()
                };
                if is_profile { profiles.push(property) } else { values.push(property) }
            }
        }
        for (name, properties) in [("Values", values), ("Profiles", profiles)] {
            if !properties.is_empty() {
                let category = Category { name: name.into(), properties, ..Category::default() };
                draft.profile.categories.push(category);
            }
        }
        if !others.is_empty() {
            draft.head.push(format!("Objects that are no values: {}.", others.join(", ")));
        }
        Ok(())
    }
}

/// What the meter said when it was read once.
fn fill(draft: &mut Draft, looked: Looked) {
    for (name, result) in looked {
        let found =
            draft.profile.categories.iter_mut().flat_map(|category| &mut category.properties);
        let property = found.into_iter().find(|property| *property.name == name);
        match (property, result) {
            (Some(property), Ok(reading)) => {
                property.unit = reading.measurement.unit;
                if let Some(value) = text(&reading) {
                    let unit =
                        reading.measurement.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
                    // What may be a name, a place or a key stays with the meter.
                    let is_number = value.parse::<gurux_value::Decimal>().is_ok();
                    if is_number {
                        draft.note(&name, format!("It said {value}{unit}."));
                    }
                }
            }
            (_, Err(why)) => draft.note(&name, format!("It could not be read: {why}.")),
            (None, Ok(_)) => {}
        }
    }
}

fn text(reading: &Reading) -> Option<String> {
    reading.measurement.value.as_ref().map(ToString::to_string)
}
