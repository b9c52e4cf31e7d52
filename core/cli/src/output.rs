//! Printing: to standard output or a file, and progress to the terminal.

use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use crate::args::{Color, OutputOptions};
use crate::failure::Failure;
pub(crate) use fayasm_core::text::printable;

pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const BOLD: Style = Style::new().bold();

/// Has colours used, or not, from now on.
pub(crate) fn set_color(color: Color) {
    match color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::AlwaysAnsi,
        Color::Never => ColorChoice::Never,
    }
    .write_global();
}

/// Where a command prints: standard output, or a file without colours.
pub(crate) struct Output {
    to: Box<dyn Write>,
    /// The file, to name it where it cannot be written.
    path: Option<PathBuf>,
    /// Whether a person watches, on a terminal that progress would be shown on as well.
    watched: bool,
}

impl Output {
    pub(crate) fn stdout() -> Self {
        let watched = io::stdout().is_terminal();
        let stdout = AutoStream::auto(io::stdout());
        // Each write to the stream below is looked through for colours.
        Output { to: Box::new(BufWriter::with_capacity(1 << 16, stdout)), path: None, watched }
    }

    pub(crate) fn open(options: &OutputOptions) -> Result<Self, Failure> {
        let Some(path) = &options.path else { return Ok(Output::stdout()) };
        match File::create(path) {
            Ok(file) => {
                let plain = AutoStream::never(file);
                Ok(Output {
                    to: Box::new(BufWriter::new(plain)),
                    path: Some(path.clone()),
                    watched: false,
                })
            }
            Err(error) => Err(Failure::Write(Some(path.clone()), error)),
        }
    }

    pub(crate) fn is_watched(&self) -> bool {
        self.watched
    }

    /// Prints a text that is written piece by piece.
    pub(crate) fn text(
        &mut self,
        write: impl FnOnce(&mut Text<'_>) -> fmt::Result,
    ) -> Result<(), Failure> {
        let mut text = Text { to: &mut *self.to, failed: None };
        // The error of the writer says more than that of formatting.
        let _ = write(&mut text);
        let failed = text.failed;
        self.done(failed.map_or(Ok(()), Err))
    }

    pub(crate) fn line(&mut self, text: impl fmt::Display) -> Result<(), Failure> {
        let written = writeln!(self.to, "{text}");
        self.done(written)
    }

    /// Writes what is still held back; for the end, when nothing may get lost.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.flush()
    }

    /// Writes what is still held back, before something is said elsewhere.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        let flushed = self.to.flush();
        self.done(flushed)
    }

    /// As a writer; whoever uses it hands errors to [`Output::done`].
    pub(crate) fn writer(&mut self) -> &mut dyn Write {
        &mut *self.to
    }

    pub(crate) fn done(&self, written: io::Result<()>) -> Result<(), Failure> {
        written.map_err(|error| Failure::Write(self.path.clone(), error))
    }
}

/// A writer of bytes, as a writer of text.
pub(crate) struct Text<'a> {
    to: &'a mut dyn Write,
    failed: Option<io::Error>,
}

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.to.write_all(text.as_bytes()).map_err(|error| {
            self.failed = Some(error);
            fmt::Error
        })
    }
}

/// Says something beside what is printed, on standard error.
pub(crate) fn note(text: impl fmt::Display) {
    // If nobody can see it, there is nobody to be told.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// `1 instruction`, `2 instructions`.
pub(crate) fn instructions(count: u64) -> String {
    counted(count, "instruction")
}

/// So many of something, whose plural ends with `s`.
pub(crate) fn counted(count: u64, name: &str) -> String {
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

/// How long something has to take before its progress is shown.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often progress is shown.
const PERIOD: Duration = Duration::from_millis(200);

/// A line on the terminal that says how far a long command has come.
pub(crate) struct Progress {
    started: Instant,
    /// When to show it next; never, if there is nobody to see it.
    next: Option<Instant>,
    shown: bool,
}

impl Progress {
    pub(crate) fn new(quiet: bool) -> Self {
        let started = Instant::now();
        let next = (!quiet && io::stderr().is_terminal()).then(|| started + PATIENCE);
        Progress { started, next, shown: false }
    }

    /// Takes the line away, so that something else can be printed.
    pub(crate) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }

    /// Shows it, if it is time; `what` gets the seconds that have passed.
    pub(crate) fn show(&mut self, what: impl FnOnce(f64) -> String) {
        let now = Instant::now();
        if self.next.is_some_and(|next| now >= next) {
            let text = what(now.duration_since(self.started).as_secs_f64());
            // Progress that cannot be shown is no reason to fail.
            let _ = write!(io::stderr(), "\r{text}\x1b[K");
            self.next = Some(now + PERIOD);
            self.shown = true;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
