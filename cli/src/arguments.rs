//! The command line.
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Reads the traffic of industrial plants and power grids and says what the machines said to each other.
#[derive(Debug, Parser)]
#[command(name = "fieldtap", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Every message of a capture, as rows.
    Dissect(Dissect),
    /// What is in a capture: who talks to whom, what is asked, which devices there are, what is wrong.
    Summary(Summary),
    /// The protocols that are known.
    Protocols,
    /// The tables and their columns.
    Schema(Schema),
}

/// What is read, and how.
#[derive(Debug, Args)]
pub(crate) struct Input {
    /// Captures or folders of captures; `-` is standard input. Files named together are one capture, read one behind the
    /// other in the order of their first frames.
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Look for these protocols only.
    #[arg(short, long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) protocol: Vec<String>,
    /// Threads that dissect. The output is the same whatever their number.
    #[arg(long, value_name = "N", default_value_t = threads(), value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) threads: u16,
    /// What is done with wrong TCP and UDP checksums.
    #[arg(long, value_name = "HOW", value_enum, default_value_t)]
    pub(crate) checksums: Checksums,
    /// Which copy is used where fragments or held segments overlap with other octets.
    #[arg(long, value_name = "COPY", value_enum, default_value_t)]
    pub(crate) overlap: Overlap,
    /// The same addresses and ports in two VLANs are two conversations.
    #[arg(long)]
    pub(crate) vlan_in_key: bool,
    /// A description of the substation (SCD, CID, ICD): what messages do not name is named after it.
    #[arg(long, value_name = "FILE")]
    pub(crate) scl: Vec<PathBuf>,
    /// A list of names (CSV: device, point, name, unit, type, order): what the plant calls its devices and points stands beside their
    /// addresses.
    #[arg(long, value_name = "FILE")]
    pub(crate) names: Vec<PathBuf>,
    /// Set a limit, as NAME=NUMBER; `fieldtap schema --limits` lists them.
    #[arg(long = "limit", value_name = "NAME=N")]
    pub(crate) limits: Vec<String>,
}

fn threads() -> u16 {
    // More threads than this wait for the one that reads.
    let most = std::thread::available_parallelism().map_or(1, |threads| threads.get()).min(8);
    u16::try_from(most).unwrap_or(1)
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Checksums {
    /// Wrong ones are left out where right ones have been seen.
    #[default]
    Auto,
    /// Wrong ones are left out.
    Check,
    /// They are not looked at.
    Ignore,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Overlap {
    /// The first that came.
    #[default]
    First,
    /// The last that came.
    Last,
    /// As BSD.
    Bsd,
    /// As Linux.
    Linux,
    /// As Windows up to XP and Server 2003.
    Windows,
    /// As Solaris.
    Solaris,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// JSON lines: one object a row.
    #[default]
    Jsonl,
    /// Comma-separated values: a file per table.
    Csv,
    /// Zeek's tab-separated logs: a file per table.
    Zeek,
    /// Suricata's EVE: one JSON object an event.
    Eve,
    /// Apache Parquet: a file per table.
    Parquet,
}

/// Logs of other tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// Those that Zeek writes with the ICSNPP parsers, and for IEC 61850 with those of DINA.
    Icsnpp,
    /// The same, but goose.log as haolipeng's parser writes it.
    IcsnppHaolipeng,
}

#[derive(Debug, Args)]
pub(crate) struct Dissect {
    #[command(flatten)]
    pub(crate) input: Input,
    /// Dissect the octets of this file as payload of one protocol, instead of a capture.
    #[arg(long, value_name = "FILE", requires = "protocol", conflicts_with = "files")]
    pub(crate) raw: Option<PathBuf>,
    /// Where the payload was sent.
    #[arg(long, value_enum, default_value_t, requires = "raw")]
    pub(crate) direction: Direction,
    /// Format of the output.
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// With --format zeek: the logs of another tool, with its names and words, instead of our own tables. Implies
    /// --every-message.
    #[arg(long, value_name = "NAME", value_enum, conflicts_with_all = ["tables", "count"])]
    pub(crate) profile: Option<Profile>,
    /// With --profile: JSON lines, as Zeek writes them, instead of tab-separated text.
    #[arg(long, requires = "profile")]
    pub(crate) json: bool,
    /// Write into this folder instead of standard output.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Spread the rows of a table over a folder for each day; Parquet only.
    #[arg(long, value_name = "BY", value_enum)]
    pub(crate) partition: Option<Partition>,
    /// Tables that are wanted: names, `messages` (the protocols' own) or `common` (the common language).
    #[arg(short, long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) tables: Vec<String>,
    /// Only rows of which this holds, such as 'operation = write' or 'address in 40,41'; comparisons are =, !=, <, <=, >, >=,
    /// in, not in. Given several times, all hold.
    #[arg(long = "where", value_name = "CONDITION", conflicts_with = "profile")]
    pub(crate) conditions: Vec<String>,
    /// Only rows from this moment on, as in 2026-03-02T08:00:00Z or 2026-03-02. Frames before it are read all the same: what
    /// they tell is known.
    #[arg(long, value_name = "TIME", conflicts_with = "profile")]
    pub(crate) from: Option<String>,
    /// Only rows before this moment.
    #[arg(long, value_name = "TIME", conflicts_with = "profile")]
    pub(crate) to: Option<String>,
    /// Write the frames behind the rows into this pcapng file, for the vendor or the CERT: all of them, also where the rows
    /// are not read to their end.
    #[arg(long, value_name = "FILE", conflicts_with = "raw")]
    pub(crate) carve: Option<PathBuf>,
    /// Every value and every fact, not only new and changed ones.
    #[arg(long)]
    pub(crate) every_message: bool,
    /// Only count: rows and a checksum of every field for each table. Implies --every-message.
    #[arg(long, conflicts_with_all = ["format", "output"])]
    pub(crate) count: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Direction {
    /// Toward the server.
    #[default]
    Request,
    /// Toward the client.
    Response,
}

#[derive(Debug, Args)]
pub(crate) struct Summary {
    #[command(flatten)]
    pub(crate) input: Input,
    /// HTML instead of text.
    #[arg(long)]
    pub(crate) html: bool,
    /// Also what each point of each device was: how many values, the first and the last, the least and the greatest.
    #[arg(long)]
    pub(crate) points: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Tables; all if none is named.
    #[arg(value_name = "TABLE")]
    pub(crate) tables: Vec<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// The JSON schema of a format of events.
    #[arg(long, value_enum, conflicts_with = "json")]
    pub(crate) format: Option<SchemaFormat>,
    /// The limits and their defaults instead of the tables.
    #[arg(long)]
    pub(crate) limits: bool,
}

/// A format whose schema is not that of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaFormat {
    /// Suricata's EVE.
    Eve,
}

/// What Parquet files are spread by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Partition {
    /// Table and day (UTC): DIR/TABLE/day=2026-03-02/part-0.parquet. Each run adds files.
    Day,
}
