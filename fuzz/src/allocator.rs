//! Counts what a thread allocates, so that a run can be held to a bound.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, with octets and calls counted for each thread.
#[derive(Debug)]
pub struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    /// A thread may free what another allocated: the number can be negative.
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

fn count(change: isize, calls: u64) {
    // A thread that is ending has no counters any more.
    let _ = LIVE.try_with(|live| {
        live.set(live.get() + change);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(live.get())));
    });
    let _ = CALLS.try_with(|counter| counter.set(counter.get() + calls));
}

// SAFETY: every call is handed on to the system's allocator unchanged; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize, 1);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize, 1);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(-(layout.size() as isize), 0);
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize, 1);
        // SAFETY: the caller keeps the contract.
        unsafe { System.realloc(place, layout, size) }
    }
}

/// What this thread allocates from a moment on.
#[derive(Debug)]
pub struct Watch {
    live: isize,
    calls: u64,
}

impl Watch {
    /// From now on.
    pub fn start() -> Self {
        let live = LIVE.get();
        PEAK.set(live);
        Self { live, calls: CALLS.get() }
    }

    /// Most octets that were allocated at one time, beyond those at the start.
    pub fn peak(&self) -> usize {
        usize::try_from(PEAK.get() - self.live).unwrap_or(0)
    }

    /// Allocations.
    pub fn calls(&self) -> u64 {
        CALLS.get() - self.calls
    }

    /// Panics if more was allocated than these bounds allow.
    pub fn hold(&self, octets: usize, calls: u64) {
        assert!(self.peak() <= octets, "{} octets allocated at one time, the bound is {octets}", self.peak());
        assert!(self.calls() <= calls, "{} allocations, the bound is {calls}", self.calls());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_counted_not_the_sum() {
        let watch = Watch::start();
        for _ in 0..4 {
            drop(std::hint::black_box(vec![0u8; 1000]));
        }
        assert_eq!((watch.peak(), watch.calls()), (1000, 4));
        watch.hold(1000, 4);
    }

    #[test]
    #[should_panic(expected = "1000 octets allocated at one time, the bound is 999")]
    fn more_than_the_bound_is_a_finding() {
        let watch = Watch::start();
        drop(std::hint::black_box(vec![0u8; 1000]));
        watch.hold(999, 4);
    }
}
