//! Rules for everything outside of bodies (specification §3.2, §3.4).

use alloc::vec::Vec;

use super::body::{BodyValidator, Workspace, types_known};
use super::side_table::FunctionLayout;
use super::side_table::SideTables;
use super::{BranchEntry, Validated};
use crate::config::Config;
use crate::decode::Check;
use crate::error::{IndexSpace, ModuleError, ModuleErrorKind as Kind};
use crate::module::{
    Declarations, ElementSegment, Export, Import, ImportType, SectionId, SegmentMode, push,
};
use crate::operators::Proposal;
use crate::sorted::sort;
use crate::types::{
    CompositeType, ExternKind, HeapType, Limits, MemoryType, RefType, TableType, ValType,
};

/// The most supertypes that a type can have, one above the other: as many as
/// the browsers allow.
const MAX_SUBTYPE_DEPTH: u32 = 63;

/// Checks declarations as they are decoded, and bodies with a [`BodyValidator`].
#[derive(Debug)]
pub(super) struct Validator<'c> {
    config: &'c Config,
    /// Functions that `ref.func` may name, one bit each.
    declared: Vec<u64>,
    workspace: Workspace,
    validated: Validated,
}

impl<'c> Validator<'c> {
    pub(super) fn new(config: &'c Config) -> Self {
        Validator {
            config,
            declared: Vec::new(),
            workspace: Workspace::default(),
            validated: Validated::default(),
        }
    }

    pub(super) fn into_validated(self) -> Validated {
        self.validated
    }

    /// Lets `ref.func` name a function.
    fn declare(&mut self, all: &Declarations, function: u32, at: u32) -> Result<(), ModuleError> {
        known(IndexSpace::Function, function, all.functions.len(), at)?;
        let word = (function / 64) as usize;
        while self.declared.len() <= word {
            push(&mut self.declared, 0, at)?;
        }
        if let Some(bits) = self.declared.get_mut(word) {
            *bits |= 1 << (function % 64);
        }
        Ok(())
    }
}

/// Fails unless `index` names one of `count` things.
pub(super) fn known(
    space: IndexSpace,
    index: u32,
    count: usize,
    at: u32,
) -> Result<(), ModuleError> {
    if (index as usize) < count {
        return Ok(());
    }
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    Err(ModuleError::new(Kind::UnknownIndex { space, index, count }, at))
}

/// Fails unless `index` names a function type.
fn func_type_known(all: &Declarations, index: u32, at: u32) -> Result<(), ModuleError> {
    known(IndexSpace::Type, index, all.types.len(), at)?;
    match all.types.func(index) {
        Some(_) => Ok(()),
        None => Err(ModuleError::new(Kind::NotAFunctionType(index), at)),
    }
}

/// How many supertypes a type has, one above the other.
fn depth(all: &Declarations, index: u32) -> u32 {
    let above = |index: &u32| all.types.get(*index)?.supertype.filter(|above| above < index);
    let mut depth = 0;
    let mut at = above(&index);
    while let Some(index) = at {
        depth += 1;
        at = above(&index);
    }
    depth
}

/// Fails unless limits are in order and neither is above `most`.
fn limits(limits: Limits, most: u64, too_large: Kind) -> Result<(), Kind> {
    match limits.max {
        Some(max) if max < limits.min => Err(Kind::LimitsReversed),
        max if limits.min > most || max.is_some_and(|max| max > most) => Err(too_large),
        _ => Ok(()),
    }
}

/// Whether a table can be of this type, but for the type of its elements
/// (specification §3.2.14).
pub(crate) fn table_type(ty: &TableType) -> Result<(), Kind> {
    limits(ty.limits, ty.address.max(), Kind::TableTooLarge)
}

/// Whether a memory can be of this type (specification §3.2.15).
pub(crate) fn memory_type(ty: &MemoryType) -> Result<(), Kind> {
    match ty.page_size_log2 {
        0 | 16 if ty.shared && ty.limits.max.is_none() => Err(Kind::SharedWithoutMaximum),
        0 | 16 => limits(ty.limits, ty.max_pages(), Kind::MemoryTooLarge),
        _ => Err(Kind::PageSize),
    }
}

impl Check for Validator<'_> {
    fn types(&mut self, all: &Declarations, start: u32, at: u32) -> Result<(), ModuleError> {
        for (index, ty) in (start..).zip(all.types.iter().skip(start as usize)) {
            // Types can refer to themselves since there are recursion groups.
            let count = match self.config.allows(Proposal::Gc) {
                true => all.types.len(),
                false => index as usize,
            };
            let check = |ty: ValType| match ty {
                ValType::Ref(RefType { heap: HeapType::Concrete(index), .. }) => {
                    known(IndexSpace::Type, index, count, at)
                }
                _ => Ok(()),
            };
            match &ty.composite {
                CompositeType::Func(ty) => {
                    ty.params().iter().chain(ty.results()).try_for_each(|ty| check(*ty))?;
                }
                CompositeType::Struct(ty) => {
                    ty.fields().iter().try_for_each(|field| check(field.storage.unpacked()))?;
                }
                CompositeType::Array(ty) => check(ty.element.storage.unpacked())?,
            }
            let Some(supertype) = ty.supertype else { continue };
            known(IndexSpace::Type, supertype, all.types.len(), at)?;
            let fits = supertype < index
                && all.types.get(supertype).is_some_and(|above| {
                    !above.is_final && all.types.composite_matches(&ty.composite, &above.composite)
                });
            if !fits || depth(all, supertype) >= MAX_SUBTYPE_DEPTH {
                return Err(ModuleError::new(Kind::Supertype(supertype), at));
            }
        }
        Ok(())
    }

    fn import(&mut self, all: &Declarations, import: &Import, at: u32) -> Result<(), ModuleError> {
        match &import.ty {
            ImportType::Func(ty) => func_type_known(all, *ty, at),
            // What is imported has its elements already.
            ImportType::Table(ty) => self.table(all, ty, true, at),
            ImportType::Memory(ty) => self.memory(all, ty, at),
            ImportType::Global(ty) => types_known(all, ty.content, at),
            ImportType::Tag(ty) => self.tag(all, *ty, at),
        }
    }

    fn function(&mut self, all: &Declarations, ty: u32, at: u32) -> Result<(), ModuleError> {
        func_type_known(all, ty, at)
    }

    fn table(
        &mut self,
        all: &Declarations,
        ty: &TableType,
        with_value: bool,
        at: u32,
    ) -> Result<(), ModuleError> {
        types_known(all, ty.element.into(), at)?;
        if !ty.element.nullable && !with_value {
            return Err(ModuleError::new(Kind::TableWithoutValue, at));
        }
        if !all.tables.is_empty() && !self.config.allows(Proposal::ReferenceTypes) {
            return Err(ModuleError::new(Kind::Disabled(Proposal::ReferenceTypes), at));
        }
        table_type(ty).map_err(|kind| ModuleError::new(kind, at))
    }

    fn tag(&mut self, all: &Declarations, ty: u32, at: u32) -> Result<(), ModuleError> {
        func_type_known(all, ty, at)?;
        match all.types.func(ty) {
            Some(ty) if !ty.results().is_empty() => Err(ModuleError::new(Kind::TagResults, at)),
            _ => Ok(()),
        }
    }

    fn memory(&mut self, all: &Declarations, ty: &MemoryType, at: u32) -> Result<(), ModuleError> {
        if !all.memories.is_empty() && !self.config.allows(Proposal::MultiMemory) {
            return Err(ModuleError::new(Kind::Disabled(Proposal::MultiMemory), at));
        }
        memory_type(ty).map_err(|kind| ModuleError::new(kind, at))
    }

    fn constant(
        &mut self,
        all: &Declarations,
        code: &[u8],
        expected: ValType,
        at: u32,
    ) -> Result<(), ModuleError> {
        types_known(all, expected, at)?;
        let (results, workspace) = ([expected], &mut self.workspace);
        let mut no_branches = SideTables::default();
        BodyValidator::constant(all, self.config, &results, code, at, workspace, &mut no_branches)?
            .finish()
            .map(|_| ())
    }

    fn export(&mut self, all: &Declarations, export: &Export, at: u32) -> Result<(), ModuleError> {
        match export.kind {
            ExternKind::Func => self.declare(all, export.index, at),
            ExternKind::Table => known(IndexSpace::Table, export.index, all.tables.len(), at),
            ExternKind::Tag => known(IndexSpace::Tag, export.index, all.tags.len(), at),
            ExternKind::Memory => known(IndexSpace::Memory, export.index, all.memories.len(), at),
            ExternKind::Global => {
                known(IndexSpace::Global, export.index, all.globals.len(), at)?;
                let mutable = all.globals.get(export.index as usize).is_some_and(|ty| ty.mutable);
                if mutable && !self.config.allows(Proposal::MutableGlobals) {
                    return Err(ModuleError::new(Kind::Disabled(Proposal::MutableGlobals), at));
                }
                Ok(())
            }
        }
    }

    fn start(&mut self, all: &Declarations, function: u32, at: u32) -> Result<(), ModuleError> {
        known(IndexSpace::Function, function, all.functions.len(), at)?;
        match all.function_type(function) {
            Some(ty) if ty.params().is_empty() && ty.results().is_empty() => Ok(()),
            _ => Err(ModuleError::new(Kind::StartType, at)),
        }
    }

    fn function_reference(
        &mut self,
        all: &Declarations,
        function: u32,
        at: u32,
    ) -> Result<(), ModuleError> {
        self.declare(all, function, at)
    }

    fn element(
        &mut self,
        all: &Declarations,
        segment: &ElementSegment,
        at: u32,
    ) -> Result<(), ModuleError> {
        types_known(all, segment.ty.into(), at)?;
        let SegmentMode::Active { target, .. } = segment.mode else { return Ok(()) };
        known(IndexSpace::Table, target, all.tables.len(), at)?;
        match all.tables.get(target as usize) {
            Some(table) if !all.types.ref_matches(segment.ty, table.element) => {
                let expected = ValType::Ref(table.element);
                let found = ValType::Ref(segment.ty);
                Err(ModuleError::new(Kind::RefMismatch { expected, found }, at))
            }
            _ => Ok(()),
        }
    }

    fn data(&mut self, all: &Declarations, mode: &SegmentMode, at: u32) -> Result<(), ModuleError> {
        match *mode {
            SegmentMode::Active { target, .. } => {
                known(IndexSpace::Memory, target, all.memories.len(), at)
            }
            _ => Ok(()),
        }
    }

    fn section(&mut self, all: &Declarations, id: SectionId) -> Result<(), ModuleError> {
        match id {
            SectionId::Export => {
                self.validated.exports_by_name = exports_by_name(all)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn body(
        &mut self,
        all: &Declarations,
        function: u32,
        body: &[u8],
        at: u32,
    ) -> Result<(), ModuleError> {
        let tables = &mut self.validated.tables;
        let workspace = &mut self.workspace;
        let declared = Some(self.declared.as_slice());
        let layout =
            BodyValidator::new(all, self.config, declared, function, body, at, workspace, tables)
                .and_then(BodyValidator::finish)
                .map_err(|error| error.in_function(function))?;
        push::<FunctionLayout>(&mut self.validated.layouts, layout, at)
    }
}

/// Indices of the exports in the order of their names. Fails at the first
/// export whose name an earlier one has.
fn exports_by_name(all: &Declarations) -> Result<Vec<u32>, ModuleError> {
    let exports = &all.exports;
    let mut by_name = Vec::new();
    for (index, export) in (0u32..).zip(exports) {
        push(&mut by_name, index, export.offset)?;
    }
    let name = |index: &u32| exports.get(*index as usize).map(|export| &export.name);
    sort(&mut by_name, |a, b| (name(a), a) < (name(b), b));
    let repeated = by_name.windows(2).filter_map(|pair| match pair {
        [first, second] if name(first) == name(second) => exports.get(*second as usize),
        _ => None,
    });
    match repeated.map(|export| export.offset).min() {
        Some(offset) => Err(ModuleError::new(Kind::DuplicateExport, offset)),
        None => Ok(by_name),
    }
}

const _: () = assert!(size_of::<BranchEntry>() == 12, "the side table stays compact");
