//! What the machine has: clocks, randomness, the standard streams.

use std::io::{self, Read as _, Write};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::abi::Errno;
use crate::outside::{Clock, ClockId, Input, Output, Random, Read, Sleep};

/// The machine's clocks. The monotonic one, and those of the processor, begin
/// when this is made; sleeping blocks the thread.
///
/// ```
/// use fayasm_wasi::{Clock, ClockId, SystemClock};
///
/// let mut clock = SystemClock::default();
/// let before = clock.now(ClockId::Monotonic);
/// clock.sleep(1_000_000);
/// assert!(clock.now(ClockId::Monotonic) >= before + 1_000_000);
/// ```
#[derive(Debug, Clone)]
pub struct SystemClock(Instant);

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&mut self, clock: ClockId) -> u64 {
        nanoseconds(match clock {
            ClockId::Realtime => {
                SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
            }
            _ => self.0.elapsed(),
        })
    }

    fn resolution(&self, _: ClockId) -> u64 {
        1
    }

    fn sleep(&mut self, nanoseconds: u64) -> Sleep {
        thread::sleep(Duration::from_nanos(nanoseconds));
        Sleep::Over
    }
}

/// In nanoseconds, of which there are enough for 584 years.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// The machine's random bytes, fit for secrets.
///
/// ```
/// use fayasm_wasi::{Random, SystemRandom};
///
/// let mut bytes = [0; 32];
/// SystemRandom.fill(&mut bytes)?;
/// assert_ne!(bytes, [0; 32]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Errno> {
        getrandom::fill(bytes).map_err(|_| Errno::Io)
    }
}

/// The standard input of the process; reading blocks.
///
/// ```
/// use fayasm_wasi::{StandardInput, Wasi};
///
/// let mut wasi = Wasi::new().with_stdin(StandardInput);
/// assert!(wasi.stdin_mut::<StandardInput>().is_some());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct StandardInput;

impl Input for StandardInput {
    fn read(&mut self, into: &mut [u8]) -> Result<Read, Errno> {
        match io::stdin().lock().read(into) {
            Ok(0) => Ok(Read::End),
            Ok(count) => Ok(Read::Bytes(count)),
            Err(error) => Err(errno(&error)),
        }
    }
}

/// The standard output of the process.
///
/// ```
/// use fayasm_wasi::{StandardOutput, Wasi};
///
/// let wasi = Wasi::new().with_stdout(StandardOutput);
/// assert!(wasi.stdout::<StandardOutput>().is_some());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct StandardOutput;

impl Output for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        write(&mut io::stdout().lock(), bytes)
    }
}

/// The standard error of the process.
///
/// ```
/// use fayasm_wasi::{StandardError, Wasi};
///
/// let wasi = Wasi::new().with_stderr(StandardError);
/// assert!(wasi.stderr::<StandardError>().is_some());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct StandardError;

impl Output for StandardError {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        write(&mut io::stderr().lock(), bytes)
    }
}

/// Programs have buffers of their own, so what they write is to be seen at once.
fn write(output: &mut impl Write, bytes: &[u8]) -> Result<usize, Errno> {
    output.write_all(bytes).and_then(|()| output.flush()).map_err(|error| errno(&error))?;
    Ok(bytes.len())
}

/// The machine's error as a program knows it.
pub(crate) fn errno(error: &io::Error) -> Errno {
    #[cfg(unix)]
    match rustix::io::Errno::from_io_error(error) {
        Some(rustix::io::Errno::LOOP) => return Errno::Loop,
        Some(rustix::io::Errno::MFILE | rustix::io::Errno::NFILE) => return Errno::MFile,
        Some(rustix::io::Errno::PERM) => return Errno::Perm,
        _ => {}
    }
    match error.kind() {
        io::ErrorKind::AlreadyExists => Errno::Exist,
        io::ErrorKind::BrokenPipe => Errno::Pipe,
        io::ErrorKind::CrossesDevices => Errno::XDev,
        io::ErrorKind::DirectoryNotEmpty => Errno::NotEmpty,
        io::ErrorKind::FileTooLarge => Errno::FBig,
        io::ErrorKind::Interrupted => Errno::Intr,
        io::ErrorKind::InvalidFilename => Errno::NameTooLong,
        io::ErrorKind::InvalidInput => Errno::Inval,
        io::ErrorKind::IsADirectory => Errno::IsDir,
        io::ErrorKind::NotADirectory => Errno::NotDir,
        io::ErrorKind::NotFound => Errno::NoEnt,
        io::ErrorKind::NotSeekable => Errno::SPipe,
        io::ErrorKind::OutOfMemory => Errno::NoMem,
        // What leads out of a directory is refused before the system is asked.
        io::ErrorKind::PermissionDenied if error.raw_os_error().is_none() => Errno::Perm,
        io::ErrorKind::PermissionDenied => Errno::Acces,
        io::ErrorKind::QuotaExceeded | io::ErrorKind::StorageFull => Errno::NoSpc,
        io::ErrorKind::ReadOnlyFilesystem => Errno::RoFs,
        io::ErrorKind::ResourceBusy => Errno::Busy,
        io::ErrorKind::TooManyLinks => Errno::MLink,
        io::ErrorKind::Unsupported => Errno::NotSup,
        io::ErrorKind::WouldBlock => Errno::Again,
        _ => Errno::Io,
    }
}
