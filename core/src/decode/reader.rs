//! A cursor over bytes of a module that reads one field after the other.

use super::fields::{self, FieldSpec};
use super::leb128::{self, Leb128Error};
use super::observe::{Field, Node, Report, Silent, Value};
use crate::config::Config;
use crate::error::{ModuleError, ModuleErrorKind as Kind};
use crate::operators::{Operator, PREFIX_ATOMIC, PREFIX_VECTOR, Proposal};

/// Reads forward through bytes that begin at a known offset of a module, names
/// every field it reads, and reports it to an [`Observer`](super::Observer).
///
/// What reads fails where the bytes end, or are not what the format allows
/// there; the error has the field's name and the offset. What is read after an
/// error means nothing.
///
/// ```
/// use fayasm_core::decode::{Reader, fields};
///
/// let mut reader = Reader::new(&[0x2A, 0x80], 0x100);
/// assert_eq!(reader.u32(&fields::COUNT).unwrap(), 42);
/// let error = reader.u32(&fields::COUNT).unwrap_err();
/// assert_eq!(error.to_string(), "the bytes end inside the count, at byte 0x101");
/// ```
#[derive(Debug)]
pub struct Reader<'a, O: Report = Silent> {
    bytes: &'a [u8],
    position: usize,
    base: u32,
    /// Nodes opened here and not closed yet.
    opened: u32,
    report: O,
}

impl<'a> Reader<'a> {
    /// Reads `bytes`, which begin at offset `base` of the module, in silence.
    ///
    /// ```
    /// use fayasm_core::Operator;
    /// use fayasm_core::decode::Reader;
    ///
    /// let mut reader = Reader::new(&[0x0B], 0x40);
    /// assert_eq!(reader.operator()?, Operator::End);
    /// assert_eq!(reader.offset(), 0x41);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(bytes: &'a [u8], base: u32) -> Self {
        Reader::reporting(bytes, base, Silent)
    }
}

impl<'a, O: Report> Reader<'a, O> {
    /// Reads `bytes`, which begin at offset `base` of the module, and reports to `report`.
    ///
    /// ```
    /// use fayasm_core::decode::{Field, Observer, Reader, fields};
    ///
    /// struct Print;
    /// impl Observer for Print {
    ///     fn field(&mut self, field: &Field<'_>) {
    ///         println!("{:?} {}: {:?}", field.span, field.spec.name, field.value);
    ///     }
    /// }
    ///
    /// let mut print = Print;
    /// let mut reader = Reader::reporting(&[0x20, 0x07], 0x40, &mut print as &mut dyn Observer);
    /// reader.operator()?; // prints: 64..65 opcode: Operator(LocalGet)
    /// assert_eq!(reader.u32(&fields::LOCAL_INDEX)?, 7);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn reporting(bytes: &'a [u8], base: u32, report: O) -> Self {
        Reader { bytes, position: 0, base, opened: 0, report }
    }

    /// Offset in the module of the next byte.
    ///
    /// ```
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// let mut reader = Reader::new(&[0x80, 0x01, 0x0B], 0x40);
    /// reader.u32(&fields::COUNT)?;
    /// assert_eq!(reader.offset(), 0x42);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn offset(&self) -> u32 {
        // Modules are shorter than 4 GiB, which is checked before the first byte is read.
        self.base.wrapping_add(self.position as u32)
    }

    /// Bytes left.
    ///
    /// ```
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// let mut reader = Reader::new(&[1, 2, 3], 0);
    /// reader.byte(&fields::FENCE)?;
    /// assert_eq!(reader.remaining(), 2);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.position
    }

    /// Whether all bytes are read.
    ///
    /// ```
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// let mut reader = Reader::new(&[1, 2, 3], 0);
    /// let mut sum = 0;
    /// while !reader.is_empty() {
    ///     sum += reader.u32(&fields::COUNT)?;
    /// }
    /// assert_eq!(sum, 6);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.position >= self.bytes.len()
    }

    /// Everything this reader reads, from its first byte on.
    ///
    /// ```
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// let mut reader = Reader::new(&[1, 2, 3], 0);
    /// reader.byte(&fields::FENCE)?;
    /// assert_eq!(reader.all(), [1, 2, 3]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn all(&self) -> &'a [u8] {
        self.bytes
    }

    /// What was read from this offset of the module on.
    pub(super) fn since(&self, offset: u32) -> &'a [u8] {
        let from = offset.saturating_sub(self.base) as usize;
        self.bytes.get(from..self.position).unwrap_or_default()
    }

    /// Moves to an offset of the module, or to the end of the bytes if it lies past it.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::Operator;
    /// use fayasm_core::decode::Reader;
    ///
    /// let wat = "(module (memory 1) (func (nop)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let span = module.declarations().body(0).expect("it is not imported");
    /// let mut reader = Reader::new(module.bytes(), 0);
    /// reader.skip_to(span.start + 1); // behind the count of groups of locals
    /// assert_eq!(reader.operator()?, Operator::Nop);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn skip_to(&mut self, offset: u32) {
        self.position = (offset.saturating_sub(self.base) as usize).min(self.bytes.len());
    }

    /// How many bytes were read.
    #[inline]
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Moves past bytes that were looked at.
    #[inline]
    pub(super) fn advance(&mut self, bytes: usize) {
        self.position += bytes;
    }

    /// The next byte, without reading it.
    ///
    /// ```
    /// use fayasm_core::decode::Reader;
    ///
    /// let reader = Reader::new(&[0x40], 0);
    /// assert_eq!((reader.peek(), reader.offset()), (Some(0x40), 0));
    /// assert_eq!(Reader::new(&[], 0).peek(), None);
    /// ```
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    /// Tells the observer that a node begins here.
    ///
    /// ```
    /// use fayasm_core::decode::{Node, Observer, Reader};
    ///
    /// # #[derive(Default)]
    /// # struct Nodes(Vec<(Node, u32)>);
    /// # impl Observer for Nodes {
    /// #     fn open(&mut self, node: Node, start: u32) {
    /// #         self.0.push((node, start));
    /// #     }
    /// # }
    /// let mut nodes = Nodes::default(); // keeps what its `open` is told
    /// let mut reader = Reader::reporting(&[0x0B], 0x40, &mut nodes as &mut dyn Observer);
    /// reader.open(Node::Instruction(0));
    /// reader.operator()?;
    /// reader.close();
    /// # drop(reader);
    /// assert_eq!(nodes.0, [(Node::Instruction(0), 0x40)]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn open(&mut self, node: Node) {
        let start = self.offset();
        if let Some(observer) = self.report.observer() {
            self.opened += 1;
            observer.open(node, start);
        }
    }

    /// Tells the observer that the innermost node ends here.
    ///
    /// ```
    /// use fayasm_core::decode::{Node, Observer, Reader};
    ///
    /// # #[derive(Default)]
    /// # struct Ends(Vec<u32>);
    /// # impl Observer for Ends {
    /// #     fn close(&mut self, end: u32) {
    /// #         self.0.push(end);
    /// #     }
    /// # }
    /// let mut ends = Ends::default(); // keeps what its `close` is told
    /// let mut reader = Reader::reporting(&[0x0B, 0], 0x40, &mut ends as &mut dyn Observer);
    /// reader.open(Node::Header);
    /// reader.open(Node::Instruction(0));
    /// reader.operator()?;
    /// reader.close();
    /// drop(reader); // closes what is still open
    /// assert_eq!(ends.0, [0x41, 0x41]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn close(&mut self) {
        let end = self.offset();
        if let Some(observer) = self.report.observer() {
            self.opened = self.opened.saturating_sub(1);
            observer.close(end);
        }
    }

    /// A reader over the next `length` bytes, past which this one moves. Fails
    /// if there are fewer.
    ///
    /// ```
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// let mut reader = Reader::new(&[7, 8, 0x0B], 0x40);
    /// let part = reader.section(2, &fields::SECTION_SIZE)?;
    /// assert_eq!((part.remaining(), reader.offset()), (2, 0x42));
    /// assert!(reader.section(2, &fields::SECTION_SIZE).is_err());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn section(
        &mut self,
        length: u32,
        spec: &'static FieldSpec,
    ) -> Result<Reader<'a, O::Part<'_>>, ModuleError> {
        let offset = self.offset();
        let bytes = self.take(length as usize, spec)?;
        Ok(Reader::reporting(bytes, offset, self.report.part()))
    }

    /// An error of this kind at the next byte.
    ///
    /// ```
    /// use fayasm_core::ModuleErrorKind;
    /// use fayasm_core::decode::Reader;
    ///
    /// let reader = Reader::new(&[5], 0x40);
    /// let error = reader.error(ModuleErrorKind::PageSize);
    /// assert_eq!(error.offset(), 0x40);
    /// ```
    #[must_use]
    pub fn error(&self, kind: Kind) -> ModuleError {
        ModuleError::new(kind, self.offset())
    }

    #[inline]
    fn take(&mut self, length: usize, spec: &FieldSpec) -> Result<&'a [u8], ModuleError> {
        let bytes = self.bytes;
        match bytes.get(self.position..).and_then(|rest| rest.get(..length)) {
            Some(taken) => {
                self.position += length;
                Ok(taken)
            }
            None => Err(self.ends_inside(spec)),
        }
    }

    /// The bytes end inside this field.
    #[cold]
    pub(super) fn ends_inside(&self, spec: &FieldSpec) -> ModuleError {
        self.error(Kind::UnexpectedEnd(spec.name))
    }

    #[inline]
    pub(super) fn report(&mut self, spec: &'static FieldSpec, from: usize, value: Value<'_>) {
        let span = self.base.wrapping_add(from as u32)..self.offset();
        let raw = self.bytes.get(from..self.position);
        if let Some(observer) = self.report.observer() {
            observer.field(&Field { spec, span, raw: raw.unwrap_or_default(), value });
        }
    }

    /// A byte.
    ///
    /// ```
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// let mut reader = Reader::new(&[0x60], 0);
    /// assert_eq!(reader.byte(&fields::TYPE_FORM)?, 0x60);
    /// let error = reader.byte(&fields::TYPE_FORM).unwrap_err();
    /// assert_eq!(error.to_string(), "the bytes end inside the type form, at byte 0x1");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn byte(&mut self, spec: &'static FieldSpec) -> Result<u8, ModuleError> {
        let from = self.position;
        let Some(&byte) = self.bytes.get(from) else { return Err(self.ends_inside(spec)) };
        self.position = from + 1;
        self.report(spec, from, Value::Byte(byte));
        Ok(byte)
    }

    /// The index of a memory: a byte that can only be zero, unless there may be
    /// several memories.
    ///
    /// ```
    /// use fayasm_core::decode::Reader;
    /// use fayasm_core::{Config, Proposal};
    ///
    /// let one_memory = Config::new().without(Proposal::MultiMemory);
    /// assert_eq!(Reader::new(&[1], 0).memory_index(&Config::new()), Ok(1));
    /// assert!(Reader::new(&[1], 0).memory_index(&one_memory).is_err());
    /// ```
    pub fn memory_index(&mut self, config: &Config) -> Result<u32, ModuleError> {
        match config.allows(Proposal::MultiMemory) {
            true => self.u32(&fields::MEMORY_INDEX),
            false => self.zero(&fields::MEMORY_INDEX).map(|()| 0),
        }
    }

    /// A byte that can only be zero.
    ///
    /// ```
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// assert!(Reader::new(&[0], 0).zero(&fields::FENCE).is_ok());
    /// let error = Reader::new(&[1], 0).zero(&fields::FENCE).unwrap_err();
    /// assert_eq!(error.to_string(), "0x01 is no fence, at byte 0x0");
    /// ```
    pub fn zero(&mut self, spec: &'static FieldSpec) -> Result<(), ModuleError> {
        let at = self.offset();
        match self.byte(spec)? {
            0 => Ok(()),
            found => Err(ModuleError::new(Kind::BadByte { field: spec.name, found }, at)),
        }
    }

    /// Bytes as they are.
    ///
    /// ```
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// let mut reader = Reader::new(b"hello world", 0);
    /// assert_eq!(reader.bytes(5, &fields::DATA_BYTES)?, b"hello");
    /// assert_eq!(reader.remaining(), 6);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn bytes(
        &mut self,
        length: u32,
        spec: &'static FieldSpec,
    ) -> Result<&'a [u8], ModuleError> {
        let from = self.position;
        let bytes = self.take(length as usize, spec)?;
        self.report(spec, from, Value::Bytes(bytes));
        Ok(bytes)
    }

    /// Four bytes, little-endian.
    ///
    /// ```
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// let bits = Reader::new(&[0, 0, 0x80, 0x3F], 0).fixed32(&fields::F32_CONST)?;
    /// assert_eq!(f32::from_bits(bits), 1.0);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn fixed32(&mut self, spec: &'static FieldSpec) -> Result<u32, ModuleError> {
        let from = self.position;
        let Some((bytes, _)) = self.bytes.get(from..).and_then(<[u8]>::split_first_chunk) else {
            return Err(self.ends_inside(spec));
        };
        self.position = from + 4;
        let value = u32::from_le_bytes(*bytes);
        self.report(spec, from, Value::Fixed32(value));
        Ok(value)
    }

    /// Eight bytes, little-endian.
    ///
    /// ```
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// let bits = Reader::new(&[0, 0, 0, 0, 0, 0, 0xF0, 0x3F], 0).fixed64(&fields::F64_CONST)?;
    /// assert_eq!(f64::from_bits(bits), 1.0);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn fixed64(&mut self, spec: &'static FieldSpec) -> Result<u64, ModuleError> {
        let from = self.position;
        let Some((bytes, _)) = self.bytes.get(from..).and_then(<[u8]>::split_first_chunk) else {
            return Err(self.ends_inside(spec));
        };
        self.position = from + 8;
        let value = u64::from_le_bytes(*bytes);
        self.report(spec, from, Value::Fixed64(value));
        Ok(value)
    }

    /// Sixteen bytes.
    ///
    /// ```
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// let lanes = Reader::new(&[7; 16], 0).fixed128(&fields::V128_CONST)?;
    /// assert_eq!(lanes, [7; 16]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn fixed128(&mut self, spec: &'static FieldSpec) -> Result<[u8; 16], ModuleError> {
        let from = self.position;
        let Some((bytes, _)) = self.bytes.get(from..).and_then(<[u8]>::split_first_chunk) else {
            return Err(self.ends_inside(spec));
        };
        self.position = from + 16;
        self.report(spec, from, Value::Bytes(bytes));
        Ok(*bytes)
    }

    /// An unsigned LEB128 number of 32 bits.
    ///
    /// ```
    /// use fayasm_core::ModuleErrorKind;
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// assert_eq!(Reader::new(&[0xE5, 0x8E, 0x26], 0).u32(&fields::COUNT)?, 624_485);
    /// let too_large = Reader::new(&[0xFF, 0xFF, 0xFF, 0xFF, 0x1F], 0).u32(&fields::COUNT);
    /// assert_eq!(too_large.unwrap_err().kind(), ModuleErrorKind::Leb128TooLarge("count"));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn u32(&mut self, spec: &'static FieldSpec) -> Result<u32, ModuleError> {
        let from = self.position;
        if let Some(&byte) = self.bytes.get(from)
            && byte < 0x80
        {
            self.position = from + 1;
            self.report(spec, from, Value::Unsigned(u64::from(byte), 32));
            return Ok(u32::from(byte));
        }
        self.u32_of_several_bytes(spec)
    }

    #[inline(never)]
    fn u32_of_several_bytes(&mut self, spec: &'static FieldSpec) -> Result<u32, ModuleError> {
        let from = self.position;
        let rest = self.bytes.get(from..).unwrap_or_default();
        let (value, length) =
            leb128::unsigned::<32>(rest).map_err(|error| self.leb128_error(error, spec))?;
        self.position += length;
        self.report(spec, from, Value::Unsigned(value, 32));
        // It has at most 32 bits.
        Ok(value as u32)
    }

    /// An unsigned LEB128 number of 64 bits.
    ///
    /// ```
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// let mut reader = Reader::new(&[0x80, 0x80, 0x80, 0x80, 0x10], 0);
    /// assert_eq!(reader.u64(&fields::OFFSET)?, 1 << 32);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline(never)]
    pub fn u64(&mut self, spec: &'static FieldSpec) -> Result<u64, ModuleError> {
        let from = self.position;
        let rest = self.bytes.get(from..).unwrap_or_default();
        let (value, length) =
            leb128::unsigned::<64>(rest).map_err(|error| self.leb128_error(error, spec))?;
        self.position += length;
        self.report(spec, from, Value::Unsigned(value, 64));
        Ok(value)
    }

    /// A signed LEB128 number of at most `BITS` bits.
    ///
    /// ```
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// assert_eq!(Reader::new(&[0x7F], 0).signed::<32>(&fields::I32_CONST)?, -1);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn signed<const BITS: u32>(
        &mut self,
        spec: &'static FieldSpec,
    ) -> Result<i64, ModuleError> {
        let from = self.position;
        let rest = self.bytes.get(from..).unwrap_or_default();
        let (value, length) =
            leb128::signed::<BITS>(rest).map_err(|error| self.leb128_error(error, spec))?;
        self.position += length;
        self.report(spec, from, Value::Signed(value, BITS));
        Ok(value)
    }

    /// A signed LEB128 number of 33 bits that is part of a field, and not
    /// reported by itself.
    pub(super) fn silent_signed33(&mut self, spec: &'static FieldSpec) -> Result<i64, ModuleError> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let (value, length) =
            leb128::signed::<33>(rest).map_err(|error| self.leb128_error(error, spec))?;
        self.position += length;
        Ok(value)
    }

    #[cold]
    fn leb128_error(&self, error: Leb128Error, spec: &FieldSpec) -> ModuleError {
        self.error(match error {
            Leb128Error::UnexpectedEnd => Kind::UnexpectedEnd(spec.name),
            Leb128Error::TooLong => Kind::Leb128TooLong(spec.name),
            Leb128Error::TooLarge => Kind::Leb128TooLarge(spec.name),
        })
    }

    /// A count of things that take at least a byte each, of which there may be
    /// `limit` at the most.
    ///
    /// ```
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// let mut reader = Reader::new(&[3, 200, 1], 0);
    /// assert_eq!(reader.count(&fields::COUNT, "imports", 100)?, 3);
    /// let error = reader.count(&fields::COUNT, "imports", 100).unwrap_err();
    /// assert_eq!(error.to_string(), "more than 100 imports, at byte 0x1");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn count(
        &mut self,
        spec: &'static FieldSpec,
        what: &'static str,
        limit: u32,
    ) -> Result<u32, ModuleError> {
        let at = self.offset();
        let count = self.u32(spec)?;
        if count > limit {
            return Err(ModuleError::new(Kind::TooMany { what, limit }, at));
        }
        Ok(count)
    }

    /// A name: its length, then UTF-8.
    ///
    /// ```
    /// use fayasm_core::ModuleErrorKind;
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// assert_eq!(Reader::new(b"\x03run", 0).name(&fields::EXPORT_NAME)?, "run");
    /// let error = Reader::new(b"\x02a\xFF", 0).name(&fields::EXPORT_NAME).unwrap_err();
    /// assert_eq!((error.kind(), error.offset()), (ModuleErrorKind::NotUtf8, 2));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn name(&mut self, spec: &'static FieldSpec) -> Result<&'a str, ModuleError> {
        let length = self.u32(&fields::NAME_LENGTH)?;
        let from = self.position;
        let at = self.offset();
        let bytes = self.take(length as usize, spec)?;
        let name = core::str::from_utf8(bytes).map_err(|error| {
            // A name is shorter than the module, which is shorter than 4 GiB.
            ModuleError::new(Kind::NotUtf8, at.wrapping_add(error.valid_up_to() as u32))
        })?;
        self.report(spec, from, Value::Name(name));
        Ok(name)
    }

    /// An operator.
    ///
    /// ```
    /// use fayasm_core::decode::Reader;
    /// use fayasm_core::{ModuleErrorKind, Operator};
    ///
    /// let mut reader = Reader::new(&[0x6A, 0xFC, 0x0B, 0xFF], 0);
    /// assert_eq!(reader.operator()?, Operator::I32Add);
    /// assert_eq!(reader.operator()?, Operator::MemoryFill); // of two bytes
    /// assert_eq!(reader.operator().unwrap_err().kind(), ModuleErrorKind::UnknownOperator(0xFF));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn operator(&mut self) -> Result<Operator, ModuleError> {
        let from = self.position;
        let Some(&byte) = self.bytes.get(from) else {
            return Err(self.ends_inside(&fields::OPCODE));
        };
        let Some(operator) = Operator::from_byte(byte) else {
            return self.operator_behind_prefix(byte);
        };
        self.position = from + 1;
        self.report(&fields::OPCODE, from, Value::Operator(operator));
        Ok(operator)
    }

    #[inline(never)]
    fn operator_behind_prefix(&mut self, byte: u8) -> Result<Operator, ModuleError> {
        let at = self.offset();
        if !Operator::is_prefix(byte) {
            return Err(self.error(Kind::UnknownOperator(u32::from(byte))));
        }
        let prefix = self.byte(&fields::OPCODE_PREFIX)?;
        let from = self.position;
        let rest = self.bytes.get(from..).unwrap_or_default();
        let (code, length) = leb128::unsigned::<32>(rest)
            .map_err(|error| self.leb128_error(error, &fields::OPCODE_BEHIND))?;
        // It has at most 32 bits.
        let code = code as u32;
        let Some(operator) = Operator::from_prefixed(prefix, code) else {
            let of_prefix = match prefix {
                PREFIX_VECTOR => Proposal::Simd,
                PREFIX_ATOMIC => Proposal::Threads,
                _ => Proposal::Mvp,
            };
            if !of_prefix.is_built_in() {
                return Err(ModuleError::new(Kind::Disabled(of_prefix), at));
            }
            let code = u32::from(prefix) << 16 | code.min(0xFFFF);
            return Err(ModuleError::new(Kind::UnknownOperator(code), at));
        };
        self.position += length;
        self.report(&fields::OPCODE_BEHIND, from, Value::Operator(operator));
        Ok(operator)
    }
}

/// A reader that an error ends leaves no node open.
impl<O: Report> Drop for Reader<'_, O> {
    #[inline]
    fn drop(&mut self) {
        if O::ACTIVE {
            while self.opened > 0 {
                self.close();
            }
        }
    }
}
