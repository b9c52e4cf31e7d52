//! What a program for the terminal has of the world, through WASI: arguments,
//! environment, files, what is typed, and what comes out of it.

use std::cell::RefCell;
use std::rc::Rc;

use fayasm_core::Linker;
use fayasm_wasi::{
    Access, Clock, ClockId, Errno, FileSystem, Handle, MemoryFs, Output, SeededRandom, Sleep,
    TypedInput, Wasi, add_to_linker,
};
use serde_bytes::ByteBuf;

use super::run::Run;
use super::transcript::{self, Transcript};
use crate::protocol::{ErrorView, FileView, Reply, Request, Stream, TerminalView};

/// The most that all files take, in bytes.
const MAX_FILES: u64 = 64 << 20;

/// The name that programs are called by.
const PROGRAM: &str = "program";

/// What runs begin with.
pub(super) struct Surroundings {
    args: Vec<String>,
    env: Vec<String>,
    seed: u64,
    files: MemoryFs,
}

impl Default for Surroundings {
    fn default() -> Self {
        Surroundings { args: Vec::new(), env: Vec::new(), seed: 0, files: MemoryFs::new(MAX_FILES) }
    }
}

impl Surroundings {
    /// Keeps the files of a run that is over, for the next one.
    pub(super) fn keep(&mut self, run: &Run) {
        if let Some(files) = run.store.data().wasi.file_system::<MemoryFs>() {
            self.files = files.clone();
            self.files.close_all();
        }
    }

    /// Carries out a request about a program's world, that of `run` if one is given.
    pub(super) fn carry_out(
        &mut self,
        run: Option<&mut Run>,
        request: Request,
    ) -> Result<Reply, ErrorView> {
        let mut run = run;
        match request {
            Request::Surroundings { args, env, seed } => {
                (self.args, self.env, self.seed) = (args, env, seed);
            }
            Request::Type { text } => {
                if let Some(run) = &mut run {
                    run.receive(text.as_deref());
                }
            }
            Request::PutFile { path, bytes } => {
                let world = run.as_mut().and_then(|run| run.store.data_mut().files_mut());
                for files in [Some(&mut self.files), world].into_iter().flatten() {
                    files.write_file(&path, &bytes).map_err(|errno| failure(&path, errno))?;
                }
            }
            Request::RemoveFile { path } => {
                let world = run.as_mut().and_then(|run| run.store.data_mut().files_mut());
                for files in [Some(&mut self.files), world].into_iter().flatten() {
                    remove(files, path.as_deref())
                        .map_err(|(path, errno)| failure(&path, errno))?;
                }
            }
            Request::File { path } => {
                let files = self.files(run.as_deref());
                let bytes = files.read_file(&path).map_err(|errno| failure(&path, errno))?;
                return Ok(Reply::File { bytes: ByteBuf::from(bytes), path });
            }
            _ => {}
        }
        Ok(Reply::Terminal(Box::new(self.view(run.as_deref()))))
    }

    fn files<'a>(&'a self, run: Option<&'a Run>) -> &'a MemoryFs {
        run.and_then(|run| run.store.data().wasi.file_system()).unwrap_or(&self.files)
    }

    fn view(&self, run: Option<&Run>) -> TerminalView {
        let files = self.files(run);
        let file = |path: String| {
            let size = files.read_file(&path).ok()?.len() as f64;
            Some(FileView { path, size })
        };
        let mut view = TerminalView {
            files: files.paths().into_iter().filter_map(file).collect(),
            ..TerminalView::default()
        };
        if let Some(run) = run {
            let world = run.store.data();
            let unsupported = world.wasi.unsupported().iter();
            let mut transcript = world.transcript.borrow_mut();
            transcript.date(world.wasi.executed());
            view.output = transcript.until(run.moment());
            view.later = transcript.goes_on(run.moment());
            view.forgotten = transcript.forgotten() as f64;
            view.unsupported =
                unsupported.map(|&(name, calls)| (name.to_owned(), calls as f64)).collect();
            view.waits = run.waits_for_input();
            view.listens = run.timeline.job().is_running() && !world.input_ended;
        }
        view
    }
}

/// Removes what has a path, with all that lies in it; everything if there is no path.
fn remove(files: &mut MemoryFs, path: Option<&str>) -> Result<(), (String, Errno)> {
    let is_meant = |found: &String| {
        let inside = path.map(|path| found.strip_prefix(path));
        inside.is_none_or(|rest| rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    };
    // What lies in a directory goes before it.
    for found in files.paths().into_iter().filter(is_meant).rev() {
        let at = (Handle::ROOT, found.as_str());
        let removed = match files.unlink(at) {
            Err(Errno::IsDir | Errno::Perm) => files.remove_directory(at),
            done => done,
        };
        removed.map_err(|errno| (found, errno))?;
    }
    Ok(())
}

fn failure(path: &str, errno: Errno) -> ErrorView {
    let mut error = ErrorView::titled(format!("The file {path} cannot be had"));
    error.details.push(match errno {
        Errno::NoSpc => format!("All files together may take {} MB.", MAX_FILES >> 20),
        _ => errno.to_string(),
    });
    error
}

/// The world of a run.
pub(super) struct World {
    wasi: Wasi,
    transcript: Rc<RefCell<Transcript>>,
    input_ended: bool,
}

impl World {
    /// As a run begins.
    pub(super) fn new(surroundings: &Surroundings) -> Result<Self, ErrorView> {
        let transcript = Rc::new(RefCell::new(Transcript::default()));
        let output = |stream| StreamOutput { stream, transcript: Rc::clone(&transcript) };
        let mut wasi = Wasi::new()
            .with_arg(PROGRAM)
            .with_clock(DrivenClock::default())
            .with_random(SeededRandom::new(surroundings.seed))
            .with_stdin(TypedInput::default())
            .with_stdout(output(Stream::Output))
            .with_stderr(output(Stream::Error));
        for arg in &surroundings.args {
            wasi = wasi.with_arg(arg);
        }
        for variable in &surroundings.env {
            let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
            wasi = wasi.with_env(name, value);
        }
        let wasi = wasi
            .with_directory("/", surroundings.files.clone(), Access::ReadWrite)
            .map_err(|errno| ErrorView::titled(errno.to_string()))?;
        Ok(World { wasi, transcript, input_ended: false })
    }

    /// Defines the functions of WASI.
    pub(super) fn link(linker: &mut Linker<World>) {
        add_to_linker(linker, |world| {
            world.date();
            &mut world.wasi
        });
    }

    /// Dates what the last call has written.
    fn date(&mut self) {
        self.transcript.borrow_mut().date(self.wasi.executed());
    }

    /// A job is over, of which another one will know nothing.
    pub(super) fn settle(&mut self) {
        self.transcript.borrow_mut().settle();
    }

    /// Tells the time, in nanoseconds since 1970.
    pub(super) fn set_time(&mut self, now: u64) {
        if let Some(clock) = self.wasi.clock_mut::<DrivenClock>() {
            clock.began = clock.began.or(Some(now));
            clock.now = now;
        }
    }

    /// After how many nanoseconds a sleep is over that the program has just begun, or gone on with.
    pub(super) fn take_sleep(&mut self) -> Option<u64> {
        self.wasi.clock_mut::<DrivenClock>()?.asleep.take()
    }

    /// Takes what was typed after so many instructions; none ends the input.
    pub(super) fn receive(&mut self, text: Option<&str>, executed: u64) {
        self.date();
        let Some(stdin) = self.wasi.stdin_mut::<TypedInput>().filter(|_| !self.input_ended) else {
            return;
        };
        match text {
            Some(text) => {
                stdin.push(text.as_bytes());
                let mut transcript = self.transcript.borrow_mut();
                transcript.push(Stream::Input, text.as_bytes());
                transcript.date(executed.saturating_sub(1));
            }
            None => {
                stdin.close();
                self.input_ended = true;
            }
        }
    }

    fn files_mut(&mut self) -> Option<&mut MemoryFs> {
        self.wasi.file_system_mut()
    }
}

/// A clock that whoever drives the program moves on.
#[derive(Default)]
struct DrivenClock {
    /// Nanoseconds since 1970.
    now: u64,
    began: Option<u64>,
    asleep: Option<u64>,
}

impl Clock for DrivenClock {
    fn now(&mut self, clock: ClockId) -> u64 {
        match clock {
            ClockId::Realtime => self.now,
            _ => self.now.saturating_sub(self.began.unwrap_or(self.now)),
        }
    }

    fn resolution(&self, _: ClockId) -> u64 {
        1_000_000
    }

    fn sleep(&mut self, nanoseconds: u64) -> Sleep {
        self.asleep = Some(nanoseconds);
        Sleep::Pending
    }
}

/// Standard output or standard error, as the transcript has it.
struct StreamOutput {
    stream: Stream,
    transcript: Rc<RefCell<Transcript>>,
}

impl Output for StreamOutput {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        let taken = bytes.get(..transcript::MAX_BYTES).unwrap_or(bytes);
        self.transcript.borrow_mut().push(self.stream, taken);
        Ok(taken.len())
    }
}
