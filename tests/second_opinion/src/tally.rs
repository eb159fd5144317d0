//! How many cases, and how often the two sides differed.

use std::collections::BTreeMap;
use std::fmt::Write;

/// A difference that is known: what it is, and who is right by which text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Decided(pub &'static str);

/// What came out for each service.
#[derive(Default)]
pub struct Tally {
    rows: BTreeMap<&'static str, Row>,
}

#[derive(Default)]
struct Row {
    cases: usize,
    agreed: [usize; 2],
    decided: BTreeMap<Decided, usize>,
    unknown: Vec<String>,
}

/// Which way a message went.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// We write, they read.
    OursToTheirs,
    /// They write, we read.
    TheirsToOurs,
}

impl Tally {
    /// A case of this service.
    pub fn case(&mut self, service: &'static str) {
        self.rows.entry(service).or_default().cases += 1;
    }

    /// How many of the service agreed in the way in which fewer did; any that differed count too where
    /// the difference is not known, so that this comes to an end.
    pub fn least(&self, service: &str) -> usize {
        let of = |row: &Row| row.agreed[0].min(row.agreed[1]) + row.unknown.len();
        self.rows.get(service).map_or(0, of)
    }

    /// What became of it one way: nothing to say where both agree.
    pub fn way(
        &mut self,
        service: &'static str,
        way: Way,
        result: Result<(), String>,
        decided: Option<Decided>,
    ) {
        let row = self.rows.entry(service).or_default();
        match (result, decided) {
            (Ok(()), _) => row.agreed[way as usize] += 1,
            (Err(_), Some(decided)) => *row.decided.entry(decided).or_default() += 1,
            (Err(what), None) if row.unknown.len() < 3 => {
                row.unknown.push(format!("{way:?}: {what}"))
            }
            (Err(_), None) => row.unknown.push(String::new()),
        }
    }

    /// The table, printed. Fails at any difference that is not decided, and where one that is was not
    /// met any more: then the peer was mended, and its row goes.
    pub fn finish(self, peer: &str, decided: &[Decided]) {
        let mut text = format!("{peer}: service, cases, agreed ours to theirs, theirs to ours\n");
        let mut met: BTreeMap<Decided, usize> = BTreeMap::new();
        let mut failures = String::new();
        for (service, row) in &self.rows {
            let [out, back] = row.agreed;
            let _ = writeln!(text, "{service:32} {:7} {out:7} {back:7}", row.cases);
            for (what, count) in &row.decided {
                *met.entry(*what).or_default() += count;
            }
            if !row.unknown.is_empty() {
                let count = row.unknown.len();
                let _ = writeln!(failures, "{service}: {count} differences");
                row.unknown.iter().take(3).for_each(|what| failures += &format!("  {what}\n"));
            }
        }
        for (Decided(what), count) in &met {
            let _ = writeln!(text, "{count:7} {what}");
        }
        println!("{text}");
        for known in decided.iter().filter(|known| !met.contains_key(known)) {
            failures += &format!("not met any more: {}\n", known.0);
        }
        assert!(failures.is_empty(), "{failures}");
    }
}

/// How many cases of each service: `SECOND_OPINION_CASES`, or 10,000.
pub fn cases() -> usize {
    asked("SECOND_OPINION_CASES").unwrap_or(10_000)
}

/// The same for what works out points of curves: `SECOND_OPINION_SLOW_CASES`, or 100.
pub fn slow_cases() -> usize {
    asked("SECOND_OPINION_SLOW_CASES").unwrap_or(100)
}

fn asked(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number of cases"))
}
