//! Reading the table of a library and calling its functions: all the unsafe
//! code there is.
//!
//! What is relied on, and cannot be checked: the library's initialisers do no
//! harm, its symbol `fayasm_host` is a table of the layout below, and its
//! functions do what `fayasm_host.h` asks of them. Whoever names a library
//! vouches for that. All that can be checked is: null, alignment, the version
//! before anything behind it is read, the count, and UTF-8.

#![allow(unsafe_code, reason = "a library is believed to be what its table says")]

use std::ffi::{CStr, c_char};
use std::path::Path;
use std::ptr;
use std::sync::Arc;

use libloading::Library;

use crate::{LoadError, SYMBOL, VERSION};

/// More functions than any library has; more are taken for a malformed table.
const MAX_FUNCTIONS: u32 = 1 << 16;

/// `fayasm_host_table`
#[repr(C)]
struct RawTable {
    version: u32,
    count: u32,
    functions: *const RawFunction,
}

/// `fayasm_host_function`
#[repr(C)]
struct RawFunction {
    module: *const c_char,
    name: *const c_char,
    signature: *const c_char,
    call: Option<RawCall>,
}

/// `fayasm_caller`
#[repr(C)]
struct RawCaller {
    memory: *mut u8,
    memory_size: u64,
}

/// `fayasm_host_call`
type RawCall = unsafe extern "C" fn(*const RawCaller, *const u64, *mut u64) -> *const c_char;

/// A function of a library, which stays loaded as long as this lives.
#[derive(Debug)]
pub(crate) struct Entry {
    module: String,
    name: String,
    signature: String,
    call: RawCall,
    /// Keeps what `call` points to in place.
    _library: Arc<Library>,
}

impl Entry {
    pub(crate) fn module(&self) -> &str {
        &self.module
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn signature(&self) -> &str {
        &self.signature
    }

    /// Calls the function, which may access `memory` as long as it runs.
    /// There must be as many arguments and results as its signature has.
    pub(crate) fn call(
        &self,
        memory: &mut [u8],
        arguments: &[u64],
        results: &mut [u64],
    ) -> Result<(), String> {
        let memory_size = memory.len() as u64;
        let memory = if memory.is_empty() { ptr::null_mut() } else { memory.as_mut_ptr() };
        let caller = RawCaller { memory, memory_size };
        // SAFETY: the function is of this type and its library is loaded. The
        // pointers are to slices that nobody else accesses during the call;
        // the linker passes as many values as the signature has.
        let message =
            unsafe { (self.call)(&raw const caller, arguments.as_ptr(), results.as_mut_ptr()) };
        if message.is_null() {
            return Ok(());
        }
        // SAFETY: a message that is not null ends in NUL and stays until the next call.
        let message = unsafe { CStr::from_ptr(message) };
        Err(message.to_string_lossy().into_owned())
    }
}

/// Loads a library and reads its table.
pub(crate) fn load(path: &Path) -> Result<Vec<Entry>, LoadError> {
    // A name without a directory would be searched for where the system keeps libraries.
    let path = std::path::absolute(path).map_err(|error| LoadError::Library(error.to_string()))?;
    // SAFETY: runs the library's initialisers, which are believed to do no harm.
    let library =
        unsafe { Library::new(path) }.map_err(|error| LoadError::Library(reason(&error)))?;
    // SAFETY: only the symbol's address is taken. As the table lies there, it
    // is a pointer to it.
    let table =
        unsafe { library.get::<*const RawTable>(SYMBOL) }.map_err(|_| LoadError::NoTable)?;
    let functions = read(*table)?;
    let library = Arc::new(library);
    let entries = functions.iter().map(|function| entry(function, &library));
    entries.collect()
}

/// The system's words, without those of the binding around them.
fn reason(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// The functions of a table; they are there as long as its library is loaded.
fn read<'a>(table: *const RawTable) -> Result<&'a [RawFunction], LoadError> {
    if table.is_null() || !table.is_aligned() {
        return Err(LoadError::Table("it is not where a table can be".to_owned()));
    }
    // SAFETY: each version begins with its number, and the address is aligned.
    let version = unsafe { (&raw const (*table).version).read() };
    if version != VERSION {
        return Err(LoadError::Version(version));
    }
    // SAFETY: of this version, it has this layout, and nobody changes it.
    let RawTable { count, functions, .. } = *unsafe { &*table };
    if count > MAX_FUNCTIONS {
        return Err(LoadError::Table(format!("it has {count} functions")));
    }
    if count == 0 {
        return Ok(&[]);
    }
    if functions.is_null() || !functions.is_aligned() {
        return Err(LoadError::Table("its functions are not where they can be".to_owned()));
    }
    // SAFETY: the table says that there are so many, and nobody changes them.
    Ok(unsafe { std::slice::from_raw_parts(functions, count as usize) })
}

fn entry(function: &RawFunction, library: &Arc<Library>) -> Result<Entry, LoadError> {
    let name = text(function.name, "name")?;
    let Some(call) = function.call else {
        return Err(LoadError::Table(format!("`{name}` is null")));
    };
    Ok(Entry {
        module: text(function.module, "module")?,
        name,
        signature: text(function.signature, "signature")?,
        call,
        _library: Arc::clone(library),
    })
}

fn text(text: *const c_char, what: &str) -> Result<String, LoadError> {
    if text.is_null() {
        return Err(LoadError::Table(format!("a {what} is null")));
    }
    // SAFETY: a text that is not null ends in NUL, and nobody changes it.
    let text = unsafe { CStr::from_ptr(text) };
    let text = text.to_str().map_err(|_| LoadError::Table(format!("a {what} is not UTF-8")))?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_describes_this_version() {
        let header = include_str!("../fayasm_host.h");
        assert!(header.contains(&format!("#define FAYASM_HOST_VERSION {VERSION}\n")));
        assert!(header.contains(&format!("const fayasm_host_table {SYMBOL} =")));
    }

    #[test]
    fn a_table_that_cannot_be_one_is_refused() {
        let table = |version, count, functions| RawTable { version, count, functions };
        let refused = |table: &RawTable| read(table).err();
        assert!(matches!(read(ptr::null()), Err(LoadError::Table(_))));
        let misaligned = ptr::without_provenance(1);
        assert!(matches!(read(misaligned), Err(LoadError::Table(_))));
        let version = table(VERSION + 1, u32::MAX, ptr::null());
        assert_eq!(refused(&version), Some(LoadError::Version(VERSION + 1)));
        let long = table(VERSION, MAX_FUNCTIONS + 1, ptr::null());
        assert!(matches!(refused(&long), Some(LoadError::Table(_))));
        let nowhere = table(VERSION, 1, ptr::null());
        assert!(matches!(refused(&nowhere), Some(LoadError::Table(_))));
        assert_eq!(refused(&table(VERSION, 0, ptr::null())), None);
    }
}
