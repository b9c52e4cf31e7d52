//! The functions of `wasi_snapshot_preview1`, one row each, and how a call
//! reaches them. All but the outermost closure is compiled once, whatever the
//! embedder's data are.

use fayasm_core::{
    AsContextMut, Caller, Extern, FuncType, HostError, InterruptHandle, Linker, MemoryAccess,
    TrapKind, Val, ValType,
};

use crate::abi::Errno;
use crate::calls::{fd, path, poll, process};
use crate::guest::Guest;
use crate::wasi::Wasi;

/// Which of the two versions of the interface is called. They have the same
/// functions with the same types, but lay some structures out differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// `wasi_unstable`
    Unstable,
    /// `wasi_snapshot_preview1`
    Preview1,
}

/// A call of one of the functions.
pub(crate) struct Call<'a> {
    pub(crate) wasi: &'a mut Wasi,
    pub(crate) memory: Guest<'a>,
    pub(crate) version: Version,
    /// By which the program is interrupted, if it can be.
    pub(crate) interrupt: Option<&'a InterruptHandle>,
    args: &'a [Val],
}

/// Why a call does not just return zero.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It failed.
    Errno(Errno),
    /// It has done nothing, and wants to be called again.
    Pending,
    /// It ends the program with this code.
    Exit(u32),
}

/// What comes of a call.
pub(crate) type Answer = Result<(), Stop>;

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Self {
        Stop::Errno(errno)
    }
}

impl Call<'_> {
    /// An argument that is a 32-bit integer, such as an address.
    pub(crate) fn u32(&self, index: usize) -> u32 {
        self.args.get(index).and_then(|val| val.i32()).unwrap_or_default().cast_unsigned()
    }

    /// An argument that is a 64-bit integer.
    pub(crate) fn u64(&self, index: usize) -> u64 {
        self.args.get(index).and_then(|val| val.i64()).unwrap_or_default().cast_unsigned()
    }

    /// The first arguments, which are 32-bit integers.
    pub(crate) fn u32s<const N: usize>(&self) -> [u32; N] {
        core::array::from_fn(|index| self.u32(index))
    }
}

/// One of the functions.
struct Function {
    name: &'static str,
    params: &'static [ValType],
    results: &'static [ValType],
    run: fn(&mut Call<'_>) -> Answer,
}

macro_rules! functions {
    ($($name:ident($($param:ident)*) $(-> $result:ident)? = $run:path;)*) => {
        static FUNCTIONS: &[Function] = &[$(Function {
            name: stringify!($name),
            params: &[$(ValType::$param),*],
            results: &[$(ValType::$result)?],
            run: $run,
        }),*];
    };
}

functions! {
    args_get(I32 I32) -> I32 = process::args_get;
    args_sizes_get(I32 I32) -> I32 = process::args_sizes_get;
    environ_get(I32 I32) -> I32 = process::environ_get;
    environ_sizes_get(I32 I32) -> I32 = process::environ_sizes_get;
    clock_res_get(I32 I32) -> I32 = process::clock_res_get;
    clock_time_get(I32 I64 I32) -> I32 = process::clock_time_get;
    fd_advise(I32 I64 I64 I32) -> I32 = fd::advise;
    fd_allocate(I32 I64 I64) -> I32 = fd::allocate;
    fd_close(I32) -> I32 = fd::close;
    fd_datasync(I32) -> I32 = fd::datasync;
    fd_fdstat_get(I32 I32) -> I32 = fd::fdstat_get;
    fd_fdstat_set_flags(I32 I32) -> I32 = fd::fdstat_set_flags;
    fd_fdstat_set_rights(I32 I64 I64) -> I32 = fd::fdstat_set_rights;
    fd_filestat_get(I32 I32) -> I32 = fd::filestat_get;
    fd_filestat_set_size(I32 I64) -> I32 = fd::filestat_set_size;
    fd_filestat_set_times(I32 I64 I64 I32) -> I32 = fd::filestat_set_times;
    fd_pread(I32 I32 I32 I64 I32) -> I32 = fd::pread;
    fd_prestat_get(I32 I32) -> I32 = fd::prestat_get;
    fd_prestat_dir_name(I32 I32 I32) -> I32 = fd::prestat_dir_name;
    fd_pwrite(I32 I32 I32 I64 I32) -> I32 = fd::pwrite;
    fd_read(I32 I32 I32 I32) -> I32 = fd::read;
    fd_readdir(I32 I32 I32 I64 I32) -> I32 = fd::readdir;
    fd_renumber(I32 I32) -> I32 = fd::renumber;
    fd_seek(I32 I64 I32 I32) -> I32 = fd::seek;
    fd_sync(I32) -> I32 = fd::sync;
    fd_tell(I32 I32) -> I32 = fd::tell;
    fd_write(I32 I32 I32 I32) -> I32 = fd::write;
    path_create_directory(I32 I32 I32) -> I32 = path::create_directory;
    path_filestat_get(I32 I32 I32 I32 I32) -> I32 = path::filestat_get;
    path_filestat_set_times(I32 I32 I32 I32 I64 I64 I32) -> I32 = path::filestat_set_times;
    path_link(I32 I32 I32 I32 I32 I32 I32) -> I32 = path::link;
    path_open(I32 I32 I32 I32 I32 I64 I64 I32 I32) -> I32 = path::open;
    path_readlink(I32 I32 I32 I32 I32 I32) -> I32 = path::readlink;
    path_remove_directory(I32 I32 I32) -> I32 = path::remove_directory;
    path_rename(I32 I32 I32 I32 I32 I32) -> I32 = path::rename;
    path_symlink(I32 I32 I32 I32 I32) -> I32 = path::symlink;
    path_unlink_file(I32 I32 I32) -> I32 = path::unlink_file;
    poll_oneoff(I32 I32 I32 I32) -> I32 = poll::poll_oneoff;
    proc_exit(I32) = process::proc_exit;
    proc_raise(I32) -> I32 = process::proc_raise;
    random_get(I32 I32) -> I32 = process::random_get;
    sched_yield() -> I32 = process::sched_yield;
    sock_accept(I32 I32 I32) -> I32 = fd::socket;
    sock_recv(I32 I32 I32 I32 I32 I32) -> I32 = fd::socket;
    sock_send(I32 I32 I32 I32 I32) -> I32 = fd::socket;
    sock_shutdown(I32 I32) -> I32 = fd::socket;
}

/// Names the functions of WASI preview 1, under `wasi_snapshot_preview1` and
/// the older `wasi_unstable`. `wasi` finds the state in the embedder's data.
///
/// The functions work on the memory that their caller exports as `memory`. A
/// caller without has an empty one, so that every address is
/// [`Errno::Fault`].
///
/// `proc_exit` ends the job in a trap ([`TrapKind::Exit`]). Waiting, for input
/// or a clock that says that it is not ready, stops the job with
/// [`Outcome::Pending`](fayasm_core::Outcome::Pending): run it again when there is more.
///
/// ```
/// # use fayasm_core::Engine;
/// use fayasm_core::{MemoryAccess, Linker, Store};
/// use fayasm_wasi::{Wasi, add_to_linker};
///
/// /// What a program has of the world is one part of what the embedder keeps.
/// struct Host {
///     wasi: Wasi,
///     calls: u32,
/// }
///
/// # let engine = Engine::default();
/// let mut linker = Linker::<Host>::new(&engine);
/// add_to_linker(&mut linker, |host| &mut host.wasi);
/// let mut store = Store::new(&engine, Host { wasi: Wasi::new(), calls: 0 });
/// let exit = linker.get(&mut store, "wasi_snapshot_preview1", "proc_exit");
/// assert_eq!(exit.expect("it is there").ty(&store)?.to_string(), "func (i32) -> ()");
/// # assert_eq!(store.data().calls, 0);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub fn add_to_linker<T: 'static>(
    linker: &mut Linker<T>,
    wasi: impl Fn(&mut T) -> &mut Wasi + Copy + Send + Sync + 'static,
) {
    for (module, version) in
        [("wasi_snapshot_preview1", Version::Preview1), ("wasi_unstable", Version::Unstable)]
    {
        for function in FUNCTIONS {
            let types = function.params.iter().copied();
            let ty = FuncType::new(types, function.results.iter().copied());
            linker.func_new(module, function.name, ty, move |mut caller, args, results| {
                let interrupt = caller.interrupt_handle().cloned();
                let interrupt = interrupt.as_ref();
                let executed = caller.executed();
                let (memory, data) = memory_and_data(&mut caller)?;
                let (wasi, memory) = (wasi(data), Guest::new(memory));
                wasi.executed = executed;
                let call = Call { wasi, memory, version, interrupt, args };
                let errno = serve(function, call)?;
                if let Some(result) = results.first_mut() {
                    *result = Val::I32(errno.into());
                }
                Ok(())
            });
        }
    }
}

/// The memory that the caller exports, if any, and the embedder's data.
fn memory_and_data<'a, T>(
    caller: &'a mut Caller<'_, T>,
) -> Result<(Option<MemoryAccess<'a>>, &'a mut T), HostError> {
    match caller.get_export("memory").and_then(Extern::into_memory) {
        Some(memory) => {
            let (memory, data) = memory.access_and_store_mut(caller)?;
            Ok((Some(memory), data))
        }
        None => Ok((None, caller.as_context_mut().data_mut())),
    }
}

/// Carries a call out, and gives what it returns: zero, or the number of an error.
fn serve(function: &Function, mut call: Call<'_>) -> Result<u16, HostError> {
    let answer = (function.run)(&mut call);
    if let Some(need) = call.memory.need {
        return Err(need.into());
    }
    let wasi = call.wasi;
    if !matches!(answer, Err(Stop::Pending)) {
        wasi.poll_began = None;
    }
    match answer {
        Ok(()) => Ok(0),
        Err(Stop::Errno(errno)) => {
            if matches!(errno, Errno::NoSys | Errno::NotSup) {
                wasi.log_unsupported(function.name);
            }
            Ok(errno.code())
        }
        Err(Stop::Pending) => Err(HostError::Pending),
        Err(Stop::Exit(code)) => Err(TrapKind::Exit { code }.into()),
    }
}
