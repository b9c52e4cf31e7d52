//! Microcode as bytes, to be stored.
//!
//! The body of the [envelope](crate::envelope), all numbers having 32 bits where nothing else is
//! said: after how many instructions in a row it is looked whether to stop; how many functions
//! follow; and for each of them, in order:
//!
//! | numbers | |
//! | --- | --- |
//! | 1 | index of the function |
//! | 4 | slots of parameters, of other locals, of the frame, of results |
//! | 1 | instructions of the function |
//! | 2 | how many entries and words follow |
//! | 6 for each entry | word, instruction, call, entry of the side table, index, height |
//! | 1 of 64 bits for each word | as the [operators](super::op) lay them out, all operands in slots |
//!
//! **Nothing that was stored is executed.** A store that loads microcode translates its functions
//! and compares, byte for byte. What executes microcode relies on all that the translator knows of
//! a function: not only on slots, targets and indices that are in range, but on what type a slot
//! has (a number that is taken for a reference could be that of any function of the store), and
//! that every way round a loop counts. To prove that of other words takes a walk through the body
//! with the types of all operands; and translating takes no longer than validating.

use alloc::vec::Vec;
use core::fmt;

use super::op::{Word, operators};
use super::translate::translate;
use super::{Entry, Microcode, Refused, Tiers};
use crate::envelope::{self, EnvelopeError};
use crate::execute::Code;
use crate::module::Module;
use crate::planner::Gate;
use crate::spill::ObjectKind;

/// Why microcode was not saved, or not loaded.
///
/// ```
/// # use fayasm_core::{Engine, Linker, Module, Store};
/// use fayasm_core::{EnvelopeError, MicrocodeError};
///
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str("(module)")?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// let error = store.load_microcode(instance, b"#!/bin/sh").unwrap_err();
/// assert_eq!(error, MicrocodeError::Envelope(EnvelopeError::Magic));
/// assert_eq!(error.to_string(), "these bytes cannot be used as microcode: they do not begin with FYSM");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MicrocodeError {
    /// The bytes are not microcode of this module.
    Envelope(EnvelopeError),
    /// The microcode looks whether to stop after another number of instructions, because
    /// [`Translate`](crate::Translate) was another.
    Straight {
        /// After how many it looks here.
        expected: u32,
        /// After how many the stored microcode looks.
        found: u32,
    },
    /// What is there is not as long as it says.
    Length {
        /// The first byte that is missing or left over.
        offset: usize,
    },
    /// No such function can follow: the module defines none, or they are out of order.
    Function {
        /// Its index.
        function: u32,
        /// Where that stands, in bytes.
        offset: usize,
    },
    /// A function is not translated here.
    Refused {
        /// Its index.
        function: u32,
        /// Why not.
        reason: Refused,
    },
    /// A function is translated to something else here.
    Differs {
        /// Its index.
        function: u32,
        /// Where the difference begins, in bytes.
        offset: usize,
    },
    /// Nothing is translated here, for this reason.
    Gate(Gate),
    /// There is no room for it beside the microcode that is there.
    Budget,
    /// The instance belongs to another store.
    ForeignHandle,
    /// The machine has no memory left.
    OutOfMemory,
}

impl fmt::Display for MicrocodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use MicrocodeError as E;
        match self {
            E::Envelope(reason) => write!(f, "these bytes cannot be used as microcode: {reason}"),
            E::Straight { expected, found } => write!(
                f,
                "the microcode looks whether to stop after {found} instructions, and here it does \
                 after {expected}"
            ),
            E::Length { offset } => {
                write!(f, "the microcode is not as long as it says, at byte {offset:#x}")
            }
            E::Function { function, offset } => {
                write!(f, "function {function} cannot follow in the microcode, at byte {offset:#x}")
            }
            E::Refused { function, reason } => {
                write!(f, "function {function} is not translated: {reason}")
            }
            E::Differs { function, offset } => write!(
                f,
                "function {function} is translated to something else, from byte {offset:#x} on"
            ),
            E::Gate(gate) => write!(f, "nothing is translated: microcode is {gate}"),
            E::Budget => f.write_str("there is no room for the microcode within the budget"),
            E::ForeignHandle => f.write_str("the instance belongs to another store"),
            E::OutOfMemory => f.write_str("out of memory"),
        }
    }
}

impl core::error::Error for MicrocodeError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            MicrocodeError::Envelope(reason) => Some(reason),
            _ => None,
        }
    }
}

/// Microcode that is being put together to be stored.
struct Writer {
    /// With room for the envelope.
    bytes: Vec<u8>,
    functions: u32,
}

impl Writer {
    /// Where the number of functions stands.
    const FUNCTIONS: usize = envelope::BYTES + 4;

    fn new(straight: u32) -> Result<Self, MicrocodeError> {
        let mut writer = Writer { bytes: Vec::new(), functions: 0 };
        writer.put(&[0; envelope::BYTES])?;
        writer.put(&straight.to_le_bytes())?;
        writer.put(&[0; 4])?;
        Ok(writer)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), MicrocodeError> {
        self.bytes.try_reserve(bytes.len()).map_err(|_| MicrocodeError::OutOfMemory)?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn add(&mut self, function: u32, code: &Microcode) -> Result<(), MicrocodeError> {
        self.functions += 1;
        self.put(&function.to_le_bytes())?;
        code.encode(|bytes| self.put(bytes))
    }

    fn finish(mut self, module: &Module) -> Vec<u8> {
        let count = self.functions.to_le_bytes();
        self.bytes[Self::FUNCTIONS..Self::FUNCTIONS + 4].copy_from_slice(&count);
        let (header, body) = self.bytes.split_at_mut(envelope::BYTES);
        header.copy_from_slice(&envelope::seal(ObjectKind::Microcode, module.bytes(), body));
        self.bytes
    }
}

/// Stored bytes that are being read.
struct Reader<'b> {
    body: &'b [u8],
    /// How many of the body have been read.
    at: usize,
}

impl Reader<'_> {
    /// Where the next byte stands, the envelope included.
    fn offset(&self) -> usize {
        envelope::BYTES + self.at
    }

    fn number(&mut self) -> Result<u32, MicrocodeError> {
        let number = envelope::get(self.body, self.at);
        let number = number.ok_or(MicrocodeError::Length { offset: self.offset() })?;
        self.at += number.len();
        Ok(u32::from_le_bytes(number))
    }

    /// Goes over what is stored for a module: hands each function to `compare`, which passes over
    /// its microcode; says how many there are.
    fn read(
        module: &Module,
        straight: u32,
        stored: &[u8],
        mut compare: impl FnMut(&mut Reader<'_>, u32) -> Result<(), MicrocodeError>,
    ) -> Result<usize, MicrocodeError> {
        let body = envelope::open(ObjectKind::Microcode, module.bytes(), stored);
        let mut reader = Reader { body: body.map_err(MicrocodeError::Envelope)?, at: 0 };
        let found = reader.number()?;
        if found != straight {
            return Err(MicrocodeError::Straight { expected: straight, found });
        }
        let all = module.declarations();
        let mut functions = all.imported_functions..all.functions.len() as u32;
        let count = reader.number()?;
        for _ in 0..count {
            let offset = reader.offset();
            let function = reader.number()?;
            if !functions.contains(&function) {
                return Err(MicrocodeError::Function { function, offset });
            }
            functions.start = function + 1;
            compare(&mut reader, function)?;
        }
        if reader.at < reader.body.len() {
            return Err(MicrocodeError::Length { offset: reader.offset() });
        }
        Ok(count as usize)
    }

    /// Passes over the microcode of a function, which must be this.
    fn compare(&mut self, function: u32, code: &Microcode) -> Result<(), MicrocodeError> {
        code.encode(|expected| {
            let found = self.body.get(self.at..).unwrap_or_default();
            if found.starts_with(expected) {
                self.at += expected.len();
                return Ok(());
            }
            let same = expected.iter().zip(found).take_while(|(a, b)| a == b).count();
            Err(MicrocodeError::Differs { function, offset: self.offset() + same })
        })
    }
}

impl Microcode {
    /// Hands the bytes to `put`, piece by piece.
    fn encode<E>(&self, mut put: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let Microcode { words, entries, params, locals, frame, results, instructions } = self;
        // Both are fewer than 32 bits can count, as bytes of a body are.
        let counts = [entries.len() as u32, words.len() as u32];
        let [params, locals, frame, results] =
            [params, locals, frame, results].map(|it| u32::from(*it));
        let numbers = [params, locals, frame, results, *instructions];
        numbers.iter().chain(&counts).try_for_each(|number| put(&number.to_le_bytes()))?;
        for entry in entries {
            let Entry { at, pc, next_entry, index, height, call } = *entry;
            for number in [at, pc, pc - u32::from(call), next_entry, index, height.into()] {
                put(&number.to_le_bytes())?;
            }
        }
        // Which operands come from registers depends on the machine.
        for operator in operators(words) {
            for (place, word) in operator.iter().enumerate() {
                let word = if place == 0 { Word(*word).base().0 } else { *word };
                put(&word.to_le_bytes())?;
            }
        }
        Ok(())
    }
}

impl Module {
    /// The microcode of all functions that can be translated, as bytes, to be stored and
    /// [loaded](crate::Store::load_microcode) into stores of the same settings, wherever.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// let wat = r#"(module (func (result i32) (i32.const 7)) (func (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let stored = module.save_microcode()?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// assert_eq!(store.load_microcode(instance, &stored)?, 2);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`MicrocodeError::OutOfMemory`]
    pub fn save_microcode(&self) -> Result<Vec<u8>, MicrocodeError> {
        let straight = self.engine().config().straight();
        let all = self.declarations();
        let mut writer = Writer::new(straight)?;
        for function in all.imported_functions..all.functions.len() as u32 {
            match translate(self, function, straight, usize::MAX, usize::MAX) {
                Ok(code) => writer.add(function, &code)?,
                Err(Refused::OutOfMemory) => return Err(MicrocodeError::OutOfMemory),
                Err(_) => {}
            }
        }
        Ok(writer.finish(self))
    }

    /// Checks that these bytes are microcode of the module, as
    /// [loading](crate::Store::load_microcode) them does; says of how many functions.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::{EnvelopeError, MicrocodeError};
    ///
    /// let engine = Engine::default();
    /// let [seven, eight] = ["7", "8"].map(|number| {
    ///     let wat = format!("(module (func (result i32) (i32.const {number})))");
    ///     Module::new(&engine, wat::parse_str(wat).expect("it is right")).expect("it is valid")
    /// });
    /// let stored = seven.save_microcode()?;
    /// assert_eq!(seven.check_microcode(&stored), Ok(1));
    /// let error = eight.check_microcode(&stored).unwrap_err();
    /// assert_eq!(error, MicrocodeError::Envelope(EnvelopeError::Module));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What is not as it was saved, or not as it would be saved here.
    pub fn check_microcode(&self, stored: &[u8]) -> Result<usize, MicrocodeError> {
        let straight = self.engine().config().straight();
        Reader::read(self, straight, stored, |reader, function| {
            let code = translate(self, function, straight, usize::MAX, usize::MAX)
                .map_err(|reason| MicrocodeError::Refused { function, reason })?;
            reader.compare(function, &code)
        })
    }
}

impl Tiers {
    /// The microcode of an instance's functions as bytes.
    pub(crate) fn save(&self, code: Code<'_>, instance: u32) -> Result<Vec<u8>, MicrocodeError> {
        let mut writer = Writer::new(code.straight)?;
        for (function, microcode) in (0..).zip(self.codes(instance as usize)) {
            if let Some(microcode) = microcode {
                writer.add(function, microcode)?;
            }
        }
        Ok(writer.finish(code.module(instance)))
    }

    /// Translates the functions of an instance of which these bytes are the microcode, if they
    /// are; says how many. If not, none.
    pub(crate) fn load(
        &mut self,
        code: Code<'_>,
        instance: u32,
        stored: &[u8],
    ) -> Result<usize, MicrocodeError> {
        let gate = code.planner.gate();
        if !gate.is_open() {
            return Err(MicrocodeError::Gate(gate));
        }
        let (module, straight) = (code.module(instance), code.straight);
        let (mut codes, mut bytes) = (Vec::new(), 0);
        let count = Reader::read(module, straight, stored, |reader, function| {
            if let Some(microcode) = self.code(instance as usize, function) {
                return reader.compare(function, microcode);
            }
            let microcode = self
                .translated(module, function, straight)
                .map_err(|reason| MicrocodeError::Refused { function, reason })?;
            reader.compare(function, &microcode)?;
            bytes += microcode.bytes();
            if bytes > self.most() {
                return Err(MicrocodeError::Budget);
            }
            codes.try_reserve(1).map_err(|_| MicrocodeError::OutOfMemory)?;
            codes.push((function, microcode));
            Ok(())
        })?;
        if !self.admit_all(code, instance, codes, bytes) {
            return Err(MicrocodeError::Budget);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::crc::crc32c;
    use crate::engine::Engine;
    use crate::execute::microcode::op::Op;

    /// Numbers and layouts of operators belong to the format: if they change, its version does,
    /// too, as soon as anybody can have stored something.
    #[test]
    fn operators_are_those_of_this_version() {
        let stored = Op::ALL.iter().filter(|op| op.base().0 == **op);
        let rows: Vec<_> = stored.map(|op| format!("{op:?} {:?}\n", op.format())).collect();
        let table = crc32c(rows.concat().as_bytes());
        assert_eq!((envelope::VERSION, rows.len(), table), (3, 314, 1_674_196_362));
    }

    #[test]
    fn the_bytes_are_those_of_this_version() {
        let wat = "(module (func (param i32) (result i32) (i32.add (local.get 0) (i32.const 5))))";
        let module = Module::new(&Engine::default(), wat::parse_str(wat).unwrap()).unwrap();
        let stored = module.save_microcode().unwrap();
        let numbers = stored.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes));
        let envelope = [
            [0x4D53_5946, 0x0001_0003, 80, 0],
            [0xCF30_7CE4, 0x3EB8_7ED0, 0, 0],
            [0, 0, 0x95A3_72EF, 0x2EB9_5FDC],
        ];
        // Each function; its slots, instructions, and how many entries and words; these.
        let body: [&[u32]; 5] = [
            &[256, 1],
            &[0, 1, 0, 3, 1, 4, 1, 2],
            &[0, 1, 1, 0, 0, 1],
            &[0x0001_0047, 0x0005_0000],
            &[0x0001_0009, 4],
        ];
        assert_eq!(numbers.collect::<Vec<u32>>(), [envelope.concat(), body.concat()].concat());
    }
}
