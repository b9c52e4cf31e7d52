//! The commands of the debugger, a row each, and how they are read.

use fayasm_core::Watch;

use super::problem::Problem;
use crate::words::{nearest, number};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    Step(u64),
    Next(u64),
    Finish,
    Continue,
    Back(u64),
    BackOver(u64),
    BackOut,
    BackContinue,
    Goto(u64),
    Start,
    End,
    Run,
    /// Where, and under which condition.
    Break(String, Option<String>),
    Watch(Watched, Watch),
    Catch(Catch),
    Delete(u32),
    Info,
    Where,
    Locals(usize),
    Stack(usize),
    Globals,
    Memory(Bytes),
    List,
    LastWrite(Bytes),
    Origin(Value),
    Help(Option<String>),
    Quit,
}

/// What is to be watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Watched {
    Global(String),
    Local(String),
    Memory(Bytes),
}

/// What else to stop at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Catch {
    Calls,
    Growth,
}

/// A value that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// The operand so many slots below the top of the stack.
    Operand(usize),
    Local(String),
    Global(String),
    Memory(Bytes),
}

/// Bytes of the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bytes {
    pub(super) address: u64,
    pub(super) length: u64,
}

/// A command as it is documented.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// Shorter words for the same.
    pub(super) short: &'static [&'static str],
    pub(super) arguments: &'static str,
    pub(super) about: &'static str,
    /// What else there is to say.
    pub(super) more: &'static str,
    /// Whether an empty line does it again.
    pub(super) repeats: bool,
    /// Reads the arguments.
    read: fn(&str) -> Option<Command>,
}

impl Row {
    /// `step [N]`.
    pub(super) fn usage(&self) -> String {
        format!("{} {}", self.name, self.arguments).trim_end().to_owned()
    }
}

/// Bytes that are shown if nothing is said.
const SHOWN: u64 = 64;

macro_rules! row {
    ($name:literal $short:tt $arguments:literal, $about:literal, $read:expr) => {
        row!($name $short $arguments, $about, "", false, $read)
    };
    ($name:literal $short:tt $arguments:literal, $about:literal, again, $read:expr) => {
        row!($name $short $arguments, $about, "", true, $read)
    };
    ($name:literal $short:tt $arguments:literal, $about:literal, $more:expr, $read:expr) => {
        row!($name $short $arguments, $about, $more, false, $read)
    };
    ($name:literal $short:tt $arguments:literal, $about:literal, $more:expr, $again:expr, $read:expr) => {
        Row {
            name: $name,
            short: &$short,
            arguments: $arguments,
            about: $about,
            more: $more,
            repeats: $again,
            read: $read,
        }
    };
}

pub(super) const ROWS: &[Row] = &[
    row!("step" ["s"] "[N]", "executes an instruction, or N", again,
        |it| count(it).map(Command::Step)),
    row!("next" ["n"] "[N]", "the same, and with a call everything until it returns", again,
        |it| count(it).map(Command::Next)),
    row!("finish" ["f"] "", "goes on until the function returns", again,
        |it| alone(it, Command::Finish)),
    row!("continue" ["c"] "", "goes on to a breakpoint, a watchpoint or the end", again,
        |it| alone(it, Command::Continue)),
    row!("back" ["bk"] "[N]", "goes back by an instruction, or N", again,
        |it| count(it).map(Command::Back)),
    row!("rnext" ["rn"] "[N]", "the same, and behind a call to before it", again,
        |it| count(it).map(Command::BackOver)),
    row!("rfinish" ["rf"] "", "goes back to the call of the function", again,
        |it| alone(it, Command::BackOut)),
    row!("rcontinue" ["rc"] "", "goes back to a breakpoint, a watchpoint or the beginning", again,
        |it| alone(it, Command::BackContinue)),
    row!("goto" ["g"] "N", "goes to before the instruction of this number, the first of which is 1",
        |it| number(it).map(Command::Goto)),
    row!("start" [] "", "goes to the beginning of what is known of the run",
        |it| alone(it, Command::Start)),
    row!("end" [] "", "goes to the end of what is known of the run",
        |it| alone(it, Command::End)),
    row!("run" ["r"] "", "starts from the beginning, and continues",
        |it| alone(it, Command::Run)),
    row!("break" ["b"] "PLACE [if CONDITION]", "stops before an instruction",
        BREAK_MORE, read_break),
    row!("watch" ["w"] "global NAME | local NAME | ADDRESS[,LENGTH]", "stops before a write",
        WATCH_MORE, |it| watched(it).map(|it| Command::Watch(it, Watch::Write))),
    row!("rwatch" ["rw"] "global NAME | local NAME | ADDRESS[,LENGTH]", "stops before a read",
        WATCH_MORE, |it| watched(it).map(|it| Command::Watch(it, Watch::Read))),
    row!("awatch" ["aw"] "global NAME | local NAME | ADDRESS[,LENGTH]", "stops before a read or a write",
        WATCH_MORE, |it| watched(it).map(|it| Command::Watch(it, Watch::Access))),
    row!("cwatch" ["cw"] "global NAME | local NAME | ADDRESS[,LENGTH]", "stops before a change",
        WATCH_MORE, |it| watched(it).map(|it| Command::Watch(it, Watch::Change))),
    row!("catch" [] "calls | growth", "stops before calls of host functions, or before memory.grow",
    |it| match it {
        "calls" => Some(Command::Catch(Catch::Calls)),
        "growth" => Some(Command::Catch(Catch::Growth)),
        _ => None,
    }),
    row!("delete" ["d"] "NUMBER", "takes a breakpoint or watchpoint away",
        |it| Some(Command::Delete(number(it)?.try_into().ok()?))),
    row!("info" ["i"] "", "position, what is known of the run, breakpoints and watchpoints",
        |it| alone(it, Command::Info)),
    row!("where" ["bt"] "", "the calls that led here, with places in the source code",
        |it| alone(it, Command::Where)),
    row!("locals" ["lo"] "[FRAME]", "parameters and other locals",
        FRAME_MORE, |it| frame(it).map(Command::Locals)),
    row!("stack" ["st"] "[FRAME]", "the operand stack, its top last",
        FRAME_MORE, |it| frame(it).map(Command::Stack)),
    row!("globals" ["gl"] "", "the globals of the module",
        |it| alone(it, Command::Globals)),
    row!("memory" ["x"] "ADDRESS [LENGTH]", "bytes of the memory, 64 or LENGTH",
        |it| bytes(it, SHOWN).map(Command::Memory)),
    row!("list" ["l"] "", "the instructions around",
        |it| alone(it, Command::List)),
    row!("last-write" ["why"] "ADDRESS[,LENGTH]", "goes back to what wrote there last",
        LAST_WRITE_MORE, |it| bytes(it, 1).map(Command::LastWrite)),
    row!("origin" ["o"] "[operand [N] | global NAME | local NAME | ADDRESS[,LENGTH]]",
        "tells where a value came from",
        ORIGIN_MORE, |it| value(it).map(Command::Origin)),
    row!("help" ["h", "?"] "[COMMAND]", "what can be said here",
        |it| Some(Command::Help((!it.is_empty()).then(|| it.to_owned())))),
    row!("quit" ["q"] "", "ends the debugger, as the end of input does",
        |it| alone(it, Command::Quit)),
];

const BREAK_MORE: &str = "\
PLACE is
  NAME, INDEX           the first instruction of a function; $7 is a name, 7 an index
  NAME+OFFSET           so many bytes behind that
  0xOFFSET              the instruction at this byte of the module
  FILE:LINE             where a line of source code begins, if DWARF tells it
of the module that is run; behind NAME! of one that was given with --preload.

CONDITION compares and computes:
  $name l0 g0           a local by its name or index, a global ($name means locals first)
  i32[ADDRESS]          of the memory; also i8 u8 i16 u16 u32 i64 u64 f32 f64
  1 0x1f 0.5 + - * ( )  integers are signed, as the values of locals are
  == != < <= > >= && || !
A condition that reads outside of the memory does not hold.

Examples:
  break factorial
  break parse+12 if $length > 100 && u8[$at] == 0x7b
  break src/main.c:17";

const WATCH_MORE: &str = "\
Addresses are those of the first memory of the module that is executed; LENGTH is 1 by
default. A local is watched in calls of this function that are nested as deep as this one.
What host functions write is noticed by the change; what they read is not noticed.

Examples:
  watch 0x400,16
  watch global $heap_end
  rwatch local 2
  cwatch 0x10";

const FRAME_MORE: &str = "\
FRAME is counted as `where` does: 0, the default, is the function that is executed.";

const LAST_WRITE_MORE: &str = "\
It stands before the instruction then, or before the call of the host function, that last
wrote to one of the bytes. What host functions write is noticed by the change.

Example: last-write 0x400,4";

const ORIGIN_MORE: &str = "\
It prints the instruction that put the value where it is, the one that put it to where
that copied it from, and so on; `goto` leads to any of them. Operands are counted from
the top of the stack, which is 0, the default; a vector counts as two.

Examples:
  origin
  origin local $length
  origin 0x400,4";

/// Reads a line that is not empty: the command, and whether an empty line
/// repeats it.
pub(super) fn read(line: &str) -> Result<(Command, bool), Problem> {
    let line = line.trim();
    let (word, arguments) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let row = find(word)?;
    let command = (row.read)(arguments.trim());
    let command = command.ok_or_else(|| Problem::Arguments { usage: row.usage() })?;
    Ok((command, row.repeats))
}

/// The command that a word names: its name or a short form, or the beginning of
/// one name only.
pub(super) fn find(word: &str) -> Result<&'static Row, Problem> {
    if let Some(row) = ROWS.iter().find(|row| row.name == word || row.short.contains(&word)) {
        return Ok(row);
    }
    let begun: Vec<&Row> = ROWS.iter().filter(|row| row.name.starts_with(word)).collect();
    match begun.as_slice() {
        [row] => Ok(row),
        [] => {
            let nearest = nearest(word, ROWS.iter().map(|row| row.name));
            Err(Problem::UnknownCommand { word: word.to_owned(), nearest })
        }
        several => Err(Problem::AmbiguousCommand {
            word: word.to_owned(),
            commands: several.iter().map(|row| row.name).collect(),
        }),
    }
}

fn alone(arguments: &str, command: Command) -> Option<Command> {
    arguments.is_empty().then_some(command)
}

/// How often; once, if nothing is said.
fn count(text: &str) -> Option<u64> {
    if text.is_empty() { Some(1) } else { number(text).filter(|count| *count > 0) }
}

fn frame(text: &str) -> Option<usize> {
    if text.is_empty() { Some(0) } else { number(text)?.try_into().ok() }
}

/// `ADDRESS[,LENGTH]`, or the same with a space between.
fn bytes(text: &str, default: u64) -> Option<Bytes> {
    let (address, length) = match text.split_once(|it: char| it == ',' || it.is_whitespace()) {
        Some((address, length)) => (address, number(length.trim())?),
        None => (text, default),
    };
    let address = number(address)?;
    address.checked_add(length)?;
    (length > 0).then_some(Bytes { address, length })
}

fn watched(text: &str) -> Option<Watched> {
    match text.split_once(char::is_whitespace) {
        Some(("global", name)) => Some(Watched::Global(name.trim().to_owned())),
        Some(("local", name)) => Some(Watched::Local(name.trim().to_owned())),
        _ => bytes(text, 1).map(Watched::Memory),
    }
}

fn value(text: &str) -> Option<Value> {
    match text.split_once(char::is_whitespace) {
        Some(("operand", below)) => Some(Value::Operand(number(below.trim())?.try_into().ok()?)),
        _ if text.is_empty() || text == "operand" => Some(Value::Operand(0)),
        _ => Some(match watched(text)? {
            Watched::Global(name) => Value::Global(name),
            Watched::Local(name) => Value::Local(name),
            Watched::Memory(bytes) => Value::Memory(bytes),
        }),
    }
}

fn read_break(text: &str) -> Option<Command> {
    let (place, condition) = match text.split_once(" if ") {
        Some((place, condition)) => (place, Some(condition.trim().to_owned())),
        None => (text, None),
    };
    let place = place.trim();
    (!place.is_empty()).then(|| Command::Break(place.to_owned(), condition))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_found_by_its_name_a_short_form_or_its_beginning() {
        for (word, name) in [("step", "step"), ("s", "step"), ("cont", "continue"), ("wh", "where")]
        {
            assert_eq!(find(word).ok().map(|row| row.name), Some(name), "{word}");
        }
        let said = |word| find(word).err().map(|problem| problem.to_string());
        assert_eq!(said("setp").as_deref(), Some("there is no command `setp`; is it `step`?"));
        assert_eq!(said("fi"), None);
        assert_eq!(said("sta").as_deref(), Some("`sta` can be start, stack"));
        assert_eq!(
            said("zzzzzz").as_deref(),
            Some("there is no command `zzzzzz`; `help` lists all")
        );
    }

    #[test]
    fn no_word_means_two_commands() {
        let words = |row: &Row| [row.name].into_iter().chain(row.short.iter().copied());
        let mut all: Vec<&str> = Vec::new();
        for row in ROWS {
            all.extend(words(row));
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn arguments_are_read() {
        let read = |line| read(line).ok().map(|(command, _)| command);
        assert_eq!(read("step 0x10"), Some(Command::Step(16)));
        assert_eq!(read("step 0"), None);
        assert_eq!(read("finish 1"), None);
        let bytes = Bytes { address: 64, length: 4 };
        assert_eq!(read("why 0x40,4"), Some(Command::LastWrite(bytes)));
        assert_eq!(read("watch 64, 4"), Some(Command::Watch(Watched::Memory(bytes), Watch::Write)));
        assert_eq!(read("watch global"), None);
        assert_eq!(read("memory 0xffff_ffff_ffff_ffff 2"), None);
        let (place, condition) = ("a b".to_owned(), Some("l0 == 1".to_owned()));
        assert_eq!(read("b a b if l0 == 1"), Some(Command::Break(place, condition)));
    }
}
