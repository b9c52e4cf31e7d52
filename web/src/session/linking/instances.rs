//! Instantiates the module on show, after those that it imports from.

use std::collections::BTreeMap;

use fayasm_core::module::Import;
use fayasm_core::{
    Error, Extern, ExternType, Func, Global, Instance, InstantiationError, Linker, Memory, Store,
    Table, Tag, Val,
};
use fayasm_fixtures::host;

use super::bindings::{Source, is_of_its_module, no_export};
use super::calls::Calls;
use crate::protocol::{Choice, ErrorView};
use crate::session::modules::Modules;
use crate::session::opened::Opened;
use crate::session::terminal::World;

/// Instances of the modules that are loaded.
#[derive(Default)]
pub(in crate::session) struct Instances {
    /// In the order of the modules; none of those that nobody imports from.
    all: Vec<Option<Instance>>,
    /// Start functions, in the order in which the modules were instantiated. They
    /// run once all are, so that they can be stepped through and stopped.
    pub(in crate::session) starts: Vec<Func>,
}

impl Instances {
    /// Instantiates the module on show, after those that it imports from.
    pub(in crate::session) fn link(
        modules: &Modules,
        store: &mut Store<World>,
        calls: &Calls,
    ) -> Result<(Self, Instance), ErrorView> {
        let mut linker = Linker::new(store.engine());
        host::link(&mut linker, store).map_err(|error| ErrorView::titled(error.to_string()))?;
        World::link(&mut linker);
        let all = vec![None; modules.len()];
        let mut linking = Linking {
            modules,
            store,
            linker,
            calls,
            provided: BTreeMap::new(),
            importing: Vec::new(),
            done: Instances { all, starts: Vec::new() },
        };
        let instance = linking.instantiate(modules.shown_index())?;
        Ok((linking.done, instance))
    }

    /// The instance of a module, if it has one.
    pub(in crate::session) fn get(&self, module: usize) -> Option<Instance> {
        self.all.get(module).copied().flatten()
    }

    /// Which module an instance is of.
    pub(in crate::session) fn module_of(&self, instance: Instance) -> Option<usize> {
        self.all.iter().position(|known| *known == Some(instance))
    }
}

struct Linking<'a> {
    modules: &'a Modules,
    store: &'a mut Store<World>,
    linker: Linker<World>,
    calls: &'a Calls,
    /// What was made for imports that nobody has: two modules that import the
    /// same name share it.
    provided: BTreeMap<(&'a str, &'a str), Extern>,
    /// The modules whose imports are being looked for, each imported by the one before.
    importing: Vec<usize>,
    done: Instances,
}

impl<'a> Linking<'a> {
    fn instantiate(&mut self, module: usize) -> Result<Instance, ErrorView> {
        if let Some(instance) = self.done.get(module) {
            return Ok(instance);
        }
        let modules = self.modules;
        let opened = modules.get(module).ok_or_else(|| ErrorView::titled("No module is open"))?;
        let valid = opened.module().ok_or_else(|| self.invalid(module, opened))?;
        if self.importing.contains(&module) {
            return Err(self.cycle(module));
        }
        self.importing.push(module);
        let mut imports = Vec::new();
        for (index, import) in opened.all().imports.iter().enumerate() {
            let bound = self.bind(module, opened, index, import);
            imports.push(bound.map_err(|refusal| match refusal {
                Refusal::Import(reason) => self.at_import(module, index, import, reason),
                Refusal::Library(error) => error,
            })?);
        }
        self.importing.pop();
        let instance = Instance::new_without_start(&mut *self.store, valid, &imports)
            .map_err(|error| self.not_instantiated(module, opened, &error))?;
        self.done.starts.extend(instance.start_function(&*self.store));
        if let Some(place) = self.done.all.get_mut(module) {
            *place = Some(instance);
        }
        Ok(instance)
    }

    /// What an import is to be.
    fn bind(
        &mut self,
        module: usize,
        opened: &'a Opened,
        index: usize,
        import: &'a Import,
    ) -> Result<Extern, Refusal> {
        let unknown = || Refusal::Import("Its type is not known.".to_owned());
        let binding = self.modules.binding(module, index).ok_or_else(unknown)?;
        if binding.choice == Choice::Found {
            return self.found(module, import);
        }
        let ty = opened.all().import_type(import).ok_or_else(unknown)?;
        if is_of_its_module(&ty) {
            let reason = "Its type is made of types of the module's own, so that only another \
                          module can have it.";
            return Err(Refusal::Import(reason.to_owned()));
        }
        let values = match binding.choice {
            Choice::Constant | Choice::Log => {
                Modules::values(&ty, &binding).map_err(Refusal::Import)?
            }
            _ => Vec::new(),
        };
        let made = match ty {
            ExternType::Func(ty) => {
                let name = format!("{}.{}", import.module, import.name);
                let function = self.calls.function(self.store, &name, ty, binding.choice, values);
                function.map(Extern::Func)
            }
            ty => self.provide(import, &ty, &values),
        };
        made.map_err(|error| Refusal::Import(error.to_string()))
    }

    /// What has the name of an import.
    fn found(&mut self, module: usize, import: &Import) -> Result<Extern, Refusal> {
        let (found, owner) = match self.modules.source(module, import) {
            Source::Module(library) => {
                let instance = self.instantiate(library).map_err(Refusal::Library)?;
                let owner = self.modules.get(library).map_or("", |opened| &opened.name);
                (instance.get_export(&*self.store, &import.name), owner)
            }
            source => {
                let owner = if source == Source::Wasi { "WASI" } else { "The sample host" };
                (self.linker.get(&mut *self.store, &import.module, &import.name), owner)
            }
        };
        found.ok_or_else(|| Refusal::Import(no_export(owner, &import.name)))
    }

    /// A memory, table, global or tag of this type.
    fn provide(
        &mut self,
        import: &'a Import,
        ty: &ExternType,
        values: &[Val],
    ) -> Result<Extern, Error> {
        let name = (&*import.module, &*import.name);
        if let Some(known) = self.provided.get(&name)
            && known.ty(&*self.store).as_ref() == Ok(ty)
        {
            return Ok(*known);
        }
        let store = &mut *self.store;
        let value = values.first().copied();
        let made = match ty {
            ExternType::Memory(ty) => Memory::new(store, *ty)?.into(),
            ExternType::Table(ty) => {
                Table::new(store, *ty, Val::default_for(ty.element.into()))?.into()
            }
            ExternType::Global(ty) => {
                let value = value.unwrap_or(Val::default_for(ty.content));
                Global::new(store, *ty, value)?.into()
            }
            ExternType::Func(ty) | ExternType::Tag(ty) => Tag::new(store, ty.clone())?.into(),
        };
        self.provided.insert(name, made);
        Ok(made)
    }

    fn is_shown(&self, module: usize) -> bool {
        module == self.modules.shown_index()
    }

    fn name(&self, module: usize) -> &'a str {
        self.modules.get(module).map_or("", |opened| &opened.name)
    }

    fn at_import(&self, module: usize, index: usize, import: &Import, reason: String) -> ErrorView {
        let title = format!("The import {}.{} is not satisfied", import.module, import.name);
        let mut error = ErrorView { details: vec![reason], ..ErrorView::titled(title) };
        if self.is_shown(module) {
            error.offset = self.modules.get(module).and_then(|opened| opened.import_offset(index));
        } else {
            error.details.push(format!("It is an import of {}.", self.name(module)));
        }
        error
    }

    fn not_instantiated(
        &self,
        module: usize,
        opened: &Opened,
        error: &InstantiationError,
    ) -> ErrorView {
        if let InstantiationError::ImportType { module: half, name, expected, found } = error {
            let mut imports = opened.all().imports.iter().enumerate();
            let known = imports.find(|(_, import)| {
                let ty = opened.all().import_type(import);
                import.module == *half && import.name == *name && ty.as_ref() == Some(&**expected)
            });
            if let Some((index, import)) = known {
                let reason = format!("The module wants {expected}, there is {found}.");
                return self.at_import(module, index, import, reason);
            }
        }
        let title = format!("{} could not be instantiated", self.name(module));
        ErrorView { details: vec![error.to_string()], ..ErrorView::titled(title) }
    }

    fn invalid(&self, module: usize, opened: &Opened) -> ErrorView {
        let title = format!("{} is not valid, so it cannot run", self.name(module));
        let details = opened.error().map(ToString::to_string).into_iter().collect();
        ErrorView { details, ..ErrorView::titled(title) }
    }

    /// Says which modules import from each other in a circle.
    fn cycle(&self, module: usize) -> ErrorView {
        let from = self.importing.iter().position(|importing| *importing == module);
        let circle = self.importing.get(from.unwrap_or(0)..).unwrap_or_default();
        let names: Vec<_> =
            circle.iter().chain([&module]).map(|&module| self.name(module)).collect();
        let detail = format!("{}.", names.join(" imports from "));
        ErrorView {
            details: vec![detail, "So none of them can be instantiated first.".to_owned()],
            ..ErrorView::titled("Modules import from each other in a circle")
        }
    }
}

/// Why an import is not bound.
enum Refusal {
    /// For this reason.
    Import(String),
    /// The module that has it could not be instantiated.
    Library(ErrorView),
}
