//! Everybody's times in one run, by criterion.

use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};

fn modbus(criterion: &mut Criterion) {
    for workload in gurux_benches_peers::workloads() {
        let mut group = criterion.benchmark_group(workload.name);
        for mut contender in workload.contenders {
            group.bench_function(contender.name, |bencher| {
                bencher.iter_custom(|iterations| {
                    let started = Instant::now();
                    contender.run(iterations);
                    started.elapsed()
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, modbus);
criterion_main!(benches);
