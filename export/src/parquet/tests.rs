//! Files are read back by the reader of the parquet crate.
use super::*;
use crate::samples::{Every, HOSTILE, Other, envelope, every, fields};
use ::parquet::{arrow::arrow_reader::ParquetRecordBatchReaderBuilder, basic::Type};
use arrow_array::types::Int32Type;
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

/// A batch with other columns than the first of its table is refused, and the file stays whole.
#[test]
fn batches_of_a_table_have_the_same_columns() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut directory = Directory::create(folder.path(), Options::default()).expect("a folder");
    let batch = |mut batch: Batch| {
        batch.push(&envelope(), &Other { number: 7 });
        batch
    };
    directory.write(batch(Batch::new(Other::schema()))).expect("a batch");
    let narrow = batch(Batch::only(Other::schema(), |column| column.name != "number"));
    let error = directory.write(narrow).expect_err("a column is missing");
    assert!(error.to_string().contains("differ in their columns"), "{error}");
    directory.write(batch(Batch::new(Other::schema()))).expect("a batch");
    let written = directory.close().expect("a complete file");
    assert_eq!(written[0].rows, 2);
    let file = File::open(&written[0].path).expect("a file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
    assert_eq!(reader.metadata().file_metadata().num_rows(), 2);
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

/// All files below a folder.
fn below(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = entries
        .flat_map(|path| if path.is_dir() { below(&path) } else { vec![path.display().to_string()] })
        .collect();
    files.sort();
    files
}

/// What takes so many octets and no more, as a disk that is full.
struct Full {
    file: File,
    room: usize,
}

impl Write for Full {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.room = self
            .room
            .checked_sub(octets.len())
            .ok_or_else(|| std::io::Error::from(ErrorKind::StorageFull))?;
        self.file.write(octets)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// A disk that is full while a row group or the footer is written: the error comes out and names the file, and nothing is
/// left of the run, whatever the files are spread by. What an earlier run wrote is as it was.
#[test]
fn a_file_that_cannot_be_completed_is_not_there() {
    for partition in [Partition::None, Partition::Day] {
        for row_group_rows in [10, 1_000] {
            let folder = tempfile::tempdir().expect("a folder");
            let options = Options { partition, row_group_rows, ..Options::default() };
            let write = |directory: &mut Directory| -> Result<(), Error> {
                let mut other = Batch::new(Other::schema());
                other.push(&envelope(), &Other { number: 7 });
                directory.write(other)?;
                for round in 0..10u64 {
                    let mut batch = Batch::new(Every::schema());
                    for number in 0..50u64 {
                        let frame = 50 * round + number;
                        let envelope = Envelope { frame, ..envelope() };
                        batch.push(&envelope, &every(HOSTILE[number as usize % HOSTILE.len()]));
                    }
                    directory.write(batch)?;
                }
                Ok(())
            };
            let mut earlier = Directory::create(folder.path(), options).expect("a folder");
            write(&mut earlier).expect("batches");
            let written = earlier.close().expect("complete files");
            let (files, kept) = (below(folder.path()), written.iter().map(|file| fs::read(&file.path)));
            let kept: Vec<_> = kept.map(|octets| octets.expect("a file")).collect();
            assert_eq!(files.len(), 2);
            let mut later = Directory::create(folder.path(), options).expect("a folder");
            later.writer = |file| Box::new(Full { file, room: 10_000 });
            let error = write(&mut later).and_then(|()| later.close().map(|_| ())).expect_err("no room");
            let name = if partition == Partition::Day { "part-1.parquet" } else { "every.parquet" };
            assert!(matches!(&error, Error::Parquet { path, .. } if path.ends_with(name)), "{error}");
            assert!(
                error.to_string().contains("every") && !error.to_string().contains(".parquet.tmp"),
                "{error}"
            );
            assert_eq!(below(folder.path()), files);
            for (file, octets) in written.iter().zip(kept) {
                assert!(fs::read(&file.path).expect("a file") == octets);
            }
        }
    }
}

/// Until all is written no file has its name; a folder that is dropped before leaves none. Two that are filled at once do not
/// meet, nor do they meet what a run left that was ended from outside.
#[test]
fn files_have_their_names_when_they_are_complete() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { partition: Partition::Day, ..Options::default() };
    let begin = || {
        let mut directory = Directory::create(folder.path(), options).expect("a folder");
        // More days than are open at once: those that were ended early have no names either.
        for day in 0..6 {
            let mut batch = Batch::new(Other::schema());
            batch.push(&Envelope { ts: Instant(day * DAY), ..envelope() }, &Other { number: 7 });
            directory.write(batch).expect("a batch");
        }
        directory
    };
    let named = || below(folder.path()).into_iter().filter(|path| path.ends_with(".parquet")).count();
    let (first, second, third) = (begin(), begin(), begin());
    assert_eq!((below(folder.path()).len(), named()), (18, 0));
    drop(second);
    assert_eq!((below(folder.path()).len(), named()), (12, 0));
    assert_eq!(first.close().expect("complete files").len(), 6);
    assert_eq!((below(folder.path()).len(), named()), (12, 6));
    let left = folder.path().join(".part-1.parquet.000000.tmp");
    fs::write(&left, b"PAR1").expect("a file");
    let fourth = begin().close().expect("complete files");
    assert!(fourth[0].path.ends_with("day=1970-01-01/part-1.parquet"), "{}", fourth[0].path.display());
    // Others have taken the names that it would have had.
    let third = third.close().expect("complete files");
    assert!(third[0].path.ends_with("day=1970-01-01/part-2.parquet"), "{}", third[0].path.display());
    assert_eq!((below(folder.path()).len(), named()), (19, 18));
    assert!(left.exists());
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

/// The rows of a file at these options, a batch of many rows and one of few, over several row groups.
fn written_with(options: Options) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut directory = Directory::create(folder.path(), options).expect("a folder");
    let mut frames = 0;
    for rows in [2 * WORTH_A_THREAD as u64, 5] {
        let mut batch = Batch::new(Every::schema());
        for _ in 0..rows {
            frames += 1;
            let envelope = Envelope { frame: frames, ts: Instant(1_000_000 * frames as i64), ..envelope() };
            batch.push(&envelope, &every(HOSTILE[frames as usize % HOSTILE.len()]));
        }
        directory.write(batch).expect("a batch");
    }
    let written = directory.close().expect("complete files");
    assert_eq!(written[0].rows, frames);
    fs::read(&written[0].path).expect("a file")
}

#[test]
fn files_do_not_depend_on_the_threads_that_encode_them() {
    for row_group_rows in [3_000, 131_072] {
        let one = written_with(Options { row_group_rows, ..Options::default() });
        for threads in [0, 2, 7] {
            let options = Options { row_group_rows, threads, ..Options::default() };
            assert!(written_with(options) == one, "{threads} threads, {row_group_rows} rows");
        }
    }
}

/// What fails in a thread fails the whole, wherever the other threads stand.
#[test]
fn each_item_is_worked_on_once_and_a_failure_is_told() {
    let done = Mutex::new(Vec::new());
    let work = |item: u32| {
        done.lock().expect("no panic").push(item);
        if item == 37 { Err(ParquetError::General("here".into())) } else { Ok(()) }
    };
    assert!(each(0..37, WORTH_A_THREAD, 3, work).is_ok());
    done.lock().expect("no panic").sort_unstable();
    assert!(done.lock().expect("no panic").iter().copied().eq(0..37));
    for (rows, threads) in [(WORTH_A_THREAD, 3), (WORTH_A_THREAD - 1, 3), (WORTH_A_THREAD, 1)] {
        let failed = each(30..40, rows, threads, work);
        assert!(
            failed.is_err_and(|error| error.to_string().contains("here")),
            "{rows} rows, {threads} threads"
        );
    }
}

/// Times, frames and messages are written as differences; what repeats keeps its dictionary.
#[test]
fn what_climbs_is_written_as_differences() {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(&written_with(Options::default())).expect("room");
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
    // Parquet has no dictionaries of flags.
    let group = builder.metadata().row_group(0);
    for column in group.columns() {
        let name = column.column_path().string();
        let climbs = ["frame", "ts", "message", "at", "clock"].contains(&name.as_str());
        let has = |wanted| column.encodings().any(|encoding| encoding == wanted);
        assert_eq!(has(Encoding::DELTA_BINARY_PACKED), climbs, "{name}");
        assert_eq!(
            column.dictionary_page_offset().is_some(),
            !climbs && column.column_type() != Type::BOOLEAN,
            "{name}"
        );
    }
    let mut frames = 0;
    for batch in builder.build().expect("a reader") {
        let batch = batch.expect("a batch");
        let column = |name| batch.column_by_name(name).expect("a column");
        let (numbers, times) = (column("frame"), column("ts"));
        let numbers = numbers.as_primitive::<arrow_array::types::UInt64Type>().values();
        let times = times.as_primitive::<TimestampNanosecondType>().values();
        for (number, time) in numbers.iter().zip(times) {
            frames += 1;
            assert_eq!((*number, *time), (frames, 1_000_000 * frames as i64));
        }
    }
    assert_eq!(frames, 2 * WORTH_A_THREAD as u64 + 5);
}
