//! Conditions of breakpoints: a small language of numbers, locals, globals and memory.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use core::cmp::Ordering;
use core::fmt;

use super::Inspector;
use crate::execute::Job;
use crate::module::{Module, Named, Names};
use crate::runtime::{AsContext, Val};
use crate::types::{ExternKind, ValType};

/// How deep conditions can be nested.
const MAX_NESTING: u32 = 64;

/// How many values a condition can be made of.
const MAX_VALUES: u32 = 256;

/// What is wrong with the text of a condition, and at which byte of it.
///
/// ```
/// use fayasm_core::inspect::{Condition, ConditionErrorKind};
///
/// let error = Condition::parse("l0 = 1").unwrap_err();
/// assert_eq!((error.at, error.kind), (3, ConditionErrorKind::ExpectedEnd));
/// assert_eq!(error.to_string(), "an operator or the end is expected");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConditionError {
    /// The byte.
    pub at: usize,
    /// What is wrong.
    pub kind: ConditionErrorKind,
}

/// What can be wrong with a condition.
///
/// ```
/// use fayasm_core::inspect::{Condition, ConditionErrorKind};
///
/// let error = Condition::parse("u8[4 == 1").unwrap_err();
/// assert_eq!(error.kind, ConditionErrorKind::Expected(']'));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConditionErrorKind {
    /// Something else than a value.
    ExpectedValue,
    /// Something behind the condition.
    ExpectedEnd,
    /// A missing bracket.
    Expected(char),
    /// A number that is too large.
    TooLarge,
    /// Too much nesting.
    TooDeep,
    /// Too many values.
    TooLong,
    /// No local of the function and no global has this name.
    UnknownName,
    /// The function has no such local, or the module no such global.
    UnknownIndex,
}

impl fmt::Display for ConditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            ConditionErrorKind::ExpectedValue => "a value is expected",
            ConditionErrorKind::ExpectedEnd => "an operator or the end is expected",
            ConditionErrorKind::Expected(character) => {
                return write!(f, "`{character}` is expected");
            }
            ConditionErrorKind::TooLarge => "the number is too large",
            ConditionErrorKind::TooDeep => "it is nested too deep",
            ConditionErrorKind::TooLong => "it is too long",
            ConditionErrorKind::UnknownName => "nothing has this name",
            ConditionErrorKind::UnknownIndex => "nothing has this index",
        })
    }
}

impl core::error::Error for ConditionError {}

/// A condition that may hold where a job stands.
///
/// `l0` is a local, `g0` a global, `$name` whichever has the name; `u8[0x400]` is a byte of
/// memory 0 (`i8`, `i16`, `u16`, `i32`, `u32`, `i64`, `u64`, `f32` and `f64` as well).
/// Numbers are decimal or hexadecimal, floats as well (`1e300`, `0x1p-3`); `||`, `&&`, `==`, `!=`, `<`, `<=`, `>`, `>=`, `+`, `-`,
/// `*`, `!` and parentheses mean what they mean elsewhere. Integers do not wrap.
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store, Val};
/// use fayasm_core::inspect::{Condition, Inspector};
/// use fayasm_core::module::{NameIndex, Names};
///
/// let wat = r#"(module (func (export "f") (param $n i32)))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// let job = Job::new(&store, f, &[Val::I32(7)])?;
/// let all = module.declarations();
/// let index = NameIndex::new(module.bytes(), all);
/// let names = Names::new(module.bytes(), all, &index);
/// let mut inspector = Inspector::new();
/// let mut holds = |text| {
///     let condition = Condition::parse(text)?;
///     condition.check(&module, names, Some(0))?;
///     Ok::<_, Box<dyn core::error::Error>>(condition.holds(&store, &job, names, &mut inspector))
/// };
/// assert!(holds("$n > 5 && l0 != 8")?);
/// assert!(!holds("$n * 2 == 15")?);
/// assert!(holds("l1 == 0").is_err()); // it has no such local
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Condition(Expr);

#[derive(Debug, Clone, PartialEq)]
enum Expr {
    Number(Value),
    /// A local or global, by its name; and where it is named.
    Name(String, usize),
    Local(u32, usize),
    Global(u32, usize),
    Memory(Width, Box<Expr>),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    Binary(Operation, Box<Expr>, Box<Expr>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Value {
    Int(i128),
    Float(f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Add,
    Subtract,
    Multiply,
}

/// Operators by how strongly they bind, the weakest first; of those that begin
/// alike, the longer first.
const OPERATIONS: [&[(&str, Operation)]; 5] = [
    &[("||", Operation::Or)],
    &[("&&", Operation::And)],
    &[
        ("==", Operation::Equal),
        ("!=", Operation::Unequal),
        ("<=", Operation::AtMost),
        (">=", Operation::AtLeast),
        ("<", Operation::Less),
        (">", Operation::Greater),
    ],
    &[("+", Operation::Add), ("-", Operation::Subtract)],
    &[("*", Operation::Multiply)],
];

/// How bytes of the memory are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Width {
    Signed(usize),
    Unsigned(usize),
    Float(usize),
}

const WIDTHS: [(&str, Width); 10] = [
    ("i8[", Width::Signed(1)),
    ("i16[", Width::Signed(2)),
    ("i32[", Width::Signed(4)),
    ("i64[", Width::Signed(8)),
    ("u8[", Width::Unsigned(1)),
    ("u16[", Width::Unsigned(2)),
    ("u32[", Width::Unsigned(4)),
    ("u64[", Width::Unsigned(8)),
    ("f32[", Width::Float(4)),
    ("f64[", Width::Float(8)),
];

impl Condition {
    /// Reads a condition.
    ///
    /// ```
    /// use fayasm_core::inspect::Condition;
    ///
    /// assert!(Condition::parse("u8[$p + 1] == 0x7f || !g0").is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Condition, ConditionError> {
        let mut parser = Parser { text, at: 0, nesting: 0, values: 0 };
        let read = parser.binary(0).and_then(|expr| {
            parser.skip_spaces();
            match parser.at == text.len() {
                true => Ok(Condition(expr)),
                false => Err((parser.at, ConditionErrorKind::ExpectedEnd)),
            }
        });
        read.map_err(|(at, kind)| ConditionError { at, kind })
    }

    /// Fails if it names what a module, or this function of it, does not know. Without a
    /// function, locals may be those of any.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::inspect::Condition;
    /// use fayasm_core::module::{NameIndex, Names};
    ///
    /// let wat = "(module (func) (func (local $i i32)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let all = module.declarations();
    /// let index = NameIndex::new(module.bytes(), all);
    /// let names = Names::new(module.bytes(), all, &index);
    /// let condition = Condition::parse("1 + $i")?;
    /// assert_eq!(condition.check(&module, names, Some(0)).unwrap_err().at, 4);
    /// assert!(condition.check(&module, names, Some(1)).is_ok());
    /// assert!(condition.check(&module, names, None).is_ok());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What it does not know, and where that is named.
    pub fn check(
        &self,
        module: &Module,
        names: Names<'_>,
        function: Option<u32>,
    ) -> Result<(), ConditionError> {
        let globals = module.declarations().globals.len();
        let locals = function.map(|it| (it, module.local_count(it).unwrap_or(0)));
        let wrong = |expr: &Expr| match *expr {
            Expr::Name(ref name, at) => {
                let (function, locals) = locals?;
                let local = local(names, function, locals, name);
                let known = local.is_some() || global(names, globals, name).is_some();
                (!known).then_some((at, ConditionErrorKind::UnknownName))
            }
            Expr::Local(index, at) => {
                (index >= locals?.1).then_some((at, ConditionErrorKind::UnknownIndex))
            }
            Expr::Global(index, at) => {
                (index as usize >= globals).then_some((at, ConditionErrorKind::UnknownIndex))
            }
            _ => None,
        };
        self.0.check(&wrong).map_or(Ok(()), |(at, kind)| Err(ConditionError { at, kind }))
    }

    /// Whether it holds where a job stands. It does not where it cannot be computed: where it
    /// reads memory that there is not, or compares what is no number. The names are those of
    /// the module of the innermost frame.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// use fayasm_core::inspect::{Condition, Inspector};
    /// use fayasm_core::module::{NameIndex, Names};
    ///
    /// let wat = r#"(module (memory 1) (data (i32.const 8) "\07") (func (export "f")))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// # let index = NameIndex::new(module.bytes(), module.declarations());
    /// # let names = Names::new(module.bytes(), module.declarations(), &index);
    /// # let mut inspector = Inspector::new();
    /// let mut holds = |text| {
    ///     let condition = Condition::parse(text).expect("it can be read");
    ///     condition.holds(&store, &job, names, &mut inspector)
    /// };
    /// assert!(holds("u16[8] == 7"));
    /// assert!(!holds("u16[7] == 7"));
    /// // Half of it lies outside: that is neither 7 nor anything else.
    /// assert!(!holds("u16[0xffff] == 7") && !holds("u16[0xffff] != 7"));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn holds(
        &self,
        store: impl AsContext,
        job: &Job,
        names: Names<'_>,
        inspector: &mut Inspector,
    ) -> bool {
        let Some(frame) = job.frame() else { return false };
        let locals = inspector.locals(&store, job, job.depth().saturating_sub(1));
        let (instance, function) = (frame.instance(), frame.function());
        let global_value = |index| {
            instance.get_index(&store, ExternKind::Global, index)?.into_global()?.get(&store).ok()
        };
        let around = Around {
            // Locals and globals are counted in 32 bits.
            named: &|name| match local(names, function, locals.len() as u32, name) {
                Some(index) => locals.get(index as usize).copied(),
                None => global_value(global(names, names.globals(), name)?),
            },
            local: &|index| locals.get(index as usize).copied(),
            global: &global_value,
            byte: &|address| {
                let memory = instance.get_index(&store, ExternKind::Memory, 0)?.into_memory()?;
                let mut byte = [0];
                memory.read(&store, address, &mut byte).ok()?;
                Some(byte[0])
            },
        };
        self.0.value(&around).is_some_and(Value::is_true)
    }
}

/// The local of this name.
fn local(names: Names<'_>, function: u32, locals: u32, name: &str) -> Option<u32> {
    (0..locals).find(|local| names.local(function, *local) == Some(name))
}

/// The global of this name.
fn global(names: Names<'_>, globals: usize, name: &str) -> Option<u32> {
    // Globals are counted in 32 bits.
    (0..globals as u32).find(|global| names.of(Named::Global, *global) == Some(name))
}

/// What an expression is computed from.
struct Around<'a> {
    named: &'a dyn Fn(&str) -> Option<Val>,
    local: &'a dyn Fn(u32) -> Option<Val>,
    global: &'a dyn Fn(u32) -> Option<Val>,
    /// The byte at an address.
    byte: &'a dyn Fn(u64) -> Option<u8>,
}

type Located = (usize, ConditionErrorKind);

impl Expr {
    /// What is found to be wrong with a part of it.
    fn check(&self, wrong: &impl Fn(&Expr) -> Option<Located>) -> Option<Located> {
        wrong(self).or_else(|| match self {
            Expr::Memory(_, inner) | Expr::Not(inner) | Expr::Negative(inner) => inner.check(wrong),
            Expr::Binary(_, left, right) => left.check(wrong).or_else(|| right.check(wrong)),
            _ => None,
        })
    }

    /// Its value; none if there is none, or it is no number.
    fn value(&self, around: &Around<'_>) -> Option<Value> {
        match self {
            Expr::Number(value) => Some(*value),
            Expr::Name(name, _) => Value::of((around.named)(name)?),
            Expr::Local(index, _) => Value::of((around.local)(*index)?),
            Expr::Global(index, _) => Value::of((around.global)(*index)?),
            Expr::Memory(width, address) => match address.value(around)? {
                Value::Int(address) => read(*width, unsigned(address)?, around.byte),
                Value::Float(_) => None,
            },
            Expr::Not(inner) => Some(Value::truth(!inner.value(around)?.is_true())),
            Expr::Negative(inner) => match inner.value(around)? {
                Value::Int(value) => value.checked_neg().map(Value::Int),
                Value::Float(value) => Some(Value::Float(-value)),
            },
            Expr::Binary(operation, left, right) => {
                let left = left.value(around)?;
                match operation {
                    Operation::Or if left.is_true() => return Some(Value::truth(true)),
                    Operation::And if !left.is_true() => return Some(Value::truth(false)),
                    _ => {}
                }
                left.with(*operation, right.value(around)?)
            }
        }
    }
}

/// An address, of 32 bits if it is below zero: there, addresses have no sign.
fn unsigned(address: i128) -> Option<u64> {
    match i32::try_from(address) {
        Ok(address) => Some(address.cast_unsigned().into()),
        Err(_) => address.try_into().ok(),
    }
}

/// The number in some bytes of the memory.
fn read(width: Width, address: u64, byte: &dyn Fn(u64) -> Option<u8>) -> Option<Value> {
    let (Width::Signed(count) | Width::Unsigned(count) | Width::Float(count)) = width;
    let mut bytes = [0; 8];
    for (at, into) in (0..).zip(bytes.iter_mut().take(count)) {
        *into = byte(address.checked_add(at)?)?;
    }
    let word = u64::from_le_bytes(bytes);
    let unused = 64 - 8 * count;
    Some(match width {
        Width::Signed(_) => Value::Int(((word << unused).cast_signed() >> unused).into()),
        Width::Unsigned(_) => Value::Int(word.into()),
        // The upper half is zero.
        Width::Float(4) => Value::Float(f32::from_bits(word as u32).into()),
        Width::Float(_) => Value::Float(f64::from_bits(word)),
    })
}

impl Value {
    fn of(value: Val) -> Option<Value> {
        Some(match value {
            Val::I32(value) => Value::Int(value.into()),
            Val::I64(value) => Value::Int(value.into()),
            Val::F32(_) => Value::Float(value.f32()?.into()),
            Val::F64(_) => Value::Float(value.f64()?),
            _ => return None,
        })
    }

    fn truth(holds: bool) -> Value {
        Value::Int(holds.into())
    }

    fn is_true(self) -> bool {
        match self {
            Value::Int(value) => value != 0,
            Value::Float(value) => value != 0.0,
        }
    }

    fn float(self) -> f64 {
        match self {
            Value::Int(value) => value as f64,
            Value::Float(value) => value,
        }
    }

    fn with(self, operation: Operation, other: Value) -> Option<Value> {
        let order = match (self, other) {
            (Value::Int(left), Value::Int(right)) => Some(left.cmp(&right)),
            (left, right) => left.float().partial_cmp(&right.float()),
        };
        let computed = |int: fn(i128, i128) -> Option<i128>, float: fn(f64, f64) -> f64| {
            Some(match (self, other) {
                (Value::Int(left), Value::Int(right)) => Value::Int(int(left, right)?),
                (left, right) => Value::Float(float(left.float(), right.float())),
            })
        };
        Some(Value::truth(match operation {
            Operation::Or | Operation::And => other.is_true(),
            Operation::Equal => order == Some(Ordering::Equal),
            Operation::Unequal => order != Some(Ordering::Equal),
            Operation::Less => order == Some(Ordering::Less),
            Operation::AtMost => order.is_some_and(Ordering::is_le),
            Operation::Greater => order == Some(Ordering::Greater),
            Operation::AtLeast => order.is_some_and(Ordering::is_ge),
            Operation::Add => return computed(i128::checked_add, |a, b| a + b),
            Operation::Subtract => return computed(i128::checked_sub, |a, b| a - b),
            Operation::Multiply => return computed(i128::checked_mul, |a, b| a * b),
        }))
    }
}

/// Reads a condition by recursive descent.
struct Parser<'t> {
    text: &'t str,
    at: usize,
    nesting: u32,
    values: u32,
}

impl Parser<'_> {
    /// Operators that bind at least so strongly, from the left.
    fn binary(&mut self, strength: usize) -> Result<Expr, Located> {
        let Some(operations) = OPERATIONS.get(strength) else { return self.unary() };
        let mut left = self.binary(strength + 1)?;
        while let Some((_, operation)) = operations.iter().find(|(sign, _)| self.takes(sign)) {
            let right = self.binary(strength + 1)?;
            left = Expr::Binary(*operation, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, Located> {
        self.nesting += 1;
        self.values += 1;
        if self.nesting > MAX_NESTING {
            return Err((self.at, ConditionErrorKind::TooDeep));
        }
        if self.values > MAX_VALUES {
            return Err((self.at, ConditionErrorKind::TooLong));
        }
        let read = if self.takes("!") {
            self.unary().map(|inner| Expr::Not(Box::new(inner)))
        } else if self.takes("-") {
            self.unary().map(|inner| Expr::Negative(Box::new(inner)))
        } else {
            self.operand()
        };
        self.nesting -= 1;
        read
    }

    fn operand(&mut self) -> Result<Expr, Located> {
        if self.takes("(") {
            let inner = self.binary(0)?;
            return self.closed(')').map(|()| inner);
        }
        if let Some((_, width)) = WIDTHS.iter().find(|(word, _)| self.takes(word)) {
            let address = self.binary(0)?;
            return self.closed(']').map(|()| Expr::Memory(*width, Box::new(address)));
        }
        let at = self.at;
        let word = self.word();
        let index = |text: &str| text.parse::<u32>().ok();
        match word.split_at_checked(1) {
            Some(("$", name)) if !name.is_empty() => Ok(Expr::Name(name.to_owned(), at)),
            Some(("l", rest)) if let Some(index) = index(rest) => Ok(Expr::Local(index, at)),
            Some(("g", rest)) if let Some(index) = index(rest) => Ok(Expr::Global(index, at)),
            Some((first, _)) if first.starts_with(begins_number) => {
                let is_whole = word.bytes().all(|it| it.is_ascii_digit());
                let kind = match is_whole {
                    true => ConditionErrorKind::TooLarge,
                    false => ConditionErrorKind::ExpectedValue,
                };
                number(word).ok_or((at, kind)).map(Expr::Number)
            }
            _ => Err((at, ConditionErrorKind::ExpectedValue)),
        }
    }

    fn closed(&mut self, by: char) -> Result<(), Located> {
        match self.takes(by.encode_utf8(&mut [0; 4])) {
            true => Ok(()),
            false => Err((self.at, ConditionErrorKind::Expected(by))),
        }
    }

    fn skip_spaces(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Goes over these characters, if they come next.
    fn takes(&mut self, sign: &str) -> bool {
        self.skip_spaces();
        let comes = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(sign));
        self.at += if comes { sign.len() } else { 0 };
        comes
    }

    /// Goes over a word: a number or a name.
    fn word(&mut self) -> &str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut length = word_length(rest);
        let (word, behind) = rest.split_at(length);
        if word.ends_with(exponent(word)) && behind.starts_with(['+', '-']) {
            length += 1 + word_length(&behind[1..]);
        }
        self.at += length;
        &rest[..length]
    }
}

/// How many bytes of a text belong to the word that it begins with.
fn word_length(text: &str) -> usize {
    let inside = |it: char| {
        it.is_ascii_alphanumeric() || !it.is_ascii() || matches!(it, '$' | '_' | '.' | ':')
    };
    text.find(|it| !inside(it)).unwrap_or(text.len())
}

fn begins_number(first: char) -> bool {
    first.is_ascii_digit() || first == '.'
}

/// What stands before the exponent of a number; nothing in what is none.
fn exponent(word: &str) -> &'static [char] {
    match word.starts_with("0x") {
        true => &['p', 'P'],
        false if word.starts_with(begins_number) => &['e', 'E'],
        false => &[],
    }
}

fn number(word: &str) -> Option<Value> {
    if word.contains('.') || word.contains(exponent(word)) {
        return Val::parse(ValType::F64, word).ok()?.f64().map(Value::Float);
    }
    let digits = word.replace('_', "");
    let number = match digits.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => digits.parse().ok(),
    };
    number.map(|number| Value::Int(number.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<Value> {
        let around = Around {
            named: &|name| (name == "n").then_some(Val::I32(-7)),
            local: &|index| (index == 1).then_some(Val::I64(5)),
            global: &|index| (index == 0).then_some(Val::from(0.5)),
            byte: &|address| [1u8, 0, 0xff, 0xff].get(usize::try_from(address).ok()?).copied(),
        };
        Condition::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).0.value(&around)
    }

    #[test]
    fn operators_bind_as_in_other_languages() {
        for (text, expected) in [
            ("1 + 2 * 3", 7),
            ("(1 + 2) * 3", 9),
            ("10 - 3 - 2", 5),
            ("1 < 2 && 2 < 1 || 1 == 1", 1),
            ("!0 && -1 < 0", 1),
            ("$n == -7", 1),
            ("l1 >= 5", 1),
            ("l1 != 5", 0),
            ("u8[0] == 1", 1),
            ("i16[2]", -1),
            ("u16[1 + 1]", 0xffff),
            ("i32[0]", -65535),
            ("0x10", 16),
        ] {
            assert_eq!(value(text), Some(Value::Int(expected)), "{text}");
        }
        for (text, expected) in [
            ("g0 * 3", 1.5),
            ("-0.5", -0.5),
            ("-.5", -0.5),
            ("1e300", 1e300),
            ("2.5E-1 + 1", 1.25),
            ("-1e+2", -100.0),
            ("0x1p-1", 0.5),
        ] {
            assert_eq!(value(text), Some(Value::Float(expected)), "{text}");
        }
        assert_eq!(value("0x1e-3"), Some(Value::Int(27)));
        assert_eq!(value("l1-3"), Some(Value::Int(2)));
    }

    #[test]
    fn what_decides_is_not_looked_behind() {
        assert_eq!(value("u8[100]"), None);
        assert_eq!(value("0 && u8[100]"), Some(Value::Int(0)));
        assert_eq!(value("1 || u8[100]"), Some(Value::Int(1)));
    }

    #[test]
    fn an_error_says_where_it_is() {
        for (text, at, kind) in [
            ("", 0, ConditionErrorKind::ExpectedValue),
            ("1 +", 3, ConditionErrorKind::ExpectedValue),
            ("(1", 2, ConditionErrorKind::Expected(')')),
            ("i32[4", 5, ConditionErrorKind::Expected(']')),
            ("1 2", 2, ConditionErrorKind::ExpectedEnd),
            ("l0 = 1", 3, ConditionErrorKind::ExpectedEnd),
            ("99999999999999999999", 0, ConditionErrorKind::TooLarge),
            ("1 + 1.5x", 4, ConditionErrorKind::ExpectedValue),
            ("1e", 0, ConditionErrorKind::ExpectedValue),
            (".", 0, ConditionErrorKind::ExpectedValue),
            ("1e-", 0, ConditionErrorKind::ExpectedValue),
            ("1e-é", 0, ConditionErrorKind::ExpectedValue),
        ] {
            let error = Condition::parse(text).unwrap_err();
            assert_eq!((error.at, error.kind), (at, kind), "{text}");
        }
        let deep = Condition::parse(&"(".repeat(100_000)).unwrap_err();
        assert_eq!(deep.kind, ConditionErrorKind::TooDeep);
        let long = Condition::parse(&"1 + ".repeat(100_000)).unwrap_err();
        assert_eq!(long.kind, ConditionErrorKind::TooLong);
    }
}
