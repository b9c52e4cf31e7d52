//! The linker: names for what modules import.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::caller::Caller;
use super::context::AsContextMut;
use super::externs::Extern;
use super::func::Func;
use super::host::{HostError, HostFunction, IntoFunc};
use super::instance::Instance;
use super::instantiate::check_engine;
use super::instantiation_error::InstantiationError;
use super::store::Store;
use super::val::Val;
use crate::engine::Engine;
use crate::module::Module;
use crate::types::FuncType;

/// Names for what modules import: host functions, which any store can use, and
/// things in a store. What is defined later under the same name replaces what
/// was defined before; the order in which names are defined does not matter.
///
/// ```
/// use fayasm_core::{Engine, Linker, Module, Store};
///
/// let engine = Engine::default();
/// let mut linker = Linker::<()>::new(&engine);
/// let module = Module::new(&engine, wat::parse_str(
///     "(module
///        (import \"env\" \"host_add\" (func $add (param i32 i32) (result i32)))
///        (func (export \"run\") (param i32 i32) (result i32)
///          (call $add (local.get 0) (local.get 1))))",
/// )?)?;
/// let mut store = Store::new(&engine, ());
/// assert_eq!(
///     linker.instantiate(&mut store, &module).unwrap_err().to_string(),
///     "missing import `env` `host_add`: func (i32, i32) -> i32",
/// );
///
/// linker.func_wrap("env", "host_add", |a: i32, b: i32| a.wrapping_add(b));
/// let instance = linker.instantiate(&mut store, &module)?;
/// let run = instance.get_typed_func::<(i32, i32), i32>(&store, "run")?;
/// assert_eq!(run.call(&mut store, (7, 5))?, 12);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct Linker<T> {
    engine: Engine,
    modules: BTreeMap<String, Namespace<T>>,
}

/// What is defined under the first half of a name.
struct Namespace<T> {
    items: BTreeMap<String, Definition<T>>,
    /// Whose exports stand behind the items.
    instance: Option<Instance>,
}

/// What is defined under a name.
enum Definition<T> {
    Host(HostFunction<T>),
    Extern(Extern),
}

impl<T> Default for Namespace<T> {
    fn default() -> Self {
        Namespace { items: BTreeMap::new(), instance: None }
    }
}

impl<T> Linker<T> {
    /// A linker without any names.
    #[must_use]
    pub fn new(engine: &Engine) -> Self {
        Linker { engine: engine.clone(), modules: BTreeMap::new() }
    }

    /// The engine it was made for.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Names something in a store.
    pub fn define(&mut self, module: &str, name: &str, item: impl Into<Extern>) -> &mut Self {
        self.put(module, name, Definition::Extern(item.into()))
    }

    /// Names a host function made of a closure; its type follows from the
    /// closure's parameters and results (see [`IntoFunc`]).
    pub fn func_wrap<P, R>(
        &mut self,
        module: &str,
        name: &str,
        closure: impl IntoFunc<T, P, R>,
    ) -> &mut Self {
        self.put(module, name, Definition::Host(closure.into_func()))
    }

    /// Names a host function of this type. The closure gets its arguments, and
    /// room for its results, which are zero or null at first.
    pub fn func_new(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        closure: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<(), HostError>
        + Send
        + Sync
        + 'static,
    ) -> &mut Self {
        self.put(module, name, Definition::Host(HostFunction::new(ty, closure)))
    }

    /// Names a host function.
    pub fn func(&mut self, module: &str, name: &str, host: HostFunction<T>) -> &mut Self {
        self.put(module, name, Definition::Host(host))
    }

    /// Names all exports of an instance, with `module` as the first half.
    pub fn instance(&mut self, module: &str, instance: Instance) -> &mut Self {
        *self.modules.entry(module.to_owned()).or_default() =
            Namespace { items: BTreeMap::new(), instance: Some(instance) };
        self
    }

    fn put(&mut self, module: &str, name: &str, definition: Definition<T>) -> &mut Self {
        let module = self.modules.entry(module.to_owned()).or_default();
        module.items.insert(name.to_owned(), definition);
        self
    }

    /// What has this name. A host function is put into the store by that.
    pub fn get(
        &self,
        mut store: impl AsContextMut<Data = T>,
        module: &str,
        name: &str,
    ) -> Option<Extern> {
        let module = self.modules.get(module)?;
        match module.items.get(name) {
            Some(Definition::Extern(item)) => Some(*item),
            Some(Definition::Host(host)) => {
                let store = store.as_context_mut();
                let address = store.link_host(host)?;
                Some(Extern::Func(Func(store.inner().stored(address))))
            }
            None => module.instance?.get_export(store.as_context_mut(), name),
        }
    }

    /// Instantiates a module with imports by these names, and runs its start function.
    ///
    /// # Errors
    ///
    /// Those of [`Instance::new`], and [`InstantiationError::MissingImport`].
    pub fn instantiate(
        &self,
        mut store: impl AsContextMut<Data = T>,
        module: &Module,
    ) -> Result<Instance, InstantiationError> {
        let store = store.as_context_mut();
        let imports = self.resolve(store, module)?;
        Instance::new(store, module, &imports)
    }

    /// The same, but for the start function, which
    /// [`Instance::start_function`] gives, if there is one: for those who want
    /// to run it step by step.
    ///
    /// # Errors
    ///
    /// Those of [`Instance::new_without_start`], and
    /// [`InstantiationError::MissingImport`].
    pub fn instantiate_without_start(
        &self,
        mut store: impl AsContextMut<Data = T>,
        module: &Module,
    ) -> Result<Instance, InstantiationError> {
        let store = store.as_context_mut();
        let imports = self.resolve(store, module)?;
        Instance::new_without_start(store, module, &imports)
    }

    fn resolve(
        &self,
        store: &mut Store<T>,
        module: &Module,
    ) -> Result<Vec<Extern>, InstantiationError> {
        check_engine(store.inner(), module)?;
        let mut imports = Vec::new();
        for (import, ty) in module.imports() {
            let Some(item) = self.get(&mut *store, &import.module, &import.name) else {
                let (module, name) = (import.module.clone(), import.name.clone());
                return Err(InstantiationError::MissingImport { module, name, ty });
            };
            imports.try_reserve(1).map_err(|_| InstantiationError::OutOfMemory)?;
            imports.push(item);
        }
        Ok(imports)
    }
}

impl<T> fmt::Debug for Linker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.modules.keys()).finish()
    }
}
