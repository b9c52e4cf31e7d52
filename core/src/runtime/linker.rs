//! The linker: names for what modules import.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::caller::Caller;
use super::context::AsContextMut;
use super::error::Error;
use super::externs::Extern;
use super::func::Func;
use super::host::{HostError, HostFunction, IntoFunc};
use super::instance::Instance;
use super::instantiate::{check_engine, intern_types};
use super::instantiation_error::InstantiationError;
use super::store::Store;
use super::val::Val;
use crate::engine::Engine;
use crate::module::{Import, ImportType, Module};
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
    /// A function of the type that it is imported with, which traps.
    Trap,
}

impl<T> Default for Namespace<T> {
    fn default() -> Self {
        Namespace { items: BTreeMap::new(), instance: None }
    }
}

impl<T> Linker<T> {
    /// A linker without any names.
    ///
    /// ```
    /// use fayasm_core::{Engine, Linker, Store};
    ///
    /// let linker = Linker::<()>::new(&Engine::default());
    /// let mut store = Store::new(linker.engine(), ());
    /// assert_eq!(linker.get(&mut store, "env", "anything"), None);
    /// ```
    #[must_use]
    pub fn new(engine: &Engine) -> Self {
        Linker { engine: engine.clone(), modules: BTreeMap::new() }
    }

    /// The engine it was made for.
    ///
    /// ```
    /// use fayasm_core::{Engine, Linker};
    ///
    /// let engine = Engine::default();
    /// assert!(Engine::same(Linker::<()>::new(&engine).engine(), &engine));
    /// ```
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Names something in a store.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module, Store};
    /// use fayasm_core::{ExternKind, Limits, Linker, Memory, MemoryType};
    ///
    /// let wat = r#"(module (import "env" "memory" (memory 1)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// let memory = Memory::new(&mut store, MemoryType::new(Limits::at_least(1)))?;
    /// let mut linker = Linker::new(&engine);
    /// linker.define("env", "memory", memory);
    /// let instance = linker.instantiate(&mut store, &module)?;
    /// let imported = instance.get_index(&store, ExternKind::Memory, 0);
    /// assert_eq!(imported, Some(memory.into()));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn define(&mut self, module: &str, name: &str, item: impl Into<Extern>) -> &mut Self {
        self.put(module, name, Definition::Extern(item.into()))
    }

    /// Names a host function made of a closure; its type follows from the
    /// closure's parameters and results (see [`IntoFunc`]).
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Store};
    /// use fayasm_core::{Caller, HostError};
    ///
    /// # let mut linker = Linker::<Vec<i32>>::new(&Engine::default());
    /// linker
    ///     .func_wrap("math", "negate", |x: f64| -x)
    ///     .func_wrap("env", "log", |mut caller: Caller<'_, Vec<i32>>, x: i32| {
    ///         caller.data_mut().push(x);
    ///     })
    ///     .func_wrap("env", "fail", |code: i32| -> Result<(), HostError> {
    ///         Err(format!("code {code}").into())
    ///     });
    /// # let mut store = Store::new(linker.engine(), Vec::new());
    /// let fail = linker.get(&mut store, "env", "fail").expect("it is defined");
    /// assert_eq!(fail.ty(&store)?.to_string(), "func (i32) -> ()");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
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
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Store};
    /// use fayasm_core::{Extern, FuncType, ValType};
    ///
    /// # let mut linker = Linker::<()>::new(&Engine::default());
    /// // A type that is known at run time only.
    /// let ty = FuncType::new([ValType::I64], [ValType::I64]);
    /// linker.func_new("env", "same", ty, |_caller, args, results| {
    ///     results.copy_from_slice(args);
    ///     Ok(())
    /// });
    /// # let mut store = Store::new(linker.engine(), ());
    /// let same = linker.get(&mut store, "env", "same").and_then(Extern::into_func);
    /// let same = same.expect("it is a function").typed::<i64, i64>(&store)?;
    /// assert_eq!(same.call(&mut store, 7)?, 7);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
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
    ///
    /// ```
    /// # use fayasm_core::Engine;
    /// use fayasm_core::{HostFunction, IntoFunc, Linker, Store};
    ///
    /// # let engine = Engine::default();
    /// // One closure under two names, or in two linkers.
    /// let host: HostFunction<()> = (|x: i32| x + 1).into_func();
    /// let mut linker = Linker::new(&engine);
    /// linker.func("env", "next", host.clone()).func("env", "succ", host);
    /// let mut store = Store::new(&engine, ());
    /// assert_eq!(linker.get(&mut store, "env", "next"), linker.get(&mut store, "env", "succ"));
    /// ```
    pub fn func(&mut self, module: &str, name: &str, host: HostFunction<T>) -> &mut Self {
        self.put(module, name, Definition::Host(host))
    }

    /// Names all exports of an instance, with `module` as the first half, in
    /// place of everything that was defined under it before.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// let library = r#"(module (func (export "seven") (result i32) (i32.const 7)))"#;
    /// let program = r#"(module
    ///   (import "lib" "seven" (func $seven (result i32)))
    ///   (export "f" (func $seven)))"#;
    /// # let engine = Engine::default();
    /// # let library = Module::new(&engine, wat::parse_str(library)?)?;
    /// # let program = Module::new(&engine, wat::parse_str(program)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let mut linker = Linker::new(&engine);
    /// let library = linker.instantiate(&mut store, &library)?;
    /// let program = linker.instance("lib", library).instantiate(&mut store, &program)?;
    /// assert_eq!(program.get_func(&store, "f"), library.get_func(&store, "seven"));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn instance(&mut self, module: &str, instance: Instance) -> &mut Self {
        *self.modules.entry(module.to_owned()).or_default() =
            Namespace { items: BTreeMap::new(), instance: Some(instance) };
        self
    }

    /// Defines each function that a module imports and that has no definition
    /// yet as one that traps when it is called ([`TrapKind::Host`](crate::TrapKind::Host)), so that the
    /// module can be instantiated and the rest of it called. Such a definition
    /// stands for a function of whatever type an import of its name has;
    /// [`Linker::get`] does not know it.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module, Store};
    /// use fayasm_core::Linker;
    ///
    /// let wat = r#"(module (type $point (struct (field i32)))
    ///   (import "env" "draw" (func $draw (param (ref $point))))
    ///   (func (export "seven") (result i32) (i32.const 7))
    ///   (func (export "paint") (call $draw (struct.new $point (i32.const 1)))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// let mut linker = Linker::new(&engine);
    /// linker.define_unknown_imports_as_traps(&module);
    /// let instance = linker.instantiate(&mut store, &module)?;
    /// assert_eq!(instance.get_typed_func::<(), i32>(&store, "seven")?.call(&mut store, ())?, 7);
    /// let error = instance.get_typed_func::<(), ()>(&store, "paint")?.call(&mut store, ());
    /// assert!(error.unwrap_err().to_string().contains("`env` `draw` is not defined"));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn define_unknown_imports_as_traps(&mut self, module: &Module) -> &mut Self {
        for import in &module.declarations().imports {
            if let ImportType::Func(_) = import.ty {
                let namespace = self.modules.entry((*import.module).to_owned()).or_default();
                let item = namespace.items.entry((*import.name).to_owned());
                item.or_insert(Definition::Trap);
            }
        }
        self
    }

    fn put(&mut self, module: &str, name: &str, definition: Definition<T>) -> &mut Self {
        let module = self.modules.entry(module.to_owned()).or_default();
        module.items.insert(name.to_owned(), definition);
        self
    }

    /// What has this name; none if nothing has. A host function is put into the
    /// store by that, once.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Store};
    /// use fayasm_core::Extern;
    ///
    /// # let mut linker = Linker::<()>::new(&Engine::default());
    /// linker.func_wrap("env", "seven", || 7);
    /// # let mut store = Store::new(linker.engine(), ());
    /// let seven = linker.get(&mut store, "env", "seven").and_then(Extern::into_func);
    /// let seven = seven.expect("it is a function").typed::<(), i32>(&store)?;
    /// assert_eq!(seven.call(&mut store, ())?, 7);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn get(
        &self,
        mut store: impl AsContextMut<Data = T>,
        module: &str,
        name: &str,
    ) -> Option<Extern> {
        self.find(store.as_context_mut(), module, name).ok()?
    }

    fn find(
        &self,
        store: &mut Store<T>,
        module: &str,
        name: &str,
    ) -> Result<Option<Extern>, Error> {
        let Some(module) = self.modules.get(module) else { return Ok(None) };
        Ok(match module.items.get(name) {
            Some(Definition::Extern(item)) => Some(*item),
            Some(Definition::Host(host)) => {
                let address = store.link_host(host)?;
                Some(Extern::Func(Func(store.inner().stored(address))))
            }
            None | Some(Definition::Trap) => {
                module.instance.and_then(|instance| instance.get_export(store, name))
            }
        })
    }

    /// Instantiates a module with imports by these names, and runs its start function.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module, Store};
    /// use fayasm_core::{InstantiationError, Linker};
    ///
    /// let wat = r#"(module (import "env" "log" (func)) (start 0))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// let mut linker = Linker::new(&engine);
    /// let missing = linker.instantiate(&mut store, &module);
    /// assert!(matches!(missing, Err(InstantiationError::MissingImport { .. })));
    ///
    /// linker.func_wrap("env", "log", || Err::<(), _>("not today"));
    /// let failed = linker.instantiate(&mut store, &module);
    /// assert!(matches!(failed, Err(InstantiationError::Start(_))));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
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
    /// ```
    /// # use fayasm_core::{Engine, Module, Store};
    /// use fayasm_core::{Job, Linker, Outcome};
    ///
    /// let wat = "(module (func $begin (nop)) (start $begin))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// let linker = Linker::new(&engine);
    /// let instance = linker.instantiate_without_start(&mut store, &module)?;
    /// let start = instance.start_function(&store).expect("the module has one");
    /// let mut job = Job::new(&store, start, &[])?;
    /// assert_eq!(store.step(&mut job), Outcome::OutOfFuel);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
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
        let all = module.declarations();
        for import in &all.imports {
            let item = self.find(store, &import.module, &import.name);
            let item = item.and_then(|item| match item {
                None => self.trap(store, module, import),
                found => Ok(found),
            });
            let item = match item {
                Ok(Some(item)) => item,
                Ok(None) => return Err(InstantiationError::missing_import(all, import)?),
                Err(Error::OutOfMemory) => return Err(InstantiationError::OutOfMemory),
                Err(error) => return Err(InstantiationError::definition(import, error)?),
            };
            imports.try_reserve(1).map_err(|_| InstantiationError::OutOfMemory)?;
            imports.push(item);
        }
        Ok(imports)
    }

    /// A function that traps, of the type that a module imports it with; none if
    /// there is not to be one.
    fn trap(
        &self,
        store: &mut Store<T>,
        module: &Module,
        import: &Import,
    ) -> Result<Option<Extern>, Error> {
        let namespace = self.modules.get(&*import.module);
        let definition = namespace.and_then(|namespace| namespace.items.get(&*import.name));
        let (Some(Definition::Trap), ImportType::Func(ty)) = (definition, import.ty) else {
            return Ok(None);
        };
        let types = intern_types(store.inner_mut(), module).map_err(|_| Error::OutOfMemory)?;
        let ty = types.get(ty as usize).and_then(|ty| store.inner().types.func(*ty));
        let Some(ty) = ty.map(FuncType::copied).transpose()? else { return Ok(None) };
        let message = ["`", &*import.module, "` `", &*import.name, "` is not defined"].concat();
        let trap = HostFunction::new(ty, move |_, _, _| Err(message.as_str().into()));
        let address = store.add_host(&trap)?;
        Ok(Some(Extern::Func(Func(store.inner().stored(address)))))
    }
}

impl<T> fmt::Debug for Linker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.modules.keys()).finish()
    }
}
