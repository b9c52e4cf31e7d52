//! Functions: those of instances and those of the host.

use super::caller::Caller;
use super::context::{AsContext, AsContextMut, inner};
use super::error::Error;
use super::host::{HostError, HostFunction, IntoFunc, vals};
use super::store::StoreInner;
use super::store_id::Stored;
use super::typed::{TypedFunc, WasmValues};
use super::val::Val;
use crate::allocate::boxed_value;
use crate::execute::Job;
use crate::types::FuncType;

/// A function in a store.
///
/// ```
/// use fayasm_core::{Engine, Func, Store, Val};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let double = Func::wrap(&mut store, |x: i32| x * 2)?;
/// let mut results = [Val::I32(0)];
/// double.call(&mut store, &[Val::I32(21)], &mut results)?;
/// assert_eq!(results, [Val::I32(42)]);
/// let error = double.call(&mut store, &[Val::I64(21)], &mut results).unwrap_err();
/// assert_eq!(error.to_string(), "argument 0 must be i32, not i64");
/// # Ok::<(), fayasm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Func(pub(crate) Stored);

impl Func {
    /// A host function of this type. The closure gets its arguments, and room
    /// for its results, which are zero or null at first.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Func, FuncType, Val, ValType};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let ty = FuncType::new([ValType::I32; 2], [ValType::I32]);
    /// let max = Func::new(&mut store, ty, |_caller, args, results| {
    ///     results[0] = Val::from(args[0].i32().max(args[1].i32()).unwrap_or(0));
    ///     Ok(())
    /// })?;
    /// let mut results = [Val::I32(0)];
    /// max.call(&mut store, &[Val::I32(3), Val::I32(8)], &mut results)?;
    /// assert_eq!(results, [Val::I32(8)]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidType`] if its type names a type that the store has not;
    /// [`Error::OutOfMemory`].
    pub fn new<T>(
        store: impl AsContextMut<Data = T>,
        ty: FuncType,
        closure: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<(), HostError>
        + Send
        + Sync
        + 'static,
    ) -> Result<Func, Error> {
        Func::add(store, &HostFunction::new(ty, closure))
    }

    /// A host function of the type that the closure's parameters and results make.
    ///
    /// ```
    /// use fayasm_core::{Caller, Engine, Func, Store};
    ///
    /// let mut store = Store::new(&Engine::default(), 10);
    /// let add = Func::wrap(&mut store, |caller: Caller<'_, i32>, x: i32| x + *caller.data())?;
    /// assert_eq!(add.ty(&store)?.to_string(), "(i32) -> i32");
    /// assert_eq!(add.typed::<i32, i32>(&store)?.call(&mut store, 5)?, 15);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`]
    pub fn wrap<T, P, R>(
        store: impl AsContextMut<Data = T>,
        closure: impl IntoFunc<T, P, R>,
    ) -> Result<Func, Error> {
        Func::add(store, &closure.into_func())
    }

    fn add<T>(
        mut store: impl AsContextMut<Data = T>,
        host: &HostFunction<T>,
    ) -> Result<Func, Error> {
        let store = store.as_context_mut();
        let address = store.add_host(host)?;
        Ok(Func(store.inner().stored(address)))
    }

    /// Its type.
    ///
    /// ```
    /// # use fayasm_core::Engine;
    /// use fayasm_core::{Error, Func, FuncType, Store, ValType};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let hypot = Func::wrap(&mut store, |x: f64, y: f64| x.hypot(y))?;
    /// assert_eq!(hypot.ty(&store)?, FuncType::new([ValType::F64; 2], [ValType::F64]));
    /// let elsewhere = Store::new(store.engine(), ());
    /// assert_eq!(hypot.ty(&elsewhere), Err(Error::ForeignHandle));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ForeignHandle`], [`Error::OutOfMemory`]
    pub fn ty(self, store: impl AsContext) -> Result<FuncType, Error> {
        let store = inner(&store);
        Ok(self.ty_in(store)?.copied()?)
    }

    fn ty_in(self, store: &StoreInner) -> Result<&FuncType, Error> {
        store.function_type(self.0.index_in(store.id)?).ok_or(Error::ForeignHandle)
    }

    /// Calls it, and leaves its results in `results`, of which there must be
    /// as many as it gives; what they held before does not matter.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Error, Func, Val};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let divide = |x: i32, y: i32| x.checked_div(y).ok_or("no quotient");
    /// let divide = Func::wrap(&mut store, divide)?;
    /// let mut results = [Val::I32(0)];
    /// divide.call(&mut store, &[Val::I32(12), Val::I32(4)], &mut results)?;
    /// assert_eq!(results, [Val::I32(3)]);
    /// let failed = divide.call(&mut store, &[Val::I32(12), Val::I32(0)], &mut results);
    /// assert!(matches!(failed, Err(Error::Trap(_))));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ArgumentCount`], [`Error::ArgumentType`], [`Error::ResultCount`],
    /// [`Error::ForeignHandle`]; [`Error::Trap`] if execution was given up.
    pub fn call(
        self,
        mut store: impl AsContextMut,
        params: &[Val],
        results: &mut [Val],
    ) -> Result<(), Error> {
        let store = store.as_context_mut();
        let ty = self.ty_in(store.inner())?;
        let (expected, found) = (ty.results().len(), results.len());
        if expected != found {
            return Err(Error::ResultCount { expected, found });
        }
        let mut job = Job::new(&*store, self, params)?;
        store.run_to_end(&mut job)?;
        let store = store.inner();
        let values = vals(self.ty_in(store)?.results(), job.result_slots(), store.space());
        for (result, value) in results.iter_mut().zip(values) {
            *result = value;
        }
        Ok(())
    }

    /// The same function, to be called with Rust values.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::Func;
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let swap = Func::wrap(&mut store, |x: i32, y: f32| (y, x))?;
    /// let swap = swap.typed::<(i32, f32), (f32, i32)>(&store)?;
    /// assert_eq!(swap.call(&mut store, (1, 2.5))?, (2.5, 1));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Signature`] if its type is another one, [`Error::ForeignHandle`],
    /// [`Error::OutOfMemory`].
    pub fn typed<P: WasmValues, R: WasmValues>(
        self,
        store: impl AsContext,
    ) -> Result<TypedFunc<P, R>, Error> {
        let store = inner(&store);
        let ty = self.ty_in(store)?;
        let types = &store.types;
        if types.all_match(P::TYPES, ty.params()) && types.all_match(ty.results(), R::TYPES) {
            return Ok(TypedFunc::new(self));
        }
        let expected = FuncType::new(P::TYPES.iter().copied(), R::TYPES.iter().copied());
        let (expected, found) = (boxed_value(expected)?, boxed_value(ty.copied()?)?);
        Err(Error::Signature { expected, found })
    }
}
