//! What the tests share: running programs, and calling single functions.

#![allow(dead_code, unreachable_pub)]

#[path = "../../../tests/common/tier.rs"]
pub mod tier;

use std::path::PathBuf;
use std::{env, fs};

use fayasm_core::spill::{MirrorSlots, SpillStore};
use fayasm_core::{Instance, Job, Limit, Linker, Module, Outcome, Paging, Store, TrapKind, Val};
use fayasm_wasi::{Access, CapturedOutput, Errno, MemoryFs, TypedInput, Wasi, add_to_linker};
pub use tier::engine;

/// The functions of WASI preview 1 with their parameters: `i` for i32, `I` for i64.
pub const SIGNATURES: [(&str, &str); 46] = [
    ("args_get", "ii"),
    ("args_sizes_get", "ii"),
    ("clock_res_get", "ii"),
    ("clock_time_get", "iIi"),
    ("environ_get", "ii"),
    ("environ_sizes_get", "ii"),
    ("fd_advise", "iIIi"),
    ("fd_allocate", "iII"),
    ("fd_close", "i"),
    ("fd_datasync", "i"),
    ("fd_fdstat_get", "ii"),
    ("fd_fdstat_set_flags", "ii"),
    ("fd_fdstat_set_rights", "iII"),
    ("fd_filestat_get", "ii"),
    ("fd_filestat_set_size", "iI"),
    ("fd_filestat_set_times", "iIIi"),
    ("fd_pread", "iiiIi"),
    ("fd_prestat_dir_name", "iii"),
    ("fd_prestat_get", "ii"),
    ("fd_pwrite", "iiiIi"),
    ("fd_read", "iiii"),
    ("fd_readdir", "iiiIi"),
    ("fd_renumber", "ii"),
    ("fd_seek", "iIii"),
    ("fd_sync", "i"),
    ("fd_tell", "ii"),
    ("fd_write", "iiii"),
    ("path_create_directory", "iii"),
    ("path_filestat_get", "iiiii"),
    ("path_filestat_set_times", "iiiiIIi"),
    ("path_link", "iiiiiii"),
    ("path_open", "iiiiiIIii"),
    ("path_readlink", "iiiiii"),
    ("path_remove_directory", "iii"),
    ("path_rename", "iiiiii"),
    ("path_symlink", "iiiii"),
    ("path_unlink_file", "iii"),
    ("poll_oneoff", "iiii"),
    ("proc_exit", "i"),
    ("proc_raise", "i"),
    ("random_get", "ii"),
    ("sched_yield", ""),
    ("sock_accept", "iii"),
    ("sock_recv", "iiiiii"),
    ("sock_send", "iiiii"),
    ("sock_shutdown", "ii"),
];

/// A descriptor that is not open.
pub const NOT_OPEN: i32 = 99;

/// The descriptor of the directory that tests are given.
pub const DIR: i32 = 3;

/// All rights.
pub const ALL: i64 = -1;

/// What a program that has ended leaves.
pub struct Ended {
    pub code: u32,
    pub stdout: String,
    pub wasi: Wasi,
}

/// A program that can be run.
pub struct Running {
    pub store: Store<Wasi>,
    pub job: Job,
    /// Pages of its memory that are not in RAM.
    pages: SpillStore<MirrorSlots>,
}

impl Running {
    pub fn new(program: &[u8], wasi: Wasi) -> Self {
        Running::paged(program, wasi, None)
    }

    /// The same, where memory is held as pages.
    pub fn paged(program: &[u8], wasi: Wasi, paging: Option<Paging>) -> Self {
        let engine = engine();
        let module = Module::new(&engine, program).expect("the program is valid");
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker, |wasi| wasi);
        let mut store = Store::new(&engine, wasi);
        store.set_paging(paging);
        let instance = linker.instantiate(&mut store, &module).expect("it instantiates");
        let start = instance.get_func(&store, "_start").expect("it is a program");
        let job = Job::new(&store, start, &[]).expect("it takes no arguments");
        let pages = SpillStore::format(MirrorSlots::new(1 << 16), 0).expect("there is room");
        Running { store, job, pages }
    }

    pub fn run(&mut self) -> Outcome {
        self.store.run_spilling(&mut self.job, Limit::NONE, &mut self.pages).expect("there is room")
    }

    /// Runs to the end, which must come.
    pub fn end(mut self) -> Ended {
        let code = match self.run() {
            Outcome::Done => 0,
            Outcome::Trapped(trap) => match trap.kind() {
                TrapKind::Exit { code } => *code,
                other => panic!("it traps: {other}"),
            },
            other => panic!("it does not end, but {other:?}"),
        };
        let mut wasi = self.store.into_data();
        let output = wasi.stdout_mut::<CapturedOutput>().map(CapturedOutput::take);
        let stdout = String::from_utf8(output.unwrap_or_default()).expect("it prints text");
        Ended { code, stdout, wasi }
    }
}

/// An instance that passes every call on to WASI, to try single functions.
pub struct Calls {
    pub store: Store<Wasi>,
    instance: Instance,
}

impl Calls {
    /// With a directory in memory as descriptor 3, and captured output.
    pub fn new() -> Self {
        Calls::with(MemoryFs::new(1 << 20), Access::ReadWrite)
    }

    /// With this directory as descriptor 3.
    pub fn with(system: impl fayasm_wasi::FileSystem, access: Access) -> Self {
        let wasi = Wasi::new()
            .with_stdin(TypedInput::default())
            .with_stdout(CapturedOutput::new(1 << 16))
            .with_directory("/data", system, access);
        Calls::of("wasi_snapshot_preview1", wasi.expect("there is room"))
    }

    pub fn of(module: &str, wasi: Wasi) -> Self {
        let engine = engine();
        let text = passing_on(module);
        let module = Module::new(&engine, wat::parse_str(text).unwrap()).unwrap();
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker, |wasi| wasi);
        let mut store = Store::new(&engine, wasi);
        let instance = linker.instantiate(&mut store, &module).unwrap();
        Calls { store, instance }
    }

    /// A job that makes this call.
    pub fn job(&self, name: &str, args: &[i64]) -> Job {
        let func = self.instance.get_func(&self.store, name).expect("it is exported");
        let (_, types) = SIGNATURES.iter().find(|(known, _)| *known == name).unwrap();
        assert_eq!(types.len(), args.len(), "arguments of {name}");
        let vals: Vec<Val> = types
            .chars()
            .zip(args)
            .map(|(ty, arg)| if ty == 'i' { Val::I32(*arg as i32) } else { Val::I64(*arg) })
            .collect();
        Job::new(&self.store, func, &vals).unwrap()
    }

    /// Makes a call, which must come to its end, and gives its error number.
    pub fn raw(&mut self, name: &str, args: &[i64]) -> u16 {
        let mut job = self.job(name, args);
        assert_eq!(self.store.run(&mut job, Limit::NONE), Outcome::Done, "{name}");
        let results = job.results(&self.store).unwrap();
        u16::try_from(results[0].i32().unwrap()).unwrap()
    }

    /// Makes a call that must succeed.
    #[track_caller]
    pub fn ok(&mut self, name: &str, args: &[i64]) {
        assert_eq!(self.raw(name, args), 0, "{name} {args:?}");
    }

    /// Makes a call that must fail like this.
    #[track_caller]
    pub fn fails(&mut self, name: &str, args: &[i64], errno: Errno) {
        assert_eq!(self.raw(name, args), errno.code(), "{name} {args:?} must give: {errno}");
    }

    fn memory(&self) -> fayasm_core::Memory {
        let memory = self.instance.get_export(&self.store, "memory").unwrap();
        memory.into_memory().unwrap()
    }

    pub fn put(&mut self, at: usize, bytes: &[u8]) {
        let memory = self.memory();
        memory.write(&mut self.store, at as u64, bytes).unwrap();
    }

    pub fn bytes(&self, at: usize, length: usize) -> &[u8] {
        &self.memory().data(&self.store).unwrap()[at..at + length]
    }

    pub fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.bytes(at, 4).try_into().unwrap())
    }

    pub fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.bytes(at, 8).try_into().unwrap())
    }

    /// Puts a path at an address of its own, and gives its address and length.
    pub fn path(&mut self, path: &str) -> [i64; 2] {
        self.put(20_000, path.as_bytes());
        [20_000, path.len() as i64]
    }

    /// A second path beside the first.
    pub fn other_path(&mut self, path: &str) -> [i64; 2] {
        self.put(30_000, path.as_bytes());
        [30_000, path.len() as i64]
    }

    /// Puts one `iovec` at 256 that names these bytes at 1024.
    pub fn buffer(&mut self, bytes: &[u8]) -> [i64; 2] {
        self.put(1024, bytes);
        self.put(256, &1024_u32.to_le_bytes());
        self.put(260, &(bytes.len() as u32).to_le_bytes());
        [256, 1]
    }

    /// `path_open` with all rights below descriptor `fd`: the error number.
    pub fn try_open(&mut self, fd: i32, path: &str, oflags: i64, rights: i64) -> Result<i32, u16> {
        let [at, length] = self.path(path);
        let args = [fd.into(), 1, at, length, oflags, rights, rights, 0, 128];
        match self.raw("path_open", &args) {
            0 => Ok(self.u32(128) as i32),
            errno => Err(errno),
        }
    }

    #[track_caller]
    pub fn open(&mut self, path: &str, oflags: i64) -> i64 {
        match self.try_open(DIR, path, oflags, ALL) {
            Ok(fd) => fd.into(),
            Err(errno) => panic!("path_open {path}: {errno}"),
        }
    }

    /// Writes bytes with `fd_write`, all of which must be taken.
    #[track_caller]
    pub fn write(&mut self, fd: i64, bytes: &[u8]) {
        let [at, count] = self.buffer(bytes);
        self.ok("fd_write", &[fd, at, count, 128]);
        assert_eq!(self.u32(128) as usize, bytes.len());
    }

    /// Reads up to as many bytes with `fd_read`.
    #[track_caller]
    pub fn read(&mut self, fd: i64, length: usize) -> Vec<u8> {
        let [at, count] = self.buffer(&vec![0; length]);
        self.ok("fd_read", &[fd, at, count, 128]);
        self.bytes(1024, self.u32(128) as usize).to_vec()
    }
}

/// A module that passes the calls of its exports on to the imports of the same names.
fn passing_on(module: &str) -> String {
    let mut imports = String::new();
    let mut functions = String::new();
    for (name, types) in SIGNATURES {
        let params: String =
            types.chars().map(|ty| if ty == 'i' { " i32" } else { " i64" }).collect();
        let result = if name == "proc_exit" { "" } else { "(result i32)" };
        let args: String = (0..types.len()).map(|index| format!("(local.get {index})")).collect();
        imports +=
            &format!("(import \"{module}\" \"{name}\" (func ${name} (param {params}) {result}))\n");
        functions += &format!(
            "(func (export \"{name}\") (param {params}) {result} (call ${name} {args}))\n"
        );
    }
    format!("(module {imports} (memory (export \"memory\") 1) {functions})")
}

/// A new directory of the machine.
pub fn temporary(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a directory can be made");
    path
}
