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
    /// ```
    /// # use fayasm_core::{Engine, Module, Store};
    /// use fayasm_core::{Func, Instance, InstantiationError};
    ///
    /// let wat = r#"(module (import "env" "host" (func (param i32))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// // Imports are given in the module's order; `Linker` looks them up by name.
    /// let host = Func::wrap(&mut store, |_: i32| {})?;
    /// assert!(Instance::new(&mut store, &module, &[host.into()]).is_ok());
    ///
    /// let other = Func::wrap(&mut store, |_: i64| {})?;
    /// let error = Instance::new(&mut store, &module, &[other.into()]).unwrap_err();
    /// assert!(matches!(error, InstantiationError::ImportType { .. }));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
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
    /// ```
    /// # use fayasm_core::{Engine, Module, Store};
    /// use fayasm_core::{Instance, Job, Outcome};
    ///
    /// let wat = "(module (func $begin) (start $begin))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// let instance = Instance::new_without_start(&mut store, &module, &[])?;
    /// let start = instance.start_function(&store).expect("the module has one");
    /// let mut job = Job::new(&store, start, &[])?;
    /// assert_eq!(store.step(&mut job), Outcome::Done);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InstantiationError`]
    pub fn new_without_start(
        mut store: impl AsContextMut,
        module: &Module,
        imports: &[Extern],
    ) -> Result<Instance, InstantiationError> {
        let store = store.as_context_mut().inner_mut();
        store.journal.change();
        instantiate(store, module, imports)
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
        let store = store.as_context_mut().inner_mut();
        store.journal.change();
        rebind(store, self, imports)
    }

    fn data(self, store: &StoreInner) -> Option<&InstanceData> {
        store.instances.get(self.0.index_in(store.id).ok()?)
    }

    /// The module's start function; none if it has none, or the instance
    /// belongs to another store.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// let wat = r#"(module (func $begin (export "begin")) (start $begin))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// // It has run already; running it again is up to the embedder.
    /// assert_eq!(instance.start_function(&store), instance.get_func(&store, "begin"));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn start_function(self, store: impl AsContext) -> Option<Func> {
        let store = inner(&store);
        let start = self.data(store)?.module.declarations().start?;
        self.item(store, ExternKind::Func, start)?.into_func()
    }

    /// The module it is an instance of; none if it belongs to another store.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// let wat = r#"(module (func) (func (export "f")))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let module = instance.module(&store).expect("the instance is this store's");
    /// assert_eq!(module.export("f").map(|export| export.index), Some(1));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn module<'a, T: 'a>(self, store: &'a impl AsContext<Data = T>) -> Option<&'a Module> {
        Some(&self.data(inner(store))?.module)
    }

    /// What its exports are, in the module's order; none if it belongs to another store.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::ExternKind;
    ///
    /// let wat = r#"(module (memory (export "m") 1) (table (export "t") 3 funcref))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// for (name, item) in instance.exports(&store) {
    ///     assert_eq!(item.kind() == ExternKind::Table, name == "t");
    /// }
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
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

    /// The export of this name; none if there is none, or the instance belongs
    /// to another store.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Extern;
    ///
    /// let wat = r#"(module (memory (export "m") 1))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// assert!(matches!(instance.get_export(&store, "m"), Some(Extern::Memory(_))));
    /// assert_eq!(instance.get_export(&store, "n"), None);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn get_export(self, store: impl AsContext, name: &str) -> Option<Extern> {
        let store = inner(&store);
        self.export(store, self.data(store)?.module.export(name)?)
    }

    /// The exported function of this name; none if no function is exported under it.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Val;
    ///
    /// let wat = r#"(module (func (export "seven") (result i32) (i32.const 7)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let seven = instance.get_func(&store, "seven").expect("it is exported");
    /// let mut results = [Val::I32(0)];
    /// seven.call(&mut store, &[], &mut results)?;
    /// assert_eq!(results, [Val::I32(7)]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn get_func(self, store: impl AsContext, name: &str) -> Option<Func> {
        self.get_export(store, name)?.into_func()
    }

    /// The exported function of this name, to be called with Rust values.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// let wat = r#"(module (func (export "seven") (result i32) (i32.const 7)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let seven = instance.get_typed_func::<(), i32>(&store, "seven")?;
    /// assert_eq!(seven.call(&mut store, ())?, 7);
    /// let error = instance.get_typed_func::<(), i64>(&store, "seven").unwrap_err();
    /// assert_eq!(error.to_string(), "the function is () -> i32, not () -> i64");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
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

    /// The exported memory of this name; none if no memory is exported under it.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// let wat = r#"(module (memory (export "memory") 1) (data (i32.const 4) "hi"))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let memory = instance.get_memory(&store, "memory").expect("it is exported");
    /// assert_eq!(&memory.data(&store)?[4..6], b"hi");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn get_memory(self, store: impl AsContext, name: &str) -> Option<Memory> {
        self.get_export(store, name)?.into_memory()
    }

    /// The exported table of this name; none if no table is exported under it.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// let wat = r#"(module (func $f) (table (export "t") funcref (elem $f)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let table = instance.get_table(&store, "t").expect("it is exported");
    /// assert!(table.get(&store, 0)?.func().is_some());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn get_table(self, store: impl AsContext, name: &str) -> Option<Table> {
        self.get_export(store, name)?.into_table()
    }

    /// The exported global of this name; none if no global is exported under it.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// let wat = r#"(module (global (export "heap_base") i32 (i32.const 1024)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let base = instance.get_global(&store, "heap_base").expect("it is exported");
    /// assert_eq!(base.get(&store)?.i32(), Some(1024));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn get_global(self, store: impl AsContext, name: &str) -> Option<Global> {
        self.get_export(store, name)?.into_global()
    }

    /// The exported tag of this name; none if no tag is exported under it.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::ValType;
    ///
    /// let wat = r#"(module (tag (export "e") (param i32)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let tag = instance.get_tag(&store, "e").expect("it is exported");
    /// assert_eq!(tag.ty(&store)?.params(), [ValType::I32]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn get_tag(self, store: impl AsContext, name: &str) -> Option<Tag> {
        self.get_export(store, name)?.into_tag()
    }

    /// What has this index in one of the module's index spaces, exported or
    /// not: for those who look inside.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{ExternKind, Val};
    ///
    /// let wat = "(module (global $private (mut i32) (i32.const 7)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let global = instance.get_index(&store, ExternKind::Global, 0).expect("there is one");
    /// let global = global.into_global().expect("it is a global");
    /// assert_eq!(global.get(&store)?, Val::I32(7));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
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
