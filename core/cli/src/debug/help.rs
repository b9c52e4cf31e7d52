//! What the commands of the debugger are.

use super::command::{ROWS, find};
use super::problem::Problem;
use crate::output::{BOLD, DIM, Output};

/// Characters for a command and its short forms.
const NAME: usize = 16;

/// All commands, or everything about one.
pub(super) fn help(out: &mut Output, word: Option<&str>) -> Result<(), Problem> {
    let Some(word) = word else { return all(out) };
    let row = find(word)?;
    out.line(format_args!("{BOLD}{}{BOLD:#}: {}", row.usage(), row.about))?;
    if !row.short.is_empty() {
        out.line(format_args!("Short: {}", row.short.join(", ")))?;
    }
    if !row.more.is_empty() {
        out.line(format_args!("\n{}", row.more))?;
    }
    Ok(())
}

fn all(out: &mut Output) -> Result<(), Problem> {
    for row in ROWS {
        let words: Vec<&str> = [row.name].into_iter().chain(row.short.iter().copied()).collect();
        out.line(format_args!("{BOLD}{:<NAME$}{BOLD:#} {}", words.join(" "), row.about))?;
    }
    out.line(format_args!(
        "{DIM}The beginning of a command will do, and an empty line repeats one that goes \
         somewhere. `help COMMAND` says more.{DIM:#}"
    ))?;
    Ok(())
}
