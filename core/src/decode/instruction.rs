//! Instructions: an operator and its immediates (specification §5.4).

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::body;
use super::fields;
use super::observe::Report;
use super::reader::Reader;
use crate::config::Config;
use crate::error::{ModuleError, ModuleErrorKind as Kind};
use crate::module::{BlockType, Span, boxed_at, push};
use crate::operators::{ImmediateKind, Operator};
use crate::types::{HeapType, RefType, ValType};

/// An operator with its immediates, and where it stands.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::Operator;
/// use fayasm_core::decode::{Immediates, Instructions};
///
/// let wat = "(module (func (drop (i32.const 7))))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let body = module.body(0).expect("it is not imported");
/// let first = Instructions::of_body(body, 0)?.next().expect("there is one")?;
/// assert_eq!((first.operator, first.immediates), (Operator::I32Const, Immediates::I32(7)));
/// assert_eq!(&body[first.span.range()], [0x41, 7]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Instruction {
    /// The operator.
    pub operator: Operator,
    /// What follows its code.
    pub immediates: Immediates,
    /// All its bytes.
    pub span: Span,
}

/// The immediates of an instruction.
///
/// ```
/// use fayasm_core::decode::{Immediates, Instructions};
///
/// // br_table 0 1 2
/// let code = [0x0E, 2, 0, 1, 2];
/// let first = Instructions::new(&code, 0).next().expect("there is one")?;
/// assert_eq!(first.immediates, Immediates::Labels(Box::new([0, 1, 2])));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Immediates {
    /// None.
    None,
    /// A block type.
    Block(BlockType),
    /// A label.
    Label(u32),
    /// Labels to select from, the default last.
    Labels(Box<[u32]>),
    /// A function.
    Function(u32),
    /// A tag.
    Tag(u32),
    /// A block type, and what is caught.
    TryTable(BlockType, Box<[Catch]>),
    /// A type.
    Type(u32),
    /// A structure type and a field of it.
    TypeField(u32, u32),
    /// An array type and a number of elements.
    TypeCount(u32, u32),
    /// Destination and source.
    TypeType(u32, u32),
    /// An array type and a data segment.
    TypeData(u32, u32),
    /// An array type and an element segment.
    TypeElement(u32, u32),
    /// A label, what is known of the reference, and what is asked.
    Cast(u32, RefType, RefType),
    /// A function type and a table.
    TypeTable(u32, u32),
    /// Types.
    Types(Box<[ValType]>),
    /// A local.
    Local(u32),
    /// A global.
    Global(u32),
    /// A table.
    Table(u32),
    /// Destination and source.
    TableTable(u32, u32),
    /// An element segment and a table.
    ElementTable(u32, u32),
    /// An element segment.
    Element(u32),
    /// Where in memory.
    MemArg(MemArg),
    /// Where in memory, and a lane.
    MemArgLane(MemArg, u8),
    /// A memory.
    Memory(u32),
    /// Destination and source.
    MemoryMemory(u32, u32),
    /// A data segment and a memory.
    DataMemory(u32, u32),
    /// A data segment.
    Data(u32),
    /// A heap type.
    Heap(HeapType),
    /// An integer.
    I32(i32),
    /// An integer.
    I64(i64),
    /// A float, as bits.
    F32(u32),
    /// A float, as bits.
    F64(u64),
    /// A vector, as bytes, little-endian.
    V128([u8; 16]),
    /// A lane.
    Lane(u8),
    /// Numbers of bytes.
    Lanes([u8; 16]),
}

/// The immediates of a memory access.
///
/// ```
/// use fayasm_core::decode::{Immediates, Instructions, MemArg};
///
/// // i64.load32_u offset=8 align=4
/// let code = [0x35, 2, 8];
/// let first = Instructions::new(&code, 0).next().expect("there is one")?;
/// assert_eq!(first.immediates, Immediates::MemArg(MemArg { align: 2, offset: 8, memory: None }));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemArg {
    /// Binary logarithm of the expected alignment.
    pub align: u32,
    /// Added to the address.
    pub offset: u64,
    /// Which memory, where it is said; otherwise memory 0.
    pub memory: Option<u32>,
}

/// How long the offsets of memory accesses are.
///
/// ```
/// use fayasm_core::decode::{OffsetBits, Reader};
///
/// let bytes = [0, 0x80, 0x80, 0x80, 0x80, 0x10]; // an offset of 4 GiB
/// assert!(Reader::new(&bytes, 0).mem_arg(OffsetBits::B32).is_err());
/// assert_eq!(Reader::new(&bytes, 0).mem_arg(OffsetBits::B64)?.offset, 1 << 32);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetBits {
    /// 32 bits.
    B32,
    /// 64 bits.
    B64,
}

/// The bit of an alignment that says that a memory index follows.
const MEMORY_FOLLOWS: u32 = 1 << 6;

/// A clause of a `try_table`: what is caught, and the label to branch to.
///
/// ```
/// use fayasm_core::decode::{Catch, Reader};
///
/// // catch_all_ref 1
/// let catch = Reader::new(&[3, 1], 0).catch()?;
/// assert_eq!(catch, Catch { tag: None, with_ref: true, label: 1 });
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Catch {
    /// The tag of the exceptions that are caught; none for any.
    pub tag: Option<u32>,
    /// Whether a reference to the exception is passed on.
    pub with_ref: bool,
    /// The label.
    pub label: u32,
}

impl<O: Report> Reader<'_, O> {
    /// A clause of a `try_table`.
    ///
    /// ```
    /// use fayasm_core::decode::Reader;
    ///
    /// // catch $tag 2, with tag 0
    /// let catch = Reader::new(&[0, 0, 2], 0).catch()?;
    /// assert_eq!((catch.tag, catch.with_ref, catch.label), (Some(0), false, 2));
    /// assert!(Reader::new(&[4], 0).catch().is_err());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn catch(&mut self) -> Result<Catch, ModuleError> {
        let at = self.offset();
        let kind = self.byte(&fields::CATCH_KIND)?;
        if kind > 3 {
            let field = fields::CATCH_KIND.name;
            return Err(ModuleError::new(Kind::BadByte { field, found: kind }, at));
        }
        let tag = match kind {
            0 | 1 => Some(self.u32(&fields::TAG_INDEX)?),
            _ => None,
        };
        Ok(Catch { tag, with_ref: kind & 1 != 0, label: self.u32(&fields::LABEL)? })
    }

    /// Whether the types of a cast that branches may be null: what is known,
    /// and what is asked.
    ///
    /// ```
    /// use fayasm_core::decode::Reader;
    ///
    /// // From a reference that may be null to one that may not.
    /// assert_eq!(Reader::new(&[1], 0).cast_flags()?, (true, false));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn cast_flags(&mut self) -> Result<(bool, bool), ModuleError> {
        let at = self.offset();
        match self.byte(&fields::CAST_FLAGS)? {
            flags @ 0..4 => Ok((flags & 1 != 0, flags & 2 != 0)),
            found => {
                let field = fields::CAST_FLAGS.name;
                Err(ModuleError::new(Kind::BadByte { field, found }, at))
            }
        }
    }

    /// A block type.
    ///
    /// ```
    /// use fayasm_core::ValType;
    /// use fayasm_core::decode::Reader;
    /// use fayasm_core::module::BlockType;
    ///
    /// assert_eq!(Reader::new(&[0x40], 0).block_type()?, BlockType::Empty);
    /// assert_eq!(Reader::new(&[0x7F], 0).block_type()?, BlockType::Value(ValType::I32));
    /// assert_eq!(Reader::new(&[3], 0).block_type()?, BlockType::Func(3));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn block_type(&mut self) -> Result<BlockType, ModuleError> {
        match self.peek() {
            Some(0x40) => {
                self.byte(&fields::BLOCK_TYPE)?;
                Ok(BlockType::Empty)
            }
            // Negative numbers of one byte are value types.
            Some(0x41..0x80) => Ok(BlockType::Value(self.val_type(&fields::BLOCK_TYPE)?)),
            first => {
                let at = self.offset();
                let index = self.signed::<33>(&fields::BLOCK_TYPE)?;
                u32::try_from(index).map(BlockType::Func).map_err(|_| {
                    let (field, found) = (fields::BLOCK_TYPE.name, first.unwrap_or_default());
                    ModuleError::new(Kind::BadByte { field, found }, at)
                })
            }
        }
    }

    /// Alignment, offset and memory of an access. Offsets have 64 bits, or 32
    /// where no memory can have 64-bit addresses.
    ///
    /// ```
    /// use fayasm_core::decode::{OffsetBits, Reader};
    ///
    /// // align=4 in memory 1, offset=16
    /// let arg = Reader::new(&[0x42, 1, 16], 0).mem_arg(OffsetBits::B64)?;
    /// assert_eq!((arg.align, arg.memory, arg.offset), (2, Some(1), 16));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn mem_arg(&mut self, offset_bits: OffsetBits) -> Result<MemArg, ModuleError> {
        let flags = self.u32(&fields::ALIGN)?;
        let memory = match flags & MEMORY_FOLLOWS {
            0 => None,
            _ => Some(self.u32(&fields::MEMORY_INDEX)?),
        };
        let offset = match (self.peek(), offset_bits) {
            (Some(0..0x80), _) | (_, OffsetBits::B32) => u64::from(self.u32(&fields::OFFSET)?),
            (_, OffsetBits::B64) => self.u64(&fields::OFFSET)?,
        };
        Ok(MemArg { align: flags & !MEMORY_FOLLOWS, offset, memory })
    }
}

/// Reads the instruction that comes next.
///
/// ```
/// use fayasm_core::decode::{Immediates, Reader};
/// use fayasm_core::{Operator, decode};
///
/// let mut reader = Reader::new(&[0x41, 0x7F, 0x1A], 0x40);
/// let first = decode::instruction(&mut reader)?;
/// assert_eq!((first.operator, first.immediates), (Operator::I32Const, Immediates::I32(-1)));
/// assert_eq!(decode::instruction(&mut reader)?.operator, Operator::Drop);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// What is malformed.
pub fn instruction<O: Report>(reader: &mut Reader<'_, O>) -> Result<Instruction, ModuleError> {
    let start = reader.offset();
    let operator = reader.operator()?;
    let immediates = immediates(reader, operator)?;
    Ok(Instruction { operator, immediates, span: Span { start, end: reader.offset() } })
}

/// Reads the immediates of an operator.
pub(super) fn immediates<O: Report>(
    reader: &mut Reader<'_, O>,
    operator: Operator,
) -> Result<Immediates, ModuleError> {
    Ok(match operator.row().immediates {
        ImmediateKind::None => Immediates::None,
        ImmediateKind::Fence => {
            reader.zero(&fields::FENCE)?;
            Immediates::None
        }
        ImmediateKind::Block => Immediates::Block(reader.block_type()?),
        ImmediateKind::Label => Immediates::Label(reader.u32(&fields::LABEL)?),
        ImmediateKind::Labels => {
            let count = reader.u32(&fields::LABEL_COUNT)?;
            let mut labels = Vec::new();
            for _ in 0..count {
                let at = reader.offset();
                push(&mut labels, reader.u32(&fields::LABEL)?, at)?;
            }
            let at = reader.offset();
            push(&mut labels, reader.u32(&fields::DEFAULT_LABEL)?, at)?;
            Immediates::Labels(boxed_at(labels, at)?)
        }
        ImmediateKind::Function => Immediates::Function(reader.u32(&fields::FUNCTION_INDEX)?),
        ImmediateKind::Tag => Immediates::Tag(reader.u32(&fields::TAG_INDEX)?),
        ImmediateKind::TryTable => {
            let ty = reader.block_type()?;
            let count = reader.u32(&fields::CATCH_COUNT)?;
            let start = reader.offset();
            let mut catches = Vec::new();
            for _ in 0..count {
                let at = reader.offset();
                push(&mut catches, reader.catch()?, at)?;
            }
            Immediates::TryTable(ty, boxed_at(catches, start)?)
        }
        ImmediateKind::TypeField => Immediates::TypeField(
            reader.u32(&fields::TYPE_INDEX)?,
            reader.u32(&fields::FIELD_INDEX)?,
        ),
        ImmediateKind::TypeCount => Immediates::TypeCount(
            reader.u32(&fields::TYPE_INDEX)?,
            reader.u32(&fields::ELEMENT_COUNT)?,
        ),
        ImmediateKind::TypeType => {
            Immediates::TypeType(reader.u32(&fields::TYPE_INDEX)?, reader.u32(&fields::TYPE_INDEX)?)
        }
        ImmediateKind::TypeData => {
            Immediates::TypeData(reader.u32(&fields::TYPE_INDEX)?, reader.u32(&fields::DATA_INDEX)?)
        }
        ImmediateKind::TypeElement => Immediates::TypeElement(
            reader.u32(&fields::TYPE_INDEX)?,
            reader.u32(&fields::ELEMENT_INDEX)?,
        ),
        ImmediateKind::Cast => {
            let (from_null, to_null) = reader.cast_flags()?;
            let label = reader.u32(&fields::LABEL)?;
            let from = reader.heap_type(&fields::HEAP_TYPE)?;
            let to = reader.heap_type(&fields::HEAP_TYPE)?;
            let [from, to] = [(from_null, from), (to_null, to)]
                .map(|(nullable, heap)| RefType { nullable, heap });
            Immediates::Cast(label, from, to)
        }
        ImmediateKind::Type => Immediates::Type(reader.u32(&fields::TYPE_INDEX)?),
        ImmediateKind::TypeTable => Immediates::TypeTable(
            reader.u32(&fields::TYPE_INDEX)?,
            reader.u32(&fields::TABLE_INDEX)?,
        ),
        ImmediateKind::Types => {
            let count = reader.u32(&fields::SELECT_COUNT)?;
            let start = reader.offset();
            let mut types = Vec::new();
            for _ in 0..count {
                let at = reader.offset();
                push(&mut types, reader.val_type(&fields::SELECT_TYPE)?, at)?;
            }
            Immediates::Types(boxed_at(types, start)?)
        }
        ImmediateKind::Local => Immediates::Local(reader.u32(&fields::LOCAL_INDEX)?),
        ImmediateKind::Global => Immediates::Global(reader.u32(&fields::GLOBAL_INDEX)?),
        ImmediateKind::Table => Immediates::Table(reader.u32(&fields::TABLE_INDEX)?),
        ImmediateKind::TableTable => Immediates::TableTable(
            reader.u32(&fields::TABLE_INDEX)?,
            reader.u32(&fields::TABLE_INDEX)?,
        ),
        ImmediateKind::ElementTable => Immediates::ElementTable(
            reader.u32(&fields::ELEMENT_INDEX)?,
            reader.u32(&fields::TABLE_INDEX)?,
        ),
        ImmediateKind::Element => Immediates::Element(reader.u32(&fields::ELEMENT_INDEX)?),
        ImmediateKind::MemArg => Immediates::MemArg(reader.mem_arg(OffsetBits::B64)?),
        ImmediateKind::MemArgLane => {
            Immediates::MemArgLane(reader.mem_arg(OffsetBits::B64)?, reader.byte(&fields::LANE)?)
        }
        ImmediateKind::Memory => Immediates::Memory(reader.u32(&fields::MEMORY_INDEX)?),
        ImmediateKind::MemoryMemory => Immediates::MemoryMemory(
            reader.u32(&fields::MEMORY_INDEX)?,
            reader.u32(&fields::MEMORY_INDEX)?,
        ),
        ImmediateKind::DataMemory => Immediates::DataMemory(
            reader.u32(&fields::DATA_INDEX)?,
            reader.u32(&fields::MEMORY_INDEX)?,
        ),
        ImmediateKind::Data => Immediates::Data(reader.u32(&fields::DATA_INDEX)?),
        ImmediateKind::Heap => Immediates::Heap(reader.heap_type(&fields::HEAP_TYPE)?),
        // A signed number of 32 bits fits.
        ImmediateKind::I32 => Immediates::I32(reader.signed::<32>(&fields::I32_CONST)? as i32),
        ImmediateKind::I64 => Immediates::I64(reader.signed::<64>(&fields::I64_CONST)?),
        ImmediateKind::F32 => Immediates::F32(reader.fixed32(&fields::F32_CONST)?),
        ImmediateKind::F64 => Immediates::F64(reader.fixed64(&fields::F64_CONST)?),
        ImmediateKind::V128 => Immediates::V128(reader.fixed128(&fields::V128_CONST)?),
        ImmediateKind::Lane => Immediates::Lane(reader.byte(&fields::LANE)?),
        ImmediateKind::Lanes => Immediates::Lanes(reader.fixed128(&fields::LANES)?),
    })
}

/// The instructions of a body, one after the other, up to the first that is malformed.
///
/// ```
/// use fayasm_core::Operator;
/// use fayasm_core::decode::Instructions;
///
/// // No locals; local.get 0, end.
/// let body = [0x00, 0x20, 0x00, 0x0B];
/// let operators: Vec<_> =
///     Instructions::of_body(&body, 0x40)?.map(|i| i.map(|i| (i.span.start, i.operator))).collect();
/// assert_eq!(operators, [Ok((0x41, Operator::LocalGet)), Ok((0x43, Operator::End))]);
/// # Ok::<(), fayasm_core::ModuleError>(())
/// ```
#[derive(Debug)]
pub struct Instructions<'a> {
    reader: Reader<'a>,
    failed: bool,
}

impl<'a> Instructions<'a> {
    /// Instructions of a function's body, which begins at `offset` of the module.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::Operator;
    /// use fayasm_core::decode::Instructions;
    ///
    /// let wat = "(module (func (local i32 i32 f64) (nop)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let body = module.body(0).expect("it is not imported");
    /// let first = Instructions::of_body(body, 0)?.next().expect("there is one")?;
    /// assert_eq!(first.operator, Operator::Nop); // locals are passed over
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What is malformed in the groups of locals.
    pub fn of_body(body: &'a [u8], offset: u32) -> Result<Self, ModuleError> {
        let mut reader = Reader::new(body, offset);
        body::locals(&mut reader, &Config::default(), |_, _, _| Ok(()))?;
        Ok(Instructions { reader, failed: false })
    }

    /// Instructions in `code`, which begins at `offset` of the module.
    ///
    /// ```
    /// use fayasm_core::decode::Instructions;
    ///
    /// // i32.const 1, then what is no operator: the last item is the error.
    /// let items: Vec<_> = Instructions::new(&[0x41, 1, 0xFF, 0x0B], 0x40).collect();
    /// assert_eq!(items.len(), 2);
    /// assert_eq!(items[1].as_ref().unwrap_err().offset(), 0x42);
    /// ```
    #[must_use]
    pub fn new(code: &'a [u8], offset: u32) -> Self {
        Instructions { reader: Reader::new(code, offset), failed: false }
    }

    /// Offset in the module of the next instruction.
    ///
    /// ```
    /// use fayasm_core::decode::Instructions;
    ///
    /// let mut instructions = Instructions::new(&[0x41, 1, 0x1A], 0x40);
    /// instructions.next();
    /// assert_eq!(instructions.offset(), 0x42);
    /// ```
    #[must_use]
    pub fn offset(&self) -> u32 {
        self.reader.offset()
    }
}

impl Iterator for Instructions<'_> {
    type Item = Result<Instruction, ModuleError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.reader.is_empty() {
            return None;
        }
        let result = instruction(&mut self.reader);
        self.failed = result.is_err();
        Some(result)
    }
}
