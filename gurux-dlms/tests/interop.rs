//! Another's meter, built on gurux-dlms for Python, read by our client over sockets: logical and short
//! names, HDLC and wrapper, every mechanism and protection that it has, blocks of all kinds. And our meter,
//! read by the clients of gurux-dlms and dlms-cosem in all that they can.
//!
//! `GURUX_INTEROP_PYTHON` is a Python with the packages of `tests/interop/requirements.txt`; the meter is
//! `dlms_meter.py` in `$GURUX_PEERS`, or in `../shared/peers` beside the checkout.
#![expect(clippy::expect_used, reason = "a test stops at what it does not know")]
#![expect(clippy::indexing_slicing, reason = "the number of answers is compared before")]

#[path = "interop/meter.rs"]
mod meter;
#[path = "interop/others.rs"]
mod others;
#[path = "interop/read.rs"]
mod read;

use std::path::PathBuf;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let peers = std::env::var_os("GURUX_PEERS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/peers"),
        PathBuf::from,
    );
    let script = peers.join("dlms_meter.py");
    let python = std::env::var_os("GURUX_INTEROP_PYTHON").map(PathBuf::from);
    let Some(python) = python.filter(|python| python.exists()) else {
        let trial = Trial::test("no clients and meters of others", || Ok(()));
        let trials = vec![trial.with_ignored_flag(true)];
        return libtest_mimic::run(&arguments, trials).exit_code();
    };
    let mut trials = others::trials(&python);
    if !script.exists() {
        trials.push(Trial::test("no meter of others", || Ok(())).with_ignored_flag(true));
        return libtest_mimic::run(&arguments, trials).exit_code();
    }
    for setup in read::setups() {
        let (python, script) = (python.clone(), script.clone());
        trials.push(Trial::test(setup.name(), move || {
            let meter = meter::Process::start(&python, &script, &setup.arguments())?;
            read::all(&setup, meter.port).map_err(Into::into)
        }));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
