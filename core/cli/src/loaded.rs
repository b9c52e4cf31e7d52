//! The modules of a call: the one that is run, and those whose exports it imports.

use std::cell::OnceCell;
use std::io;

use fayasm_core::module::{NameIndex, Names};
use fayasm_core::text::Disassembly;
use fayasm_core::{
    BacktraceFrame, ExnRef, Extern, ExternKind, Func, Instance, InstantiationError, Job, Limit,
    Module, Outcome, Store, Trap, TrapKind,
};
use fayasm_dwarf::{Place, SourceMap, demangle};
use fayasm_wasi::Wasi;

use crate::failure::Failure;
use crate::output::printable;
use crate::program::{INITIALIZE, wants_initialize};
use crate::spilled::Spill;
use crate::world;

/// A module that is instantiated.
pub(crate) struct Loaded {
    pub(crate) module: Module,
    pub(crate) instance: Instance,
    /// The name by which others import from it; none for the module that is run.
    pub(crate) linked_as: Option<String>,
    names: NameIndex,
    /// What its source code is, once that is asked.
    source: OnceCell<Option<SourceMap>>,
}

impl Loaded {
    pub(crate) fn new(module: Module, instance: Instance, linked_as: Option<String>) -> Self {
        let names = NameIndex::new(module.bytes(), module.declarations());
        Loaded { module, instance, linked_as, names, source: OnceCell::new() }
    }

    pub(crate) fn names(&self) -> Names<'_> {
        Names::new(self.module.bytes(), self.module.declarations(), &self.names)
    }

    /// Its instructions as text, with what the names of functions mean.
    pub(crate) fn disassembly(&self) -> Disassembly<'_> {
        Disassembly::new(self.module.declarations(), self.names()).with_demangler(demangle)
    }

    /// The places in its source code that an instruction comes from.
    pub(crate) fn places(&self, offset: u32) -> Vec<Place> {
        let map = self.source.get_or_init(|| SourceMap::new(&self.module));
        map.iter().flat_map(|map| map.places(offset)).collect()
    }

    /// An exception that the module throws: its tag, and what it carries.
    fn thrown(&self, store: &Store<Wasi>, exception: ExnRef) -> Option<String> {
        let (tag, values) = exception.contents(store)?;
        let all = self.module.declarations();
        let is_meant = |index: &u32| {
            let found = self.instance.get_index(store, ExternKind::Tag, *index);
            found == Some(Extern::Tag(tag))
        };
        let index = (0..u32::try_from(all.tags.len()).ok()?).find(is_meant)?;
        let mut exports = all.exports.iter();
        let named = exports.find(|export| export.kind == ExternKind::Tag && export.index == index);
        let name = match named {
            Some(export) => printable(&export.name).to_string(),
            None => format!("tag {index}"),
        };
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        Some(format!("{name}({})", values.join(", ")))
    }

    /// A function's name, or its number for want of one; behind the name of its
    /// module, if that is not the one that is run.
    pub(crate) fn function_name(&self, text: Disassembly<'_>, function: u32) -> String {
        let name = match text.function(function) {
            Some(name) => format!("${}", printable(&name)),
            None => format!("func {function}"),
        };
        match &self.linked_as {
            Some(module) => format!("{}!{name}", printable(module)),
            None => name,
        }
    }
}

/// The modules of a call.
pub(crate) struct Modules {
    /// The one that is run, or about to be linked to.
    pub(crate) main: Loaded,
    /// Those that were loaded before.
    pub(crate) before: Vec<Loaded>,
}

impl Modules {
    /// The module of this instance.
    pub(crate) fn of(&self, instance: Instance) -> &Loaded {
        self.before.iter().find(|loaded| loaded.instance == instance).unwrap_or(&self.main)
    }

    /// Executes what comes before any call of the main module: its start function, and
    /// what it wants to be called first, unless `called` is just that.
    pub(crate) fn begin(
        &self,
        store: &mut Store<Wasi>,
        called: Option<Func>,
        spill: &mut Option<Spill>,
    ) -> Result<(), Failure> {
        let Loaded { module, instance, .. } = &self.main;
        if let Some(start) = instance.start_function(&*store) {
            match execute(store, start, spill)? {
                Outcome::Trapped(trap) if !matches!(trap.kind(), TrapKind::Exit { .. }) => {
                    return Err(InstantiationError::Start(trap).into());
                }
                outcome => self.done(store, outcome)?,
            }
        }
        if let Some(initialize) = instance.get_func(&*store, INITIALIZE)
            && wants_initialize(module)
            && called != Some(initialize)
        {
            let outcome = execute(store, initialize, spill)?;
            self.done(store, outcome)?;
        }
        Ok(())
    }

    /// Fails unless what ran has come to its end.
    pub(crate) fn done(&self, store: &Store<Wasi>, outcome: Outcome) -> Result<(), Failure> {
        match outcome {
            Outcome::Trapped(trap) => Err(self.trapped(store, trap)),
            Outcome::Done => Ok(()),
            // Only what nobody reads any more interrupts.
            Outcome::Interrupted => Err(Failure::Write(None, io::ErrorKind::BrokenPipe.into())),
            _ => Err(Failure::Pending),
        }
    }

    /// A trap, with the names of the functions it went through and, where their
    /// modules say so, places in the source code.
    fn trapped(&self, store: &Store<Wasi>, trap: Trap) -> Failure {
        if let TrapKind::Exit { code } = *trap.kind() {
            return Failure::Exit(code);
        }
        let function = |frame: &BacktraceFrame| {
            let loaded = self.of(frame.instance);
            let mut name = loaded.function_name(loaded.disassembly(), frame.function);
            for place in loaded.places(frame.offset) {
                name.push_str("\n    ");
                name.push_str(&printable(&place.to_string()).to_string());
            }
            name
        };
        let mut functions: Vec<String> = trap.backtrace().iter().map(function).collect();
        if let TrapKind::UncaughtException(exception) = *trap.kind()
            && let (Some(frame), Some(name)) = (trap.backtrace().first(), functions.first_mut())
            && let Some(thrown) = self.of(frame.instance).thrown(store, exception)
        {
            name.push_str("\n    which throws ");
            name.push_str(&thrown);
        }
        Failure::Trap(Box::new(trap), functions)
    }
}

/// Executes a function that takes nothing.
fn execute(
    store: &mut Store<Wasi>,
    func: Func,
    spill: &mut Option<Spill>,
) -> Result<Outcome, Failure> {
    let mut job = Job::new(&*store, func, &[])?;
    loop {
        let outcome = store.run(&mut job, Limit::NONE);
        if let Some(spill) = spill
            && spill.serve(store, &outcome)?
        {
            continue;
        }
        if !world::waits(store, &outcome) {
            return Ok(outcome);
        }
    }
}
