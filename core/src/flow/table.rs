//! The table of conversations: bounded, with a fixed order of who has to go first.
use super::Key;
use core::hash::BuildHasher;
use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// What a conversation has shown; the lower goes first when room is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// No payload yet, or no longer.
    HalfOpen = 0,
    /// Payload of no known protocol.
    Unidentified = 1,
    /// A protocol was recognised.
    Identified = 2,
}

const CLASSES: usize = 3;
const NONE: u32 = u32::MAX;
/// How much time must pass before activity moves a conversation to the end of its class again: nanoseconds.
const TOUCH: i64 = 1_000_000_000;

#[derive(Debug)]
struct Slot<T> {
    key: Key,
    generation: u32,
    previous: u32,
    next: u32,
    class: Class,
    touched: i64,
    value: T,
}

impl<T> Slot<T> {
    /// Whether a sign of activity leaves it where it is in its list.
    #[inline(always)]
    fn stays(&self, class: Class, now: i64) -> bool {
        self.class == class && now.saturating_sub(self.touched).unsigned_abs() < TOUCH.unsigned_abs()
    }
}

/// Slots that are allocated together.
const PIECE: usize = 16;

#[inline]
fn at<T>(pieces: &[Vec<Option<Slot<T>>>], place: u32) -> Option<&Slot<T>> {
    pieces.get(place as usize / PIECE)?.get(place as usize % PIECE)?.as_ref()
}
#[inline]
fn at_mut<T>(pieces: &mut [Vec<Option<Slot<T>>>], place: u32) -> Option<&mut Option<Slot<T>>> {
    pieces.get_mut(place as usize / PIECE)?.get_mut(place as usize % PIECE)
}

#[derive(Clone, Copy, Debug)]
struct List {
    head: u32,
    tail: u32,
}

/// Conversations by key, each class in the order of activity (to the second).
#[derive(Debug)]
pub struct Table<T> {
    /// In pieces of [`PIECE`]: so none is ever moved to make room for others.
    pieces: Vec<Vec<Option<Slot<T>>>>,
    free: Vec<u32>,
    index: HashTable<u32>,
    hasher: RandomState,
    lists: [List; CLASSES],
    generation: u32,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            pieces: Vec::new(),
            free: Vec::new(),
            index: HashTable::new(),
            hasher: RandomState::default(),
            lists: [List { head: NONE, tail: NONE }; CLASSES],
            generation: 0,
        }
    }
}

impl<T> Table<T> {
    fn slot(&self, place: u32) -> Option<&Slot<T>> {
        at(&self.pieces, place)
    }
    fn slot_mut(&mut self, place: u32) -> Option<&mut Slot<T>> {
        at_mut(&mut self.pieces, place)?.as_mut()
    }

    /// Conversations in the table.
    pub fn len(&self) -> usize {
        self.index.len()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The place of the conversation with this key.
    #[inline]
    pub fn find(&self, key: &Key) -> Option<u32> {
        let hash = self.hasher.hash_one(key);
        let same = |place: &u32| self.slot(*place).is_some_and(|slot| slot.key == *key);
        self.index.find(hash, same).copied()
    }

    /// The place of the conversation with this key, the conversation itself, and whether [`touch`](Self::touch) would
    /// leave it where it is.
    #[inline]
    pub(crate) fn find_mut(&mut self, key: &Key, class: Class, now: i64) -> Option<(u32, &mut T, bool)> {
        let place = self.find(key)?;
        let slot = self.slot_mut(place)?;
        let stays = slot.stays(class, now);
        Some((place, &mut slot.value, stays))
    }

    /// Adds a conversation whose key is not in the table, and returns its place.
    pub fn insert(&mut self, key: Key, class: Class, now: i64, value: T) -> u32 {
        self.generation = self.generation.wrapping_add(1);
        let generation = self.generation;
        let slot = Slot { key, generation, previous: NONE, next: NONE, class, touched: now, value };
        let place = match self.free.pop() {
            Some(place) => {
                if let Some(free) = at_mut(&mut self.pieces, place) {
                    *free = Some(slot);
                }
                place
            }
            None => self.push(slot),
        };
        let hash = self.hasher.hash_one(key);
        let (hasher, pieces) = (&self.hasher, &self.pieces);
        self.index.insert_unique(hash, place, |place| {
            at(pieces, *place).map_or(0, |slot| hasher.hash_one(slot.key))
        });
        self.append(place, class);
        place
    }

    /// Takes a conversation out.
    pub fn remove(&mut self, place: u32) -> Option<(Key, T)> {
        self.unlink(place);
        let slot = at_mut(&mut self.pieces, place)?.take()?;
        let hash = self.hasher.hash_one(slot.key);
        if let Ok(entry) = self.index.find_entry(hash, |known| *known == place) {
            entry.remove();
        }
        self.free.push(place);
        Some((slot.key, slot.value))
    }

    /// The conversation at this place.
    #[inline]
    pub fn get_mut(&mut self, place: u32) -> Option<(&Key, &mut T)> {
        let slot = self.slot_mut(place)?;
        Some((&slot.key, &mut slot.value))
    }

    /// A number that changes whenever a place is used anew.
    pub fn generation(&self, place: u32) -> Option<u32> {
        self.slot(place).map(|slot| slot.generation)
    }

    /// Says that the conversation is active, and of which class it now is.
    #[inline]
    pub fn touch(&mut self, place: u32, class: Class, now: i64) {
        let Some(slot) = self.slot_mut(place) else { return };
        if slot.stays(class, now) {
            return;
        }
        slot.touched = now;
        self.unlink(place);
        self.append(place, class);
    }

    /// Who has to go when room is needed: the least recently active of the lowest class.
    pub fn victim(&self) -> Option<(u32, Class)> {
        let head = self.lists.iter().map(|list| list.head).find(|head| *head != NONE)?;
        Some((head, self.slot(head)?.class))
    }

    /// The places of all conversations.
    pub fn places(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.end()).filter(|place| self.slot(*place).is_some())
    }

    /// The first place that was never used.
    fn end(&self) -> u32 {
        let full = self.pieces.len().saturating_sub(1) * PIECE;
        (full + self.pieces.last().map_or(0, Vec::len)) as u32
    }

    /// Adds a slot at the end.
    fn push(&mut self, slot: Slot<T>) -> u32 {
        let place = self.end();
        match self.pieces.last_mut().filter(|piece| piece.len() < PIECE) {
            Some(piece) => piece.push(Some(slot)),
            None => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(Some(slot));
                self.pieces.push(piece);
            }
        }
        place
    }

    fn append(&mut self, place: u32, class: Class) {
        let Some(list) = self.lists.get_mut(class as usize) else { return };
        let tail = list.tail;
        list.tail = place;
        if tail == NONE {
            list.head = place;
        }
        if let Some(before) = self.slot_mut(tail) {
            before.next = place;
        }
        if let Some(slot) = self.slot_mut(place) {
            (slot.class, slot.previous, slot.next) = (class, tail, NONE);
        }
    }

    fn unlink(&mut self, place: u32) {
        let Some(slot) = self.slot(place) else { return };
        let (class, previous, next) = (slot.class, slot.previous, slot.next);
        match self.slot_mut(previous) {
            Some(before) => before.next = next,
            None => {
                if let Some(list) = self.lists.get_mut(class as usize) {
                    list.head = next;
                }
            }
        }
        match self.slot_mut(next) {
            Some(behind) => behind.previous = previous,
            None => {
                if let Some(list) = self.lists.get_mut(class as usize) {
                    list.tail = previous;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Frame, Limits, LinkType,
        packet::{Decoded, Decoder},
    };
    use proptest::prelude::*;

    /// An IPv4 packet of protocol 253 (RFC 3692: experiments) between two hosts told by one octet each.
    fn key(from: u8, to: u8) -> (Key, bool) {
        let mut data = [0u8; 20];
        (data[0], data[3], data[8], data[9]) = (0x45, 20, 64, 253);
        (data[12], data[15]) = (10, from);
        (data[16], data[19]) = (10, to);
        let mut decoder = Decoder::new(&Limits::default());
        let frame =
            Frame { number: 1, ts: 0, interface: 0, link_type: LinkType::RAW, original_len: 20, data: &data };
        match decoder.decode(&frame) {
            Decoded::Packet(packet) => Key::of(&packet, false).expect("a key"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn both_directions_have_one_key() {
        let ((a, lower), (b, higher)) = (key(1, 2), key(2, 1));
        assert_eq!(a, b);
        assert!(lower && !higher);
        assert_ne!(a, key(1, 3).0);
    }

    /// HARD_CASES, IP fragments and TCP: "connections with a recognised protocol outlive half-open and unrecognised ones".
    #[test]
    fn half_open_goes_first_then_unidentified_then_the_least_recently_active() {
        let mut table = Table::default();
        let second = TOUCH;
        let known = table.insert(key(1, 2).0, Class::Identified, 0, "known");
        let older = table.insert(key(1, 3).0, Class::Identified, second, "older");
        let unknown = table.insert(key(1, 4).0, Class::Unidentified, 2 * second, "unknown");
        let open = table.insert(key(1, 5).0, Class::HalfOpen, 3 * second, "open");
        table.touch(known, Class::Identified, 4 * second);
        let mut order = vec![];
        while let Some((place, _)) = table.victim() {
            order.push(place);
            table.remove(place);
        }
        assert_eq!(order, [open, unknown, older, known]);
        assert!(table.is_empty());
    }

    proptest! {
        /// The lists and the index always hold the same conversations, in the order of a plain vector.
        #[test]
        fn the_order_is_that_of_a_plain_vector(steps in prop::collection::vec((0u8..12, 0u8..4, 0usize..3), 0..200)) {
            const CLASS: [Class; 3] = [Class::HalfOpen, Class::Unidentified, Class::Identified];
            let (mut table, mut plain): (Table<u8>, Vec<(u8, Class)>) = (Table::default(), vec![]);
            for (time, (host, step, class)) in steps.into_iter().enumerate() {
                let (now, class, key) = (time as i64 * TOUCH, CLASS[class], key(100, host).0);
                match table.find(&key) {
                    None => {
                        table.insert(key, class, now, host);
                        plain.push((host, class));
                    }
                    Some(place) if step == 0 => {
                        prop_assert_eq!(table.remove(place).map(|(_, host)| host), Some(host));
                        plain.retain(|(known, _)| *known != host);
                    }
                    Some(place) => {
                        table.touch(place, class, now);
                        plain.retain(|(known, _)| *known != host);
                        plain.push((host, class));
                    }
                }
                prop_assert_eq!(table.len(), plain.len());
                let first = CLASS.iter().find_map(|class| plain.iter().find(|(_, of)| of == class)).map(|(host, _)| *host);
                let victim = table.victim().map(|(place, _)| place);
                prop_assert_eq!(victim.and_then(|place| table.get_mut(place).map(|(_, host)| *host)), first);
            }
        }
    }
}
