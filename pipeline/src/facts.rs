//! The table of facts of several threads: each asks in the order of the capture.
use core::sync::atomic::{AtomicU64, Ordering};
use fieldtap::{
    Limits,
    common::facts::{FactTable, Facts, Position},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

/// How often a thread that waits looks before it lets others work, and before it sleeps.
const LOOKS: u32 = 64;
const YIELDS: u32 = 256;

/// How far one thread is. On a line of its own, since it is written with every frame.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Reached {
    step: AtomicU64,
    conversation: AtomicU64,
}

impl Reached {
    fn store(&self, position: Position) {
        // Whoever reads the old step with the new conversation is not misled, since the step has been passed; the new step
        // must never be read with the old conversation.
        if self.step.load(Ordering::Relaxed) != position.step {
            self.conversation.store(0, Ordering::Release);
            self.step.store(position.step, Ordering::Release);
        }
        if position.conversation != 0 {
            self.conversation.store(position.conversation, Ordering::Release);
        }
    }

    fn load(&self) -> Position {
        let step = self.step.load(Ordering::Acquire);
        Position { step, conversation: self.conversation.load(Ordering::Acquire) }
    }
}

#[derive(Debug)]
struct Board {
    table: Mutex<FactTable>,
    reached: Vec<Reached>,
}

/// The one table, and a way to it for each thread.
#[derive(Debug)]
pub(crate) struct Seats(Arc<Board>);

impl Seats {
    pub(crate) fn new(limits: &Limits, threads: usize) -> Self {
        let reached = (0..threads).map(|_| Reached::default()).collect();
        Self(Arc::new(Board { table: Mutex::new(FactTable::new(limits)), reached }))
    }

    /// The way of this thread's engine.
    pub(crate) fn seat(&self, own: usize) -> Arc<dyn Facts> {
        Arc::new(Seat { board: Arc::clone(&self.0), own })
    }

    /// When it is dropped, nobody waits for this thread any longer.
    pub(crate) fn leaving(&self, own: usize) -> Leaving {
        Leaving(Seat { board: Arc::clone(&self.0), own })
    }
}

#[derive(Debug)]
struct Seat {
    board: Arc<Board>,
    own: usize,
}

pub(crate) struct Leaving(Seat);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.reached(Position::END);
    }
}

impl Facts for Seat {
    #[inline]
    fn reached(&self, position: Position) {
        if let Some(reached) = self.board.reached.get(self.own) {
            reached.store(position);
        }
    }

    fn at(&self, position: Position, act: &mut dyn FnMut(&mut FactTable)) {
        // Before waiting: the others may be waiting for this one.
        self.reached(position);
        for (other, reached) in self.board.reached.iter().enumerate() {
            let mut looks = 0u32;
            while other != self.own && reached.load() < position {
                looks = looks.saturating_add(1);
                match looks {
                    0..LOOKS => core::hint::spin_loop(),
                    LOOKS..YIELDS => thread::yield_now(),
                    _ => thread::sleep(Duration::from_micros(20)),
                }
            }
        }
        act(&mut self.board.table.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn now(&self, act: &mut dyn FnMut(&FactTable)) {
        act(&self.board.table.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::{IpAddr, Ipv4Addr};
    use fieldtap::record::Address;

    /// Threads share the steps among them and each writes what it finds: all find what one alone would find.
    #[test]
    fn facts_are_told_and_asked_for_in_order_whatever_the_threads() {
        for threads in [1, 2, 3, 5] {
            let seats = Seats::new(&Limits::default(), threads);
            let found: Vec<Vec<(u64, u64)>> = thread::scope(|scope| {
                let work: Vec<_> = (0..threads)
                    .map(|own| {
                        let (seat, leaving) = (seats.seat(own), seats.leaving(own));
                        scope.spawn(move || {
                            let mut found = vec![];
                            for step in 1..2000u64 {
                                seat.reached(Position { step, conversation: 0 });
                                if step as usize % threads == own && step % 3 != 0 {
                                    seat.at(Position { step, conversation: 0 }, &mut |table| {
                                        let last = table.get("p", b"k");
                                        let last = last.and_then(|last| last.downcast_ref::<u64>().copied());
                                        found.push((step, last.unwrap_or_default()));
                                        table.put("p", b"k", Arc::new(step), 8);
                                    });
                                }
                            }
                            drop(leaving);
                            found
                        })
                    })
                    .collect();
                work.into_iter().map(|work| work.join().unwrap()).collect()
            });
            let mut found: Vec<_> = found.into_iter().flatten().collect();
            found.sort_unstable();
            let steps: Vec<u64> = (1..2000).filter(|step| step % 3 != 0).collect();
            let want: Vec<_> =
                steps.iter().copied().zip([0].into_iter().chain(steps.iter().copied())).collect();
            assert_eq!(found, want, "{threads} threads");
        }
    }

    /// Two that wait at different places do not wait for each other, although neither has said before how far it is.
    #[test]
    fn who_waits_has_said_how_far_it_is() {
        let seats = Seats::new(&Limits::default(), 2);
        let [first, second] = [Position { step: 5, conversation: 0 }, Position { step: 9, conversation: 0 }];
        seats.seat(1).reached(second);
        seats.seat(0).at(first, &mut |_| assert_eq!(seats.0.reached[0].load(), first));
        assert_eq!(seats.0.reached[0].load(), first);
    }

    /// What is settled is told to one that is ahead of the others, which would have to wait.
    #[test]
    fn what_is_settled_is_not_waited_for() {
        let seats = Seats::new(&Limits::default(), 2);
        let (mut looked, address) = (None, Address::Ip(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        let mut table = seats.0.table.lock().unwrap();
        assert_eq!((table.claim("p", b"name", address), table.claim("p", b"name", address)), (None, None));
        drop(table);
        seats.seat(1).now(&mut |table| looked = table.claimed("p", b"name", address));
        assert_eq!(looked, Some(None));
    }

    #[test]
    fn within_a_step_conversations_come_in_order() {
        let seats = Seats::new(&Limits::default(), 2);
        let (first, second) = (seats.seat(0), seats.seat(1));
        first.reached(Position { step: 4, conversation: 7 });
        second.reached(Position { step: 4, conversation: 9 });
        // The first is behind: it need not wait.
        let mut acted = false;
        first.at(Position { step: 4, conversation: 7 }, &mut |_| acted = true);
        assert!(acted);
        first.reached(Position { step: 5, conversation: 0 });
        second.at(Position { step: 4, conversation: 9 }, &mut |_| acted = false);
        assert!(!acted);
    }
}
