//! What an instruction reads and writes besides its operands.

use alloc::vec::Vec;
use core::ops::Range;

use crate::decode::{Immediates, Instruction, Reader, instruction};
use crate::execute::{Frame, Job};
use crate::operators::{Class, Operand, Operator};
use crate::runtime::{
    AsContext, Global, InstanceData, Memory, StoreInner, Stored, Table, address_of_slot, inner, low,
};
use crate::text::callee;
use crate::types::FuncType;

/// Where a value can be kept.
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store};
/// use fayasm_core::inspect::{Location, accesses};
///
/// let wat = r#"(module (func (export "f") (local i32) (drop (local.get 0))))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// let job = Job::new(&store, f, &[])?;
/// assert_eq!(accesses(&store, &job)[0].location, Location::Local { frame: 0, local: 0 });
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A slot of a frame's operand stack; the outermost frame is 0.
    Operand {
        /// The frame; the results of a job that is done are operands of the outermost.
        frame: usize,
        /// The slot, the lowest being 0; a vector takes two.
        slot: usize,
    },
    /// A local of a frame; the outermost frame is 0.
    Local {
        /// The frame.
        frame: usize,
        /// The local's index in the function.
        local: u32,
    },
    /// A global.
    Global(Global),
    /// Bytes of a linear memory.
    Memory {
        /// The memory.
        memory: Memory,
        /// Addresses.
        bytes: Range<u64>,
    },
    /// Elements of a table.
    Table {
        /// The table.
        table: Table,
        /// Indices.
        elements: Range<u64>,
    },
}

impl Location {
    /// Whether they have something in common.
    ///
    /// ```
    /// use fayasm_core::inspect::Location;
    ///
    /// let x = Location::Local { frame: 0, local: 1 };
    /// assert!(x.overlaps(&x.clone()));
    /// assert!(!x.overlaps(&Location::Local { frame: 1, local: 1 }));
    /// ```
    #[must_use]
    pub fn overlaps(&self, other: &Location) -> bool {
        let share = |a: &Range<u64>, b: &Range<u64>| a.start < b.end && b.start < a.end;
        match (self, other) {
            (
                Location::Memory { memory, bytes },
                Location::Memory { memory: other, bytes: others },
            ) => memory == other && share(bytes, others),
            (
                Location::Table { table, elements },
                Location::Table { table: other, elements: others },
            ) => table == other && share(elements, others),
            _ => self == other,
        }
    }

    /// Whether it lies inside of its memory or table.
    fn is_inside(&self, store: &StoreInner) -> bool {
        match self {
            Location::Memory { memory, bytes } => {
                let memory = store.memories.get(memory.0.index as usize);
                memory.is_some_and(|memory| bytes.end <= memory.size())
            }
            Location::Table { table, elements } => {
                let table = store.tables.get(table.0.index as usize);
                table.is_some_and(|table| elements.end <= table.size())
            }
            Location::Local { .. } | Location::Operand { .. } | Location::Global(_) => true,
        }
    }
}

/// That an instruction reads or writes somewhere.
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store};
/// use fayasm_core::inspect::{Location, accesses};
///
/// let wat = r#"(module (memory (export "memory") 1)
///   (func (export "f") (i32.store offset=8 (i32.const 100) (i32.const 7))))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// let memory = instance.get_memory(&store, "memory").expect("it is exported");
/// let mut job = Job::new(&store, f, &[])?;
/// store.run(&mut job, 2);
/// let [access] = &accesses(&store, &job)[..] else { panic!("it only writes") };
/// assert!(access.writes);
/// assert_eq!(access.location, Location::Memory { memory, bytes: 108..112 });
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Where.
    pub location: Location,
    /// Whether it writes there; it reads otherwise. What does both, such as an
    /// atomic addition, makes two accesses.
    pub writes: bool,
}

/// What the next instruction of a job reads and writes besides its operands, so
/// far as it lies inside: locals, globals, memory and tables. Nothing if the job
/// does not stand before an instruction, or belongs to another store.
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store};
/// use fayasm_core::inspect::accesses;
///
/// let wat = r#"(module (memory 1) (func (export "f")
///   (memory.copy (i32.const 0) (i32.const 8) (i32.const 4))))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// let mut job = Job::new(&store, f, &[])?;
/// assert_eq!(accesses(&store, &job), []); // i32.const
/// store.run(&mut job, 3);
/// let writes: Vec<bool> = accesses(&store, &job).iter().map(|it| it.writes).collect();
/// assert_eq!(writes, [false, true]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[must_use]
pub fn accesses(store: impl AsContext, job: &Job) -> Vec<Access> {
    let store = inner(&store);
    if !job.belongs_to(store) || !job.is_running() {
        return Vec::new();
    }
    Next::of(store, job).map(|next| next.accesses().collect()).unwrap_or_default()
}

/// The same, whether it lies inside or not: an instruction that goes past the end
/// of a memory or table traps. Of a job that has trapped, what the instruction that
/// trapped was to read and write.
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store};
/// use fayasm_core::inspect::{Location, accesses, attempts};
///
/// let wat = r#"(module (memory (export "memory") 1)
///   (func (export "f") (i32.store (i32.const 65534) (i32.const 7))))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// let memory = instance.get_memory(&store, "memory").expect("it is exported");
/// let mut job = Job::new(&store, f, &[])?;
/// store.run(&mut job, 2);
/// assert_eq!(accesses(&store, &job), []);
/// let bytes = 65534..65538;
/// assert_eq!(attempts(&store, &job)[0].location, Location::Memory { memory, bytes });
/// store.step(&mut job);
/// assert!(job.trapped().is_some());
/// assert_eq!(attempts(&store, &job).len(), 1);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[must_use]
pub fn attempts(store: impl AsContext, job: &Job) -> Vec<Access> {
    let store = inner(&store);
    if !job.belongs_to(store) || job.depth() == 0 {
        return Vec::new();
    }
    Next::of(store, job).map(|next| next.attempts().collect()).unwrap_or_default()
}

/// The next instruction of a job.
pub(crate) struct Next<'a> {
    store: &'a StoreInner,
    pub(crate) instance: &'a InstanceData,
    frame: usize,
    pub(crate) instruction: Instruction,
    /// All slots in use.
    pub(crate) slots: &'a [u64],
}

impl<'a> Next<'a> {
    pub(crate) fn of(store: &'a StoreInner, job: &'a Job) -> Option<Self> {
        let frame: &Frame = job.frame()?;
        let instance = store.instances.get(frame.instance as usize)?;
        let start = instance.module.declarations().body(frame.function)?.start;
        let mut reader = Reader::new(instance.module.bytes(), 0);
        reader.skip_to(start + frame.pc);
        let instruction = instruction(&mut reader).ok()?;
        let frame = job.depth() - 1;
        Some(Next { store, instance, frame, instruction, slots: job.ready_stack() })
    }

    /// An operand: of those that the operator pops, counted from the lowest.
    fn operand(&self, index: usize) -> Option<u64> {
        self.slots.get(self.operand_slot(index)?).copied()
    }

    /// The slot of the value stack at which it begins.
    pub(crate) fn operand_slot(&self, index: usize) -> Option<usize> {
        let pops = self.instruction.operator.row().signature.pops;
        self.slots.len().checked_sub(slots(pops.get(index..)?))
    }

    pub(crate) fn operator(&self) -> Operator {
        self.instruction.operator
    }

    /// The address of the function that it calls, if it calls one.
    pub(crate) fn callee(&self) -> Option<u32> {
        match (self.instruction.operator, &self.instruction.immediates) {
            (Operator::Call | Operator::ReturnCall, Immediates::Function(index)) => {
                self.instance.functions.get(*index as usize).copied()
            }
            (Operator::CallRef | Operator::ReturnCallRef, _) => {
                address_of_slot(*self.slots.last()?)
            }
            (_, Immediates::TypeTable(_, table)) => {
                let table = *self.instance.tables.get(*table as usize)?;
                let element = self.store.tables.get(table as usize)?.element(*self.slots.last()?);
                address_of_slot(element?)
            }
            _ => None,
        }
    }

    /// What it reads and writes: at most one location each. Nothing if not all of it
    /// lies inside.
    pub(crate) fn accesses(&self) -> impl Iterator<Item = Access> {
        let is_inside = |access: &Access| access.location.is_inside(self.store);
        let both = self.both().filter(|both| both.iter().flatten().all(is_inside));
        both.into_iter().flatten().flatten()
    }

    /// The same, whether it lies inside or not.
    fn attempts(&self) -> impl Iterator<Item = Access> {
        self.both().into_iter().flatten().flatten()
    }

    fn both(&self) -> Option<[Option<Access>; 2]> {
        let reads = |location| Some(Access { location, writes: false });
        let writes = |location| Some(Access { location, writes: true });
        let operator = self.instruction.operator;
        let class = operator.row().class;
        Some(match self.instruction.immediates {
            Immediates::Local(local) => {
                let location = Location::Local { frame: self.frame, local };
                let writes = operator != Operator::LocalGet;
                [Some(Access { location, writes }), None]
            }
            Immediates::Global(index) => {
                let address = *self.instance.globals.get(index as usize)?;
                let location = Location::Global(Global(self.stored(address)));
                let writes = operator != Operator::GlobalGet;
                [Some(Access { location, writes }), None]
            }
            Immediates::MemArg(ref arg) | Immediates::MemArgLane(ref arg, _) => {
                let start = self.operand(0)?.checked_add(arg.offset)?;
                let width = 1 << operator.access_width_log2();
                let location = self.memory(arg.memory.unwrap_or(0), start, width)?;
                match class {
                    Class::Load | Class::Memory => [reads(location), None],
                    Class::Store => [writes(location), None],
                    _ => [reads(location.clone()), writes(location)],
                }
            }
            Immediates::Memory(memory) if operator == Operator::MemoryFill => {
                [writes(self.memory(memory, self.operand(0)?, self.operand(2)?)?), None]
            }
            Immediates::DataMemory(_, memory) => {
                let count = low(self.operand(2)?).into();
                [writes(self.memory(memory, self.operand(0)?, count)?), None]
            }
            Immediates::MemoryMemory(target, source) => {
                let [to, from, count] = [self.operand(0)?, self.operand(1)?, self.operand(2)?];
                let from = self.memory(source, from, count)?;
                [reads(from), writes(self.memory(target, to, count)?)]
            }
            Immediates::Table(table) => match operator {
                Operator::TableGet => [reads(self.table(table, self.operand(0)?, 1)?), None],
                Operator::TableSet => [writes(self.table(table, self.operand(0)?, 1)?), None],
                Operator::TableFill => {
                    [writes(self.table(table, self.operand(0)?, self.operand(2)?)?), None]
                }
                _ => return None,
            },
            Immediates::TypeTable(_, table) => {
                // The index is on top of the arguments.
                [reads(self.table(table, *self.slots.last()?, 1)?), None]
            }
            Immediates::ElementTable(_, table) => {
                let count = low(self.operand(2)?).into();
                [writes(self.table(table, self.operand(0)?, count)?), None]
            }
            Immediates::TableTable(target, source) => {
                let [to, from, count] = [self.operand(0)?, self.operand(1)?, self.operand(2)?];
                let from = self.table(source, from, count)?;
                [reads(from), writes(self.table(target, to, count)?)]
            }
            _ => return None,
        })
    }

    /// The local that it names.
    pub(crate) fn local(&self) -> Option<u32> {
        if let Immediates::Local(local) = self.instruction.immediates { Some(local) } else { None }
    }

    /// The type of what it calls.
    pub(crate) fn callee_type(&self) -> Option<&FuncType> {
        callee(self.instance.module.declarations(), &self.instruction)
    }

    /// Slots above the arguments by which it knows what to call.
    pub(crate) fn taken(&self) -> usize {
        let immediates = &self.instruction.immediates;
        usize::from(matches!(immediates, Immediates::TypeTable(..) | Immediates::Type(_)))
    }

    /// The part by which a memory or table is larger behind it, if that succeeds.
    pub(crate) fn grown(&self) -> Option<Location> {
        match (self.instruction.operator, &self.instruction.immediates) {
            (Operator::MemoryGrow, Immediates::Memory(index)) => {
                let address = *self.instance.memories.get(*index as usize)?;
                let memory = self.store.memories.get(address as usize)?;
                let size = memory.size();
                let more = self.operand(0)?.saturating_mul(memory.page_size());
                let end = size.saturating_add(more);
                let memory = Memory(self.stored(address));
                Some(Location::Memory { memory, bytes: size..end })
            }
            (Operator::TableGrow, Immediates::Table(index)) => {
                let address = *self.instance.tables.get(*index as usize)?;
                let size = self.store.tables.get(address as usize)?.size();
                let end = size.saturating_add(self.operand(1)?);
                let table = Table(self.stored(address));
                Some(Location::Table { table, elements: size..end })
            }
            _ => None,
        }
    }

    /// Bytes of one of the instance's memories.
    fn memory(&self, index: u32, start: u64, count: u64) -> Option<Location> {
        let address = *self.instance.memories.get(index as usize)?;
        let memory = Memory(self.stored(address));
        Some(Location::Memory { memory, bytes: start..start.checked_add(count)? })
    }

    /// Elements of one of the instance's tables.
    fn table(&self, index: u32, start: u64, count: u64) -> Option<Location> {
        let address = *self.instance.tables.get(index as usize)?;
        let table = Table(self.stored(address));
        Some(Location::Table { table, elements: start..start.checked_add(count)? })
    }

    fn stored(&self, index: u32) -> Stored {
        self.store.stored(index)
    }
}

/// How many slots operands take, of which the type is known.
pub(crate) fn slots(operands: &[Operand]) -> usize {
    operands.iter().map(|operand| if *operand == Operand::V128 { 2 } else { 1 }).sum()
}
