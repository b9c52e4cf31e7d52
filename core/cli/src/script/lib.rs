//! Scripts (`.wast`): the official test suite's files of modules and of
//! assertions about them.

mod pages;
mod pause;
mod session;
mod spectest;
mod values;

use std::fmt;

use fayasm_core::{Config, Paging};
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::token::Span;
use wast::{QuoteWat, Wast, WastDirective};

pub use pause::scramble;
use session::Session;

/// What a directive does or asserts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `module`, `module definition`, `module instance`
    Module,
    /// `register`
    Register,
    /// `invoke`
    Invoke,
    /// `assert_return`
    Return,
    /// `assert_trap`
    Trap,
    /// `assert_exhaustion`
    Exhaustion,
    /// `assert_invalid`
    Invalid,
    /// `assert_malformed` of a binary
    Malformed,
    /// `assert_malformed` of text: what assembles it refuses it, most of the time
    MalformedText,
    /// `assert_unlinkable`
    Unlinkable,
    /// `assert_exception`
    Exception,
    /// `assert_suspension`
    Suspension,
    /// `assert_invalid_custom`, `assert_malformed_custom`
    Custom,
    /// `thread`, `wait`
    Thread,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 14] = [
        Kind::Module,
        Kind::Register,
        Kind::Invoke,
        Kind::Return,
        Kind::Trap,
        Kind::Exhaustion,
        Kind::Invalid,
        Kind::Malformed,
        Kind::MalformedText,
        Kind::Unlinkable,
        Kind::Exception,
        Kind::Suspension,
        Kind::Custom,
        Kind::Thread,
    ];

    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Module => "module",
            Kind::Register => "register",
            Kind::Invoke => "invoke",
            Kind::Return => "return",
            Kind::Trap => "trap",
            Kind::Exhaustion => "exhaustion",
            Kind::Invalid => "invalid",
            Kind::Malformed => "malformed",
            Kind::MalformedText => "malformed text",
            Kind::Unlinkable => "unlinkable",
            Kind::Exception => "exception",
            Kind::Suspension => "suspension",
            Kind::Custom => "custom section",
            Kind::Thread => "thread",
        }
    }

    /// Whether it asserts something, rather than preparing for that.
    #[must_use]
    pub const fn is_assertion(self) -> bool {
        !matches!(self, Kind::Module | Kind::Register | Kind::Invoke | Kind::Thread)
    }

    fn of(directive: &WastDirective<'_>) -> Kind {
        use WastDirective as D;
        match directive {
            D::Module(_) | D::ModuleDefinition(_) | D::ModuleInstance { .. } => Kind::Module,
            D::Register { .. } => Kind::Register,
            D::Invoke(_) => Kind::Invoke,
            D::AssertReturn { .. } => Kind::Return,
            D::AssertTrap { .. } => Kind::Trap,
            D::AssertExhaustion { .. } => Kind::Exhaustion,
            D::AssertInvalid { .. } => Kind::Invalid,
            D::AssertMalformed { module: QuoteWat::Wat(_), .. } => Kind::Malformed,
            D::AssertMalformed { .. } => Kind::MalformedText,
            D::AssertUnlinkable { .. } => Kind::Unlinkable,
            D::AssertException { .. } => Kind::Exception,
            D::AssertSuspension { .. } => Kind::Suspension,
            D::AssertInvalidCustom { .. } | D::AssertMalformedCustom { .. } => Kind::Custom,
            D::Thread(_) | D::Wait { .. } => Kind::Thread,
        }
    }
}

/// What came of one directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The line that it begins on, counted from 1.
    pub line: usize,
    /// What it does or asserts.
    pub kind: Kind,
    /// Whether it held; if not, why.
    pub held: Result<(), String>,
}

/// Settings under which a script is carried out.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Those of the engine.
    pub config: Config,
    /// The most instructions that one directive may execute; none is no limit.
    pub fuel: Option<u64>,
    /// How memories are kept as pages; none if they are not.
    pub paging: Option<Paging>,
    /// The seed of the places at which calls are interrupted, saved, and go on once everything has
    /// been lost and loaded again; none if they are not.
    pub pauses: Option<u64>,
    /// Whether all microcode is dropped at every call, but for those behind the first thousand.
    pub evicting: bool,
}

impl From<Config> for Settings {
    fn from(config: Config) -> Self {
        Settings { config, ..Settings::default() }
    }
}

/// The text is no script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ScriptError {}

/// Carries out all directives of a script, and hands `each` what came of them.
///
/// ```
/// use fayasm_script::Settings;
///
/// let text = r#"(module (func (export "f") (result i32) (i32.const 7)))
///               (assert_return (invoke "f") (i32.const 7))
///               (assert_return (invoke "f") (i32.const 8))"#;
/// let mut lines = Vec::new();
/// fayasm_script::run(text, &Settings::default(), |report| {
///     if let Err(why) = report.held {
///         lines.push(format!("line {}: {why}", report.line));
///     }
/// })?;
/// assert_eq!(lines, ["line 3: gives [i32:7], should give [i32:8]"]);
/// # Ok::<(), fayasm_script::ScriptError>(())
/// ```
///
/// # Errors
///
/// Where the text is no script. Nothing is carried out then.
pub fn run(
    text: &str,
    settings: &Settings,
    mut each: impl FnMut(Report),
) -> Result<(), ScriptError> {
    let located = |error: wast::Error| {
        let (line, column) = error.span().linecol_in(text);
        ScriptError { line: line + 1, column: column + 1, message: error.message() }
    };
    let mut lexer = Lexer::new(text);
    // The suite has such names, and tests that they are taken.
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).map_err(located)?;
    let script = parser::parse::<Wast<'_>>(&buffer).map_err(located)?;
    let mut lines = Lines::new(text);
    let mut session = Session::new(settings);
    for directive in script.directives {
        let (line, kind) = (lines.of(directive.span()), Kind::of(&directive));
        let held = match &mut session {
            Ok(session) => session.directive(directive),
            Err(error) => Err(error.clone()),
        };
        each(Report { line, kind, held });
    }
    Ok(())
}

/// Finds lines of places that mostly come in order, without counting from the
/// start each time: scripts have up to a hundred thousand lines.
struct Lines<'a> {
    text: &'a str,
    offset: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Lines { text, offset: 0, line: 1 }
    }

    fn of(&mut self, span: Span) -> usize {
        if span.offset() < self.offset {
            *self = Lines::new(self.text);
        }
        let passed = self.text.as_bytes().get(self.offset..span.offset()).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.offset = span.offset();
        self.line
    }
}
