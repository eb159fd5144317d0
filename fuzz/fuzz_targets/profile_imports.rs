#![no_main]
libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    gurux_fuzz_bodies::import::imports(octets);
});
