//! What comes from the outside and goes there: time, chance, input, output. The
//! embedder gives each of them; those here make the same of every run.

use alloc::vec::Vec;
use core::any::Any;

use crate::abi::Errno;

/// Which time is asked for: `clockid` of the WASI specification.
///
/// ```
/// use fayasm_wasi::{Clock, ClockId, VirtualClock};
///
/// let mut clock = VirtualClock::new(1_700_000_000_000_000_000, 0);
/// assert_eq!(clock.now(ClockId::Realtime) / 1_000_000_000, 1_700_000_000);
/// assert_eq!(clock.now(ClockId::Monotonic), 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClockId {
    /// Since 1970, in UTC.
    Realtime,
    /// Since some moment; never goes back.
    Monotonic,
    /// What the program has used of the processor.
    ProcessCpuTime,
    /// What the thread has used of the processor.
    ThreadCpuTime,
}

/// Whether time has passed.
///
/// ```
/// # use fayasm_wasi::ClockId;
/// use fayasm_wasi::{Clock, Sleep};
///
/// struct Elsewhere;
/// impl Clock for Elsewhere {
/// #   fn now(&mut self, _: ClockId) -> u64 { 0 }
/// #   fn resolution(&self, _: ClockId) -> u64 { 1 }
///     // A page: the job stops, and a timer of the page runs it again.
///     fn sleep(&mut self, _nanoseconds: u64) -> Sleep {
///         Sleep::Pending
///     }
/// }
/// assert_eq!(Elsewhere.sleep(1), Sleep::Pending);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sleep {
    /// It has.
    Over,
    /// Not yet, and whoever runs the program does not block: the job stops with
    /// [`Outcome::Pending`](fayasm_core::Outcome::Pending), to be run again when it has.
    Pending,
}

/// Tells the time, and lets it pass.
///
/// ```
/// use fayasm_wasi::{Clock, ClockId, Sleep, Wasi};
///
/// struct Stopped(u64);
/// impl Clock for Stopped {
///     fn now(&mut self, _: ClockId) -> u64 {
///         self.0
///     }
///
///     fn resolution(&self, _: ClockId) -> u64 {
///         1
///     }
///
///     fn sleep(&mut self, nanoseconds: u64) -> Sleep {
///         self.0 += nanoseconds;
///         Sleep::Over
///     }
/// }
///
/// let mut clock = Stopped(0);
/// clock.sleep(5);
/// assert_eq!(clock.now(ClockId::Monotonic), 5);
/// let wasi = Wasi::new().with_clock(clock);
/// ```
pub trait Clock: Any {
    /// The time, in nanoseconds.
    ///
    /// ```
    /// use fayasm_wasi::{Clock, ClockId, VirtualClock};
    ///
    /// let mut clock = VirtualClock::new(1_000, 1);
    /// assert_eq!(clock.now(ClockId::Realtime), 1_000);
    /// assert_eq!(clock.now(ClockId::Realtime), 1_001);
    /// ```
    fn now(&mut self, clock: ClockId) -> u64;

    /// The least difference between two times, in nanoseconds.
    ///
    /// ```
    /// use fayasm_wasi::{Clock, ClockId, VirtualClock};
    ///
    /// assert_eq!(VirtualClock::new(0, 1000).resolution(ClockId::Monotonic), 1000);
    /// ```
    fn resolution(&self, clock: ClockId) -> u64;

    /// Lets this many nanoseconds pass.
    ///
    /// ```
    /// use fayasm_wasi::{Clock, ClockId, Sleep, VirtualClock};
    ///
    /// let mut clock = VirtualClock::new(0, 0);
    /// assert_eq!(clock.sleep(500), Sleep::Over);
    /// assert_eq!(clock.now(ClockId::Monotonic), 500);
    /// ```
    fn sleep(&mut self, nanoseconds: u64) -> Sleep;
}

/// Fills memory with random bytes.
///
/// ```
/// use fayasm_wasi::{Errno, Random};
///
/// struct Counter(u8);
/// impl Random for Counter {
///     fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Errno> {
///         for byte in bytes {
///             self.0 = self.0.wrapping_add(1);
///             *byte = self.0;
///         }
///         Ok(())
///     }
/// }
/// let mut bytes = [0; 3];
/// Counter(0).fill(&mut bytes)?;
/// assert_eq!(bytes, [1, 2, 3]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub trait Random: Any {
    /// Fills `bytes`.
    ///
    /// ```
    /// use fayasm_wasi::{Random, SeededRandom};
    ///
    /// let mut bytes = [0; 16];
    /// SeededRandom::new(7).fill(&mut bytes)?;
    /// assert_ne!(bytes, [0; 16]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there are none to be had.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Errno>;
}

/// What comes of reading.
///
/// ```
/// use fayasm_wasi::{Input, Read, TypedInput};
///
/// let mut buffer = [0; 8];
/// assert_eq!(TypedInput::all("hi").read(&mut buffer), Ok(Read::Bytes(2)));
/// assert_eq!(TypedInput::all("").read(&mut buffer), Ok(Read::End));
/// assert_eq!(TypedInput::default().read(&mut buffer), Ok(Read::Pending));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Read {
    /// This many bytes are there, at least one.
    Bytes(usize),
    /// Nothing will ever come any more.
    End,
    /// Nothing is there yet: the job stops with
    /// [`Outcome::Pending`](fayasm_core::Outcome::Pending), to be run again when something is.
    Pending,
}

/// Where the standard input comes from.
///
/// ```
/// use fayasm_wasi::{Errno, Input, Read};
///
/// /// Says yes to everything.
/// struct Yes;
/// impl Input for Yes {
///     fn read(&mut self, into: &mut [u8]) -> Result<Read, Errno> {
///         for (byte, letter) in into.iter_mut().zip(b"y\n".iter().cycle()) {
///             *byte = *letter;
///         }
///         Ok(Read::Bytes(into.len()))
///     }
/// }
/// let mut buffer = [0; 5];
/// assert_eq!(Yes.read(&mut buffer), Ok(Read::Bytes(5)));
/// assert_eq!(&buffer, b"y\ny\ny");
/// ```
pub trait Input: Any {
    /// Reads up to as many bytes as `into` has.
    ///
    /// ```
    /// use fayasm_wasi::{Input, Read, TypedInput};
    ///
    /// let mut buffer = [0; 3];
    /// let mut input = TypedInput::all("hello");
    /// assert_eq!(input.read(&mut buffer), Ok(Read::Bytes(3)));
    /// assert_eq!(input.read(&mut buffer), Ok(Read::Bytes(2)));
    /// assert_eq!(&buffer, b"lol"); // the last byte is left of the first read
    /// ```
    ///
    /// # Errors
    ///
    /// If reading fails.
    fn read(&mut self, into: &mut [u8]) -> Result<Read, Errno>;

    /// What reading would give now, without reading. The default is for inputs
    /// that block: it promises a byte.
    ///
    /// ```
    /// use fayasm_wasi::{Input, Read, TypedInput};
    ///
    /// let mut input = TypedInput::default();
    /// assert_eq!(input.ready(), Read::Pending);
    /// input.push(b"hi");
    /// assert_eq!(input.ready(), Read::Bytes(2));
    /// ```
    fn ready(&mut self) -> Read {
        Read::Bytes(1)
    }
}

/// Where the standard output or the standard error goes.
///
/// ```
/// use fayasm_wasi::{Errno, Output};
///
/// #[derive(Default)]
/// struct Lines(u64);
/// impl Output for Lines {
///     fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
///         self.0 += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
///         Ok(bytes.len())
///     }
/// }
/// let mut lines = Lines::default();
/// lines.write(b"one\ntwo\n")?;
/// assert_eq!(lines.0, 2);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub trait Output: Any {
    /// Takes bytes, and says how many it took: at least one, if there are any.
    ///
    /// ```
    /// use fayasm_wasi::{CapturedOutput, Output};
    ///
    /// let mut output = CapturedOutput::new(3);
    /// assert_eq!(output.write(b"hello"), Ok(3)); // the rest is for another call
    /// assert_eq!(output.bytes(), b"hel");
    /// ```
    ///
    /// # Errors
    ///
    /// If writing fails.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno>;
}

/// Time that passes only when looked at or slept through, so that each run sees the same.
///
/// ```
/// use fayasm_wasi::{Clock, ClockId, Sleep, VirtualClock};
///
/// let mut clock = VirtualClock::new(1_000_000_000, 5);
/// assert_eq!(clock.now(ClockId::Realtime), 1_000_000_000);
/// assert_eq!(clock.now(ClockId::Monotonic), 5);
/// assert_eq!(clock.sleep(100), Sleep::Over);
/// assert_eq!(clock.now(ClockId::Monotonic), 110);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualClock {
    start: u64,
    passed: u64,
    step: u64,
}

impl VirtualClock {
    /// The time since 1970 at which it starts, and how far each look moves it
    /// on, both in nanoseconds. A program that waits for the time to change
    /// never ends when `step` is zero.
    ///
    /// ```
    /// use fayasm_wasi::{Clock, ClockId, VirtualClock};
    ///
    /// let mut clock = VirtualClock::new(0, 1000); // each look takes a microsecond
    /// assert_eq!([clock.now(ClockId::Monotonic), clock.now(ClockId::Monotonic)], [0, 1000]);
    /// ```
    #[must_use]
    pub const fn new(start: u64, step: u64) -> Self {
        VirtualClock { start, passed: 0, step }
    }
}

impl Default for VirtualClock {
    /// Starts in 1970 and moves by a microsecond.
    fn default() -> Self {
        VirtualClock::new(0, 1000)
    }
}

impl Clock for VirtualClock {
    fn now(&mut self, clock: ClockId) -> u64 {
        let passed = self.passed;
        self.passed = passed.saturating_add(self.step);
        match clock {
            ClockId::Realtime => self.start.saturating_add(passed),
            _ => passed,
        }
    }

    fn resolution(&self, _: ClockId) -> u64 {
        self.step.max(1)
    }

    fn sleep(&mut self, nanoseconds: u64) -> Sleep {
        self.passed = self.passed.saturating_add(nanoseconds);
        Sleep::Over
    }
}

/// Numbers that look random and follow from a seed (SplitMix64). Not for secrets.
///
/// ```
/// use fayasm_wasi::{Random, SeededRandom};
///
/// let (mut a, mut b) = ([0; 12], [0; 12]);
/// SeededRandom::new(7).fill(&mut a)?;
/// SeededRandom::new(7).fill(&mut b)?;
/// assert_eq!(a, b);
/// # Ok::<(), fayasm_wasi::Errno>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeededRandom(u64);

impl SeededRandom {
    /// Those of this seed.
    ///
    /// ```
    /// use fayasm_wasi::{Random, SeededRandom};
    ///
    /// let (mut a, mut b) = ([0; 8], [0; 8]);
    /// SeededRandom::new(1).fill(&mut a)?;
    /// SeededRandom::new(2).fill(&mut b)?;
    /// assert_ne!(a, b);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        SeededRandom(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl Random for SeededRandom {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Errno> {
        for chunk in bytes.chunks_mut(8) {
            for (byte, random) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *byte = random;
            }
        }
        Ok(())
    }
}

/// Input that the embedder pushes, as a person types. When all is read, the
/// program waits for more, until the input is closed.
///
/// ```
/// use fayasm_wasi::{Input, Read, TypedInput};
///
/// let mut input = TypedInput::default();
/// let mut buffer = [0; 8];
/// assert_eq!(input.read(&mut buffer), Ok(Read::Pending));
/// input.push(b"hi\n");
/// input.close();
/// assert_eq!(input.read(&mut buffer), Ok(Read::Bytes(3)));
/// assert_eq!(input.read(&mut buffer), Ok(Read::End));
/// ```
#[derive(Debug, Clone, Default)]
pub struct TypedInput {
    bytes: Vec<u8>,
    /// How many of them have been read.
    read: usize,
    closed: bool,
}

impl TypedInput {
    /// Exactly these bytes.
    ///
    /// ```
    /// use fayasm_wasi::{Input, Read, TypedInput};
    ///
    /// let mut input = TypedInput::all("hi");
    /// assert_eq!(input.ready(), Read::Bytes(2));
    /// assert_eq!(input.read(&mut [0; 2]), Ok(Read::Bytes(2)));
    /// assert_eq!(input.ready(), Read::End);
    /// ```
    #[must_use]
    pub fn all(bytes: impl Into<Vec<u8>>) -> Self {
        TypedInput { bytes: bytes.into(), read: 0, closed: true }
    }

    /// Adds what was typed.
    ///
    /// ```
    /// use fayasm_wasi::{Input, Read, TypedInput};
    ///
    /// let mut input = TypedInput::default();
    /// input.push(b"h");
    /// input.push(b"i");
    /// assert_eq!(input.ready(), Read::Bytes(2));
    /// ```
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.read);
        self.read = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// Nothing more will be typed.
    ///
    /// ```
    /// use fayasm_wasi::{Input, Read, TypedInput};
    ///
    /// let mut input = TypedInput::default();
    /// assert_eq!(input.ready(), Read::Pending);
    /// input.close();
    /// assert_eq!(input.ready(), Read::End);
    /// ```
    pub fn close(&mut self) {
        self.closed = true;
    }
}

impl Input for TypedInput {
    fn read(&mut self, into: &mut [u8]) -> Result<Read, Errno> {
        let typed = self.bytes.get(self.read..).unwrap_or_default();
        let count = into.len().min(typed.len());
        for (byte, typed) in into.iter_mut().zip(typed) {
            *byte = *typed;
        }
        let ready = self.ready();
        self.read += count;
        Ok(if count > 0 { Read::Bytes(count) } else { ready })
    }

    fn ready(&mut self) -> Read {
        match self.bytes.len() - self.read {
            0 if self.closed => Read::End,
            0 => Read::Pending,
            count => Read::Bytes(count),
        }
    }
}

/// Output that is kept, up to a number of bytes, until the embedder takes it.
///
/// ```
/// use fayasm_wasi::{CapturedOutput, Errno, Output};
///
/// let mut output = CapturedOutput::new(4);
/// assert_eq!(output.write(b"hello"), Ok(4));
/// assert_eq!(output.write(b"o"), Err(Errno::NoSpc));
/// assert_eq!(output.take(), b"hell");
/// assert_eq!(output.write(b"o"), Ok(1));
/// ```
#[derive(Debug, Clone, Default)]
pub struct CapturedOutput {
    bytes: Vec<u8>,
    limit: usize,
}

impl CapturedOutput {
    /// Keeps at most this many bytes; then writing fails with [`Errno::NoSpc`].
    ///
    /// ```
    /// use fayasm_wasi::{CapturedOutput, Errno, Output};
    ///
    /// let mut output = CapturedOutput::new(2);
    /// assert_eq!(output.write(b"hello"), Ok(2));
    /// assert_eq!(output.write(b"llo"), Err(Errno::NoSpc));
    /// ```
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        CapturedOutput { bytes: Vec::new(), limit }
    }

    /// What was written.
    ///
    /// ```
    /// use fayasm_wasi::{CapturedOutput, Output};
    ///
    /// let mut output = CapturedOutput::new(100);
    /// output.write(b"hi\n")?;
    /// assert_eq!(String::from_utf8_lossy(output.bytes()), "hi\n");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What was written, and makes room for more.
    ///
    /// ```
    /// use fayasm_wasi::{CapturedOutput, Output};
    ///
    /// let mut output = CapturedOutput::new(100);
    /// output.write(b"hi\n")?;
    /// assert_eq!(output.take(), b"hi\n");
    /// assert_eq!(output.bytes(), b"");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn take(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.bytes)
    }
}

impl Output for CapturedOutput {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        let room = self.limit.saturating_sub(self.bytes.len());
        let taken = bytes.get(..room).unwrap_or(bytes);
        if taken.is_empty() && !bytes.is_empty() {
            return Err(Errno::NoSpc);
        }
        self.bytes.try_reserve(taken.len()).map_err(|_| Errno::NoMem)?;
        self.bytes.extend_from_slice(taken);
        Ok(taken.len())
    }
}

/// Output that nobody wants.
///
/// ```
/// use fayasm_wasi::{NoOutput, Output};
///
/// assert_eq!(NoOutput.write(b"hi\n"), Ok(3));
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct NoOutput;

impl Output for NoOutput {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        Ok(bytes.len())
    }
}
