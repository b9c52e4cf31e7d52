//! A library of host functions for `fayasm run --host-lib`. It depends on
//! nothing; `core/cli/host-lib/fayasm_host.h` describes the layout.
//!
//! ```sh
//! rustc --edition 2024 --crate-type cdylib -o libhost.so lib.rs
//! fayasm run module.wasm export --host-lib ./libhost.so
//! ```

use std::ffi::{CStr, c_char};
use std::ptr;
use std::sync::atomic::{AtomicI64, Ordering};

#[repr(C)]
pub struct Table {
    version: u32,
    count: u32,
    functions: *const Function,
}

#[repr(C)]
pub struct Function {
    module: *const c_char,
    name: *const c_char,
    signature: *const c_char,
    call: Call,
}

#[repr(C)]
pub struct Caller {
    memory: *mut u8,
    memory_size: u64,
}

type Call = unsafe extern "C" fn(*const Caller, *const u64, *mut u64) -> *const c_char;

// SAFETY: the tables are never changed.
unsafe impl Sync for Table {}
unsafe impl Sync for Function {}

const fn function(name: &'static CStr, signature: &'static CStr, call: Call) -> Function {
    Function {
        module: c"example".as_ptr(),
        name: name.as_ptr(),
        signature: signature.as_ptr(),
        call,
    }
}

static FUNCTIONS: [Function; 4] = [
    function(c"hypotenuse", c"f64 f64 -> f64", hypotenuse),
    function(c"count", c"i64 -> i64", count),
    function(c"divide", c"i32 i32 -> i32 i32", divide),
    function(c"shout", c"i32 i32 ->", shout),
];

#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static fayasm_host: Table =
    Table { version: 1, count: FUNCTIONS.len() as u32, functions: FUNCTIONS.as_ptr() };

unsafe extern "C" fn hypotenuse(
    _: *const Caller,
    arguments: *const u64,
    results: *mut u64,
) -> *const c_char {
    // SAFETY: there are as many values as the signature says.
    let (a, b) = unsafe { (*arguments, *arguments.add(1)) };
    let c = f64::from_bits(a).hypot(f64::from_bits(b));
    // SAFETY: as above.
    unsafe { *results = c.to_bits() };
    ptr::null()
}

/// Adds to a number that the library keeps.
unsafe extern "C" fn count(
    _: *const Caller,
    arguments: *const u64,
    results: *mut u64,
) -> *const c_char {
    static COUNT: AtomicI64 = AtomicI64::new(0);
    // SAFETY: there are as many values as the signature says.
    let more = unsafe { *arguments } as i64;
    let count = COUNT.fetch_add(more, Ordering::Relaxed).wrapping_add(more);
    // SAFETY: as above.
    unsafe { *results = count as u64 };
    ptr::null()
}

/// Gives quotient and remainder, or traps.
unsafe extern "C" fn divide(
    _: *const Caller,
    arguments: *const u64,
    results: *mut u64,
) -> *const c_char {
    // SAFETY: there are as many values as the signature says.
    let (a, b) = unsafe { (*arguments as i32, *arguments.add(1) as i32) };
    if b == 0 {
        return c"nothing can be divided by zero".as_ptr();
    }
    // SAFETY: as above.
    unsafe {
        *results = u64::from(a.wrapping_div(b) as u32);
        *results.add(1) = u64::from(a.wrapping_rem(b) as u32);
    }
    ptr::null()
}

/// Makes letters in the caller's memory capital: address and length.
unsafe extern "C" fn shout(
    caller: *const Caller,
    arguments: *const u64,
    _: *mut u64,
) -> *const c_char {
    // SAFETY: there are as many values as the signature says.
    let (address, length) = unsafe { (*arguments, *arguments.add(1)) };
    // SAFETY: the caller is there as long as the call lasts.
    let Caller { memory, memory_size } = unsafe { ptr::read(caller) };
    if address + length > memory_size {
        return c"the text lies outside of memory".as_ptr();
    }
    if length > 0 {
        // SAFETY: the range lies in the memory, which only this call accesses now.
        let text = unsafe {
            std::slice::from_raw_parts_mut(memory.add(address as usize), length as usize)
        };
        text.make_ascii_uppercase();
    }
    ptr::null()
}
