//! What is kept for each table, found by the address of its `static`.
use fieldtap::record::Table;
use hashbrown::HashMap;
use std::sync::OnceLock;

fn address(table: &'static Table) -> usize {
    core::ptr::from_ref(table).addr()
}

/// A value for each table that was seen, in the order of first sight.
#[derive(Clone, Debug)]
pub(crate) struct Tables<T> {
    entries: Vec<(&'static Table, T)>,
    places: HashMap<usize, usize, foldhash::fast::RandomState>,
    last: usize,
}

impl<T> Default for Tables<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), places: HashMap::default(), last: 0 }
    }
}

impl<T> Tables<T> {
    /// The value of this table, made if there is none. Rows of one table follow one another: the last one is at hand.
    #[inline]
    pub(crate) fn entry(&mut self, table: &'static Table, make: impl FnOnce() -> T) -> &mut T {
        if !self.entries.get(self.last).is_some_and(|(known, _)| core::ptr::eq(*known, table)) {
            self.last = *self.places.entry(address(table)).or_insert_with(|| {
                self.entries.push((table, make()));
                self.entries.len() - 1
            });
        }
        // `last` is the place of an entry, and entries are never taken away one by one.
        &mut self.entries[self.last].1
    }
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static Table, &T)> {
        self.entries.iter().map(|(table, value)| (*table, value))
    }
    pub(crate) fn into_entries(self) -> Vec<(&'static Table, T)> {
        self.entries
    }
}

/// Slots of a [`Prepared`]; tables beyond them are prepared anew for each row.
const SLOTS: usize = 1024;

/// Something prepared once for each table and shared by all threads without a lock.
#[derive(Debug)]
pub(crate) struct Prepared<T> {
    slots: Box<[OnceLock<(&'static Table, T)>]>,
}

impl<T> Default for Prepared<T> {
    fn default() -> Self {
        Self { slots: (0..SLOTS).map(|_| OnceLock::new()).collect() }
    }
}

impl<T> Prepared<T> {
    /// Uses what is prepared for this table.
    #[inline]
    pub(crate) fn with<R>(
        &self,
        table: &'static Table,
        prepare: impl Fn(&'static Table) -> T,
        apply: impl FnOnce(&T) -> R,
    ) -> R {
        let start = address(table) / align_of::<Table>();
        for step in 0..SLOTS {
            let Some(slot) = self.slots.get((start + step) % SLOTS) else { break };
            let (known, prepared) = slot.get_or_init(|| (table, prepare(table)));
            if core::ptr::eq(*known, table) {
                return apply(prepared);
            }
        }
        apply(&prepare(table))
    }
}
