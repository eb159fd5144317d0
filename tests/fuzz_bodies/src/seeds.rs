//! Where the targets start: the captures of `tests/vectors`, and the profiles as text.

use std::fs;
use std::path::{Path, PathBuf};

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every capture: the lines of hex digits in the files of `tests/vectors`.
pub fn captures() -> Vec<Vec<u8>> {
    let files = files(&root().join("tests/vectors"));
    files.iter().flat_map(|text| text.lines().filter_map(capture).collect::<Vec<_>>()).collect()
}

/// Every file of `profiles`, as it stands.
pub fn profiles() -> Vec<Vec<u8>> {
    files(&root().join("profiles")).into_iter().map(String::into_bytes).collect()
}

/// The text files of a folder and of those below it, in the order of their names.
fn files(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
        .iter()
        .flat_map(|path| if path.is_dir() { files(path) } else { Vec::from_iter(read(path)) })
        .collect()
}

fn read(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// The octets of a line: pairs of hex digits, at its beginning or behind a colon.
fn capture(line: &str) -> Option<Vec<u8>> {
    let octets = line.split_once(" : ").map_or(line, |(_, octets)| octets);
    let words = octets.split_whitespace().take_while(|word| {
        word.len() % 2 == 0 && word.bytes().all(|digit| digit.is_ascii_hexdigit())
    });
    let digits: Vec<u8> = words.flat_map(str::bytes).collect();
    let octets: Vec<u8> = digits
        .chunks_exact(2)
        .filter_map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    (octets.len() >= 2).then_some(octets)
}

#[cfg(test)]
mod tests {
    use super::capture;

    #[test]
    fn a_line_of_hex_is_a_capture_and_a_comment_is_none() {
        assert_eq!(capture("01 03 0212 34b5"), Some(vec![1, 3, 2, 0x12, 0x34, 0xb5]));
        assert_eq!(capture("0103  = registers 1"), Some(vec![1, 3]));
        assert_eq!(capture("request : 03 006B 0003 = count 3"), Some(vec![3, 0, 0x6B, 0, 3]));
        assert_eq!(capture("request  : 01 0013 = count 19"), Some(vec![1, 0, 0x13]));
        assert_eq!(capture("# 01 03"), None);
        assert_eq!(capture("unit 1"), None);
    }
}
