//! What a sink wants, asked once for each table.
use crate::record::{Sink, Table};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Tables whose answers are remembered; a power of two. Those beyond are asked for each time.
const ANSWERS: usize = 512;
/// Slots that are looked at for a table.
const STEPS: usize = 8;

/// The answers, by the address of the table.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// Address of a table, which is even, and whether it is wanted in its lowest bit; 0 is free.
    answers: Box<[AtomicUsize; ANSWERS]>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { answers: Box::new([const { AtomicUsize::new(0) }; ANSWERS]) }
    }
}

impl Wanted {
    /// Whether the sink wants rows of this table.
    #[inline(always)]
    pub(crate) fn wants(&self, sink: &dyn Sink, table: &'static Table) -> bool {
        let address = core::ptr::from_ref(table).addr();
        let slot = address / align_of::<Table>() % ANSWERS;
        match self.answers.get(slot).map(|answer| answer.load(Relaxed)) {
            Some(answer) if answer & !1 == address => answer & 1 == 1,
            _ => self.ask(sink, table, address, slot),
        }
    }

    #[inline(never)]
    fn ask(&self, sink: &dyn Sink, table: &'static Table, address: usize, slot: usize) -> bool {
        for step in 0..STEPS {
            let Some(answer) = self.answers.get((slot + step) % ANSWERS) else { break };
            match answer.load(Relaxed) {
                known if known & !1 == address => return known & 1 == 1,
                0 => {
                    let wanted = sink.wants(table);
                    answer.store(address | usize::from(wanted), Relaxed);
                    return wanted;
                }
                _ => {}
            }
        }
        sink.wants(table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        common::{Operations, Points},
        record::{Envelope, Record, Row, Verdict},
    };
    use core::cell::Cell;

    struct Asked(Cell<u32>);
    impl Sink for Asked {
        fn row(&mut self, _: &Envelope, _: &dyn Row) -> Verdict {
            Verdict::GoOn
        }
        fn wants(&self, table: &'static Table) -> bool {
            self.0.set(self.0.get() + 1);
            table.name == "points"
        }
    }

    #[test]
    fn a_sink_is_asked_once_for_each_table() {
        let (wanted, sink) = (Wanted::default(), Asked(Cell::new(0)));
        for _ in 0..3 {
            assert!(wanted.wants(&sink, Points::schema()));
            assert!(!wanted.wants(&sink, Operations::schema()));
        }
        assert_eq!(sink.0.get(), 2);
    }
}
