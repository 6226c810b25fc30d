//! Operations that go through several stages: selected, executed, accepted, terminated.

crate::codes! {
    /// How far an operation of several stages has come. Each is a message; the number is their order.
    pub struct Stage(u8) {
        /// Asked to select.
        SELECT = 1 => "select",
        /// The device has confirmed the select.
        SELECTED = 2 => "selected",
        /// Asked to execute: after a select, or at once.
        EXECUTE = 3 => "execute",
        /// The device has accepted it and is at work.
        ACCEPTED = 4 => "accepted",
        /// The device has reported what came of it; the last word is still to come.
        RETURNED = 5 => "returned",
        /// The device has said that it is done.
        TERMINATED = 6 => "terminated",
    }
}

impl Stage {
    /// Whether the one who asked brings an operation to this stage; the others are words of the device.
    pub const fn is_asked(self) -> bool {
        matches!(self, Self::SELECT | Self::EXECUTE)
    }
}

/// A message of an operation: when, and which.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) ts: i64,
    pub(crate) message: u64,
}

/// The messages between the first and the last of an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Steps {
    pub(crate) selected: Option<Step>,
    pub(crate) executed: Option<Step>,
    pub(crate) accepted: Option<Step>,
    pub(crate) returned: Option<Step>,
    pub(crate) cancelled: Option<Step>,
}

impl Steps {
    /// Notes the message that first brought the operation to this stage.
    pub(crate) fn note(&mut self, stage: Stage, step: Step) {
        let place = match stage {
            Stage::SELECTED => &mut self.selected,
            Stage::EXECUTE => &mut self.executed,
            Stage::ACCEPTED => &mut self.accepted,
            Stage::RETURNED => &mut self.returned,
            _ => return,
        };
        place.get_or_insert(step);
    }
    /// When the device first spoke.
    pub(crate) fn first_answer(&self) -> Option<i64> {
        self.selected.or(self.accepted).or(self.returned).map(|step| step.ts)
    }
}

/// The steps of waiting requests; most operations have none and take no room.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    steps: Vec<Steps>,
    free: Vec<u16>,
}

impl Slots {
    /// Room for the steps of one request.
    pub(crate) fn take(&mut self) -> Option<u16> {
        if let Some(slot) = self.free.pop() {
            *self.steps.get_mut(usize::from(slot))? = Steps::default();
            return Some(slot);
        }
        let slot = u16::try_from(self.steps.len()).ok()?;
        self.steps.push(Steps::default());
        Some(slot)
    }
    /// The room may be given to another; it stays readable until then.
    pub(crate) fn release(&mut self, slot: Option<u16>) {
        self.free.extend(slot);
    }
    pub(crate) fn get(&self, slot: Option<u16>) -> Steps {
        slot.and_then(|slot| self.steps.get(usize::from(slot))).copied().unwrap_or_default()
    }
    pub(crate) fn get_mut(&mut self, slot: Option<u16>) -> Option<&mut Steps> {
        self.steps.get_mut(usize::from(slot?))
    }
}
