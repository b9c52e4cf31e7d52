//! Instances of modules.

use alloc::boxed::Box;

use super::context::{AsContext, AsContextMut, inner};
use super::error::Error;
use super::externs::Extern;
use super::func::Func;
use super::global::Global;
use super::instantiate::{instantiate, rebind};
use super::instantiation_error::InstantiationError;
use super::memory::Memory;
use super::store::{InstanceData, StoreInner};
use super::store_id::Stored;
use super::table::Table;
use super::tag::Tag;
use super::typed::{TypedFunc, WasmValues};
use crate::execute::Job;
use crate::module::{Export, Module};
use crate::types::ExternKind;

/// An instance of a module, in a store.
///
/// ```
/// use fayasm_core::{Engine, Instance, Module, Store};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, wat::parse_str(
///     "(module (memory (export \"memory\") 2) (func (export \"nothing\")))",
/// )?)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &module, &[])?;
/// let names: Vec<&str> = instance.exports(&store).map(|(name, _)| name).collect();
/// assert_eq!(names, ["memory", "nothing"]);
/// let memory = instance.get_memory(&store, "memory").expect("it is exported");
/// assert_eq!(memory.size(&store)?, 2);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instance(pub(crate) Stored);

impl Instance {
    /// Instantiates a module (specification §4.5.4): checks the imports,
    /// allocates memories, tables and globals, copies active segments, and
    /// runs the start function.
    ///
    /// # Errors
    ///
    /// [`InstantiationError`]. Unless a segment or the start function is to
    /// blame, the store is as it was before.
    pub fn new(
        mut store: impl AsContextMut,
        module: &Module,
        imports: &[Extern],
    ) -> Result<Instance, InstantiationError> {
        let store = store.as_context_mut();
        let instance = Instance::new_without_start(&mut *store, module, imports)?;
        if let Some(start) = instance.start_function(&*store) {
            let done = Job::new(&*store, start, &[]).and_then(|mut job| store.run_to_end(&mut job));
            done.map_err(|error| match error {
                Error::Trap(trap) => InstantiationError::Start(trap),
                // The start function is the store's own, and takes nothing.
                _ => InstantiationError::OutOfMemory,
            })?;
        }
        Ok(instance)
    }

    /// The same, but for the start function, which
    /// [`start_function`](Instance::start_function) gives, if there is one.
    ///
    /// # Errors
    ///
    /// [`InstantiationError`]
    pub fn new_without_start(
        mut store: impl AsContextMut,
        module: &Module,
        imports: &[Extern],
    ) -> Result<Instance, InstantiationError> {
        instantiate(store.as_context_mut().inner_mut(), module, imports)
    }

    /// Puts other things in the place of imports, from now on: of memories,
    /// tables, globals, functions and tags, by the names of the imports. Jobs
    /// that stand still go on with the new ones. What was taken from the old
    /// ones before, such as references to functions, stays what it is.
    ///
    /// ```
    /// use fayasm_core::{Engine, Global, GlobalType, Instance, Module, Store, Val, ValType};
    ///
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, wat::parse_str(
    ///     "(module (import \"env\" \"scale\" (global $scale i32))
    ///          (func (export \"scaled\") (param i32) (result i32)
    ///              (i32.mul (local.get 0) (global.get $scale))))",
    /// )?)?;
    /// let mut store = Store::new(&engine, ());
    /// let ty = GlobalType { content: ValType::I32, mutable: false };
    /// let two = Global::new(&mut store, ty, Val::I32(2))?;
    /// let ten = Global::new(&mut store, ty, Val::I32(10))?;
    /// let instance = Instance::new(&mut store, &module, &[two.into()])?;
    /// let scaled = instance.get_typed_func::<i32, i32>(&store, "scaled")?;
    /// assert_eq!(scaled.call(&mut store, 7)?, 14);
    /// instance.rebind(&mut store, &[("env", "scale", ten.into())])?;
    /// assert_eq!(scaled.call(&mut store, 7)?, 70);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InstantiationError::UnknownImport`] if there is no import of a name,
    /// [`InstantiationError::ImportType`] if the new thing cannot be imported
    /// there, [`InstantiationError::ForeignImport`]. Then nothing changes.
    pub fn rebind(
        self,
        mut store: impl AsContextMut,
        imports: &[(&str, &str, Extern)],
    ) -> Result<(), InstantiationError> {
        rebind(store.as_context_mut().inner_mut(), self, imports)
    }

    fn data(self, store: &StoreInner) -> Option<&InstanceData> {
        store.instances.get(self.0.index_in(store.id).ok()?)
    }

    /// The module's start function; none if it has none, or the instance
    /// belongs to another store.
    #[must_use]
    pub fn start_function(self, store: impl AsContext) -> Option<Func> {
        let store = inner(&store);
        let start = self.data(store)?.module.declarations().start?;
        self.item(store, ExternKind::Func, start)?.into_func()
    }

    /// The module it is an instance of; none if it belongs to another store.
    #[must_use]
    pub fn module<'a, T: 'a>(self, store: &'a impl AsContext<Data = T>) -> Option<&'a Module> {
        Some(&self.data(inner(store))?.module)
    }

    /// What its exports are, in the module's order; none if it belongs to another store.
    pub fn exports<'a, T: 'a>(
        self,
        store: &'a impl AsContext<Data = T>,
    ) -> impl Iterator<Item = (&'a str, Extern)> {
        let store = inner(store);
        let exports = self.data(store).map(|data| data.module.declarations().exports.as_slice());
        exports
            .unwrap_or_default()
            .iter()
            .filter_map(move |export| Some((&*export.name, self.export(store, export)?)))
    }

    /// The export of this name.
    #[must_use]
    pub fn get_export(self, store: impl AsContext, name: &str) -> Option<Extern> {
        let store = inner(&store);
        self.export(store, self.data(store)?.module.export(name)?)
    }

    /// The exported function of this name.
    #[must_use]
    pub fn get_func(self, store: impl AsContext, name: &str) -> Option<Func> {
        self.get_export(store, name)?.into_func()
    }

    /// The exported function of this name, to be called with Rust values.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownExport`], [`Error::ExportKind`], [`Error::Signature`],
    /// [`Error::ForeignHandle`]
    pub fn get_typed_func<P: WasmValues, R: WasmValues>(
        self,
        store: impl AsContext,
        name: &str,
    ) -> Result<TypedFunc<P, R>, Error> {
        self.0.index_in(inner(&store).id)?;
        match self.get_export(&store, name) {
            Some(Extern::Func(func)) => func.typed(store),
            Some(other) => {
                let (expected, found) = (ExternKind::Func, other.kind());
                Err(Error::ExportKind { name: Box::from(name), expected, found })
            }
            None => Err(Error::UnknownExport(Box::from(name))),
        }
    }

    /// The exported memory of this name.
    #[must_use]
    pub fn get_memory(self, store: impl AsContext, name: &str) -> Option<Memory> {
        self.get_export(store, name)?.into_memory()
    }

    /// The exported table of this name.
    #[must_use]
    pub fn get_table(self, store: impl AsContext, name: &str) -> Option<Table> {
        self.get_export(store, name)?.into_table()
    }

    /// The exported global of this name.
    #[must_use]
    pub fn get_global(self, store: impl AsContext, name: &str) -> Option<Global> {
        self.get_export(store, name)?.into_global()
    }

    /// The exported tag of this name.
    #[must_use]
    pub fn get_tag(self, store: impl AsContext, name: &str) -> Option<Tag> {
        self.get_export(store, name)?.into_tag()
    }

    /// What has this index in one of the module's index spaces, exported or
    /// not: for those who look inside.
    #[must_use]
    pub fn get_index(self, store: impl AsContext, kind: ExternKind, index: u32) -> Option<Extern> {
        self.item(inner(&store), kind, index)
    }

    fn export(self, store: &StoreInner, export: &Export) -> Option<Extern> {
        self.item(store, export.kind, export.index)
    }

    fn item(self, store: &StoreInner, kind: ExternKind, index: u32) -> Option<Extern> {
        let data = self.data(store)?;
        let space = match kind {
            ExternKind::Func => &data.functions,
            ExternKind::Table => &data.tables,
            ExternKind::Memory => &data.memories,
            ExternKind::Global => &data.globals,
            ExternKind::Tag => &data.tags,
        };
        let address = *space.get(index as usize)?;
        Some(Extern::new(kind, store.stored(address)))
    }
}
