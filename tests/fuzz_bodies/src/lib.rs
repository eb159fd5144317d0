//! What the fuzz targets do, as functions that ordinary tests run too.
//!
//! A body takes any octets, does to the suite what a hostile line could do, and panics where a promise
//! is broken. It answers how deep the octets got: an index into its [`rungs`](Body::rungs), so that a
//! fuzzer that never passes the door is seen for what it is.
//!
//! `fuzz/` holds one line a target over these; `tests/bodies.rs` runs each on the vectors, on all that
//! begins like one, and on random octets.
#![forbid(unsafe_code)]
// A body breaks by panicking; that is how the fuzzer and the test learn of it.
#![expect(clippy::indexing_slicing, clippy::expect_used, reason = "a broken promise is a panic")]

mod choices;
pub mod dlms;
pub mod dlms_carrier;
pub mod dlms_link;
pub mod dlms_listener;
pub mod dlms_security;
pub mod dlms_session;
pub mod framing;
pub mod import;
pub mod mbus;
pub mod mbus_content;
pub mod mbus_receiver;
pub mod mbus_session;
pub mod modbus;
pub mod plan;
pub mod profile;
pub mod radio;
pub mod seeds;
pub mod session;
pub mod text;
pub mod transaction;

/// One fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Body {
    /// Its name: the target's, the folder's of its seeds, the row's in `fuzz/README.md`.
    pub name: &'static str,
    /// Does it, and tells the rung reached.
    pub run: fn(&[u8]) -> usize,
    /// How deep octets can get, from the door to the innermost room.
    pub rungs: &'static [&'static str],
    /// Where it starts.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// Every body, in the order of the layers.
#[rustfmt::skip]
pub const BODIES: &[Body] = &[
    Body { name: "value_texts",      run: text::values,              rungs: text::RUNGS,          seeds: text::value_seeds },
    Body { name: "setting_texts",    run: text::settings,            rungs: text::RUNGS,          seeds: text::settings_seeds },
    Body { name: "setting_xml",      run: text::fragments,           rungs: text::RUNGS,          seeds: text::fragment_seeds },
    Body { name: "recordings",       run: text::recordings,          rungs: text::RUNGS,          seeds: text::recording_seeds },
    Body { name: "framing_rtu",      run: framing::rtu,              rungs: framing::RUNGS,       seeds: framing::stream_seeds },
    Body { name: "framing_ascii",    run: framing::ascii,            rungs: framing::RUNGS,       seeds: framing::stream_seeds },
    Body { name: "framing_hdlc",     run: framing::hdlc,             rungs: framing::RUNGS,       seeds: framing::stream_seeds },
    Body { name: "framing_mbap",     run: framing::mbap,             rungs: framing::RUNGS,       seeds: framing::stream_seeds },
    Body { name: "framing_rules",    run: framing::rules,            rungs: framing::RUNGS,       seeds: framing::rule_seeds },
    Body { name: "radio_frames",     run: radio::frames,             rungs: framing::RUNGS,       seeds: radio::seeds },
    Body { name: "radio_receivers",  run: radio::receivers,          rungs: framing::RUNGS,       seeds: radio::seeds },
    Body { name: "radio_chips",      run: radio::chips,              rungs: radio::CHIP_RUNGS,    seeds: radio::chip_seeds },
    Body { name: "transactions",     run: transaction::transactions, rungs: transaction::RUNGS,   seeds: transaction::seeds },
    Body { name: "modbus_requests",  run: modbus::requests,          rungs: modbus::PDU_RUNGS,    seeds: modbus::pdu_seeds },
    Body { name: "modbus_responses", run: modbus::responses,         rungs: modbus::PDU_RUNGS,    seeds: modbus::pdu_seeds },
    Body { name: "modbus_values",    run: modbus::values,            rungs: modbus::VALUE_RUNGS,  seeds: modbus::value_seeds },
    Body { name: "modbus_plans",     run: plan::plans,               rungs: plan::RUNGS,          seeds: plan::seeds },
    Body { name: "modbus_client",    run: session::client,           rungs: session::CLIENT_RUNGS, seeds: session::client_seeds },
    Body { name: "modbus_server",    run: session::server,           rungs: session::SERVER_RUNGS, seeds: session::server_seeds },
    Body { name: "mbus_link",        run: mbus::link,                rungs: mbus::WIRE_RUNGS,     seeds: mbus::seeds },
    Body { name: "mbus_wireless",    run: mbus::wireless,            rungs: mbus::WIRE_RUNGS,     seeds: mbus::seeds },
    Body { name: "mbus_layers",      run: mbus::layers,              rungs: mbus::WIRE_RUNGS,     seeds: mbus::seeds },
    Body { name: "dlms_data",        run: dlms::data,                rungs: dlms::RUNGS,          seeds: dlms::seeds },
    Body { name: "dlms_link_pair",   run: dlms_link::pair,           rungs: dlms_link::PAIR_RUNGS, seeds: dlms_link::seeds },
    Body { name: "dlms_link_meter",  run: dlms_link::meter,          rungs: dlms_link::METER_RUNGS, seeds: dlms_link::meter_seeds },
    Body { name: "dlms_link_client", run: dlms_link::client,         rungs: dlms_link::PAIR_RUNGS, seeds: dlms_link::client_seeds },
    Body { name: "dlms_client",      run: dlms_session::client,      rungs: dlms_session::CLIENT_RUNGS, seeds: dlms_session::seeds },
    Body { name: "dlms_meter",       run: dlms_session::meter,       rungs: dlms_session::METER_RUNGS, seeds: dlms_session::seeds },
    Body { name: "dlms_acse",        run: dlms_security::acse,       rungs: dlms_security::ACSE_RUNGS, seeds: dlms_security::acse_seeds },
    Body { name: "dlms_sealed",      run: dlms_security::sealed,     rungs: dlms_security::SEALED_RUNGS, seeds: dlms_security::sealed_seeds },
    Body { name: "dlms_proofs",      run: dlms_security::proofs,     rungs: dlms_security::PROOF_RUNGS, seeds: dlms_security::proof_seeds },
    Body { name: "dlms_apdus",       run: dlms::apdus,               rungs: dlms::APDU_RUNGS,     seeds: dlms::apdu_seeds },
    Body { name: "dlms_carriers",    run: dlms_carrier::carriers,    rungs: dlms_carrier::RUNGS,  seeds: dlms_carrier::carrier_seeds },
    Body { name: "dlms_push",        run: dlms_carrier::push,        rungs: dlms_carrier::PUSH_RUNGS, seeds: dlms_carrier::push_seeds },
    Body { name: "dlms_listener",    run: dlms_listener::listener,   rungs: dlms_listener::RUNGS,  seeds: dlms_listener::seeds },
    Body { name: "dlms_p1",          run: dlms_carrier::p1,          rungs: dlms_carrier::P1_RUNGS, seeds: dlms_carrier::p1_seeds },
    Body { name: "dlms_xml",         run: dlms::xml,                 rungs: dlms::XML_RUNGS,      seeds: dlms::xml_seeds },
    Body { name: "modbus_listener",  run: session::listener,         rungs: session::LISTENER_RUNGS, seeds: session::listener_seeds },
    Body { name: "mbus_records", run: mbus_content::records, rungs: mbus_content::RECORD_RUNGS, seeds: mbus_content::seeds },
    Body { name: "mbus_telegrams", run: mbus_content::telegrams, rungs: mbus_content::TELEGRAM_RUNGS, seeds: mbus_content::telegram_seeds },
    Body { name: "mbus_compact", run: mbus_content::compact, rungs: mbus_content::COMPACT_RUNGS, seeds: mbus_content::compact_seeds },
    Body { name: "mbus_sealed", run: mbus_content::sealed, rungs: mbus_content::SEALED_RUNGS, seeds: mbus_content::telegram_seeds },
    Body { name: "mbus_fragments", run: mbus_content::fragments, rungs: mbus_content::FRAGMENT_RUNGS, seeds: mbus_content::fragment_seeds },
    Body { name: "mbus_reader", run: mbus_session::reader, rungs: mbus_session::READER_RUNGS, seeds: mbus_session::seeds },
    Body { name: "mbus_search", run: mbus_session::search, rungs: mbus_session::READER_RUNGS, seeds: mbus_session::seeds },
    Body { name: "mbus_meter", run: mbus_session::meter, rungs: mbus_session::METER_RUNGS, seeds: mbus_session::meter_seeds },
    Body { name: "mbus_receiver", run: mbus_receiver::receiver, rungs: mbus_receiver::RUNGS, seeds: mbus_receiver::seeds },
    Body { name: "profile_imports",  run: import::imports,            rungs: import::RUNGS,        seeds: import::import_seeds },
    Body { name: "profiles",         run: profile::profiles,         rungs: profile::RUNGS,       seeds: profile::profile_seeds },
];

/// The body of that name.
pub fn body(name: &str) -> Option<&'static Body> {
    BODIES.iter().find(|body| body.name == name)
}
