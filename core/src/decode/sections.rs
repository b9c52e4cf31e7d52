//! Contents of each section (specification §5.5.3 to §5.5.16).

use alloc::boxed::Box;

use super::check::{Check, extern_kind};
use super::fields::{self, FieldSpec};
use super::hints::{BRANCH_HINTS, branch_hints};
use super::observe::{Node, Report};
use super::reader::Reader;
use super::segments;
use super::types::{self, element_type, mutability, val_type};
use crate::allocate::boxed_text;
use crate::config::Config;
use crate::error::{ModuleError, ModuleErrorKind as Kind};
use crate::module::{Declarations, Export, Import, ImportType, SectionId, Span, push};
use crate::operators::Proposal;
use crate::types::{AddrType, ExternKind, GlobalType, Limits, MemoryType, TableType};

/// The most of each thing that a module may declare: the limits that the
/// browsers share.
mod limit {
    pub(super) const TYPES: u32 = 1_000_000;
    pub(super) const FUNCTIONS: u32 = 1_000_000;
    pub(super) const IMPORTS: u32 = 1_000_000;
    pub(super) const EXPORTS: u32 = 1_000_000;
    pub(super) const TAGS: u32 = 1_000_000;
    pub(super) const GLOBALS: u32 = 1_000_000;
    pub(super) const TABLES: u32 = 100;
    pub(super) const MEMORIES: u32 = 100;
    pub(super) const SEGMENTS: u32 = 100_000;
    pub(super) const BODY_BYTES: u32 = 7_654_321;
}

/// Announces a table that says what its elements are at first.
const TABLE_WITH_VALUE: u8 = 0x40;

/// Reads the contents of a section, entry by entry.
///
/// # Errors
///
/// What is malformed or refused by `check`; entries before it are kept.
pub(super) fn contents<O: Report>(
    reader: &mut Reader<'_, O>,
    id: SectionId,
    config: &Config,
    all: &mut Declarations,
    check: &mut dyn Check,
) -> Result<(), ModuleError> {
    match id {
        SectionId::Custom => custom(reader, all),
        SectionId::Type => types(reader, config, all, check),
        SectionId::Import => {
            entries(reader, "imports", limit::IMPORTS, |reader| import(reader, config, all, check))
        }
        SectionId::Function => entries(reader, "functions", limit::FUNCTIONS, |reader| {
            let at = reader.offset();
            let ty = reader.u32(&fields::TYPE_INDEX)?;
            check.function(all, ty, at)?;
            push(&mut all.functions, ty, at)
        }),
        SectionId::Table => entries(reader, "tables", limit::TABLES, |reader| {
            let at = reader.offset();
            let with_value = reader.peek() == Some(TABLE_WITH_VALUE);
            if with_value {
                if !config.allows(Proposal::FunctionReferences) {
                    return Err(reader.error(Kind::Disabled(Proposal::FunctionReferences)));
                }
                reader.byte(&fields::TABLE_FORM)?;
                reader.zero(&fields::TABLE_FORM)?;
            }
            let ty = table_type(reader, config)?;
            check.table(all, &ty, with_value, at)?;
            let value = match with_value {
                true => Some(segments::const_expr(reader, config, all, check, ty.element.into())?),
                false => None,
            };
            push(&mut all.table_values, value, at)?;
            push(&mut all.tables, ty, at)
        }),
        SectionId::Memory => entries(reader, "memories", limit::MEMORIES, |reader| {
            let at = reader.offset();
            let ty = memory_type(reader, config)?;
            check.memory(all, &ty, at)?;
            push(&mut all.memories, ty, at)
        }),
        SectionId::Tag => {
            if !config.allows(Proposal::ExceptionHandling) {
                return Err(reader.error(Kind::Disabled(Proposal::ExceptionHandling)));
            }
            entries(reader, "tags", limit::TAGS, |reader| {
                let at = reader.offset();
                let ty = tag_type(reader)?;
                check.tag(all, ty, at)?;
                push(&mut all.tags, ty, at)
            })
        }
        SectionId::Global => entries(reader, "globals", limit::GLOBALS, |reader| {
            let at = reader.offset();
            let ty = global_type(reader, config)?;
            let value = segments::const_expr(reader, config, all, check, ty.content)?;
            check.global(all, &ty, at)?;
            push(&mut all.global_values, value, at)?;
            push(&mut all.globals, ty, at)
        }),
        SectionId::Export => {
            entries(reader, "exports", limit::EXPORTS, |reader| export(reader, config, all, check))
        }
        SectionId::Start => {
            let at = reader.offset();
            let function = reader.u32(&fields::START_FUNCTION)?;
            check.start(all, function, at)?;
            all.start = Some(function);
            Ok(())
        }
        SectionId::Element => entries(reader, "element segments", limit::SEGMENTS, |reader| {
            segments::element(reader, config, all, check)
        }),
        SectionId::DataCount => {
            if !config.allows(Proposal::BulkMemory) {
                return Err(reader.error(Kind::Disabled(Proposal::BulkMemory)));
            }
            let count = reader.count(&fields::DATA_COUNT, "data segments", limit::SEGMENTS)?;
            all.data_count = Some(count);
            Ok(())
        }
        SectionId::Code => code(reader, all, check),
        SectionId::Data => entries(reader, "data segments", limit::SEGMENTS, |reader| {
            segments::data(reader, config, all, check)
        }),
    }
}

fn types<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
    all: &mut Declarations,
    check: &mut dyn Check,
) -> Result<(), ModuleError> {
    for _ in 0..reader.count(&fields::COUNT, "types", limit::TYPES)? {
        let at = reader.offset();
        // Types are fewer than bytes of the module.
        let start = all.types.len() as u32;
        let group = types::group(reader, config, start)?;
        if all.types.len() + group.len() > limit::TYPES as usize {
            let kind = Kind::TooMany { what: "types", limit: limit::TYPES };
            return Err(ModuleError::new(kind, at));
        }
        all.types.push_group(group).map_err(|_| ModuleError::new(Kind::OutOfMemory, at))?;
        check.types(all, start, at)?;
    }
    all.types.finish();
    Ok(())
}

/// Reads a count and so many entries.
fn entries<'a, O: Report>(
    reader: &mut Reader<'a, O>,
    what: &'static str,
    limit: u32,
    mut entry: impl FnMut(&mut Reader<'a, O>) -> Result<(), ModuleError>,
) -> Result<(), ModuleError> {
    let count = reader.count(&fields::COUNT, what, limit)?;
    for index in 0..count {
        reader.open(Node::Entry(index));
        entry(reader)?;
        reader.close();
    }
    Ok(())
}

fn custom<O: Report>(
    reader: &mut Reader<'_, O>,
    all: &mut Declarations,
) -> Result<(), ModuleError> {
    let name = boxed_name(reader, &fields::CUSTOM_NAME)?;
    let is_known = matches!(&*name, "name" | BRANCH_HINTS);
    let is_name_section = &*name == "name";
    if let Some(section) = all.sections.last_mut() {
        section.name = Some(name);
        section.contents.start = reader.offset();
    }
    let length = u32::try_from(reader.remaining()).unwrap_or(u32::MAX);
    if is_known && O::ACTIVE {
        // What is wrong inside a custom section does not make the module malformed.
        let mut contents = reader.section(length, &fields::CUSTOM_DATA)?;
        let _ = match is_name_section {
            true => super::names::observe(&mut contents),
            false => branch_hints(&mut contents, |_, _, _| Ok(())),
        };
        return Ok(());
    }
    reader.bytes(length, &fields::CUSTOM_DATA)?;
    Ok(())
}

fn boxed_name<O: Report>(
    reader: &mut Reader<'_, O>,
    spec: &'static FieldSpec,
) -> Result<Box<str>, ModuleError> {
    let at = reader.offset();
    let name = reader.name(spec)?;
    boxed_text(name).map_err(|_| ModuleError::new(Kind::OutOfMemory, at))
}

/// Bits of the flags before limits (specification §5.3.11).
mod flag {
    pub(super) const MAX: u8 = 1;
    pub(super) const SHARED: u8 = 1 << 1;
    pub(super) const ADDRESS_64: u8 = 1 << 2;
    pub(super) const PAGE_SIZE: u8 = 1 << 3;
}

/// Reads flags, of which only those in `known` may be set.
fn limits_flags<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
    known: u8,
) -> Result<u8, ModuleError> {
    let at = reader.offset();
    let found = reader.byte(&fields::LIMITS_FLAGS)?;
    if found & !known != 0 {
        let field = fields::LIMITS_FLAGS.name;
        return Err(ModuleError::new(Kind::BadByte { field, found }, at));
    }
    for (flag, proposal) in [
        (flag::SHARED, Proposal::Threads),
        (flag::ADDRESS_64, Proposal::Memory64),
        (flag::PAGE_SIZE, Proposal::CustomPageSizes),
    ] {
        if found & flag != 0 && !config.allows(proposal) {
            return Err(ModuleError::new(Kind::Disabled(proposal), at));
        }
    }
    Ok(found)
}

/// Reads limits behind their flags. They have 64 bits as soon as addresses can
/// have that, whether or not they do here.
fn limits<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
    flags: u8,
) -> Result<(Limits, AddrType), ModuleError> {
    let mut bound = |spec| match config.allows(Proposal::Memory64) {
        true => reader.u64(spec),
        false => reader.u32(spec).map(u64::from),
    };
    let min = bound(&fields::LIMITS_MIN)?;
    let max = match flags & flag::MAX {
        0 => None,
        _ => Some(bound(&fields::LIMITS_MAX)?),
    };
    let address = if flags & flag::ADDRESS_64 == 0 { AddrType::I32 } else { AddrType::I64 };
    Ok((Limits { min, max }, address))
}

fn table_type<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
) -> Result<TableType, ModuleError> {
    let element = element_type(reader, config)?;
    let flags = limits_flags(reader, config, flag::MAX | flag::ADDRESS_64)?;
    let (limits, address) = limits(reader, config, flags)?;
    Ok(TableType { element, limits, address })
}

fn memory_type<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
) -> Result<MemoryType, ModuleError> {
    let known = flag::MAX | flag::SHARED | flag::ADDRESS_64 | flag::PAGE_SIZE;
    let flags = limits_flags(reader, config, known)?;
    let (limits, address) = limits(reader, config, flags)?;
    let at = reader.offset();
    let page_size_log2 = match flags & flag::PAGE_SIZE {
        0 => 16,
        _ => match reader.u32(&fields::PAGE_SIZE)? {
            0 => 0,
            16 => 16,
            _ => return Err(ModuleError::new(Kind::PageSize, at)),
        },
    };
    Ok(MemoryType { limits, address, shared: flags & flag::SHARED != 0, page_size_log2 })
}

fn global_type<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
) -> Result<GlobalType, ModuleError> {
    let content = val_type(reader, &fields::GLOBAL_CONTENT, config)?;
    Ok(GlobalType { content, mutable: mutability(reader)? })
}

/// Reads the type index of a tag.
fn tag_type<O: Report>(reader: &mut Reader<'_, O>) -> Result<u32, ModuleError> {
    reader.zero(&fields::TAG_ATTRIBUTE)?;
    reader.u32(&fields::TYPE_INDEX)
}

/// Reads which kind of thing is imported or exported.
fn kind<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
    spec: &'static FieldSpec,
) -> Result<ExternKind, ModuleError> {
    let at = reader.offset();
    let found = reader.byte(spec)?;
    match extern_kind(found) {
        Some(ExternKind::Tag) if !config.allows(Proposal::ExceptionHandling) => {
            Err(ModuleError::new(Kind::Disabled(Proposal::ExceptionHandling), at))
        }
        Some(kind) => Ok(kind),
        None => Err(ModuleError::new(Kind::BadByte { field: spec.name, found }, at)),
    }
}

fn import<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
    all: &mut Declarations,
    check: &mut dyn Check,
) -> Result<(), ModuleError> {
    let module = boxed_name(reader, &fields::IMPORT_MODULE)?;
    let name = boxed_name(reader, &fields::IMPORT_NAME)?;
    let kind = kind(reader, config, &fields::IMPORT_KIND)?;
    let at = reader.offset();
    let ty = match kind {
        ExternKind::Func => ImportType::Func(reader.u32(&fields::TYPE_INDEX)?),
        ExternKind::Table => ImportType::Table(table_type(reader, config)?),
        ExternKind::Memory => ImportType::Memory(memory_type(reader, config)?),
        ExternKind::Global => ImportType::Global(global_type(reader, config)?),
        ExternKind::Tag => ImportType::Tag(tag_type(reader)?),
    };
    if let ImportType::Global(global) = ty
        && global.mutable
        && !config.allows(Proposal::MutableGlobals)
    {
        return Err(ModuleError::new(Kind::Disabled(Proposal::MutableGlobals), at));
    }
    let import = Import { module, name, ty };
    check.import(all, &import, at)?;
    match ty {
        ImportType::Func(ty) => {
            push(&mut all.functions, ty, at)?;
            all.imported_functions += 1;
        }
        ImportType::Table(ty) => {
            push(&mut all.tables, ty, at)?;
            all.imported_tables += 1;
        }
        ImportType::Memory(ty) => {
            push(&mut all.memories, ty, at)?;
            all.imported_memories += 1;
        }
        ImportType::Global(ty) => {
            push(&mut all.globals, ty, at)?;
            all.imported_globals += 1;
        }
        ImportType::Tag(ty) => {
            push(&mut all.tags, ty, at)?;
            all.imported_tags += 1;
        }
    }
    push(&mut all.imports, import, at)
}

fn export<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
    all: &mut Declarations,
    check: &mut dyn Check,
) -> Result<(), ModuleError> {
    let at = reader.offset();
    let name = boxed_name(reader, &fields::EXPORT_NAME)?;
    let kind = kind(reader, config, &fields::EXPORT_KIND)?;
    let index = reader.u32(match kind {
        ExternKind::Func => &fields::FUNCTION_INDEX,
        ExternKind::Table => &fields::TABLE_INDEX,
        ExternKind::Memory => &fields::MEMORY_INDEX,
        ExternKind::Global => &fields::GLOBAL_INDEX,
        ExternKind::Tag => &fields::TAG_INDEX,
    })?;
    let export = Export { name, kind, index, offset: at };
    check.export(all, &export, at)?;
    push(&mut all.exports, export, at)
}

fn code<O: Report>(
    reader: &mut Reader<'_, O>,
    all: &mut Declarations,
    check: &mut dyn Check,
) -> Result<(), ModuleError> {
    let at = reader.offset();
    let found = reader.count(&fields::COUNT, "function bodies", limit::FUNCTIONS)?;
    let declared = all.functions.len() as u32 - all.imported_functions;
    if declared != found {
        let mismatch = Kind::CountMismatch { what: "function bodies", declared, found };
        return Err(ModuleError::new(mismatch, at));
    }
    for index in 0..found {
        reader.open(Node::Entry(index));
        let at = reader.offset();
        let size = reader.count(&fields::BODY_SIZE, "bytes in a function", limit::BODY_BYTES)?;
        let start = reader.offset();
        if size as usize > reader.remaining() {
            return Err(ModuleError::new(Kind::UnexpectedEnd("function body"), at));
        }
        let function = all.imported_functions + index;
        let body = super::body::locate(reader, function, size)?;
        check.body(all, function, body, start)?;
        push(&mut all.bodies, Span { start, end: start + size }, at)?;
        reader.close();
    }
    Ok(())
}

impl SectionId {
    /// What an error calls its contents.
    pub(super) const fn contents_name(self) -> &'static str {
        match self {
            SectionId::Custom => "custom section",
            SectionId::Type => "type section",
            SectionId::Import => "import section",
            SectionId::Function => "function section",
            SectionId::Table => "table section",
            SectionId::Memory => "memory section",
            SectionId::Global => "global section",
            SectionId::Export => "export section",
            SectionId::Start => "start section",
            SectionId::Element => "element section",
            SectionId::Code => "code section",
            SectionId::Data => "data section",
            SectionId::DataCount => "data count section",
            SectionId::Tag => "tag section",
        }
    }
}
