//! From the command line to a job that stands before its first instruction.

use std::path::Path;

use fayasm_core::module::{NameIndex, Names};
use fayasm_core::{Engine, ExternKind, Instance, Job, Linker, Module, Store, Trap, Val, ValType};
use fayasm_fixtures::host;

use crate::args::CallOptions;
use crate::failure::Failure;

/// A module that is instantiated, and the call to make.
pub(crate) struct Call {
    pub(crate) store: Store<()>,
    pub(crate) module: Module,
    pub(crate) job: Job,
    names: NameIndex,
}

/// Reads a module; what is wrong with it is said with the file's name.
pub(crate) fn open(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| Failure::Read(file.to_owned(), error))
}

impl Call {
    /// Instantiates the module, start function included, and prepares the call.
    pub(crate) fn prepare(options: &CallOptions) -> Result<Call, Failure> {
        let bytes = open(&options.file)?;
        let engine = Engine::default();
        let module = Module::new(&engine, bytes)
            .map_err(|error| Failure::Module(options.file.clone(), error))?;
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        host::link(&mut linker, &mut store)?;
        // Wrong arguments are said before anything runs.
        let values = arguments(&module, options)?;
        store.set_fuel(options.fuel);
        let instance: Instance = linker.instantiate(&mut store, &module)?;
        let Some(func) = instance.get_func(&store, &options.export) else {
            return Err(Failure::Arguments(unknown_export(&module, &options.export)));
        };
        let job = Job::new(&store, func, &values)?;
        let names = NameIndex::new(module.bytes(), module.declarations());
        Ok(Call { store, module, job, names })
    }

    pub(crate) fn names(&self) -> Names<'_> {
        Names::new(self.module.bytes(), self.module.declarations(), &self.names)
    }

    /// A function's name, or its number for want of one.
    pub(crate) fn function_name(&self, function: u32) -> String {
        match self.names().function(function) {
            Some(name) => format!("${name}"),
            None => format!("func {function}"),
        }
    }

    /// A trap, with the names of the functions it went through.
    pub(crate) fn trapped(&self, trap: Trap) -> Failure {
        let names = trap.backtrace().iter().map(|frame| self.function_name(frame.function));
        let names = names.collect();
        Failure::Trap(Box::new(trap), names)
    }
}

/// Reads the arguments as the exported function's parameters.
fn arguments(module: &Module, options: &CallOptions) -> Result<Vec<Val>, Failure> {
    let export = module.export(&options.export).filter(|export| export.kind == ExternKind::Func);
    let Some(ty) = export.and_then(|export| module.declarations().function_type(export.index))
    else {
        return Err(Failure::Arguments(unknown_export(module, &options.export)));
    };
    let (wanted, found) = (ty.params().len(), options.arguments.len());
    if wanted != found {
        let export = &options.export;
        return Err(Failure::Arguments(format!(
            "`{export}` is {ty}: it takes {wanted} arguments, not {found}"
        )));
    }
    let mut values = Vec::new();
    for (index, (ty, text)) in ty.params().iter().zip(&options.arguments).enumerate() {
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
    let functions: Vec<&str> = module
        .exports()
        .filter(|(export, _)| export.kind == ExternKind::Func)
        .map(|(export, _)| &*export.name)
        .collect();
    match functions.as_slice() {
        [] => format!("there is no function `{export}`: the module exports no functions"),
        functions => {
            format!("there is no function `{export}`; the module exports: {}", functions.join(", "))
        }
    }
}
