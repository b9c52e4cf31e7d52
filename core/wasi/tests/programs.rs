//! Real programs, built by clang and rustc, do what they should.

mod common;

use common::{Ended, Running, temporary};
use fayasm_core::{Outcome, Paging, StoreLimits};
use fayasm_fixtures::{Run, programs};
use fayasm_wasi::{
    Access, CapturedOutput, HostDirectory, MemoryFs, SeededRandom, SystemClock, SystemRandom,
    TypedInput, VirtualClock, Wasi,
};

/// The world of a run, but for directories, clock and randomness.
fn world(run: &Run) -> Wasi {
    let mut wasi = Wasi::new()
        .with_arg("program")
        .with_stdin(TypedInput::all(run.stdin.as_bytes()))
        .with_stdout(CapturedOutput::new(1 << 16));
    for arg in &run.args {
        wasi = wasi.with_arg(arg);
    }
    for variable in &run.env {
        let (name, value) = variable.split_once('=').expect("NAME=VALUE");
        wasi = wasi.with_env(name, value);
    }
    wasi
}

fn check(run: &Run, ended: &Ended, file: &str) {
    assert_eq!(ended.stdout, run.stdout, "{file}");
    assert_eq!(ended.code, run.exit, "{file}");
    assert_eq!(ended.wasi.unsupported(), [], "{file}");
}

fn bytes(file: &str) -> &'static [u8] {
    let program = programs().iter().find(|program| program.file == file).unwrap();
    program.bytes().unwrap()
}

#[test]
fn programs_do_what_they_should_with_files_in_memory_and_virtual_time() {
    for program in programs() {
        for run in &program.runs {
            let files = MemoryFs::new(1 << 20);
            let empty = files.used();
            let wasi = world(run)
                .with_clock(VirtualClock::new(1_800_000_000_000_000_000, 1000))
                .with_random(SeededRandom::new(7))
                .with_directory("/", files, Access::ReadWrite)
                .unwrap();
            let ended = Running::new(program.bytes().unwrap(), wasi).end();
            check(run, &ended, &program.file);
            let files: &MemoryFs = ended.wasi.file_system().unwrap();
            assert_eq!(files.used(), empty, "{}: {:?}", program.file, files.paths());
        }
    }
}

#[test]
fn programs_do_what_they_should_with_few_pages_in_ram() {
    for program in programs() {
        for (run, frames) in program.runs.iter().zip([2, 3, 16].into_iter().cycle()) {
            let wasi = world(run)
                .with_clock(VirtualClock::new(1_800_000_000_000_000_000, 1000))
                .with_random(SeededRandom::new(7))
                .with_directory("/", MemoryFs::new(1 << 20), Access::ReadWrite)
                .unwrap();
            let paging = Paging::new(frames);
            let ended = Running::paged(program.bytes().unwrap(), wasi, Some(paging)).end();
            check(run, &ended, &program.file);
        }
    }
}

#[test]
fn a_call_that_needs_more_pages_than_there_may_be_is_refused() {
    for (length, budget) in [(8 << 20, None), (128 << 10, Some(64 << 10))] {
        let program = format!(
            r#"(module
              (import "wasi_snapshot_preview1" "random_get" (func $get (param i32 i32) (result i32)))
              (memory (export "memory") 256)
              (func (export "_start") (drop (call $get (i32.const 0) (i32.const {length})))))"#
        );
        let program = wat::parse_str(program).unwrap();
        let mut it = Running::paged(&program, Wasi::new(), Some(Paging::new(4).kept()));
        it.store.set_limits(StoreLimits::new().with_budget(budget));
        let outcome = it.run();
        assert!(matches!(outcome, Outcome::Trapped(_)), "{length}: {outcome:?}");
        assert!(it.store.peak().ledger.total() <= 64 << 10, "{length}");
    }
}

#[test]
fn programs_do_what_they_should_in_a_real_directory_and_real_time() {
    for program in programs() {
        for run in &program.runs {
            let directory = HostDirectory::open(temporary("programs")).unwrap();
            let wasi = world(run)
                .with_clock(SystemClock::default())
                .with_random(SystemRandom)
                .with_directory("/", directory, Access::ReadWrite)
                .unwrap();
            check(run, &Running::new(program.bytes().unwrap(), wasi).end(), &program.file);
        }
    }
}

#[test]
fn runs_with_the_same_clock_and_seed_execute_the_same_instructions() {
    let run = || {
        let wasi = Wasi::new().with_stdout(CapturedOutput::new(1000));
        let mut running = Running::new(bytes("clock.wasm"), wasi);
        running.run();
        running.job.executed()
    };
    assert_eq!(run(), run());
}

#[test]
fn a_program_that_reads_what_is_not_typed_yet_waits_and_goes_on() {
    let wasi = Wasi::new().with_stdin(TypedInput::default()).with_stdout(CapturedOutput::new(1000));
    let mut running = Running::new(bytes("count.wasm"), wasi);
    for typed in ["a line\n", "and ", "more"] {
        assert!(matches!(running.run(), Outcome::Pending(_)));
        let stdin: &mut TypedInput = running.store.data_mut().stdin_mut().unwrap();
        stdin.push(typed.as_bytes());
    }
    assert!(matches!(running.run(), Outcome::Pending(_)));
    assert!(matches!(running.run(), Outcome::Pending(_)));
    running.store.data_mut().stdin_mut::<TypedInput>().unwrap().close();
    let ended = running.end();
    assert_eq!((ended.stdout.as_str(), ended.code), ("1 4 15\n", 0));
}

#[test]
fn a_program_without_a_directory_is_told_that_there_is_none() {
    let wasi = Wasi::new().with_stdout(CapturedOutput::new(1000));
    let ended = Running::new(bytes("files.wasm"), wasi).end();
    assert_eq!(ended.code, 1);
    assert!(!ended.stdout.is_empty());
}

#[test]
fn a_program_that_may_only_read_changes_nothing() {
    let mut files = MemoryFs::new(1 << 20);
    files.write_file("kept", b"as it is").unwrap();
    let wasi = Wasi::new()
        .with_stdout(CapturedOutput::new(1000))
        .with_directory("/", files, Access::Read)
        .unwrap();
    let ended = Running::new(bytes("files.wasm"), wasi).end();
    assert_eq!(ended.code, 1);
    let files: &MemoryFs = ended.wasi.file_system().unwrap();
    assert_eq!(files.paths(), ["kept"]);
}
