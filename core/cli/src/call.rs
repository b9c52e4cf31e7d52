//! From the command line to a job that stands before its first instruction.

use std::io;
use std::path::Path;

use fayasm_core::module::{NameIndex, Names};
use fayasm_core::{
    BacktraceFrame, Config, Engine, ExternKind, ExternType, Func, Instance, InstantiationError,
    Job, Limit, Linker, Module, Outcome, Store, Trap, TrapKind, Val, ValType,
};
use fayasm_dwarf::SourceMap;
use fayasm_fixtures::host;
use fayasm_host_lib::HostLibrary;
use fayasm_wasi::{Wasi, add_to_linker};

use crate::args::{CallOptions, Manners, SurroundingOptions};
use crate::failure::Failure;
use crate::input;
use crate::output::{Progress, note, printable};
use crate::program::{INITIALIZE, Target, is_program, wants_initialize};
use crate::refusal::Refusal;
use crate::world::{self, Printing};

/// Instructions between two looks at the clock.
const SLICE: u64 = 1 << 22;

/// A module that is instantiated, and the call to make.
pub(crate) struct Call {
    pub(crate) store: Store<Wasi>,
    pub(crate) module: Module,
    pub(crate) job: Job,
    instance: Instance,
    names: NameIndex,
}

/// Reads and validates a module.
pub(crate) fn open(options: &CallOptions) -> Result<Module, Failure> {
    validated(&options.module.file, options.config())
}

/// Reads and validates a module.
pub(crate) fn validated(file: &Path, config: Config) -> Result<Module, Failure> {
    let bytes = input::module(file)?;
    validate(file, config, &bytes)
}

/// Validates the bytes of a file.
pub(crate) fn validate(file: &Path, config: Config, bytes: &[u8]) -> Result<Module, Failure> {
    Module::new(&Engine::new(config), bytes)
        .map_err(|error| Failure::Module(file.to_owned(), Box::new(Refusal::new(error, bytes))))
}

impl Call {
    /// Instantiates the module and prepares the call; nothing of the module is executed.
    pub(crate) fn of(
        module: Module,
        target: &Target<'_>,
        options: &CallOptions,
        printing: Printing,
    ) -> Result<Call, Failure> {
        // Wrong arguments are said before anything runs.
        let values = values(&module, target)?;
        let mut store = Store::new(module.engine(), Wasi::new());
        world::open(&mut store, &options.world, printing, &options.module.file, target.words)?;
        let linker = linker(&module, &mut store, &options.surrounding)?;
        store.set_fuel(options.surrounding.fuel);
        let instance = linker.instantiate_without_start(&mut store, &module)?;
        let Some(func) = instance.get_func(&store, target.export) else {
            return Err(Failure::Arguments(unknown_export(&module, target.export)));
        };
        let job = Job::new(&store, func, &values)?;
        let names = NameIndex::new(module.bytes(), module.declarations());
        Ok(Call { store, module, job, instance, names })
    }

    /// Executes what comes before the call: the start function, and what the
    /// module wants to be called first.
    pub(crate) fn begin(&mut self) -> Result<(), Failure> {
        if let Some(start) = self.instance.start_function(&self.store) {
            match self.execute(start)? {
                Outcome::Trapped(trap) if !matches!(trap.kind(), TrapKind::Exit { .. }) => {
                    return Err(InstantiationError::Start(trap).into());
                }
                outcome => self.results(outcome)?,
            };
        }
        if let Some(initialize) = self.instance.get_func(&self.store, INITIALIZE)
            && wants_initialize(&self.module)
            && initialize != self.job.func()
        {
            let outcome = self.execute(initialize)?;
            self.results(outcome)?;
        }
        Ok(())
    }

    /// Executes a function that takes nothing.
    fn execute(&mut self, func: Func) -> Result<Outcome, Failure> {
        let mut job = Job::new(&self.store, func, &[])?;
        loop {
            let outcome = self.store.run(&mut job, Limit::NONE);
            if !self.waits(&outcome) {
                return Ok(outcome);
            }
        }
    }

    /// Runs on to the end.
    pub(crate) fn finish(&mut self, progress: &mut Progress) -> Outcome {
        self.run(u64::MAX, progress)
    }

    /// Runs on until so many instructions are executed.
    pub(crate) fn run_to(&mut self, executed: u64, progress: &mut Progress) -> Outcome {
        self.run(executed.saturating_sub(self.job.executed()), progress)
    }

    /// Executes one instruction.
    pub(crate) fn step(&mut self) -> Outcome {
        loop {
            let outcome = self.store.step(&mut self.job);
            if !self.waits(&outcome) {
                return outcome;
            }
        }
    }

    fn run(&mut self, mut instructions: u64, progress: &mut Progress) -> Outcome {
        loop {
            let before = self.job.executed();
            let slice = instructions.min(SLICE);
            let outcome = self.store.run(&mut self.job, Limit::fuel(slice));
            instructions = instructions.saturating_sub(self.job.executed() - before);
            let goes_on = outcome == Outcome::OutOfFuel && instructions > 0;
            if !goes_on && !self.waits(&outcome) {
                return outcome;
            }
            let executed = self.job.executed();
            progress.show(|seconds| executed_text(executed, seconds));
        }
    }

    /// Whether what came is that the program has to wait; it has done so then.
    fn waits(&mut self, outcome: &Outcome) -> bool {
        matches!(outcome, Outcome::Pending(_)) && world::wait(self.store.data_mut())
    }

    /// The results, once the job is done; or why there are none.
    pub(crate) fn results(&self, outcome: Outcome) -> Result<Vec<Val>, Failure> {
        match outcome {
            Outcome::Trapped(trap) => Err(self.trapped(trap)),
            Outcome::Done => Ok(self.job.results(&self.store).unwrap_or_default()),
            // Only what nobody reads any more interrupts.
            Outcome::Interrupted => Err(Failure::Write(None, io::ErrorKind::BrokenPipe.into())),
            _ => Err(Failure::Pending),
        }
    }

    /// How far it has come; not shown over what a program shows.
    pub(crate) fn progress(&self, manners: &Manners) -> Progress {
        Progress::new(manners.quiet || is_program(&self.module))
    }

    /// Says what the program called in vain.
    pub(crate) fn note_unsupported(&self, manners: &Manners) {
        let unsupported = self.store.data().unsupported();
        if manners.quiet || unsupported.is_empty() {
            return;
        }
        let calls: Vec<String> = unsupported
            .iter()
            .map(|(name, calls)| match calls {
                1 => format!("{name} (1 call)"),
                calls => format!("{name} ({calls} calls)"),
            })
            .collect();
        note(format_args!("not supported: {}", calls.join(", ")));
    }

    pub(crate) fn names(&self) -> Names<'_> {
        Names::new(self.module.bytes(), self.module.declarations(), &self.names)
    }

    /// A function's name, or its number for want of one.
    pub(crate) fn function_name(&self, function: u32) -> String {
        match self.names().function(function) {
            Some(name) => format!("${}", printable(name)),
            None => format!("func {function}"),
        }
    }

    /// A trap, with the names of the functions it went through and, where the
    /// module says so, places in its source code.
    fn trapped(&self, trap: Trap) -> Failure {
        if let TrapKind::Exit { code } = *trap.kind() {
            return Failure::Exit(code);
        }
        let map = SourceMap::new(&self.module);
        let function = |frame: &BacktraceFrame| {
            let mut name = self.function_name(frame.function);
            for place in map.iter().flat_map(|map| map.places(frame.offset)) {
                name.push_str("\n    ");
                name.push_str(&printable(&place.to_string()).to_string());
            }
            name
        };
        let functions = trap.backtrace().iter().map(function).collect();
        Failure::Trap(Box::new(trap), functions)
    }
}

/// `411 million instructions, 407.1 million a second`.
fn executed_text(executed: u64, seconds: f64) -> String {
    let millions = executed as f64 / 1e6;
    format!("{millions:.0} million instructions, {:.1} million a second", millions / seconds)
}

/// Everything that the module can import, by name.
fn linker(
    module: &Module,
    store: &mut Store<Wasi>,
    surrounding: &SurroundingOptions,
) -> Result<Linker<Wasi>, Failure> {
    let mut linker = Linker::new(module.engine());
    host::link(&mut linker, store)?;
    add_to_linker(&mut linker, |wasi| wasi);
    for path in &surrounding.host_lib {
        let library =
            HostLibrary::load(path).map_err(|error| Failure::HostLibrary(path.clone(), error))?;
        library.link(&mut linker);
    }
    Ok(linker)
}

/// Reads the arguments as the exported function's parameters.
fn values(module: &Module, target: &Target<'_>) -> Result<Vec<Val>, Failure> {
    let Target { export, arguments, .. } = target;
    let found = module.export(export).filter(|export| export.kind == ExternKind::Func);
    let Some(ty) = found.and_then(|export| module.declarations().function_type(export.index))
    else {
        return Err(Failure::Arguments(unknown_export(module, export)));
    };
    let (wanted, found) = (ty.params().len(), arguments.len());
    if wanted != found {
        return Err(Failure::Arguments(format!(
            "`{export}` is {ty}: it takes {wanted} arguments, not {found}"
        )));
    }
    let mut values = Vec::new();
    for (index, (ty, text)) in ty.params().iter().zip(arguments).enumerate() {
        values.push(
            argument(*ty, text).map_err(|why| {
                Failure::Arguments(format!("argument {index} must be {ty}: {why}"))
            })?,
        );
    }
    Ok(values)
}

/// Reads one argument: `i32:7`, or `7` where that type is meant anyway.
fn argument(ty: ValType, text: &str) -> Result<Val, String> {
    let text = text.trim();
    match text.parse::<Val>() {
        Ok(value) if value.ty() == ty => Ok(value),
        Ok(value) => Err(format!("`{text}` is {}", value.ty())),
        Err(error) => match text.strip_prefix(&format!("{ty}:")) {
            Some(_) => Err(error.to_string()),
            None => Val::parse(ty, text).map_err(|error| error.to_string()),
        },
    }
}

fn unknown_export(module: &Module, export: &str) -> String {
    let functions: Vec<String> = callable(module).map(|(name, _)| name).collect();
    let hint = match is_program(module) {
        true => "; the program's own arguments follow `--`",
        false => "",
    };
    match functions.as_slice() {
        [] => format!("there is no function `{export}`: the module exports no functions"),
        functions => {
            let functions = functions.join(", ");
            format!("there is no function `{export}`; the module exports: {functions}{hint}")
        }
    }
}

/// Names and types of the functions that a module exports.
pub(crate) fn callable(module: &Module) -> impl Iterator<Item = (String, String)> {
    module.exports().filter_map(|(export, ty)| match ty {
        ExternType::Func(ty) => Some((printable(&export.name).to_string(), ty.to_string())),
        _ => None,
    })
}
