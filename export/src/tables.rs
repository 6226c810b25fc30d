//! What is kept for each table, found by the address of its `static`.
use fieldtap::record::Table;
use std::sync::OnceLock;

fn address(table: &'static Table) -> usize {
    core::ptr::from_ref(table).addr()
}

/// Slots of [`Tables`] at first; a power of two.
const PLACES: usize = 256;

/// A value for each table that was seen, in the order of first sight.
#[derive(Clone, Debug)]
pub(crate) struct Tables<T> {
    entries: Vec<(&'static Table, T)>,
    /// Address of a table and its place in `entries`; an address of 0 is free. Tables are few, and rows of several take
    /// turns: the address, as it is, is hash enough.
    places: Vec<(usize, usize)>,
}

impl<T> Default for Tables<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), places: vec![(0, 0); PLACES] }
    }
}

impl<T> Tables<T> {
    /// The slot of this address: the one it has, or the one it is to have.
    #[inline]
    fn slot(&self, address: usize) -> usize {
        let mask = self.places.len() - 1;
        let mut slot = (address / align_of::<Table>()) & mask;
        // At most half of the slots are taken.
        while let Some((known, _)) = self.places.get(slot) {
            if *known == address || *known == 0 {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// The value of this table, made if there is none.
    #[inline]
    pub(crate) fn entry(&mut self, table: &'static Table, make: impl FnOnce() -> T) -> &mut T {
        let place = self.place(table, make);
        self.at(place)
    }

    /// The place of this table's value, made if there is none.
    #[inline]
    pub(crate) fn place(&mut self, table: &'static Table, make: impl FnOnce() -> T) -> usize {
        let address = address(table);
        let (known, place) = self.places[self.slot(address)];
        if known == address { place } else { self.add(table, make()) }
    }

    /// The value at a place that [`place`](Self::place) gave: entries are never taken away one by one.
    #[inline]
    pub(crate) fn at(&mut self, place: usize) -> &mut T {
        &mut self.entries[place].1
    }

    #[cold]
    fn add(&mut self, table: &'static Table, value: T) -> usize {
        let place = self.entries.len();
        self.entries.push((table, value));
        if 2 * self.entries.len() > self.places.len() {
            self.places = vec![(0, 0); 2 * self.places.len()];
            for (place, (table, _)) in self.entries.iter().enumerate() {
                let slot = self.slot(address(table));
                self.places[slot] = (address(table), place);
            }
        } else {
            let slot = self.slot(address(table));
            self.places[slot] = (address(table), place);
        }
        place
    }
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static Table, &T)> {
        self.entries.iter().map(|(table, value)| (*table, value))
    }
    #[cfg(feature = "columnar")]
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.iter_mut().map(|(_, value)| value)
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
