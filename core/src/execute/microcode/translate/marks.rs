//! Which instruction has made which words.

use alloc::vec::Vec;

use super::super::{Microcode, Refused};
use super::{Translator, Wide, push};
use crate::module::Module;

/// The first slot of each local, where some of them are vectors, which take two; none otherwise.
pub(in super::super) fn first_slots(module: &Module, function: u32) -> Result<Vec<u16>, Refused> {
    let mut slots = Vec::new();
    if module.layout(function).is_some_and(|layout| layout.wide) {
        let wide = Wide::of(module, function)?;
        for local in 0..module.local_count(function).unwrap_or_default() {
            push(&mut slots, wide.local(local).0)?;
        }
    }
    Ok(slots)
}

/// What has come of an instruction.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Mark {
    /// Where it ends, in bytes from where the first begins.
    pub(in super::super) length: u32,
    /// How many words there are behind it. Those that come later may take some of them back.
    pub(in super::super) words: u32,
    pub(in super::super) fate: Fate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Fate {
    /// It adds words, or none, being left to one behind it.
    Adds,
    /// It changes the operator before it.
    Changes,
    /// It is never executed.
    Unreachable,
}

/// Translates a function, and notes what comes of each instruction.
pub(in super::super) fn with_marks(
    module: &Module,
    function: u32,
    straight: u32,
    marks: &mut Vec<Mark>,
) -> Result<Microcode, Refused> {
    let mut translator = Translator::new(module, function, straight)?;
    let start = translator.pc;
    loop {
        let before = (translator.words.len(), translator.words.get(translator.last).copied());
        let is_reachable = translator.reachable;
        let goes_on = translator.instruction()?;
        let after = (translator.words.len(), translator.words.get(translator.last).copied());
        let fate = match is_reachable {
            false => Fate::Unreachable,
            true if before.0 == after.0 && before.1 != after.1 => Fate::Changes,
            true => Fate::Adds,
        };
        // Bodies and their microcode are shorter than 4 GiB.
        let (length, words) = ((translator.pc - start) as u32, after.0 as u32);
        push(marks, Mark { length, words, fate })?;
        if !goes_on {
            return translator.finish();
        }
    }
}
