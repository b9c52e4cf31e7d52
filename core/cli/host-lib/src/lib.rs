//! Host functions from dynamic libraries.
//!
//! A library exports one symbol, `fayasm_host`: a table of names, signatures and
//! function pointers, in a plain C layout that `fayasm_host.h` beside this
//! crate's manifest describes. Modules then import the functions by name.
//!
//! Loading a library runs its code with all rights of this process, and what
//! its table says is believed: load only what you trust.

#[cfg(any(unix, windows))]
mod ffi;
#[cfg(not(any(unix, windows)))]
#[path = "unsupported.rs"]
mod ffi;
mod signature;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use fayasm_core::{Caller, FuncType, HostError, Linker, Val, ValType};

use ffi::Entry;

/// The version of the table's layout that this crate reads.
pub const VERSION: u32 = 1;

/// The symbol that a library exports.
pub const SYMBOL: &str = "fayasm_host";

/// The name under which a module exports the memory that host functions may access.
const MEMORY: &str = "memory";

/// Why a library cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    /// This system has no dynamic libraries.
    Unsupported,
    /// The system cannot load the file; in its words.
    Library(String),
    /// The library does not export the symbol.
    NoTable,
    /// The table has another version than [`VERSION`].
    Version(u32),
    /// The table is null, misaligned, too long, or lacks a text or a function.
    Table(String),
    /// The signature of a function is malformed.
    Signature {
        /// Module and name of the function.
        function: String,
        /// Its signature.
        signature: String,
        /// What is wrong with it.
        why: String,
    },
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Unsupported => f.write_str("this system has no dynamic libraries"),
            LoadError::Library(why) => write!(f, "the library cannot be loaded: {why}"),
            LoadError::NoTable => write!(f, "the library exports no symbol `{SYMBOL}`"),
            LoadError::Version(found) => {
                write!(f, "the table `{SYMBOL}` has version {found}, not {VERSION}")
            }
            LoadError::Table(why) => write!(f, "the table `{SYMBOL}` is malformed: {why}"),
            LoadError::Signature { function, signature, why } => {
                write!(f, "the signature \"{signature}\" of {function} is malformed: {why}")
            }
        }
    }
}

impl std::error::Error for LoadError {}

/// A library that is loaded. It stays so as long as this or a linker that its
/// functions were put into lives.
///
/// ```no_run
/// use fayasm_core::{Engine, Linker};
/// use fayasm_host_lib::HostLibrary;
///
/// let library = HostLibrary::load("./libhost.so".as_ref())?;
/// let mut linker: Linker<()> = Linker::new(&Engine::default());
/// library.link(&mut linker);
/// # Ok::<(), fayasm_host_lib::LoadError>(())
/// ```
#[derive(Debug)]
pub struct HostLibrary {
    functions: Vec<(Arc<Entry>, FuncType)>,
}

impl HostLibrary {
    /// Loads a library and reads its table.
    ///
    /// # Errors
    ///
    /// [`LoadError`]
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let mut functions = Vec::new();
        for entry in ffi::load(path)? {
            let ty = signature::parse(entry.signature()).map_err(|why| LoadError::Signature {
                function: format!("`{}` `{}`", entry.module(), entry.name()),
                signature: entry.signature().to_owned(),
                why,
            })?;
            functions.push((Arc::new(entry), ty));
        }
        Ok(HostLibrary { functions })
    }

    /// Module, name and type of each function.
    pub fn functions(&self) -> impl ExactSizeIterator<Item = (&str, &str, &FuncType)> {
        self.functions.iter().map(|(entry, ty)| (entry.module(), entry.name(), ty))
    }

    /// Names all functions of the library in a linker.
    pub fn link<T: 'static>(&self, linker: &mut Linker<T>) {
        for (entry, ty) in &self.functions {
            let function = Arc::clone(entry);
            linker.func_new(
                entry.module(),
                entry.name(),
                ty.clone(),
                move |caller, arguments, results| call(&function, caller, arguments, results),
            );
        }
    }
}

fn call<T: 'static>(
    entry: &Entry,
    mut caller: Caller<'_, T>,
    arguments: &[Val],
    results: &mut [Val],
) -> Result<(), HostError> {
    let arguments: Vec<u64> = arguments.iter().map(|value| bits(*value)).collect();
    let mut found = vec![0; results.len()];
    let memory = caller.get_export(MEMORY).and_then(|export| export.into_memory());
    match memory {
        Some(memory) => {
            let bytes = memory.data_mut(&mut caller).map_err(HostError::from)?;
            entry.call(bytes, &arguments, &mut found)?;
        }
        None => entry.call(&mut [], &arguments, &mut found)?,
    }
    for (result, bits) in results.iter_mut().zip(found) {
        *result = value(result.ty(), bits);
    }
    Ok(())
}

/// A number's bits; signatures have no other types.
fn bits(value: Val) -> u64 {
    match value {
        Val::I32(value) => u64::from(value.cast_unsigned()),
        Val::I64(value) => value.cast_unsigned(),
        Val::F32(bits) => u64::from(bits),
        Val::F64(bits) => bits,
        _ => 0,
    }
}

fn value(ty: ValType, bits: u64) -> Val {
    // Of numbers of 32 bits, the lower half counts.
    match ty {
        ValType::I32 => Val::I32(bits as i32),
        ValType::I64 => Val::I64(bits.cast_signed()),
        ValType::F32 => Val::F32(bits as u32),
        ValType::F64 => Val::F64(bits),
        other => Val::default_for(other),
    }
}
