//! Where commands come from: a person at a terminal, or a script.

use std::env;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{Context, Editor, Helper};

use super::command::ROWS;
use crate::failure::Failure;
use crate::input::shown;
use crate::world;

const PROMPT: &str = "(fayasm) ";

pub(super) enum Prompt {
    /// A person types them.
    Terminal(Box<Editor<Words, FileHistory>>),
    /// They are read; the program's own input may stand between them.
    Script { seeded: bool },
}

impl Prompt {
    /// The prompt of a terminal that completes names of functions, or standard
    /// input, if that is none; `seeded` says how the program reads it.
    pub(super) fn new(
        functions: impl FnOnce() -> Vec<String>,
        seeded: bool,
    ) -> Result<Prompt, Failure> {
        if !io::stdin().is_terminal() {
            return Ok(Prompt::Script { seeded });
        }
        let mut editor = Editor::new().map_err(failed)?;
        editor.set_helper(Some(Words { functions: functions() }));
        if let Some(path) = history() {
            // The first time, there is none.
            let _ = editor.load_history(&path);
        }
        Ok(Prompt::Terminal(Box::new(editor)))
    }

    pub(super) fn is_terminal(&self) -> bool {
        matches!(self, Prompt::Terminal(_))
    }

    /// The next line; none at the end of input.
    pub(super) fn line(&mut self) -> Result<Option<String>, Failure> {
        match self {
            Prompt::Script { seeded } => {
                world::line(*seeded).map_err(|error| Failure::Read(PathBuf::from("-"), error))
            }
            Prompt::Terminal(editor) => match editor.readline(PROMPT) {
                Ok(line) => {
                    // A history that cannot be kept is no reason to fail.
                    let _ = editor.add_history_entry(&line);
                    Ok(Some(line))
                }
                // As in a shell, the line is given up.
                Err(ReadlineError::Interrupted) => Ok(Some(String::from("#"))),
                Err(ReadlineError::Eof) => Ok(None),
                Err(error) => Err(failed(error)),
            },
        }
    }

    /// Keeps what was typed for the next time.
    pub(super) fn close(self) {
        if let (Prompt::Terminal(mut editor), Some(path)) = (self, history()) {
            // A history that cannot be kept is no reason to fail.
            let _ = path.parent().map(fs::create_dir_all);
            let _ = editor.save_history(&path);
        }
    }
}

fn failed(error: ReadlineError) -> Failure {
    Failure::Read(shown(&PathBuf::from("-")), io::Error::other(error.to_string()))
}

/// The file with what was typed before, if there is a directory for such files.
fn history() -> Option<PathBuf> {
    let named = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = named("XDG_CACHE_HOME")
        .or_else(|| named("LOCALAPPDATA"))
        .or_else(|| env::home_dir().map(|home| home.join(".cache")))?;
    cache.is_dir().then(|| cache.join("fayasm").join("debug-history"))
}

/// What can be completed.
pub(super) struct Words {
    functions: Vec<String>,
}

impl Completer for Words {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.completions(line.get(..pos).unwrap_or(line)))
    }
}

impl Words {
    /// Where the last word begins, and what it can become.
    fn completions(&self, line: &str) -> (usize, Vec<String>) {
        let start = line.rfind(char::is_whitespace).map_or(0, |space| space + 1);
        let word = line.get(start..).unwrap_or_default();
        let fits = |name: &&str| name.starts_with(word);
        let found = match start {
            0 => ROWS.iter().map(|row| row.name).filter(fits).map(str::to_owned).collect(),
            _ => {
                self.functions.iter().map(String::as_str).filter(fits).map(str::to_owned).collect()
            }
        };
        (start, found)
    }
}

impl Hinter for Words {
    type Hint = String;
}

impl Highlighter for Words {}

impl Validator for Words {}

impl Helper for Words {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_functions_are_completed() {
        let words = Words { functions: ["main", "malloc", "free"].map(str::to_owned).to_vec() };
        let completions = |line| words.completions(line);
        assert_eq!(completions("rc"), (0, vec!["rcontinue".to_owned()]));
        assert_eq!(completions("break ma"), (6, vec!["main".to_owned(), "malloc".to_owned()]));
        assert_eq!(completions("break x"), (6, vec![]));
    }
}
