//! What a subscription tells, cyclically or on change, and what alarms tell.
use super::{
    codes::Version,
    items::{About, Points},
    records::S7commPlusErrors,
    values::{Reader, is_end, vlq32},
};
use crate::{
    common::{PointWay, Whose},
    record::{Instant, Symbol},
    wire::Cursor,
};

/// Subscriptions of newer devices have numbers from here on.
const NEWER: u32 = 0x7000_0000;

/// What stands before the values of a notification.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Head {
    pub(super) subscription: Option<u32>,
    /// Whether the values are such as are known.
    is_known: bool,
    pub(super) credit_tick: Option<u8>,
    pub(super) sequence: Option<u32>,
    pub(super) device_time: Option<Instant>,
    pub(super) change_count: Option<u8>,
}

impl Head {
    /// Reads as much as there is. Newer devices count in groups of seven bits and put a count of credit before it; the newest ones
    /// put a time before the count of changes.
    pub(super) fn read(cursor: &mut Cursor<'_>, version: Version) -> Self {
        let mut head = Self::default();
        let _ = head.fill(cursor, version);
        head
    }
    fn fill(&mut self, cursor: &mut Cursor<'_>, version: Version) -> Option<()> {
        let subscription = cursor.u32()?;
        self.subscription = Some(subscription);
        if version == Version::V1 {
            // Only lists of subscriptions follow.
            cursor.u32()?;
            self.is_known = true;
            return Some(());
        }
        self.is_known = cursor.u16()? == 0x0400;
        cursor.u16()?;
        if !self.is_known {
            return Some(());
        }
        cursor.u16()?;
        if subscription < NEWER {
            self.sequence = Some(cursor.u8()?.into());
        } else {
            self.credit_tick = Some(cursor.u8()?);
            self.sequence = Some(vlq32(cursor)?);
            if cursor.peek()? == 0 {
                // Microseconds since 1970, whose first octet is 0 for two thousand years.
                let time = i64::try_from(cursor.u64()?).ok()?;
                self.device_time = time.checked_mul(1000).map(Instant);
            }
        }
        self.change_count = Some(cursor.u8()?);
        Some(())
    }
}

/// Reads the values of a notification, up to what counts and protects the message.
pub(super) fn values(reader: &mut Reader<'_, '_, '_>, version: Version) -> (Head, Option<()>) {
    let mut head = Head::default();
    let filled = head.fill(&mut reader.cursor, version);
    let about = About { whose: Whose::Sender, way: PointWay::REPORTED, device_time: head.device_time };
    let mut points = Points::new(about);
    let read = (|| {
        filled?;
        if !head.is_known {
            return reader.cursor.rest().iter().all(|octet| *octet == 0).then_some(());
        }
        if version != Version::V1 {
            list(reader, head.subscription?, &mut points)?;
        }
        // Values of further subscriptions, and alarms.
        while is_another(reader.cursor) {
            let subscription = reader.cursor.u32()?;
            reader.cursor.u16()?;
            list(reader, subscription, &mut points)?;
        }
        Some(())
    })();
    points.end(reader.out);
    (head, read)
}

/// Whether another subscription is ahead, rather than what counts and protects the message, or nothing.
fn is_another(cursor: Cursor<'_>) -> bool {
    cursor.peek().is_some_and(|octet| octet != 0) && !is_end(cursor)
}

/// Items with values, or why there is none, up to a 0.
fn list(reader: &mut Reader<'_, '_, '_>, subscription: u32, points: &mut Points) -> Option<()> {
    loop {
        let code = reader.cursor.peek()?;
        if !matches!(code, 0 | 0x03 | 0x13 | 0x81 | 0x83 | 0x92 | 0x9b | 0x9c) {
            return None;
        }
        reader.cursor.u8()?;
        let item = match code {
            0 => return Some(()),
            0x9b => vlq32(&mut reader.cursor)?,
            0x81 => {
                reader.objects()?;
                continue;
            }
            0x83 => {
                reader.value(0)?;
                continue;
            }
            _ => reader.cursor.u32()?,
        };
        if matches!(code, 0x92 | 0x9b) {
            let content = reader.item(item)?;
            if reader.out.wants_points() {
                let mut name = reader.out.take_scratch();
                let address = u64::from(subscription) << 32 | u64::from(item);
                points.say(Symbol("subscription"), Some(address), &mut name, &content, reader.out);
                reader.out.give_back(name);
            }
        } else if code != 0x9c {
            reader.out.row(&S7commPlusErrors {
                item,
                return_value: code.into(),
                error: code.into(),
                error_name: Some(Symbol("addressing_error")),
            });
        }
    }
}
