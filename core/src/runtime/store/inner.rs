//! The part of a store that execution works on.

use alloc::vec::Vec;
use core::fmt;

use super::{FunctionData, FunctionTraps, InstanceData, SegmentState, add};
use crate::config::Translate;
use crate::engine::Engine;
use crate::error::{IndexSpace, ModuleErrorKind};
use crate::execute::{Breakpoints, Code, Stack, Tiers, World};
use crate::ledger::Ledger;
use crate::module::Types;
use crate::runtime::account::Account;
use crate::runtime::error::Error;
use crate::runtime::global::GlobalData;
use crate::runtime::heap::{Heap, Referent};
use crate::runtime::interrupt::InterruptHandle;
use crate::runtime::journal::Journal;
use crate::runtime::limits::StoreLimits;
use crate::runtime::linear_memory::LinearMemory;
use crate::runtime::paging::{Memories, Pager};
use crate::runtime::store_id::{StoreId, Stored};
use crate::runtime::table::TableData;
use crate::runtime::val::{AnyRef, Space, Val};
use crate::types::{FuncType, HeapType, RefType, ValType};

/// The part of a store that execution works on: everything but the embedder's
/// data and closures.
///
/// ```
/// # use fayasm_core::{Engine, Linker, Module, Store};
/// use fayasm_core::{Job, Limit, Outcome, StoreInner};
///
/// let wat = r#"(module (func (export "f") (nop)))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// // A driver that knows nothing of the embedder's data.
/// fn finish(job: &mut Job, store: &mut StoreInner) -> Outcome {
///     job.run(store, Limit::NONE)
/// }
///
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// let mut job = Job::new(&store, f, &[])?;
/// assert_eq!(finish(&mut job, store.inner_mut()), Outcome::Done);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct StoreInner {
    pub(crate) id: StoreId,
    pub(crate) engine: Engine,
    pub(crate) limits: StoreLimits,
    pub(crate) fuel: Option<u64>,
    pub(crate) interrupt: Option<InterruptHandle>,
    /// What happens when these functions are about to be called.
    pub(crate) function_traps: FunctionTraps,
    pub(crate) breakpoints: Breakpoints,
    /// Stacks of jobs that wait for host functions being executed, one within
    /// the other.
    pub(crate) suspended: Vec<Stack>,
    pub(crate) instances: Vec<InstanceData>,
    /// What has become of the segments of each instance.
    pub(crate) segments: Vec<SegmentState>,
    /// The types of all modules' instances and host functions, each once.
    pub(crate) types: Types,
    pub(crate) functions: Vec<FunctionData>,
    /// Where host functions stand among all functions.
    pub(crate) hosts: Vec<u32>,
    pub(crate) memories: Vec<LinearMemory>,
    pub(crate) pager: Pager,
    pub(crate) tables: Vec<TableData>,
    pub(crate) globals: Vec<GlobalData>,
    /// Types of all tags.
    pub(crate) tags: Vec<u32>,
    pub(crate) heap: Heap,
    /// When functions are translated.
    pub(super) translate: Translate,
    /// What functions have been translated to.
    pub(crate) tiers: Tiers,
    /// What the embedder changes.
    pub(crate) journal: Journal,
    /// How many timelines have been made for jobs of the store.
    pub(crate) timelines: u64,
    /// What instances, their modules and host functions take, which stays as it is.
    pub(crate) lasting: Ledger,
    /// What everything takes while a job runs.
    pub(crate) account: Account,
    /// What the lists of host functions take.
    pub(super) host_lists: u64,
}

impl StoreInner {
    pub(super) fn new(engine: Engine) -> Self {
        let translate = engine.config().translate();
        let tiers = Tiers::new(engine.config().planner());
        StoreInner {
            id: StoreId::next(),
            engine,
            limits: StoreLimits::default(),
            fuel: None,
            interrupt: None,
            function_traps: FunctionTraps::default(),
            breakpoints: Breakpoints::default(),
            suspended: Vec::new(),
            instances: Vec::new(),
            segments: Vec::new(),
            types: Types::default(),
            functions: Vec::new(),
            hosts: Vec::new(),
            memories: Vec::new(),
            pager: Pager::new(),
            tables: Vec::new(),
            globals: Vec::new(),
            tags: Vec::new(),
            heap: Heap::default(),
            translate,
            tiers,
            journal: Journal::default(),
            timelines: 0,
            lasting: Ledger::default(),
            account: Account::default(),
            host_lists: 0,
        }
    }

    /// A handle of this store's.
    pub(crate) fn stored(&self, index: u32) -> Stored {
        Stored { store: self.id, index }
    }

    /// The type of the function at this address.
    pub(crate) fn function_type(&self, address: usize) -> Option<&FuncType> {
        self.types.func(self.functions.get(address)?.ty())
    }

    /// What exceptions with the tag at this address carry.
    pub(crate) fn tag_type(&self, address: usize) -> Option<&FuncType> {
        self.types.func(*self.tags.get(address)?)
    }

    /// What the slots of values of the store's types are read by.
    pub(crate) fn space(&self) -> Space<'_> {
        Space { types: &self.types, heap: &self.heap, store: self.id }
    }

    /// Whether a value, which belongs to the store, is of one of its types.
    pub(crate) fn accepts(&self, expected: ValType, val: Val) -> bool {
        let ValType::Ref(expected) = expected else { return val.ty() == expected };
        if let HeapType::Concrete(index) = expected.heap
            && self.types.get(index).is_none()
        {
            return false;
        }
        let heap = match val {
            Val::FuncRef(Some(func)) => match self.functions.get(func.0.index as usize) {
                Some(function) => HeapType::Concrete(function.ty()),
                None => return false,
            },
            Val::ExternRef(Some(handle)) => match handle.own().map(|own| self.type_of(own)) {
                Some(None) => return false,
                _ => HeapType::Extern,
            },
            Val::AnyRef(Some(any)) => match self.type_of(any) {
                Some(heap) => heap,
                None => return false,
            },
            Val::ExnRef(Some(exn)) => match self.heap.exception(exn.slot, exn.generation) {
                Some(_) => HeapType::Exn,
                None => return false,
            },
            null => {
                let ValType::Ref(found) = null.ty() else { return false };
                let same = self.types.hierarchy(found.heap) == self.types.hierarchy(expected.heap);
                return expected.nullable && same;
            }
        };
        self.types.ref_matches(RefType::non_null(heap), expected)
    }

    /// The type of a reference of this store's; none if what it refers to is gone.
    fn type_of(&self, any: AnyRef) -> Option<HeapType> {
        Some(match Referent::of_slot(any.slot) {
            Some(Referent::I31(_)) => HeapType::I31,
            Some(Referent::Object(_)) => {
                HeapType::Concrete(self.heap.get(any.slot, any.generation)?.own_type()?)
            }
            _ => HeapType::Any,
        })
    }

    /// Fails unless a value belongs to the store and is of one of its types.
    pub(crate) fn check_value(&self, expected: ValType, val: Val) -> Result<(), Error> {
        match (val.belongs_to(self.id), self.accepts(expected, val)) {
            (false, _) => Err(Error::ForeignHandle),
            (_, false) => Err(Error::ValueType { expected, found: val.ty() }),
            (true, true) => Ok(()),
        }
    }

    /// The number of the type of host functions of this type, whose indices
    /// are the store's; none if there is no such type, or memory runs out.
    pub(crate) fn host_type(&mut self, ty: &FuncType) -> Result<u32, Error> {
        for ty in ty.params().iter().chain(ty.results()) {
            if let ValType::Ref(RefType { heap: HeapType::Concrete(index), .. }) = *ty
                && self.types.get(index).is_none()
            {
                let count = self.types.len() as u32;
                let kind = ModuleErrorKind::UnknownIndex { space: IndexSpace::Type, index, count };
                return Err(Error::InvalidType(kind));
            }
        }
        let mut group = Vec::new();
        group.try_reserve_exact(1).map_err(|_| Error::OutOfMemory)?;
        group.push(ty.copied()?.into());
        Ok(self.types.intern_group(group)?)
    }

    /// Which segments were dropped, data before elements of each instance.
    pub(crate) fn dropped_segments(&self) -> impl Iterator<Item = bool> {
        self.segments.iter().flat_map(|segments| {
            segments.dropped_data.iter().chain(&segments.dropped_elements).copied()
        })
    }

    /// Puts back which segments were dropped.
    pub(crate) fn put_dropped_back(&mut self, mut dropped: impl Iterator<Item = bool>) {
        for segments in &mut self.segments {
            let elements = segments.dropped_elements.iter_mut();
            for flag in segments.dropped_data.iter_mut().chain(elements) {
                *flag = dropped.next().unwrap_or_default();
            }
        }
    }

    /// What execution reads but never changes.
    pub(crate) fn code(&self) -> Code<'_> {
        let StoreInner { id, engine, translate, instances, types, functions, .. } = self;
        Code::new(*id, engine.config(), *translate, instances, types, functions)
    }

    /// Everything that execution works on.
    pub(crate) fn world(&mut self) -> World<'_> {
        let StoreInner { id, engine, translate, instances, types, functions, .. } = self;
        World {
            code: Code::new(*id, engine.config(), *translate, instances, types, functions),
            limits: self.limits,
            bodies: &self.breakpoints.bodies,
            stops: false,
            function_traps: &self.function_traps,
            segments: &mut self.segments,
            memories: Memories { all: &mut self.memories, pager: &mut self.pager },
            tables: &mut self.tables,
            globals: &mut self.globals,
            tags: &self.tags,
            heap: &mut self.heap,
            tiers: &mut self.tiers,
            account: &mut self.account,
            suspended: &self.suspended,
            effort: u64::MAX,
        }
    }

    pub(super) fn add_host(&mut self, ty: &FuncType) -> Result<u32, Error> {
        let ty = self.host_type(ty)?;
        self.hosts.try_reserve(1).map_err(|_| Error::OutOfMemory)?;
        let index = u32::try_from(self.hosts.len()).map_err(|_| Error::OutOfMemory)?;
        let function = FunctionData::Host { index, ty };
        let address = add(&mut self.functions, function).ok_or(Error::OutOfMemory)?;
        self.hosts.push(address);
        Ok(address)
    }
}

impl fmt::Debug for StoreInner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreInner")
            .field("instances", &self.instances.len())
            .field("functions", &self.functions.len())
            .field("memories", &self.memories.len())
            .field("tables", &self.tables.len())
            .field("globals", &self.globals.len())
            .finish_non_exhaustive()
    }
}
