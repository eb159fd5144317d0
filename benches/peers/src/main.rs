//! The tables of `benches/README.md`: everybody's time as a ratio to ours, and exact counts.
//!
//! `gurux-benches-peers` prints them; with `--write FILE` they also go into that file, between its
//! two marks.
//!
//! A round runs everybody once, one after the other, for about the same time; the ratio is taken
//! within the round, and the table shows the median over the rounds. So a machine that is busy for a
//! while troubles all alike.

use std::fmt::Write;
use std::process::ExitCode;
use std::time::Instant;

use gurux_benches::{Contender, Counting, Workload, instructions};
use gurux_benches_peers::workloads;

#[global_allocator]
static ALLOCATOR: Counting = Counting::new();

const ROUNDS: usize = 101;
/// Time of one contender in one round, in nanoseconds.
const TURN: f64 = 300_000.0;
const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => println!("{}", tables()),
        ["--write", file] => {
            let tables = tables();
            println!("{tables}");
            if let Err(reason) = write_between_marks(file, &tables) {
                eprintln!("{file}: {reason}");
                return ExitCode::FAILURE;
            }
        }
        // How `instructions` runs this program under callgrind.
        ["run", contender, workload, iterations] => {
            let Ok(iterations) = iterations.parse() else { return ExitCode::FAILURE };
            for workload in workloads().into_iter().filter(|one| one.name == *workload) {
                for mut one in workload.contenders.into_iter().filter(|one| one.name == *contender)
                {
                    one.run(iterations);
                }
            }
        }
        _ => {
            eprintln!("Usage: gurux-benches-peers [--write FILE]");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn tables() -> String {
    let mut text = String::new();
    let mut workloads = workloads();
    let names = names(&workloads);
    let _ = writeln!(text, "Time, as a multiple of ours (ours also in nanoseconds):\n");
    head(&mut text, &names);
    for workload in &mut workloads {
        let times = times(workload);
        let ours = times.first().map_or(1.0, |(_, time, _)| *time);
        row(&mut text, workload.name, &names, |name| {
            let (_, _, ratio) = times.iter().find(|(one, _, _)| *one == name)?;
            Some(if name == names[0] { format!("{ours:.1} ns") } else { format!("{ratio:.2}") })
        });
    }
    let _ = writeln!(text, "\nInstructions (callgrind) and allocations of one iteration:\n");
    head(&mut text, &names);
    for workload in &mut workloads {
        let counts: Vec<_> = workload
            .contenders
            .iter_mut()
            .map(|one| {
                (one.name, instructions(one.name, workload.name), ALLOCATOR.allocations(one))
            })
            .collect();
        row(&mut text, workload.name, &names, |name| {
            let (_, instructions, allocations) = counts.iter().find(|(one, _, _)| *one == name)?;
            let instructions = instructions.map_or("?".into(), |count| format!("{count:.0}"));
            Some(format!("{instructions}, {allocations:.0}"))
        });
    }
    text
}

/// Everybody who does anything, each once, in the order of the entries.
fn names(workloads: &[Workload]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for one in workloads.iter().flat_map(|workload| &workload.contenders) {
        if !names.contains(&one.name) {
            names.push(one.name);
        }
    }
    names
}

fn head(text: &mut String, names: &[&str]) {
    let _ = writeln!(text, "| workload | {} |", names.join(" | "));
    let _ = writeln!(text, "|---|{}", "---:|".repeat(names.len()));
}

fn row(text: &mut String, name: &str, names: &[&str], cell: impl Fn(&str) -> Option<String>) {
    let cells: Vec<_> = names.iter().map(|name| cell(name).unwrap_or_default()).collect();
    let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
}

/// Median time of one iteration, and median ratio to the first, for each contender.
fn times(workload: &mut Workload) -> Vec<(&'static str, f64, f64)> {
    let contenders = &mut workload.contenders;
    let iterations: Vec<u64> = contenders.iter_mut().map(iterations_of_a_turn).collect();
    let mut rounds = vec![Vec::with_capacity(ROUNDS); contenders.len()];
    for _ in 0..ROUNDS {
        for ((one, iterations), times) in contenders.iter_mut().zip(&iterations).zip(&mut rounds) {
            times.push(time(one, *iterations));
        }
    }
    let ours = rounds.first().cloned().unwrap_or_default();
    let ratios = |times: &[f64]| median(times.iter().zip(&ours).map(|(one, ours)| one / ours));
    contenders
        .iter()
        .zip(&rounds)
        .map(|(one, times)| (one.name, median(times.iter().copied()), ratios(times)))
        .collect()
}

fn iterations_of_a_turn(contender: &mut Contender) -> u64 {
    let mut iterations = 1;
    loop {
        let taken = time(contender, iterations) * iterations as f64;
        if taken > TURN {
            return iterations;
        }
        iterations *= 2;
    }
}

/// Nanoseconds of one iteration.
fn time(contender: &mut Contender, iterations: u64) -> f64 {
    let started = Instant::now();
    contender.run(iterations);
    started.elapsed().as_nanos() as f64 / iterations as f64
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn write_between_marks(file: &str, tables: &str) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|reason| reason.to_string())?;
    let (before, rest) = text.split_once(BEGIN).ok_or("no beginning mark")?;
    let (_, after) = rest.split_once(END).ok_or("no end mark")?;
    let text = format!("{before}{BEGIN}\n{tables}{END}{after}");
    std::fs::write(file, text).map_err(|reason| reason.to_string())
}
