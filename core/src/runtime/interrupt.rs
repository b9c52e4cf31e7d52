//! Interrupting a store from outside.

use core::sync::atomic::{AtomicBool, Ordering};

use crate::ledger;
use crate::shared::Shared;

/// Interrupts whatever runs in a store, from another thread or from a signal's
/// handler. Cheap to clone.
///
/// ```
/// use fayasm_core::{Engine, Job, Limit, Linker, Module, Outcome, Store};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, wat::parse_str(
///     "(module (func (export \"spin\") (loop (br 0))))",
/// )?)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// let spin = instance.get_func(&store, "spin").expect("it is exported");
/// let mut job = Job::new(&store, spin, &[])?;
///
/// let handle = store.interrupt_handle();
/// let thread = std::thread::spawn(move || handle.interrupt());
/// assert_eq!(store.run(&mut job, Limit::NONE), Outcome::Interrupted);
/// assert!(job.is_running());
/// # thread.join().expect("it does not panic");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct InterruptHandle(Shared<AtomicBool>);

impl InterruptHandle {
    /// Interrupts what runs now, within some hundred thousand instructions; if
    /// nothing does, what runs next.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Func, Store};
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let handle = store.interrupt_handle();
    /// let same = handle.clone();
    /// std::thread::spawn(move || same.interrupt()).join().expect("it does not panic");
    /// # let nop = Func::wrap(&mut store, || {})?;
    /// # let nop = nop.typed::<(), ()>(&store)?;
    /// assert!(nop.call(&mut store, ()).is_err());
    /// assert!(nop.call(&mut store, ()).is_ok());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn interrupt(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether what runs is still to be interrupted. A host function that takes
    /// long can ask that ([`Caller::interrupt_handle`](crate::Caller::interrupt_handle)),
    /// and return [`HostError::Pending`](crate::HostError::Pending) then.
    ///
    /// ```
    /// use fayasm_core::{Engine, Store};
    ///
    /// let mut store = Store::new(&Engine::default(), ());
    /// let handle = store.interrupt_handle();
    /// handle.interrupt();
    /// assert!(handle.is_interrupted());
    /// ```
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// How many bytes it takes.
    pub(crate) fn allocated(&self) -> u64 {
        ledger::shared(&self.0)
    }

    /// Whether it was asked for; from now on it no longer is.
    pub(crate) fn take(&self) -> bool {
        let asked = self.0.load(Ordering::Acquire);
        if asked {
            self.0.store(false, Ordering::Release);
        }
        asked
    }
}
