//! Looking at a job that stands still: the values on its stack with their
//! types, the blocks around, and what its next instruction will do.

mod access;
mod condition;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

pub use self::access::{Access, Location, accesses, attempts};
pub(crate) use self::access::{Next, slots};
pub use self::condition::{Condition, ConditionError, ConditionErrorKind};
use crate::decode::{Instruction, Reader, instruction};
use crate::execute::{Frame, Job, Limit, Outcome};
use crate::module::{BlockType, Module};
use crate::operators::{Class, Operator};
use crate::runtime::{
    AsContext, AsContextMut, Space, StoreId, StoreInner, Trap, Val, inner, vals_of,
};
use crate::shared::Shared;
use crate::text::StackEffect;
use crate::types::ValType;
use crate::validate::{self, BlockKind, BodyValidator};

/// How much is kept before all is forgotten, so that a long trace takes bounded
/// memory: places, and the types and blocks that hold there.
const MAX_KEPT: usize = 1 << 20;

/// How much is found out at once, from a place on: a body is validated from its
/// start for that.
const MAX_FOUND: usize = 1 << 16;

/// Looks at jobs. What it finds out about a place in a module it keeps.
///
/// ```
/// use fayasm_core::inspect::Inspector;
/// use fayasm_core::{Engine, Job, Linker, Module, Operator, Store, Val};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, wat::parse_str(
///     "(module (func (export \"half\") (param f64) (result f64)
///          (f64.div (local.get 0) (f64.const 2))))",
/// )?)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// let half = instance.get_func(&store, "half").expect("it is exported");
/// let mut job = Job::new(&store, half, &[Val::from(5.0)])?;
/// store.run(&mut job, 2);
///
/// let mut inspector = Inspector::new();
/// let place = inspector.place(&store, &job.frames()[0]).expect("it stands somewhere");
/// assert_eq!(place.instruction.operator, Operator::F64Div);
/// assert_eq!(inspector.operands(&store, &job, 0), [Val::from(5.0), Val::from(2.0)]);
/// assert_eq!(inspector.forecast(&mut store, &job), Some(Ok(vec![Val::from(2.5)])));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Inspector {
    places: BTreeMap<PlaceKey, Shared<Place>>,
    locals: BTreeMap<FunctionKey, Shared<[ValType]>>,
    /// How much is kept, counted as [`MAX_KEPT`] is.
    kept: usize,
}

/// Store, instance, function.
type FunctionKey = (StoreId, u32, u32);

/// Function, bytes from the start of its body.
type PlaceKey = (FunctionKey, u32);

/// What holds at an instruction whenever execution comes to it.
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store, Val};
/// use fayasm_core::inspect::Inspector;
/// use fayasm_core::text::StackEffect;
/// use fayasm_core::validate::BlockKind;
/// use fayasm_core::{Operator, ValType};
///
/// let wat = r#"(module (func (export "f") (param f32) (loop (drop (local.get 0)))))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// # let mut job = Job::new(&store, f, &[Val::from(0.5f32)])?;
/// store.run(&mut job, 2);
/// let place = Inspector::new().place(&store, &job.frames()[0]).expect("it stands somewhere");
/// assert_eq!(place.instruction.operator, Operator::Drop);
/// assert_eq!(*place.operands, [ValType::F32]);
/// assert_eq!(place.blocks.last().map(|block| block.kind), Some(BlockKind::Loop));
/// assert_eq!(place.effect, StackEffect { pops: 1, pushes: 0 });
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Place {
    /// The instruction that comes next.
    pub instruction: Instruction,
    /// Types on the operand stack, the top last.
    pub operands: Box<[ValType]>,
    /// The blocks around, the innermost last; the first is the function itself.
    pub blocks: Box<[Block]>,
    /// What the instruction takes and gives.
    pub effect: StackEffect,
}

impl Place {
    /// How much it holds.
    fn weight(&self) -> usize {
        1 + self.operands.len() + self.blocks.len()
    }
}

/// A block that an instruction stands in.
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store};
/// use fayasm_core::ValType;
/// use fayasm_core::inspect::Inspector;
/// use fayasm_core::module::BlockType;
///
/// let wat = r#"(module (func (export "f") (block (result i32) (i32.const 1)) (drop)))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// # let mut job = Job::new(&store, f, &[])?;
/// store.step(&mut job);
/// let place = Inspector::new().place(&store, &job.frames()[0]).expect("it stands somewhere");
/// let [_function, block] = *place.blocks else { panic!("there are two") };
/// assert_eq!(block.ty, BlockType::Value(ValType::I32));
/// assert_eq!(module.bytes()[block.opened_at as usize], 0x02); // block
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// What opened it.
    pub kind: BlockKind,
    /// What it takes and gives; of the function itself, its type says that.
    pub ty: BlockType,
    /// Offset in the module of the operator that opened it.
    pub opened_at: u32,
}

impl Inspector {
    /// An inspector that has seen nothing yet.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// use fayasm_core::inspect::Inspector;
    ///
    /// let wat = r#"(module (func (export "f") (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// // One for all jobs and stores: places in loops are found out once.
    /// let mut inspector = Inspector::new();
    /// assert!(inspector.place(&store, &job.frames()[0]).is_some());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Inspector::default()
    }

    /// The place that a frame stands at; none if the store is not the frame's.
    ///
    /// ```
    /// # use fayasm_core::inspect::Inspector;
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store, Val};
    /// let wat = r#"(module
    ///   (memory 1)
    ///   (func (export "f") (param i32) (drop (i32.load (local.get 0)))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let mut job = Job::new(&store, f, &[Val::I32(0)])?;
    /// # let mut inspector = Inspector::new();
    /// store.step(&mut job);
    /// let place = inspector.place(&store, &job.frames()[0]).expect("it stands somewhere");
    /// assert_eq!(place.instruction.operator.row().mnemonic, "i32.load");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn place(&mut self, store: impl AsContext, frame: &Frame) -> Option<Shared<Place>> {
        self.place_in(inner(&store), frame)
    }

    fn place_in(&mut self, store: &StoreInner, frame: &Frame) -> Option<Shared<Place>> {
        if frame.store != store.id {
            return None;
        }
        let function = (frame.store, frame.instance, frame.function);
        if let Some(place) = self.places.get(&(function, frame.pc)) {
            return Some(place.clone());
        }
        let found = find_places(store, frame);
        self.keep(found.iter().map(|(_, place)| place.weight()).sum());
        for (pc, place) in found {
            self.places.insert((function, pc), Shared::new(place));
        }
        self.places.get(&(function, frame.pc)).cloned()
    }

    /// Forgets all there is if so much more would be too much.
    fn keep(&mut self, more: usize) {
        if self.kept + more > MAX_KEPT {
            self.places.clear();
            self.locals.clear();
            self.kept = 0;
        }
        self.kept += more;
    }

    /// Types of the parameters and other locals of a frame's function.
    ///
    /// ```
    /// # use fayasm_core::inspect::Inspector;
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store, Val};
    /// use fayasm_core::ValType;
    ///
    /// let wat = r#"(module (func (export "f") (param i32) (local f64)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[Val::I32(0)])?;
    /// # let mut inspector = Inspector::new();
    /// let types = inspector.local_types(&store, &job.frames()[0]);
    /// assert_eq!(*types, [ValType::I32, ValType::F64]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn local_types(&mut self, store: impl AsContext, frame: &Frame) -> Shared<[ValType]> {
        self.local_types_in(inner(&store), frame)
    }

    fn local_types_in(&mut self, store: &StoreInner, frame: &Frame) -> Shared<[ValType]> {
        let key = (frame.store, frame.instance, frame.function);
        if frame.store != store.id {
            return Shared::default();
        }
        if let Some(types) = self.locals.get(&key) {
            return types.clone();
        }
        let types: Shared<[ValType]> = find_local_types(store, frame).unwrap_or_default().into();
        self.keep(1 + types.len());
        self.locals.insert(key, types.clone());
        types
    }

    /// The parameters and other locals of a frame; the outermost frame is 0.
    ///
    /// ```
    /// # use fayasm_core::inspect::Inspector;
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Val};
    ///
    /// let wat = r#"(module (func (export "f") (param i32) (local f64)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let mut inspector = Inspector::new();
    /// let job = Job::new(&store, f, &[Val::I32(-1)])?;
    /// assert_eq!(inspector.locals(&store, &job, 0), [Val::I32(-1), Val::from(0.0)]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn locals(&mut self, store: impl AsContext, job: &Job, frame: usize) -> Vec<Val> {
        let Some(at) = job.frames().get(frame) else { return Vec::new() };
        let types = self.local_types_in(inner(&store), at);
        match space(inner(&store), at) {
            Some(space) => vals_of(&types, job.locals(&store, frame), space),
            None => Vec::new(),
        }
    }

    /// The operands of a frame, the top of the stack last; the outermost frame is 0.
    ///
    /// ```
    /// # use fayasm_core::inspect::Inspector;
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// use fayasm_core::Val;
    ///
    /// let wat = r#"(module (func (export "f") (f32.const 0.5) (i64.const -1) (drop) (drop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let mut job = Job::new(&store, f, &[])?;
    /// # let mut inspector = Inspector::new();
    /// store.run(&mut job, 2);
    /// assert_eq!(inspector.operands(&store, &job, 0), [Val::from(0.5f32), Val::I64(-1)]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn operands(&mut self, store: impl AsContext, job: &Job, frame: usize) -> Vec<Val> {
        let Some(at) = job.frames().get(frame) else { return Vec::new() };
        let Some(place) = self.place_in(inner(&store), at) else { return Vec::new() };
        match space(inner(&store), at) {
            Some(space) => vals_of(&place.operands, job.operands(&store, frame), space),
            None => Vec::new(),
        }
    }

    /// What the next instruction will leave on the operand stack in place of
    /// the operands that it takes, or the trap that it will cause. None if it
    /// would change more than the stack, or decides where execution goes.
    ///
    /// ```
    /// # use fayasm_core::inspect::Inspector;
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// use fayasm_core::{TrapKind, Val};
    ///
    /// let wat = r#"(module (func (export "f") (drop (i32.div_s (i32.const 7) (i32.const 0)))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let mut job = Job::new(&store, f, &[])?;
    /// # let mut inspector = Inspector::new();
    /// assert_eq!(inspector.forecast(&mut store, &job), Some(Ok(vec![Val::I32(7)])));
    /// store.run(&mut job, 2);
    /// let Some(Err(trap)) = inspector.forecast(&mut store, &job) else { panic!("it will trap") };
    /// assert_eq!(*trap.kind(), TrapKind::IntegerDivideByZero);
    /// assert!(job.is_running()); // nothing has happened yet
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn forecast(
        &mut self,
        mut store: impl AsContextMut,
        job: &Job,
    ) -> Option<Result<Vec<Val>, Trap>> {
        let frame = job.frame()?;
        let place = self.place_in(inner(&store), frame)?;
        if !changes_stack_only(place.instruction.operator) {
            return None;
        }
        let mut ahead = job.clone();
        match ahead.run(store.as_context_mut().inner_mut(), Limit::fuel(1)) {
            Outcome::OutOfFuel => {
                let operands = self.operands(&store, &ahead, job.depth() - 1);
                let kept = operands.len().saturating_sub(place.effect.pushes);
                Some(Ok(operands.get(kept..)?.to_vec()))
            }
            Outcome::Trapped(trap) => Some(Err(trap)),
            _ => None,
        }
    }
}

/// Whether an operator changes nothing but operands and locals, and goes on
/// with the next one.
fn changes_stack_only(operator: Operator) -> bool {
    match operator.row().class {
        Class::Parametric
        | Class::Reference
        | Class::Load
        | Class::Constant
        | Class::Comparison
        | Class::Numeric
        | Class::Conversion => true,
        Class::Variable => operator != Operator::GlobalSet,
        Class::Table => matches!(operator, Operator::TableGet | Operator::TableSize),
        Class::Memory => !matches!(
            operator,
            Operator::MemoryGrow
                | Operator::MemoryFill
                | Operator::MemoryCopy
                | Operator::MemoryInit
                | Operator::DataDrop
        ),
        Class::Aggregate => matches!(
            operator,
            Operator::StructGet
                | Operator::StructGetS
                | Operator::StructGetU
                | Operator::ArrayGet
                | Operator::ArrayGetS
                | Operator::ArrayGetU
                | Operator::ArrayLen
        ),
        Class::Store | Class::Modify | Class::Control => false,
    }
}

/// The place that a frame stands at and those behind it in the same body, until
/// there are too many; each with its bytes from the start of the body.
fn find_places(store: &StoreInner, frame: &Frame) -> Vec<(u32, Place)> {
    let mut places = Vec::new();
    let Some(instance) = store.instances.get(frame.instance as usize) else { return places };
    let module = &instance.module;
    let (all, config) = (module.declarations(), module.engine().config());
    let start = all.body(frame.function).unwrap_or_default().start;
    let mut left = MAX_FOUND;
    // What was found before an error stays found; there is none in a valid body.
    let _ = validate::walk(module.bytes(), all, config, frame.function, |validator| {
        // A walk begins at the start of the body.
        let pc = validator.offset() - start;
        if pc < frame.pc {
            return true;
        }
        let Some(place) = place(module, validator) else { return false };
        left = left.saturating_sub(place.weight());
        places.push((pc, place));
        left > 0
    });
    places
}

/// The place before the instruction that a validator stands at.
fn place(module: &Module, validator: &BodyValidator<'_, '_>) -> Option<Place> {
    let mut reader = Reader::new(module.bytes(), 0);
    reader.skip_to(validator.offset());
    let instruction = instruction(&mut reader).ok()?;
    // Where execution comes to, every type is known.
    let operands = validator.operands().iter().map(|ty| ty.unwrap_or(ValType::I64));
    let blocks = validator.controls().iter().map(|control| Block {
        kind: control.kind,
        ty: control.ty,
        opened_at: control.opened_at,
    });
    let effect = StackEffect::of(module.declarations(), &instruction);
    Some(Place { instruction, operands: operands.collect(), blocks: blocks.collect(), effect })
}

/// What the slots of a frame are read by: types in its module have its indices.
fn space<'a>(store: &'a StoreInner, frame: &Frame) -> Option<Space<'a>> {
    let module = &store.instances.get(frame.instance as usize)?.module;
    let types = &module.declarations().types;
    Some(Space { types, heap: &store.heap, store: frame.store })
}

/// Types of the parameters and other locals of a frame.
pub(crate) fn find_local_types(store: &StoreInner, frame: &Frame) -> Option<Vec<ValType>> {
    let module = &store.instances.get(frame.instance as usize)?.module;
    let all = module.declarations();
    let config = module.engine().config();
    validate::at(module.bytes(), all, config, frame.function, 0, |it| it.locals().collect()).ok()
}
