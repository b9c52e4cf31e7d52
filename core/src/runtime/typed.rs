//! Rust types that stand for WebAssembly values, and functions called with them.

use core::fmt;
use core::marker::PhantomData;

use super::context::AsContextMut;
use super::error::Error;
use super::func::Func;
use super::host::check_room;
use super::store::StoreInner;
use super::trap::TrapKind;
use super::val::{ExternRef, Space, Val};
use crate::execute::Job;
use crate::types::{HeapType, RefType, ValType};

/// Keeps the traits here to the types here: values are not checked again for
/// being what their types say.
///
/// ```compile_fail
/// struct Own;
///
/// impl fayasm_core::WasmTy for Own {
///     const TYPE: fayasm_core::ValType = fayasm_core::ValType::I32;
///
///     fn into_val(self) -> fayasm_core::Val {
///         fayasm_core::Val::I64(0)
///     }
///
///     fn from_val(_: fayasm_core::Val) -> Option<Self> {
///         Some(Own)
///     }
/// }
/// ```
mod sealed {
    pub trait Sealed {}
}
use sealed::Sealed;

/// A Rust type that stands for a WebAssembly value: `i32`, `u32`, `i64`,
/// `u64`, `f32`, `f64`, `u128`, `Func`, `Option<Func>`, `Option<ExternRef>`.
/// There are no others.
///
/// ```
/// use fayasm_core::{Val, ValType, WasmTy};
///
/// // `u32` and `i32` are the same to WebAssembly.
/// assert_eq!(u32::TYPE, ValType::I32);
/// assert_eq!(u32::MAX.into_val(), Val::I32(-1));
/// assert_eq!(u32::from_val(Val::I32(-1)), Some(u32::MAX));
/// assert_eq!(u32::from_val(Val::I64(-1)), None);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` stands for no WebAssembly value",
    label = "not a value of WebAssembly's",
    note = "values are `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, `u128`, `Func`, `Option<Func>` \
            and `Option<ExternRef>`"
)]
pub trait WasmTy: Sealed + Copy + Send + Sync + 'static {
    /// The type it stands for.
    ///
    /// ```
    /// use fayasm_core::{Func, ValType, WasmTy};
    ///
    /// assert_eq!(u64::TYPE, ValType::I64);
    /// assert_eq!(Option::<Func>::TYPE, ValType::FUNCREF);
    /// ```
    const TYPE: ValType;

    /// As a value of that type.
    ///
    /// ```
    /// use fayasm_core::{Val, WasmTy};
    ///
    /// assert_eq!(0.5f32.into_val(), Val::F32(0x3F00_0000));
    /// ```
    fn into_val(self) -> Val;

    /// From a value; none if that has another type.
    ///
    /// ```
    /// use fayasm_core::{Val, WasmTy};
    ///
    /// assert_eq!(f64::from_val(Val::from(0.5)), Some(0.5));
    /// assert_eq!(f64::from_val(Val::I32(1)), None);
    /// ```
    fn from_val(val: Val) -> Option<Self>;
}

macro_rules! wasm_ty {
    ($($rust:ty: $ty:expr, $val:ident => $from:expr;)*) => {$(
        impl Sealed for $rust {}

        impl WasmTy for $rust {
            const TYPE: ValType = $ty;

            #[inline]
            fn into_val(self) -> Val {
                Val::from(self)
            }

            #[inline]
            fn from_val($val: Val) -> Option<Self> {
                $from
            }
        }
    )*};
}

wasm_ty! {
    i32: ValType::I32, val => val.i32();
    u32: ValType::I32, val => val.i32().map(i32::cast_unsigned);
    i64: ValType::I64, val => val.i64();
    u64: ValType::I64, val => val.i64().map(i64::cast_unsigned);
    f32: ValType::F32, val => val.f32();
    f64: ValType::F64, val => val.f64();
    u128: ValType::V128, val => if let Val::V128(bits) = val { Some(bits) } else { None };
    Func: ValType::Ref(RefType::non_null(HeapType::Func)), val => val.func();
    Option<Func>: ValType::FUNCREF, val => if let Val::FuncRef(it) = val { Some(it) } else { None };
    Option<ExternRef>: ValType::EXTERNREF, val => {
        if let Val::ExternRef(it) = val { Some(it) } else { None }
    };
}

/// The parameters or results of a function as Rust types: `()`, one
/// [`WasmTy`], or a tuple of up to 16 of them. There are no others.
///
/// ```
/// use fayasm_core::{Val, ValType, WasmValues};
///
/// assert_eq!(<(i32, f64)>::TYPES, [ValType::I32, ValType::F64]);
/// assert!(<()>::TYPES.is_empty());
/// let mut vals = Vec::new();
/// (1, 0.5).each(|val| vals.push(val));
/// assert_eq!(vals, [Val::I32(1), Val::from(0.5)]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` stands for no WebAssembly values",
    note = "values are `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, `u128`, `Func`, `Option<Func>` \
            and `Option<ExternRef>`, or a tuple of up to 16 of them"
)]
pub trait WasmValues: Sealed + Copy + 'static {
    /// Their types.
    ///
    /// ```
    /// use fayasm_core::{ValType, WasmValues};
    ///
    /// assert_eq!(<(i32, u32)>::TYPES, [ValType::I32; 2]);
    /// ```
    const TYPES: &'static [ValType];

    /// Hands out one value after the other.
    ///
    /// ```
    /// use fayasm_core::WasmValues;
    ///
    /// let mut sum = 0;
    /// (1, 2, 3).each(|val| sum += val.i32().unwrap_or(0));
    /// assert_eq!(sum, 6);
    /// ```
    fn each(self, take: impl FnMut(Val));

    /// Takes one value after the other; none if one has another type.
    ///
    /// ```
    /// use fayasm_core::{Val, WasmValues};
    ///
    /// assert_eq!(<(i32, f64)>::collect(Val::default_for), Some((0, 0.0)));
    /// ```
    fn collect(next: impl FnMut(ValType) -> Val) -> Option<Self>;
}

impl<V: WasmTy> WasmValues for V {
    const TYPES: &'static [ValType] = &[V::TYPE];

    #[inline]
    fn each(self, mut take: impl FnMut(Val)) {
        take(self.into_val());
    }

    #[inline]
    fn collect(mut next: impl FnMut(ValType) -> Val) -> Option<Self> {
        V::from_val(next(V::TYPE))
    }
}

macro_rules! wasm_values {
    ($($value:ident)*) => {
        impl<$($value: WasmTy),*> Sealed for ($($value,)*) {}

        impl<$($value: WasmTy),*> WasmValues for ($($value,)*) {
            const TYPES: &'static [ValType] = &[$($value::TYPE),*];

            #[inline]
            #[allow(non_snake_case, unused_mut, unused_variables)]
            fn each(self, mut take: impl FnMut(Val)) {
                let ($($value,)*) = self;
                $(take($value.into_val());)*
            }

            #[inline]
            #[allow(unused_mut, unused_variables)]
            fn collect(mut next: impl FnMut(ValType) -> Val) -> Option<Self> {
                Some(($($value::from_val(next($value::TYPE))?,)*))
            }
        }
    };
}

/// Calls a macro with the names of no, one, … up to 16 type parameters.
macro_rules! for_each_arity {
    ($visit:ident) => {
        $visit!();
        $visit!(A1);
        $visit!(A1 A2);
        $visit!(A1 A2 A3);
        $visit!(A1 A2 A3 A4);
        $visit!(A1 A2 A3 A4 A5);
        $visit!(A1 A2 A3 A4 A5 A6);
        $visit!(A1 A2 A3 A4 A5 A6 A7);
        $visit!(A1 A2 A3 A4 A5 A6 A7 A8);
        $visit!(A1 A2 A3 A4 A5 A6 A7 A8 A9);
        $visit!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10);
        $visit!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11);
        $visit!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12);
        $visit!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13);
        $visit!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14);
        $visit!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15);
        $visit!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16);
    };
}
pub(crate) use for_each_arity;

for_each_arity!(wasm_values);

/// Puts values into slots, one after the other; nothing is written unless all
/// can be.
///
/// # Errors
///
/// [`Error::ForeignHandle`] if one refers to a function of another store than
/// `store`; [`Error::Trap`] if there is no room.
#[inline]
pub(crate) fn write_values<V: WasmValues>(
    values: V,
    slots: &mut [u64],
    store: &StoreInner,
) -> Result<(), Error> {
    check_room(V::TYPES.iter().copied(), slots)?;
    let (mut own, mut there) = (true, true);
    values.each(|val| {
        own &= val.belongs_to(store.id);
        // Of what has a Rust type, only this can be gone.
        there &= !matches!(val, Val::ExternRef(_)) || store.accepts(val.ty(), val);
    });
    if !own {
        return Err(Error::ForeignHandle);
    }
    if !there {
        return Err(Error::Trap(TrapKind::LostReference.into()));
    }
    let mut at = 0;
    values.each(|val| {
        val.write_slots(slots.get_mut(at..).unwrap_or_default());
        at += val.ty().slots() as usize;
    });
    Ok(())
}

/// Takes values out of slots, one after the other.
#[inline]
pub(crate) fn read_values<V: WasmValues>(slots: &[u64], space: Space<'_>) -> Option<V> {
    let mut at = 0;
    V::collect(|ty| {
        let val = Val::from_slots(ty, slots.get(at..).unwrap_or_default(), space);
        at += ty.slots() as usize;
        val
    })
}

/// A function whose type has been checked, to be called with Rust values.
///
/// ```
/// use fayasm_core::{Engine, Linker, Module, Store};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, wat::parse_str(
///     "(module (func (export \"add\") (param i32 i32) (result i32)
///          (i32.add (local.get 0) (local.get 1))))",
/// )?)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// let add = instance.get_typed_func::<(i32, i32), i32>(&store, "add")?;
/// assert_eq!(add.call(&mut store, (7, 5))?, 12);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct TypedFunc<P, R> {
    func: Func,
    types: PhantomData<fn(P) -> R>,
}

impl<P: WasmValues, R: WasmValues> TypedFunc<P, R> {
    /// The function is known to have these parameters and results.
    pub(crate) fn new(func: Func) -> Self {
        TypedFunc { func, types: PhantomData }
    }

    /// The function, without its types.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Job;
    ///
    /// let wat = r#"(module (func (export "nop")))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let nop = instance.get_typed_func::<(), ()>(&store, "nop")?;
    /// assert!(Job::new(&store, nop.func(), &[]).is_ok());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn func(self) -> Func {
        self.func
    }

    /// Calls it.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Error, TrapKind};
    ///
    /// let wat = r#"(module
    ///   (func (export "div_mod") (param i32 i32) (result i32 i32)
    ///     (i32.div_s (local.get 0) (local.get 1))
    ///     (i32.rem_s (local.get 0) (local.get 1))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let div_mod = instance.get_typed_func::<(i32, i32), (i32, i32)>(&store, "div_mod")?;
    /// assert_eq!(div_mod.call(&mut store, (17, 5))?, (3, 2));
    /// let Err(Error::Trap(trap)) = div_mod.call(&mut store, (17, 0)) else { panic!() };
    /// assert_eq!(*trap.kind(), TrapKind::IntegerDivideByZero);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Trap`]; [`Error::ForeignHandle`] if the function or an argument
    /// belongs to another store.
    pub fn call(self, mut store: impl AsContextMut, params: P) -> Result<R, Error> {
        let store = store.as_context_mut();
        let inner = store.inner();
        let mut job = Job::prepare(inner, self.func, |slots| write_values(params, slots, inner))?;
        store.run_to_end(&mut job)?;
        // The types were checked when this was made; they do not change.
        read_values(job.result_slots(), store.inner().space()).ok_or(Error::ForeignHandle)
    }
}

impl<P, R> Clone for TypedFunc<P, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, R> Copy for TypedFunc<P, R> {}

impl<P, R> fmt::Debug for TypedFunc<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedFunc").field(&self.func).finish()
    }
}
