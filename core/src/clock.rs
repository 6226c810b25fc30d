//! The time that timers go by.

/// A time stamp farther than this from the last one is a step of the clock: nothing expires by it until others agree.
const STEP: i64 = 3_600_000_000_000;
/// Frames that must agree on a new time before the clock follows a step.
const AGREE: u8 = 3;
/// How long the time stamps must run on, besides, before a step is followed. Nanoseconds.
///
/// What goes on after a step forward is heard until then, and only what was silent is found idle. After a step back, frames that
/// were put one behind the other out of order, as where conversations were cut out of a capture one by one, are not taken for a
/// clock that stepped: what they bring late would be given up.
const RUN_ON: i64 = 60_000_000_000;
/// Frames of several interfaces may be late by this: nanoseconds.
const LATE: i64 = 1_000_000_000;
/// Frames, one after the other, that are later than that before the time stamps are taken to have stepped back.
const BEHIND: u8 = 32;

/// What a time stamp says of the clock of the capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It goes on.
    None,
    /// For the first time it steps by more than an hour.
    First,
    /// Frames agree that it stepped forward to this time.
    Agreed(i64),
}

/// The clock of a capture: it never runs backwards, it does not stand still while the time stamps do run, and one frame
/// dated far off does not move it.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    now: Option<i64>,
    /// What is added to time stamps, since those of the capture have stepped back.
    offset: i64,
    /// Time stamps that a step leads to, the first and the latest, and how many frames agree on it.
    stepped: i64,
    candidate: i64,
    agreeing: u8,
    /// Frames that were late, one after the other, and the times of the first and of the least late of them.
    behind: u8,
    first_late: i64,
    least_late: i64,
    said: bool,
}

impl Clock {
    /// The time, once there is one.
    #[inline]
    pub(crate) const fn now(&self) -> Option<i64> {
        self.now
    }

    /// Takes the time stamp of a frame.
    #[inline]
    pub(crate) fn hear(&mut self, ts: i64) -> Step {
        let ts = ts.saturating_add(self.offset);
        let Some(now) = self.now else {
            self.now = Some(ts);
            return Step::None;
        };
        let ahead = ts.saturating_sub(now);
        if (0..=STEP).contains(&ahead) {
            self.now = Some(ts);
            (self.agreeing, self.behind) = (0, 0);
            return Step::None;
        }
        if (-STEP..0).contains(&ahead) {
            self.agreeing = 0;
            self.late(ts, now);
            return Step::None;
        }
        self.step(ts, now)
    }

    /// The time of the last frame. Where it is one of a step forward that is not followed yet, that counts already, or what it
    /// brought would be found overdue once the step is followed.
    #[inline]
    pub(crate) fn heard(&self, ts: i64) -> i64 {
        let now = self.now.unwrap_or(ts);
        if self.agreeing > 0 { now.max(self.candidate) } else { now }
    }

    /// Whether a frame is dated no longer before the clock than frames of several interfaces may be. Of others nobody can tell how
    /// long before or behind one another they came.
    #[inline]
    pub(crate) fn dates(&self, ts: i64) -> bool {
        self.now.is_none_or(|now| now.saturating_sub(ts.saturating_add(self.offset)) <= LATE)
    }

    /// Whether the time of the last frame is one that is not followed yet.
    #[inline]
    pub(crate) fn is_ahead(&self) -> bool {
        self.agreeing > 0
    }

    /// No frame comes any more: a step that frames agree on is followed.
    pub(crate) fn settle(&mut self) {
        if self.agreeing >= AGREE {
            self.now = self.now.max(Some(self.candidate));
        }
    }

    /// Whoever owns the time says what it is.
    pub(crate) fn advance(&mut self, ts: i64) -> i64 {
        let now = ts.saturating_add(self.offset).max(self.now.unwrap_or(i64::MIN));
        self.now = Some(now);
        now
    }

    /// Frames of several interfaces may be a little late, and a file may begin before the last one ended; only where all
    /// frames are late is it the time stamps that have stepped back. The clock then goes on from where it is.
    #[cold]
    fn late(&mut self, ts: i64, now: i64) {
        if now.saturating_sub(ts) < LATE {
            self.behind = 0;
            return;
        }
        if self.behind == 0 {
            (self.behind, self.first_late, self.least_late) = (1, ts, ts);
        } else {
            (self.behind, self.least_late) = (self.behind.saturating_add(1), self.least_late.max(ts));
        }
        if self.behind >= BEHIND && self.least_late.saturating_sub(self.first_late) >= RUN_ON {
            self.offset = self.offset.saturating_add(now.saturating_sub(self.least_late));
            self.behind = 0;
        }
    }

    #[cold]
    fn step(&mut self, ts: i64, now: i64) -> Step {
        let agrees =
            self.agreeing > 0 && ts.saturating_sub(self.candidate).unsigned_abs() <= STEP.unsigned_abs();
        if agrees {
            self.agreeing = self.agreeing.saturating_add(1);
            self.candidate = self.candidate.max(ts);
        } else {
            (self.agreeing, self.stepped, self.candidate) = (1, ts, ts);
        }
        let said = core::mem::replace(&mut self.said, true);
        if self.agreeing < AGREE {
            return if said { Step::None } else { Step::First };
        }
        if self.candidate <= now {
            // The time stamps have stepped back; the clock goes on from where it is.
            self.offset = self.offset.saturating_add(now.saturating_sub(self.candidate));
            self.agreeing = 0;
        } else if self.candidate.saturating_sub(self.stepped) >= RUN_ON {
            self.now = Some(self.candidate);
            self.agreeing = 0;
        } else if self.agreeing == AGREE {
            return Step::Agreed(self.candidate);
        }
        Step::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn time_stamps_that_step_back_by_less_than_an_hour_do_not_stop_the_clock() {
        let mut clock = Clock::default();
        clock.hear(1_000 * SECOND);
        for second in 0..=60 {
            clock.hear((800 + second) * SECOND);
            assert_eq!(clock.now(), Some(1_000 * SECOND), "{second}");
        }
        clock.hear(861 * SECOND);
        assert_eq!(clock.now(), Some(1_001 * SECOND));
    }

    #[test]
    fn conversations_one_behind_the_other_do_not_drive_the_clock_on() {
        let mut clock = Clock::default();
        clock.hear(1_000 * SECOND);
        for conversation in 0..100 {
            for second in 0..50 {
                clock.hear((900 + second) * SECOND);
                assert_eq!(clock.now(), Some(1_000 * SECOND), "{conversation}, {second}");
            }
        }
    }

    #[test]
    fn a_few_late_frames_do_not_drive_the_clock_on() {
        let mut clock = Clock::default();
        clock.hear(1_000 * SECOND);
        for frame in 0..i64::from(BEHIND) - 1 {
            clock.hear(500 * SECOND + frame * 10 * SECOND);
            assert_eq!(clock.now(), Some(1_000 * SECOND), "{frame}");
        }
    }

    #[test]
    fn frames_of_an_interface_that_lags_do_not_drive_the_clock_on() {
        let mut clock = Clock::default();
        for frame in 0..1_000 {
            // One in time for ten that are five seconds late.
            let ts = frame * SECOND / 100 - if frame % 11 == 0 { 0 } else { 5 * SECOND };
            clock.hear(ts);
            assert_eq!(clock.now(), Some(frame / 11 * 11 * SECOND / 100), "{frame}");
        }
    }

    #[test]
    fn time_that_is_told_is_taken_at_its_word_unless_it_runs_back() {
        let mut clock = Clock::default();
        assert_eq!(clock.advance(5), 5);
        assert_eq!(clock.advance(3 * STEP), 3 * STEP);
        assert_eq!(clock.advance(7), 3 * STEP);
    }
}
