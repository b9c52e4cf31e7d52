//! What single functions on descriptors return, and what they leave alone.

mod common;

use common::{ALL, Calls, DIR, NOT_OPEN, SIGNATURES, engine};
use fayasm_core::{Limit, Outcome, TrapKind};
use fayasm_wasi::{Access, CapturedOutput, Errno, MemoryFs, TypedInput, Wasi};

const CREAT: i64 = 1;
const DIRECTORY: i64 = 2;

/// An address behind all memory.
const OUTSIDE: i64 = 65_536;

#[test]
fn every_function_exists_in_both_versions() {
    for module in ["wasi_snapshot_preview1", "wasi_unstable"] {
        Calls::of(module, Wasi::new()).ok("sched_yield", &[]);
    }
}

#[test]
fn a_descriptor_that_is_not_open_is_refused_by_every_function() {
    let mut calls = Calls::new();
    let [at, length] = calls.path("a");
    let no = NOT_OPEN.into();
    for (name, types) in SIGNATURES {
        let mut args = vec![0; types.len()];
        match name {
            "path_symlink" => args = vec![at, length, no, at, length],
            "path_link" => args = vec![no, 0, at, length, no, at, length],
            "path_rename" => args = vec![no, at, length, no, at, length],
            "path_open" | "path_filestat_get" | "path_filestat_set_times" => {
                (args[0], args[2], args[3]) = (no, at, length);
            }
            _ if name.starts_with("path_") => (args[0], args[1], args[2]) = (no, at, length),
            _ if name.starts_with("fd_") || name.starts_with("sock_") => args[0] = no,
            _ => continue,
        }
        if name == "path_readlink" {
            args[3..].copy_from_slice(&[0, 0, 0]);
        }
        calls.fails(name, &args, Errno::BadF);
    }
}

#[test]
fn addresses_outside_of_memory_are_refused_before_anything_happens() {
    let mut calls = Calls::new();
    let file = calls.open("file", CREAT);
    calls.write(file, b"content");
    let [buffers, count] = calls.buffer(b"more");
    let [path, length] = calls.path("new");
    for outside in [OUTSIDE - 1, OUTSIDE, i64::from(u32::MAX)] {
        calls.fails("fd_write", &[file, buffers, count, outside], Errno::Fault);
        calls.fails("fd_write", &[file, outside, 1, 128], Errno::Fault);
        calls.fails("fd_write", &[1, buffers, count, outside], Errno::Fault);
        calls.fails("fd_read", &[0, buffers, count, outside], Errno::Fault);
        calls.fails("fd_seek", &[file, 0, 0, outside], Errno::Fault);
        calls.fails("fd_fdstat_get", &[1, outside], Errno::Fault);
        calls.fails("fd_filestat_get", &[file, outside], Errno::Fault);
        calls.fails("fd_prestat_get", &[DIR.into(), outside], Errno::Fault);
        calls.fails("fd_prestat_dir_name", &[DIR.into(), outside, 5], Errno::Fault);
        calls.fails("fd_readdir", &[DIR.into(), outside, 64, 0, 128], Errno::Fault);
        calls.fails("fd_readdir", &[DIR.into(), 1024, 64, 0, outside], Errno::Fault);
        calls.fails("random_get", &[outside, 2], Errno::Fault);
        calls.fails("clock_time_get", &[0, 0, outside], Errno::Fault);
        calls.fails("args_sizes_get", &[outside, 0], Errno::Fault);
        calls.fails("poll_oneoff", &[outside, 1024, 1, 128], Errno::Fault);
        calls.fails("poll_oneoff", &[1024, outside, 1, 128], Errno::Fault);
        calls.fails("path_create_directory", &[DIR.into(), outside, 3], Errno::Fault);
        let open = [DIR.into(), 0, path, length, CREAT, ALL, ALL, 0, outside];
        calls.fails("path_open", &open, Errno::Fault);
    }
    calls.put(260, &u32::MAX.to_le_bytes());
    calls.fails("fd_write", &[file, buffers, count, 128], Errno::Fault);
    calls.fails("fd_read", &[file, 0, i64::from(u32::MAX), 128], Errno::Inval);
    let files: &MemoryFs = calls.store.data().file_system().unwrap();
    assert_eq!(files.paths(), ["file"]);
    assert_eq!(files.read_file("file"), Ok(b"content".as_slice()));
}

#[test]
fn a_call_takes_a_thousand_buffers_and_no_more() {
    let mut calls = Calls::new();
    for index in 0..1024 {
        calls.put(2048 + index * 8, &0_u32.to_le_bytes());
        calls.put(2052 + index * 8, &65_536_u32.to_le_bytes());
    }
    calls.ok("fd_write", &[1, 2048, 1, 128]);
    calls.store.data_mut().stdout_mut::<CapturedOutput>().unwrap().take();
    calls.ok("fd_write", &[1, 2048, 1024, 128]);
    assert_eq!(calls.u32(128), 65_536, "what captures the output takes no more");
    calls.fails("fd_write", &[1, 2048, 1025, 128], Errno::Inval);
}

#[test]
fn a_program_without_memory_finds_all_addresses_outside() {
    let engine = engine();
    let text = r#"(module
        (import "wasi_snapshot_preview1" "random_get" (func $get (param i32 i32) (result i32)))
        (func (export "get") (result i32) (call $get (i32.const 0) (i32.const 1))))"#;
    let module = fayasm_core::Module::new(&engine, wat::parse_str(text).unwrap()).unwrap();
    let mut linker = fayasm_core::Linker::new(&engine);
    fayasm_wasi::add_to_linker(&mut linker, |wasi| wasi);
    let mut store = fayasm_core::Store::new(&engine, Wasi::new());
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let get = instance.get_typed_func::<(), u32>(&store, "get").unwrap();
    assert_eq!(get.call(&mut store, ()), Ok(Errno::Fault.code().into()));
}

#[test]
fn a_program_ends_with_the_code_it_gives() {
    let mut calls = Calls::new();
    for code in [0, 1, 255, -1] {
        let mut job = calls.job("proc_exit", &[code]);
        let Outcome::Trapped(trap) = calls.store.run(&mut job, Limit::NONE) else {
            panic!("it must end");
        };
        assert_eq!(*trap.kind(), TrapKind::Exit { code: code as u32 });
    }
}

#[test]
fn what_is_not_implemented_is_refused_and_remembered_by_name() {
    let mut calls = Calls::new();
    assert_eq!(calls.store.data().unsupported(), []);
    calls.fails("proc_raise", &[6], Errno::NoSys);
    calls.fails("proc_raise", &[6], Errno::NoSys);
    for (name, args) in [
        ("sock_accept", vec![0; 3]),
        ("sock_recv", vec![0; 6]),
        ("sock_send", vec![0; 5]),
        ("sock_shutdown", vec![0; 2]),
    ] {
        calls.fails(name, &args, Errno::NotSock);
    }
    assert_eq!(calls.store.data().unsupported(), [("proc_raise", 2)]);
}

#[test]
fn arguments_and_environment_lie_behind_each_other_with_their_ends() {
    let wasi = Wasi::new().with_arg("prog").with_arg("x\0y").with_env("A", "1");
    let mut calls = Calls::of("wasi_snapshot_preview1", wasi);
    calls.ok("args_sizes_get", &[0, 4]);
    assert_eq!((calls.u32(0), calls.u32(4)), (2, 7));
    calls.ok("args_get", &[16, 64]);
    assert_eq!((calls.u32(16), calls.u32(20)), (64, 69));
    assert_eq!(calls.bytes(64, 8), b"prog\0x\0\0");
    calls.ok("environ_sizes_get", &[0, 4]);
    assert_eq!((calls.u32(0), calls.u32(4)), (1, 4));
    calls.ok("environ_get", &[16, 64]);
    assert_eq!(calls.bytes(64, 4), b"A=1\0");
    calls.fails("args_get", &[16, OUTSIDE - 6], Errno::Fault);
}

#[test]
fn clocks_are_known_by_their_numbers() {
    let mut calls = Calls::new();
    for clock in 0..4 {
        calls.ok("clock_res_get", &[clock, 0]);
        assert_eq!(calls.u64(0), 1000);
        calls.ok("clock_time_get", &[clock, 0, 0]);
    }
    assert_eq!(calls.u64(0), 3000);
    calls.fails("clock_res_get", &[4, 0], Errno::Inval);
    calls.fails("clock_time_get", &[4, 0, 0], Errno::Inval);
}

#[test]
fn files_are_read_and_written_where_the_descriptor_stands() {
    let mut calls = Calls::new();
    let file = calls.open("file", CREAT);
    calls.write(file, b"hello world");
    calls.ok("fd_tell", &[file, 128]);
    assert_eq!(calls.u64(128), 11);
    for (offset, whence, position) in [(-5, 2, 6), (1, 1, 7), (6, 0, 6)] {
        calls.ok("fd_seek", &[file, offset, whence, 128]);
        assert_eq!(calls.u64(128), position);
    }
    assert_eq!(calls.read(file, 3), b"wor");
    assert_eq!(calls.read(file, 30), b"ld");
    assert_eq!(calls.read(file, 30), b"");
    calls.fails("fd_seek", &[file, -12, 2, 128], Errno::Inval);
    calls.fails("fd_seek", &[file, 0, 3, 128], Errno::Inval);
    calls.fails("fd_seek", &[file, i64::MAX, 1, 128], Errno::Inval);
    calls.fails("fd_seek", &[1, 0, 0, 128], Errno::SPipe);
    calls.fails("fd_tell", &[0, 128], Errno::SPipe);
    calls.fails("fd_seek", &[DIR.into(), 0, 0, 128], Errno::BadF);

    let [at, count] = calls.buffer(b"HE");
    calls.ok("fd_pwrite", &[file, at, count, 0, 128]);
    calls.ok("fd_pread", &[file, at, count, 1, 128]);
    assert_eq!(calls.bytes(1024, 2), b"El");
    calls.fails("fd_pread", &[0, at, count, 0, 128], Errno::SPipe);
    calls.fails("fd_pwrite", &[1, at, count, 0, 128], Errno::SPipe);
    calls.fails("fd_pwrite", &[file, at, count, -1, 128], Errno::FBig);
    calls.fails("fd_read", &[DIR.into(), at, count, 128], Errno::IsDir);
    calls.fails("fd_write", &[DIR.into(), at, count, 128], Errno::BadF);
}

#[test]
fn the_older_version_counts_from_elsewhere_and_has_shorter_links() {
    let mut files = MemoryFs::new(1 << 20);
    files.write_file("file", b"hello").unwrap();
    let wasi = Wasi::new().with_directory("/", files, Access::ReadWrite).unwrap();
    let mut calls = Calls::of("wasi_unstable", wasi);
    let file = calls.open("file", 0);
    for (offset, whence, position) in [(2, 2, 2), (1, 0, 3), (-1, 1, 4)] {
        calls.ok("fd_seek", &[file, offset, whence, 128]);
        assert_eq!(calls.u64(128), position);
    }
    calls.put(512, &[0xFF; 64]);
    calls.ok("fd_filestat_get", &[file, 512]);
    assert_eq!((calls.bytes(528, 1), calls.u32(532), calls.u64(536)), ([4].as_slice(), 1, 5));
    assert_eq!(calls.bytes(568, 8), [0xFF; 8]);
}

#[test]
fn a_descriptor_that_appends_writes_at_the_end_wherever_it_stands() {
    let mut calls = Calls::new();
    let file = calls.open("file", CREAT);
    calls.write(file, b"one");
    calls.ok("fd_seek", &[file, 0, 0, 128]);
    calls.ok("fd_fdstat_set_flags", &[file, 1]);
    calls.write(file, b"two");
    calls.ok("fd_seek", &[file, 0, 0, 128]);
    assert_eq!(calls.read(file, 10), b"onetwo");
    calls.fails("fd_fdstat_set_flags", &[file, 32], Errno::Inval);
}

#[test]
fn files_grow_with_zeros_up_to_the_limit_and_shrink() {
    let mut calls = Calls::new();
    let file = calls.open("file", CREAT);
    calls.ok("fd_filestat_set_size", &[file, 5]);
    calls.ok("fd_allocate", &[file, 4, 4]);
    calls.ok("fd_allocate", &[file, 0, 2]);
    assert_eq!(calls.read(file, 100), [0; 8]);
    calls.ok("fd_filestat_set_size", &[file, 2]);
    calls.ok("fd_filestat_get", &[file, 512]);
    assert_eq!(calls.u64(512 + 32), 2);
    for size in [2 << 20, i64::MAX, -1] {
        calls.fails("fd_filestat_set_size", &[file, size], Errno::NoSpc);
    }
    calls.fails("fd_allocate", &[file, -1, 2], Errno::FBig);
    calls.fails("fd_allocate", &[file, 0, 1 << 40], Errno::NoSpc);
    calls.fails("fd_filestat_set_size", &[DIR.into(), 5], Errno::BadF);
    calls.fails("fd_filestat_set_size", &[1, 5], Errno::Inval);
    calls.ok("fd_sync", &[file]);
    calls.ok("fd_datasync", &[file]);
    calls.ok("fd_advise", &[file, 0, 10, 5]);
    calls.fails("fd_advise", &[file, 0, 10, 6], Errno::Inval);
    calls.fails("fd_advise", &[file, -1, 10, 0], Errno::Inval);
    calls.fails("fd_advise", &[DIR.into(), 0, 10, 0], Errno::BadF);
}

#[test]
fn times_are_set_as_asked() {
    let mut calls = Calls::new();
    let file = calls.open("file", CREAT);
    calls.ok("fd_filestat_set_times", &[file, 111, 222, 1 | 4]);
    calls.ok("fd_filestat_get", &[file, 512]);
    assert_eq!((calls.u64(552), calls.u64(560)), (111, 222));
    let [at, length] = calls.path("file");
    calls.ok("path_filestat_set_times", &[DIR.into(), 0, at, length, 333, 0, 1]);
    calls.ok("path_filestat_get", &[DIR.into(), 0, at, length, 512]);
    assert_eq!((calls.u64(552), calls.u64(560)), (333, 222));
    calls.fails("fd_filestat_set_times", &[file, 1, 1, 3], Errno::Inval);
    calls.fails("fd_filestat_set_times", &[file, 1, 1, 16], Errno::Inval);
}

#[test]
fn descriptors_get_the_lowest_free_number_and_can_be_renumbered() {
    let mut calls = Calls::new();
    let (a, b) = (calls.open("a", CREAT), calls.open("b", CREAT));
    assert_eq!((a, b), (4, 5));
    calls.write(a, b"a");
    calls.ok("fd_renumber", &[a, b]);
    calls.fails("fd_tell", &[a, 128], Errno::BadF);
    calls.ok("fd_tell", &[b, 128]);
    assert_eq!(calls.u64(128), 1);
    assert_eq!(calls.open("c", CREAT), a);
    calls.fails("fd_renumber", &[b, 77], Errno::BadF);
    calls.ok("fd_renumber", &[b, b]);
    calls.ok("fd_close", &[b]);
    calls.fails("fd_close", &[b], Errno::BadF);
    calls.ok("fd_renumber", &[a, 1]);
    calls.write(1, b"into the file");
    let files: &MemoryFs = calls.store.data().file_system().unwrap();
    assert_eq!(files.read_file("c"), Ok(b"into the file".as_slice()));
}

#[test]
fn no_more_descriptors_are_opened_than_there_may_be() {
    let mut calls = Calls::new();
    calls.open("file", CREAT);
    let opened = (0..2000).take_while(|_| calls.try_open(DIR, "file", 0, ALL).is_ok()).count();
    assert_eq!(opened, 1024 - 5);
    assert_eq!(calls.try_open(DIR, "new", CREAT, ALL), Err(Errno::MFile.code()));
    let files: &MemoryFs = calls.store.data().file_system().unwrap();
    assert_eq!(files.paths(), ["file"]);
}

#[test]
fn rights_can_be_given_up_and_not_be_got() {
    let mut calls = Calls::new();
    let file = calls.open("file", CREAT);
    const READ: i64 = 1 << 1;
    const SEEK: i64 = 1 << 2;
    calls.fails("fd_fdstat_set_rights", &[file, ALL, 0], Errno::NotCapable);
    calls.ok("fd_fdstat_set_rights", &[file, READ, 0]);
    calls.fails("fd_fdstat_set_rights", &[file, READ | SEEK, 0], Errno::NotCapable);
    calls.fails("fd_seek", &[file, 1, 0, 128], Errno::NotCapable);
    calls.fails("fd_filestat_get", &[file, 512], Errno::NotCapable);
    calls.fails("fd_write", &[file, 0, 0, 128], Errno::BadF);
    calls.ok("fd_read", &[file, 0, 0, 128]);

    let only_read = calls.try_open(DIR, "file", 0, READ).unwrap();
    calls.ok("fd_fdstat_get", &[only_read.into(), 512]);
    assert_eq!((calls.bytes(512, 1)[0], calls.u64(520)), (4, READ as u64));
}

#[test]
fn a_directory_that_may_only_be_read_gives_nothing_that_may_be_written() {
    let mut files = MemoryFs::new(1 << 20);
    files.write_file("sub/file", b"kept").unwrap();
    let mut calls = Calls::with(files, Access::Read);
    let not_capable = Err(Errno::NotCapable.code());
    const READ: i64 = 1 << 1;
    assert_eq!(calls.try_open(DIR, "sub/file", 0, ALL), not_capable);
    assert_eq!(calls.try_open(DIR, "sub/new", CREAT, READ), not_capable);
    assert_eq!(calls.try_open(DIR, "sub/file", 8, READ), not_capable);
    let file = calls.try_open(DIR, "sub/file", 0, READ).unwrap();
    assert_eq!(calls.read(file.into(), 9), b"kept");
    let sub = calls.try_open(DIR, "sub", DIRECTORY, ALL).unwrap();
    let [at, length] = calls.path("file");
    calls.fails("path_unlink_file", &[sub.into(), at, length], Errno::NotCapable);
    assert_eq!(calls.try_open(sub, "file", 0, ALL), not_capable);
}

#[test]
fn the_directories_that_are_given_are_found_by_their_names() {
    let mut calls = Calls::new();
    calls.ok("fd_prestat_get", &[DIR.into(), 128]);
    assert_eq!(calls.bytes(128, 8), [0, 0, 0, 0, 5, 0, 0, 0]);
    calls.ok("fd_prestat_dir_name", &[DIR.into(), 128, 5]);
    assert_eq!(calls.bytes(128, 5), b"/data");
    calls.fails("fd_prestat_dir_name", &[DIR.into(), 128, 4], Errno::NameTooLong);
    calls.fails("fd_prestat_get", &[0, 128], Errno::BadF);
    calls.fails("fd_prestat_get", &[4, 128], Errno::BadF);
}

#[test]
fn standard_streams_are_terminals_that_go_one_way() {
    let mut calls = Calls::new();
    for fd in 0..3 {
        calls.ok("fd_fdstat_get", &[fd, 512]);
        assert_eq!(calls.bytes(512, 1), [2]);
        calls.ok("fd_filestat_get", &[fd, 512]);
        assert_eq!(calls.bytes(528, 1), [2]);
    }
    let [at, count] = calls.buffer(b"x");
    calls.fails("fd_read", &[1, at, count, 128], Errno::BadF);
    calls.fails("fd_write", &[0, at, count, 128], Errno::BadF);
}

#[test]
fn output_that_is_full_is_reported_after_what_was_taken() {
    let mut calls = Calls::of(
        "wasi_snapshot_preview1",
        Wasi::new().with_stdout(CapturedOutput::new(3)).with_stderr(CapturedOutput::new(100)),
    );
    let [at, count] = calls.buffer(b"hello");
    calls.ok("fd_write", &[1, at, count, 128]);
    assert_eq!(calls.u32(128), 3);
    calls.fails("fd_write", &[1, at, count, 128], Errno::NoSpc);
    calls.write(2, b"oops");
    assert_eq!(calls.store.data().stderr::<CapturedOutput>().unwrap().bytes(), b"oops");
}

#[test]
fn reading_input_that_is_not_there_yet_waits_unless_it_must_not() {
    let mut calls = Calls::new();
    let [at, count] = calls.buffer(&[0; 4]);
    let mut job = calls.job("fd_read", &[0, at, count, 128]);
    calls.put(128, &[7; 4]);
    assert!(matches!(calls.store.run(&mut job, Limit::NONE), Outcome::Pending(_)));
    assert_eq!(calls.bytes(128, 4), [7; 4]);
    calls.store.data_mut().stdin_mut::<TypedInput>().unwrap().push(b"typed");
    assert_eq!(calls.store.run(&mut job, Limit::NONE), Outcome::Done);
    assert_eq!((calls.u32(128), calls.bytes(1024, 4)), (4, b"type".as_slice()));
    assert_eq!(calls.read(0, 4), b"d");
    calls.ok("fd_fdstat_set_flags", &[0, 4]);
    calls.fails("fd_read", &[0, at, count, 128], Errno::Again);
}
