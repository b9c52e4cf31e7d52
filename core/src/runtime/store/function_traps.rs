//! What happens when functions are about to be called.

use alloc::vec::Vec;

use super::Store;
use crate::allocate::OutOfMemory;
use crate::runtime::error::Error;
use crate::runtime::func::Func;

impl<T> Store<T> {
    /// Sets what happens when a function is about to be called, by WebAssembly
    /// or as the function of a job; none lets it be called. Host functions that
    /// are called by the embedder itself are always called.
    ///
    /// ```
    /// use fayasm_core::{Engine, FunctionTrap, Job, Limit, Linker, Module, Outcome, Store};
    ///
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, wat::parse_str(
    ///     "(module (func $inner (export \"inner\")) (func (export \"outer\") (call $inner)))",
    /// )?)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let outer = instance.get_func(&store, "outer").expect("it is exported");
    /// let inner = instance.get_func(&store, "inner").expect("it is exported");
    ///
    /// store.set_function_trap(inner, Some(FunctionTrap::Pause))?;
    /// let mut job = Job::new(&store, outer, &[])?;
    /// assert_eq!(store.run(&mut job, Limit::NONE), Outcome::Paused(inner));
    /// assert_eq!(store.run(&mut job, Limit::NONE), Outcome::Done);
    ///
    /// store.set_function_trap(inner, Some(FunctionTrap::Block))?;
    /// assert!(outer.call(&mut store, &[], &mut []).is_err());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ForeignHandle`]
    pub fn set_function_trap(
        &mut self,
        func: Func,
        trap: Option<FunctionTrap>,
    ) -> Result<(), Error> {
        let index = func.0.index_in(self.inner.id)?;
        // Functions are counted in 32 bits.
        Ok(self.inner.function_traps.set(index as u32, trap)?)
    }
}

/// What happens instead of a call (see [`Store::set_function_trap`]).
///
/// ```
/// # use fayasm_core::{Engine, Linker, Module, Store};
/// use fayasm_core::{Error, FunctionTrap, TrapKind};
///
/// let wat = r#"(module (func (export "f")))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// store.set_function_trap(f, Some(FunctionTrap::Block))?;
/// let Err(Error::Trap(trap)) = f.call(&mut store, &[], &mut []) else { panic!("it must trap") };
/// assert_eq!(*trap.kind(), TrapKind::CallBlocked(f));
/// store.set_function_trap(f, None)?;
/// f.call(&mut store, &[], &mut [])?;
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionTrap {
    /// The call traps ([`TrapKind::CallBlocked`](crate::TrapKind::CallBlocked)).
    Block,
    /// The job stops before the call
    /// ([`Outcome::Paused`](crate::Outcome::Paused)); run again, it calls the
    /// function. A call that is not a job's cannot be paused, and goes on.
    Pause,
}

/// What happens when functions are about to be called, by their addresses, in order.
#[derive(Debug, Default)]
pub(crate) struct FunctionTraps(pub(super) Vec<(u32, FunctionTrap)>);

impl FunctionTraps {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn place(&self, address: u32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&address, |(known, _)| *known)
    }

    pub(crate) fn get(&self, address: u32) -> Option<FunctionTrap> {
        self.0.get(self.place(address).ok()?).map(|(_, trap)| *trap)
    }

    fn set(&mut self, address: u32, trap: Option<FunctionTrap>) -> Result<(), OutOfMemory> {
        match (self.place(address), trap) {
            (Ok(at), Some(trap)) => self.0[at].1 = trap,
            (Ok(at), None) => drop(self.0.remove(at)),
            (Err(at), Some(trap)) => {
                self.0.try_reserve(1).map_err(|_| OutOfMemory)?;
                self.0.insert(at, (address, trap));
            }
            (Err(_), None) => {}
        }
        Ok(())
    }
}
