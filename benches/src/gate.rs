//! Holds the exact counts of our workloads against `benches/gates.tsv`.
//!
//! Instructions are those of callgrind. A run of twice as many iterations costs the same start and
//! end, so the difference of two runs is the work alone; it repeats to the digit.

use std::process::{Command, ExitCode};

use gurux_benches::{Counting, Workload, workloads};

#[global_allocator]
static ALLOCATOR: Counting = Counting::new();

const GATES: &str = include_str!("../gates.tsv");
const USAGE: &str = "Usage: gate allocations | gate instructions | gate run WORKLOAD ITERATIONS";

/// Enough that a count by iteration is exact where one iteration in many differs.
const ITERATIONS: u64 = 1000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["allocations"] => judge("allocations", 2, allocations),
        ["instructions"] => judge("instructions", 1, instructions),
        ["run", name, iterations] => {
            run(name, iterations);
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::FAILURE
        }
    }
}

/// Prints each workload's count beside its limit; a workload without a limit is over it.
fn judge(what: &str, column: usize, count: impl Fn(&mut Workload) -> f64) -> ExitCode {
    let mut verdict = ExitCode::SUCCESS;
    println!("{:<28} {:>14} {:>10}", "workload", what, "at most");
    for mut workload in workloads() {
        let counted = count(&mut workload);
        let limit = limit(workload.name, column);
        let over = !limit.is_some_and(|limit| counted <= limit);
        let limit = limit.map_or("none set".into(), |limit| limit.to_string());
        let remark = if over { "  OVER" } else { "" };
        println!("{:<28} {counted:>14} {limit:>10}{remark}", workload.name);
        if over {
            verdict = ExitCode::FAILURE;
        }
    }
    verdict
}

fn limit(workload: &str, column: usize) -> Option<f64> {
    let row = GATES.lines().find(|line| line.split('\t').next() == Some(workload))?;
    row.split('\t').nth(column)?.trim().parse().ok()
}

fn allocations(workload: &mut Workload) -> f64 {
    let Some(ours) = workload.contenders.first_mut() else { return f64::NAN };
    // What is set up once, and kept, is not the work's.
    ours.run(1);
    let before = ALLOCATOR.calls();
    ours.run(ITERATIONS);
    (ALLOCATOR.calls() - before) as f64 / ITERATIONS as f64
}

fn instructions(workload: &mut Workload) -> f64 {
    let count = |iterations| callgrind(workload.name, iterations).unwrap_or(f64::NAN);
    (count(2 * ITERATIONS) - count(ITERATIONS)) / ITERATIONS as f64
}

/// This program under callgrind: all instructions of one run.
fn callgrind(workload: &str, iterations: u64) -> Option<f64> {
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().ok()?)
        .args(["run", workload, &iterations.to_string()])
        .output()
        .ok()?;
    let told = String::from_utf8_lossy(&run.stderr);
    told.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}

fn run(name: &str, iterations: &str) {
    let iterations = iterations.parse().unwrap_or(0);
    for mut workload in workloads().into_iter().filter(|workload| workload.name == name) {
        for ours in workload.contenders.iter_mut().take(1) {
            ours.run(iterations);
        }
    }
}
