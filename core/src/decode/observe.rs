//! What a decoder can tell while it reads.

use core::ops::Range;

use super::fields::FieldSpec;
use crate::operators::Operator;
use crate::types::ValType;

/// Told of every field as it is read, and of the nodes the fields stand in.
///
/// ```
/// use fayasm_core::decode::{Field, Observer, Unchecked};
/// use fayasm_core::module::Declarations;
/// use fayasm_core::{Config, decode};
///
/// #[derive(Default)]
/// struct Listing(Vec<String>);
/// impl Observer for Listing {
///     fn field(&mut self, field: &Field<'_>) {
///         self.0.push(format!("{} {:x?}", field.spec.name, field.raw));
///     }
/// }
///
/// let (mut listing, mut all) = (Listing::default(), Declarations::default());
/// let wasm = b"\0asm\x01\0\0\0";
/// decode::module(wasm, &Config::new(), &mut all, Some(&mut listing), &mut Unchecked)?;
/// assert_eq!(listing.0, ["magic [0, 61, 73, 6d]", "version [1, 0, 0, 0]"]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub trait Observer {
    /// A node begins at this byte; what follows, up to its `close`, is inside it.
    ///
    /// ```
    /// use fayasm_core::decode::{Node, Observer, Unchecked};
    /// use fayasm_core::module::Declarations;
    /// use fayasm_core::{Config, decode};
    ///
    /// #[derive(Default)]
    /// struct Sections(Vec<(u8, u32)>);
    /// impl Observer for Sections {
    ///     fn open(&mut self, node: Node, start: u32) {
    ///         if let Node::Section(id) = node {
    ///             self.0.push((id, start));
    ///         }
    ///     }
    /// }
    ///
    /// let wasm = wat::parse_str("(module (memory 1))")?;
    /// let (mut sections, mut all) = (Sections::default(), Declarations::default());
    /// decode::module(&wasm, &Config::new(), &mut all, Some(&mut sections), &mut Unchecked)?;
    /// assert_eq!(sections.0, [(5, 8)]); // the memory section, behind magic and version
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn open(&mut self, node: Node, start: u32) {
        let _ = (node, start);
    }

    /// The innermost open node ends before this byte.
    ///
    /// ```
    /// use fayasm_core::decode::{Node, Observer, Unchecked};
    /// use fayasm_core::module::Declarations;
    /// use fayasm_core::{Config, decode};
    ///
    /// #[derive(Default)]
    /// struct Depth(u32);
    /// impl Observer for Depth {
    ///     fn open(&mut self, _node: Node, _start: u32) {
    ///         self.0 += 1;
    ///     }
    ///
    ///     fn close(&mut self, _end: u32) {
    ///         self.0 -= 1;
    ///     }
    /// }
    ///
    /// let wasm = wat::parse_str("(module (memory 1))")?;
    /// let (mut depth, mut all) = (Depth::default(), Declarations::default());
    /// decode::module(&wasm, &Config::new(), &mut all, Some(&mut depth), &mut Unchecked)?;
    /// assert_eq!(depth.0, 0); // each node that is opened is closed
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn close(&mut self, end: u32) {
        let _ = end;
    }

    /// A field was read.
    ///
    /// ```
    /// use fayasm_core::decode::{Field, Observer, Unchecked};
    /// use fayasm_core::module::Declarations;
    /// use fayasm_core::{Config, decode};
    ///
    /// #[derive(Default)]
    /// struct Covered(u32);
    /// impl Observer for Covered {
    ///     fn field(&mut self, field: &Field<'_>) {
    ///         assert_eq!(field.span.start, self.0); // no byte is left out
    ///         self.0 = field.span.end;
    ///     }
    /// }
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "run") (nop)))"#)?;
    /// let (mut covered, mut all) = (Covered::default(), Declarations::default());
    /// decode::module(&wasm, &Config::new(), &mut all, Some(&mut covered), &mut Unchecked)?;
    /// assert_eq!(covered.0 as usize, wasm.len());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn field(&mut self, field: &Field<'_>) {
        let _ = field;
    }
}

/// Where a reader reports to: an observer, or nowhere. Reading is compiled once
/// for each, so that without an observer reporting costs nothing.
///
/// ```
/// use fayasm_core::ModuleError;
/// use fayasm_core::decode::{Reader, Report, fields};
///
/// /// Compiled once for readers that report and once for those that do not.
/// fn skip_name<O: Report>(reader: &mut Reader<'_, O>) -> Result<(), ModuleError> {
///     let length = reader.u32(&fields::NAME_LENGTH)?;
///     reader.bytes(length, &fields::NAME).map(|_| ())
/// }
///
/// let mut reader = Reader::new(b"\x03abc!", 0);
/// skip_name(&mut reader)?;
/// assert_eq!(reader.peek(), Some(b'!'));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub trait Report {
    /// Whether anything is to be reported at all.
    ///
    /// ```
    /// use fayasm_core::decode::{Observer, Report, Silent};
    ///
    /// assert!(!Silent::ACTIVE);
    /// assert!(<&mut dyn Observer as Report>::ACTIVE);
    /// ```
    const ACTIVE: bool;

    /// The same, for a reader of a part.
    type Part<'p>: Report
    where
        Self: 'p;

    /// Lends itself to a reader of a part.
    ///
    /// ```
    /// use fayasm_core::decode::{Observer, Reader, Report, fields};
    ///
    /// struct Nothing;
    /// impl Observer for Nothing {}
    ///
    /// let mut nothing = Nothing;
    /// let mut report: &mut dyn Observer = &mut nothing;
    /// let mut part = Reader::reporting(&[7], 0, report.part());
    /// assert_eq!(part.u32(&fields::COUNT)?, 7);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn part(&mut self) -> Self::Part<'_>;

    /// The observer, if there is one.
    ///
    /// ```
    /// use fayasm_core::decode::{Report, Silent};
    ///
    /// assert!(Silent.observer().is_none());
    /// ```
    fn observer(&mut self) -> Option<&mut dyn Observer>;
}

/// Reports nowhere.
///
/// ```
/// use fayasm_core::decode::{Reader, Silent, fields};
///
/// let mut reader = Reader::reporting(&[7], 0, Silent); // as `Reader::new` has it
/// assert_eq!(reader.u32(&fields::COUNT)?, 7);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Report for Silent {
    const ACTIVE: bool = false;

    type Part<'p> = Silent;

    fn part(&mut self) -> Silent {
        Silent
    }

    fn observer(&mut self) -> Option<&mut dyn Observer> {
        None
    }
}

impl<'d> Report for &mut (dyn Observer + 'd) {
    const ACTIVE: bool = true;

    type Part<'p>
        = &'p mut (dyn Observer + 'd)
    where
        Self: 'p;

    fn part(&mut self) -> &mut (dyn Observer + 'd) {
        &mut **self
    }

    fn observer(&mut self) -> Option<&mut dyn Observer> {
        Some(&mut **self)
    }
}

/// A leaf of the binary format: a run of bytes that means one thing.
///
/// ```
/// use fayasm_core::decode::{Field, Observer, Reader, fields};
///
/// struct Longest(u32);
/// impl Observer for Longest {
///     fn field(&mut self, field: &Field<'_>) {
///         self.0 = self.0.max(field.span.end - field.span.start);
///     }
/// }
///
/// let mut longest = Longest(0);
/// let mut reader = Reader::reporting(&[5, 0x80, 1], 0, &mut longest as &mut dyn Observer);
/// reader.u32(&fields::COUNT)?;
/// reader.u32(&fields::COUNT)?;
/// # drop(reader);
/// assert_eq!(longest.0, 2);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Field<'a> {
    /// What it is.
    pub spec: &'static FieldSpec,
    /// Its bytes' place in the module.
    pub span: Range<u32>,
    /// Its bytes.
    pub raw: &'a [u8],
    /// What they say.
    pub value: Value<'a>,
}

/// A decoded value, by the way it is encoded.
///
/// ```
/// use fayasm_core::decode::{Field, Observer, Reader, Value, fields};
///
/// #[derive(Default)]
/// struct Texts(Vec<String>);
/// impl Observer for Texts {
///     fn field(&mut self, field: &Field<'_>) {
///         if let Value::Name(name) = field.value {
///             self.0.push(name.to_owned());
///         }
///     }
/// }
///
/// let mut texts = Texts::default();
/// let mut reader = Reader::reporting(b"\x03run", 0, &mut texts as &mut dyn Observer);
/// reader.name(&fields::EXPORT_NAME)?;
/// # drop(reader);
/// assert_eq!(texts.0, ["run"]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// One byte.
    Byte(u8),
    /// Four bytes, little-endian.
    Fixed32(u32),
    /// Eight bytes, little-endian.
    Fixed64(u64),
    /// Unsigned LEB128 of so many bits.
    Unsigned(u64, u32),
    /// Signed LEB128 of so many bits.
    Signed(i64, u32),
    /// UTF-8.
    Name(&'a str),
    /// Uninterpreted bytes.
    Bytes(&'a [u8]),
    /// A value type.
    Type(ValType),
    /// An operator.
    Operator(Operator),
}

/// A part of a module that has parts: a step in a field's path.
///
/// ```
/// use fayasm_core::decode::{Node, Observer, Unchecked};
/// use fayasm_core::module::Declarations;
/// use fayasm_core::{Config, decode};
///
/// #[derive(Default)]
/// struct Bodies(Vec<u32>);
/// impl Observer for Bodies {
///     fn open(&mut self, node: Node, _start: u32) {
///         if let Node::Body(function) = node {
///             self.0.push(function);
///         }
///     }
/// }
///
/// let wasm = wat::parse_str(r#"(module (import "env" "log" (func)) (func) (func))"#)?;
/// let (mut bodies, mut all) = (Bodies::default(), Declarations::default());
/// decode::module(&wasm, &Config::new(), &mut all, Some(&mut bodies), &mut Unchecked)?;
/// assert_eq!(bodies.0, [1, 2]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Node {
    /// Magic and version.
    Header,
    /// A section, by its id.
    Section(u8),
    /// An entry of the section it stands in, by its place there.
    Entry(u32),
    /// A named part of an entry.
    Part(&'static str),
    /// A subsection of the name section, by its id.
    Subsection(u8),
    /// A function's body, by the function's index (imported ones counted).
    Body(u32),
    /// An instruction, by its place in its body or expression.
    Instruction(u32),
}
