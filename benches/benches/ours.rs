//! Our times, by criterion: `cargo bench`.

use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use gurux_benches::{OURS, Workload};

fn ours(criterion: &mut Criterion) {
    for workload in Workload::all(&OURS) {
        for mut contender in workload.contenders {
            criterion.bench_function(workload.name, |bencher| {
                bencher.iter_custom(|iterations| {
                    let started = Instant::now();
                    contender.run(iterations);
                    started.elapsed()
                });
            });
        }
    }
}

criterion_group!(benches, ours);
criterion_main!(benches);
