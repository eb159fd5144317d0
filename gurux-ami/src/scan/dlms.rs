//! Which logical devices of a DLMS meter answer, and what each says of itself.

use gurux_device::profile::DeviceProfile;
use gurux_device::{
    Device, DeviceEvent, DeviceSession, Drivers, Failure, LinkSettings, Parameters, ReadFailure,
    Reading,
};
use gurux_dlms::session::{ListedObject, ObjectList};
use gurux_dlms::wire::DataRef;
use gurux_framing::Wire;
use gurux_media::drive::{Driven, Driver};
use gurux_media::{Instant, Media, MediaError};
use gurux_value::Obis;

use crate::connection::AnyMedia;

/// What any meter may be asked for, as the public client.
const PUBLIC: &str = r#"<DeviceProfile xmlns="urn:gurux-ami:profile:1"
    Guid="6a0a2a4e-9b5f-4c39-9d6c-0c6c5d1b8a77" Name="any" Protocol="dlms" Version="1.0.0">
  <Parameter Name="device" Type="Int" Default="1"/>
  <Parameter Name="physical" Type="Int"/>
  <Parameter Name="names" Type="String" Default="LN"/>
  <Dlms Client="16" LogicalDevice="{device}" PhysicalDevice="{physical}" Referencing="{names}"/>
  <Category Name="any">
    <Property Name="name" Address="1:0-0:42.0.0*255:2" Type="Text"/>
    <Property Name="devices" Address="17:0-0:41.0.0*255:2"/>
    <Property Name="objects" Address="15:0-0:40.0.0*255:2"/>
    <Property Name="short" Address="12:0-0:40.0.0*255:2"/>
  </Category>
</DeviceProfile>"#;

/// Where a logical device is: its number, and in HDLC the physical device that has it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Place {
    pub(crate) device: u16,
    pub(crate) physical: Option<u16>,
}

/// A logical device that answered.
pub(crate) struct Found {
    pub(crate) place: Place,
    /// It answered so.
    pub(crate) answer: String,
    /// Its logical device name.
    pub(crate) name: Option<String>,
    /// The logical devices that it knows of, with their names.
    pub(crate) devices: Vec<(u16, String)>,
    /// What the public client may see.
    pub(crate) objects: Vec<Object>,
    /// The profile that it fits.
    pub(crate) profile: Option<String>,
}

/// An object of an association.
pub(crate) struct Object {
    pub(crate) class_id: u16,
    pub(crate) version: u8,
    pub(crate) name: Obis,
}

/// A medium behind which meters are looked for.
pub(crate) struct Scan {
    media: AnyMedia,
    link: LinkSettings,
    is_closed: bool,
}

/// A conversation with one place.
struct Visit {
    session: DeviceSession,
    driver: Driver,
}

/// What came of looking at one property.
type Looked = Result<Reading, ReadFailure>;

impl Scan {
    /// Over an open medium.
    pub(crate) fn new(media: AnyMedia, link: LinkSettings) -> Self {
        Self { media, link, is_closed: false }
    }

    /// Looks at one place; `None` where nobody answers.
    pub(crate) fn look(
        &mut self,
        place: Place,
        profiles: &[DeviceProfile],
    ) -> Result<Option<Found>, MediaError> {
        let mut found = None;
        for names in ["LN", "SN"] {
            let Some(session) = self.session(place, names) else { return Ok(None) };
            let mut visit = Visit { session, driver: Driver::new() };
            let (answer, is_over) = match self.read(&mut visit, "name")? {
                Err(ReadFailure::Failed(Failure::Silent | Failure::Closed)) => break,
                // A refusal may be of this object alone; who is associated says more.
                looked => {
                    let is_refused = matches!(&looked, Err(ReadFailure::Refused(r)) if r.name.contains("association"));
                    let answer = match &looked {
                        Err(why) if is_refused => why.to_string(),
                        _ if names == "SN" => "short names".to_owned(),
                        _ => "logical names".to_owned(),
                    };
                    let mut told = Found {
                        place,
                        answer: answer.clone(),
                        name: looked.ok().and_then(|reading| text(&reading)),
                        devices: Vec::new(),
                        objects: Vec::new(),
                        profile: None,
                    };
                    if !is_refused {
                        let list = if names == "LN" { "objects" } else { "short" };
                        let devices = self.read(&mut visit, "devices")?;
                        told.devices = devices.map_or_else(|_| Vec::new(), |r| devices_in(&r));
                        let objects = self.read(&mut visit, list)?;
                        told.objects = objects.map_or_else(|_| Vec::new(), |r| objects_in(&r));
                        self.release(&mut visit)?;
                    }
                    (told, !is_refused)
                }
            };
            // What it says to logical names is told, if short ones do no better.
            if is_over || found.is_none() {
                found = Some(answer);
            }
            if is_over {
                break;
            }
        }
        if let Some(found) = &mut found {
            found.profile = self.profile(place, profiles)?;
        }
        Ok(found)
    }

    fn session(&self, place: Place, names: &str) -> Option<DeviceSession> {
        let drivers = Drivers::standard();
        let profile = drivers.read(PUBLIC).ok()?;
        let mut set = vec![
            ("device".to_owned(), place.device.to_string()),
            ("names".to_owned(), names.to_owned()),
        ];
        set.extend(place.physical.map(|physical| ("physical".to_owned(), physical.to_string())));
        let parameters = Parameters::new(&profile, set).ok()?;
        Device::new("", profile, parameters, &drivers).ok()?.session(&self.link).ok()
    }

    /// Drives a session until it has done what was ordered.
    fn drive(
        &mut self,
        visit: &mut Visit,
        mut tell: impl FnMut(DeviceEvent),
    ) -> Result<(), MediaError> {
        if std::mem::take(&mut self.is_closed) {
            // Some meters hang up when an association ends.
            self.media.open()?;
        }
        let Visit { session, driver } = visit;
        loop {
            match driver.drive(session, &mut *self.media, Instant::FAR_FUTURE)? {
                Driven::Event(DeviceEvent::Done { .. }) => return Ok(()),
                Driven::Event(event) => tell(event),
                Driven::Deadline => {}
                Driven::Closed => {
                    self.is_closed = true;
                    return Ok(());
                }
            }
        }
    }

    fn read(&mut self, visit: &mut Visit, name: &str) -> Result<Looked, MediaError> {
        let mut looked = Err(ReadFailure::Failed(Failure::Closed));
        let Ok(item) = visit.session.device().lookup(name) else { return Ok(looked) };
        if visit.session.read(&[item]).is_err() {
            return Ok(looked);
        }
        self.drive(visit, |event| match event {
            DeviceEvent::Reading { reading, .. } => looked = Ok(reading),
            DeviceEvent::Failed { why, .. } => looked = Err(why),
            _ => {}
        })?;
        Ok(looked)
    }

    fn release(&mut self, visit: &mut Visit) -> Result<(), MediaError> {
        visit.session.release();
        self.drive(visit, |_| {})
    }

    /// The first of these that it fits.
    fn profile(
        &mut self,
        place: Place,
        profiles: &[DeviceProfile],
    ) -> Result<Option<String>, MediaError> {
        for profile in profiles.iter().filter(|profile| *profile.protocol == "dlms") {
            let stated = |attribute: &str, value: Option<u16>| {
                let text = profile.settings.lookup(attribute)?;
                let name = text.strip_prefix('{')?.strip_suffix('}')?;
                Some((name.to_owned(), value?.to_string()))
            };
            let set = [
                stated("LogicalDevice", Some(place.device)),
                stated("PhysicalDevice", place.physical),
            ];
            let session = Parameters::new(profile, set.into_iter().flatten())
                .and_then(|parameters| {
                    Device::new("", profile.clone(), parameters, &Drivers::standard())
                })
                .and_then(|device| device.session(&self.link));
            let Ok(mut session) = session else { continue };
            session.identify();
            let mut visit = Visit { session, driver: Driver::new() };
            let mut is_fit = false;
            self.drive(&mut visit, |event| {
                if let DeviceEvent::Identified { detection, .. } = event {
                    is_fit = detection.is_some();
                }
            })?;
            self.release(&mut visit)?;
            if is_fit {
                return Ok(Some(profile.name.clone()));
            }
        }
        Ok(None)
    }
}

fn text(reading: &Reading) -> Option<String> {
    reading.measurement.value.as_ref().map(ToString::to_string)
}

/// The fields of each structure in an array.
fn rows(reading: &Reading) -> Vec<Vec<DataRef<'_>>> {
    let data = DataRef::from_bytes(&reading.octets).ok().and_then(|data| data.elements());
    let rows = data.into_iter().flat_map(|rows| rows.iter());
    rows.filter_map(|row| Some(row.elements()?.iter().collect())).collect()
}

/// A SAP assignment: structures of a number and a name.
fn devices_in(reading: &Reading) -> Vec<(u16, String)> {
    let device = |row: Vec<DataRef<'_>>| match row[..] {
        [sap, DataRef::OctetString(name) | DataRef::VisibleString(name)] => {
            let number = u16::try_from(sap.as_integer()?).ok()?;
            Some((number, String::from_utf8_lossy(name).into_owned()))
        }
        _ => None,
    };
    rows(reading).into_iter().filter_map(device).collect()
}

/// What an object list names.
fn objects_in(reading: &Reading) -> Vec<Object> {
    let list = ObjectList::from_octets(&reading.octets).ok();
    let objects = list.into_iter().flat_map(|list| list.iter());
    let object = |listed: ListedObject<'_>| Object {
        class_id: listed.class_id.code(),
        version: listed.version,
        name: listed.logical_name,
    };
    objects.map(object).collect()
}
