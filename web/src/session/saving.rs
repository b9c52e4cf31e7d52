//! Writing a run down, piece by piece: its instructions, or hashes of its states. After
//! each piece, the run stands again where it stood.

use std::rc::{Rc, Weak};

use fayasm_core::timeline::{TimelineError, state_hash};
use fayasm_core::{Instance, Limit, TrapKind};
use fayasm_trace::{Ahead, Code, End, EndFrame, Ending, Format, HashRow, Row, Step, Tracer};
use serde_bytes::ByteBuf;

use super::linking::Instances;
use super::modules::Modules;
use super::run::{Run, titled};
use crate::protocol::{ErrorView, MAX_WRITTEN, Reply, Written};

/// A piece is ended when it has come to so many bytes.
const PIECE: usize = 1 << 20;

/// As long as writing an instruction down takes going over so many, or hashing so many bytes.
const INSTRUCTIONS: u64 = 200;
const BYTES: u64 = 10_000;

/// Most instructions that are gone over at a time.
const LEAP: u64 = 500_000;

/// What is being written.
pub(super) struct Saving {
    past: Weak<()>,
    number: u32,
    format: Format,
    what: What,
    /// How many instructions of the call are executed where it begins, where it goes on, and
    /// where it ends.
    from: u64,
    at: u64,
    to: u64,
    begun: bool,
    over: bool,
}

enum What {
    Trace(Box<Tracer>),
    /// After every so many instructions; the next after so many.
    Hashes {
        every: u64,
        next: u64,
    },
}

impl Saving {
    pub(super) fn new(
        run: &Run,
        number: u32,
        what: Written,
        csv: bool,
    ) -> Result<Saving, ErrorView> {
        let (first, last) = (*run.timeline.range().start(), *run.timeline.range().end());
        let most = u64::from(MAX_WRITTEN);
        let (what, from, to) = match what {
            Written::Trace { from, to } => {
                let from = run.executed_at(from - 1.0).clamp(first, last);
                let to = run.executed_at(to).clamp(from, last);
                (What::Trace(Box::default()), from, to.min(from + most))
            }
            Written::Hashes { every } => {
                let every = (every as u64).max(1);
                if (last - first) / every > most {
                    let title = format!("No more than {most} hashes are written at a time");
                    return Err(ErrorView::titled(title));
                }
                let next = first.checked_next_multiple_of(every).unwrap_or(last).min(last);
                (What::Hashes { every, next }, first, last)
            }
        };
        let format = if csv { Format::Csv } else { Format::JsonLines };
        let past = Rc::downgrade(&run.past);
        Ok(Saving { past, number, format, what, from, at: from, to, begun: false, over: false })
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// The next piece.
    pub(super) fn go_on(
        &mut self,
        run: Option<&mut Run>,
        modules: &Modules,
        portion: u64,
    ) -> Result<Reply, ErrorView> {
        let run =
            run.filter(|run| self.past.upgrade().is_some_and(|it| Rc::ptr_eq(&it, &run.past)));
        let Some(run) = run else {
            return Err(ErrorView::titled("The run that was being saved is no longer there"));
        };
        let mut text = String::new();
        let stands_at = run.timeline.job().executed();
        let written = self.write(run, modules, portion, &mut text);
        run.timeline.seek(&mut run.store, stands_at).map_err(|error| titled(&error))?;
        written.map_err(|error| titled(&error))?;
        let parts = u128::from(self.at - self.from) * 1000;
        let done = (parts / u128::from((self.to - self.from).max(1))) as u32;
        let piece = ByteBuf::from(text.into_bytes());
        Ok(Reply::Saved { number: self.number, piece, done, over: self.over })
    }

    fn write(
        &mut self,
        run: &mut Run,
        modules: &Modules,
        portion: u64,
        text: &mut String,
    ) -> Result<(), TimelineError> {
        run.timeline.seek(&mut run.store, self.at)?;
        let format = self.format;
        let head = match self.what {
            What::Trace(_) => Row::head,
            What::Hashes { .. } => HashRow::head,
        };
        if !std::mem::replace(&mut self.begun, true) {
            // A string takes everything.
            let _ = head(format, text);
        }
        match &mut self.what {
            What::Trace(tracer) => {
                let end = self.to.min(self.at.saturating_add(portion));
                trace(tracer, run, modules, format, end, text)?;
            }
            What::Hashes { every, next } => {
                hashes(*every, next, run, format, self.to, portion, text)?;
            }
        }
        self.at = run.timeline.job().executed();
        let last = *run.timeline.range().end();
        self.over = self.at >= self.to;
        if self.over
            && let What::Trace(tracer) = &mut self.what
        {
            run.timeline.seek(&mut run.store, last)?;
            if self.to == last {
                write_trap(tracer, run, modules, format, text);
            }
            if format == Format::JsonLines {
                // A string takes everything.
                let _ = end(run, modules).write(text);
            }
        }
        Ok(())
    }
}

/// Writes the instructions from here to `end` down, unless the piece is full before.
fn trace(
    tracer: &mut Tracer,
    run: &mut Run,
    modules: &Modules,
    format: Format,
    end: u64,
    text: &mut String,
) -> Result<(), TimelineError> {
    let codes = Codes { instances: &run.instances, run: run.instance, modules };
    let mut ahead: Option<Ahead> = None;
    run.timeline.walk(&mut run.store, end, |store, job| {
        if let Some(before) = ahead.take() {
            codes.write(&tracer.executed(before, store, job, None), format, text);
        }
        if text.len() >= PIECE {
            return None;
        }
        ahead = tracer.ahead(store, job);
        Some(Limit::fuel(1))
    })?;
    if let Some(before) = ahead {
        let step = tracer.executed(before, &run.store, run.timeline.job(), None);
        codes.write(&step, format, text);
    }
    Ok(())
}

/// Writes the instruction down that has trapped, if one has: it is not counted, and its
/// frame still stands before it.
fn write_trap(
    tracer: &mut Tracer,
    run: &Run,
    modules: &Modules,
    format: Format,
    text: &mut String,
) {
    let job = run.timeline.job();
    let Some(trap) = job.trapped() else { return };
    let Some(ahead) = tracer.ahead(&run.store, job) else { return };
    let codes = Codes { instances: &run.instances, run: run.instance, modules };
    codes.write(&tracer.executed(ahead, &run.store, job, Some(trap)), format, text);
}

/// Writes hashes down, from here on: for so long, or to `last`.
fn hashes(
    every: u64,
    next: &mut u64,
    run: &mut Run,
    format: Format,
    last: u64,
    portion: u64,
    text: &mut String,
) -> Result<(), TimelineError> {
    let bytes = run.timeline.moments().map(|moment| moment.memory_bytes).max().unwrap_or(0);
    let mut spent = 0;
    while spent < portion {
        let at = run.timeline.job().executed();
        let to = (*next).min(at + LEAP);
        run.timeline.walk(&mut run.store, to, |_, _| Some(Limit::NONE))?;
        spent += 1 + (to - at) / INSTRUCTIONS;
        if to == *next {
            let job = run.timeline.job();
            let row = HashRow { executed: to, hash: state_hash(&run.store, job) };
            // A string takes everything.
            let _ = row.write(format, text);
            spent += bytes / BYTES;
            if to == last {
                break;
            }
            *next = next.saturating_add(every).min(last);
        }
    }
    Ok(())
}

/// The modules that instructions are of.
struct Codes<'a> {
    instances: &'a Instances,
    run: Instance,
    modules: &'a Modules,
}

impl<'a> Codes<'a> {
    fn code(&self, instance: Instance) -> Option<Code<'a>> {
        let opened = self.modules.get(self.instances.module_of(instance)?)?;
        let module = (instance != self.run).then_some(opened.import_name.as_str());
        Some(Code { module, all: opened.all(), names: opened.names(), demangle: |_| None })
    }

    fn write(&self, step: &Step, format: Format, text: &mut String) {
        if let Some(code) = self.code(step.ahead.frame.instance()) {
            // A string takes everything.
            let _ = Row::new(step, code).write(format, text);
        }
    }
}

/// How the run ends, so far as it is known.
fn end<'a>(run: &'a Run, modules: &'a Modules) -> End<'a> {
    let job = run.timeline.job();
    let codes = Codes { instances: &run.instances, run: run.instance, modules };
    let ending = match (job.trapped(), job.results(&run.store)) {
        (Some(trap), _) => match *trap.kind() {
            TrapKind::Exit { code } => Ending::Exit(code),
            ref kind => {
                let frames = trap.backtrace().iter().filter_map(|frame| {
                    let code = codes.code(frame.instance)?;
                    Some(EndFrame {
                        module: code.module,
                        function: frame.function,
                        name: code.names.function(frame.function),
                        demangled: None,
                        offset: frame.offset,
                        source: Vec::new(),
                    })
                });
                Ending::Trap(kind.to_string(), frames.collect())
            }
        },
        (None, Some(results)) => Ending::Done(results),
        (None, None) => Ending::Paused,
    };
    End { executed: job.executed(), ending }
}

impl Run {
    /// The hash of the present state.
    pub(super) fn hash(&self) -> Reply {
        let job = self.timeline.job();
        let hash = format!("{:016x}", state_hash(&self.store, job));
        Reply::Hash { executed: job.executed() as f64, hash }
    }
}
