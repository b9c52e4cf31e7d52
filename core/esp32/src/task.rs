//! What a board is to do: read from its storage, where it stands before the module.
//!
//! ```text
//! fayasm task 1
//! module 358
//! fuel 1000000
//! hashes 1000
//! call fib i32:15
//! end
//! ```
//!
//! Lines of text, the last one `end`, up to the end of its sector; then the module, of so many
//! bytes; then whatever there is, for pages of memory that are not in RAM. Each `call` is made on an
//! instance of its own. These lines may be missing:
//!
//! - `fuel`: so many instructions a call may execute, each time that the board is started;
//! - `tier`: `stepper`, `auto` or `microcode`;
//! - `hashes`: after so many instructions each, a hash of the state is printed;
//! - `objects`: structures, arrays and exceptions may take so many bytes before those are collected
//!   that nothing refers to;
//! - `budget`: all together may take so many bytes, or else nearly all of the heap;
//! - `frames`: so many pages of memory are in RAM, or else as many as half of the heap has room for;
//! - `checkpoint`: after so many instructions each, all of the run is committed to the storage. When
//!   the board is started again, the last call goes on from there;
//! - `trap`: before this export is called, all of the run is committed, leaves RAM, and comes back.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::{FromStr, SplitWhitespace};

use fayasm_core::spill::{BlockDevice, SECTOR_BYTES};
use fayasm_core::{Translate, Val};

use crate::storage::StorageError;

/// The first line.
const HEAD: &str = "fayasm task 1";

/// The most bytes of text that are read in search of its end.
const MOST_TEXT: usize = 16 << 10;

/// What a board is to do.
#[derive(Debug, Default, PartialEq)]
pub struct Task {
    /// The first sector of the module.
    pub module_at: u32,
    /// Bytes of the module.
    pub module_bytes: u32,
    /// The most instructions that a call may execute.
    pub fuel: Option<u64>,
    /// When functions are translated to microcode.
    pub translate: Translate,
    /// After how many instructions each a hash of the state is printed.
    pub hashes: Option<u64>,
    /// The most bytes that objects may take.
    pub objects: Option<u64>,
    /// The most bytes that all may take together.
    pub budget: Option<u64>,
    /// How many pages of memory are in RAM.
    pub frames: Option<u32>,
    /// After how many instructions each the run is committed.
    pub checkpoint: Option<u64>,
    /// The export at whose calls the run is committed and read anew.
    pub trap: Option<String>,
    /// The calls.
    pub calls: Vec<Call>,
}

/// A call of an export.
#[derive(Debug, PartialEq)]
pub struct Call {
    /// The name of the export.
    pub export: String,
    /// The arguments.
    pub arguments: Vec<Val>,
}

/// Why there is nothing to do.
#[derive(Debug, PartialEq)]
pub enum TaskError {
    /// The storage does not answer.
    Storage(StorageError),
    /// It does not begin with a task.
    None,
    /// This line is not understood, counted from 1.
    Line(usize),
    /// There is no memory for it.
    OutOfMemory,
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TaskError::Storage(error) => error.fmt(f),
            TaskError::None => write!(f, "the storage does not begin with `{HEAD}`"),
            TaskError::Line(line) => write!(f, "line {line} of the task is not understood"),
            TaskError::OutOfMemory => f.write_str("there is no memory for the task"),
        }
    }
}

impl core::error::Error for TaskError {}

impl From<StorageError> for TaskError {
    fn from(error: StorageError) -> Self {
        TaskError::Storage(error)
    }
}

impl Task {
    /// Reads the task from the first sectors of storage.
    ///
    /// # Errors
    ///
    /// [`TaskError`] says which.
    pub fn read(storage: &mut impl BlockDevice<Error = StorageError>) -> Result<Task, TaskError> {
        let mut text = Vec::new();
        let mut sector = [[0; SECTOR_BYTES]];
        for number in 0..storage.sectors()?.min((MOST_TEXT / SECTOR_BYTES) as u32) {
            storage.read(number, &mut sector)?;
            text.try_reserve(SECTOR_BYTES).map_err(|_| TaskError::OutOfMemory)?;
            text.extend_from_slice(sector.as_flattened());
            if !text.starts_with(HEAD.as_bytes()) {
                return Err(TaskError::None);
            }
            if let Some(end) = text.windows(5).position(|bytes| bytes == b"\nend\n") {
                let text = text.get(..end).and_then(|text| core::str::from_utf8(text).ok());
                let mut task: Task = text.ok_or(TaskError::None)?.parse()?;
                task.module_at = number + 1;
                return Ok(task);
            }
        }
        Err(TaskError::None)
    }

    fn set(&mut self, line: &str) -> Option<()> {
        let mut words = line.split_whitespace();
        match words.next()? {
            "module" => self.module_bytes = words.next()?.parse().ok()?,
            "fuel" => self.fuel = Some(words.next()?.parse().ok()?),
            "hashes" => self.hashes = Some(interval(words.next()?)?),
            "objects" => self.objects = Some(words.next()?.parse().ok()?),
            "budget" => self.budget = Some(words.next()?.parse().ok()?),
            "frames" => self.frames = Some(words.next()?.parse().ok()?),
            "checkpoint" => self.checkpoint = Some(interval(words.next()?)?),
            "trap" => self.trap = Some(words.next()?.into()),
            "tier" => self.translate = translate(words.next()?)?,
            "call" => self.calls.push(call(&mut words)?),
            _ => return None,
        }
        words.next().is_none().then_some(())
    }
}

fn translate(tier: &str) -> Option<Translate> {
    Some(match tier {
        "stepper" => Translate::Never,
        "auto" => Translate::WhenHot,
        "microcode" => Translate::Always,
        _ => return None,
    })
}

/// So many instructions, at least one.
fn interval(word: &str) -> Option<u64> {
    word.parse().ok().filter(|every| *every > 0)
}

fn call(words: &mut SplitWhitespace<'_>) -> Option<Call> {
    let export = words.next()?.into();
    let arguments = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
    Some(Call { export, arguments })
}

impl FromStr for Task {
    type Err = TaskError;

    fn from_str(text: &str) -> Result<Task, TaskError> {
        let mut task = Task::default();
        for (number, line) in text.lines().enumerate() {
            let understood = match number {
                0 => (line == HEAD).then_some(()),
                _ => task.set(line),
            };
            understood.ok_or(TaskError::Line(number + 1))?;
        }
        Ok(task)
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use fayasm_core::spill::Sector;

    use super::*;

    /// Storage that holds these bytes.
    struct Bytes(Vec<u8>);

    impl BlockDevice for Bytes {
        type Error = StorageError;

        fn read(&mut self, first: u32, into: &mut [Sector]) -> Result<(), StorageError> {
            let mut sectors = self.0.chunks(SECTOR_BYTES).skip(first as usize);
            for (sector, into) in (first..).zip(into) {
                let bytes = sectors.next().ok_or(StorageError { sector })?;
                into.fill(0);
                into[..bytes.len()].copy_from_slice(bytes);
            }
            Ok(())
        }

        fn write(&mut self, sector: u32, _: &[Sector]) -> Result<(), StorageError> {
            Err(StorageError { sector })
        }

        fn flush(&mut self) -> Result<(), StorageError> {
            Ok(())
        }

        fn sectors(&mut self) -> Result<u32, StorageError> {
            Ok(self.0.len().div_ceil(SECTOR_BYTES) as u32)
        }
    }

    #[test]
    fn a_task_is_read_up_to_its_end_and_the_module_begins_with_the_next_sector() {
        let text = "fayasm task 1\nmodule 358\nfuel 1000\ntier stepper\nhashes 10\nobjects 4096\n\
                    budget 200000\nframes 7\ncheckpoint 500\ntrap fib\ncall fib i32:15\ncall none\nend\n\0\0\0";
        let task = Task::read(&mut Bytes(text.into())).expect("a task");
        let calls = [("fib", &[Val::I32(15)][..]), ("none", &[])];
        let calls = calls
            .map(|(export, arguments)| Call { export: export.into(), arguments: arguments.into() });
        let expected = Task {
            module_at: 1,
            module_bytes: 358,
            fuel: Some(1000),
            translate: Translate::Never,
            hashes: Some(10),
            objects: Some(4096),
            budget: Some(200_000),
            frames: Some(7),
            checkpoint: Some(500),
            trap: Some("fib".into()),
            calls: calls.into(),
        };
        assert_eq!(task, expected);
    }

    #[test]
    fn a_task_may_be_longer_than_a_sector() {
        let calls = "call f\n".repeat(SECTOR_BYTES);
        let text = format!("{HEAD}\n{calls}end\n");
        let task = Task::read(&mut Bytes(text.clone().into())).expect("a task");
        assert_eq!(task.calls.len(), SECTOR_BYTES);
        assert_eq!(task.module_at as usize, text.len().div_ceil(SECTOR_BYTES));
    }

    #[test]
    fn a_line_that_is_not_understood_is_named() {
        for line in [
            "fuel",
            "fuel x",
            "hashes 0",
            "checkpoint 0",
            "frames -1",
            "tier fast",
            "call",
            "call f i32:x",
            "module 1 2",
        ] {
            let text = format!("{HEAD}\nmodule 8\n{line}\n\nend\n");
            let error = Task::read(&mut Bytes(text.into())).unwrap_err();
            assert_eq!(error, TaskError::Line(3), "{line}");
        }
    }

    #[test]
    fn storage_that_holds_something_else_is_refused() {
        for bytes in [&b""[..], b"\0asm\x01\0\0\0", b"fayasm task 2\nend\n"] {
            let error = Task::read(&mut Bytes(bytes.into())).unwrap_err();
            assert_eq!(error, TaskError::None);
        }
    }
}
