//! Tags of exceptions.

use super::context::{AsContext, AsContextMut, inner, inner_mut};
use super::error::Error;
use super::store::add;
use super::store_id::Stored;
use crate::types::FuncType;

/// A tag in a store: what tells exceptions of one sort from those of others.
///
/// ```
/// use fayasm_core::{Engine, FuncType, Store, Tag, ValType};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let tag = Tag::new(&mut store, FuncType::new([ValType::I32], []))?;
/// assert_eq!(tag.ty(&store)?.params(), [ValType::I32]);
/// # Ok::<(), fayasm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tag(pub(crate) Stored);

impl Tag {
    /// A new tag of exceptions that carry values of the type's parameters.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Error, FuncType, Tag, ValType};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let tag = Tag::new(&mut store, FuncType::new([ValType::I32, ValType::I64], []));
    /// assert!(tag.is_ok());
    /// let tag = Tag::new(&mut store, FuncType::new([], [ValType::I32]));
    /// assert_eq!(tag, Err(Error::TagResults));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::TagResults`] if the type gives results, [`Error::InvalidType`] if it
    /// names a type that the store has not; [`Error::OutOfMemory`].
    pub fn new(mut store: impl AsContextMut, ty: FuncType) -> Result<Tag, Error> {
        if !ty.results().is_empty() {
            return Err(Error::TagResults);
        }
        let store = inner_mut(&mut store);
        let ty = store.host_type(&ty)?;
        let index = add(&mut store.tags, ty).ok_or(Error::OutOfMemory)?;
        Ok(Tag(store.stored(index)))
    }

    /// Its type: what exceptions carry are the parameters.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// let wat = r#"(module (tag (export "not_found") (param i32)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let tag = instance.get_tag(&store, "not_found").expect("it is exported");
    /// assert_eq!(tag.ty(&store)?.to_string(), "(i32) -> ()");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ForeignHandle`], [`Error::OutOfMemory`]
    pub fn ty(self, store: impl AsContext) -> Result<FuncType, Error> {
        let store = inner(&store);
        let index = self.0.index_in(store.id)?;
        Ok(store.tag_type(index).ok_or(Error::ForeignHandle)?.copied()?)
    }
}
