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
    columns.settle();
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

/// Absent values are left out, all others are those that are asked for one by one.
#[test]
fn what_is_present_is_what_is_not_null() {
    let row = Every { real: 0.5, ..every(b"text") };
    for row in [Every { maybe: None, ..row }, Every { octets: None, maybe: Some(3), ..row }] {
        let mut present = vec![];
        row.present(&mut |column, field| present.push((column, field)));
        let columns = 0..Every::COLUMNS.len();
        let one_by_one = columns.map(|column| (column, row.field(column)));
        assert_eq!(present, one_by_one.filter(|(_, field)| *field != Field::Null).collect::<Vec<_>>());
        assert!(present.len() < Every::COLUMNS.len());
    }
}

/// Of any length, also where four sums are kept: no bit may change unnoticed, and no word may stand elsewhere.
#[test]
fn the_digest_of_octets_depends_on_every_bit_and_its_place() {
    for len in 0..200usize {
        let mut octets: Vec<u8> = (0..len).map(|place| (place * 37 + 11) as u8).collect();
        let mut digests = vec![digest_bytes(&octets), digest_bytes(&[&octets[..], &[0]].concat())];
        for place in 0..len {
            for bit in 0..8 {
                octets[place] ^= 1 << bit;
                digests.push(digest_bytes(&octets));
                octets[place] ^= 1 << bit;
            }
        }
        for place in 1..len / 8 {
            let mut moved = octets.clone();
            moved[..8 * (place + 1)].rotate_left(8);
            digests.push(digest_bytes(&moved));
        }
        let all = digests.len();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), all, "of {len} octets");
    }
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
    together.settle();
    alone.settle();
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
                at_once.settle();
                each.settle();
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

crate::record! {
    /// The kinds of field that the first row has not.
    pub struct Others<'a> in "others" {
        /// Unsigned, one octet.
        small: Option<u8>,
        /// Unsigned, two octets.
        middle: Option<u16>,
        /// Unsigned, eight octets.
        large: Option<u64>,
        /// Signed, one octet.
        signed_small: Option<i8>,
        /// Signed, four octets.
        signed_middle: Option<i32>,
        /// Signed, eight octets.
        signed_large: Option<i64>,
        /// Single precision.
        single: Option<f32>,
        /// Double precision.
        double: Option<f64>,
        /// A flag.
        flag: Option<bool>,
        /// A word.
        word: Option<Symbol>,
        /// Text.
        text: Option<Text<'a>>,
        /// An address of IEEE 802.
        mac: Option<Mac>,
        /// An IP address.
        ip: Option<IpAddr>,
        /// A clock's reading.
        clock: Option<WallClock>,
        /// A length of time.
        span: Option<Duration>,
        /// Bits.
        bits: Option<Bits<'a>>,
        /// Little endian.
        little: Option<U16Le<'a>>,
        /// Four octets.
        wide: Option<U32Be<'a>>,
        /// Four octets, little endian.
        wide_little: Option<U32Le<'a>>,
        /// Signed.
        signed: Option<I16Be<'a>>,
        /// Single precision.
        singles: Option<F32Be<'a>>,
        /// Scaled.
        reals: Option<Reals<'a>>,
    }
}

fn others() -> Others<'static> {
    Others {
        small: Some(0xff),
        middle: Some(0xfffe),
        large: Some(u64::MAX),
        signed_small: Some(-1),
        signed_middle: Some(-70_000),
        signed_large: Some(i64::MIN),
        single: Some(0.5),
        double: Some(-0.25),
        flag: Some(true),
        word: Some(Symbol("word")),
        text: Some(Text(b"text")),
        mac: Some(Mac([1, 2, 3, 4, 5, 6])),
        ip: Some(IpAddr::V6(core::net::Ipv6Addr::LOCALHOST)),
        clock: Some(WallClock(-2)),
        span: Some(Duration(3)),
        bits: Some(Bits::new(&[0b10], 2)),
        // An octet behind the last whole value is no value.
        little: Some(U16Le::new(&[1, 2, 3])),
        wide: Some(U32Be::new(&[0, 0, 1, 0])),
        wide_little: Some(U32Le::new(&[0, 0, 1, 0])),
        signed: Some(I16Be::new(&[0xff, 0xff])),
        singles: Some(F32Be::new(&[0x3f, 0x80, 0, 0])),
        reals: Some(Reals::new(&[0, 7, 0x80, 0], 2, RealForm::Integer, &[])),
    }
}

const NONE: Others<'_> = Others {
    small: None,
    middle: None,
    large: None,
    signed_small: None,
    signed_middle: None,
    signed_large: None,
    single: None,
    double: None,
    flag: None,
    word: None,
    text: None,
    mac: None,
    ip: None,
    clock: None,
    span: None,
    bits: None,
    little: None,
    wide: None,
    wide_little: None,
    signed: None,
    singles: None,
    reals: None,
};

/// What each field is to whoever reads by type, and what a column of each kind holds, present and absent.
#[test]
fn every_kind_of_field_is_read_and_kept() {
    let list = |field: Field<'_>| match field {
        Field::List(list) => {
            format!("{:?}", (list.len(), list.is_empty(), list.iter().collect::<Vec<_>>(), list.get(9)))
        }
        other => format!("{other:?}"),
    };
    let read: Vec<String> = (0..22).map(|index| list(others().field(index))).collect();
    assert_eq!(
        read,
        [
            "Unsigned(255)",
            "Unsigned(65534)",
            "Unsigned(18446744073709551615)",
            "Signed(-1)",
            "Signed(-70000)",
            "Signed(-9223372036854775808)",
            "F32(0.5)",
            "F64(-0.25)",
            "Bool(true)",
            "Symbol(\"word\")",
            "Text(\"text\")",
            "Mac(Mac([1, 2, 3, 4, 5, 6]))",
            "Ip(::1)",
            "WallClock(-2)",
            "Duration(3)",
            "(2, false, [Bool(false), Bool(true)], Null)",
            "(1, false, [Unsigned(513)], Null)",
            "(1, false, [Unsigned(256)], Null)",
            "(1, false, [Unsigned(65536)], Null)",
            "(1, false, [Signed(-1)], Null)",
            "(1, false, [F32(1.0)], Null)",
            "(2, false, [F64(7.0), Null], Null)",
        ]
    );
    assert!((0..22).all(|index| NONE.field(index) == Field::Null));

    let mut columns = Columns::new(Others::schema());
    others().push(&mut columns);
    NONE.push_times(&mut columns, 2);
    others().push_times(&mut columns, 1);
    assert_eq!(columns.rows, 4);
    columns.settle();
    for (info, column) in Others::schema().columns.iter().zip(&columns.columns) {
        assert_eq!(column.values.len(), 4, "{}", info.name);
        assert!(!column.values.is_empty() && !column.is_left());
        let validity = column.validity.as_ref().unwrap();
        assert_eq!((validity.len, validity.octets.as_slice()), (4, [0b1001].as_slice()), "{}", info.name);
        assert!(validity.get(0) && !validity.get(1) && validity.get(3) && !validity.get(4));
    }
    let values: Vec<&Values> = columns.columns.iter().map(|column| &column.values).collect();
    assert_eq!(values[0], &Values::U8(vec![0xff, 0, 0, 0xff]));
    assert_eq!(values[2], &Values::U64(vec![u64::MAX, 0, 0, u64::MAX]));
    assert_eq!(
        values[11],
        &Values::Mac(vec![Mac([1, 2, 3, 4, 5, 6]), Mac([0; 6]), Mac([0; 6]), Mac([1, 2, 3, 4, 5, 6])])
    );
    let Values::List(bits) = values[15] else { panic!("a list") };
    assert_eq!(bits.offsets, [0, 2, 2, 2, 4]);
    assert_eq!(bits.values.as_ref(), &Values::Bool(Bitmap { octets: vec![0b1010], len: 4 }));
    let Values::List(signed) = values[19] else { panic!("a list") };
    assert_eq!(
        (signed.values.as_ref(), signed.offsets.as_slice()),
        (&Values::I16(vec![-1, -1]), [0, 1, 1, 1, 2].as_slice())
    );
    let Values::List(reals) = values[21] else { panic!("a list") };
    // The second one, 8000 hex, is what its sender marks as missing.
    assert_eq!(reals.validity, Bitmap { octets: vec![0b0101], len: 4 });

    // Taken out and pushed again, the columns are what they were; so they are once they gave back room.
    let taken = columns.take();
    assert!(columns.columns.iter().all(|column| column.values.is_empty()));
    others().push(&mut columns);
    NONE.push_times(&mut columns, 2);
    others().push(&mut columns);
    columns.settle();
    columns.shrink();
    assert_eq!(columns.columns, taken.columns);
    assert!(!columns.full(5) && columns.full(4));
}

/// Columns that nobody asked for count their rows, whatever is pushed into them, and how often.
#[test]
fn columns_that_nobody_asked_for_count_alone() {
    let mut columns = Columns::only(Others::schema(), |_| false);
    others().push(&mut columns);
    NONE.push(&mut columns);
    others().push_times(&mut columns, 3);
    NONE.push_times(&mut columns, 3);
    let mut others = Columns::only(Every::schema(), |_| false);
    every(b"a").push(&mut others);
    every(b"a").push_times(&mut others, 7);
    columns.settle();
    others.settle();
    for column in columns.columns.iter().chain(&others.columns) {
        assert_eq!((column.values.len(), column.is_left(), &column.validity), (8, true, &None));
    }
    columns.shrink();
    let taken = columns.take();
    assert_eq!((taken.rows, columns.columns[0].values.len()), (8, 0));
}

/// An absent value weighs nothing, whatever stands beside it; a present one weighs by its place.
#[test]
fn the_digest_tells_absent_from_present() {
    let mut digests = vec![others().digest(), NONE.digest()];
    digests.extend([
        Others { small: None, ..others() }.digest(),
        Others { mac: None, ..others() }.digest(),
        Others { mac: Some(Mac([1, 2, 3, 4, 5, 7])), ..others() }.digest(),
        Others { ip: Some(IpAddr::V6(core::net::Ipv6Addr::UNSPECIFIED)), ..others() }.digest(),
        Others { ip: Some(IpAddr::from([0, 0, 0, 1])), ..others() }.digest(),
        Others { reals: None, ..others() }.digest(),
        Others { reals: Some(Reals::new(&[0, 7, 0, 7], 2, RealForm::Integer, &[])), ..others() }.digest(),
        Others { bits: Some(Bits::new(&[0b11], 2)), ..others() }.digest(),
        Others { little: Some(U16Le::new(&[2, 2])), ..others() }.digest(),
    ]);
    let many = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), many);
    // Octets behind the last whole value, and bits behind the last one, are no part of it.
    let same = Others { little: Some(U16Le::new(&[1, 2])), bits: Some(Bits::new(&[0b1110], 2)), ..others() };
    assert_eq!(same.digest(), others().digest());
    assert_eq!(Address::Ip(IpAddr::from([10, 0, 0, 1])).ip(), Some(IpAddr::from([10, 0, 0, 1])));
    assert_eq!(Address::Mac(Mac::default()).ip(), None);
}

/// A type that is none of the kinds in the row would be a mistake of `record!`: it is noticed where it is looked for.
#[test]
#[should_panic(expected = "another table")]
fn a_row_of_another_table_is_noticed() {
    let mut columns = Columns::new(Others::schema());
    every(b"a").push(&mut columns);
}

/// Whatever stands absent or present in whatever order, and however often it is settled in between, a column holds what
/// was pushed.
#[test]
fn absent_values_that_cost_nothing_are_there_once_columns_are_settled() {
    let present = |pattern: u32, row: u32| pattern >> row & 1 == 1;
    for rows in [1, 7, 8, 9, 20] {
        for pattern in [0, 1, 2, 0b1101, 0b1_0000_0000, 0x5_5555, 0xf_00ff, 0xf_fffe, 0xf_ffff] {
            for settled in [None, Some(0), Some(3), Some(rows - 1)] {
                let (mut columns, mut joined) =
                    (Columns::new(Others::schema()), Columns::new(Others::schema()));
                for row in 0..rows {
                    let value = present(pattern, row);
                    Others { small: value.then_some(row as u8), ..NONE }.push(&mut columns);
                    if settled == Some(row) {
                        columns.settle();
                    }
                }
                let all = columns.rows;
                // Rows from one columns to another, in two parts, leave nothing out either.
                for part in [0..all / 2, all / 2..all] {
                    for (to, from) in joined.columns.iter_mut().zip(&columns.columns) {
                        to.append(joined.rows, from, part.clone());
                    }
                    joined.rows += part.len();
                }
                for columns in [&mut columns, &mut joined] {
                    columns.settle();
                    let bits = |bits: &Bitmap| (0..bits.len).map(|row| bits.get(row)).collect::<Vec<_>>();
                    let expected: Vec<bool> = (0..rows).map(|row| present(pattern, row)).collect();
                    let [small, rest @ ..] = columns.columns.as_slice() else { panic!("columns") };
                    assert_eq!(bits(small.validity.as_ref().unwrap()), expected, "{pattern:x} {settled:?}");
                    let values = (0..rows).map(|row| if present(pattern, row) { row as u8 } else { 0 });
                    assert_eq!(small.values, Values::U8(values.collect()));
                    for column in rest {
                        assert_eq!(column.values.len(), all);
                        assert_eq!(bits(column.validity.as_ref().unwrap()), vec![false; all]);
                    }
                }
                assert_eq!(columns.columns, joined.columns);
            }
        }
    }
}

/// Rows that were pushed into two columns in turn and are gathered again are those pushed into one, words and absent values
/// too, also where one of the two has nothing in a column, and behind rows that are there already.
#[test]
fn rows_gathered_from_two_are_those_pushed_into_one() {
    fn check(schema: &'static Table, push: impl Fn(&mut Columns, usize)) {
        for rows in [1, 2, 3, 9, 40] {
            let columns = || Columns::new(schema);
            let (mut one, mut two, mut joined) = (columns(), [columns(), columns()], columns());
            let mut picks = Vec::new();
            for row in 0..rows {
                push(&mut one, row);
                push(&mut two[row % 2], row);
                picks.push(Pick { source: (row % 2) as u32, row: (row / 2) as u32 });
            }
            let [first, second] = &two;
            let (begin, rest) = picks.split_at(rows / 3);
            for picks in [begin, rest] {
                joined.gather(&[first, second], picks);
            }
            assert_eq!(joined.rows, rows);
            joined.settle();
            one.settle();
            // As text, since what is not a number is unequal to itself.
            assert_eq!(format!("{:?}", joined.columns), format!("{:?}", one.columns), "{rows}");
        }
    }
    let texts: [&[u8]; 3] = [b"a", b"", b"longer"];
    check(Every::schema(), |columns, row| every(texts[row % 3]).push(columns));
    for absent in [2, 3, 5] {
        let row_of = move |row: usize| if row.is_multiple_of(absent) { NONE } else { others() };
        check(Others::schema(), move |columns, row| row_of(row).push(columns));
        check(Others::schema(), move |columns, row| row_of(row + 1).push(columns));
    }
    // Columns that nobody asked for count alone.
    let mut left = Columns::only(Others::schema(), |_| false);
    let from = left.clone();
    left.gather(&[&from], &[Pick { source: 0, row: 0 }; 3]);
    assert_eq!((left.rows, left.columns[0].values.len()), (3, 3));
}

/// An octet of bits at a time, wherever the octet begins and ends.
#[test]
fn bits_are_appended_as_one_by_one() {
    let bit = |place: usize| place * place % 7 < 3;
    for start in 0..20 {
        for count in 0..40 {
            let (mut each, mut one) = (Bitmap::default(), Bitmap::default());
            (0..start).for_each(|place| each.push(bit(place)));
            each.push_each((start..start + count).map(bit));
            (0..start + count).for_each(|place| one.push(bit(place)));
            assert_eq!(each, one, "{count} behind {start}");
        }
    }
}
