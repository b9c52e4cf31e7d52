//! What other toolchains emit, beyond what a run of a program in the table shows.

mod common;

use common::{Running, engine};
use fayasm_core::{Instance, Job, Limit, Linker, Memory, Module, Outcome, Store, Val};
use fayasm_fixtures::{module, programs};
use fayasm_wasi::{CapturedOutput, TypedInput, Wasi};

#[test]
fn a_long_chain_of_tail_calls_from_c_takes_one_frame() {
    let terms = 30_000;
    let stdin = format!("1{}\n", " 1 +".repeat(terms / 2));
    let program = programs().iter().find(|program| program.file == "clang/calculator.wasm");
    let wasi = Wasi::new()
        .with_stdin(TypedInput::all(stdin.into_bytes()))
        .with_stdout(CapturedOutput::new(1000));
    let ended = Running::new(program.unwrap().bytes().unwrap(), wasi).end();
    assert_eq!(ended.stdout, format!("{}\n", terms / 2 + 1));
}

/// A module of AssemblyScript, which takes and returns strings by address.
struct Text {
    store: Store<()>,
    instance: Instance,
}

/// The number by which AssemblyScript's runtime knows strings.
const STRING: i32 = 2;

impl Text {
    fn new() -> Self {
        let engine = engine();
        let bytes = module("text.wasm").unwrap().bytes().unwrap();
        let module = Module::new(&engine, bytes).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
        Text { store, instance }
    }

    fn call(&mut self, export: &str, args: &[i32]) -> Option<i32> {
        let func = self.instance.get_func(&self.store, export).unwrap();
        let args: Vec<Val> = args.iter().map(|arg| Val::I32(*arg)).collect();
        let mut job = Job::new(&self.store, func, &args).unwrap();
        assert_eq!(self.store.run(&mut job, Limit::NONE), Outcome::Done);
        job.results(&self.store).unwrap().first().copied().and_then(Val::i32)
    }

    fn memory(&self) -> Memory {
        self.instance.get_export(&self.store, "memory").unwrap().into_memory().unwrap()
    }

    /// A string on the module's heap.
    fn put(&mut self, text: &str) -> i32 {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let at = self.call("__new", &[bytes.len() as i32, STRING]).unwrap();
        self.memory().write(&mut self.store, at as u64, &bytes).unwrap();
        at
    }

    fn read(&self, at: i32) -> String {
        let data = self.memory().data(&self.store).unwrap();
        let at = at as usize;
        let length = u32::from_le_bytes(data[at - 4..at].try_into().unwrap()) as usize;
        let units =
            data[at..at + length].chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
        String::from_utf16(&units.collect::<Vec<_>>()).unwrap()
    }

    fn map(&mut self, export: &str, text: &str) -> String {
        let at = self.put(text);
        let result = self.call(export, &[at]).unwrap();
        self.read(result)
    }
}

#[test]
fn strings_go_in_and_out_of_assemblyscript_by_their_address() {
    let mut text = Text::new();
    assert_eq!(text.map("reverse_words", "one two three"), "three two one");
    assert_eq!(text.map("reverse_words", "ä 🦀"), "🦀 ä");
    assert_eq!(text.map("most_frequent", "the letter e"), "e4");
    assert_eq!(text.map("most_frequent", ""), "0");
}

#[test]
fn what_assemblyscript_does_not_need_any_more_is_collected_in_linear_memory() {
    let mut text = Text::new();
    let strings = vec!["a word".to_owned(); 1000].join(" ");
    let mut sizes = Vec::new();
    for _ in 0..6 {
        assert_eq!(text.map("most_frequent", &strings), " 1999");
        text.call("__collect", &[]);
        sizes.push(text.memory().data(&text.store).unwrap().len());
    }
    assert_eq!(sizes.first(), sizes.last(), "{sizes:?}");
}
