//! What is seen of a program for the terminal.

use serde::{Deserialize, Serialize};

/// What is seen of a program for the terminal.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TerminalView {
    /// What was written and typed, the latest of it.
    pub output: Vec<OutputView>,
    /// Whether the run stands in the past, and there is more after it.
    pub later: bool,
    /// How many lines came before that.
    pub forgotten: f64,
    /// Whether the program waits for something to be typed.
    pub waits: bool,
    /// Whether there is a program, and its input has not ended.
    pub listens: bool,
    /// Its files, or those it would find.
    pub files: Vec<FileView>,
    /// Functions that it called in vain, and how often.
    pub unsupported: Vec<(String, f64)>,
}

/// Where a piece of text in the terminal comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    /// It was typed.
    Input,
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

/// A piece of text in the terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputView {
    pub stream: Stream,
    pub text: String,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileView {
    pub path: String,
    /// In bytes.
    pub size: f64,
}
