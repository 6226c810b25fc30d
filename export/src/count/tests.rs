//! What the checksum depends on, and what it does not.
use super::*;
use crate::samples::{Every, Other, envelope, every, seeds};
use fieldtap::record::Envelope;
use proptest::prelude::*;

fn count<'a>(rows: impl IntoIterator<Item = (Envelope, &'a dyn Row)>) -> Count {
    let mut count = Count::new();
    for (envelope, row) in rows {
        assert_eq!(count.row(&envelope, row), Verdict::GoOn);
    }
    count
}

#[test]
fn tables_are_counted_apart_and_listed_by_name() {
    let (first, second) = (every(b"a"), Other { number: 1 });
    let count = count([(envelope(), &second as &dyn Row), (envelope(), &first), (envelope(), &second)]);
    let tables: Vec<_> = count.tables().iter().map(|(table, tally)| (table.name, tally.rows)).collect();
    assert_eq!(tables, [("every", 1), ("other", 2)]);
    assert_eq!(count.rows(), 3);
}

#[test]
fn the_checksum_depends_on_the_row_the_envelope_and_their_pairing() {
    let (first, second) = (every(b"a"), Every { u8: 1, ..every(b"a") });
    let (here, there) = (envelope(), Envelope { frame: 43, ..envelope() });
    let checksum = |rows: [(Envelope, &dyn Row); 2]| count(rows).tables()[0].1.checksum;
    let mut sums = [
        checksum([(here, &first), (there, &second)]),
        checksum([(here, &second), (there, &first)]),
        checksum([(here, &first), (here, &second)]),
        checksum([(here, &first), (there, &first)]),
    ];
    assert_eq!(sums[0], checksum([(there, &second), (here, &first)]));
    sums.sort_unstable();
    assert!(sums.windows(2).all(|pair| pair[0] != pair[1]));
}

proptest! {
    #[test]
    fn neither_order_nor_division_changes_the_count(seeds in seeds(), split in 0usize..40) {
        let rows: Vec<_> = seeds.iter().map(|seed| (seed.envelope(), seed.row())).collect();
        let all = |rows: &[(Envelope, Every<'_>)]| count(rows.iter().map(|(e, r)| (*e, r as &dyn Row)));
        let whole = all(&rows);
        let mut backwards = rows.clone();
        backwards.reverse();
        prop_assert_eq!(whole.tables(), all(&backwards).tables());
        let (left, right) = rows.split_at(split.min(rows.len()));
        let mut sum = all(right);
        sum.add(&all(left));
        prop_assert_eq!(whole.tables(), sum.tables());
    }
}
