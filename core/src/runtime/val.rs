//! Values, and the slots of the value stack that hold them.

use alloc::vec::Vec;

use super::context::{AsContext, inner};
use super::func::Func;
use super::heap::{Heap, Referent};
use super::host::vals_of;
use super::store_id::{StoreId, Stored};
use super::tag::Tag;
use crate::module::{Hierarchy, Types};
use crate::types::{CompositeType, HeapType, RefType, ValType};

/// Something of the embedder's, which WebAssembly can hold and hand back but
/// not look into: a number that means something to the embedder only. Or one
/// of WebAssembly's own references, given to the embedder to hold.
///
/// ```
/// use fayasm_core::ExternRef;
///
/// let files = ["a.txt", "b.txt"]; // whatever the embedder has
/// let handle = ExternRef::new(1);
/// assert_eq!(handle.handle().map(|number| files[number as usize]), Some("b.txt"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExternRef(ExternKind);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum ExternKind {
    /// The embedder's number.
    Host(u32),
    /// One of WebAssembly's own references.
    Own(AnyRef),
}

impl ExternRef {
    /// A reference to what the embedder knows by this number.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{ExternRef, Func};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let same = Func::wrap(&mut store, |it: Option<ExternRef>| it)?;
    /// let same = same.typed::<Option<ExternRef>, Option<ExternRef>>(&store)?;
    /// assert_eq!(same.call(&mut store, Some(ExternRef::new(7)))?, Some(ExternRef::new(7)));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn new(handle: u32) -> Self {
        ExternRef(ExternKind::Host(handle))
    }

    /// Which of WebAssembly's own references it is, if it is one.
    pub(crate) const fn own(self) -> Option<AnyRef> {
        match self.0 {
            ExternKind::Host(_) => None,
            ExternKind::Own(own) => Some(own),
        }
    }

    /// The embedder's number; none if it is one of WebAssembly's own references.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::ExternRef;
    ///
    /// let wat = r#"(module (func (export "own") (result externref)
    ///   (extern.convert_any (ref.i31 (i32.const 1)))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// assert_eq!(ExternRef::new(7).handle(), Some(7));
    /// let own = instance.get_typed_func::<(), Option<ExternRef>>(&store, "own")?;
    /// assert_eq!(own.call(&mut store, ())?.expect("it is not null").handle(), None);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn handle(self) -> Option<u32> {
        match self.0 {
            ExternKind::Host(handle) => Some(handle),
            ExternKind::Own(_) => None,
        }
    }
}

/// A structure, an array, an integer of 31 bits, or what was the embedder's
/// before (specification §2.3.3, below `any`).
///
/// ```
/// # use fayasm_core::{Engine, Linker, Module, Store};
/// use fayasm_core::{HeapType, Val};
///
/// let wat = r#"(module
///   (type $pair (struct (field i32) (field i32)))
///   (func (export "pair") (result (ref $pair)) (struct.new_default $pair)))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let pair = instance.get_func(&store, "pair").expect("it is exported");
/// let mut results = [Val::AnyRef(None)];
/// pair.call(&mut store, &[], &mut results)?;
/// let [Val::AnyRef(Some(pair))] = results else { panic!("it is not null") };
/// assert_eq!(pair.heap_type(&store), Some(HeapType::Struct));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AnyRef {
    pub(crate) store: StoreId,
    pub(crate) slot: u64,
    /// Tells it from what was in the same place before.
    pub(crate) generation: u64,
}

/// An exception that was caught.
///
/// ```
/// # use fayasm_core::{Engine, Linker, Module, Store};
/// use fayasm_core::{Error, TrapKind};
///
/// let wat = r#"(module
///   (tag $failed)
///   (func (export "fail") (throw $failed)))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// let fail = instance.get_typed_func::<(), ()>(&store, "fail")?;
/// let Err(Error::Trap(trap)) = fail.call(&mut store, ()) else { panic!("it must trap") };
/// assert!(matches!(trap.kind(), TrapKind::UncaughtException(_)));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExnRef {
    pub(crate) store: StoreId,
    pub(crate) slot: u64,
    /// Tells it from what was in the same place before.
    pub(crate) generation: u64,
}

impl AnyRef {
    /// An integer, of which the lowest 31 bits count.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::AnyRef;
    ///
    /// # let store = Store::new(&Engine::default(), ());
    /// assert_eq!(AnyRef::new_i31(&store, 7).i31(), Some(7));
    /// assert_eq!(AnyRef::new_i31(&store, u32::MAX).i31(), Some(0x7FFF_FFFF));
    /// ```
    #[must_use]
    pub fn new_i31(store: impl AsContext, value: u32) -> Self {
        let store = inner(&store).id;
        AnyRef { store, slot: Referent::I31(value).slot(), generation: 0 }
    }

    /// What is the embedder's, to be used as one of WebAssembly's own
    /// references; none if it is one already.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{AnyRef, ExternRef};
    ///
    /// # let store = Store::new(&Engine::default(), ());
    /// let any = AnyRef::of_extern(&store, ExternRef::new(7)).expect("it is the embedder's");
    /// assert_eq!(any.extern_ref(), Some(ExternRef::new(7)));
    /// ```
    #[must_use]
    pub fn of_extern(store: impl AsContext, handle: ExternRef) -> Option<Self> {
        let (store, handle) = (inner(&store).id, handle.handle()?);
        Some(AnyRef { store, slot: Referent::Host(handle).slot(), generation: 0 })
    }

    /// What it refers to: [`HeapType::I31`], [`HeapType::Struct`],
    /// [`HeapType::Array`], or [`HeapType::Any`] for what is the embedder's.
    /// None if that is gone.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{AnyRef, ExternRef, HeapType};
    ///
    /// # let store = Store::new(&Engine::default(), ());
    /// assert_eq!(AnyRef::new_i31(&store, 7).heap_type(&store), Some(HeapType::I31));
    /// let any = AnyRef::of_extern(&store, ExternRef::new(7)).expect("it is the embedder's");
    /// assert_eq!(any.heap_type(&store), Some(HeapType::Any));
    /// ```
    #[must_use]
    pub fn heap_type(self, store: impl AsContext) -> Option<HeapType> {
        let store = inner(&store);
        match Referent::of_slot(self.slot)? {
            Referent::I31(_) => Some(HeapType::I31),
            Referent::Host(_) => Some(HeapType::Any),
            Referent::Object(_) => {
                let there =
                    self.store == store.id && self.generation == store.heap.generation(self.slot);
                let object = store.heap.object(self.slot).filter(|_| there)?;
                match &store.types.get(object.own_type()?)?.composite {
                    CompositeType::Struct(_) => Some(HeapType::Struct),
                    CompositeType::Array(_) => Some(HeapType::Array),
                    CompositeType::Func(_) => None,
                }
            }
        }
    }

    /// The embedder's, if it is that.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{AnyRef, ExternRef};
    ///
    /// # let store = Store::new(&Engine::default(), ());
    /// assert_eq!(AnyRef::new_i31(&store, 7).extern_ref(), None);
    /// let any = AnyRef::of_extern(&store, ExternRef::new(7)).expect("it is the embedder's");
    /// assert_eq!(any.extern_ref().and_then(ExternRef::handle), Some(7));
    /// ```
    #[must_use]
    pub fn extern_ref(self) -> Option<ExternRef> {
        match Referent::of_slot(self.slot) {
            Some(Referent::Host(handle)) => Some(ExternRef::new(handle)),
            _ => None,
        }
    }

    /// The integer, if it is one of 31 bits.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Val;
    ///
    /// let wat = r#"(module (func (export "f") (result i31ref) (ref.i31 (i32.const -1))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let mut results = [Val::AnyRef(None)];
    /// f.call(&mut store, &[], &mut results)?;
    /// let [Val::AnyRef(Some(any))] = results else { panic!("it is not null") };
    /// assert_eq!(any.i31(), Some((1 << 31) - 1));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn i31(self) -> Option<u32> {
        match Referent::of_slot(self.slot) {
            Some(Referent::I31(value)) => Some(value),
            _ => None,
        }
    }

    /// A number that tells it from others that are there at the same time.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::AnyRef;
    ///
    /// # let store = Store::new(&Engine::default(), ());
    /// let (seven, eight) = (AnyRef::new_i31(&store, 7), AnyRef::new_i31(&store, 8));
    /// assert_ne!(seven.number(), eight.number());
    /// ```
    #[must_use]
    pub fn number(self) -> u32 {
        low(self.slot)
    }
}

impl ExnRef {
    /// A number that tells it from others that are there at the same time.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Error, TrapKind};
    ///
    /// let wat = r#"(module
    ///   (tag $failed)
    ///   (func (export "fail") (throw $failed)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let fail = instance.get_typed_func::<(), ()>(&store, "fail")?;
    /// let Err(Error::Trap(trap)) = fail.call(&mut store, ()) else { panic!("it must trap") };
    /// let TrapKind::UncaughtException(exception) = *trap.kind() else { panic!("{trap}") };
    /// println!("exception {} was not caught", exception.number());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn number(self) -> u32 {
        low(self.slot)
    }

    /// Its tag and the values that it carries; none if it is there no more, or
    /// belongs to another store.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Error, TrapKind, Val};
    ///
    /// let wat = r#"(module
    ///   (tag $failed (export "failed") (param i32 f64))
    ///   (func (export "fail") (throw $failed (i32.const 7) (f64.const 0.5))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let fail = instance.get_typed_func::<(), ()>(&store, "fail")?;
    /// let Err(Error::Trap(trap)) = fail.call(&mut store, ()) else { panic!("it must trap") };
    /// let TrapKind::UncaughtException(exception) = *trap.kind() else { panic!("{trap}") };
    /// let (tag, values) = exception.contents(&store).expect("it is still there");
    /// assert_eq!(Some(tag), instance.get_tag(&store, "failed"));
    /// assert_eq!(values, [Val::I32(7), Val::from(0.5)]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn contents(self, store: impl AsContext) -> Option<(Tag, Vec<Val>)> {
        let store = inner(&store);
        if self.store != store.id {
            return None;
        }
        let exception = store.heap.exception(self.slot, self.generation)?;
        let slots: Vec<u64> =
            (0..exception.len()).map(|index| exception.get(index).unwrap_or_default()[0]).collect();
        let ty = store.tag_type(exception.ty as usize)?;
        Some((Tag(store.stored(exception.ty)), vals_of(ty.params(), &slots, store.space())))
    }
}

/// What slots are read by: the types that indices in types mean, and the store
/// that references refer to.
#[derive(Clone, Copy)]
pub(crate) struct Space<'a> {
    pub(crate) types: &'a Types,
    pub(crate) heap: &'a Heap,
    pub(crate) store: StoreId,
}

impl Space<'_> {
    fn any(self, slot: u64) -> AnyRef {
        AnyRef { store: self.store, slot, generation: self.heap.generation(slot) }
    }
}

/// A value. Floats are kept as bits, so that no NaN is altered on the way.
///
/// ```
/// use fayasm_core::{Val, ValType};
///
/// let val: Val = "i32:0x2a".parse()?;
/// assert_eq!(val, Val::I32(42));
/// assert_eq!(Val::from(0.5f64).to_string(), "0.5");
/// assert_eq!(Val::parse(ValType::F32, "-inf")?.f32(), Some(f32::NEG_INFINITY));
/// # Ok::<(), fayasm_core::ParseValError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Val {
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// The bits of an IEEE 754 binary32.
    F32(u32),
    /// The bits of an IEEE 754 binary64.
    F64(u64),
    /// A 128-bit vector, lane 0 in the lowest bits.
    V128(u128),
    /// A function, or null.
    FuncRef(Option<Func>),
    /// Something of the embedder's, or null.
    ExternRef(Option<ExternRef>),
    /// A structure, an array, an integer of 31 bits, or null.
    AnyRef(Option<AnyRef>),
    /// An exception, or null.
    ExnRef(Option<ExnRef>),
}

impl Val {
    /// Its type; of a reference, the greatest of its hierarchy.
    ///
    /// ```
    /// use fayasm_core::{Val, ValType};
    ///
    /// assert_eq!(Val::from(0.5).ty(), ValType::F64);
    /// assert_eq!(Val::FuncRef(None).ty(), ValType::FUNCREF);
    /// ```
    #[must_use]
    pub const fn ty(self) -> ValType {
        match self {
            Val::I32(_) => ValType::I32,
            Val::I64(_) => ValType::I64,
            Val::F32(_) => ValType::F32,
            Val::F64(_) => ValType::F64,
            Val::V128(_) => ValType::V128,
            Val::FuncRef(_) => ValType::FUNCREF,
            Val::ExternRef(_) => ValType::EXTERNREF,
            Val::AnyRef(_) => ValType::Ref(RefType::nullable(HeapType::Any)),
            Val::ExnRef(_) => ValType::Ref(RefType::nullable(HeapType::Exn)),
        }
    }

    /// What a local of this type holds at first: zero or null. For a type that
    /// an index names, this is a null reference to a function.
    ///
    /// ```
    /// use fayasm_core::{FuncType, Val, ValType};
    ///
    /// let ty = FuncType::new([], [ValType::I32, ValType::EXTERNREF]);
    /// let room: Vec<Val> = ty.results().iter().map(|ty| Val::default_for(*ty)).collect();
    /// assert_eq!(room, [Val::I32(0), Val::ExternRef(None)]);
    /// ```
    #[must_use]
    pub const fn default_for(ty: ValType) -> Val {
        use HeapType as H;
        match ty {
            ValType::I32 => Val::I32(0),
            ValType::I64 => Val::I64(0),
            ValType::F32 => Val::F32(0),
            ValType::F64 => Val::F64(0),
            ValType::V128 => Val::V128(0),
            ValType::Ref(r) => match r.heap {
                H::Func | H::NoFunc | H::Concrete(_) | H::Bot => Val::FuncRef(None),
                H::Extern | H::NoExtern => Val::ExternRef(None),
                H::Exn | H::NoExn => Val::ExnRef(None),
                H::Any | H::Eq | H::I31 | H::Struct | H::Array | H::None => Val::AnyRef(None),
            },
        }
    }

    /// The number, if it is an `i32`.
    ///
    /// ```
    /// use fayasm_core::Val;
    ///
    /// assert_eq!(Val::I32(-1).i32(), Some(-1));
    /// assert_eq!(Val::I64(-1).i32(), None);
    /// ```
    #[must_use]
    pub const fn i32(self) -> Option<i32> {
        if let Val::I32(value) = self { Some(value) } else { None }
    }

    /// The number, if it is an `i64`.
    ///
    /// ```
    /// use fayasm_core::Val;
    ///
    /// assert_eq!(Val::from(u64::MAX).i64(), Some(-1));
    /// assert_eq!(Val::I32(-1).i64(), None);
    /// ```
    #[must_use]
    pub const fn i64(self) -> Option<i64> {
        if let Val::I64(value) = self { Some(value) } else { None }
    }

    /// The number, if it is an `f32`.
    ///
    /// ```
    /// use fayasm_core::Val;
    ///
    /// assert_eq!(Val::F32(0x3F80_0000).f32(), Some(1.0));
    /// assert_eq!(Val::from(1.0f64).f32(), None);
    /// ```
    #[must_use]
    pub const fn f32(self) -> Option<f32> {
        if let Val::F32(bits) = self { Some(f32::from_bits(bits)) } else { None }
    }

    /// The number, if it is an `f64`.
    ///
    /// ```
    /// use fayasm_core::Val;
    ///
    /// assert_eq!(Val::from(0.5).f64(), Some(0.5));
    /// assert_eq!(Val::I64(1).f64(), None);
    /// ```
    #[must_use]
    pub const fn f64(self) -> Option<f64> {
        if let Val::F64(bits) = self { Some(f64::from_bits(bits)) } else { None }
    }

    /// The function, if it is a `funcref` that is not null.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Func, Val};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let func = Func::wrap(&mut store, || {})?;
    /// assert_eq!(Val::from(func).func(), Some(func));
    /// assert_eq!(Val::FuncRef(None).func(), None);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn func(self) -> Option<Func> {
        if let Val::FuncRef(func) = self { func } else { None }
    }

    /// The embedder's, if it is an `externref` that is not null.
    ///
    /// ```
    /// use fayasm_core::{ExternRef, Val};
    ///
    /// let handle = ExternRef::new(7);
    /// assert_eq!(Val::from(handle).extern_ref(), Some(handle));
    /// assert_eq!(Val::ExternRef(None).extern_ref(), None);
    /// ```
    #[must_use]
    pub const fn extern_ref(self) -> Option<ExternRef> {
        if let Val::ExternRef(handle) = self { handle } else { None }
    }

    /// Whether it can be used in this store: whether what it refers to is there.
    pub(crate) fn belongs_to(self, store: StoreId) -> bool {
        match self {
            Val::FuncRef(Some(func)) => func.0.store == store,
            Val::AnyRef(Some(any)) => any.store == store,
            Val::ExternRef(Some(ExternRef(ExternKind::Own(own)))) => own.store == store,
            Val::ExnRef(Some(exn)) => exn.store == store,
            _ => true,
        }
    }

    /// The value of this type that the first of `slots` hold; zero where they
    /// are too few.
    pub(crate) fn from_slots(ty: ValType, slots: &[u64], space: Space<'_>) -> Val {
        let slot = slots.first().copied().unwrap_or(0);
        let store = space.store;
        match ty {
            ValType::I32 => Val::I32(low(slot).cast_signed()),
            ValType::I64 => Val::I64(slot.cast_signed()),
            ValType::F32 => Val::F32(low(slot)),
            ValType::F64 => Val::F64(slot),
            ValType::V128 => {
                let high = slots.get(1).copied().unwrap_or(0);
                Val::V128(u128::from(high) << 64 | u128::from(slot))
            }
            ValType::Ref(r) => match space.types.hierarchy(r.heap) {
                Hierarchy::Func => Val::FuncRef(func_of_slot(slot, store)),
                Hierarchy::Extern => Val::ExternRef(extern_of_slot(slot, space)),
                Hierarchy::Any => Val::AnyRef((slot != NULL).then(|| space.any(slot))),
                Hierarchy::Exn => {
                    let generation = space.heap.generation(slot);
                    Val::ExnRef((slot != NULL).then_some(ExnRef { store, slot, generation }))
                }
            },
        }
    }

    /// Puts it into the first of `slots`, as many as its type takes.
    pub(crate) fn write_slots(self, slots: &mut [u64]) {
        if let Val::V128(bits) = self {
            if let [low, high, ..] = slots {
                // The lower half, then the upper half.
                *low = bits as u64;
                *high = (bits >> 64) as u64;
            }
        } else if let Some(slot) = slots.first_mut() {
            *slot = self.slot();
        }
    }

    /// The one slot that it takes; of a vector, the lower one.
    pub(crate) fn slot(self) -> u64 {
        match self {
            Val::I32(value) => u64::from(value.cast_unsigned()),
            Val::I64(value) => value.cast_unsigned(),
            Val::F32(bits) => u64::from(bits),
            Val::F64(bits) => bits,
            Val::V128(bits) => bits as u64,
            Val::FuncRef(func) => slot_of_func(func),
            Val::ExternRef(handle) => slot_of_extern(handle),
            Val::AnyRef(any) => any.map_or(NULL, |any| any.slot),
            Val::ExnRef(exn) => exn.map_or(NULL, |exn| exn.slot),
        }
    }
}

/// The lower half of a slot, where values of 32 bits lie.
#[inline(always)]
pub(crate) const fn low(slot: u64) -> u32 {
    slot as u32
}

/// The slot of a null reference.
pub(crate) const NULL: u64 = 0;

/// The slot of a reference to the function at this address of its store.
#[inline]
pub(crate) fn slot_of_address(address: u32) -> u64 {
    u64::from(address) + 1
}

/// The address of the function that this slot refers to; none if it is null.
#[inline]
pub(crate) fn address_of_slot(slot: u64) -> Option<u32> {
    slot.checked_sub(1).map(low)
}

/// The slot of a reference to a function.
pub(crate) fn slot_of_func(func: Option<Func>) -> u64 {
    func.map_or(NULL, |func| slot_of_address(func.0.index))
}

/// The function of `store` that this slot refers to.
pub(crate) fn func_of_slot(slot: u64, store: StoreId) -> Option<Func> {
    address_of_slot(slot).map(|index| Func(Stored { store, index }))
}

/// The slot of a reference to something of the embedder's.
fn slot_of_extern(handle: Option<ExternRef>) -> u64 {
    match handle.map(|handle| handle.0) {
        None => NULL,
        Some(ExternKind::Host(handle)) => Referent::Host(handle).slot(),
        Some(ExternKind::Own(own)) => own.slot,
    }
}

/// What of the embedder's this slot refers to.
fn extern_of_slot(slot: u64, space: Space<'_>) -> Option<ExternRef> {
    match Referent::of_slot(slot)? {
        Referent::Host(handle) => Some(ExternRef::new(handle)),
        _ => Some(ExternRef(ExternKind::Own(space.any(slot)))),
    }
}

impl From<i32> for Val {
    fn from(value: i32) -> Self {
        Val::I32(value)
    }
}

impl From<u32> for Val {
    fn from(value: u32) -> Self {
        Val::I32(value.cast_signed())
    }
}

impl From<i64> for Val {
    fn from(value: i64) -> Self {
        Val::I64(value)
    }
}

impl From<u64> for Val {
    fn from(value: u64) -> Self {
        Val::I64(value.cast_signed())
    }
}

impl From<f32> for Val {
    fn from(value: f32) -> Self {
        Val::F32(value.to_bits())
    }
}

impl From<f64> for Val {
    fn from(value: f64) -> Self {
        Val::F64(value.to_bits())
    }
}

impl From<u128> for Val {
    fn from(bits: u128) -> Self {
        Val::V128(bits)
    }
}

impl From<Option<Func>> for Val {
    fn from(func: Option<Func>) -> Self {
        Val::FuncRef(func)
    }
}

impl From<Func> for Val {
    fn from(func: Func) -> Self {
        Val::FuncRef(Some(func))
    }
}

impl From<Option<ExternRef>> for Val {
    fn from(handle: Option<ExternRef>) -> Self {
        Val::ExternRef(handle)
    }
}

impl From<ExternRef> for Val {
    fn from(handle: ExternRef) -> Self {
        Val::ExternRef(Some(handle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::ValType as T;

    #[test]
    fn every_value_comes_back_from_its_slots() {
        let store = StoreId::next();
        let (types, heap) = (Types::default(), Heap::default());
        let space = Space { types: &types, heap: &heap, store };
        let func = Func(Stored { store, index: u32::MAX - 1 });
        for val in [
            Val::I32(-1),
            Val::I64(i64::MIN),
            Val::F32(0xFFA0_0001),
            Val::F64(0x7FF0_0000_0000_0001),
            Val::V128(u128::MAX - 5),
            Val::FuncRef(None),
            Val::FuncRef(Some(func)),
            Val::ExternRef(None),
            Val::ExternRef(Some(ExternRef::new(u32::MAX))),
        ] {
            let mut slots = [u64::MAX; 2];
            val.write_slots(&mut slots);
            assert_eq!(Val::from_slots(val.ty(), &slots, space), val);
            let untouched = slots[val.ty().slots() as usize..].iter();
            assert!(untouched.clone().all(|slot| *slot == u64::MAX));
        }
    }

    #[test]
    fn a_slot_of_32_bits_has_zeros_above() {
        assert_eq!(Val::I32(-1).slot(), 0xFFFF_FFFF);
        assert_eq!(Val::F32(0x8000_0000).slot(), 0x8000_0000);
    }

    #[test]
    fn defaults_are_zero_and_null() {
        for ty in [T::I32, T::I64, T::F32, T::F64, T::V128, T::FUNCREF, T::EXTERNREF] {
            let val = Val::default_for(ty);
            assert_eq!(val.ty(), ty);
            assert_eq!(val.slot(), 0);
        }
    }
}
