//! The codecs on bare metal: no operating system's library, no allocator, nobody to catch a panic.
//!
//! Reads octets from standard input, gives them to every deframer, every wire type and every value,
//! and prints how much came of it: `frames F, messages M, octets emitted E`. What matters is how it
//! links: `check.sh` shows that no panicking code is in it, and that no wire type was left out.

#![no_std]
#![no_main]

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
compile_error!("written for Linux on x86-64");

mod machine;
mod reach;

/// The longest input that is looked at.
const INPUT_LEN: usize = 1 << 16;

/// Where the machine begins, with an aligned stack.
#[unsafe(no_mangle)]
extern "C" fn start() -> ! {
    let mut input = [0; INPUT_LEN];
    let octets = machine::read(&mut input);
    let reached = reach::everything(octets);
    let counts = [
        (&b"frames "[..], reached.frames),
        (b", messages ", reached.messages),
        (b", octets emitted ", reached.emitted),
    ];
    for (label, count) in counts {
        machine::write(label);
        write_number(count);
    }
    machine::write(b"\n");
    machine::exit(0)
}

fn write_number(mut number: usize) {
    let mut digits = [b'0'; 20];
    for digit in digits.iter_mut().rev() {
        // A remainder by ten is one digit.
        *digit = b'0'.wrapping_add((number % 10) as u8);
        number /= 10;
    }
    let leading = digits.iter().take_while(|digit| **digit == b'0').count();
    machine::write(digits.get(leading.min(19)..).unwrap_or_default());
}

#[cfg(not(test))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    machine::exit(101)
}
