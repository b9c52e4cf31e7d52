//! What a program has of the world.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;

use crate::abi::{Errno, FileType, rights};
use crate::descriptors::{Descriptor, Descriptors, Kind, Node};
use crate::file_system::{FileSystem, Handle};
use crate::outside::{
    Clock, ClockId, Input, NoOutput, Output, Random, SeededRandom, TypedInput, VirtualClock,
};

/// What a program may do in a directory that it is given, and below.
///
/// ```
/// use fayasm_wasi::{Access, MemoryFs, Wasi};
///
/// let wasi = Wasi::new()
///     .with_directory("/", MemoryFs::new(1 << 20), Access::ReadWrite)?
///     .with_directory("/usr/share", MemoryFs::new(0), Access::Read)?;
/// # assert!(wasi.file_system::<MemoryFs>().is_some());
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Look and read.
    Read,
    /// Everything.
    ReadWrite,
}

/// What a program has of the world: arguments, environment, time, chance,
/// standard streams, directories. Everything comes from the embedder; what is
/// not given is as little as can be, and the same in every run: no arguments,
/// a [`VirtualClock`], a [`SeededRandom`], no input, output that nobody sees,
/// no directory.
///
/// ```
/// use fayasm_core::{Engine, Linker, Module, Store, Outcome, Job, TrapKind};
/// use fayasm_wasi::{CapturedOutput, Wasi, add_to_linker};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, wat::parse_str(
///     r#"(module
///        (import "wasi_snapshot_preview1" "fd_write"
///          (func $write (param i32 i32 i32 i32) (result i32)))
///        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
///        (memory (export "memory") 1)
///        (data (i32.const 0) "\08\00\00\00\03\00\00\00" "hi\n")
///        (func (export "_start")
///          (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
///          (call $exit (i32.const 3))))"#,
/// )?)?;
/// let mut linker = Linker::<Wasi>::new(&engine);
/// add_to_linker(&mut linker, |wasi| wasi);
/// let wasi = Wasi::new().with_stdout(CapturedOutput::new(1000));
/// let mut store = Store::new(&engine, wasi);
/// let instance = linker.instantiate(&mut store, &module)?;
/// let start = instance.get_func(&store, "_start").ok_or("it is no program")?;
///
/// let mut job = Job::new(&store, start, &[])?;
/// let Outcome::Trapped(trap) = store.run(&mut job, 1000) else { panic!("it must end") };
/// assert_eq!(*trap.kind(), TrapKind::Exit { code: 3 });
/// let output: &CapturedOutput = store.data().stdout().unwrap();
/// assert_eq!(output.bytes(), b"hi\n");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct Wasi {
    pub(crate) args: Vec<String>,
    pub(crate) environ: Vec<String>,
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) random: Box<dyn Random>,
    pub(crate) stdin: Box<dyn Input>,
    pub(crate) stdout: Box<dyn Output>,
    pub(crate) stderr: Box<dyn Output>,
    pub(crate) systems: Vec<Box<dyn FileSystem>>,
    pub(crate) descriptors: Descriptors,
    /// When the `poll_oneoff` began that has to be waited for.
    pub(crate) poll_began: Option<u64>,
    pub(crate) unsupported: Vec<(&'static str, u64)>,
    pub(crate) executed: u64,
}

impl Default for Wasi {
    fn default() -> Self {
        let mut descriptors = Descriptors::default();
        for (kind, rights) in [
            (Kind::Stdin, rights::FD_READ),
            (Kind::Stdout, rights::FD_WRITE),
            (Kind::Stderr, rights::FD_WRITE),
        ] {
            // The first three always find room; without memory they are missing.
            let _ = descriptors.insert(Descriptor::stream(kind, rights));
        }
        Wasi {
            args: Vec::new(),
            environ: Vec::new(),
            clock: Box::new(VirtualClock::default()),
            random: Box::new(SeededRandom::default()),
            stdin: Box::new(TypedInput::all([])),
            stdout: Box::new(NoOutput),
            stderr: Box::new(NoOutput),
            systems: Vec::new(),
            descriptors,
            poll_began: None,
            unsupported: Vec::new(),
            executed: 0,
        }
    }
}

impl Wasi {
    /// As little as can be.
    ///
    /// ```
    /// use fayasm_wasi::{MemoryFs, NoOutput, Wasi};
    ///
    /// let wasi = Wasi::new();
    /// assert!(wasi.stdout::<NoOutput>().is_some());
    /// assert!(wasi.file_system::<MemoryFs>().is_none());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Wasi::default()
    }

    /// One more argument; the first is the program's name. Programs see it up
    /// to its first NUL.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// # use fayasm_wasi::add_to_linker;
    /// use fayasm_wasi::Wasi;
    ///
    /// let wat = r#"(module
    ///   (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
    ///   (memory (export "memory") 1)
    ///   (func (export "_start") (drop (call $args_get (i32.const 0) (i32.const 16)))))"#;
    /// let wasi = Wasi::new().with_arg("greet").with_arg("--loud");
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut linker = Linker::<Wasi>::new(&engine);
    /// # add_to_linker(&mut linker, |wasi| wasi);
    /// # let mut store = Store::new(&engine, wasi);
    /// # let instance = linker.instantiate(&mut store, &module)?;
    /// # instance.get_typed_func::<(), ()>(&store, "_start")?.call(&mut store, ())?;
    /// # let memory = instance.get_memory(&store, "memory").ok_or("it has no memory")?;
    /// assert_eq!(&memory.data(&store)?[16..29], b"greet\0--loud\0");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_arg(mut self, arg: &str) -> Self {
        self.args.push(until_nul(arg).into());
        self
    }

    /// One more environment variable. Programs see it up to its first NUL.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// # use fayasm_wasi::add_to_linker;
    /// use fayasm_wasi::Wasi;
    ///
    /// let wat = r#"(module
    ///   (import "wasi_snapshot_preview1" "environ_get" (func $get (param i32 i32) (result i32)))
    ///   (memory (export "memory") 1)
    ///   (func (export "_start") (drop (call $get (i32.const 0) (i32.const 16)))))"#;
    /// let wasi = Wasi::new().with_env("LANG", "en");
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut linker = Linker::<Wasi>::new(&engine);
    /// # add_to_linker(&mut linker, |wasi| wasi);
    /// # let mut store = Store::new(&engine, wasi);
    /// # let instance = linker.instantiate(&mut store, &module)?;
    /// # instance.get_typed_func::<(), ()>(&store, "_start")?.call(&mut store, ())?;
    /// # let memory = instance.get_memory(&store, "memory").ok_or("it has no memory")?;
    /// assert_eq!(&memory.data(&store)?[16..24], b"LANG=en\0");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_env(mut self, name: &str, value: &str) -> Self {
        let mut variable = String::from(until_nul(name));
        variable.push('=');
        variable.push_str(until_nul(value));
        self.environ.push(variable);
        self
    }

    /// This clock.
    ///
    /// ```
    /// use fayasm_wasi::{VirtualClock, Wasi};
    ///
    /// let mut wasi = Wasi::new().with_clock(VirtualClock::new(0, 1));
    /// assert!(wasi.clock_mut::<VirtualClock>().is_some());
    /// ```
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// This source of random bytes.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// # use fayasm_wasi::add_to_linker;
    /// use fayasm_wasi::{Errno, Random, Wasi};
    ///
    /// let wat = r#"(module
    ///   (import "wasi_snapshot_preview1" "random_get" (func $get (param i32 i32) (result i32)))
    ///   (memory (export "memory") 1)
    ///   (func (export "_start") (drop (call $get (i32.const 0) (i32.const 8)))))"#;
    /// /// As the dice of a game that is shown again.
    /// struct Sixes;
    /// impl Random for Sixes {
    ///     fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Errno> {
    ///         bytes.fill(6);
    ///         Ok(())
    ///     }
    /// }
    /// let wasi = Wasi::new().with_random(Sixes);
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut linker = Linker::<Wasi>::new(&engine);
    /// # add_to_linker(&mut linker, |wasi| wasi);
    /// # let mut store = Store::new(&engine, wasi);
    /// # let instance = linker.instantiate(&mut store, &module)?;
    /// # instance.get_typed_func::<(), ()>(&store, "_start")?.call(&mut store, ())?;
    /// # let memory = instance.get_memory(&store, "memory").ok_or("it has no memory")?;
    /// assert_eq!(memory.data(&store)?[..8], [6; 8]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_random(mut self, random: impl Random) -> Self {
        self.random = Box::new(random);
        self
    }

    /// This standard input.
    ///
    /// ```
    /// use fayasm_wasi::{TypedInput, Wasi};
    ///
    /// let mut wasi = Wasi::new().with_stdin(TypedInput::all("yes\n"));
    /// assert!(wasi.stdin_mut::<TypedInput>().is_some());
    /// ```
    #[must_use]
    pub fn with_stdin(mut self, stdin: impl Input) -> Self {
        self.stdin = Box::new(stdin);
        self
    }

    /// This standard output.
    ///
    /// ```
    /// use fayasm_wasi::{CapturedOutput, Wasi};
    ///
    /// let wasi = Wasi::new().with_stdout(CapturedOutput::new(64 << 10));
    /// let output: &CapturedOutput = wasi.stdout().expect("it is one");
    /// assert_eq!(output.bytes(), b""); // until the program writes
    /// ```
    #[must_use]
    pub fn with_stdout(mut self, stdout: impl Output) -> Self {
        self.stdout = Box::new(stdout);
        self
    }

    /// This standard error.
    ///
    /// ```
    /// use fayasm_wasi::{CapturedOutput, Wasi};
    ///
    /// let wasi = Wasi::new().with_stderr(CapturedOutput::new(64 << 10));
    /// assert!(wasi.stderr::<CapturedOutput>().is_some());
    /// ```
    #[must_use]
    pub fn with_stderr(mut self, stderr: impl Output) -> Self {
        self.stderr = Box::new(stderr);
        self
    }

    /// The root of this file system, under a name: `/` makes it the root that
    /// the program sees, `.` the directory that it works in.
    ///
    /// ```
    /// use fayasm_wasi::{Access, MemoryFs, Wasi};
    ///
    /// let mut files = MemoryFs::new(1 << 20);
    /// files.write_file("config.txt", b"volume = 7")?;
    /// let wasi = Wasi::new().with_directory("/", files, Access::ReadWrite)?;
    /// // Once the program has run: what it has left there.
    /// let files: &MemoryFs = wasi.file_system().expect("there is one");
    /// assert_eq!(files.paths(), ["config.txt"]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Errno::MFile`] if too much is open.
    pub fn with_directory(
        mut self,
        name: &str,
        system: impl FileSystem,
        access: Access,
    ) -> Result<Self, Errno> {
        let allowed = match access {
            Access::Read => rights::LOOKING,
            Access::ReadWrite => u64::MAX,
        };
        let node = Node {
            system: self.systems.len(),
            handle: Handle::ROOT,
            file_type: FileType::Directory,
            position: 0,
            preopen: Some(until_nul(name).into()),
            listing: None,
        };
        self.descriptors.insert(Descriptor {
            kind: Kind::Node(node),
            rights: rights::DIRECTORY & allowed,
            inheriting: (rights::FILE | rights::DIRECTORY) & allowed,
            flags: 0,
        })?;
        self.systems.push(Box::new(system));
        Ok(self)
    }

    /// The standard input, if it is of this type.
    ///
    /// ```
    /// use fayasm_core::Outcome;
    /// use fayasm_wasi::{TypedInput, Wasi};
    ///
    /// let mut wasi = Wasi::new().with_stdin(TypedInput::default());
    /// // While the program waits for it (`Outcome::Pending`):
    /// let input: &mut TypedInput = wasi.stdin_mut().expect("it is one");
    /// input.push(b"yes\n");
    /// ```
    pub fn stdin_mut<I: Input>(&mut self) -> Option<&mut I> {
        (&mut *self.stdin as &mut dyn Any).downcast_mut()
    }

    /// The standard output, if it is of this type.
    ///
    /// ```
    /// use fayasm_wasi::{CapturedOutput, NoOutput, Wasi};
    ///
    /// let wasi = Wasi::new().with_stdout(CapturedOutput::new(1000));
    /// assert_eq!(wasi.stdout().map(CapturedOutput::bytes), Some(b"".as_slice()));
    /// assert!(wasi.stdout::<NoOutput>().is_none());
    /// ```
    #[must_use]
    pub fn stdout<O: Output>(&self) -> Option<&O> {
        (&*self.stdout as &dyn Any).downcast_ref()
    }

    /// The standard output, if it is of this type.
    ///
    /// ```
    /// use fayasm_wasi::{CapturedOutput, Wasi};
    ///
    /// let mut wasi = Wasi::new().with_stdout(CapturedOutput::new(1000));
    /// // Between two slices of a run: what to show, and room for more.
    /// let shown = wasi.stdout_mut().map(CapturedOutput::take);
    /// assert_eq!(shown, Some(vec![]));
    /// ```
    pub fn stdout_mut<O: Output>(&mut self) -> Option<&mut O> {
        (&mut *self.stdout as &mut dyn Any).downcast_mut()
    }

    /// The standard error, if it is of this type.
    ///
    /// ```
    /// use fayasm_wasi::{CapturedOutput, Wasi};
    ///
    /// let wasi = Wasi::new().with_stderr(CapturedOutput::new(1000));
    /// assert_eq!(wasi.stderr().map(CapturedOutput::bytes), Some(b"".as_slice()));
    /// ```
    #[must_use]
    pub fn stderr<O: Output>(&self) -> Option<&O> {
        (&*self.stderr as &dyn Any).downcast_ref()
    }

    /// The standard error, if it is of this type.
    ///
    /// ```
    /// use fayasm_wasi::{CapturedOutput, Wasi};
    ///
    /// let mut wasi = Wasi::new().with_stderr(CapturedOutput::new(1000));
    /// assert_eq!(wasi.stderr_mut().map(CapturedOutput::take), Some(vec![]));
    /// ```
    pub fn stderr_mut<O: Output>(&mut self) -> Option<&mut O> {
        (&mut *self.stderr as &mut dyn Any).downcast_mut()
    }

    /// The clock, if it is of this type.
    ///
    /// ```
    /// use fayasm_wasi::{Clock, ClockId, VirtualClock, Wasi};
    ///
    /// let mut wasi = Wasi::new().with_clock(VirtualClock::new(0, 0));
    /// let clock: &mut VirtualClock = wasi.clock_mut().expect("it is one");
    /// clock.sleep(1_000_000); // a millisecond passes
    /// assert_eq!(clock.now(ClockId::Monotonic), 1_000_000);
    /// ```
    pub fn clock_mut<C: Clock>(&mut self) -> Option<&mut C> {
        (&mut *self.clock as &mut dyn Any).downcast_mut()
    }

    /// The first file system of this type.
    ///
    /// ```
    /// use fayasm_wasi::{Access, MemoryFs, Wasi};
    ///
    /// let wasi = Wasi::new().with_directory("/", MemoryFs::new(1000), Access::Read)?;
    /// assert_eq!(wasi.file_system().map(MemoryFs::paths), Some(vec![]));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn file_system<F: FileSystem>(&self) -> Option<&F> {
        self.systems.iter().find_map(|system| (&**system as &dyn Any).downcast_ref())
    }

    /// The first file system of this type.
    ///
    /// ```
    /// use fayasm_wasi::{Access, MemoryFs, Wasi};
    ///
    /// let mut wasi = Wasi::new().with_directory("/", MemoryFs::new(1000), Access::Read)?;
    /// // The embedder may write where the program may not.
    /// let files: &mut MemoryFs = wasi.file_system_mut().expect("there is one");
    /// files.write_file("news.txt", b"rain")?;
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn file_system_mut<F: FileSystem>(&mut self) -> Option<&mut F> {
        self.systems.iter_mut().find_map(|system| (&mut **system as &mut dyn Any).downcast_mut())
    }

    /// What the program called and was told that it does not exist
    /// ([`Errno::NoSys`]) or is not supported ([`Errno::NotSup`]): the names of
    /// the functions, in the order of their first calls, and how often.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// # use fayasm_wasi::add_to_linker;
    /// use fayasm_wasi::Wasi;
    ///
    /// let wat = r#"(module
    ///   (import "wasi_snapshot_preview1" "proc_raise" (func $raise (param i32) (result i32)))
    ///   (memory (export "memory") 1)
    ///   (func (export "_start") (drop (call $raise (i32.const 6)))))"#;
    /// let wasi = Wasi::new();
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut linker = Linker::<Wasi>::new(&engine);
    /// # add_to_linker(&mut linker, |wasi| wasi);
    /// # let mut store = Store::new(&engine, wasi);
    /// # let instance = linker.instantiate(&mut store, &module)?;
    /// # instance.get_typed_func::<(), ()>(&store, "_start")?.call(&mut store, ())?;
    /// # let memory = instance.get_memory(&store, "memory").ok_or("it has no memory")?;
    /// # let _ = memory;
    /// assert_eq!(store.data().unsupported(), [("proc_raise", 1)]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn unsupported(&self) -> &[(&'static str, u64)] {
        &self.unsupported
    }

    /// How many instructions the job had executed that called one of the functions
    /// last, before it did.
    ///
    /// ```
    /// use fayasm_wasi::Wasi;
    ///
    /// assert_eq!(Wasi::new().executed(), 0);
    /// ```
    #[must_use]
    pub fn executed(&self) -> u64 {
        self.executed
    }

    /// Remembers that the program called what is not supported.
    pub(crate) fn log_unsupported(&mut self, name: &'static str) {
        match self.unsupported.iter_mut().find(|(known, _)| *known == name) {
            Some((_, calls)) => *calls = calls.saturating_add(1),
            None => self.unsupported.push((name, 1)),
        }
    }

    pub(crate) fn system(&mut self, index: usize) -> Result<&mut dyn FileSystem, Errno> {
        self.systems.get_mut(index).map(|system| &mut **system).ok_or(Errno::BadF)
    }

    /// A file system that is going to be changed, and so has to know the time.
    pub(crate) fn system_to_change(&mut self, index: usize) -> Result<&mut dyn FileSystem, Errno> {
        let now = self.clock.now(ClockId::Realtime);
        let system = self.system(index)?;
        system.set_now(now);
        Ok(system)
    }

    /// Closes what is behind a descriptor that is no longer there.
    pub(crate) fn close(&mut self, descriptor: Descriptor) {
        if let Kind::Node(node) = descriptor.kind
            && let Ok(system) = self.system(node.system)
        {
            system.close(node.handle);
        }
    }
}

impl fmt::Debug for Wasi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wasi")
            .field("args", &self.args)
            .field("descriptors", &self.descriptors)
            .finish_non_exhaustive()
    }
}

/// The part of a text that a program can see, for which NUL ends it.
fn until_nul(text: &str) -> &str {
    text.split('\0').next().unwrap_or_default()
}
