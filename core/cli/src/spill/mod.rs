//! `fayasm spill`: looks into spill stores, and puts things into them.

mod file;
mod list;
mod verify;

use std::fs;
use std::io;
use std::path::Path;

use fayasm_core::spill::{
    BlockSlots, OBJECT_BYTES, ObjectId, ObjectKind, SpillError, SpillStore, Survey, module_hash,
    sectors_for,
};
use fayasm_core::text::printable;

use crate::args::{Manners, SpillCommand};
use crate::failure::Failure;
use crate::input::{self, shown};
use crate::output::{Output, counted, note};
use crate::words::number;
pub(crate) use file::FileDevice;

pub(crate) type Slots = BlockSlots<FileDevice>;

pub(crate) fn spill(command: &SpillCommand, manners: &Manners) -> Result<(), Failure> {
    match command {
        SpillCommand::Ls { file, json, output } => {
            let mut survey = survey(file)?;
            let (outdated, is_short) = outdated(file)?;
            let mut out = Output::open(output)?;
            match json {
                true => list::json(&mut out, &mut survey, &outdated),
                false => list::table(&mut out, &mut survey, &outdated, manners),
            }
            .map_err(|error| error.of(file))?;
            out.finish()?;
            is_short.map_or(Ok(()), Err)
        }
        SpillCommand::Verify { file } => verify::verify(file, manners),
        SpillCommand::Dump { file, object, slot, output } => {
            dump(file, object.as_deref(), *slot, output.path.as_deref())
        }
        SpillCommand::New { file, room, module } => new(file, *room, module.as_deref(), manners),
        SpillCommand::Put { file, object, from } => put(file, object, from, manners),
        SpillCommand::Rm { file, object } => {
            let id = parse(object)?;
            let mut store = open(file)?;
            let removed = store.remove(id).and_then(|was_there| store.commit().map(|_| was_there));
            match removed.map_err(|error| failed(file, error))? {
                true => Ok(()),
                false => Err(nothing(file, id)),
            }
        }
        SpillCommand::Clear { file } => {
            let mut store = open(file)?;
            let count = store.objects().count();
            store.clear().map_err(|error| failed(file, error))?;
            store.commit().map_err(|error| failed(file, error))?;
            if !manners.quiet {
                let objects = counted(count as u64, "object");
                note(format_args!("{}: removed {objects}", file.display()));
            }
            Ok(())
        }
    }
}

/// What goes wrong while a store is shown: with the store, or with what is printed.
enum Wrong {
    Device(io::Error),
    Output(Failure),
}

impl Wrong {
    fn of(self, file: &Path) -> Failure {
        match self {
            Wrong::Device(error) => Failure::Read(file.to_owned(), error),
            Wrong::Output(failure) => failure,
        }
    }
}

impl From<io::Error> for Wrong {
    fn from(error: io::Error) -> Self {
        Wrong::Device(error)
    }
}

impl From<Failure> for Wrong {
    fn from(failure: Failure) -> Self {
        Wrong::Output(failure)
    }
}

/// What goes wrong with a store in a file.
pub(crate) fn failed(file: &Path, error: SpillError<io::Error>) -> Failure {
    match error {
        SpillError::Device(error) => Failure::Read(file.to_owned(), error),
        other => Failure::Text(file.to_owned(), other.to_string()),
    }
}

pub(crate) fn device(file: &Path, is_written: bool) -> Result<Slots, Failure> {
    let device = FileDevice::open(file, is_written);
    Ok(BlockSlots::new(device.map_err(|error| Failure::Read(file.to_owned(), error))?))
}

fn survey(file: &Path) -> Result<Survey<Slots>, Failure> {
    Survey::new(device(file, false)?).map_err(|error| failed(file, error))
}

/// A store to be looked at: nothing is written.
fn look(file: &Path) -> Result<SpillStore<Slots>, Failure> {
    SpillStore::look(device(file, false)?).map_err(|error| failed(file, error))
}

/// Objects of which something newer was committed than is there, or may have been; and that the file
/// is shorter than its store, of which it still can be listed what there is.
fn outdated(file: &Path) -> Result<(Vec<ObjectId>, Option<Failure>), Failure> {
    let mut store = match SpillStore::look(device(file, false)?) {
        Err(short @ SpillError::Short { .. }) => {
            return Ok((Vec::new(), Some(failed(file, short))));
        }
        store => store.map_err(|error| failed(file, error))?,
    };
    let ids: Vec<ObjectId> = match store.is_whole() {
        true => Vec::new(),
        false => store.objects().collect(),
    };
    let mut is_damaged = |id: &ObjectId| {
        let got = store.get(*id, &mut [0; OBJECT_BYTES]);
        matches!(got, Err(SpillError::Damaged(_) | SpillError::Doubtful(_)))
    };
    Ok((ids.into_iter().filter(|id| is_damaged(id)).collect(), None))
}

/// A store to be changed, of whatever module.
fn open(file: &Path) -> Result<SpillStore<Slots>, Failure> {
    let module = survey(file)?.newest().module;
    SpillStore::open(device(file, true)?, module).map_err(|error| failed(file, error))
}

/// An object as it is named on the command line: `memory:0:3`, `snapshot:2`.
fn parse(word: &str) -> Result<ObjectId, Failure> {
    let wrong = || {
        Failure::Arguments(format!(
            "`{}` names no object: memory:0:3 is page 3 of memory 0; the kinds are memory, \
             snapshot and microcode",
            printable(word)
        ))
    };
    let mut parts = word.split(':');
    let kind = parts.next().unwrap_or_default();
    let kind = ObjectKind::ALL.into_iter().find(|it| it.to_string() == kind).ok_or_else(wrong)?;
    let numbers: Option<Vec<u32>> =
        parts.map(|part| number(part).and_then(|it| it.try_into().ok())).collect();
    match numbers.ok_or_else(wrong)?[..] {
        [number] => Ok(ObjectId { kind, space: 0, number }),
        [space, number] => Ok(ObjectId { kind, space, number }),
        _ => Err(wrong()),
    }
}

/// How an object is named on the command line.
fn name(id: ObjectId) -> String {
    format!("{}:{}:{}", id.kind, id.space, id.number)
}

fn nothing(file: &Path, id: ObjectId) -> Failure {
    Failure::Text(file.to_owned(), format!("{id} is not there"))
}

/// Prints what an object holds, or a slot, or writes it to a file.
fn dump(
    file: &Path,
    object: Option<&str>,
    slot: Option<u32>,
    to: Option<&Path>,
) -> Result<(), Failure> {
    let mut body = [0; OBJECT_BYTES];
    let (length, is_intact) = match (object.map(parse).transpose()?, slot) {
        (Some(id), _) => {
            let found = look(file)?.get(id, &mut body).map_err(|error| failed(file, error))?;
            (found.ok_or_else(|| nothing(file, id))?, true)
        }
        (None, slot) => {
            // Without an object, the command line has a slot.
            let slot = slot.unwrap_or_default();
            let mut survey = survey(file)?;
            if slot / 2 >= survey.pairs() {
                let what = format!("there is no slot {slot}: there are {}", 2 * survey.pairs());
                return Err(Failure::Text(file.to_owned(), what));
            }
            let unread = |error| Failure::Read(file.to_owned(), error);
            let report = survey.pair(slot / 2).map_err(unread)?[slot as usize % 2];
            if report.object.is_none() {
                let what = format!("slot {slot} holds nothing that can be read");
                return Err(Failure::Text(file.to_owned(), what));
            }
            let is_intact = survey.body(&report, &mut body).map_err(unread)?;
            (report.bytes, is_intact)
        }
    };
    let body = body.get(..length).unwrap_or_default();
    if let Some(to) = to {
        fs::write(to, body).map_err(|error| Failure::Write(Some(to.to_owned()), error))?;
    } else {
        let mut out = Output::stdout();
        hex(&mut out, body)?;
        out.finish()?;
    }
    match is_intact {
        true => Ok(()),
        false => {
            Err(Failure::Text(file.to_owned(), "this is not what was stored there".to_owned()))
        }
    }
}

/// Sixteen bytes a line; lines that are as the one before are left out.
fn hex(out: &mut Output, bytes: &[u8]) -> Result<(), Failure> {
    let mut last = None;
    let mut left_out = false;
    for (at, line) in (0..).step_by(16).zip(bytes.chunks(16)) {
        if last.replace(line) == Some(line) && at + line.len() < bytes.len() {
            if !left_out {
                out.line("*")?;
            }
            left_out = true;
            continue;
        }
        left_out = false;
        let digits: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let shown = |byte: &u8| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        };
        let text: String = line.iter().map(shown).collect();
        out.line(format_args!("{at:04x}  {:47}  {text}", digits.join(" ")))?;
    }
    Ok(())
}

fn new(file: &Path, room: u32, module: Option<&Path>, manners: &Manners) -> Result<(), Failure> {
    let module = module.map(input::module).transpose()?.unwrap_or_default();
    let unwritten = |error| Failure::Write(Some(file.to_owned()), error);
    let device = FileDevice::create(file, sectors_for(room)).map_err(unwritten)?;
    match SpillStore::format(BlockSlots::new(device), module_hash(&module)) {
        Ok(_) if manners.quiet => Ok(()),
        Ok(store) => {
            let objects = counted(store.room().into(), "object");
            note(format_args!("{}: room for {objects}", file.display()));
            Ok(())
        }
        Err(SpillError::Device(error)) => Err(unwritten(error)),
        Err(error) => Err(failed(file, error)),
    }
}

fn put(file: &Path, object: &str, from: &Path, manners: &Manners) -> Result<(), Failure> {
    let first = parse(object)?;
    let bytes = input::read(from)?;
    let mut store = open(file)?;
    let pieces = bytes.chunks(OBJECT_BYTES);
    let count = pieces.len().max(1);
    for (more, piece) in (0..).zip(pieces.chain(bytes.is_empty().then_some(&[][..]))) {
        let number = first.number.checked_add(more);
        let number = number.ok_or_else(|| {
            Failure::Text(shown(from), "there are no numbers for so many objects".to_owned())
        })?;
        store.put(ObjectId { number, ..first }, piece).map_err(|error| failed(file, error))?;
    }
    let epoch = store.commit().map_err(|error| failed(file, error))?;
    if !manners.quiet {
        let objects = counted(count as u64, "object");
        note(format_args!("{}: {objects} put, epoch {epoch}", file.display()));
    }
    Ok(())
}
