//! Cases as prose: what a protocol's `vectors.md` holds. Tests, fuzz seeds, benches and documentation come from it.
//!
//! A case begins with `## name`, then says in prose what it shows and where its octets come from. Blocks follow:
//!
//! - `hex >` and `hex <`: one segment toward the server, or toward the client; behind `|` stands a comment,
//! - `json`: the rows that the segments since the last `json` block gave, in order, one object a line. `record` is the table;
//!   every key that is given must match, and a key that is null must be null.
//!
//! ````text
//! ## read_coils
//! Section 6.1.
//! ```hex >
//! 00 01 00 00 00 06 01 | header
//! 01 00 13 00 13       | read coils 20 to 38
//! ```
//! ```json
//! {"record": "modbus", "address": 19, "quantity": 19}
//! ```
//! ````
use crate::protocol::Toward;
use core::fmt;

/// One case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// What it shows.
    pub prose: String,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// One block of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Octets of one segment.
    Segment(Toward, Vec<u8>),
    /// The rows since the last step of this kind, each as JSON.
    Rows(Vec<String>),
}

impl Case {
    /// Its segments, in order.
    pub fn segments(&self) -> impl Iterator<Item = (Toward, &[u8])> {
        self.steps.iter().filter_map(|step| match step {
            Step::Segment(toward, octets) => Some((*toward, octets.as_slice())),
            Step::Rows(_) => None,
        })
    }
}

/// A file that does not follow the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}
impl core::error::Error for Error {}

/// The cases of one file. What stands before the first is an introduction.
pub fn parse(text: &str) -> Result<Vec<Case>, Error> {
    let mut cases: Vec<Case> = Vec::new();
    let mut block: Option<Step> = None;
    for (index, line) in text.lines().enumerate() {
        let wrong = |reason| Error { line: index + 1, reason };
        match &mut block {
            Some(step) if line.starts_with("```") => {
                let case = cases.last_mut().ok_or(wrong("block before the first case"))?;
                case.steps.push(step.clone());
                block = None;
            }
            Some(Step::Segment(_, octets)) => {
                let hex = line.split('|').next().unwrap_or_default();
                let digits: Vec<u8> = hex.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
                for pair in digits.chunks(2) {
                    let pair = core::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2);
                    let octet = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
                    octets.push(octet.ok_or(wrong("not an even number of hexadecimal digits"))?);
                }
            }
            Some(Step::Rows(rows)) => {
                if !line.trim().is_empty() {
                    rows.push(line.to_owned());
                }
            }
            None => match (line.strip_prefix("## "), line.strip_prefix("```")) {
                (Some(name), _) => cases.push(Case { name: name.trim().to_owned(), ..Case::default() }),
                (_, Some("hex >")) => block = Some(Step::Segment(Toward::Server, Vec::new())),
                (_, Some("hex <")) => block = Some(Step::Segment(Toward::Client, Vec::new())),
                (_, Some("json")) => block = Some(Step::Rows(Vec::new())),
                (_, Some(_)) => return Err(wrong("block is neither `hex >` nor `hex <` nor `json`")),
                (None, None) => {
                    if let Some(case) = cases.last_mut() {
                        case.prose.push_str(line);
                        case.prose.push('\n');
                    }
                }
            },
        }
    }
    if block.is_some() {
        return Err(Error { line: text.lines().count(), reason: "block without end" });
    }
    Ok(cases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_has_segments_and_rows() {
        let text = "# Title\n## one\nProse.\n```hex >\n00 01 | comment with ff\n02\n```\n```json\n{\"a\": 1}\n\n{\"b\": 2}\n```\n";
        let cases = parse(text).expect("a good file");
        assert_eq!(cases.len(), 1);
        assert_eq!(cases[0].prose, "Prose.\n");
        assert_eq!(cases[0].segments().collect::<Vec<_>>(), [(Toward::Server, &[0u8, 1, 2][..])]);
        assert_eq!(cases[0].steps[1], Step::Rows(vec!["{\"a\": 1}".into(), "{\"b\": 2}".into()]));
    }

    #[test]
    fn a_file_that_does_not_follow_the_format_is_refused_with_its_line() {
        assert_eq!(parse("## a\n```hex >\n0\n```").map_err(|e| e.line), Err(3));
        assert_eq!(parse("## a\n```hex\n00\n```").map_err(|e| e.line), Err(2));
        assert_eq!(parse("## a\n```hex <\n00\n").map_err(|e| e.line), Err(3));
        assert_eq!(parse("```hex <\n00\n```").map_err(|e| e.line), Err(3));
    }
}
