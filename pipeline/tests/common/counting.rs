//! An allocator that counts for each thread what it has allocated.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

thread_local! {
    /// How often something was allocated.
    pub static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    /// Octets that are allocated now.
    pub static OCTETS: Cell<i64> = const { Cell::new(0) };
    /// The most that were, since this was set.
    pub static MOST: Cell<i64> = const { Cell::new(0) };
}

struct Counting;

fn add(octets: i64) {
    OCTETS.with(|now| {
        now.set(now.get() + octets);
        MOST.with(|most| most.set(most.get().max(now.get())));
    });
}

// SAFETY: everything is handed to the system's allocator; only counters are kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        add(layout.size() as i64);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        add(-(layout.size() as i64));
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(place, layout) }
    }
    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        add(size as i64 - layout.size() as i64);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
