//! What the page and the engine's worker say to each other.
//!
//! The page never holds a module or a running program. It sends [`Request`]s,
//! most of which ask for a *view window* (these rows, these bytes, this memory
//! range), and draws the [`Reply`]s. A reply repeats the coordinates it answers
//! for, so that a late one is recognised and dropped.
//!
//! Offsets are bytes from the start of the module. 64-bit integers that may
//! exceed 2⁵³ travel as text.

mod breakpoints;
mod bytes;
mod code;
mod device;
mod films;
mod links;
mod memory;
mod microcode;
mod module;
mod run;
mod standing;
mod terminal;
mod timeline;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

pub use self::breakpoints::{BreakpointView, HitView, HitsView, Stop, StopPlace, Watch};
pub use self::bytes::{
    BytesView, ExplanationView, FieldKind, FieldSpan, Leb128View, OperatorView, PathStep,
    SiblingView,
};
pub use self::code::{CodePlace, CodeRow, CodeView, FunctionPlace, PlacesView};
pub use self::device::{BOARDS, DeviceRequest, DeviceView, StoreView};
pub use self::films::{BlockView, CheckView, CheckingView, Fit, PopView, ReadView, ReadingView};
pub use self::links::{Binding, Choice, ImportView, LinksView, LoadedView};
pub use self::memory::{HeatView, MemoryView, RegionKind, RegionView, TouchView, TypedView};
pub use self::microcode::{
    Fate, MicrocodeRow, MicrocodeView, Reached, Score, Tier, TranslationView, TranslationsView,
};
pub use self::module::{
    EntryView, ExportView, FoundView, ModuleFile, ModuleView, ParameterView, SectionView, WhatView,
};
pub use self::run::{
    AskedView, FrameView, LabelView, NextView, StateView, Status, TrapView, ValueView,
};
pub use self::standing::{CardView, EncodedView, FactView, PassedView, PlaceView};
pub use self::terminal::{FileView, OutputView, Stream, TerminalView};
pub use self::timeline::{
    CallView, CallsView, ChainView, LinkView, MAX_WRITTEN, OriginOf, OriginView, ProfileView,
    TimelineView, WriteView, Written,
};

/// A half-open range of bytes in the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// What the page asks of the worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Decode and validate these modules, forget those before. The first that no
    /// other one imports from is on show, the others are there to be linked with. Files that come with a program
    /// for the terminal and are no modules become its files.
    Open { files: Vec<ModuleFile> },
    /// Load one more module to link with, in place of one of the same name.
    Link { file: ModuleFile },
    /// Forget a loaded module.
    Unlink { module: u32 },
    /// What others import a loaded module by.
    Rename { module: u32, name: String },
    /// Put another loaded module on show; answered by [`Reply::Opened`].
    Show { module: u32 },
    /// What an import of the module on show is bound to when a call is started.
    Bind { import: u32, binding: Binding },
    /// Results of the call that a person is asked for.
    Answer { values: Vec<String> },
    /// Entries `from..from + count` of a section, for the structure tree.
    Entries { section: u32, from: u32, count: u32 },
    /// Raw bytes with the fields they belong to, for the hex pane.
    Bytes { from: u32, count: u32 },
    /// Everything known about the byte at this offset.
    Explain { offset: u32 },
    /// Fields that touch these bytes, in the order in which they are read;
    /// answered by [`Reply::Reading`].
    Reading { from: u32, count: u32 },
    /// What validation does at instructions of a function of a loaded module, by
    /// row; answered by [`Reply::Checking`].
    Checking { module: u32, function: u32, from: u32, count: u32 },
    /// Disassembled rows of a function of a loaded module, by row; with the operators of
    /// microcode that stand for them.
    Code { module: u32, function: u32, from: u32, count: u32, microcode: bool },
    /// Operators of the microcode of a function of a loaded module, by row.
    Microcode { module: u32, function: u32, from: u32, count: u32 },
    /// How functions are executed from now on, those of the present run as well.
    Tier(Tier),
    /// How functions of a module have been executed.
    Translations { module: u32 },
    /// About the device that runs are on and the store that they are committed to; answered by
    /// [`Reply::Device`] and [`Reply::Store`].
    Device(DeviceRequest),
    /// Which function and row an offset lies in; answered by [`Reply::Located`].
    Locate { offset: u32 },
    /// Entries whose label or detail contains this text, whatever its case; then the
    /// same text in data and custom sections, and the bytes that it may stand for: at
    /// most `count` of each, in the module's order. Answered by [`Reply::Found`].
    Search { text: String, count: u32 },
    /// Go on with the last search.
    SearchOn,
    /// Stand before the first instruction of an export of the instance, or of a new
    /// one if there is none. `_start` of a program for the terminal has a new one each time.
    Start { export: String, arguments: Vec<String> },
    /// Forget the instance, so that the next call has a new one.
    NewInstance,
    /// Execute one instruction.
    Step,
    /// Execute one instruction; a call runs until it returns.
    StepOver,
    /// Run until the current function has returned.
    StepOut,
    /// Go back by an instruction.
    StepBack,
    /// Go back by an instruction, or to before a call that has returned.
    StepBackOver,
    /// Go back to the call of the current function.
    StepBackOut,
    /// Go to where so many instructions have been executed in all.
    Seek { step: f64 },
    /// How the run looks from afar, in so many stretches; answered by [`Reply::Profile`].
    Profile { stretches: u32 },
    /// Where a value came from; answered by [`Reply::Origin`].
    Origin { of: OriginOf },
    /// More of what is asked about, if it is not done; answered likewise.
    OriginMore,
    /// Go to a write to a byte, if there is one in a stretch of the run; answered by
    /// [`Reply::Write`], and by [`Reply::State`] if there is.
    FindWrite(WriteView),
    /// The calls between two steps; answered by [`Reply::Calls`] when they are found.
    Calls { from: f64, to: f64 },
    /// A number for the state where the run stands; answered by [`Reply::Hash`].
    Hash,
    /// Write a part of the run down, in place of what was being written; answered by
    /// [`Reply::Saved`], piece by piece, with this number.
    Save { number: u32, what: Written, csv: bool },
    /// Write no more of it.
    StopSaving,
    /// Run on, at this many instructions per second; `None` is full speed. Sent
    /// to a program that is running already, it only changes the speed.
    Continue { speed: Option<u32> },
    /// Run on at full speed until this many instructions have been executed in all.
    RunTo { step: f64 },
    /// Run backwards to the last breakpoint before, or to the beginning.
    ContinueBack,
    /// Set all breakpoints, in place of those before; answered by [`Reply::Breakpoints`].
    Breakpoints { stops: Vec<Stop> },
    /// The instructions of the module on show that a text names: by their byte, by a line of
    /// source code or by their function; answered by [`Reply::Places`].
    Places { named: String },
    /// Where breakpoints are hit in the known run, in a stretch of it from this step on;
    /// answered by [`Reply::Hits`].
    Hits { from: f64 },
    /// Pause a run.
    Stop,
    /// The same call of a new instance, before its first instruction.
    Reset,
    /// Bytes of a linear memory of the running instance.
    Memory { memory: u32, from: u32, count: u32 },
    /// What the bytes at an address are, as values; answered by [`Reply::Typed`].
    Typed { memory: u32, address: u32 },
    /// Go over a stretch of the run for where it reads and writes a memory; answered by
    /// [`Reply::Heat`], and to be asked again until that has looked at its whole sample.
    Heat { memory: u32 },
    /// Elements of a table of the running instance.
    Table { table: u32, from: u32, count: u32 },
    /// All globals of the running instance.
    Globals,
    /// What a program for the terminal has written, and its files.
    Terminal,
    /// What such a program is to be started with: arguments behind its name,
    /// variables, each `NAME=VALUE`, and what its random numbers follow from.
    Surroundings { args: Vec<String>, env: Vec<String>, seed: u64 },
    /// This was typed; none ends the standard input.
    Type { text: Option<String> },
    /// Puts a file where programs find it, the running one as well.
    PutFile { path: String, bytes: ByteBuf },
    /// Removes a file, or a directory with what is in it; all there is without a path.
    RemoveFile { path: Option<String> },
    /// A file's content; answered by [`Reply::File`].
    File { path: String },
}

/// The bytes that every module begins with.
pub const MAGIC: &[u8] = b"\0asm";

/// The export that a program for the terminal begins with.
pub const PROGRAM_START: &str = "_start";

/// Name of [`Request::Start`] in a [`Reply::Refused`].
pub const START: &str = "start";

/// Name of [`Request::Answer`] in a [`Reply::Refused`].
pub const ANSWER: &str = "answer";

/// Name of requests about modules to link with in a [`Reply::Refused`].
pub const LINK: &str = "link";

/// Name of [`Request::Save`] in a [`Reply::Refused`].
pub const SAVE: &str = "save";

/// Name of requests about files in a [`Reply::Refused`].
pub const FILE: &str = "file";

/// Name of [`Request::Device`] in a [`Reply::Refused`].
pub const DEVICE: &str = "device";

/// What the worker answers, or reports by itself while a program runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// The worker listens from here on. Its first reply, by itself.
    Ready,
    /// A module was opened, wholly or up to its error.
    Opened(Box<ModuleView>),
    /// After every request about it: what the module on show is linked with.
    Links(Box<LinksView>),
    Entries {
        section: u32,
        from: u32,
        rows: Vec<EntryView>,
    },
    Bytes(BytesView),
    Explained(Box<ExplanationView>),
    Reading(ReadingView),
    Checking(CheckingView),
    Code(CodeView),
    Microcode(MicrocodeView),
    Translations(TranslationsView),
    /// After requests about it, and whenever something was tried on it.
    Device(Box<DeviceView>),
    /// After requests about the store, and by itself when something has become of it.
    Store(Box<StoreView>),
    /// A call that was committed goes on. Its state follows.
    Resumed {
        export: String,
        arguments: Vec<String>,
    },
    Located {
        offset: u32,
        function: Option<u32>,
        row: u32,
        /// Where the instruction begins that it lies in.
        start: Option<u32>,
    },
    /// What a search found so far; `total` counts those left off as well.
    Found {
        text: String,
        total: u32,
        rows: Vec<FoundView>,
        /// Whether there is more to be searched, for [`Request::SearchOn`].
        more: bool,
    },
    /// The state of the run: after every request that moves it, and up to 20
    /// times a second while it runs.
    State(Box<StateView>),
    /// What became of the breakpoints whose modules are loaded.
    Breakpoints(Vec<BreakpointView>),
    /// The instructions that are named by a text, or what is wrong with it, and where.
    Places {
        named: String,
        found: Result<PlacesView, String>,
    },
    Hits(HitsView),
    Memory(MemoryView),
    Typed(TypedView),
    Heat(HeatView),
    Profile(Box<ProfileView>),
    /// What is found so far; none if the run has gone on without it.
    Origin(Option<Box<OriginView>>),
    Write(WriteView),
    Calls(Box<CallsView>),
    /// The state's hash after so many instructions of the call, in 16 digits.
    Hash {
        executed: f64,
        hash: String,
    },
    /// A piece of what is being written: the part of it that is done, of 1000, and
    /// whether that is all of it.
    Saved {
        number: u32,
        piece: ByteBuf,
        done: u32,
        over: bool,
    },
    Table {
        table: u32,
        from: u32,
        size: u32,
        rows: Vec<String>,
    },
    Globals(Vec<ValueView>),
    /// Places in source code are known now: code looks different.
    LinesFound,
    /// After every request about it: the terminal.
    Terminal(Box<TerminalView>),
    File {
        path: String,
        bytes: ByteBuf,
    },
    /// A request could not be carried out (a wrong argument, a missing import …).
    Refused {
        request: String,
        error: ErrorView,
    },
}

/// An error as it is shown: what, where, and the facts, one per line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErrorView {
    pub title: String,
    pub details: Vec<String>,
    /// Byte of the module the error stands at, when it has one.
    pub offset: Option<u32>,
    /// Index of the argument it concerns, when it concerns one.
    pub argument: Option<u32>,
}

impl ErrorView {
    /// An error that is nothing but its title.
    pub fn titled(title: impl Into<String>) -> Self {
        Self { title: title.into(), details: Vec::new(), offset: None, argument: None }
    }
}
