//! `gurux-ami simulate`: a meter to test against.

use std::io::Write;
use std::time::{Duration, Instant};

use clap::Args;
use gurux_device::{Device, Simulation};
use gurux_media::Faults;
use serde_json::json;

use super::Common;
use crate::connection::{self, MediaArgs};
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::meter::ProfileArgs;
use crate::output::{Format, Output, Record};
use crate::simulator::Simulator;
use crate::span::span;

/// A meter to test against, made of a profile
///
/// Prints `listening on WHERE` when it is ready, and serves until it is interrupted. Properties
/// begin with their DefaultValue; what counts grows, what is measured wanders, what is written
/// stays. Any number of clients may ask at the same time.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  gurux-ami simulate --profile meter.xml --media \
    tcp-listen:127.0.0.1:1502\n  gurux-ami simulate --profile meter.xml --media \
    pty:/tmp/meter,9600,8E1")]
pub(super) struct Simulate {
    #[command(flatten)]
    profile: ProfileArgs,
    #[command(flatten)]
    media: MediaArgs,
    /// Values do not move by themselves
    #[arg(long)]
    still: bool,
    /// Ends by itself after this time (30s, 5m)
    #[arg(long, value_name = "SPAN", value_parser = span)]
    duration: Option<Duration>,
    /// What values and faults do is decided by this number
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// What goes wrong on the line: loss, duplicate, flip, cut, garbage, split, each with how
    /// often (5% or 0.05), and delay, with how long at most (300ms)
    #[arg(long, value_name = "WHAT=HOW,...", value_parser = faults)]
    fault: Option<Faults>,
}

/// `loss=5%,delay=300ms`
fn faults(text: &str) -> Result<Faults, String> {
    let mut faults = Faults::none();
    for part in text.split(',') {
        let (name, value) = part.split_once('=').ok_or("write WHAT=HOW, as in loss=5%")?;
        let slot = match name {
            "loss" | "drop" => &mut faults.loss,
            "duplicate" => &mut faults.duplicate,
            "flip" => &mut faults.flip,
            "cut" => &mut faults.cut,
            "garbage" => &mut faults.garbage,
            "split" => &mut faults.split,
            "delay" => {
                faults.delay = span(value)?;
                continue;
            }
            _ => {
                return Err(format!(
                    "`{name}` is no fault; it may be loss, duplicate, flip, cut, garbage, split \
                     or delay"
                ));
            }
        };
        *slot = rate(value).ok_or_else(|| format!("`{value}` is no rate; write 5% or 0.05"))?;
    }
    Ok(faults)
}

fn rate(text: &str) -> Option<f64> {
    let (number, whole) = match text.strip_suffix('%') {
        Some(percent) => (percent, 100.0),
        None => (text, 1.0),
    };
    let rate = number.parse::<f64>().ok()? / whole;
    (0.0..=1.0).contains(&rate).then_some(rate)
}

impl Simulate {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        let device = self.profile.device()?;
        let simulator = self.simulator(&device, common)?;
        let interrupt = Interrupt::catch()?;
        let serving = simulator.serve(&self.media.media)?;
        announce(common, &serving.place)?;
        let until = self.duration.and_then(|duration| Instant::now().checked_add(duration));
        loop {
            let now = Instant::now();
            let left = until.map_or(LOOK, |until| until.saturating_duration_since(now).min(LOOK));
            if interrupt.wait(left) || until.is_some_and(|until| until <= Instant::now()) {
                return Ok(Exit::Ok);
            }
            match serving.ended() {
                None => {}
                Some(None) => return Ok(Exit::Ok),
                Some(Some(error)) => {
                    return Err(connection::unreachable(&self.media.media, &error));
                }
            }
        }
    }

    fn simulator(&self, device: &Device, common: &Common) -> Result<Simulator, Failure> {
        let simulation = Simulation::new(device, self.seed).map_err(|error| {
            Failure::invalid(format!("{}: {error}", self.profile.profile.display()))
        })?;
        if self.still {
            still(device, &simulation);
        }
        let mut faults = self.fault.clone().unwrap_or_default();
        faults.seed = self.seed;
        let link = self.media.link(&device.profile().protocol);
        let common = common.clone();
        Ok(Simulator { meters: vec![simulation], link, faults, common })
    }
}

/// How often it is looked at whether the medium is still there.
const LOOK: Duration = Duration::from_millis(200);

/// A value that is set keeps it.
fn still(device: &Device, simulation: &Simulation) {
    for item in 0..device.items().len() {
        let raw = simulation.raw(item);
        // What it holds has a form.
        let _ = simulation.set(item, raw.as_ref());
    }
}

/// Whoever waits for this line can ask as soon as it comes.
pub(super) fn announce(common: &Common, place: &str) -> Result<(), Failure> {
    let line = format!("listening on {place}");
    if common.format == Format::Table {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}")?;
        out.flush()?;
        return Ok(());
    }
    let mut output = Output::stdout(common.format, &["listening"]);
    output.record(Record { json: json!({ "listening": place }), cells: vec![place.to_owned()] })?;
    output.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_by_name() {
        let read = faults("loss=5%,delay=300ms,split=1").unwrap();
        assert_eq!((read.loss, read.split, read.delay), (0.05, 1.0, Duration::from_millis(300)));
        for wrong in ["", "loss", "loss=2", "loss=-1", "thunder=1%", "delay=3", "loss=NaN"] {
            assert!(faults(wrong).is_err(), "{wrong}");
        }
    }
}
