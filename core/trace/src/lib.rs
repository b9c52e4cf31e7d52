//! Writes a run down: what each instruction took and left, what it changed beside the
//! operand stack, how the run ended, and numbers for its states. The runner and the page
//! write the same rows, as JSON Lines or as CSV.
//!
//! ```
//! # use fayasm_core::module::{NameIndex, Names};
//! # use fayasm_core::{Engine, Job, Linker, Module, Store, Val};
//! use fayasm_trace::{Code, Format, Row, Tracer};
//!
//! let wat = r#"(module (func $f (export "f") (param i32) (result i32) (i32.clz (local.get 0))))"#;
//! # let engine = Engine::default();
//! # let module = Module::new(&engine, wat::parse_str(wat)?)?;
//! # let mut store = Store::new(&engine, ());
//! # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
//! # let f = instance.get_func(&store, "f").expect("it is exported");
//! # let mut job = Job::new(&store, f, &[Val::I32(1)])?;
//! # let index = NameIndex::new(module.bytes(), module.declarations());
//! # let names = Names::new(module.bytes(), module.declarations(), &index);
//! let code = Code { module: None, all: module.declarations(), names, demangle: |_| None };
//! let mut tracer = Tracer::new();
//! store.step(&mut job); // local.get
//! let ahead = tracer.ahead(&store, &job).expect("it stands before i32.clz");
//! store.step(&mut job);
//! let step = tracer.executed(ahead, &store, &job, None);
//! let mut text = String::new();
//! Row::new(&step, code).write(Format::JsonLines, &mut text)?;
//! assert!(text.ends_with("\"operator\":\"i32.clz\",\"operands\":[\"i32:1\"],\"results\":[\"i32:31\"]}\n"));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

#![forbid(unsafe_code)]
#![no_std]
#![warn(missing_docs)]

extern crate alloc;

mod end;
mod hash;
mod row;
mod step;
mod value;

pub use self::end::{End, EndFrame, Ending, SourcePlace};
pub use self::hash::HashRow;
pub use self::row::{Code, Row};
pub use self::step::{Ahead, Change, Step, Tracer};

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    JsonLines,
    /// Comma-separated values, as RFC 4180 has them, under a row of names.
    Csv,
}
