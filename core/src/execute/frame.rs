//! Frames: one for each function being executed.

use crate::runtime::{Func, Instance, StoreId, Stored};

/// A function being executed. Its slots of the value stack are, from its base
/// on, parameters, other locals, operands; where the operands of a frame that
/// calls end, the parameters of the next frame begin.
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store};
/// let wat = r#"(module (func $inner (nop)) (func (export "outer") (call $inner)))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let outer = instance.get_func(&store, "outer").expect("it is exported");
/// # let mut job = Job::new(&store, outer, &[])?;
/// store.run(&mut job, 2);
/// let [outer, inner] = job.frames() else { panic!("two frames are expected") };
/// assert_eq!((outer.function(), outer.pc()), (1, 1)); // at the call
/// assert_eq!((inner.function(), inner.pc()), (0, 2)); // behind the nop
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    pub(crate) store: StoreId,
    /// Where the function stands in the store.
    pub(crate) address: u32,
    /// Which instance it belongs to.
    pub(crate) instance: u32,
    /// The function's index in its module.
    pub(crate) function: u32,
    /// The slot at which its parameters begin.
    pub(crate) base: u32,
    /// Where the instruction to be executed, or the call being waited for, stands.
    pub(crate) pc: u32,
    /// Where to go on after the call being waited for.
    pub(crate) resume_at: u32,
    /// The next entry of the side table, counted from the function's first.
    pub(crate) next_entry: u32,
}

impl Frame {
    /// The function.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Job;
    ///
    /// let wat = r#"(module (func (export "f")))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let f = instance.get_func(&store, "f").expect("it is exported");
    /// let job = Job::new(&store, f, &[])?;
    /// assert_eq!(job.frames()[0].func(), f);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn func(&self) -> Func {
        Func(Stored { store: self.store, index: self.address })
    }

    /// The instance that the function belongs to.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Job;
    ///
    /// let wat = r#"(module (func (export "f")))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let job = Job::new(&store, f, &[])?;
    /// assert_eq!(job.frames()[0].instance(), instance);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn instance(&self) -> Instance {
        Instance(Stored { store: self.store, index: self.instance })
    }

    /// The function's index in its module.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Func, Instance, Module, Store};
    /// use fayasm_core::Job;
    ///
    /// let wat = r#"(module (import "env" "log" (func)) (func (export "f")))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let log = Func::wrap(&mut store, || {})?;
    /// # let instance = Instance::new(&mut store, &module, &[log.into()])?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let job = Job::new(&store, f, &[])?;
    /// assert_eq!(job.frames()[0].function(), 1); // imported functions come first
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn function(&self) -> u32 {
        self.function
    }

    /// The instruction to be executed next, or the call being waited for, in
    /// bytes from the start of the function's body.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// let wat = r#"(module (func (export "f") (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let mut job = Job::new(&store, f, &[])?;
    /// store.step(&mut job);
    /// let frame = job.frame().expect("it has not returned");
    /// let body = module.body(frame.function()).expect("it is not imported");
    /// assert_eq!(body[frame.pc() as usize], 0x0B); // end
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn pc(&self) -> u32 {
        self.pc
    }

    /// The slot of the value stack at which its parameters begin.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store, Val};
    /// let wat = r#"(module
    ///   (func $inner (param i32))
    ///   (func (export "outer") (param i32) (local i32) (call $inner (i32.const 7))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let outer = instance.get_func(&store, "outer").expect("it is exported");
    /// # let mut job = Job::new(&store, outer, &[Val::I32(3)])?;
    /// store.run(&mut job, 2);
    /// let [outer, inner] = job.frames() else { panic!("two frames are expected") };
    /// assert_eq!((outer.base(), inner.base()), (0, 2));
    /// assert_eq!(job.stack(), [3, 0, 7]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn base(&self) -> u32 {
        self.base
    }

    /// The next entry of the side table, counted from the function's first.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Frame, Job, Val};
    ///
    /// let wat = r#"(module (func (export "f") (param i32)
    ///   (block (br_if 0 (local.get 0)) (br 0))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let mut job = Job::new(&store, f, &[Val::I32(0)])?;
    /// store.run(&mut job, 3); // block, local.get, br_if
    /// assert_eq!(job.frame().map(Frame::next_entry), Some(1)); // that of `br`
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn next_entry(&self) -> u32 {
        self.next_entry
    }
}
