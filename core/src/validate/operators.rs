//! The rule of each operator (specification §3.3).

use super::body::{BlockKind, BodyValidator, types_known};
use crate::decode::fields::{self, FieldSpec};
use crate::decode::{self, OffsetBits};
use crate::error::{IndexSpace, ModuleError, ModuleErrorKind as Kind};
use crate::module::BlockType;
use crate::operators::{ImmediateKind, Operand, Operator, OperatorRow, Proposal};
use crate::types::{AddrType, FuncType, GlobalType, HeapType, RefType, TableType, ValType};

/// The most labels that a `br_table` may have beside the default.
const MAX_LABELS: u32 = 128 * 1024;

impl<'m> BodyValidator<'m, '_> {
    /// Validates the current operator, whose immediates come next.
    pub(super) fn validate_operator(&mut self) -> Result<(), ModuleError> {
        let row = self.operator.row();
        if !self.config.allows(row.proposal) {
            return Err(self.error(Kind::Disabled(row.proposal)));
        }
        match self.operator {
            Operator::Nop => Ok(()),
            Operator::Unreachable => {
                self.set_unreachable();
                Ok(())
            }
            Operator::Block => {
                let ty = self.block_type()?;
                self.open_block(BlockKind::Block, ty)
            }
            Operator::Loop => {
                let ty = self.block_type()?;
                self.open_block(BlockKind::Loop, ty)
            }
            Operator::If => {
                let at = self.reader.offset();
                let ty = decode::block_type(&mut self.reader, self.config)?;
                self.pop_operand(ValType::I32)?;
                self.pop_block_params(ty, at)?;
                self.open_if(ty)
            }
            Operator::TryTable => self.try_table(),
            Operator::Throw => {
                let tag = self.tag()?;
                self.pop_all(tag.params())?;
                self.set_unreachable();
                Ok(())
            }
            Operator::ThrowRef => {
                self.pop_operand(RefType::nullable(HeapType::Exn).into())?;
                self.set_unreachable();
                Ok(())
            }
            Operator::Else => self.validate_else(),
            Operator::End => self.validate_end(),
            Operator::Br => {
                let label = self.reader.u32(&fields::LABEL)?;
                let (index, control) = self.label(label)?;
                let types = self.branch(index, &control)?;
                self.pop_all(types)?;
                self.set_unreachable();
                Ok(())
            }
            Operator::BrIf => {
                let label = self.reader.u32(&fields::LABEL)?;
                let (index, control) = self.label(label)?;
                self.pop_operand(ValType::I32)?;
                let types = self.branch(index, &control)?;
                self.pop_all(types)?;
                self.push_all(types)
            }
            Operator::BrTable => self.br_table(),
            Operator::Return => {
                let results = self.results();
                self.pop_all(results)?;
                self.set_unreachable();
                Ok(())
            }
            Operator::Call => {
                let ty = self.function()?;
                self.call(ty)
            }
            Operator::CallIndirect => {
                let ty = self.call_indirect()?;
                self.call(ty)
            }
            Operator::CallRef => {
                let ty = self.called_ref()?;
                self.call(ty)
            }
            Operator::ReturnCallRef => {
                let ty = self.called_ref()?;
                self.return_call(ty)
            }
            Operator::ReturnCall => {
                let ty = self.function()?;
                self.return_call(ty)
            }
            Operator::ReturnCallIndirect => {
                let ty = self.call_indirect()?;
                self.return_call(ty)
            }
            Operator::Drop => {
                let ty = self.pop_any()?;
                self.note_width(ty)
            }
            Operator::Select => self.select(),
            Operator::SelectTyped => {
                let count = self.reader.u32(&fields::SELECT_COUNT)?;
                if count != 1 {
                    return Err(self.error(Kind::SelectArity(count)));
                }
                let ty = self.val_type(&fields::SELECT_TYPE)?;
                self.pop_operand(ValType::I32)?;
                self.pop_operand(ty)?;
                self.pop_operand(ty)?;
                self.note_width(Some(ty))?;
                self.push_operand(Some(ty))
            }
            Operator::LocalGet => {
                let (local, ty) = self.local()?;
                if !self.is_set(local, ty) {
                    return Err(self.error(Kind::LocalNotSet(local)));
                }
                self.push_operand(Some(ty))
            }
            Operator::LocalSet => {
                let (local, ty) = self.local()?;
                self.pop_operand(ty)?;
                self.set_local(local, ty)
            }
            Operator::LocalTee => {
                let (local, ty) = self.local()?;
                self.pop_operand(ty)?;
                self.set_local(local, ty)?;
                self.push_operand(Some(ty))
            }
            Operator::GlobalGet => {
                let (index, ty) = self.global()?;
                if self.constant {
                    let early = index < self.all.imported_globals;
                    if ty.mutable || !early && !self.config.allows(Proposal::Gc) {
                        return Err(self.error(Kind::GlobalNotConstant(index)));
                    }
                }
                self.note_wide(ty.content);
                self.push_operand(Some(ty.content))
            }
            Operator::GlobalSet => {
                let (index, ty) = self.global()?;
                if !ty.mutable {
                    return Err(self.error(Kind::ImmutableGlobal(index)));
                }
                self.note_wide(ty.content);
                self.pop_operand(ty.content)
            }
            Operator::TableGet => {
                let ty = self.table()?;
                self.pop_operand(ty.address.into())?;
                self.push_operand(Some(ty.element.into()))
            }
            Operator::TableSet => {
                let ty = self.table()?;
                self.pop_all(&[ty.address.into(), ty.element.into()])
            }
            Operator::TableSize => {
                let ty = self.table()?;
                self.push_operand(Some(ty.address.into()))
            }
            Operator::TableGrow => {
                let ty = self.table()?;
                self.pop_all(&[ty.element.into(), ty.address.into()])?;
                self.push_operand(Some(ty.address.into()))
            }
            Operator::TableFill => {
                let ty = self.table()?;
                self.pop_all(&[ty.address.into(), ty.element.into(), ty.address.into()])
            }
            Operator::TableCopy => {
                let to = self.table()?;
                let from = self.table()?;
                self.refs_match(to.element, from.element)?;
                self.pop_copied(to.address, from.address)
            }
            Operator::TableInit => {
                let segment = self.element()?;
                let table = self.table()?;
                self.refs_match(table.element, segment)?;
                self.pop_all(&[table.address.into(), ValType::I32, ValType::I32])
            }
            Operator::ElemDrop => self.element().map(|_| ()),
            Operator::MemoryInit => {
                self.data()?;
                let memory = self.memory()?;
                self.pop_all(&[memory.into(), ValType::I32, ValType::I32])
            }
            Operator::DataDrop => self.data(),
            Operator::MemoryCopy => {
                let to = self.memory()?;
                let from = self.memory()?;
                self.pop_copied(to, from)
            }
            Operator::RefNull => {
                let heap = self.heap_type()?;
                self.push_operand(Some(RefType::nullable(heap).into()))
            }
            Operator::RefIsNull => {
                self.pop_ref()?;
                self.push_operand(Some(ValType::I32))
            }
            Operator::RefFunc => {
                let function = self.reader.u32(&fields::FUNCTION_INDEX)?;
                let Some(&ty) = self.all.functions.get(function as usize) else {
                    let count = self.all.functions.len();
                    return Err(self.unknown(IndexSpace::Function, function, count));
                };
                if !self.is_declared(function) {
                    return Err(self.error(Kind::UndeclaredFunctionRef(function)));
                }
                self.push_operand(Some(RefType::non_null(HeapType::Concrete(ty)).into()))
            }
            Operator::RefAsNonNull => {
                let ty = self.pop_ref()?;
                self.push_operand(Some(RefType::non_null(ty.heap).into()))
            }
            Operator::BrOnNull => {
                let label = self.reader.u32(&fields::LABEL)?;
                let (index, control) = self.label(label)?;
                let ty = self.pop_ref()?;
                let types = self.branch(index, &control)?;
                self.pop_all(types)?;
                self.push_all(types)?;
                self.push_operand(Some(RefType::non_null(ty.heap).into()))
            }
            Operator::BrOnNonNull => {
                let label = self.reader.u32(&fields::LABEL)?;
                let (index, control) = self.label(label)?;
                let ty = self.pop_ref()?;
                self.push_operand(Some(RefType::non_null(ty.heap).into()))?;
                let types = self.branch(index, &control)?;
                self.pop_all(types)?;
                match types.split_last() {
                    Some((ValType::Ref(_), others)) => self.push_all(others),
                    _ => Err(self.error(Kind::LabelTakesNoReference)),
                }
            }
            _ if matches!(row.proposal, Proposal::Gc) => self.validate_gc(),
            _ => self.simple(row),
        }
    }

    /// The type of the tag that comes next.
    fn tag(&mut self) -> Result<&'m FuncType, ModuleError> {
        let index = self.reader.u32(&fields::TAG_INDEX)?;
        let all = self.all;
        match all.tags.get(index as usize).and_then(|ty| all.types.func(*ty)) {
            Some(ty) => Ok(ty),
            None => Err(self.unknown(IndexSpace::Tag, index, self.all.tags.len())),
        }
    }

    /// `try_table`: each clause branches to a label outside of the block, with
    /// what exceptions of its tag carry.
    fn try_table(&mut self) -> Result<(), ModuleError> {
        if !Proposal::ExceptionHandling.is_built_in() {
            return Err(self.error(Kind::Disabled(Proposal::ExceptionHandling)));
        }
        let ty = self.block_type()?;
        let (clauses, entry) = (self.position(), self.next_entry());
        for _ in 0..self.reader.count(&fields::CATCH_COUNT, "clauses of a try_table", MAX_LABELS)? {
            let clause = self.reader.catch()?;
            let height = self.height();
            let mut carried = 0;
            if let Some(index) = clause.tag {
                let Some(tag) =
                    self.all.tags.get(index as usize).and_then(|ty| self.all.types.func(*ty))
                else {
                    return Err(self.unknown(IndexSpace::Tag, index, self.all.tags.len()));
                };
                self.push_all(tag.params())?;
                carried = tag.params().len();
            }
            if clause.with_ref {
                self.push_operand(Some(RefType::non_null(HeapType::Exn).into()))?;
                carried += 1;
            }
            let (index, control) = self.label(clause.label)?;
            let types = self.branch(index, &control)?;
            if types.len() != carried {
                return Err(self.error(Kind::CatchTypes));
            }
            self.check_top(types)?;
            self.truncate_operands(height);
        }
        self.open_try_table(ty, clauses, entry)
    }

    /// Pops where to copy to, where from, and how much: the latter is of the
    /// smaller of both address types.
    fn pop_copied(&mut self, to: AddrType, from: AddrType) -> Result<(), ModuleError> {
        self.pop_all(&[to.into(), from.into(), to.min(from).into()])
    }

    /// An operator whose row says all: what to read, what to pop, what to push.
    #[inline]
    fn simple(&mut self, row: &'static OperatorRow) -> Result<(), ModuleError> {
        let mut address = AddrType::I32;
        match row.immediates {
            ImmediateKind::None => {}
            ImmediateKind::Fence => self.reader.zero(&fields::FENCE)?,
            ImmediateKind::I32 => {
                self.reader.signed::<32>(&fields::I32_CONST)?;
            }
            ImmediateKind::I64 => {
                self.reader.signed::<64>(&fields::I64_CONST)?;
            }
            ImmediateKind::F32 => {
                self.reader.fixed32(&fields::F32_CONST)?;
            }
            ImmediateKind::F64 => {
                self.reader.fixed64(&fields::F64_CONST)?;
            }
            ImmediateKind::V128 => {
                self.reader.fixed128(&fields::V128_CONST)?;
            }
            ImmediateKind::Lane => {
                let lane = self.reader.byte(&fields::LANE)?;
                self.check_lanes(&[lane])?;
            }
            ImmediateKind::Lanes => {
                let lanes = self.reader.fixed128(&fields::LANES)?;
                self.check_lanes(&lanes)?;
            }
            ImmediateKind::MemArg => address = self.mem_arg()?,
            ImmediateKind::MemArgLane => {
                address = self.mem_arg()?;
                let lane = self.reader.byte(&fields::LANE)?;
                self.check_lanes(&[lane])?;
            }
            ImmediateKind::Memory => address = self.memory()?,
            other => unreachable!("{other:?} has a rule of its own"),
        }
        for &operand in row.signature.pops.iter().rev() {
            self.pop_operand_inline(operand_type(operand, address))?;
        }
        for &operand in row.signature.pushes {
            self.push_operand(Some(operand_type(operand, address)))?;
        }
        Ok(())
    }

    fn check_lanes(&self, lanes: &[u8]) -> Result<(), ModuleError> {
        let count = self.operator.lanes();
        match lanes.iter().find(|lane| **lane >= count) {
            Some(&lane) => Err(self.error(Kind::UnknownLane { lane, count })),
            None => Ok(()),
        }
    }

    /// Reads a block type and pops the operands that the block takes.
    fn block_type(&mut self) -> Result<BlockType, ModuleError> {
        let at = self.reader.offset();
        let ty = decode::block_type(&mut self.reader, self.config)?;
        self.pop_block_params(ty, at)?;
        Ok(ty)
    }

    fn pop_block_params(&mut self, ty: BlockType, at: u32) -> Result<(), ModuleError> {
        match ty {
            BlockType::Empty => Ok(()),
            BlockType::Value(ty) => types_known(self.all, ty, at),
            BlockType::Func(index) => {
                let ty = self.func_type(index)?;
                self.pop_all(ty.params())
            }
        }
    }

    fn needs(&self, proposal: Proposal, at: u32) -> Result<(), ModuleError> {
        match self.config.allows(proposal) {
            true => Ok(()),
            false => Err(ModuleError::new(Kind::Disabled(proposal), at)),
        }
    }

    /// `br_table`: all labels take the same number of operands, and the operands fit each.
    fn br_table(&mut self) -> Result<(), ModuleError> {
        let count = self.reader.count(&fields::LABEL_COUNT, "labels in a br_table", MAX_LABELS)?;
        self.pop_operand(ValType::I32)?;
        let mut arity = None;
        // There can be many labels of many types; none is checked twice in a row.
        let mut checked = None;
        for place in 0..=count {
            let spec = if place == count { &fields::DEFAULT_LABEL } else { &fields::LABEL };
            let label = self.reader.u32(spec)?;
            let (index, control) = self.label(label)?;
            let types = self.branch(index, &control)?;
            if *arity.get_or_insert(types.len()) != types.len() {
                return Err(self.error(Kind::LabelArity));
            }
            let block = (control.kind, control.ty);
            if self.fits_table(&control) || checked == Some(block) {
                continue;
            }
            self.check_top(types)?;
            self.note_fits_table(index);
            checked = Some(block);
        }
        self.set_unreachable();
        Ok(())
    }

    /// Checks that the top operands are of these types, and leaves them as they are.
    fn check_top(&mut self, types: &[ValType]) -> Result<(), ModuleError> {
        for (depth, &expected) in types.iter().rev().enumerate() {
            match self.peek(depth) {
                Some(Some(found)) if !self.all.types.matches(found, expected) => {
                    return Err(self.mismatch(expected, found));
                }
                Some(_) => {}
                None => {
                    let (operator, expected) = (self.operator, Some(expected));
                    return Err(self.error(Kind::MissingOperand { operator, expected }));
                }
            }
        }
        Ok(())
    }

    /// The type of the function that comes next.
    fn function(&mut self) -> Result<&'m FuncType, ModuleError> {
        let function = self.reader.u32(&fields::FUNCTION_INDEX)?;
        match self.all.function_type(function) {
            Some(ty) => Ok(ty),
            None => Err(self.unknown(IndexSpace::Function, function, self.all.functions.len())),
        }
    }

    fn call(&mut self, ty: &FuncType) -> Result<(), ModuleError> {
        self.pop_all(ty.params())?;
        self.push_all(ty.results())
    }

    /// A call in place of the current function.
    fn return_call(&mut self, ty: &FuncType) -> Result<(), ModuleError> {
        if !self.all.types.all_match(ty.results(), self.results()) {
            return Err(self.error(Kind::TailCallResults));
        }
        self.pop_all(ty.params())?;
        // A host function leaves them in this frame, where its arguments are.
        self.make_room(ty.results());
        self.set_unreachable();
        Ok(())
    }

    /// The type of the function in a table that is called, whose index is popped.
    fn call_indirect(&mut self) -> Result<&'m FuncType, ModuleError> {
        let ty = self.reader.u32(&fields::TYPE_INDEX)?;
        if !self.config.allows(Proposal::ReferenceTypes) && self.reader.peek() != Some(0) {
            return Err(self.reader.error(Kind::Disabled(Proposal::ReferenceTypes)));
        }
        let table = self.table()?;
        self.refs_match(RefType::FUNCREF, table.element)?;
        self.pop_operand(table.address.into())?;
        self.func_type(ty)
    }

    /// The function type with this index.
    pub(super) fn func_type(&self, index: u32) -> Result<&'m FuncType, ModuleError> {
        match self.all.types.func(index) {
            Some(ty) => Ok(ty),
            None if self.all.types.get(index).is_some() => {
                Err(self.error(Kind::NotAFunctionType(index)))
            }
            None => Err(self.unknown(IndexSpace::Type, index, self.all.types.len())),
        }
    }

    /// The type of the function that a reference leads to, which is popped.
    fn called_ref(&mut self) -> Result<&'m FuncType, ModuleError> {
        let index = self.reader.u32(&fields::TYPE_INDEX)?;
        let ty = self.func_type(index)?;
        self.pop_operand(RefType::nullable(HeapType::Concrete(index)).into())?;
        Ok(ty)
    }

    /// Pops a reference of any type.
    pub(super) fn pop_ref(&mut self) -> Result<RefType, ModuleError> {
        match self.pop_any()? {
            Some(ValType::Ref(ty)) => Ok(ty),
            Some(ty) => Err(self.error(Kind::NotAReference(ty))),
            None => Ok(RefType::non_null(HeapType::Bot)),
        }
    }

    /// Reads a value type that may stand here.
    fn val_type(&mut self, spec: &'static FieldSpec) -> Result<ValType, ModuleError> {
        let at = self.reader.offset();
        let ty = decode::val_type(&mut self.reader, spec, self.config)?;
        types_known(self.all, ty, at)?;
        Ok(ty)
    }

    /// Reads a heap type that may stand here.
    pub(super) fn heap_type(&mut self) -> Result<HeapType, ModuleError> {
        let at = self.reader.offset();
        let heap = decode::heap_type(&mut self.reader, self.config)?;
        types_known(self.all, RefType::nullable(heap).into(), at)?;
        Ok(heap)
    }

    /// `select` without a type: two numbers of the same type.
    fn select(&mut self) -> Result<(), ModuleError> {
        self.pop_operand(ValType::I32)?;
        let second = self.pop_any()?;
        let first = self.pop_any()?;
        let is_ref = |ty: Option<ValType>| ty.is_some_and(ValType::is_ref);
        if is_ref(first) || is_ref(second) {
            return Err(self.error(Kind::SelectOperands));
        }
        match (first, second) {
            (Some(a), Some(b)) if a != b => Err(self.error(Kind::SelectOperands)),
            _ => {
                self.note_width(first.or(second))?;
                self.push_operand(first.or(second))
            }
        }
    }

    #[inline]
    fn local(&mut self) -> Result<(u32, ValType), ModuleError> {
        let index = self.reader.u32(&fields::LOCAL_INDEX)?;
        match self.local_type(index) {
            Some(ty) => Ok((index, ty)),
            None => {
                let count = self.local_count();
                let space = IndexSpace::Local;
                Err(self.error(Kind::UnknownIndex { space, index, count }))
            }
        }
    }

    fn global(&mut self) -> Result<(u32, GlobalType), ModuleError> {
        let index = self.reader.u32(&fields::GLOBAL_INDEX)?;
        match self.all.globals.get(index as usize) {
            Some(&ty) => Ok((index, ty)),
            None => Err(self.unknown(IndexSpace::Global, index, self.all.globals.len())),
        }
    }

    fn table(&mut self) -> Result<TableType, ModuleError> {
        let index = self.reader.u32(&fields::TABLE_INDEX)?;
        match self.all.tables.get(index as usize) {
            Some(&ty) => Ok(ty),
            None => Err(self.unknown(IndexSpace::Table, index, self.all.tables.len())),
        }
    }

    pub(super) fn element(&mut self) -> Result<RefType, ModuleError> {
        let index = self.reader.u32(&fields::ELEMENT_INDEX)?;
        match self.all.elements.get(index as usize) {
            Some(segment) => Ok(segment.ty),
            None => Err(self.unknown(IndexSpace::Element, index, self.all.elements.len())),
        }
    }

    pub(super) fn data(&mut self) -> Result<(), ModuleError> {
        let index = self.reader.u32(&fields::DATA_INDEX)?;
        match self.all.data_count {
            Some(count) if index < count => Ok(()),
            Some(count) => Err(self.unknown(IndexSpace::Data, index, count as usize)),
            None => Err(self.error(Kind::DataCountMissing(self.operator))),
        }
    }

    /// The type of the addresses of the memory whose index comes next.
    fn memory(&mut self) -> Result<AddrType, ModuleError> {
        let index = self.reader.memory_index(self.config)?;
        self.address_type(index)
    }

    #[inline]
    fn address_type(&self, memory: u32) -> Result<AddrType, ModuleError> {
        match self.all.memories.get(memory as usize) {
            Some(ty) => Ok(ty.address),
            None => Err(self.unknown(IndexSpace::Memory, memory, self.all.memories.len())),
        }
    }

    /// Reads where a memory is accessed; gives the type of its addresses.
    #[inline]
    fn mem_arg(&mut self) -> Result<AddrType, ModuleError> {
        let at = self.reader.offset();
        let bits = match self.config.allows(Proposal::Memory64) {
            true => OffsetBits::B64,
            false => OffsetBits::B32,
        };
        let arg = self.reader.mem_arg(bits)?;
        if arg.memory.is_some() {
            self.needs(Proposal::MultiMemory, at)?;
        }
        let address = self.address_type(arg.memory.unwrap_or(0))?;
        let natural = self.operator.access_width_log2();
        if arg.align > natural {
            return Err(self.error(Kind::AlignmentTooLarge));
        }
        if arg.align < natural && self.operator.row().proposal == Proposal::Threads {
            return Err(self.error(Kind::AlignmentNotNatural));
        }
        if arg.offset > address.max() {
            return Err(self.error(Kind::OffsetTooLarge));
        }
        Ok(address)
    }

    /// Fails unless a reference of the type `found` can stand where one of the
    /// type `expected` is.
    pub(super) fn refs_match(&self, expected: RefType, found: RefType) -> Result<(), ModuleError> {
        if self.all.types.ref_matches(found, expected) {
            return Ok(());
        }
        let (expected, found) = (expected.into(), found.into());
        Err(self.error(Kind::RefMismatch { expected, found }))
    }

    #[cold]
    pub(super) fn unknown(&self, space: IndexSpace, index: u32, count: usize) -> ModuleError {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.error(Kind::UnknownIndex { space, index, count })
    }
}

/// The type of an operand that does not depend on context but for the type of
/// addresses.
#[inline]
fn operand_type(operand: Operand, address: AddrType) -> ValType {
    match operand {
        Operand::I32 => ValType::I32,
        Operand::Addr => address.into(),
        Operand::I64 => ValType::I64,
        Operand::F32 => ValType::F32,
        Operand::F64 => ValType::F64,
        Operand::V128 => ValType::V128,
        Operand::Func => ValType::FUNCREF,
        Operand::Ref | Operand::T | Operand::Many => {
            unreachable!("operators whose operands depend on context have rules of their own")
        }
    }
}
