//! `gurux-ami scan --protocol mbus`: meters of a line, and meters in the air.

use std::path::Path;
use std::time::Duration;

use gurux_device::Drivers;
use gurux_mbus::session::{FoundMeter, LinkConfig, SearchConfig, SearchState, Target};
use gurux_mbus::wire::{AField, Identification, MeterAddress, Selection};
use serde_json::{Value as Json, json};

use super::Scan;
use crate::cli::Common;
use crate::connection;
use crate::decode::medium;
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::output::{Output, Record};
use crate::profiles;
use crate::progress::Progress;
use crate::scan::mbus::{Told, WiredScan, WirelessScan};

const COLUMNS: &[&str] = &["address", "id", "manufacturer", "version", "medium", "profile"];
const HEARD_COLUMNS: &[&str] = &["id", "manufacturer", "version", "medium", "encrypted"];

/// Listens so long, if nothing else is said.
const LISTEN: Duration = Duration::from_secs(60);

impl Scan {
    /// Meters of a line.
    pub(super) fn wired(&self, common: &Common) -> Result<Exit, Failure> {
        let drivers = Drivers::standard();
        let profiles = self.profile.iter().map(|file| profiles::load(&drivers, file));
        let profiles = profiles.collect::<Result<Vec<_>, _>>()?;
        let config = self.search()?;
        let state = match &self.state {
            Some(file) => load(file)?,
            None => SearchState::default(),
        };
        let known = state.found.len();

        let media = connection::open(&self.media.media, common)?;
        // From here on an interrupt leaves what was found so far.
        let interrupt = Interrupt::catch()?;
        let place = media.name().to_owned();
        let mut link = self.media.link("mbus");
        link.wait_time = self.timeout;
        link.resend_count = self.resend;
        let mut output = Output::stdout(common.format, COLUMNS);
        for meter in &state.found {
            output.record(record(meter, None))?;
        }
        let mut scan = WiredScan::new(media, config, state);
        let mut ending = None;
        {
            let progress = Progress::new(1000, "asking");
            while ending.is_none() {
                let told = scan.go_on().and_then(|told| match told {
                    Told::Found(meter) => {
                        let profile = scan.profile(&meter, &profiles, &link)?;
                        Ok((told, profile))
                    }
                    told => Ok((told, None)),
                });
                match told {
                    Ok((Told::Found(meter), profile)) => {
                        progress.suspend(|| output.record(record(&meter, profile)))?;
                    }
                    Ok((Told::Notice(notice), _)) => {
                        progress.suspend(|| eprintln!("gurux-ami: {place}: {notice}"));
                    }
                    Ok((Told::Progress(permille), _)) => progress.set(permille.into()),
                    Ok((Told::Complete, _)) => ending = Some(Ok(())),
                    Ok((Told::Uncertain, _)) => {
                        ending = Some(Err("the line loses answers, and a meter may be missing"));
                    }
                    Ok((Told::OutOfTime, _)) => ending = Some(Err("the time is up")),
                    Ok((Told::Closed, _)) => ending = Some(Err("the connection was closed")),
                    Ok((Told::Nothing | Told::Heard { .. }, _)) => {}
                    Err(error) => {
                        output.finish()?;
                        self.save(scan.state())?;
                        return Err(connection::unreachable(&self.media.media, &error));
                    }
                }
                if interrupt.wait(Duration::ZERO) {
                    ending = Some(Err("interrupted"));
                }
            }
        }
        output.finish()?;
        self.save(scan.state())?;
        let found = scan.state().found.len();
        match ending {
            Some(Err(why)) if found > known => Err(Failure::new(Exit::Partial, why)),
            Some(Err(why)) => Err(Failure::new(Exit::Unreachable, why)),
            _ if found == 0 => {
                Err(Failure::new(Exit::Unreachable, format!("{place}: nobody answers")))
            }
            _ => Ok(Exit::Ok),
        }
    }

    /// Where to look, and how.
    fn search(&self) -> Result<SearchConfig, Failure> {
        let mut config = match &self.secondary {
            None => SearchConfig::primary(),
            Some(mask) => {
                SearchConfig { secondary: Some(selection(mask)?), ..SearchConfig::secondary() }
            }
        };
        if let (Some(range), None) = (&self.range, &self.secondary) {
            let (first, last) = (range.0.iter().min(), range.0.iter().max());
            let (Some(first), Some(last)) = (first.copied(), last.copied()) else {
                return Err(Failure::usage("there is no address in the range"));
            };
            if usize::from(last - first) + 1 != range.0.len() || last > AField::MAX_METER.0 {
                return Err(Failure::usage("write one range, 0-250 or a part of it"));
            }
            config.primary = Some((AField(first), AField(last)));
        }
        let resends = config.link.resends;
        config.link = match self.media.link("mbus").line {
            Some(line) => LinkConfig { line, ..LinkConfig::default() },
            None => LinkConfig::gateway(),
        };
        config.link.resends = self.resend.unwrap_or(resends);
        if let Some(timeout) = self.timeout {
            config.link.extra_timeout = Duration::ZERO;
            config.link.extra_timeout = timeout.saturating_sub(config.link.response_timeout());
        }
        config.time_budget = self.budget;
        Ok(config)
    }

    /// Keeps how far the search has come, or forgets it when it is over.
    fn save(&self, state: &SearchState) -> Result<(), Failure> {
        let Some(file) = &self.state else { return Ok(()) };
        let failed = |error: &dyn std::fmt::Display| {
            Failure::usage(format!("{} cannot be written: {error}", file.display()))
        };
        if state.is_over() {
            return match std::fs::remove_file(file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(&error)),
                _ => Ok(()),
            };
        }
        let text = serde_json::to_string(state).map_err(|error| failed(&error))?;
        std::fs::write(file, text).map_err(|error| failed(&error))
    }

    /// Meters in the air.
    pub(super) fn wireless(&self, common: &Common) -> Result<Exit, Failure> {
        let media = connection::open(&self.media.media, common)?;
        let interrupt = Interrupt::catch()?;
        let place = media.name().to_owned();
        let mut scan = WirelessScan::new(media, self.budget.unwrap_or(LISTEN));
        let mut output = Output::stdout(common.format, HEARD_COLUMNS);
        let mut found = 0_usize;
        loop {
            match scan.go_on() {
                Ok(Told::Heard { meter, mode }) => {
                    found += 1;
                    output.record(heard(&meter, mode))?;
                }
                Ok(Told::Notice(notice)) if common.verbose > 0 => eprintln!("{place}: {notice}"),
                Ok(Told::Complete | Told::Closed) => break,
                Ok(_) => {}
                Err(error) => {
                    output.finish()?;
                    return Err(connection::unreachable(&self.media.media, &error));
                }
            }
            if interrupt.wait(Duration::ZERO) {
                break;
            }
        }
        output.finish()?;
        if found > 0 {
            return Ok(Exit::Ok);
        }
        Err(Failure::new(Exit::Unreachable, format!("{place}: no telegram was heard")))
    }
}

/// The selection that a mask means: an identification number, or more.
fn selection(mask: &str) -> Result<Selection, Failure> {
    if let Ok(identification) = mask.parse::<Identification>() {
        let address = MeterAddress { identification, ..Selection::ANY.address };
        return Ok(Selection { address, ..Selection::ANY });
    }
    mask.parse().map_err(|error| Failure::usage(format!("--secondary {mask}: {error}")))
}

fn load(file: &Path) -> Result<SearchState, Failure> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(SearchState::default());
        }
        Err(error) => {
            return Err(Failure::invalid(format!("{} cannot be read: {error}", file.display())));
        }
    };
    serde_json::from_str(&text)
        .map_err(|error| Failure::invalid(format!("{} is no state: {error}", file.display())))
}

fn meter(address: &MeterAddress) -> Json {
    json!({
        "id": address.identification.to_string(),
        "manufacturer": address.manufacturer.to_string(),
        "version": address.version,
        "medium": medium(address),
    })
}

fn record(found: &FoundMeter, profile: Option<String>) -> Record {
    let address = match found.target {
        Target::Primary(address) => Some(address.0),
        Target::Secondary(_) => found.link_address.map(|address| address.0),
    };
    let selection = match found.target {
        Target::Secondary(selection) => Some(selection.to_string()),
        Target::Primary(_) => None,
    };
    let known = found.address.as_ref();
    let cell = |text: Option<String>| text.unwrap_or_default();
    Record {
        json: json!({
            "protocol": "mbus",
            "address": address,
            "selection": selection,
            "meter": known.map(meter),
            "profile": profile,
        }),
        cells: vec![
            cell(address.map(|address| address.to_string())),
            cell(known.map(|known| known.identification.to_string()).or(selection)),
            cell(known.map(|known| known.manufacturer.to_string())),
            cell(known.map(|known| known.version.to_string())),
            cell(known.map(medium)),
            cell(profile),
        ],
    }
}

fn heard(address: &MeterAddress, mode: Option<u8>) -> Record {
    let encrypted = match mode {
        None => "no".to_owned(),
        Some(0) => "link layer".to_owned(),
        Some(mode) => format!("mode {mode}"),
    };
    Record {
        json: json!({
            "protocol": "mbus",
            "meter": meter(address),
            "encrypted": mode.is_some(),
            "mode": mode,
        }),
        cells: vec![
            address.identification.to_string(),
            address.manufacturer.to_string(),
            address.version.to_string(),
            medium(address),
            encrypted,
        ],
    }
}
