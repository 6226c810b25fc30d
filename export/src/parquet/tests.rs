//! Files are read back by the reader of the parquet crate.
use super::*;
use crate::samples::{Every, HOSTILE, Other, envelope, every, fields};
use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow_array::{Array, cast::AsArray, types::Int32Type};
use fieldtap::record::{Envelope, Field, Instant, Record};

#[test]
fn files_give_rows_types_and_documentation_back() {
    for compression in [Compression::Zstd, Compression::Snappy, Compression::None] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a").join("b");
        let options = Options { compression, row_group_rows: 10, ..Options::default() };
        let mut directory = Directory::create(&path, options).expect("a folder");
        for _ in 0..2 {
            let mut batch = Batch::new(Every::schema());
            for text in HOSTILE {
                batch.push(&envelope(), &every(text));
            }
            directory.write(batch).expect("a batch");
        }
        let mut batch = Batch::new(Other::schema());
        batch.push(&envelope(), &Other { number: 7 });
        directory.write(batch).expect("a batch");
        let written = directory.close().expect("complete files");
        let expected = [("every", 32), ("other", 1)];
        assert_eq!(written.iter().map(|file| (file.table.name, file.rows)).collect::<Vec<_>>(), expected);
        assert_eq!(written[0].path, path.join("every.parquet"));

        let file = File::open(&written[0].path).expect("a file");
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
        assert_eq!(builder.metadata().num_row_groups(), 4);
        assert_eq!(builder.schema(), &arrow::schema(Every::schema()));
        let mut row = 0;
        for batch in builder.build().expect("a reader") {
            let batch = batch.expect("a batch");
            for place in 0..batch.num_rows() {
                let (envelope, record) = (envelope(), every(HOSTILE[row % HOSTILE.len()]));
                for (array, value) in batch.columns().iter().zip(fields(&envelope, &record)) {
                    match value {
                        Field::Text(text) => {
                            assert_eq!(array.as_string::<i32>().value(place), text.to_string());
                        }
                        Field::Symbol(word) => {
                            let words = array.as_dictionary::<Int32Type>();
                            let key = words.keys().value(place) as usize;
                            assert_eq!(words.values().as_string::<i32>().value(key), word);
                        }
                        Field::Null => assert!(array.is_null(place)),
                        _ => assert!(array.is_valid(place)),
                    }
                }
                row += 1;
            }
        }
        assert_eq!(row, 32);
    }
}

#[test]
fn errors_name_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let blocked = folder.path().join("file");
    fs::write(&blocked, b"").expect("a file");
    let error = Directory::create(&blocked, Options::default()).expect_err("a file is no folder");
    assert!(error.to_string().contains(&blocked.display().to_string()), "{error}");

    let taken = folder.path().join("other.parquet");
    fs::create_dir(&taken).expect("a folder");
    let mut directory = Directory::create(folder.path(), Options::default()).expect("a folder");
    let mut batch = Batch::new(Other::schema());
    batch.push(&envelope(), &Other { number: 7 });
    let error = directory.write(batch).expect_err("a folder is no file");
    assert!(matches!(&error, Error::File { path, .. } if *path == taken), "{error}");
    assert!(directory.close().expect("nothing was opened").is_empty());
}

/// A folder for each table and day; what a run adds stands beside what was there; a day that comes back has a further file.
#[test]
fn each_day_has_a_folder_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { partition: Partition::Day, ..Options::default() };
    let day = |number: i64| 1_772_409_600_000_000_000 + number * DAY;
    let mut written = Vec::new();
    for _ in 0..2 {
        let mut directory = Directory::create(folder.path(), options).expect("a folder");
        let mut batch = Batch::new(Other::schema());
        // 2026-03-02 at its beginning and its end, four days more, then the first again.
        for (number, ts) in
            [day(0), day(1) - 1, day(1), day(2), day(3), day(4), day(0)].into_iter().enumerate()
        {
            let envelope = Envelope { ts: Instant(ts), ..envelope() };
            batch.push(&envelope, &Other { number: number as u16 });
        }
        directory.write(batch).expect("a batch");
        let files = directory.close().expect("complete files");
        let relative =
            |file: Written| (file.path.strip_prefix(folder.path()).expect("below").to_owned(), file.rows);
        let mut files: Vec<_> = files.into_iter().map(relative).collect();
        files.sort();
        written.push(files);
    }
    let names = |first: usize| {
        let file = |day: u32, part: usize, rows: u64| {
            (PathBuf::from(format!("other/day=2026-03-0{day}/part-{part}.parquet")), rows)
        };
        vec![
            file(2, 2 * first, 2),
            file(2, 2 * first + 1, 1),
            file(3, first, 1),
            file(4, first, 1),
            file(5, first, 1),
            file(6, first, 1),
        ]
    };
    assert_eq!(written, [names(0), names(1)]);
}

/// Row groups of several tables share their memory: the largest is written early, and no row is lost by it.
#[test]
fn row_groups_stay_within_their_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { row_group_memory: 4 << 20, ..Options::default() };
    let mut directory = Directory::create(folder.path(), options).expect("a folder");
    let mut most = 0;
    for round in 0..400u64 {
        let (mut every_rows, mut other) = (Batch::new(Every::schema()), Batch::new(Other::schema()));
        for number in 0..50u64 {
            let envelope = Envelope { frame: 50 * round + number, ..envelope() };
            every_rows.push(&envelope, &every(HOSTILE[number as usize % HOSTILE.len()]));
            other.push(&envelope, &Other { number: number as u16 });
        }
        directory.write(every_rows).expect("a batch");
        directory.write(other).expect("a batch");
        let sum: usize = directory.files.values_mut().flatten().map(|open| open.memory).sum();
        assert_eq!(directory.memory, sum);
        most = most.max(directory.memory);
    }
    assert!(most <= options.row_group_memory, "{most}");
    for file in directory.close().expect("complete files") {
        let reader = File::open(&file.path).expect("a file");
        let reader = ParquetRecordBatchReaderBuilder::try_new(reader).expect("a Parquet file");
        let groups = reader.metadata().num_row_groups();
        assert!(groups > 1, "{}: {groups}", file.path.display());
        assert_eq!(reader.metadata().file_metadata().num_rows(), 20_000);
        let batches = reader.build().expect("a reader").map(|batch| batch.expect("a batch"));
        let frames = batches.flat_map(|batch| {
            let frames = batch.column_by_name("frame").expect("frames").clone();
            frames.as_primitive::<arrow_array::types::UInt64Type>().values().to_vec()
        });
        assert!(frames.eq(0..20_000));
    }
}
