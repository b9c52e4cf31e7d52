//! Files and lines of the source code behind the instructions of a module: what
//! compilers leave behind as DWARF, in custom sections, when they are asked to
//! (`-g`); and what the names mean that they give functions.
//!
//! DWARF counts bytes from the start of the contents of the code section;
//! everything here is asked by offsets in the module, as traps and
//! instructions have them.

#![forbid(unsafe_code)]

mod demangle;

use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use addr2line::Context;
use fayasm_core::Module;
use fayasm_core::module::SectionId;
use gimli::{EndianRcSlice, LittleEndian, SectionId as DwarfSection};

pub use demangle::{demangle, demangle_name};

type Bytes = EndianRcSlice<LittleEndian>;

/// The most calls that a compiler can have inlined into one another at one
/// instruction and still be shown.
const MAX_INLINED: usize = 64;

/// Where in the source code the instructions of a module come from.
///
/// ```no_run
/// use fayasm_core::{Engine, Error, Module};
/// use fayasm_dwarf::SourceMap;
///
/// # fn run(_: &Module) -> Error { unimplemented!() }
/// # let wasm: &[u8] = &[];
/// let module = Module::new(&Engine::default(), wasm)?;
/// if let Error::Trap(trap) = run(&module)
///     && let Some(map) = SourceMap::new(&module)
/// {
///     for frame in trap.backtrace() {
///         for place in map.places(frame.offset) {
///             println!("{place}");
///         }
///     }
/// }
/// # Ok::<(), fayasm_core::ModuleError>(())
/// ```
pub struct SourceMap {
    context: Context<Bytes>,
    /// Where the contents of the code section begin, in bytes from the start of the module.
    code_start: u32,
}

/// A place in source code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The function as the source code names it.
    pub function: Option<String>,
    /// The file's path, as the compiler was given it.
    pub file: Option<String>,
    /// The line, counted from 1.
    pub line: Option<u32>,
    /// The column, counted from 1.
    pub column: Option<u32>,
}

impl SourceMap {
    /// The source code behind a module. None if the module does not say, or
    /// says it in a way that cannot be understood.
    #[must_use]
    pub fn new(module: &Module) -> Option<Self> {
        let sections = &module.declarations().sections;
        let code = sections.iter().find(|section| section.id == SectionId::Code)?;
        Self::from_sections(code.contents.start, |name| {
            let found = sections.iter().find(|section| {
                section.id == SectionId::Custom && section.name.as_deref() == Some(name)
            });
            found.and_then(|section| module.bytes().get(section.contents.range()))
        })
    }

    /// The same, of a module that is not at hand: `contents` gives the custom section of a
    /// name, and the contents of the code section begin at the byte `code_start`.
    ///
    /// ```
    /// use fayasm_dwarf::SourceMap;
    ///
    /// assert!(SourceMap::from_sections(0, |_name| None).is_none());
    /// ```
    #[must_use]
    pub fn from_sections<'a>(
        code_start: u32,
        contents: impl Fn(&str) -> Option<&'a [u8]>,
    ) -> Option<Self> {
        contents(DwarfSection::DebugInfo.name())?;
        let load = |wanted: DwarfSection| {
            let bytes = contents(wanted.name()).unwrap_or_default();
            Ok::<_, gimli::Error>(Bytes::new(Rc::from(bytes), LittleEndian))
        };
        let dwarf = gimli::Dwarf::load(load).ok()?;
        let context = Context::from_dwarf(dwarf).ok()?;
        Some(SourceMap { context, code_start })
    }

    /// The lines that all instructions come from: ranges of offsets in the module, in
    /// order, each with its file and line. Ranges of which nothing is known are left out.
    #[must_use]
    pub fn lines(&self) -> Vec<(Range<u32>, &str, u32)> {
        let mut lines: Vec<(Range<u32>, &str, u32)> = Vec::new();
        let Ok(ranges) = self.context.find_location_range(0, u64::MAX) else { return lines };
        let offset = |address: u64| u32::try_from(address).ok()?.checked_add(self.code_start);
        for (address, length, location) in ranges {
            let range = offset(address).zip(offset(address.saturating_add(length)));
            let place = location.file.zip(location.line.filter(|line| *line > 0));
            if let (Some((start, end)), Some((file, line))) = (range, place) {
                match lines.last_mut() {
                    Some((last, its_file, its_line))
                        if (last.end, *its_file, *its_line) == (start, file, line) =>
                    {
                        last.end = end;
                    }
                    _ => lines.push((start..end, file, line)),
                }
            }
        }
        lines.sort_by_key(|(range, ..)| range.start);
        lines
    }

    /// Where the instruction at this offset in the module comes from: the
    /// innermost function first, then those that it was inlined into. Empty if
    /// that is not known.
    #[must_use]
    pub fn places(&self, offset: u32) -> Vec<Place> {
        let mut places = Vec::new();
        let Some(address) = offset.checked_sub(self.code_start) else { return places };
        let Ok(mut frames) = self.context.find_frames(address.into()).skip_all_loads() else {
            return places;
        };
        while places.len() < MAX_INLINED
            && let Ok(Some(frame)) = frames.next()
        {
            let function = frame.function.as_ref();
            let name = function.and_then(|name| Some(name.raw_name().ok()?.into_owned()));
            let name = name.map(|name| demangle(&name).unwrap_or(name));
            let (file, line, column) = match frame.location {
                Some(at) => (at.file.map(ToOwned::to_owned), at.line, at.column),
                None => (None, None, None),
            };
            places.push(Place { function: name, file, line, column });
        }
        places
    }
}

impl fmt::Debug for SourceMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceMap").field("code_start", &self.code_start).finish_non_exhaustive()
    }
}

/// `name at file:line:column`, as much of it as is known.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.function.as_deref().unwrap_or("?"))?;
        if let Some(file) = &self.file {
            write!(f, " at {file}")?;
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
            }
            // A compiler that does not know the column says 0.
            if let Some(column @ 1..) = self.column {
                write!(f, ":{column}")?;
            }
        }
        Ok(())
    }
}
