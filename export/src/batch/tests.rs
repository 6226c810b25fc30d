//! Batches joined row by row are the batch that one thread would have filled.
use super::*;
use crate::samples::{Every, Other, Seed, envelope, every, seeds};
use proptest::prelude::*;

fn fill(seeds: &[Seed]) -> Batch {
    let mut batch = Batch::new(Every::schema());
    for seed in seeds {
        batch.push(&seed.envelope(), &seed.row());
    }
    batch
}

#[test]
fn full_batches_are_handed_over_and_the_rest_at_the_end() {
    let mut taken = Vec::new();
    let mut sink = TableBatches::new(2, |batch: Batch| {
        taken.push((batch.table().name, batch.rows(), batch.envelope.rows));
        Verdict::GoOn
    });
    for _ in 0..5 {
        assert_eq!(sink.row(&envelope(), &every(b"a")), Verdict::GoOn);
        assert_eq!(sink.row(&envelope(), &Other { number: 1 }), Verdict::GoOn);
    }
    assert_eq!(sink.finish(), Verdict::GoOn);
    let expected = ["every", "other", "every", "other"].map(|name| (name, 2, 2));
    assert_eq!(taken[..4], expected);
    assert_eq!(taken[4..], [("every", 1, 1), ("other", 1, 1)]);
}

/// Rows that came together: as many as are asked for at once.
struct Numbers(std::vec::IntoIter<u16>);

impl Series for Numbers {
    fn table(&self) -> &'static Table {
        Other::schema()
    }
    fn each(&mut self, take: &mut dyn FnMut(&dyn Row) -> Verdict) -> Verdict {
        self.0.by_ref().map(|number| take(&Other { number })).max().unwrap_or_default()
    }
    fn push(&mut self, columns: &mut Columns, most: usize) -> usize {
        self.0.by_ref().take(most).map(|number| Other { number }.push(columns)).count()
    }
    fn weigh(&mut self, _: u64) -> (u64, u64) {
        (0, 0)
    }
}

/// A batch never has more rows than were asked for, whether they come one by one or together.
#[test]
fn rows_that_come_together_fill_the_same_batches() {
    for rows in [1, 2, 3, 7, 2000, 5000] {
        let numbers: Vec<u16> = (0..4321).collect();
        let batches = |together: bool| {
            let mut taken = Vec::new();
            let mut sink = TableBatches::new(rows, |batch: Batch| {
                taken.push(format!("{batch:?}"));
                Verdict::GoOn
            });
            sink.row(&envelope(), &Other { number: 9 });
            if together {
                sink.series(&envelope(), &mut Numbers(numbers.clone().into_iter()));
            } else {
                numbers.iter().for_each(|number| {
                    sink.row(&envelope(), &Other { number: *number });
                });
            }
            sink.finish();
            taken
        };
        assert_eq!(batches(true).len(), 4322usize.div_ceil(rows));
        assert_eq!(batches(true), batches(false), "{rows}");
    }
}

#[test]
fn the_verdict_of_the_taker_goes_back_and_tables_can_be_chosen() {
    let mut sink = TableBatches::new(1, |_| Verdict::Stop).only(|table| table.name == "other");
    assert!(sink.wants(Other::schema()) && !sink.wants(Every::schema()));
    assert_eq!(sink.row(&envelope(), &Other { number: 1 }), Verdict::Stop);
}

#[test]
fn what_cannot_be_joined_is_refused_whole() {
    let mut batch = Batch::new(Other::schema());
    batch.push(&envelope(), &Other { number: 1 });
    let every = Batch::new(Every::schema());
    let error = batch.append(&every, 0..0).expect_err("another table");
    assert_eq!(error.to_string(), "rows of table every were given where those of other belong");
    let other = batch.clone();
    let error = batch.append(&other, 0..2).expect_err("no such row");
    assert_eq!(error.to_string(), "table other: rows 0 to 2 were asked of a batch of 1");
    let error =
        batch.append_all(&[(&other, 0..1), (&every, 0..0)]).expect_err("the second is of another table");
    assert_eq!(error.to_string(), "rows of table every were given where those of other belong");
    assert_eq!(batch.record.columns, other.record.columns);
}

proptest! {
    #[test]
    fn appended_ranges_are_the_rows_pushed_one_by_one(
        seeds in seeds(),
        cuts in proptest::collection::vec((0usize..40, 0usize..40, proptest::bool::ANY), 1..12),
        split in 0usize..12,
    ) {
        // Runs of two batches, of which the second may lack what the first has.
        let both = [fill(&seeds), fill(&seeds[..seeds.len() / 4])];
        let (mut joined, mut picked) = (Batch::new(Every::schema()), Vec::new());
        let (mut together, mut runs) = (Batch::new(Every::schema()), Vec::new());
        for (a, b, second) in cuts {
            let from = &both[usize::from(second)];
            let (a, b) = (a.min(from.rows()), b.min(from.rows()));
            let range = a.min(b)..a.max(b);
            joined.append(from, range.clone()).expect("rows of this table");
            picked.extend_from_slice(&seeds[range.clone()]);
            runs.push((from, range));
        }
        // Some, others behind them, and a row that is pushed last.
        let (first, rest) = runs.split_at(split.min(runs.len()));
        together.append_all(first).expect("rows of this table");
        together.append_all(rest).expect("rows of this table");
        for batch in [&mut joined, &mut together] {
            seeds.iter().take(1).for_each(|seed| batch.push(&seed.envelope(), &seed.row()));
        }
        picked.extend_from_slice(&seeds[..seeds.len().min(1)]);
        let mut expected = fill(&picked);
        prop_assert_eq!(joined.rows(), expected.rows());
        for batch in [&mut joined, &mut together, &mut expected] {
            batch.settle();
        }
        // Compared as text: what is not a number is unequal to itself.
        prop_assert_eq!(format!("{:?}", joined.record), format!("{:?}", expected.record));
        prop_assert_eq!(format!("{together:?}"), format!("{joined:?}"));
        prop_assert_eq!(format!("{:?}", joined.envelope), format!("{:?}", expected.envelope));
    }
}
