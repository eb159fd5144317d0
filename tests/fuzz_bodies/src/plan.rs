//! The read planner: any items under any limits.

use gurux_modbus::plan::{Forbidden, Item, Limits, plan};
use gurux_modbus::{Address, Table};

use crate::choices::Choices;

/// How deep choices get.
pub const RUNGS: &[&str] = &["refused", "one request an item", "items joined"];

/// Plans what the octets choose: every item lies whole in one request, no request breaks a limit.
pub fn plans(octets: &[u8]) -> usize {
    let mut choices = Choices::new(octets);
    let limits = limits(&mut choices);
    let mut items = Vec::new();
    while !choices.is_empty() {
        let address = Address::new(table(&mut choices), choices.number());
        items.push(Item { address, count: choices.octet().into(), key: items.len() });
    }
    let Ok(batches) = plan(items.iter().copied(), &limits) else { return 0 };

    let mut served = vec![0; items.len()];
    for batch in &batches {
        let (table, first) = (batch.address.table, batch.address.number);
        assert!(batch.count > 0 && batch.count <= limits.max_count(table));
        let last = first.checked_add(batch.count - 1).expect("no request goes past the table");
        let forbidden =
            |hole: &Forbidden| hole.table == table && hole.first <= last && first <= hole.last;
        assert!(!limits.forbidden.iter().any(forbidden), "a forbidden entry is touched");
        assert!(!limits.one_per_request || batch.items.len() == 1);
        for item in &batch.items {
            assert_eq!(item.address.table, table);
            let end = batch.offset_of(item) + usize::from(item.count);
            assert!(item.address.number >= first && end <= usize::from(batch.count));
            served[item.key] += 1;
        }
    }
    assert!(served.iter().all(|times| *times == 1), "each item is served once");
    if batches.len() < items.len() { 2 } else { 1 }
}

fn limits(choices: &mut Choices<'_>) -> Limits {
    let mut limits = Limits {
        max_registers: choices.octet().into(),
        max_bits: choices.number(),
        max_gap: choices.below(16).into(),
        one_per_request: choices.below(8) == 7,
        forbidden: Vec::new(),
    };
    for _ in 0..choices.below(4) {
        let (table, first, len) = (table(choices), choices.number(), choices.octet());
        let last = first.saturating_add(len.into());
        limits.forbidden.push(Forbidden { table, first, last });
    }
    limits
}

fn table(choices: &mut Choices<'_>) -> Table {
    Table::ALL[usize::from(choices.below(4))]
}

/// A few neighbours, with a hole between and without.
pub fn seeds() -> Vec<Vec<u8>> {
    let items = [3, 0, 0, 2, 3, 0, 2, 2, 3, 0, 8, 4, 0, 0, 1, 1];
    let free = [125, 7, 208, 4, 0, 0];
    let holed = [125, 7, 208, 4, 0, 1, 3, 0, 5, 1];
    let single = [125, 7, 208, 4, 7, 0];
    vec![
        [&free[..], &items].concat(),
        [&holed[..], &items].concat(),
        [&single[..], &items].concat(),
    ]
}
