//! Input and time that a program can wait for together: neither blocks by
//! itself; both remember what was asked for, and [`wait`] waits for that.

use std::io;
use std::time::{Duration, Instant};

use fayasm_wasi::{ClockId, Errno, Read, Sleep, SystemClock, Wasi};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno as SystemErrno;

/// Waits until there is input, if that is asked for, or the time has come;
/// false if neither was asked for.
pub(super) fn wait(wasi: &mut Wasi) -> bool {
    let clock: Option<&mut Clock> = wasi.clock_mut();
    let until = clock.and_then(|clock| clock.until.take());
    let left = until.map(|until| until.saturating_duration_since(Instant::now()));
    let input: Option<&mut Input> = wasi.stdin_mut();
    if input.is_some_and(|input| std::mem::take(&mut input.awaited)) {
        // Whatever comes of it, the program looks for itself.
        look(left);
        return true;
    }
    let Some(left) = left else { return false };
    // A signal ends it, as it ends waiting for input; then the program waits again.
    let _ = poll(&mut [], Timespec::try_from(left).ok().as_ref());
    true
}

/// What there is to read within so much time; forever, if none is given.
fn look(within: Option<Duration>) -> PollFlags {
    let stdin = io::stdin();
    let mut asked = [PollFd::new(&stdin, PollFlags::IN)];
    // What is too long for the system is forever.
    let within = within.and_then(|within| Timespec::try_from(within).ok());
    match poll(&mut asked, within.as_ref()) {
        Ok(0) | Err(SystemErrno::INTR) => PollFlags::empty(),
        // Reading says what is wrong.
        Err(_) => PollFlags::IN,
        Ok(_) => asked.map(|asked| asked.revents())[0],
    }
}

/// The standard input of the process, of which nothing is read ahead.
#[derive(Default)]
pub(super) struct Input {
    /// Whether the program was told to wait.
    awaited: bool,
}

impl fayasm_wasi::Input for Input {
    fn read(&mut self, into: &mut [u8]) -> Result<Read, Errno> {
        if self.ready() == Read::Pending {
            return Ok(Read::Pending);
        }
        match rustix::io::retry_on_intr(|| rustix::io::read(io::stdin(), &mut *into)) {
            Ok(0) => Ok(Read::End),
            Ok(count) => Ok(Read::Bytes(count)),
            Err(SystemErrno::AGAIN) => {
                self.awaited = true;
                Ok(Read::Pending)
            }
            Err(SystemErrno::ISDIR) => Err(Errno::IsDir),
            Err(_) => Err(Errno::Io),
        }
    }

    fn ready(&mut self) -> Read {
        let there = look(Some(Duration::ZERO));
        self.awaited = there.is_empty();
        match there {
            PollFlags::HUP => Read::End,
            _ if self.awaited => Read::Pending,
            _ => Read::Bytes(1),
        }
    }
}

/// The machine's clocks.
#[derive(Default)]
pub(super) struct Clock {
    system: SystemClock,
    /// When the program is to go on.
    until: Option<Instant>,
}

impl fayasm_wasi::Clock for Clock {
    fn now(&mut self, clock: ClockId) -> u64 {
        self.system.now(clock)
    }

    fn resolution(&self, clock: ClockId) -> u64 {
        self.system.resolution(clock)
    }

    fn sleep(&mut self, nanoseconds: u64) -> Sleep {
        // What cannot be told from forever is a day: the program looks again.
        const DAY: Duration = Duration::from_hours(24);
        self.until = Instant::now().checked_add(Duration::from_nanos(nanoseconds).min(DAY));
        Sleep::Pending
    }
}
