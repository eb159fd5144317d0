//! Other people's definitions of meters, as files.

use gurux_device::Drivers;
use gurux_device::import::{ImportError, Imported, MAX_LEFT, evcc, gxp, sunspec, telegraf};

/// How deep a file gets.
pub const RUNGS: &[&str] =
    &["no text", "nobody's definition", "a profile, not whole", "a whole profile"];

/// From a text to what came of it.
type Importer = fn(&str) -> Result<Imported, ImportError>;

/// Who may have written it.
const IMPORTERS: [Importer; 4] = [sunspec, evcc, telegraf, gxp];

/// Any octets as somebody's definition of a meter: what comes of it our own reader accepts, comments and
/// all, and it is always the same; what cannot come of it is told.
pub fn imports(octets: &[u8]) -> usize {
    let Ok(text) = std::str::from_utf8(octets) else { return 0 };
    let drivers = Drivers::standard();
    let mut deepest = 1;
    for import in IMPORTERS {
        let imported = match import(text) {
            Ok(imported) => imported,
            Err(error) => {
                assert!(!error.what.is_empty());
                continue;
            }
        };
        let back = drivers.read(&imported.to_xml());
        assert_eq!(
            back.as_ref(),
            Ok(&imported.profile),
            "what was imported reads as something else"
        );
        assert!(imported.left.len() <= MAX_LEFT + 1, "more is told than there is room for");
        assert!(imported.left.iter().all(|left| !left.what.is_empty() && !left.why.is_empty()));
        assert_eq!(imported.profile.diff(&imported.profile), [], "a profile differs from itself");
        deepest = deepest.max(if imported.left.is_empty() { 3 } else { 2 });
    }
    deepest
}

/// A definition of our own in each of the formats, and small ones of which nothing is left behind.
pub fn import_seeds() -> Vec<Vec<u8>> {
    const FILES: [&[u8]; 7] = [
        include_bytes!("../../../gurux-device/src/import/tests/sunspec.json"),
        include_bytes!("../../../gurux-device/src/import/tests/evcc.yaml"),
        include_bytes!("../../../gurux-device/src/import/tests/telegraf.toml"),
        include_bytes!("../../../gurux-device/src/import/tests/requests.toml"),
        include_bytes!("../../../gurux-device/src/import/tests/modbus.gxp"),
        include_bytes!("../../../gurux-device/src/import/tests/mbus.gxp"),
        include_bytes!("../../../gurux-device/src/import/tests/dlms.gxp"),
    ];
    const SMALL: [&str; 3] = [
        r#"{"id":9,"group":{"name":"g","points":[{"name":"W","type":"int16","size":1,"sf":-1,"units":"W"}]}}"#,
        "render: |\n  power:\n    source: modbus\n    register: { address: 1, type: input, decode: int16 }\n",
        "[[inputs.modbus]]\ncoils = [ { name = \"a\", address = [0] } ]\n",
    ];
    let small = SMALL.iter().map(|text| text.as_bytes().to_vec());
    FILES.iter().map(|file| file.to_vec()).chain(small).collect()
}
