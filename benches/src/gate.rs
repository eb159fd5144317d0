//! Holds the exact counts of our workloads against `benches/gates.tsv`.

use std::process::ExitCode;

use gurux_benches::{Contender, Counting, OURS, Workload, instructions};

#[global_allocator]
static ALLOCATOR: Counting = Counting::new();

const GATES: &str = include_str!("../gates.tsv");
const USAGE: &str = "Usage: gate allocations | gate instructions";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["allocations"] => judge("allocations", 2, |_, ours| Some(ALLOCATOR.allocations(ours))),
        ["instructions"] => judge("instructions", 1, |name, ours| instructions(ours.name, name)),
        // How `instructions` runs this program under callgrind.
        ["run", _, workload, iterations] => run(workload, iterations),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::FAILURE
        }
    }
}

/// Prints each workload's count beside its limit. What has no limit, or no count, is over it.
fn judge(
    what: &str,
    column: usize,
    count: impl Fn(&str, &mut Contender) -> Option<f64>,
) -> ExitCode {
    let mut verdict = ExitCode::SUCCESS;
    println!("{:<26} {what:>14} {:>10}", "workload", "at most");
    for mut workload in Workload::all(&OURS) {
        let counted = workload.contenders.first_mut().and_then(|ours| count(workload.name, ours));
        let limit = limit(workload.name, column);
        let over = !counted.zip(limit).is_some_and(|(counted, limit)| counted <= limit);
        let remark = if over { "  OVER" } else { "" };
        println!("{:<26} {:>14} {:>10}{remark}", workload.name, shown(counted), shown(limit));
        if over {
            verdict = ExitCode::FAILURE;
        }
    }
    verdict
}

fn shown(count: Option<f64>) -> String {
    count.map_or("none".into(), |count| count.to_string())
}

fn limit(workload: &str, column: usize) -> Option<f64> {
    let row = GATES.lines().find(|line| line.split('\t').next() == Some(workload))?;
    row.split('\t').nth(column)?.trim().parse().ok()
}

fn run(name: &str, iterations: &str) -> ExitCode {
    let Ok(iterations) = iterations.parse() else { return ExitCode::FAILURE };
    let workloads = Workload::all(&OURS);
    for mut ours in
        workloads.into_iter().filter(|one| one.name == name).flat_map(|one| one.contenders)
    {
        ours.run(iterations);
    }
    ExitCode::SUCCESS
}
