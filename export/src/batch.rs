//! Rows of one table, gathered by column.
use crate::{Error, tables::Tables};
use core::ops::Range;
use fieldtap::record::{
    Column, ColumnInfo, Columns, Envelope, Pick, Record, Row, Series, Sink, Table, Verdict,
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
    /// Makes all columns whole, for whoever looks at them: see [`Columns::settle`].
    pub fn settle(&mut self) {
        self.envelope.settle();
        self.record.settle();
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
        let (mut sources, mut runs): (Vec<&Self>, _) = (Vec::new(), Vec::with_capacity(others.len()));
        for (other, rows) in others {
            if table != other.table() {
                return Err(Error::OtherTable { expected: table.name, found: other.table().name });
            }
            if rows.start > rows.end || rows.end > other.rows() {
                let Range { start, end } = rows.clone();
                return Err(Error::Range { table: table.name, start, end, rows: other.rows() });
            }
            let known = sources.iter().position(|source| core::ptr::eq(*source, *other));
            let source = known.unwrap_or_else(|| {
                sources.push(other);
                sources.len() - 1
            });
            runs.push((source, rows.clone()));
        }
        let of = |part: fn(&Self) -> &Columns| -> Vec<_> { sources.iter().copied().map(part).collect() };
        let (envelopes, records) = (of(|batch| &batch.envelope), of(|batch| &batch.record));
        joinable(&self.envelope, &envelopes, &runs, table)?;
        joinable(&self.record, &records, &runs, table)?;
        match picks(&runs) {
            Some(picks) => {
                self.envelope.gather(&envelopes, &picks);
                self.record.gather(&records, &picks);
            }
            None => {
                append(&mut self.envelope, &envelopes, &runs);
                append(&mut self.record, &records, &runs);
            }
        }
        Ok(())
    }
}

/// Rows of one of several sources.
type Run = (usize, Range<usize>);

/// Whether these rows can be appended: all columns are whole, and what they weigh together fits their offsets.
fn joinable(to: &Columns, sources: &[&Columns], runs: &[Run], table: &Table) -> Result<(), Error> {
    for (place, (info, to)) in to.table.columns.iter().zip(&to.columns).enumerate() {
        let mut columns = Vec::with_capacity(sources.len());
        for source in sources {
            // A nullable column may end early.
            let whole = |from: &&Column| match from.validity {
                Some(_) => from.values.len() <= source.rows,
                None => from.is_left() || from.values.len() == source.rows,
            };
            let Some(column) = source.columns.get(place).filter(whole) else {
                return Err(Error::Shape { table: table.name, column: info.name });
            };
            columns.push(column);
        }
        if !to.values.has_offsets() {
            continue;
        }
        let mut weights =
            runs.iter().map(|(source, rows)| columns.get(*source)?.values.weight_of(rows.clone()));
        let sum = weights.try_fold(to.values.weight(), |sum, weight| sum.checked_add(weight?));
        if sum.is_none_or(|sum| i32::try_from(sum).is_err()) {
            return Err(Error::TooLarge { table: table.name, column: info.name });
        }
    }
    Ok(())
}

/// Runs of fewer rows than this, on average, are joined row by row: to begin each run in each column takes longer.
const SHORT: usize = 8;

/// The rows one by one, where they are better joined so.
fn picks(runs: &[Run]) -> Option<Vec<Pick>> {
    let rows: usize = runs.iter().map(|(_, rows)| rows.len()).sum();
    if runs.len() == 1 || rows >= SHORT * runs.len() {
        return None;
    }
    let mut picks = Vec::with_capacity(rows);
    for (source, rows) in runs {
        let source = u32::try_from(*source).ok()?;
        for row in rows.clone() {
            picks.push(Pick { source, row: u32::try_from(row).ok()? });
        }
    }
    Some(picks)
}

/// Appends rows of several sources, one column after the other.
fn append(to: &mut Columns, sources: &[&Columns], runs: &[Run]) {
    let before = to.rows;
    for (place, to) in to.columns.iter_mut().enumerate() {
        let mut at = before;
        for (source, rows) in runs {
            if let Some(from) = sources.get(*source).and_then(|source| source.columns.get(place)) {
                to.append(at, from, rows.clone());
            }
            at += rows.len();
        }
    }
    to.rows += runs.iter().map(|(_, rows)| rows.len()).sum::<usize>();
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
