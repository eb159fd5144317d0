//! Nobody is timed before everybody has come to the same result.

use gurux_benches_peers::workloads;

#[test]
fn everybody_comes_to_the_same_result() {
    for workload in &mut workloads() {
        let results: Vec<_> =
            workload.contenders.iter_mut().map(|one| (one.name, one.deliver())).collect();
        let [(ours, right), others @ ..] = results.as_slice() else { panic!("nobody does it") };
        for (name, result) in others {
            assert_eq!(result, right, "{}: {name} against {ours}", workload.name);
        }
    }
}
