//! What can be imported and exported.

use super::context::{AsContext, inner};
use super::error::Error;
use super::func::Func;
use super::global::Global;
use super::memory::Memory;
use super::store::StoreInner;
use super::store_id::Stored;
use super::table::Table;
use super::tag::Tag;
use crate::module::ImportType;
use crate::types::{ExternKind, ExternType, FuncType, Limits};

/// Something that can be imported and exported.
///
/// ```
/// # use fayasm_core::{Engine, Linker, Module, Store};
/// use fayasm_core::Extern;
///
/// let wat = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// match instance.get_export(&store, "memory") {
///     Some(Extern::Memory(memory)) => assert_eq!(memory.size(&store)?, 1),
///     Some(other) => panic!("it is a {}", other.kind()),
///     None => panic!("it is not exported"),
/// }
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Extern {
    /// A function.
    Func(Func),
    /// A table.
    Table(Table),
    /// A linear memory.
    Memory(Memory),
    /// A global.
    Global(Global),
    /// A tag of exceptions.
    Tag(Tag),
}

impl Extern {
    /// What of this kind is at this index of the store.
    pub(crate) fn new(kind: ExternKind, stored: Stored) -> Extern {
        match kind {
            ExternKind::Func => Extern::Func(Func(stored)),
            ExternKind::Table => Extern::Table(Table(stored)),
            ExternKind::Memory => Extern::Memory(Memory(stored)),
            ExternKind::Global => Extern::Global(Global(stored)),
            ExternKind::Tag => Extern::Tag(Tag(stored)),
        }
    }

    pub(crate) fn stored(self) -> Stored {
        match self {
            Extern::Func(Func(stored))
            | Extern::Table(Table(stored))
            | Extern::Memory(Memory(stored))
            | Extern::Global(Global(stored))
            | Extern::Tag(Tag(stored)) => stored,
        }
    }

    /// What kind of thing it is.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Extern, ExternKind, Func};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let func = Extern::from(Func::wrap(&mut store, || {})?);
    /// assert_eq!(func.kind(), ExternKind::Func);
    /// assert_eq!(func.kind().to_string(), "func");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn kind(self) -> ExternKind {
        match self {
            Extern::Func(_) => ExternKind::Func,
            Extern::Table(_) => ExternKind::Table,
            Extern::Memory(_) => ExternKind::Memory,
            Extern::Global(_) => ExternKind::Global,
            Extern::Tag(_) => ExternKind::Tag,
        }
    }

    /// Its type; of a memory or table, with the size it has now.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// let wat = r#"(module (table (export "t") 2 funcref))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let table = instance.get_export(&store, "t").expect("it is exported");
    /// assert_eq!(table.ty(&store)?.to_string(), "table 2 funcref");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ForeignHandle`], [`Error::OutOfMemory`]
    pub fn ty(self, store: impl AsContext) -> Result<ExternType, Error> {
        self.ty_in(inner(&store))
    }

    pub(crate) fn ty_in(self, store: &StoreInner) -> Result<ExternType, Error> {
        let index = self.stored().index_in(store.id)?;
        let ty = match self {
            Extern::Func(_) => {
                let ty = store.function_type(index).map(FuncType::copied);
                ty.transpose()?.map(ExternType::Func)
            }
            Extern::Table(_) => store.tables.get(index).map(|it| ExternType::Table(it.ty())),
            Extern::Memory(_) => store.memories.get(index).map(|it| ExternType::Memory(it.ty())),
            Extern::Global(_) => store.globals.get(index).map(|it| ExternType::Global(it.ty)),
            Extern::Tag(_) => {
                let ty = store.tag_type(index).map(FuncType::copied);
                ty.transpose()?.map(ExternType::Tag)
            }
        };
        ty.ok_or(Error::ForeignHandle)
    }

    /// The function, if it is one.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Extern, Func};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let func = Func::wrap(&mut store, || {})?;
    /// assert_eq!(Extern::from(func).into_func(), Some(func));
    /// assert_eq!(Extern::from(func).into_memory(), None);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn into_func(self) -> Option<Func> {
        if let Extern::Func(func) = self { Some(func) } else { None }
    }

    /// The table, if it is one.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Extern;
    ///
    /// let wat = r#"(module (table (export "t") 2 funcref))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let table = instance.get_export(&store, "t").and_then(Extern::into_table);
    /// assert_eq!(table.expect("it is exported").size(&store)?, 2);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn into_table(self) -> Option<Table> {
        if let Extern::Table(table) = self { Some(table) } else { None }
    }

    /// The memory, if it is one.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Extern;
    ///
    /// let wat = r#"(module (memory (export "m") 2))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let memory = instance.get_export(&store, "m").and_then(Extern::into_memory);
    /// assert_eq!(memory.expect("it is exported").size(&store)?, 2);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn into_memory(self) -> Option<Memory> {
        if let Extern::Memory(memory) = self { Some(memory) } else { None }
    }

    /// The tag, if it is one.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Extern, ValType};
    ///
    /// let wat = r#"(module (tag (export "e") (param f32)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let tag = instance.get_export(&store, "e").and_then(Extern::into_tag);
    /// assert_eq!(tag.expect("it is exported").ty(&store)?.params(), [ValType::F32]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn into_tag(self) -> Option<Tag> {
        if let Extern::Tag(tag) = self { Some(tag) } else { None }
    }

    /// The global, if it is one.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Extern, Val};
    ///
    /// let wat = r#"(module (global (export "g") i32 (i32.const 7)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let global = instance.get_export(&store, "g").and_then(Extern::into_global);
    /// assert_eq!(global.expect("it is exported").get(&store)?, Val::I32(7));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn into_global(self) -> Option<Global> {
        if let Extern::Global(global) = self { Some(global) } else { None }
    }
}

/// Whether something of the store, of the type `found`, can be imported where
/// a module declares an import, whose types are `types` of the store
/// (specification §4.5.2, import matching).
pub(crate) fn matches(
    store: &StoreInner,
    types: &[u32],
    expected: &ImportType,
    item: Extern,
) -> bool {
    // Types that a module refers to are validated.
    let own = |index: u32| types.get(index as usize).copied().unwrap_or(index);
    let all = &store.types;
    let admits = |expected: Limits, found: Limits| expected.admits(found.min, found.max);
    let at = item.stored().index as usize;
    let matches = match (expected, item) {
        (ImportType::Func(ty), Extern::Func(_)) => {
            store.functions.get(at).map(|function| all.is_subtype(function.ty(), own(*ty)))
        }
        (ImportType::Table(expected), Extern::Table(_)) => store.tables.get(at).map(|table| {
            let (element, found) = (expected.element.renumbered(own), table.ty());
            all.ref_matches(element, found.element)
                && all.ref_matches(found.element, element)
                && expected.address == found.address
                && admits(expected.limits, found.limits)
        }),
        (ImportType::Memory(expected), Extern::Memory(_)) => store.memories.get(at).map(|memory| {
            let found = memory.ty();
            (expected.address, expected.shared, expected.page_size_log2)
                == (found.address, found.shared, found.page_size_log2)
                && admits(expected.limits, found.limits)
        }),
        (ImportType::Global(expected), Extern::Global(_)) => store.globals.get(at).map(|global| {
            let (content, found) = (expected.content.renumbered(own), global.ty);
            expected.mutable == found.mutable
                && all.matches(found.content, content)
                && (!found.mutable || all.matches(content, found.content))
        }),
        (ImportType::Tag(ty), Extern::Tag(_)) => store.tags.get(at).map(|found| *found == own(*ty)),
        _ => None,
    };
    matches.unwrap_or(false)
}

impl From<Tag> for Extern {
    fn from(tag: Tag) -> Self {
        Extern::Tag(tag)
    }
}

impl From<Func> for Extern {
    fn from(func: Func) -> Self {
        Extern::Func(func)
    }
}

impl From<Table> for Extern {
    fn from(table: Table) -> Self {
        Extern::Table(table)
    }
}

impl From<Memory> for Extern {
    fn from(memory: Memory) -> Self {
        Extern::Memory(memory)
    }
}

impl From<Global> for Extern {
    fn from(global: Global) -> Self {
        Extern::Global(global)
    }
}
