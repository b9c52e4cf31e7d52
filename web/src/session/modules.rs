//! The modules that are loaded: one is on show, the others are there to be
//! linked with.

use fayasm_core::Engine;

use super::linking::SampleHost;
use super::opened::Opened;
use crate::protocol::{ErrorView, LoadedView, MAGIC, ModuleFile, ModuleView};

/// The most that are loaded at a time.
const MAX_MODULES: usize = 64;

/// All modules that are loaded.
#[derive(Default)]
pub(super) struct Modules {
    all: Vec<Opened>,
    shown: usize,
    /// How often imports were bound.
    bound: u32,
    pub(super) sample_host: SampleHost,
}

impl Modules {
    /// Loads modules, of which the first is on show that no other one imports from:
    /// in which order files come is nobody's choice.
    pub(super) fn open(engine: &Engine, files: Vec<ModuleFile>) -> Self {
        let mut modules = Modules { sample_host: SampleHost::new(engine), ..Modules::default() };
        for file in files.into_iter().take(MAX_MODULES) {
            // There is room for so many.
            let _ = modules.add(Opened::new(engine, file.name, file.bytes.into_vec()));
        }
        modules.shown = modules.outermost();
        modules
    }

    /// The first module that no other one imports from; the first of all in a circle.
    fn outermost(&self) -> usize {
        let imports_from = |opened: &Opened, name: &str| {
            opened.all().imports.iter().any(|import| *import.module == *name)
        };
        let is_outermost = |index: &usize| {
            self.get(*index).is_some_and(|opened| {
                let mut others = self.iter().enumerate().filter(|(other, _)| other != index);
                !others.any(|(_, other)| imports_from(other, &opened.import_name))
            })
        };
        (0..self.len()).find(is_outermost).unwrap_or_default()
    }

    /// Gives a module the name that others import it by.
    pub(super) fn rename(&mut self, module: u32, name: String) -> Result<(), ErrorView> {
        let module = self.find(module)?;
        let mut others = self.iter().enumerate().filter(|(index, _)| *index != module);
        if let Some((_, other)) = others.find(|(_, other)| other.import_name == name) {
            let title = format!("{} is imported by the name {name:?} already", other.name);
            return Err(ErrorView::titled(title));
        }
        if let Some(opened) = self.get_mut(module) {
            opened.import_name = name;
        }
        Ok(())
    }

    /// Loads one more, in place of one of the same name; says whether that is on show.
    pub(super) fn add(&mut self, opened: Opened) -> Result<bool, ErrorView> {
        let known = self.all.iter().position(|known| known.name == opened.name);
        let is_full = self.all.len() >= MAX_MODULES;
        match known.and_then(|index| self.all.get_mut(index)) {
            Some(known) => {
                let name = std::mem::replace(known, opened).import_name;
                known.import_name = name;
            }
            None if is_full => {
                let title = format!("No more than {MAX_MODULES} modules are loaded at a time");
                return Err(ErrorView::titled(title));
            }
            None => self.all.push(opened),
        }
        Ok(known.unwrap_or(self.all.len() - 1) == self.shown)
    }

    /// Forgets a module that is not on show.
    pub(super) fn remove(&mut self, module: u32) -> Result<(), ErrorView> {
        let module = self.find(module)?;
        if module == self.shown {
            return Err(ErrorView::titled("The module on show cannot be removed"));
        }
        self.all.remove(module);
        self.shown -= usize::from(module < self.shown);
        Ok(())
    }

    /// Puts another one on show.
    pub(super) fn show(&mut self, module: u32) -> Result<&Opened, ErrorView> {
        self.shown = self.find(module)?;
        self.all.get(self.shown).ok_or_else(nothing)
    }

    fn find(&self, module: u32) -> Result<usize, ErrorView> {
        Some(module as usize).filter(|&module| module < self.all.len()).ok_or_else(nothing)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Opened> {
        self.all.iter_mut()
    }

    /// The module on show.
    pub(super) fn shown(&self) -> Option<&Opened> {
        self.all.get(self.shown)
    }

    pub(super) fn shown_index(&self) -> usize {
        self.shown
    }

    /// How often imports were bound.
    pub(super) fn bound(&self) -> u32 {
        self.bound
    }

    /// Imports were bound otherwise.
    pub(super) fn rebind(&mut self) {
        self.bound = self.bound.wrapping_add(1);
    }

    pub(super) fn get(&self, module: usize) -> Option<&Opened> {
        self.all.get(module)
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get_mut(&mut self, module: usize) -> Option<&mut Opened> {
        self.all.get_mut(module)
    }

    /// All of them, as the page knows them.
    pub(super) fn loaded(&self) -> Vec<LoadedView> {
        let view = |opened: &Opened| LoadedView {
            file: opened.name.clone(),
            name: opened.import_name.clone(),
        };
        self.iter().map(view).collect()
    }

    /// All of them.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, Opened> {
        self.all.iter()
    }

    /// The module on show as a whole.
    pub(super) fn view(&self) -> Option<ModuleView> {
        Some(self.shown()?.view(self.links()))
    }
}

/// Parts modules from other files, where there are both: a file by itself is to be
/// shown, whatever it is.
pub(super) fn sort(files: Vec<ModuleFile>) -> (Vec<ModuleFile>, Vec<ModuleFile>) {
    match files.iter().any(is_module) {
        true => files.into_iter().partition(is_module),
        false => (files, Vec::new()),
    }
}

/// Whether a file claims to be a module.
pub(super) fn is_module(file: &ModuleFile) -> bool {
    file.bytes.starts_with(MAGIC)
}

/// Says that a file cannot be linked with anything.
pub(super) fn not_a_module(name: &str) -> ErrorView {
    ErrorView {
        details: vec!["It does not begin with the bytes `00 61 73 6d` of one.".to_owned()],
        ..ErrorView::titled(format!("{name} is not a WebAssembly module"))
    }
}

pub(super) fn nothing() -> ErrorView {
    ErrorView::titled("There is no such module")
}
