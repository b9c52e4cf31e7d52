//! `fayasm diverge`: where two runs, of which hashes were written down, begin to differ.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use fayasm_trace::HashRow;
use serde_json::Value;

use crate::args::DivergeOptions;
use crate::failure::Failure;
use crate::input::{is_stdin, shown};
use crate::output::{BOLD, DIM, GOOD, Output, printable};

/// The longest line that is read, in bytes: the last one of a trace has results and backtrace.
const MAX_LINE: u64 = 16 << 20;

/// How many hashes narrowing down asks for at a time.
const NARROWER: u64 = 1000;

pub(crate) fn diverge(options: &DivergeOptions) -> Result<(), Failure> {
    let DivergeOptions { one, other } = options;
    if is_stdin(one) && is_stdin(other) {
        return Err(Failure::Arguments("only one of both can be standard input".to_owned()));
    }
    let found = compare(&mut Hashes::open(one)?, &mut Hashes::open(other)?)?;
    let mut out = Output::stdout();
    let differ = print(&mut out, &found, [one, other])?;
    out.finish()?;
    if differ { Err(Failure::Diverged) } else { Ok(()) }
}

/// What comparing two runs has shown.
struct Comparison {
    /// The last instruction count at which they agree.
    agree: Option<HashRow>,
    /// How many counts they agree at.
    counts: u64,
    differ: Option<Difference>,
}

enum Difference {
    /// At this count, their states are not the same.
    States(HashRow, HashRow),
    /// One has nothing after so many instructions, and the other goes on.
    Ends { first: bool, executed: u64 },
}

/// Compares at the counts that both have, until they differ.
fn compare(one: &mut Hashes, other: &mut Hashes) -> Result<Comparison, Failure> {
    let mut found = Comparison { agree: None, counts: 0, differ: None };
    let (mut left, mut right) = (one.next()?, other.next()?);
    loop {
        match (left, right) {
            (Some(a), Some(b)) if a.executed == b.executed => {
                if a.hash != b.hash {
                    found.differ = Some(Difference::States(a, b));
                    return Ok(found);
                }
                found.agree = Some(a);
                found.counts += 1;
                (left, right) = (one.next()?, other.next()?);
            }
            (Some(a), Some(b)) if a.executed < b.executed => left = one.next()?,
            (Some(_), Some(_)) => right = other.next()?,
            (None, None) => return Ok(found),
            (left, _) => {
                let first = left.is_none();
                let executed = if first { one.last } else { other.last };
                found.differ = executed.map(|executed| Difference::Ends { first, executed });
                // What has nothing at all has not ended, and is refused when it is read.
                return Ok(found);
            }
        }
    }
}

/// Says what was found, and whether the runs differ.
fn print(out: &mut Output, found: &Comparison, paths: [&PathBuf; 2]) -> Result<bool, Failure> {
    let names = paths.map(|path| printable(&shown(path).display().to_string()).to_string());
    let Some(differ) = &found.differ else {
        let end = found.agree.map_or(0, |row| row.executed);
        out.line(format_args!(
            "{GOOD}the runs agree{GOOD:#} at all {} instruction counts, up to {end}",
            found.counts
        ))?;
        return Ok(false);
    };
    let agree = found.agree.map(|row| row.executed);
    let until = match agree {
        Some(agree) => format!("the runs agree up to instruction {agree}"),
        None => "the runs agree nowhere".to_owned(),
    };
    let at = match differ {
        Difference::States(a, b) => {
            out.line(format_args!("{until}, and {BOLD}differ after {}{BOLD:#}", a.executed))?;
            let width = a.executed.to_string().len();
            if let Some(row) = found.agree {
                out.line(format_args!(
                    "  {:>width$}  {:016x}  {DIM}both{DIM:#}",
                    row.executed, row.hash
                ))?;
            }
            out.line(format_args!(
                "  {:>width$}  {:016x}  {DIM}{}{DIM:#}",
                a.executed, a.hash, names[0]
            ))?;
            out.line(format_args!(
                "  {:>width$}  {:016x}  {DIM}{}{DIM:#}",
                b.executed, b.hash, names[1]
            ))?;
            a.executed
        }
        Difference::Ends { first, executed } => {
            let name = &names[usize::from(!first)];
            out.line(format_args!(
                "{until}, and {BOLD}one goes no further{BOLD:#}: {name} has nothing after {executed}"
            ))?;
            *executed
        }
    };
    out.line(advice(agree, at))?;
    Ok(true)
}

/// How to find out more about what happens between two instruction counts.
fn advice(agree: Option<u64>, at: u64) -> String {
    let from = agree.unwrap_or(0);
    match at.saturating_sub(from) {
        _ if at == 0 => {
            "they begin with other states: other modules, arguments or directories".to_owned()
        }
        0 => "it is not complete, or was written with another --limit".to_owned(),
        1 => format!("fayasm trace … --from {at} --limit 1 shows this instruction of each"),
        length => {
            let every = length.div_ceil(NARROWER);
            let from = from + 1;
            format!(
                "to narrow it down, of each: fayasm trace … --hashes {every} --from {from} \
                 --limit {length}"
            )
        }
    }
}

/// The hashes of a run, read line by line.
struct Hashes {
    path: PathBuf,
    lines: Box<dyn BufRead>,
    format: Option<Format>,
    /// The number of the line read last, from 1.
    line: u64,
    /// The instruction count read last.
    last: Option<u64>,
    ended: bool,
}

#[derive(Clone, Copy)]
enum Format {
    JsonLines,
    Csv,
}

impl Hashes {
    fn open(path: &Path) -> Result<Self, Failure> {
        let lines: Box<dyn BufRead> = if is_stdin(path) {
            Box::new(BufReader::new(io::stdin()))
        } else {
            let file = File::open(path).map_err(|error| Failure::Read(path.to_owned(), error))?;
            Box::new(BufReader::new(file))
        };
        let path = path.to_owned();
        Ok(Hashes { path, lines, format: None, line: 0, last: None, ended: false })
    }

    /// The next row; none at the end.
    fn next(&mut self) -> Result<Option<HashRow>, Failure> {
        while let Some(line) = self.read()? {
            let format = match self.format {
                Some(format) => format,
                None if line.starts_with('{') => Format::JsonLines,
                None if line == HashRow::COLUMNS.join(",") => {
                    self.format = Some(Format::Csv);
                    continue;
                }
                None => return Err(self.wrong("a hash of `fayasm trace --hashes`", &line)),
            };
            self.format = Some(format);
            let row = match format {
                Format::Csv => csv(&line),
                Format::JsonLines => match json(&line) {
                    Some(JsonLine::Row(row)) => Some(row),
                    Some(JsonLine::End) => {
                        self.ended = true;
                        continue;
                    }
                    None => None,
                },
            };
            let Some(row) = row.filter(|_| !self.ended) else {
                return Err(self.wrong("an instruction count and a hash of 16 digits", &line));
            };
            if self.last.is_some_and(|last| last >= row.executed) {
                return Err(self.wrong("a higher instruction count than before", &line));
            }
            self.last = Some(row.executed);
            return Ok(Some(row));
        }
        match self.last {
            Some(_) => Ok(None),
            None => Err(Failure::Text(self.path.clone(), "there are no hashes in it".to_owned())),
        }
    }

    /// The next line, without its end; none at the end of the file.
    fn read(&mut self) -> Result<Option<String>, Failure> {
        let mut bytes = Vec::new();
        let read = self.lines.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes);
        let read = read.map_err(|error| Failure::Read(self.path.clone(), error))?;
        if read == 0 {
            return Ok(None);
        }
        self.line += 1;
        let text = String::from_utf8_lossy(&bytes);
        Ok(Some(text.trim_end_matches(['\n', '\r']).to_owned()))
    }

    fn wrong(&self, expected: &str, found: &str) -> Failure {
        let found: String = found.chars().take(60).collect();
        let what =
            format!("line {}: expected {expected}, found `{}`", self.line, printable(&found));
        Failure::Text(self.path.clone(), what)
    }
}

fn csv(line: &str) -> Option<HashRow> {
    let (executed, hash) = line.split_once(',')?;
    Some(HashRow { executed: executed.parse().ok()?, hash: digits(hash)? })
}

enum JsonLine {
    Row(HashRow),
    /// How the run ended.
    End,
}

fn json(line: &str) -> Option<JsonLine> {
    let object: Value = serde_json::from_str(line).ok()?;
    let executed = object.get("executed")?.as_u64()?;
    if object.get("end").is_some() {
        return Some(JsonLine::End);
    }
    let hash = digits(object.get("hash")?.as_str()?)?;
    Some(JsonLine::Row(HashRow { executed, hash }))
}

fn digits(text: &str) -> Option<u64> {
    let is_hash = text.len() == 16 && text.bytes().all(|it| it.is_ascii_hexdigit());
    u64::from_str_radix(text, 16).ok().filter(|_| is_hash)
}
