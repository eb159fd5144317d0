//! Counting instructions with callgrind.

use std::process::Command;

/// Enough for what is set up once to be set up, and for buffers to have grown.
const ITERATIONS: u64 = 20;

/// Instructions of one iteration of a workload, or nothing where callgrind does not run.
///
/// This program is run again under callgrind, as `PROGRAM run CONTENDER WORKLOAD ITERATIONS`. A run
/// of twice as many iterations has the same beginning and end, so the difference of two runs is the
/// work alone; it repeats to the digit.
pub fn instructions(contender: &str, workload: &str) -> Option<f64> {
    let once = collected(contender, workload, ITERATIONS)?;
    let twice = collected(contender, workload, 2 * ITERATIONS)?;
    Some((twice - once) / ITERATIONS as f64)
}

fn collected(contender: &str, workload: &str, iterations: u64) -> Option<f64> {
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().ok()?)
        .args(["run", contender, workload, &iterations.to_string()])
        .output()
        .ok()?;
    let told = String::from_utf8_lossy(&run.stderr);
    told.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}
