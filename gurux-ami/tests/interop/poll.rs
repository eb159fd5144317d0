//! One poller, and meters of three protocols that others wrote: pymodbus' device, the M-Bus segment and the
//! DLMS meter of `shared/peers`, all at once.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value as Json;

use super::{
    Done, FAULTS, PEER_READINGS, Process, Test, Tools, dlms, finished, mbus, peer, peer_profile,
    proxy, root, scratch, text,
};

/// Adds the trials of this file.
pub(super) fn add_trials(add: &mut impl FnMut(String, &[&str], Test, &[&'static str])) {
    let peers = &["python", "peers"];
    add("a_site_of_three_protocols_is_polled::directly".into(), peers, poll, &[]);
    // What TCP carries of Modbus and DLMS in clear has no sum of its own, so nothing here flips a bit.
    for &(fault, flags) in
        FAULTS.iter().filter(|(fault, _)| ["octet_by_octet", "drop", "late"].contains(fault))
    {
        add(format!("a_site_of_three_protocols_is_polled::{fault}"), peers, poll, flags);
    }
}

/// A meter of the site: its name, its profile, the port, what else its element says, and what it holds.
struct Meter {
    name: &'static str,
    profile: String,
    port: String,
    transport: &'static str,
    inner: String,
    holds: &'static [(&'static str, &'static str)],
}

impl Meter {
    fn element(&self) -> String {
        let Self { name, profile, port, transport, inner, holds } = self;
        let properties: Vec<&str> = holds.iter().map(|(property, _)| *property).collect();
        let properties = properties.join(" ");
        format!(
            "<Device Name='{name}' Profile='{profile}' Transport='{transport}' WaitTime='400ms' ResendCount='4'>\
             <Media>tcp:127.0.0.1:{port}</Media>{inner}<Poll Property='{properties}' Interval='1s'/></Device>\n"
        )
    }
}

fn port(place: &str) -> String {
    place.rsplit_once(':').map_or(place, |(_, port)| port).to_owned()
}

/// All that comes out of the poller is what the peers hold; directly, all of it comes again and again.
fn poll(tools: &Tools, flags: &[&'static str]) -> Done {
    let (modbus, mbus_line) = (peer(tools, "tcp")?, mbus::mbus_peer(tools)?);
    let dlms_meter = dlms::meter(tools, "wrapper", &["--suite", "0"])?;
    let mut proxies: Vec<Process> = Vec::new();
    let mut ports = Vec::new();
    for place in [&modbus.place, &mbus_line.place, &dlms_meter.place] {
        let mut port_of = port(place);
        if !flags.is_empty() {
            let between = proxy(tools, &port_of, flags)?;
            port_of = port(&between.place);
            proxies.push(between);
        }
        ports.push(port_of);
    }
    let key = scratch("ek");
    std::fs::write(&key, "000102030405060708090A0B0C0D0E0F\n")?;
    let authentication_key = scratch("ak");
    std::fs::write(&authentication_key, "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF\n")?;
    let set = |name: &str, value: &str| format!("<Set Parameter='{name}' Value='{value}'/>");
    let sealed = set("client", "1")
        + &set("authentication", "gmac")
        + &set("security", "authentication-encryption")
        + &format!(
            "<Set Parameter='ek' File='{key}'/><Set Parameter='ak' File='{authentication_key}'/>"
        );
    let [modbus_port, mbus_port, dlms_port] =
        <[String; 3]>::try_from(ports).map_err(|_| "three")?;
    let meters = [
        Meter {
            name: "modbus",
            profile: peer_profile(),
            port: modbus_port,
            transport: "tcp",
            inner: String::new(),
            holds: PEER_READINGS,
        },
        Meter {
            name: "mbus",
            profile: mbus::water_profile(),
            port: mbus_port,
            transport: "wired",
            inner: set("address", "1"),
            holds: mbus::WATER,
        },
        Meter {
            name: "dlms",
            profile: root().join("tests/interop/dlms_meter.xml").display().to_string(),
            port: dlms_port,
            transport: "wrapper",
            inner: sealed,
            holds: DLMS,
        },
    ];
    let site = scratch("site.xml");
    let elements: String = meters.iter().map(Meter::element).collect();
    let (state, store) = (scratch("state"), scratch("store.db"));
    std::fs::write(
        &site,
        format!(
            "<Site xmlns='urn:gurux-ami:site:1' Name='three' State='{state}'>\n\
             <Store File='{store}'/>\n{elements}</Site>"
        ),
    )?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_gurux-ami"));
    let seconds = if flags.is_empty() { "4s" } else { "14s" };
    let output = finished(command.args(["poll", &site, "--duration", seconds]))?;
    let said = text(&output.stderr);
    if !output.status.success() || said.contains("panicked") {
        return Err(format!("{}: {said}", output.status).into());
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_gurux-ami"));
    // Not through a pipe that nobody reads meanwhile.
    let exported = command.args(["export", &store, "--format", "ndjson"]).output()?;
    let out = text(&exported.stdout);
    for file in [&key, &authentication_key, &site, &store] {
        std::fs::remove_file(file)?;
    }
    let _ = std::fs::remove_dir_all(&state);
    compare(&meters, &out, flags.is_empty()).map_err(|why| format!("{why}\n{said}").into())
}

/// Each value is the one that its meter holds, each meter was read, and, where nothing is lost on the way,
/// all that it holds came several times.
fn compare(meters: &[Meter], out: &str, is_whole: bool) -> Result<(), String> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for line in out.lines() {
        let reading: Json =
            serde_json::from_str(line).map_err(|error| format!("{error}: {line}"))?;
        let text_of = |of: &str| reading.get(of).and_then(Json::as_str);
        let name = |of: &str| text_of(of).unwrap_or_default().to_owned();
        let (device, property) = (name("device"), name("property"));
        let held = meters.iter().find(|meter| meter.name == device).and_then(|meter| {
            meter.holds.iter().find(|(of, _)| *of == property).map(|held| (meter.name, held))
        });
        let Some((device, (property, value))) = held else {
            return Err(format!("{device}/{property} was not asked for"));
        };
        if text_of("value") != Some(value) {
            return Err(format!("{device}/{property} is {reading}, not {value}"));
        }
        *counts.entry((device, property)).or_default() += 1;
    }
    for meter in meters {
        for (property, _) in meter.holds {
            let count = counts.get(&(meter.name, *property)).copied().unwrap_or_default();
            // What the M-Bus meter states a time for is there once: the same value for the same time.
            let least = if meter.name == "mbus" { 1 } else { 2 };
            if is_whole && count < least {
                return Err(format!("{}/{property} came {count} times", meter.name));
            }
        }
        if !counts.keys().any(|(device, _)| *device == meter.name) {
            return Err(format!("nothing of {} came", meter.name));
        }
    }
    Ok(())
}

/// What the DLMS meter holds and never changes.
const DLMS: &[(&str, &str)] = &[
    ("import", "1249750"),
    ("export", "4.321"),
    ("power", "-1463"),
    ("voltage", "230.5"),
    ("name", "SIM0000000000001"),
    ("relay", "true"),
];
