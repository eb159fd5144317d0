//! Reports: what a store holds, as people ask for it. All that is a day or an hour here is one of the
//! site's time zone, and its days have 23, 24 or 25 hours.

pub(crate) mod consumption;
pub(crate) mod effort;
pub(crate) mod page;
mod plot;
pub(crate) mod when;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::exit::{Exit, Failure};
use crate::site::Site;
use crate::store::{Row, Series, Span, Sqlite, Store, StoreError};

/// How every file of SQLite begins.
const SQLITE: &[u8] = b"SQLite format 3\0";

/// Where a report comes from: a store, and the site that it belongs to, where that is known.
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) store: Box<dyn Store<Fault = StoreError>>,
    pub(crate) zone: TimeZone,
    pub(crate) site: Option<Site>,
}

impl Source {
    /// The store of a site file, or a store itself. Without a site the zone is UTC, if none is given.
    pub(crate) fn open(file: &Path, zone: Option<&TimeZone>) -> Result<Self, Failure> {
        if is_store(file) {
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            return Ok(Self {
                name,
                store: Box::new(read(file)?),
                zone: zone.cloned().unwrap_or(TimeZone::UTC),
                site: None,
            });
        }
        let site = Site::load(file)?;
        let Some(store) = &site.store else {
            let sentence = format!(
                "{}: the site has no store; `<Store File=\"readings.db\"/>` in it makes one",
                file.display()
            );
            return Err(Failure::usage(sentence));
        };
        Ok(Self {
            name: site.name.clone(),
            store: Box::new(read(store)?),
            zone: zone.cloned().unwrap_or_else(|| site.zone.clone()),
            site: Some(site),
        })
    }

    /// The series of these devices and properties; all of them where none is named.
    pub(crate) fn series(&mut self, filter: &Filter) -> Result<Vec<Series>, Failure> {
        let all = self.store.series()?;
        filter.check(&all)?;
        Ok(all.into_iter().filter(|series| filter.takes(series)).collect())
    }

    /// The readings of a series.
    pub(crate) fn rows(&mut self, series: &Series, span: Span) -> Result<Vec<Row>, Failure> {
        let mut rows = Vec::new();
        self.store.readings(series.id, span, &mut |row| rows.push(row))?;
        Ok(rows)
    }

    /// A time as people of the site read it.
    pub(crate) fn local(&self, time: Timestamp) -> String {
        time.to_zoned_datetime(self.zone.clone()).strftime("%F %T %Z").to_string()
    }
}

fn read(file: &Path) -> Result<Sqlite, Failure> {
    Ok(Sqlite::open_to_read(file)?)
}

fn is_store(file: &Path) -> bool {
    let mut begin = [0; SQLITE.len()];
    let is_read = File::open(file).and_then(|mut file| file.read_exact(&mut begin));
    is_read.is_ok() && begin == SQLITE
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(Exit::Invalid, error.to_string())
    }
}

/// Which series.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) devices: Vec<String>,
    pub(crate) properties: Vec<String>,
}

impl Filter {
    pub(crate) fn takes(&self, series: &Series) -> bool {
        self.takes_device(&series.device)
            && (self.properties.is_empty() || self.properties.contains(&series.property))
    }

    pub(crate) fn takes_device(&self, device: &str) -> bool {
        self.devices.is_empty() || self.devices.iter().any(|wanted| wanted == device)
    }

    /// A name that is nowhere is a slip.
    fn check(&self, all: &[Series]) -> Result<(), Failure> {
        let unknown = |what: &str, name: &str, known: Vec<&str>| {
            let near = known
                .iter()
                .map(|known| (strsim::jaro_winkler(name, known), *known))
                .filter(|(near, _)| *near > 0.8)
                .max_by(|(a, _), (b, _)| a.total_cmp(b))
                .map(|(_, known)| format!("; did you mean {known}?"))
                .unwrap_or_default();
            Failure::usage(format!("the store has no {what} {name}{near}"))
        };
        for device in &self.devices {
            if !all.iter().any(|series| *series.device == **device) {
                let known = all.iter().map(|series| &*series.device).collect();
                return Err(unknown("device", device, known));
            }
        }
        for property in &self.properties {
            if !all.iter().any(|series| series.property == *property) {
                let known = all.iter().map(|series| series.property.as_str()).collect();
                return Err(unknown("property", property, known));
            }
        }
        Ok(())
    }
}
