//! Where what a module imports comes from: the runner itself, libraries, other modules,
//! or nowhere.

use std::path::PathBuf;

use fayasm_core::{
    Engine, Error, Extern, ExternType, Func, FuncType, Global, HostError, Instance, Linker, Memory,
    Module, Store, Table, Tag, Val, ValType,
};
use fayasm_fixtures::host;
use fayasm_host_lib::HostLibrary;
use fayasm_wasi::{Wasi, add_to_linker};

use crate::args::{SurroundingOptions, UnknownImports};
use crate::call::validated;
use crate::failure::Failure;
use crate::loaded::{Loaded, Modules};
use crate::output::printable;

/// A module whose exports others import under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Preload {
    name: String,
    file: PathBuf,
}

impl Preload {
    /// Reads `NAME=FILE`.
    pub(crate) fn parse(text: &str) -> Result<Preload, String> {
        match text.split_once('=') {
            Some((name, file)) if !name.is_empty() && !file.is_empty() => {
                Ok(Preload { name: name.to_owned(), file: file.into() })
            }
            _ => Err("a module and its name are given as NAME=FILE".to_owned()),
        }
    }
}

/// Instantiates a module; what it imports may be host functions or exports of the
/// modules that are to be loaded first, which are begun, other than the module itself.
pub(crate) fn load(
    module: &Module,
    store: &mut Store<Wasi>,
    options: &SurroundingOptions,
) -> Result<Modules, Failure> {
    let mut linker = linker(module.engine(), store, options)?;
    let mut before = Vec::new();
    for preload in &options.preload {
        let modules = load_first(preload, module.engine(), store, &linker, options, before)
            .map_err(|failure| failure.of_preload(&preload.name))?;
        for (name, item) in modules.main.instance.exports(&*store) {
            linker.define(&preload.name, name, item);
        }
        before = modules.before;
        before.push(modules.main);
    }
    let instance = instantiate(module, store, &linker, options.unknown_imports)?;
    Ok(Modules { main: Loaded::new(module.clone(), instance, None), before })
}

/// Instantiates a module that others import from, and begins it.
fn load_first(
    preload: &Preload,
    engine: &Engine,
    store: &mut Store<Wasi>,
    linker: &Linker<Wasi>,
    options: &SurroundingOptions,
    before: Vec<Loaded>,
) -> Result<Modules, Failure> {
    let module = validated(&preload.file, engine)?;
    let instance = instantiate(&module, store, linker, options.unknown_imports)?;
    let main = Loaded::new(module, instance, Some(preload.name.clone()));
    let modules = Modules { main, before };
    modules.begin(store, None, &mut None)?;
    Ok(modules)
}

/// What can be imported of the runner itself and of libraries, by name.
fn linker(
    engine: &Engine,
    store: &mut Store<Wasi>,
    options: &SurroundingOptions,
) -> Result<Linker<Wasi>, Failure> {
    let mut linker = Linker::new(engine);
    host::link(&mut linker, store)?;
    add_to_linker(&mut linker, |wasi| wasi);
    for path in &options.host_lib {
        let library =
            HostLibrary::load(path).map_err(|error| Failure::HostLibrary(path.clone(), error))?;
        library.link(&mut linker);
    }
    Ok(linker)
}

/// Instantiates a module; nothing of it is executed.
fn instantiate(
    module: &Module,
    store: &mut Store<Wasi>,
    linker: &Linker<Wasi>,
    unknown: Option<UnknownImports>,
) -> Result<Instance, Failure> {
    let (mut imports, mut missing) = (Vec::new(), Vec::new());
    for (import, ty) in module.imports() {
        let (module, name) = (&*import.module, &*import.name);
        let found = match linker.get(&mut *store, module, name) {
            Some(item) => Some(item),
            None => stand_in(store, module, name, &ty, unknown).map_err(|error| {
                Failure::Import(format!("nothing stands in for `{module}` `{name}`: {error}"))
            })?,
        };
        match found {
            Some(item) => imports.push(item),
            None => missing.push(format!("`{module}` `{name}`: {ty}")),
        }
    }
    if !missing.is_empty() {
        return Err(Failure::MissingImports(missing));
    }
    Ok(Instance::new_without_start(store, module, &imports)?)
}

/// What is put in the place of an import that nothing brings; none if nothing is to be,
/// or there is nothing of such a type.
fn stand_in(
    store: &mut Store<Wasi>,
    module: &str,
    name: &str,
    ty: &ExternType,
    unknown: Option<UnknownImports>,
) -> Result<Option<Extern>, Error> {
    let Some(unknown) = unknown else { return Ok(None) };
    let zero = unknown == UnknownImports::Zero;
    Ok(match ty.clone() {
        ExternType::Func(ty) if zero && ty.results().iter().all(|ty| has_zero(*ty)) => {
            // The results are zero or null before the function is called.
            Some(Func::new(store, ty, |_, _, _| Ok(()))?.into())
        }
        ExternType::Func(ty) => Some(trapping(store, module, name, ty)?.into()),
        ExternType::Memory(ty) if zero => Some(Memory::new(store, ty)?.into()),
        ExternType::Table(ty) if zero && has_zero(ty.element.into()) => {
            let null = Val::default_for(ty.element.into());
            Some(Table::new(store, ty, null)?.into())
        }
        ExternType::Global(ty) if zero && has_zero(ty.content) => {
            Some(Global::new(store, ty, Val::default_for(ty.content))?.into())
        }
        ExternType::Tag(ty) if zero => Some(Tag::new(store, ty)?.into()),
        _ => None,
    })
}

/// A function that traps, and says by which name it was imported.
fn trapping(
    store: &mut Store<Wasi>,
    module: &str,
    name: &str,
    ty: FuncType,
) -> Result<Func, Error> {
    let message =
        format!("nothing brings the import `{}` `{}`", printable(module), printable(name));
    Func::new(store, ty, move |_, _, _| Err(HostError::from(message.clone())))
}

/// Whether a type has a value that is zero or null.
fn has_zero(ty: ValType) -> bool {
    !matches!(ty, ValType::Ref(reference) if !reference.nullable)
}
