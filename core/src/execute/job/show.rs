//! What a job shows of itself.

use alloc::vec::Vec;

use super::{Job, Status};
use crate::execute::frame::Frame;
use crate::runtime::{AsContext, BacktraceFrame, Func, StoreInner, Trap, Val, inner, vals_of};

impl Job {
    /// The function it was made to call.
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
    /// assert_eq!(Job::new(&store, f, &[])?.func(), f);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn func(&self) -> Func {
        self.host_func(self.address)
    }

    /// How many instructions it has executed.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Limit};
    ///
    /// let wat = r#"(module (func (export "f") (block (nop))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let mut job = Job::new(&store, f, &[])?;
    /// store.run(&mut job, Limit::NONE);
    /// assert_eq!(job.executed(), 4); // block, nop, end, end
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn executed(&self) -> u64 {
        self.stack.executed
    }

    /// Whether it can go on: it has neither returned nor trapped.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Job;
    ///
    /// let wat = r#"(module (func (export "f") (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let mut job = Job::new(&store, f, &[])?;
    /// let mut steps = 0;
    /// while job.is_running() {
    ///     store.step(&mut job);
    ///     steps += 1;
    /// }
    /// assert_eq!(steps, 2); // nop, end
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.status, Status::Ready | Status::Host { .. })
    }

    /// Why it was given up, if it was.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Limit, Trap, TrapKind};
    ///
    /// let wat = r#"(module (func (export "f") (unreachable)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let mut job = Job::new(&store, f, &[])?;
    /// assert_eq!(job.trapped(), None);
    /// store.run(&mut job, Limit::NONE);
    /// assert_eq!(job.trapped().map(Trap::kind), Some(&TrapKind::Unreachable));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn trapped(&self) -> Option<&Trap> {
        if let Status::Trapped(trap) = &self.status { Some(trap) } else { None }
    }

    /// Its results; none if it has not returned, or belongs to another store, or
    /// if they are objects that [`Job::resume`] has given it and that are gone.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Limit, Val};
    ///
    /// let wat = r#"(module (func (export "two") (result i32 f64) (i32.const 1) (f64.const 2)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let two = instance.get_func(&store, "two").expect("it is exported");
    /// let mut job = Job::new(&store, two, &[])?;
    /// assert_eq!(job.results(&store), None);
    /// store.run(&mut job, Limit::NONE);
    /// assert_eq!(job.results(&store), Some(vec![Val::I32(1), Val::from(2.0)]));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn results(&self, store: impl AsContext) -> Option<Vec<Val>> {
        let store = inner(&store);
        let index = self.func().0.index_in(store.id).ok()?;
        let ty = store.function_type(index)?;
        let there = self.status == Status::Done && !self.has_lost(store);
        there.then(|| vals_of(ty.results(), self.result_slots(), store.space()))
    }

    /// The slots of its results, once it is done.
    pub(crate) fn result_slots(&self) -> &[u64] {
        self.stack.in_use()
    }

    /// How many frames there are: how deep calls are nested.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Job;
    ///
    /// let wat = r#"(module (func $inner) (func (export "outer") (call $inner)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let outer = instance.get_func(&store, "outer").expect("it is exported");
    /// let mut job = Job::new(&store, outer, &[])?;
    /// let mut depths = vec![job.depth()];
    /// while job.is_running() {
    ///     store.step(&mut job);
    ///     depths.push(job.depth());
    /// }
    /// assert_eq!(depths, [1, 2, 1, 0]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn depth(&self) -> usize {
        self.stack.frames.len()
    }

    /// Its frames, the outermost first.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// let wat = r#"(module (func $inner) (func (export "outer") (call $inner)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let outer = instance.get_func(&store, "outer").expect("it is exported");
    /// # let mut job = Job::new(&store, outer, &[])?;
    /// store.step(&mut job);
    /// let functions: Vec<u32> = job.frames().iter().map(|frame| frame.function()).collect();
    /// assert_eq!(functions, [1, 0]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn frames(&self) -> &[Frame] {
        &self.stack.frames
    }

    /// The frame being executed; none before a host function that the embedder
    /// calls, and after the end.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Frame, Job, Limit};
    ///
    /// let wat = r#"(module (func (export "f") (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let mut job = Job::new(&store, f, &[])?;
    /// assert_eq!(job.frame().map(Frame::func), Some(f));
    /// store.run(&mut job, Limit::NONE);
    /// assert!(job.frame().is_none());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn frame(&self) -> Option<&Frame> {
        self.stack.frames.last()
    }

    /// All slots of the value stack that are in use.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Val};
    ///
    /// let wat = r#"(module (func (export "f") (param i32) (local i64) (drop (i32.const 3))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let mut job = Job::new(&store, f, &[Val::I32(9)])?;
    /// store.step(&mut job);
    /// assert_eq!(job.stack(), [9, 0, 3]); // parameter, local, operand
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn stack(&self) -> &[u64] {
        self.result_slots()
    }

    /// So many slots of the value stack have been needed at most, so far.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Limit, Val};
    ///
    /// let wat = r#"(module (func (export "f") (param i32) (local i64) (drop (i32.const 3))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let mut job = Job::new(&store, f, &[Val::I32(9)])?;
    /// store.run(&mut job, Limit::NONE);
    /// assert_eq!((job.stack().len(), job.peak_slots()), (0, 3));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn peak_slots(&self) -> usize {
        self.stack.slots.len()
    }

    /// The slots of a frame's parameters and other locals. The outermost frame
    /// is 0. Empty if there is no such frame.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Val};
    ///
    /// let wat = r#"(module (func (export "f") (param i32 i32) (local i64)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let job = Job::new(&store, f, &[Val::I32(9), Val::I32(-1)])?;
    /// assert_eq!(job.locals(&store, 0), [9, 0xFFFF_FFFF, 0]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn locals(&self, store: impl AsContext, frame: usize) -> &[u64] {
        self.local_slots(inner(&store), frame)
    }

    /// The slots of a frame's operands, the top of the stack last. The
    /// arguments of a call that is being waited for are the callee's already.
    /// The outermost frame is 0. Empty if there is no such frame.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// let wat = r#"(module
    ///   (func $callee (param i32))
    ///   (func (export "f") (i32.const 1) (i32.const 2) (call $callee) (drop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let mut job = Job::new(&store, f, &[])?;
    /// store.run(&mut job, 2);
    /// assert_eq!(job.operands(&store, 0), [1, 2]);
    /// store.step(&mut job);
    /// assert_eq!(job.operands(&store, 0), [1]); // 2 is the parameter of the callee now
    /// assert_eq!(job.locals(&store, 1), [2]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn operands(&self, store: impl AsContext, frame: usize) -> &[u64] {
        self.operand_slots(inner(&store), frame)
    }

    /// The slots that the operands of a frame take.
    pub(crate) fn operand_slots(&self, store: &StoreInner, frame: usize) -> &[u64] {
        self.frame_slots(store, frame).map_or(&[], |(_, operands)| operands)
    }

    pub(crate) fn local_slots(&self, store: &StoreInner, frame: usize) -> &[u64] {
        self.frame_slots(store, frame).map_or(&[], |(locals, _)| locals)
    }

    fn frame_slots(&self, store: &StoreInner, frame: usize) -> Option<(&[u64], &[u64])> {
        if self.store != store.id {
            return None;
        }
        let next = self.stack.frames.get(frame + 1);
        let frame = self.stack.frames.get(frame)?;
        let end = next.map_or(self.stack.height, |next| next.base as usize);
        let layout = store.instances.get(frame.instance as usize)?.module.layout(frame.function)?;
        let locals = (layout.param_slots + layout.local_slots) as usize;
        self.stack.slots.get(frame.base as usize..end)?.split_at_checked(locals)
    }

    /// Where each frame stands, the innermost first; nothing if the job belongs
    /// to another store.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// use fayasm_core::BacktraceFrame;
    ///
    /// let wat = r#"(module (func $inner) (func (export "outer") (nop) (call $inner)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let outer = instance.get_func(&store, "outer").expect("it is exported");
    /// # let mut job = Job::new(&store, outer, &[])?;
    /// store.run(&mut job, 2);
    /// let at = |frame: &BacktraceFrame| module.bytes()[frame.offset as usize];
    /// let codes: Vec<u8> = job.backtrace(&store).iter().map(at).collect();
    /// assert_eq!(codes, [0x0B, 0x10]); // the `end` of `inner`, the `call` of `outer`
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn backtrace(&self, store: impl AsContext) -> Vec<BacktraceFrame> {
        self.positions(inner(&store)).collect()
    }

    pub(super) fn positions(&self, store: &StoreInner) -> impl Iterator<Item = BacktraceFrame> {
        let own = self.store == store.id;
        let frames = self.stack.frames.iter().rev().filter(move |_| own);
        frames.map(|frame| {
            let instance = store.instances.get(frame.instance as usize);
            let body = instance.and_then(|it| it.module.declarations().body(frame.function));
            BacktraceFrame {
                instance: frame.instance(),
                function: frame.function,
                offset: body.unwrap_or_default().start + frame.pc,
            }
        })
    }
}
