//! What an operating system's library would bring: the entry, three calls, and the routines that the
//! compiler itself calls for.

use core::arch::{asm, global_asm};

global_asm!(
    ".globl _start",
    "_start:",
    "    and rsp, -16",
    "    call start",
    "    ud2",
    ".globl memcpy",
    "memcpy:",
    "    mov rax, rdi",
    "    mov rcx, rdx",
    "    rep movsb",
    "    ret",
    ".globl memmove",
    "memmove:",
    "    mov rax, rdi",
    "    mov rcx, rdx",
    "    cmp rdi, rsi",
    "    jbe 2f",
    "    lea rdi, [rdi + rdx - 1]",
    "    lea rsi, [rsi + rdx - 1]",
    "    std",
    "    rep movsb",
    "    cld",
    "    ret",
    "2:",
    "    rep movsb",
    "    ret",
    ".globl memset",
    "memset:",
    "    mov r8, rdi",
    "    mov eax, esi",
    "    mov rcx, rdx",
    "    rep stosb",
    "    mov rax, r8",
    "    ret",
    ".globl memcmp",
    ".globl bcmp",
    "memcmp:",
    "bcmp:",
    "    xor eax, eax",
    "    mov rcx, rdx",
    "    test rcx, rcx",
    "    jz 3f",
    "    repe cmpsb",
    "    je 3f",
    "    movzx eax, byte ptr [rdi - 1]",
    "    movzx ecx, byte ptr [rsi - 1]",
    "    sub ecx, eax",
    "    mov eax, ecx",
    "3:",
    "    ret",
    // Named by the tables for unwinding that the compiler's 128-bit division brings; never called,
    // since nothing unwinds.
    ".globl rust_eh_personality",
    "rust_eh_personality:",
    "    ud2",
);

const READ: usize = 0;
const WRITE: usize = 1;
const EXIT: usize = 60;

/// Reads standard input to its end, or until the buffer is full.
pub(crate) fn read(buffer: &mut [u8]) -> &[u8] {
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        match call(READ, 0, room.as_mut_ptr() as usize, room.len()) {
            Ok(0) | Err(()) => break,
            Ok(count) => filled = filled.saturating_add(count),
        }
    }
    buffer.get(..filled).unwrap_or_default()
}

/// Writes to standard output.
pub(crate) fn write(octets: &[u8]) {
    // Nobody is there to be told that nobody listens.
    let _ = call(WRITE, 1, octets.as_ptr() as usize, octets.len());
}

/// Ends the program.
pub(crate) fn exit(code: usize) -> ! {
    loop {
        let _ = call(EXIT, code, 0, 0);
    }
}

fn call(number: usize, first: usize, second: usize, third: usize) -> Result<usize, ()> {
    let answer: isize;
    // SAFETY: the numbers are those of read, write and exit; the buffers are slices of the callers,
    // who hold them while the call lasts.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => answer,
            in("rdi") first,
            in("rsi") second,
            in("rdx") third,
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    usize::try_from(answer).map_err(|_| ())
}
