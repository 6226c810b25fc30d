//! Rows of one table, gathered by column.
use crate::{Error, tables::Tables};
use core::ops::Range;
use fieldtap::record::{
    Bitmap, Column, ColumnInfo, Columns, Envelope, Record, Row, Series, Sink, Table, Values, Verdict,
};

/// Rows of one table by column: the envelope's columns, and the table's own.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Where each row stands in the capture.
    pub envelope: Columns,
    /// The rows.
    pub record: Columns,
}

impl Batch {
    /// No rows yet.
    pub fn new(table: &'static Table) -> Self {
        Self { envelope: Columns::new(Envelope::schema()), record: Columns::new(table) }
    }
    /// No rows yet; of the columns, only these are kept.
    pub fn only(table: &'static Table, wanted: impl Fn(&ColumnInfo) -> bool) -> Self {
        Self { envelope: Columns::only(Envelope::schema(), &wanted), record: Columns::only(table, &wanted) }
    }
    /// The table.
    pub fn table(&self) -> &'static Table {
        self.record.table
    }
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.record.rows
    }
    /// Appends one row, which must be of this table.
    #[inline]
    pub fn push(&mut self, envelope: &Envelope, row: &dyn Row) {
        envelope.push(&mut self.envelope);
        row.push(&mut self.record);
    }
    /// Appends several rows that stand in the same place, which must be of this table, but no more than `most` of them.
    /// Returns how many these were; fewer than `most` if there are no more.
    pub fn push_series(&mut self, envelope: &Envelope, series: &mut dyn Series, most: usize) -> usize {
        let rows = series.push(&mut self.record, most);
        envelope.push_times(&mut self.envelope, rows);
        rows
    }
    /// Whether the batch should be flushed before another row: at `rows` rows, or before offsets outgrow 32 bits.
    pub fn full(&self, rows: usize) -> bool {
        self.record.full(rows)
    }
    /// Takes the rows out, leaves none, but room for as many.
    pub fn take(&mut self) -> Self {
        Self { envelope: self.envelope.take(), record: self.record.take() }
    }
    /// Gives back room that was not needed.
    pub fn shrink(&mut self) {
        self.envelope.shrink();
        self.record.shrink();
    }
    /// Appends some rows of another batch of the same table: so batches that several threads filled become one, in the
    /// order of rows. Nothing is appended on an error.
    pub fn append(&mut self, other: &Self, rows: Range<usize>) -> Result<(), Error> {
        self.append_all(&[(other, rows)])
    }
    /// Appends some rows of several batches of the same table, one behind the other: the same as to
    /// [`append`](Self::append) each, but column by column. Nothing is appended on an error.
    pub fn append_all(&mut self, others: &[(&Self, Range<usize>)]) -> Result<(), Error> {
        let table = self.table();
        for (other, rows) in others {
            if table != other.table() {
                return Err(Error::OtherTable { expected: table.name, found: other.table().name });
            }
            if rows.start > rows.end || rows.end > other.rows() {
                let Range { start, end } = rows.clone();
                return Err(Error::Range { table: table.name, start, end, rows: other.rows() });
            }
        }
        let parts: [fn(&Self) -> &Columns; 2] = [|batch| &batch.envelope, |batch| &batch.record];
        for part in parts {
            for (place, (info, to)) in part(self).table.columns.iter().zip(&part(self).columns).enumerate() {
                let mut len = Some(held(&to.values));
                for (other, rows) in others {
                    let from = part(other).columns.get(place).map(|from| &from.values);
                    let Some(from) = from.filter(|from| from.len() == other.rows()) else {
                        return Err(Error::Shape { table: table.name, column: info.name });
                    };
                    len = len.and_then(|len| len.checked_add(octets(from, rows)?));
                }
                if len.is_none_or(|len| i32::try_from(len).is_err()) {
                    return Err(Error::TooLarge { table: table.name, column: info.name });
                }
            }
        }
        for (place, to) in self.envelope.columns.iter_mut().enumerate() {
            append(to, place, others.iter().map(|(other, rows)| (&other.envelope, rows)));
        }
        for (place, to) in self.record.columns.iter_mut().enumerate() {
            append(to, place, others.iter().map(|(other, rows)| (&other.record, rows)));
        }
        let count: usize = others.iter().map(|(_, rows)| rows.len()).sum();
        self.envelope.rows += count;
        self.record.rows += count;
        Ok(())
    }
}

/// What the offsets say of these rows: where their values begin and end.
fn span(offsets: &[i32], rows: &Range<usize>) -> Option<Range<usize>> {
    let start = usize::try_from(*offsets.get(rows.start)?).ok()?;
    let end = usize::try_from(*offsets.get(rows.end)?).ok()?;
    (start <= end).then_some(start..end)
}

/// What the offsets of a column count so far; 0 where it has none.
fn held(to: &Values) -> usize {
    match to {
        Values::Bytes(to) => to.bytes.len(),
        Values::List(to) => to.values.len(),
        _ => 0,
    }
}

/// What these rows add to that.
fn octets(from: &Values, rows: &Range<usize>) -> Option<usize> {
    match from {
        Values::Bytes(from) => span(&from.offsets, rows).map(|span| span.len()),
        Values::List(from) => span(&from.offsets, rows).map(|span| span.len()),
        _ => Some(0),
    }
}

/// Appends rows to the column at this place.
fn append<'a>(to: &mut Column, place: usize, others: impl Iterator<Item = (&'a Columns, &'a Range<usize>)>) {
    for (from, rows) in others {
        let Some(from) = from.columns.get(place) else { continue };
        if let (Some(to), Some(from)) = (&mut to.validity, &from.validity) {
            append_bits(to, from, rows.clone());
        }
        append_values(&mut to.values, &from.values, rows.clone());
    }
}

fn append_values(to: &mut Values, from: &Values, rows: Range<usize>) {
    fn slice<T: Copy>(to: &mut Vec<T>, from: &[T], rows: Range<usize>) {
        to.extend_from_slice(from.get(rows).unwrap_or_default());
    }
    /// Moves the ends of these rows' values to where the values now stand.
    fn ends(to: &mut Vec<i32>, from: &[i32], rows: Range<usize>, start: usize) {
        let base = to.last().copied().unwrap_or_default();
        let start = i32::try_from(start).unwrap_or(i32::MAX);
        let ends = from.get(rows.start + 1..rows.end + 1).unwrap_or_default();
        to.extend(ends.iter().map(|end| base.saturating_add(end.saturating_sub(start))));
    }
    match (to, from) {
        (Values::Left(to), Values::Left(_)) => *to += rows.len(),
        (Values::Bool(to), Values::Bool(from)) => append_bits(to, from, rows),
        (Values::U8(to), Values::U8(from)) => slice(to, from, rows),
        (Values::U16(to), Values::U16(from)) => slice(to, from, rows),
        (Values::U32(to), Values::U32(from)) => slice(to, from, rows),
        (Values::U64(to), Values::U64(from)) => slice(to, from, rows),
        (Values::I8(to), Values::I8(from)) => slice(to, from, rows),
        (Values::I16(to), Values::I16(from)) => slice(to, from, rows),
        (Values::I32(to), Values::I32(from)) => slice(to, from, rows),
        (Values::I64(to), Values::I64(from)) => slice(to, from, rows),
        (Values::F32(to), Values::F32(from)) => slice(to, from, rows),
        (Values::F64(to), Values::F64(from)) => slice(to, from, rows),
        (Values::Mac(to), Values::Mac(from)) => slice(to, from, rows),
        (Values::Ip(to), Values::Ip(from)) => slice(to, from, rows),
        (Values::Bytes(to), Values::Bytes(from)) => {
            let span = span(&from.offsets, &rows).unwrap_or_default();
            ends(&mut to.offsets, &from.offsets, rows, span.start);
            slice(&mut to.bytes, &from.bytes, span);
        }
        (Values::Symbol(to), Values::Symbol(from)) => {
            for key in from.keys.get(rows).unwrap_or_default() {
                to.push(
                    usize::try_from(*key)
                        .ok()
                        .and_then(|key| from.words.get(key))
                        .copied()
                        .unwrap_or_default(),
                );
            }
        }
        (Values::List(to), Values::List(from)) => {
            let span = span(&from.offsets, &rows).unwrap_or_default();
            ends(&mut to.offsets, &from.offsets, rows, span.start);
            append_bits(&mut to.validity, &from.validity, span.start..span.end.min(from.validity.len));
            append_values(&mut to.values, &from.values, span);
        }
        // Columns of one table have the same kinds.
        _ => debug_assert!(false, "columns of one table differ in kind"),
    }
}

/// Appends bits, eight at a time.
fn append_bits(to: &mut Bitmap, from: &Bitmap, bits: Range<usize>) {
    let octet = |index: usize| from.octets.get(index).copied().unwrap_or_default();
    let mut place = bits.start;
    while place < bits.end {
        let count = (bits.end - place).min(8);
        let pair = u16::from(octet(place / 8)) | u16::from(octet(place / 8 + 1)) << 8;
        let taken = (pair >> (place % 8)) as u8 & (0xff >> (8 - count));
        let free = to.len % 8;
        match to.octets.last_mut() {
            Some(last) if free > 0 => {
                *last |= taken << free;
                if free + count > 8 {
                    to.octets.push(taken >> (8 - free));
                }
            }
            _ => to.octets.push(taken),
        }
        to.len += count;
        place += count;
    }
}

/// Rows of a batch, where nobody says otherwise.
pub const BATCH_ROWS: usize = 65_536;

/// Rows after which is looked at what a batch weighs: often enough that its offsets stay far below 32 bits. A power of two.
pub const WEIGHED: usize = 1024;

/// A sink that gathers rows into batches, one table at a time, and hands each over when it is full.
///
/// It holds at most one batch of each table that it saw. [`TableBatches::finish`] hands over what is left.
pub struct TableBatches<F> {
    batches: Tables<Batch>,
    rows: usize,
    wanted: Option<Box<dyn Fn(&'static Table) -> bool + Send>>,
    take: F,
}

impl<F: FnMut(Batch) -> Verdict> TableBatches<F> {
    /// Batches of at most `rows` rows (at least one; [`BATCH_ROWS`] is a good number), handed to `take`, whose verdict
    /// goes back to who gave the row.
    pub fn new(rows: usize, take: F) -> Self {
        Self { batches: Tables::default(), rows: rows.max(1), wanted: None, take }
    }
    /// Wants the rows of some tables only.
    pub fn only(mut self, wanted: impl Fn(&'static Table) -> bool + Send + 'static) -> Self {
        self.wanted = Some(Box::new(wanted));
        self
    }
    /// Hands over the rows that are left, table by table in the order of their first row, until a verdict says to stop.
    pub fn finish(mut self) -> Verdict {
        for (_, batch) in self.batches.into_entries() {
            if batch.rows() > 0 && (self.take)(batch) == Verdict::Stop {
                return Verdict::Stop;
            }
        }
        Verdict::GoOn
    }
}

impl<F: FnMut(Batch) -> Verdict> Sink for TableBatches<F> {
    fn row(&mut self, envelope: &Envelope, row: &dyn Row) -> Verdict {
        let table = row.table();
        let batch = self.batches.entry(table, || Batch::new(table));
        batch.push(envelope, row);
        if batch.full(self.rows) { (self.take)(batch.take()) } else { Verdict::GoOn }
    }
    fn series(&mut self, envelope: &Envelope, series: &mut dyn Series) -> Verdict {
        let table = series.table();
        let mut verdict = Verdict::GoOn;
        loop {
            let batch = self.batches.entry(table, || Batch::new(table));
            // What a batch weighs is looked at often enough that its offsets stay far below 32 bits.
            let most = (self.rows - batch.rows()).min(WEIGHED);
            let pushed = batch.push_series(envelope, series, most);
            if batch.full(self.rows) {
                verdict = verdict.max((self.take)(batch.take()));
            }
            if pushed < most || verdict == Verdict::Stop {
                return verdict;
            }
        }
    }
    fn wants(&self, table: &'static Table) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted(table))
    }
}

#[cfg(test)]
mod tests;
