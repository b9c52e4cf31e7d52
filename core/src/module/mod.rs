//! The module: what it declares and where its parts lie; immutable and cheap to share.
//!
//! ```
//! use fayasm_core::{Engine, Module};
//!
//! let wasm = wat::parse_str("(module (memory 1) (func (nop)))")?;
//! let module = Module::new(&Engine::default(), wasm)?;
//! let all = module.declarations();
//! assert_eq!((all.memories.len(), all.functions.len()), (1, 1));
//! let sections: Vec<&str> = all.sections.iter().map(|section| section.id.name()).collect();
//! assert_eq!(sections, ["type", "function", "memory", "code"]);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod declarations;
mod names;
mod types;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

pub use declarations::*;
pub use names::{NameIndex, Named, Names};
pub use types::{Hierarchy, Types};

use crate::allocate::{self, boxed};
use crate::decode::{self, Reader};
use crate::engine::Engine;
use crate::error::{ModuleError, ModuleErrorKind};
use crate::ledger::{self, Ledger, Owner};
use crate::shared::Shared;
use crate::types::ExternType;
use crate::validate::side_table::{BranchEntry, FunctionLayout, Handler};
use crate::validate::{self, Validated};

/// A decoded and validated module. Cheap to clone; can be instantiated many times.
///
/// ```
/// use fayasm_core::{Engine, Module};
///
/// // The shortest module there is: magic and version.
/// let module = Module::new(&Engine::default(), b"\0asm\x01\0\0\0".as_slice())?;
/// assert_eq!(module.exports().count(), 0);
/// # Ok::<(), fayasm_core::ModuleError>(())
/// ```
#[derive(Clone)]
pub struct Module {
    inner: Shared<Inner>,
}

struct Inner {
    engine: Engine,
    bytes: Shared<[u8]>,
    declarations: Declarations,
    validated: Validated,
    ledger: Ledger,
}

impl Module {
    /// Decodes and validates `bytes`, which are copied unless they are shared.
    ///
    /// ```
    /// use fayasm_core::{Engine, Module};
    ///
    /// let engine = Engine::default();
    /// let wasm = wat::parse_str("(module (func (result i32) (i32.const 7)))")?;
    /// assert!(Module::new(&engine, &wasm).is_ok());
    /// assert!(Module::new(&engine, wasm).is_ok());
    /// let error = Module::new(&engine, b"MZ").unwrap_err();
    /// assert_eq!(error.to_string(), "the bytes end inside the magic, at byte 0x0");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first thing that is malformed, invalid, switched off in the engine's
    /// configuration, or too large, with its offset.
    pub fn new(engine: &Engine, bytes: impl ModuleBytes) -> Result<Module, ModuleError> {
        let bytes = bytes.into_shared();
        let mut declarations = Declarations::default();
        let validated = validate::module(&bytes, engine.config(), &mut declarations)?;
        let mut ledger = Ledger::default();
        if cfg!(feature = "ledger") {
            ledger.set(Owner::ModuleBytes, ledger::shared(&bytes));
            let by_name = ledger::vec(&validated.exports_by_name);
            let own = ledger::shared_value::<Inner>();
            ledger.set(Owner::Declarations, own + declarations.allocated() + by_name);
            let layouts = ledger::vec(&validated.layouts);
            ledger.set(Owner::SideTables, layouts + validated.tables.allocated());
        }
        let inner = Inner { engine: engine.clone(), bytes, declarations, validated, ledger };
        let inner = allocate::shared(inner);
        let inner = inner.map_err(|_| ModuleError::new(ModuleErrorKind::OutOfMemory, 0))?;
        Ok(Module { inner })
    }

    /// The engine under which it was validated.
    ///
    /// ```
    /// use fayasm_core::{Engine, Module, Store};
    ///
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, b"\0asm\x01\0\0\0".as_slice())?;
    /// let store = Store::new(module.engine(), ());
    /// assert!(Engine::same(store.engine(), &engine));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// All its bytes.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = r#"(module (data "hello"))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let contents = module.declarations().data[0].contents;
    /// assert_eq!(&module.bytes()[contents.range()], b"hello");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.inner.bytes
    }

    /// What it declares.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (memory 1) (func) (func))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let all = module.declarations();
    /// assert_eq!((all.memories.len(), all.functions.len()), (1, 2));
    /// let sections: Vec<&str> = all.sections.iter().map(|section| section.id.name()).collect();
    /// assert_eq!(sections, ["type", "function", "memory", "code"]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn declarations(&self) -> &Declarations {
        &self.inner.declarations
    }

    /// Its imports, in order, with their types.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = r#"(module (import "env" "log" (func (param i32))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// for (import, ty) in module.imports() {
    ///     assert_eq!((&*import.module, &*import.name), ("env", "log"));
    ///     assert_eq!(ty.to_string(), "func (i32) -> ()");
    /// }
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn imports(&self) -> impl ExactSizeIterator<Item = (&Import, ExternType)> {
        self.declarations().imports.iter().map(|import| {
            let ty = self.declarations().import_type(import);
            (import, ty.expect("type indices of imports are validated"))
        })
    }

    /// Its exports, in order, with their types.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::ExternType;
    /// use fayasm_core::module::Export;
    ///
    /// let wat = r#"(module (func (export "f")) (global (export "g") i32 (i32.const 1)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let describe = |(item, ty): (&Export, ExternType)| format!("{}: {ty}", item.name);
    /// let exports: Vec<String> = module.exports().map(describe).collect();
    /// assert_eq!(exports, ["f: func () -> ()", "g: global i32"]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn exports(&self) -> impl ExactSizeIterator<Item = (&Export, ExternType)> {
        self.declarations().exports.iter().map(|export| {
            let ty = self.declarations().export_type(export);
            (export, ty.expect("indices of exports are validated"))
        })
    }

    /// The export of this name.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::ExternKind;
    ///
    /// let wat = r#"(module (func) (func (export "run")))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let run = module.export("run").expect("it is exported");
    /// assert_eq!((run.kind, run.index), (ExternKind::Func, 1));
    /// assert_eq!(module.export("stop"), None);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn export(&self, name: &str) -> Option<&Export> {
        let exports = &self.declarations().exports;
        let by_name = &self.inner.validated.exports_by_name;
        let named = |index: &u32| exports.get(*index as usize);
        let found = by_name
            .binary_search_by(|index| named(index).map(|export| &*export.name).cmp(&Some(name)))
            .ok()?;
        named(by_name.get(found)?)
    }

    /// What it takes.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::Owner;
    ///
    /// let wat = "(module (func (block (br 0))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let ledger = module.ledger();
    /// assert!(ledger.of(Owner::SideTables) > 0);
    /// assert_eq!(ledger.of(Owner::Memory), 0); // instances have memories
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.inner.ledger
    }

    /// Whether both are one, and whether at least their bytes are.
    pub(crate) fn shares(&self, other: &Module) -> (bool, bool) {
        let bytes = Shared::ptr_eq(&self.inner.bytes, &other.inner.bytes);
        (Shared::ptr_eq(&self.inner, &other.inner), bytes)
    }

    /// Bytes of the body of a function, its groups of locals included; none if
    /// it is imported.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = r#"(module (import "env" "log" (func)) (func (drop (i32.const 7))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// assert_eq!(module.body(0), None);
    /// // No groups of locals, i32.const 7, drop, end.
    /// assert_eq!(module.body(1), Some([0x00, 0x41, 7, 0x1A, 0x0B].as_slice()));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn body(&self, function: u32) -> Option<&[u8]> {
        self.bytes().get(self.declarations().body(function)?.range())
    }

    /// How a function lays out its frame, and which entries of the side table
    /// are its own; none if it is imported.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (func (param i32) (result i64) (local f64 f64) (i64.const 1)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let layout = module.layout(0).expect("it is not imported");
    /// assert_eq!((layout.param_slots, layout.local_slots, layout.result_slots), (1, 2, 1));
    /// assert_eq!(layout.max_operand_slots, 1);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline(always)]
    #[must_use]
    pub fn layout(&self, function: u32) -> Option<&FunctionLayout> {
        let defined = function.checked_sub(self.declarations().imported_functions)?;
        self.inner.validated.layouts.get(defined as usize)
    }

    /// The layouts of the functions that are not imported.
    #[inline(always)]
    pub(crate) fn layouts(&self) -> &[FunctionLayout] {
        &self.inner.validated.layouts
    }

    /// How many parameters and other locals a function has; none if it is imported.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (func (param i32) (local f64 f64)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// assert_eq!(module.local_count(0), Some(3));
    /// assert_eq!(module.local_count(1), None);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn local_count(&self, function: u32) -> Option<u32> {
        let mut reader = Reader::new(self.body(function)?, 0);
        // Locals are counted in 32 bits, and the module is valid.
        let mut count = self.declarations().function_type(function)?.params().len() as u32;
        let config = self.engine().config();
        let more = |more, _, _| {
            count += more;
            Ok(())
        };
        decode::locals(&mut reader, config, more).ok()?;
        Some(count)
    }

    /// The handlers of exceptions of a function, inner ones first.
    pub(crate) fn handlers(&self, function: u32) -> impl Iterator<Item = &Handler> {
        let all = &self.inner.validated.tables.handlers;
        let from = all.partition_point(|handler| handler.function < function);
        let to = all.partition_point(|handler| handler.function <= function);
        all.get(from..to).unwrap_or_default().iter().rev()
    }

    /// Of a function in which operands of any type may be vectors: which locals
    /// are, and where each `drop` or `select` of one stands.
    pub(crate) fn wide(&self, function: u32) -> (&[validate::side_table::VectorLocals], &[u32]) {
        self.inner.validated.tables.wide(function)
    }

    /// The side table: entries of all functions, one function after the other.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (func (block (br 0) (unreachable))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let [branch] = module.side_table() else { panic!("one branch has one entry") };
    /// let body = module.body(0).expect("it is not imported");
    /// assert_eq!(&body[branch.target as usize..], [0x0B]); // the `end` of the function
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn side_table(&self) -> &[BranchEntry] {
        &self.inner.validated.tables.branches
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module")
            .field("bytes", &self.bytes().len())
            .field("functions", &self.declarations().functions.len())
            .finish_non_exhaustive()
    }
}

/// Appends to a vector whose length the module decides, without aborting when
/// memory runs out.
pub(crate) fn push<T>(vec: &mut Vec<T>, item: T, offset: u32) -> Result<(), ModuleError> {
    if vec.len() == vec.capacity() {
        vec.try_reserve(1).map_err(|_| ModuleError::new(ModuleErrorKind::OutOfMemory, offset))?;
    }
    vec.push(item);
    Ok(())
}

/// The bytes of a module, as [`Module::new`] takes them: a slice, an array, a
/// vector or a box of them, borrowed or not, which is copied; or
/// [`Shared`], which is not.
///
/// ```
/// use fayasm_core::module::ModuleBytes;
/// use fayasm_core::{Engine, Module, ModuleError};
///
/// fn size(bytes: impl ModuleBytes) -> Result<usize, ModuleError> {
///     Ok(Module::new(&Engine::default(), bytes)?.bytes().len())
/// }
/// let wasm = b"\0asm\x01\0\0\0";
/// assert_eq!((size(wasm)?, size(&wasm.to_vec())?), (8, 8));
/// # Ok::<(), fayasm_core::ModuleError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be taken for the bytes of a module",
    label = "neither bytes nor shared bytes",
    note = "`&[u8]`, `&[u8; N]`, `Vec<u8>`, `&Vec<u8>`, `Box<[u8]>` and `Shared<[u8]>` can"
)]
pub trait ModuleBytes {
    /// The bytes, shared.
    ///
    /// ```
    /// use fayasm_core::module::ModuleBytes;
    ///
    /// assert_eq!(*vec![1, 2].into_shared(), [1, 2]);
    /// ```
    fn into_shared(self) -> Shared<[u8]>;
}

macro_rules! module_bytes {
    ($($bytes:ty;)*) => {$(
        impl ModuleBytes for $bytes {
            fn into_shared(self) -> Shared<[u8]> {
                self.into()
            }
        }
    )*};
}

module_bytes! {
    Shared<[u8]>;
    Box<[u8]>;
    Vec<u8>;
    &[u8];
}

impl ModuleBytes for &Vec<u8> {
    fn into_shared(self) -> Shared<[u8]> {
        self.as_slice().into()
    }
}

impl<const N: usize> ModuleBytes for &[u8; N] {
    fn into_shared(self) -> Shared<[u8]> {
        self.as_slice().into()
    }
}

/// The items of what is being decoded in a box of just their size.
pub(crate) fn boxed_at<T>(items: Vec<T>, offset: u32) -> Result<Box<[T]>, ModuleError> {
    boxed(items).map_err(|_| ModuleError::new(ModuleErrorKind::OutOfMemory, offset))
}
