//! One piece of work, and who does it.

use std::hint::black_box;

use crate::{frames, names};

/// Octets that a contender may write.
pub const OUT_LEN: usize = frames::ROOM;

/// One way of doing a workload: a library's name and the work itself.
pub struct Contender {
    /// The library.
    pub name: &'static str,
    run: Box<Repeated>,
}

/// The work so many times, into that buffer; the number that came out last.
type Repeated = dyn FnMut(u64, &mut [u8; OUT_LEN]) -> u64;

impl Contender {
    /// The work is a closure from a buffer, which it may write to, to a number: the sum of the
    /// registers for what decodes, the count of octets written for what emits.
    pub fn new(
        name: &'static str,
        mut work: impl FnMut(&mut [u8; OUT_LEN]) -> u64 + 'static,
    ) -> Self {
        // The loop is inside the box: the call through it is paid once, not once an iteration.
        let run = move |iterations: u64, out: &mut [u8; OUT_LEN]| {
            let mut last = 0;
            for _ in 0..iterations {
                last = black_box(work(black_box(out)));
            }
            last
        };
        Self { name, run: Box::new(run) }
    }

    /// Does the work so many times.
    pub fn run(&mut self, iterations: u64) {
        (self.run)(iterations, &mut [0; OUT_LEN]);
    }

    /// Does the work once and tells its result: the number, and the octets written.
    pub fn deliver(&mut self) -> (u64, Vec<u8>) {
        let mut out = [0; OUT_LEN];
        let number = (self.run)(1, &mut out);
        let written = out.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1);
        (number, out.iter().take(written).copied().collect())
    }
}

/// Answers a library's contender for a workload, if that library does it.
pub type Entry = fn(workload: &str) -> Option<Contender>;

/// A piece of work with one right result.
pub struct Workload {
    /// Its name in the tables and in `gates.tsv`.
    pub name: &'static str,
    /// Who does it, in the order of the entries.
    pub contenders: Vec<Contender>,
}

impl Workload {
    /// All workloads, each with everybody among the entries who does it.
    pub fn all(entries: &[Entry]) -> Vec<Self> {
        let contenders = |name| entries.iter().filter_map(|entry| entry(name)).collect();
        names::ALL.iter().map(|&name| Self { name, contenders: contenders(name) }).collect()
    }
}
