//! What imports are bound to: what a person chose, else what has their name.

use fayasm_core::module::Import;
use fayasm_core::{
    Engine, Extern, ExternKind, ExternType, HeapType, Limits, Linker, RefType, Store, Val, ValType,
};
use fayasm_fixtures::host;

use crate::protocol::{Binding, Choice, ErrorView, FunctionPlace, ImportView, LinksView};
use crate::session::modules::{Modules, nothing};
use crate::session::opened::{Opened, is_wasi};
use crate::session::text;

/// Names and types of what the sample host has.
#[derive(Default)]
pub(in crate::session) struct SampleHost(Vec<(&'static str, ExternType)>);

/// Who has something of an import's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Source {
    /// Another module that is loaded.
    Module(usize),
    Wasi,
    SampleHost,
    Nobody,
}

impl Modules {
    /// Binds an import of the module on show.
    pub(in crate::session) fn bind(
        &mut self,
        import: u32,
        binding: Binding,
    ) -> Result<(), ErrorView> {
        let import = import as usize;
        let opened = self.get_mut(self.shown_index()).ok_or_else(nothing)?;
        if import >= opened.all().imports.len() {
            return Err(ErrorView::titled(format!("The module has no import {import}")));
        }
        opened.bindings.insert(import, binding);
        self.rebind();
        Ok(())
    }

    /// Who has something of this import's name. A thing of the sample host counts
    /// only where it fits: another embedder has other things of that name.
    pub(in crate::session) fn source(&self, importer: usize, import: &Import) -> Source {
        let is_named = |opened: &Opened| *opened.import_name == *import.module;
        let mut others = self.iter().enumerate().filter(|(index, _)| *index != importer);
        if let Some((index, _)) = others.find(|(_, opened)| is_named(opened)) {
            return Source::Module(index);
        }
        if is_wasi(&import.module) {
            return Source::Wasi;
        }
        let wanted = self.get(importer).and_then(|opened| opened.all().import_type(import));
        let mut known = self.sample_host.0.iter().filter(|_| *import.module == *host::MODULE);
        match (wanted, known.find(|(name, _)| *name == &*import.name)) {
            (Some(wanted), Some((_, found))) if !differs(&wanted, found) => Source::SampleHost,
            _ => Source::Nobody,
        }
    }

    /// What an import is bound to: what a person chose, else what is found.
    pub(in crate::session) fn binding(&self, importer: usize, import: usize) -> Option<Binding> {
        let opened = self.get(importer)?;
        let known = opened.all().imports.get(import)?;
        let ty = opened.all().import_type(known)?;
        let is_found = self.source(importer, known) != Source::Nobody;
        let chosen = opened.bindings.get(&import);
        let choice = match (chosen.map(|binding| binding.choice), &ty) {
            (Some(choice), _) if choice != Choice::Found => choice,
            _ if is_found => Choice::Found,
            (_, ExternType::Func(_)) => Choice::Trap,
            _ => Choice::Constant,
        };
        let default = |ty: &ValType| Val::default_for(*ty).to_string();
        let values = chosen.map(|binding| binding.values.clone());
        let values = values.unwrap_or_else(|| given_types(&ty).iter().map(default).collect());
        Some(Binding { choice, values })
    }

    /// The values that are typed into a binding.
    pub(in crate::session) fn values(
        ty: &ExternType,
        binding: &Binding,
    ) -> Result<Vec<Val>, String> {
        let types = given_types(ty);
        if types.len() != binding.values.len() {
            return Err(text::values_needed(types.len()));
        }
        parse(&types, &binding.values).map_err(|(_, reason)| reason)
    }

    /// What the module on show is linked with.
    pub(in crate::session) fn links(&self) -> LinksView {
        let imports = self.shown().map_or(0, |opened| opened.all().imports.len());
        LinksView {
            modules: self.loaded(),
            shown: text::offset(self.shown_index()),
            imports: (0..imports).filter_map(|import| self.import_view(import)).collect(),
        }
    }

    fn import_view(&self, index: usize) -> Option<ImportView> {
        let opened = self.shown()?;
        let import = opened.all().imports.get(index)?;
        let ty = opened.all().import_type(import)?;
        let binding = self.binding(self.shown_index(), index)?;
        let found = match self.source(self.shown_index(), import) {
            Source::Module(module) => self.get(module).map(|opened| opened.name.clone()),
            Source::Wasi => Some("WASI".to_owned()),
            Source::SampleHost => Some("the sample host".to_owned()),
            Source::Nobody => None,
        };
        Some(ImportView {
            module: import.module.to_string(),
            name: import.name.to_string(),
            kind: ty.kind().to_string(),
            type_text: text::ty(&ty),
            offset: opened.import_offset(index).unwrap_or_default(),
            types: given_types(&ty).iter().map(ToString::to_string).collect(),
            found,
            linked: self.linked_function(import, &binding),
            problem: self.problem(import, &ty, &binding),
            binding,
        })
    }

    /// The function of another module that an import of the one on show is bound to.
    fn linked_function(&self, import: &Import, binding: &Binding) -> Option<FunctionPlace> {
        let Source::Module(module) = self.source(self.shown_index(), import) else { return None };
        let mut exports = self.get(module)?.all().exports.iter();
        let export = exports.find(|export| export.name == import.name)?;
        let is_linked = binding.choice == Choice::Found && export.kind == ExternKind::Func;
        is_linked.then_some(FunctionPlace { module: text::offset(module), function: export.index })
    }

    /// Why an import of the module on show cannot be bound so, as far as that
    /// shows without linking.
    fn problem(&self, import: &Import, ty: &ExternType, binding: &Binding) -> Option<String> {
        match (binding.choice, self.source(self.shown_index(), import)) {
            (Choice::Found, Source::Module(module)) => {
                let library = self.get(module)?;
                let all = library.all();
                let export = all.exports.iter().find(|export| export.name == import.name);
                let Some(export) = export else {
                    return Some(no_export(&library.name, &import.name));
                };
                let found = all.export_type(export).filter(|found| differs(ty, found))?;
                Some(format!("The module wants {ty}, {} has {found}.", library.name))
            }
            (Choice::Found, _) => None,
            (Choice::Trap | Choice::Ask, _) => None,
            (Choice::Constant | Choice::Log, _) => Self::values(ty, binding).err(),
        }
    }
}

/// Says that a module lacks what another one imports.
pub(in crate::session) fn no_export(library: &str, name: &str) -> String {
    format!("{library} has no export `{name}`.")
}

/// Reads values of these types, or says which one is none and why.
pub(in crate::session) fn parse(
    types: &[ValType],
    texts: &[String],
) -> Result<Vec<Val>, (usize, String)> {
    let value = |(index, (&ty, typed)): (usize, (&ValType, &String))| {
        text::parse(ty, typed).map_err(|reason| (index, reason))
    };
    types.iter().zip(texts).enumerate().map(value).collect()
}

/// The types of the values that a person gives for something of this type.
fn given_types(ty: &ExternType) -> Vec<ValType> {
    match ty {
        ExternType::Func(ty) => ty.results().to_vec(),
        ExternType::Global(ty) => vec![ty.content],
        _ => Vec::new(),
    }
}

impl SampleHost {
    pub(in crate::session) fn new(engine: &Engine) -> Self {
        SampleHost(contents(engine).unwrap_or_default())
    }
}

fn contents(engine: &Engine) -> Option<Vec<(&'static str, ExternType)>> {
    let mut store = Store::new(engine, ());
    let mut linker = Linker::new(engine);
    host::link(&mut linker, &mut store).ok()?;
    let ty = |name: &&'static str| {
        let found: Extern = linker.get(&mut store, host::MODULE, name)?;
        Some((*name, found.ty(&store).ok()?))
    };
    host::NAMES.iter().map(ty).collect()
}

/// Whether something of one type certainly cannot be had for one of the other.
/// Types that modules define themselves are compared when they are linked.
fn differs(wanted: &ExternType, found: &ExternType) -> bool {
    match (wanted, found) {
        (ExternType::Func(wanted), ExternType::Func(found))
        | (ExternType::Tag(wanted), ExternType::Tag(found)) => {
            wanted.params().len() != found.params().len()
                || wanted.results().len() != found.results().len()
                || values_differ(wanted.params(), found.params())
                || values_differ(wanted.results(), found.results())
        }
        (ExternType::Global(wanted), ExternType::Global(found)) => {
            wanted.mutable != found.mutable || values_differ(&[wanted.content], &[found.content])
        }
        (ExternType::Memory(wanted), ExternType::Memory(found)) => {
            !fits(wanted.limits, found.limits)
                || (wanted.address, wanted.shared, wanted.page_size_log2)
                    != (found.address, found.shared, found.page_size_log2)
        }
        (ExternType::Table(wanted), ExternType::Table(found)) => {
            !fits(wanted.limits, found.limits)
                || wanted.address != found.address
                || values_differ(&[wanted.element.into()], &[found.element.into()])
        }
        _ => true,
    }
}

fn values_differ(wanted: &[ValType], found: &[ValType]) -> bool {
    let is_reference = |ty: &ValType| matches!(ty, ValType::Ref(_));
    let differ = |(wanted, found): (&ValType, &ValType)| {
        wanted != found && !(is_reference(wanted) && is_reference(found))
    };
    wanted.iter().zip(found).any(differ)
}

fn fits(wanted: Limits, found: Limits) -> bool {
    let ends = match (wanted.max, found.max) {
        (None, _) => true,
        (Some(wanted), Some(found)) => found <= wanted,
        (Some(_), None) => false,
    };
    found.min >= wanted.min && ends
}

/// Whether a type refers to others of its module, so that nobody but another
/// module can have something of it.
pub(in crate::session) fn is_of_its_module(ty: &ExternType) -> bool {
    let refers = |ty: RefType| matches!(ty.heap, HeapType::Concrete(_));
    let value = |ty: &ValType| matches!(*ty, ValType::Ref(ty) if refers(ty));
    match ty {
        ExternType::Func(ty) | ExternType::Tag(ty) => {
            ty.params().iter().chain(ty.results()).any(value)
        }
        ExternType::Global(ty) => value(&ty.content),
        ExternType::Table(ty) => refers(ty.element),
        ExternType::Memory(_) => false,
    }
}
