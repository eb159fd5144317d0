//! An allocator that counts.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::contender::Contender;

/// Enough to see one allocation in a hundred iterations.
const ITERATIONS: u64 = 100;

/// The system's allocator, with a count of what was asked of it.
pub struct Counting {
    calls: AtomicU64,
}

impl Counting {
    /// For a program's `#[global_allocator]`.
    pub const fn new() -> Self {
        Self { calls: AtomicU64::new(0) }
    }

    /// How often memory was asked for, or a block made larger, since the program began.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Allocations of one iteration. What a contender sets up once, and keeps, is not counted.
    pub fn allocations(&self, contender: &mut Contender) -> f64 {
        contender.run(1);
        let before = self.calls();
        contender.run(ITERATIONS);
        (self.calls() - before) as f64 / ITERATIONS as f64
    }

    fn count(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }
}

impl Default for Counting {
    fn default() -> Self {
        Self::new()
    }
}

#[expect(unsafe_code, reason = "the trait of allocators is unsafe; each call goes on unchanged")]
// SAFETY: the system's allocator keeps the contract, and nothing here changes what it is asked.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.count();
        // SAFETY: the caller's promise, handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.count();
        // SAFETY: the caller's promise, handed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        self.count();
        // SAFETY: the caller's promise, handed on.
        unsafe { System.realloc(block, layout, new_size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise, handed on.
        unsafe { System.dealloc(block, layout) }
    }
}
