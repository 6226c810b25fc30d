//! The declaration gives the schema, and every way to a field gives the same value.
use super::*;
use core::net::IpAddr;

crate::codes! {
    /// A code.
    pub struct Code(u16) {
        /// One.
        ONE = 1 => "one" => READ,
    }
}
crate::record! {
    /// A row with every kind of field.
    pub struct Every<'a> in "every" {
        /// A flag.
        flag: bool,
        /// A number.
        number: u32 ["V"],
        /// A signed number that may be absent.
        maybe: Option<i16>,
        /// A code.
        code: Code,
        /// Text.
        text: Text<'a>,
        /// Octets that may be absent.
        octets: Option<&'a [u8]>,
        /// Registers.
        registers: Option<U16Be<'a>>,
        /// Coils.
        coils: Bits<'a>,
        /// A word.
        word: Symbol,
        /// An address.
        ip: IpAddr,
        /// A moment.
        at: Instant,
        /// A number.
        real: f64,
    }
}

fn every<'a>(text: &'a [u8]) -> Every<'a> {
    Every {
        flag: true,
        number: 7,
        maybe: None,
        code: Code(2),
        text: Text(text),
        octets: Some(&[1, 2]),
        registers: Some(U16Be::new(&[0, 1, 0xff, 0xfe, 9])),
        coils: Bits::new(&[0b101, 1], 9),
        word: Symbol("word"),
        ip: IpAddr::from([10, 0, 0, 1]),
        at: Instant(-1),
        real: f64::NAN,
    }
}

#[test]
fn one_declaration_gives_the_schema() {
    let table = Every::schema();
    assert_eq!(table.name, "every");
    assert_eq!(table.doc, "A row with every kind of field.");
    assert_eq!(table.columns.len(), 12);
    assert_eq!(table.columns[1].unit, Some("V"));
    assert!(table.columns[2].nullable && !table.columns[1].nullable);
    assert_eq!(table.columns[3].kind, Kind::Code { width: 2, names: &[(1, "one")] });
    assert_eq!(Code::ONE.operation(), Some(crate::common::Operation::READ));
    assert_eq!(Code(2).operation(), None);
    assert_eq!(table.columns[6].kind, Kind::List(Element::U16));
}

#[test]
fn fields_and_columns_hold_the_same_values() {
    let row = every(b"a\xff");
    assert_eq!(row.field(2), Field::Null);
    assert_eq!(row.field(3), Field::Code { value: 2, name: None });
    assert_eq!(row.field(99), Field::Null);
    let Field::List(registers) = row.field(6) else { panic!("a list") };
    assert_eq!(registers.iter().collect::<Vec<_>>(), [Field::Unsigned(1), Field::Unsigned(0xfffe)]);
    let mut columns = Columns::new(row.table());
    row.push(&mut columns);
    Every { maybe: Some(-3), registers: None, ..row }.push(&mut columns);
    assert_eq!(columns.rows, 2);
    assert!(columns.columns.iter().all(|column| column.values.len() == 2));
    assert_eq!(columns.columns[2].validity.as_ref().map(|v| v.octets.clone()), Some(vec![0b10]));
    assert_eq!(columns.columns[2].values, Values::I16(vec![0, -3]));
    let Values::List(list) = &columns.columns[6].values else { panic!("a list") };
    assert_eq!(
        (list.values.as_ref(), list.offsets.as_slice()),
        (&Values::U16(vec![1, 0xfffe]), [0, 2, 2].as_slice())
    );
    let Values::List(coils) = &columns.columns[7].values else { panic!("a list") };
    assert_eq!(coils.offsets, [0, 9, 18]);
}

#[test]
fn the_digest_depends_on_every_field_and_its_place() {
    let row = every(b"text");
    let others = [
        Every { flag: false, ..row },
        Every { number: 8, ..row },
        Every { maybe: Some(0), ..row },
        Every { code: Code(3), ..row },
        Every { text: Text(b"texu"), ..row },
        Every { octets: None, ..row },
        Every { octets: Some(&[]), ..row },
        Every { registers: Some(U16Be::new(&[0xff, 0xfe, 0, 1])), ..row },
        Every { coils: Bits::new(&[0b101, 1], 8), ..row },
        Every { word: Symbol("words"), ..row },
        Every { ip: IpAddr::from([10, 0, 0, 2]), ..row },
        Every { at: Instant(1), ..row },
        Every { real: 0.0, ..row },
    ];
    let mut digests: Vec<u64> = others.iter().map(Row::digest).collect();
    digests.push(row.digest());
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), others.len() + 1);
    assert_eq!(row.digest(), every(b"text").digest());
}

#[test]
fn text_of_the_wire_is_shown_reversibly_and_steers_no_terminal() {
    let shown = Text(b"a\x1b[31m\n\t\0\\\xff\xc2\x9b\xc3\xa9").to_string();
    assert_eq!(shown, "a\\x1b[31m\\x0a\\x09\\x00\\\\\\xff\\xc2\\x9bé");
}

#[test]
fn identities_keep_file_frame_and_ordinal_apart() {
    assert_eq!(message_id(0, 1, 0), 1 << 18);
    assert_eq!(message_id(2, 3, 4), 2 << 52 | 3 << 18 | 4);
    assert_eq!(message_id(0, 1, u32::MAX), (1 << 18) | ((1 << 18) - 1));
    assert_eq!(conversation_id(1, 5), 1 << 40 | 5);
}

/// However a series is taken, it is the rows that it was made of.
#[test]
fn a_series_is_its_rows_one_by_one() {
    let rows = [every(b"a"), Every { number: 8, ..every(b"b") }, every(b"c")];
    let series = || Each(rows.into_iter());
    let sum = rows.iter().fold(0u64, |sum, row| sum.wrapping_add(weight(5, row.digest())));
    assert_eq!(series().weigh(5), (3, sum));

    let (mut together, mut alone) = (Columns::new(Every::schema()), Columns::new(Every::schema()));
    let mut series_of_three = series();
    assert_eq!(series_of_three.push(&mut together, 2), 2);
    assert_eq!(together.rows, 2);
    assert_eq!(series_of_three.push(&mut together, 2), 1);
    rows.iter().for_each(|row| row.push(&mut alone));
    assert_eq!(together.rows, 3);
    // Not equal as a whole, since a NaN is not: the columns before it are.
    assert_eq!(together.columns[..11], alone.columns[..11]);

    let mut taken = 0;
    let verdict = series().each(&mut |row| {
        taken += 1;
        assert!(core::ptr::eq(row.table(), Every::schema()));
        if taken == 2 { Verdict::Stop } else { Verdict::Leave }
    });
    assert_eq!((verdict, taken), (Verdict::Stop, 2));
}

/// However often it is pushed at once, from whatever place on, a row is what it is when it is pushed again and again.
#[test]
fn a_row_pushed_so_many_times_is_the_row_pushed_again_and_again() {
    let rows = [
        every(b"a"),
        Every { flag: false, maybe: Some(-3), octets: None, registers: None, real: 1.0, ..every(b"") },
    ];
    for before in 0..10 {
        for times in 0..20 {
            for (first, second) in [(rows[0], rows[1]), (rows[1], rows[0])] {
                let (mut at_once, mut each) = (Columns::new(Every::schema()), Columns::new(Every::schema()));
                for columns in [&mut at_once, &mut each] {
                    (0..before).for_each(|_| first.push(columns));
                }
                second.push_times(&mut at_once, times);
                (0..times).for_each(|_| second.push(&mut each));
                first.push(&mut at_once);
                first.push(&mut each);
                assert_eq!(at_once.rows, before + times + 1);
                // As text, since a NaN is not equal to itself.
                assert_eq!(format!("{at_once:?}"), format!("{each:?}"), "{before} and {times}");
            }
        }
    }
}

/// What takes the place of columns that were taken out is empty, and of the same shape.
#[test]
fn columns_that_were_taken_out_leave_empty_ones() {
    let mut columns = Columns::only(Every::schema(), |column| column.name != "number");
    every(b"a").push(&mut columns);
    let taken = columns.take();
    assert_eq!((taken.rows, columns.rows), (1, 0));
    let empty = Columns::only(Every::schema(), |column| column.name != "number");
    assert_eq!(format!("{columns:?}"), format!("{empty:?}"));
    every(b"a").push(&mut columns);
    columns.shrink();
    assert_eq!(format!("{columns:?}"), format!("{taken:?}"));
}
