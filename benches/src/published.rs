//! The inputs that everybody measures on, in a list beside the checkout.

/// Each of these, by its name, is what the list has under that name.
pub(crate) fn assert_same(ours: &[(&str, Vec<u8>)]) {
    let list = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/perf/frames.tsv");
    let Ok(list) = std::fs::read_to_string(list) else {
        println!("no list of inputs beside the checkout");
        return;
    };
    for (name, octets) in ours {
        let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        let published = list.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('\t'));
        assert_eq!(published, Some(hex.as_str()), "{name}");
    }
}
