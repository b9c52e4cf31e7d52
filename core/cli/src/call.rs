//! From the command line to a job that stands before its first instruction.

use std::path::Path;

use fayasm_core::{
    Engine, Extern, ExternKind, ExternType, FuncType, Job, Limit, Module, Outcome, Store, Val,
    ValType,
};
use fayasm_wasi::Wasi;

use crate::args::{CallOptions, Manners};
use crate::failure::Failure;
use crate::input;
use crate::linking;
use crate::loaded::Modules;
use crate::output::{Progress, note, printable};
use crate::program::{Target, is_program};
use crate::refusal::Refusal;
use crate::spilled::Spill;
use crate::world::{self, Printing};

/// Instructions between two looks at the clock, and whether to stop.
pub(crate) const SLICE: u64 = 1 << 22;

/// A module that is instantiated, and the call to make.
pub(crate) struct Call {
    pub(crate) store: Store<Wasi>,
    pub(crate) job: Job,
    pub(crate) modules: Modules,
    /// Of what types the results are, as the module declares them.
    pub(crate) result_types: Vec<ValType>,
    /// Where pages go that leave RAM; none if the store keeps them.
    pub(crate) spill: Option<Spill>,
}

/// Reads and validates a module.
pub(crate) fn open(options: &CallOptions) -> Result<Module, Failure> {
    validated(&options.module.file, &Engine::new(options.config()?))
}

/// Reads and validates a module.
pub(crate) fn validated(file: &Path, engine: &Engine) -> Result<Module, Failure> {
    let bytes = input::module(file)?;
    validate(file, engine, &bytes)
}

/// Validates the bytes of a file.
pub(crate) fn validate(file: &Path, engine: &Engine, bytes: &[u8]) -> Result<Module, Failure> {
    Module::new(engine, bytes)
        .map_err(|error| Failure::Module(file.to_owned(), Box::new(Refusal::new(error, bytes))))
}

impl Call {
    /// Instantiates the module and prepares the call. Nothing of the module is executed,
    /// only what modules that it imports from begin with.
    pub(crate) fn of(
        module: &Module,
        target: &Target<'_>,
        options: &CallOptions,
        printing: Printing,
    ) -> Result<Call, Failure> {
        // Wrong arguments are said before anything runs.
        let ty = function_type(module, target.export)?;
        let values = values(ty, target)?;
        let (store, modules) = prepare(module, target.words, options, printing)?;
        let Some(func) = modules.main.instance.get_func(&store, target.export) else {
            return Err(Failure::Arguments(unknown_export(module, target.export)));
        };
        let job = Job::new(&store, func, &values)?;
        let result_types = ty.results().to_vec();
        Ok(Call { store, job, modules, result_types, spill: None })
    }

    /// Instantiates the module and lets the call go on that `load` gives. Nothing is executed,
    /// only what modules that it imports from begin with.
    pub(crate) fn resumed(
        module: &Module,
        options: &CallOptions,
        printing: Printing,
        load: impl FnOnce(&mut Store<Wasi>) -> Result<Job, Failure>,
    ) -> Result<Call, Failure> {
        let (mut store, modules) = prepare(module, &options.words, options, printing)?;
        let job = load(&mut store)?;
        let all = module.declarations();
        let called = Some(Extern::Func(job.func()));
        let instance = modules.main.instance;
        // There are as many functions as 32 bits can count, at most.
        let mut functions = 0..all.functions.len() as u32;
        let called =
            functions.find(|index| instance.get_index(&store, ExternKind::Func, *index) == called);
        let ty = called.and_then(|index| all.function_type(index));
        let result_types = ty.map_or(Vec::new(), |ty| ty.results().to_vec());
        Ok(Call { store, job, modules, result_types, spill: None })
    }

    /// Executes what comes before the call: the start function, and what the
    /// module wants to be called first.
    pub(crate) fn begin(&mut self) -> Result<(), Failure> {
        self.modules.begin(&mut self.store, Some(self.job.func()), &mut self.spill)
    }

    /// Runs on to the end.
    pub(crate) fn finish(&mut self, progress: &mut Progress) -> Result<Outcome, Failure> {
        self.run(u64::MAX, progress)
    }

    /// Runs on until so many instructions are executed.
    pub(crate) fn run_to(
        &mut self,
        executed: u64,
        progress: &mut Progress,
    ) -> Result<Outcome, Failure> {
        self.run(executed.saturating_sub(self.job.executed()), progress)
    }

    /// Executes one instruction.
    pub(crate) fn step(&mut self) -> Outcome {
        loop {
            let outcome = self.store.step(&mut self.job);
            if !world::waits(&mut self.store, &outcome) {
                return outcome;
            }
        }
    }

    fn run(&mut self, mut instructions: u64, progress: &mut Progress) -> Result<Outcome, Failure> {
        loop {
            let before = self.job.executed();
            let slice = instructions.min(SLICE);
            let outcome = self.store.run(&mut self.job, Limit::fuel(slice));
            instructions = instructions.saturating_sub(self.job.executed() - before);
            let goes_on = outcome == Outcome::OutOfFuel && instructions > 0;
            if let Some(spill) = &mut self.spill
                && spill.serve(&mut self.store, &outcome)?
            {
                continue;
            }
            if !goes_on && !world::waits(&mut self.store, &outcome) {
                return Ok(outcome);
            }
            let executed = self.job.executed();
            progress.show(|seconds| executed_text(executed, seconds));
        }
    }

    /// The results, once the job is done; or why there are none.
    pub(crate) fn results(&self, outcome: Outcome) -> Result<Vec<Val>, Failure> {
        self.modules.done(&self.store, outcome)?;
        Ok(self.job.results(&self.store).unwrap_or_default())
    }

    /// How far it has come; not shown over what a program shows.
    pub(crate) fn progress(&self, manners: &Manners) -> Progress {
        Progress::new(manners.quiet || is_program(&self.modules.main.module))
    }

    /// Says what the program called in vain.
    pub(crate) fn note_unsupported(&self, manners: &Manners) {
        note_unsupported(&self.store, manners);
    }
}

/// Instantiates the module, as all is that the options say of what surrounds it.
fn prepare(
    module: &Module,
    words: &[String],
    options: &CallOptions,
    printing: Printing,
) -> Result<(Store<Wasi>, Modules), Failure> {
    let mut store = Store::new(module.engine(), Wasi::new());
    store.set_translate(options.translate());
    world::open(&mut store, &options.world, printing, &options.module.file, words)?;
    store.set_fuel(options.surrounding.fuel);
    store.set_limits(store.limits().with_budget(options.surrounding.budget));
    store.set_paging(options.surrounding.paging());
    let modules = linking::load(module, &mut store, &options.surrounding)?;
    Ok((store, modules))
}

/// Says what the program called in vain.
pub(crate) fn note_unsupported(store: &Store<Wasi>, manners: &Manners) {
    let unsupported = store.data().unsupported();
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

/// `411 million instructions, 407.1 million a second`.
fn executed_text(executed: u64, seconds: f64) -> String {
    let millions = executed as f64 / 1e6;
    format!("{millions:.0} million instructions, {:.1} million a second", millions / seconds)
}

/// The type of an exported function.
fn function_type<'m>(module: &'m Module, export: &str) -> Result<&'m FuncType, Failure> {
    let found = module.export(export).filter(|export| export.kind == ExternKind::Func);
    found
        .and_then(|export| module.declarations().function_type(export.index))
        .ok_or_else(|| Failure::Arguments(unknown_export(module, export)))
}

/// Reads the arguments as the exported function's parameters.
fn values(ty: &FuncType, target: &Target<'_>) -> Result<Vec<Val>, Failure> {
    let Target { export, arguments, .. } = target;
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
        ExternType::Func(ty) => Some((listed(&export.name), ty.to_string())),
        _ => None,
    })
}

/// A name in a list; in quotes, if it could not be told from what stands around it.
fn listed(name: &str) -> String {
    let odd = |it: char| it.is_whitespace() || matches!(it, ',' | '"' | '(' | ')');
    match name.is_empty() || name.contains(odd) {
        true => format!("{name:?}"),
        false => printable(name).to_string(),
    }
}
