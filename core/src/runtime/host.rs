//! Host functions: closures that WebAssembly can call.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::caller::Caller;
use super::error::Error;
use super::store::StoreInner;
use super::trap::{Trap, TrapKind};
use super::typed::{WasmTy, WasmValues, for_each_arity, read_values, write_values};
use super::val::{Space, Val};
use crate::ledger;
use crate::shared::Shared;
use crate::spill::ObjectId;
use crate::types::{FuncType, ValType};

/// A host function failed, or cannot answer yet. WebAssembly that called one
/// that failed traps.
///
/// Made from a message, or from an [`Error`] or [`Trap`] of a call that the
/// host function made: such a trap goes on with its own kind and backtrace.
///
/// ```
/// # use fayasm_core::{Engine, Store};
/// use fayasm_core::Func;
///
/// # let mut store = Store::new(&Engine::default(), ());
/// let parse = |digit: u32| char::from_digit(digit, 10).map(u32::from).ok_or("no digit");
/// let parse = Func::wrap(&mut store, parse)?.typed::<u32, u32>(&store)?;
/// assert_eq!(parse.call(&mut store, 7)?, u32::from('7'));
/// let error = parse.call(&mut store, 70).unwrap_err();
/// assert_eq!(error.to_string(), "host function failed: no digit");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostError {
    /// Traps with this message ([`TrapKind::Host`]).
    Message(Box<str>),
    /// Goes on with this trap.
    Trap(Box<Trap>),
    /// Has done nothing, and wants to be called again later, with the same
    /// arguments: what it waits for is not there yet. The job stops with
    /// [`Outcome::Pending`](crate::Outcome::Pending) and can be run again. A
    /// call that is not a job's cannot wait, and traps
    /// ([`TrapKind::HostPending`]).
    Pending,
    /// The same, until this page of a memory has been loaded ([`Paging`](crate::Paging)). The job
    /// stops with [`Outcome::NeedLoad`](crate::Outcome::NeedLoad).
    NeedLoad(ObjectId),
    /// The same, until this page of a memory has been stored, which is to leave. The job stops with
    /// [`Outcome::NeedStore`](crate::Outcome::NeedStore).
    NeedStore(ObjectId),
}

impl HostError {
    /// The trap that it makes.
    pub(crate) fn into_trap(self) -> Trap {
        match self {
            HostError::Message(message) => TrapKind::Host(message).into(),
            HostError::Trap(trap) => *trap,
            HostError::Pending => TrapKind::HostPending.into(),
            HostError::NeedLoad(page) | HostError::NeedStore(page) => {
                TrapKind::PageNeeded(page).into()
            }
        }
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HostError::Message(message) => message.fmt(f),
            HostError::Trap(trap) => trap.fmt(f),
            HostError::Pending => TrapKind::HostPending.fmt(f),
            HostError::NeedLoad(page) | HostError::NeedStore(page) => {
                TrapKind::PageNeeded(*page).fmt(f)
            }
        }
    }
}

impl core::error::Error for HostError {}

impl From<&str> for HostError {
    fn from(message: &str) -> Self {
        HostError::Message(message.into())
    }
}

impl From<String> for HostError {
    fn from(message: String) -> Self {
        HostError::Message(message.into_boxed_str())
    }
}

impl From<Trap> for HostError {
    fn from(trap: Trap) -> Self {
        HostError::Trap(Box::new(trap))
    }
}

impl From<TrapKind> for HostError {
    fn from(kind: TrapKind) -> Self {
        Trap::new(kind).into()
    }
}

impl From<Error> for HostError {
    fn from(error: Error) -> Self {
        match error {
            Error::Trap(trap) => trap.into(),
            Error::NeedLoad(page) => HostError::NeedLoad(page),
            Error::NeedStore(page) => HostError::NeedStore(page),
            other => other.to_string().into(),
        }
    }
}

/// What a host function of this type does, given its arguments in slots, where it leaves its results.
type HostClosure<T> =
    dyn Fn(Caller<'_, T>, &FuncType, &mut [u64]) -> Result<(), HostError> + Send + Sync + 'static;

/// A host function, belonging to no store. Cheap to clone.
///
/// [`Linker::func_wrap`](crate::Linker::func_wrap) and
/// [`Func::wrap`](crate::Func::wrap) make them of closures.
///
/// ```
/// # use fayasm_core::{Engine, Store};
/// use fayasm_core::{HostFunction, IntoFunc, Linker};
///
/// let double: HostFunction<()> = (|x: i32| x * 2).into_func();
/// # let engine = Engine::default();
/// let mut linkers = [Linker::new(&engine), Linker::new(&engine)];
/// for linker in &mut linkers {
///     linker.func("env", "double", double.clone());
/// }
/// # let mut store = Store::new(&engine, ());
/// # assert!(linkers[1].get(&mut store, "env", "double").is_some());
/// ```
pub struct HostFunction<T> {
    ty: Shared<FuncType>,
    closure: Shared<HostClosure<T>>,
}

impl<T> HostFunction<T> {
    fn from_slots(
        ty: FuncType,
        closure: impl Fn(Caller<'_, T>, &FuncType, &mut [u64]) -> Result<(), HostError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        HostFunction { ty: Shared::new(ty), closure: Shared::new(closure) }
    }

    /// A host function of this type. The closure gets its arguments, and room
    /// for its results, which are zero or null at first.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Store};
    /// use fayasm_core::{FuncType, HostFunction, ValType};
    ///
    /// let ty = FuncType::new([ValType::I32], [ValType::I32]);
    /// let same = HostFunction::<()>::new(ty, |_caller, args, results| {
    ///     results[0] = args[0];
    ///     Ok(())
    /// });
    /// # let mut linker = Linker::new(&Engine::default());
    /// linker.func("env", "same", same);
    /// # let mut store = Store::new(linker.engine(), ());
    /// # assert!(linker.get(&mut store, "env", "same").is_some());
    /// ```
    #[must_use]
    pub fn new(
        ty: FuncType,
        closure: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<(), HostError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        HostFunction::from_slots(ty, move |caller, signature, slots| {
            let mut caller = caller;
            let space = caller.inner().space();
            let args = vals_of(signature.params(), slots, space);
            // Where there are no slots, there are zeros and nulls.
            let mut results = vals_of(signature.results(), &[], space);
            let id = caller.id();
            closure(caller.again(), &args, &mut results)?;
            if caller.id() != id {
                return Err(TrapKind::ForeignStore.into());
            }
            put_results(signature, &results, slots, caller.inner())
        })
    }

    /// Its type.
    ///
    /// ```
    /// use fayasm_core::{HostFunction, IntoFunc};
    ///
    /// let add: HostFunction<()> = (|x: i32, y: i64| i64::from(x) + y).into_func();
    /// assert_eq!(add.ty().to_string(), "(i32, i64) -> i64");
    /// ```
    #[must_use]
    pub fn ty(&self) -> &FuncType {
        &self.ty
    }

    /// What tells it from all others that are there at the same time.
    pub(crate) fn identity(&self) -> usize {
        Shared::as_ptr(&self.closure).addr()
    }

    /// How many bytes it takes, without what the closure has allocated.
    pub(crate) fn allocated(&self) -> u64 {
        ledger::shared(&self.ty) + self.ty.allocated() + ledger::shared(&self.closure)
    }

    pub(crate) fn call(&self, caller: Caller<'_, T>, slots: &mut [u64]) -> Result<(), HostError> {
        (self.closure)(caller, &self.ty, slots)
    }
}

impl<T> Clone for HostFunction<T> {
    fn clone(&self) -> Self {
        HostFunction { ty: Shared::clone(&self.ty), closure: Shared::clone(&self.closure) }
    }
}

impl<T> fmt::Debug for HostFunction<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostFunction").field("ty", &self.ty).finish_non_exhaustive()
    }
}

/// The values of these types that `slots` hold.
pub(crate) fn vals_of(types: &[ValType], slots: &[u64], space: Space<'_>) -> Vec<Val> {
    vals(types, slots, space).collect()
}

/// The same, one by one.
pub(super) fn vals(
    types: &[ValType],
    slots: &[u64],
    space: Space<'_>,
) -> impl ExactSizeIterator<Item = Val> {
    let mut at = 0;
    types.iter().map(move |ty| {
        let val = Val::from_slots(*ty, slots.get(at..).unwrap_or_default(), space);
        at += ty.slots() as usize;
        val
    })
}

/// Puts values into slots, one after the other; nothing is written if there is
/// no room for all.
pub(crate) fn put_vals(vals: &[Val], slots: &mut [u64]) -> Result<(), Error> {
    check_room(vals.iter().map(|val| val.ty()), slots)?;
    let mut at = 0;
    for val in vals {
        val.write_slots(slots.get_mut(at..).unwrap_or_default());
        at += val.ty().slots() as usize;
    }
    Ok(())
}

/// Fails unless values of these types fit into the slots.
pub(crate) fn check_room(types: impl Iterator<Item = ValType>, slots: &[u64]) -> Result<(), Error> {
    let wanted: usize = types.map(|ty| ty.slots() as usize).sum();
    if wanted <= slots.len() {
        return Ok(());
    }
    let kind = TrapKind::StackExhausted { calls: 0, slots: Some(wanted as u64) };
    Err(Error::Trap(kind.into()))
}

/// Puts the results of a host function into slots, after checking them.
pub(crate) fn put_results(
    ty: &FuncType,
    results: &[Val],
    slots: &mut [u64],
    store: &StoreInner,
) -> Result<(), HostError> {
    let (expected, found) = (ty.results().len(), results.len());
    if expected != found {
        return Err(Error::ResultCount { expected, found }.into());
    }
    for (index, (val, expected)) in results.iter().zip(ty.results()).enumerate() {
        if !val.belongs_to(store.id) {
            return Err(Error::ForeignHandle.into());
        }
        if !store.accepts(*expected, *val) {
            let found = val.ty();
            let message = alloc::format!("its result {index} must be {expected}, not {found}");
            return Err(message.into());
        }
    }
    Ok(put_vals(results, slots)?)
}

/// What a host function's closure may return: [`WasmValues`], or a `Result`
/// of them with an error that a [`HostError`] can be made of.
///
/// ```
/// # use fayasm_core::{Engine, Store};
/// use fayasm_core::Func;
///
/// # let mut store = Store::new(&Engine::default(), ());
/// let nothing = Func::wrap(&mut store, || {})?;
/// let both = Func::wrap(&mut store, |x: i32| (x, 0.5))?;
/// let maybe = Func::wrap(&mut store, |x: i32| x.checked_neg().ok_or("too large"))?;
/// assert_eq!(nothing.ty(&store)?.to_string(), "() -> ()");
/// assert_eq!(both.ty(&store)?.to_string(), "(i32) -> (i32, f64)");
/// assert_eq!(maybe.ty(&store)?.to_string(), "(i32) -> i32");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a host function cannot return `{Self}`",
    label = "not what a host function may return",
    note = "it may return `()`, one of `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, `u128`, `Func`, \
            `Option<Func>` and `Option<ExternRef>`, a tuple of them, or a `Result` of these with \
            an error that a `HostError` can be made of"
)]
pub trait HostResult {
    /// The results of the function.
    type Values: WasmValues;

    /// As a `Result`.
    ///
    /// ```
    /// use fayasm_core::{HostError, HostResult};
    ///
    /// let failed: Result<i32, &str> = Err("no");
    /// assert_eq!(failed.into_result(), Err(HostError::Message("no".into())));
    /// assert_eq!(7.into_result(), Ok(7));
    /// ```
    ///
    /// # Errors
    ///
    /// If it is one that failed.
    fn into_result(self) -> Result<Self::Values, HostError>;
}

impl<V: WasmTy> HostResult for V {
    type Values = V;

    fn into_result(self) -> Result<V, HostError> {
        Ok(self)
    }
}

impl<V: WasmValues, E: Into<HostError>> HostResult for Result<V, E> {
    type Values = V;

    fn into_result(self) -> Result<V, HostError> {
        self.map_err(Into::into)
    }
}

macro_rules! host_result {
    ($($value:ident)*) => {
        impl<$($value: WasmTy),*> HostResult for ($($value,)*) {
            type Values = Self;

            fn into_result(self) -> Result<Self, HostError> {
                Ok(self)
            }
        }
    };
}
for_each_arity!(host_result);

/// A closure that a host function can be made of: up to 16 parameters that
/// are [`WasmTy`], before them a [`Caller`] or not, returning a [`HostResult`].
///
/// ```
/// # use fayasm_core::{Engine, Store};
/// use fayasm_core::{Caller, IntoFunc, Linker};
///
/// fn register<P, R>(linker: &mut Linker<u32>, name: &str, closure: impl IntoFunc<u32, P, R>) {
///     linker.func_wrap("env", name, closure);
/// }
/// # let mut linker = Linker::new(&Engine::default());
/// register(&mut linker, "negate", |x: f32| -x);
/// register(&mut linker, "data", |caller: Caller<'_, u32>| *caller.data());
/// # let mut store = Store::new(linker.engine(), 7);
/// # assert!(linker.get(&mut store, "env", "data").is_some());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made a host function",
    label = "not a closure that WebAssembly can call",
    note = "it may take a `Caller`, then up to 16 of `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, \
            `u128`, `Func`, `Option<Func>` and `Option<ExternRef>`, and return these; it must be \
            `Fn`, `Send`, `Sync` and `'static`"
)]
pub trait IntoFunc<T, Params, Results>: Send + Sync + 'static {
    /// The host function.
    ///
    /// ```
    /// use fayasm_core::{HostFunction, IntoFunc};
    ///
    /// let negate: HostFunction<()> = (|x: i64| -x).into_func();
    /// assert_eq!(negate.ty().to_string(), "(i64) -> i64");
    /// ```
    fn into_func(self) -> HostFunction<T>;
}

macro_rules! into_func {
    ($($param:ident)*) => {
        impl<T, F, R, $($param: WasmTy),*> IntoFunc<T, ($($param,)*), R> for F
        where
            F: Fn($($param),*) -> R + Send + Sync + 'static,
            R: HostResult,
        {
            #[allow(non_snake_case)]
            fn into_func(self) -> HostFunction<T> {
                typed::<T, ($($param,)*), R>(move |_, ($($param,)*)| self($($param),*))
            }
        }

        impl<T, F, R, $($param: WasmTy),*> IntoFunc<T, (Caller<'_, T>, $($param,)*), R> for F
        where
            F: Fn(Caller<'_, T>, $($param),*) -> R + Send + Sync + 'static,
            R: HostResult,
        {
            #[allow(non_snake_case)]
            fn into_func(self) -> HostFunction<T> {
                typed::<T, ($($param,)*), R>(move |caller, ($($param,)*)| self(caller, $($param),*))
            }
        }
    };
}
for_each_arity!(into_func);

/// A host function of a closure that takes all its parameters at once.
fn typed<T, P: WasmValues, R: HostResult>(
    closure: impl Fn(Caller<'_, T>, P) -> R + Send + Sync + 'static,
) -> HostFunction<T> {
    let params = P::TYPES.iter().copied();
    let results = <R::Values as WasmValues>::TYPES.iter().copied();
    HostFunction::from_slots(FuncType::new(params, results), move |caller, _, slots| {
        let mut caller = caller;
        // The closure was given the type that its parameters make.
        let params = read_values(slots, caller.inner().space());
        let params = params.ok_or("an argument has another type")?;
        let results = closure(caller.again(), params).into_result()?;
        Ok(write_values(results, slots, caller.inner())?)
    })
}
