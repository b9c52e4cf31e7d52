//! An interpreter that JavaScript gives a module and a call, and that makes it
//! as often as it is told to. `measure.mjs` is the other side, and has the clock.
//!
//! Without features it is our engine, with `wasmi` the peer.

use std::cell::RefCell;

#[cfg(not(feature = "wasmi"))]
#[path = "ours.rs"]
mod engine;
#[cfg(feature = "wasmi")]
#[path = "wasmi.rs"]
mod engine;

/// A number with its type.
#[derive(Clone, Copy, Debug)]
enum Number {
    I32(i32),
    I64(i64),
    F32(f32),
    F64(f64),
}

impl Number {
    /// From `i32:7`.
    fn parse(text: &str) -> Option<Number> {
        let (ty, value) = text.split_once(':')?;
        match ty {
            "i32" => value.parse().ok().map(Number::I32),
            "i64" => value.parse().ok().map(Number::I64),
            "f32" => value.parse().ok().map(Number::F32),
            "f64" => value.parse().ok().map(Number::F64),
            _ => None,
        }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Number::I32(value) => write!(f, "i32:{value}"),
            Number::I64(value) => write!(f, "i64:{value}"),
            Number::F32(value) => write!(f, "f32:{value}"),
            Number::F64(value) => write!(f, "f64:{value}"),
        }
    }
}

#[derive(Default)]
struct State {
    module: Vec<u8>,
    /// At first the export and its arguments, and then what came of it.
    text: Vec<u8>,
    ready: Option<engine::Ready>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

fn sized(bytes: &mut Vec<u8>, length: usize) -> *mut u8 {
    bytes.clear();
    bytes.resize(length, 0);
    bytes.as_mut_ptr()
}

/// Where a module of this length is to be written.
#[expect(unsafe_code, reason = "the name of an export")]
#[unsafe(no_mangle)]
pub extern "C" fn module(length: usize) -> *mut u8 {
    STATE.with_borrow_mut(|state| sized(&mut state.module, length))
}

/// Where a text of this length is to be written: an export, and its arguments
/// behind spaces, as in `fib i32:7`.
#[expect(unsafe_code, reason = "the name of an export")]
#[unsafe(no_mangle)]
pub extern "C" fn text(length: usize) -> *mut u8 {
    STATE.with_borrow_mut(|state| sized(&mut state.text, length))
}

/// How many ways to execute it has.
#[expect(unsafe_code, reason = "the name of an export")]
#[unsafe(no_mangle)]
pub extern "C" fn tiers() -> usize {
    engine::TIERS
}

/// Opens the module on one of them and makes an instance of it.
#[expect(unsafe_code, reason = "the name of an export")]
#[unsafe(no_mangle)]
pub extern "C" fn prepare(tier: usize) {
    STATE.with_borrow_mut(|state| {
        let text = std::str::from_utf8(&state.text).expect("it is text");
        let mut words = text.split(' ');
        let export = words.next().expect("there is an export");
        let arguments: Option<Vec<Number>> = words.map(Number::parse).collect();
        let arguments = arguments.expect("arguments are numbers");
        state.ready = Some(engine::Ready::new(tier, &state.module, export, &arguments));
    });
}

/// Makes the call so often on that instance. Returns how many instructions it
/// executed, or 0 if the engine does not tell.
#[expect(unsafe_code, reason = "the name of an export")]
#[unsafe(no_mangle)]
pub extern "C" fn run(times: u32) -> f64 {
    STATE.with_borrow_mut(|state| {
        let ready = state.ready.as_mut().expect("it is prepared");
        (0..times).map(|_| ready.run()).sum::<u64>() as f64
    })
}

/// How long the text is that says what came of the last call.
#[expect(unsafe_code, reason = "the name of an export")]
#[unsafe(no_mangle)]
pub extern "C" fn results() -> usize {
    STATE.with_borrow_mut(|state| {
        let results = state.ready.as_ref().expect("it is prepared").results();
        let words: Vec<String> = results.iter().map(Number::to_string).collect();
        state.text = words.join(" ").into_bytes();
        state.text.len()
    })
}

/// Where that text is.
#[expect(unsafe_code, reason = "the name of an export")]
#[unsafe(no_mangle)]
pub extern "C" fn results_text() -> *const u8 {
    STATE.with_borrow(|state| state.text.as_ptr())
}
