//! What the page and the engine's worker say to each other.
//!
//! The page never holds a module or a running program. It sends [`Request`]s,
//! most of which ask for a *view window* (these rows, these bytes, this memory
//! range), and draws the [`Reply`]s. A reply repeats the coordinates it answers
//! for, so that a late one is recognised and dropped.
//!
//! Offsets are bytes from the start of the module. 64-bit integers that may
//! exceed 2⁵³ travel as text.

mod device;
mod microcode;
mod standing;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

pub use self::device::{BOARDS, DeviceRequest, DeviceView, StoreView};
pub use self::microcode::{
    Fate, MicrocodeRow, MicrocodeView, Reached, Score, Tier, TranslationView, TranslationsView,
};
pub use self::standing::{
    CardView, EncodedView, FactView, HeatView, PassedView, PlaceView, RegionKind, RegionView,
    TouchView, TypedView,
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

/// A module as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModuleView {
    pub name: String,
    /// Length in bytes.
    pub size: u32,
    pub sections: Vec<SectionView>,
    pub exports: Vec<ExportView>,
    pub links: LinksView,
    /// Functions, imported ones included.
    pub functions: u32,
    pub memories: u32,
    pub tables: u32,
    pub globals: u32,
    /// Whether it is a program for the terminal.
    pub uses_wasi: bool,
    /// What `producers` says compiled it ("rustc 1.96").
    pub producer: Option<String>,
    /// Set when the module is malformed or invalid: everything before the
    /// error's offset is still shown.
    pub error: Option<ErrorView>,
}

/// A section: a top-level row of the structure tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SectionView {
    /// "Type", "Import", … or the custom section's name; "Header" for the first eight bytes.
    pub title: String,
    pub kind: FieldKind,
    /// Header included.
    pub span: Span,
    pub entries: u32,
    /// "17 functions", "1 memory of 17 pages" …
    pub summary: String,
}

/// An entry of a section: a second-level row of the structure tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryView {
    pub index: u32,
    /// A name where there is one, else what it is ("func 12").
    pub label: String,
    /// Type, size or value, short.
    pub detail: String,
    pub span: Span,
    /// The function this entry defines, imports or exports.
    pub function: Option<u32>,
}

/// Something that a search found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundView {
    /// Index of its section in [`ModuleView::sections`].
    pub section: u32,
    pub what: WhatView,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum WhatView {
    Entry(EntryView),
    /// Text, and some around it.
    Text {
        span: Span,
        before: String,
        text: String,
        after: String,
    },
    /// Bytes, with some behind them.
    Bytes {
        span: Span,
        bytes: ByteBuf,
    },
}

/// An export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportView {
    pub name: String,
    /// "func", "memory", "table", "global".
    pub kind: String,
    /// "(i32, i32) → i32", "17 pages" …
    pub type_text: String,
    /// Names ("$x", or "0") and types ("i32") of a function's parameters.
    pub parameters: Vec<ParameterView>,
    pub function: Option<u32>,
}

/// A parameter of an exported function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParameterView {
    pub name: String,
    pub ty: String,
}

/// A module as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleFile {
    pub name: String,
    pub bytes: ByteBuf,
}

/// What the module on show is linked with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LinksView {
    /// All that are loaded.
    pub modules: Vec<LoadedView>,
    /// Which of them is on show.
    pub shown: u32,
    /// Imports of the one on show.
    pub imports: Vec<ImportView>,
}

/// A module that is loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadedView {
    /// Name of its file.
    pub file: String,
    /// What others import it by.
    pub name: String,
}

/// A function of a loaded module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionPlace {
    pub module: u32,
    pub function: u32,
}

/// An import, and what it is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportView {
    pub module: String,
    pub name: String,
    /// "func", "memory", "table", "global", "tag".
    pub kind: String,
    pub type_text: String,
    /// First byte of its entry.
    pub offset: u32,
    /// Types of the values in [`Binding::values`].
    pub types: Vec<String>,
    /// Who has something of this name: "library.wasm", "WASI", "the sample host".
    pub found: Option<String>,
    /// The function of another module that it is bound to.
    pub linked: Option<FunctionPlace>,
    pub binding: Binding,
    /// Why no call can be started with that.
    pub problem: Option<String>,
}

/// What an import is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    pub choice: Choice,
    /// Results of the function, or the global's value, as typed. Kept where the
    /// choice makes no use of them.
    pub values: Vec<String>,
}

/// How an import is satisfied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Choice {
    /// By what has its name.
    Found,
    /// By a function that traps.
    Trap,
    /// By a function that returns constants; by a memory, table, global or tag
    /// of the type that is wanted.
    Constant,
    /// By a function that notes its calls and returns constants.
    Log,
    /// By a function whose results a person gives, call by call.
    Ask,
}

/// What a field is, for its colour and its legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FieldKind {
    /// Magic and version.
    Header,
    /// A section's id and size, a count, a length.
    Structure,
    /// A type, a limit, a flag.
    Type,
    /// An index into another section.
    Index,
    /// An operator's code.
    Opcode,
    /// An operator's immediate.
    Immediate,
    /// A name.
    Name,
    /// Contents of data segments and custom sections.
    Data,
    /// Not decoded: at or after the error.
    Unknown,
}

/// A window of the hex pane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BytesView {
    pub from: u32,
    pub bytes: ByteBuf,
    /// Leaf fields that touch the window, in order, without overlap.
    pub fields: Vec<FieldSpan>,
}

/// A leaf field's place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FieldSpan {
    pub span: Span,
    pub kind: FieldKind,
}

/// The explanation of one byte: the field it belongs to and that field's surroundings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplanationView {
    pub offset: u32,
    /// From the outside in: section, entry, …, each with its own bytes.
    pub path: Vec<PathStep>,
    pub name: String,
    pub kind: FieldKind,
    pub span: Span,
    pub raw: ByteBuf,
    /// Decoded value, as text: `i32.const`, `32`, `"memory"`.
    pub value: String,
    /// How the value is encoded, when that deserves showing bit by bit.
    pub leb128: Option<Leb128View>,
    /// What it means, a sentence or two.
    pub meaning: String,
    /// The operator this field belongs to, in code.
    pub operator: Option<OperatorView>,
    /// The leaf fields of the same entry or instruction and their bytes; at most 256.
    pub siblings: Vec<SiblingView>,
}

/// One step of a field's path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathStep {
    pub label: String,
    pub span: Span,
}

/// A neighbouring field, clickable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiblingView {
    pub name: String,
    pub value: String,
    pub span: Span,
    pub kind: FieldKind,
}

/// A LEB128 number, byte by byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leb128View {
    pub signed: bool,
    /// 7, 32, 33 or 64.
    pub bits: u32,
    /// Each byte: its continuation bit and its seven payload bits, as "1" and "0101101".
    pub bytes: Vec<(bool, String)>,
    /// Payloads joined, most significant first, and what they make.
    pub joined: String,
    pub value: String,
}

/// A row of the operator catalog.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperatorView {
    pub mnemonic: String,
    /// "0x6A", "0xFC 0x08".
    pub code: String,
    /// "[i32 i32] → [i32]".
    pub signature: String,
    pub explained: String,
    pub proposal: String,
}

/// A window of the fields of a module, as the decoder reads them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadingView {
    pub from: u32,
    /// Where the decoder stopped: at the end of the module or at an error.
    pub stop: u32,
    /// Why it stopped before the end.
    pub failed: Option<ErrorView>,
    /// Without a gap.
    pub reads: Vec<ReadView>,
}

/// A field that is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadView {
    /// Index in [`ModuleView::sections`]; there may be none where that one is malformed.
    pub section: u32,
    pub entry: Option<u32>,
    /// What it is; of its surroundings only what is known when it is read.
    pub card: ExplanationView,
}

/// A window of the validation of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckingView {
    pub module: u32,
    pub function: u32,
    pub from: u32,
    /// Rows that validation comes to, that of an error included.
    pub total: u32,
    pub rows: Vec<CheckView>,
    /// Why there are none.
    pub note: Option<String>,
}

/// What validation does at an instruction, and on what.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CheckView {
    /// The instruction; empty behind the last one of a body without an end.
    pub span: Span,
    pub mnemonic: String,
    /// Types on the operand stack before it, bottom first; at most the top 64.
    pub operands: Vec<String>,
    pub operands_total: u32,
    /// Blocks around it, outermost first; at most the innermost 32.
    pub blocks: Vec<BlockView>,
    pub blocks_total: u32,
    /// What it pops, the top first.
    pub pops: Vec<PopView>,
    /// Types that it pushes, the top last.
    pub pushes: Vec<String>,
    /// Operands that are forgotten, as what follows cannot be reached.
    pub forgotten: u32,
    /// The block that it opens.
    pub opens: Option<BlockView>,
    /// Whether it closes the innermost one.
    pub closes: bool,
    /// Whether what follows cannot be reached, but could up to here.
    pub stops: bool,
    pub error: Option<String>,
}

/// An operand that is popped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PopView {
    /// "i32", or "any".
    pub expected: String,
    pub found: String,
    pub fit: Fit,
}

/// Whether an operand is as it is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fit {
    Fits,
    /// There is none, and need not be: the place cannot be reached.
    Assumed,
    Wrong,
    Missing,
}

/// A block on the control stack of validation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockView {
    /// "func", "block", "loop", "if", "else", "try_table".
    pub kind: String,
    /// Byte of the operator that opened it.
    pub offset: u32,
    /// "(i32) → i32".
    pub type_text: String,
    /// Types that a branch to it takes: "i32 i64".
    pub label: String,
    /// Operands below it, which it cannot reach.
    pub height: u32,
    /// Whether what comes next in it cannot be reached.
    pub unreachable: bool,
}

/// A window of a function's disassembly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CodeView {
    pub module: u32,
    pub function: u32,
    pub name: String,
    /// "(i32, i32) → i32".
    pub type_text: String,
    /// Rows in all.
    pub total: u32,
    pub from: u32,
    pub rows: Vec<CodeRow>,
    /// Set for an imported function, which has no body, or one past the error.
    pub note: Option<String>,
}

/// One instruction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CodeRow {
    pub offset: u32,
    pub bytes: ByteBuf,
    /// Nesting, for indentation.
    pub depth: u32,
    pub mnemonic: String,
    /// Immediates as in WAT: "$x", "32", "offset=8".
    pub operands: String,
    /// The name that the called function has in the module, if `operands` has another.
    pub symbol: Option<String>,
    /// A remark: the called function's type, the branch's target, where exceptions are caught.
    pub remark: String,
    /// The place in source code that it and the ones behind it come from, if another than
    /// that of the one before: "source/main.c:17".
    pub source: Option<String>,
    /// The first operator of microcode that stands for it, if that was asked for.
    pub operator: Option<u32>,
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Status {
    /// Nothing started.
    Idle,
    /// Stands before an instruction.
    Paused,
    Running,
    /// Goes on as soon as something is typed, or answered.
    Waiting,
    Finished {
        results: Vec<ValueView>,
    },
    /// Ended by itself, with this code.
    Exited {
        code: u32,
    },
    Trapped(TrapView),
}

impl Status {
    /// Whether a program has been started and can go on.
    pub fn is_under_way(&self) -> bool {
        matches!(self, Self::Paused | Self::Running | Self::Waiting)
    }

    /// Whether it goes on by itself, now or when something is typed.
    pub fn is_on_its_own(&self) -> bool {
        matches!(self, Self::Running | Self::Waiting)
    }
}

/// A trap, as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrapView {
    pub message: String,
    pub details: Vec<String>,
    pub offset: Option<u32>,
    pub backtrace: Vec<FrameView>,
}

/// The state of a run, as drawn by the State pane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StateView {
    pub status: Status,
    /// The call being run, as text: `rotr(7, 32)`.
    pub call: String,
    /// Which call of its instance it is, counted from one; zero before there is any.
    pub number: u32,
    /// Whether imports were bound otherwise since the instance was made.
    pub rebound: bool,
    /// Instructions executed so far; at most 2⁵³.
    pub step: f64,
    /// Measured speed of the last stretch, instructions per second.
    pub speed: f64,
    /// The instruction about to run.
    pub next: Option<NextView>,
    /// Innermost last.
    pub frames: Vec<FrameView>,
    /// Total depth; `frames` holds at most the innermost 64 and the outermost one.
    pub depth: u32,
    /// Parameters and other locals of the current function; at most the first 256.
    pub locals: Vec<ValueView>,
    pub locals_total: u32,
    /// Operands of the current function, bottom first; at most the top 256.
    pub operands: Vec<ValueView>,
    pub operands_total: u32,
    /// Control stack: enclosing blocks, outermost first.
    pub labels: Vec<LabelView>,
    /// Bytes of memories that the next instruction reads and writes, and the last one.
    pub touched: Vec<TouchView>,
    /// The last values that passed through, the latest first.
    pub passed: Vec<PassedView>,
    /// The breakpoints that it has stopped at.
    pub hits: Vec<HitView>,
    /// What of the run can be gone to; none if nothing was started.
    pub timeline: Option<TimelineView>,
    /// The call whose results a person is asked for.
    pub asked: Option<AskedView>,
    /// The latest calls that were noted, oldest first: `env.log(7) → 0`.
    pub log: Vec<String>,
    /// How many were noted in all.
    pub logged: f64,
}

/// What of a run can be gone to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineView {
    /// How many instructions had been executed at the beginning of what is known.
    pub first: f64,
    /// How many were executed at most.
    pub last: f64,
    /// Whether it ends there in a trap.
    pub traps: bool,
    /// Why it could not go where it was to go.
    pub lost: Option<String>,
}

/// A run from afar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileView {
    pub first: f64,
    pub last: f64,
    /// KiB that are kept of the run.
    pub kept: u32,
    /// Instructions that are executed again to go to a step, at most.
    pub again: f64,
    /// Why steps before the first are not known, if there were any.
    pub forgotten: Option<String>,
    /// Frames at moments of the run, in order: after how many instructions, how many.
    pub depths: Vec<(f64, u32)>,
    /// After how many instructions host functions were called; of many, some.
    pub host_calls: Vec<f64>,
    /// After how many instructions memory had grown.
    pub growths: Vec<f64>,
    /// What took RAM, as paths of SVG, if the run is on a device.
    pub ram: String,
}

/// A value that a person asks about, where the run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OriginOf {
    /// An operand of the innermost function, or a result of a call that has returned.
    Operand(u32),
    /// A local of the innermost function.
    Local(u32),
    Global(u32),
    Byte {
        memory: u32,
        address: u32,
    },
    /// The values that made the run trap.
    Trap,
}

/// Where values came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OriginView {
    pub of: OriginOf,
    /// `$x: 7`, or what the trap is.
    pub title: String,
    /// Where it was asked.
    pub step: f64,
    /// One, or one for each value that made it trap.
    pub chains: Vec<ChainView>,
    /// Whether there is nothing more to be found.
    pub is_done: bool,
}

/// Where a value came from, back along copies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChainView {
    /// `the divisor: 0`; nothing where there is only one value.
    pub title: String,
    /// The latest first.
    pub links: Vec<LinkView>,
    /// Whether it goes on for longer than is followed.
    pub is_cut: bool,
}

/// What put a value somewhere.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LinkView {
    /// Instructions executed before it.
    pub step: f64,
    /// The instruction, as in WAT; nothing if it was there before.
    pub code: String,
    /// The function it stands in.
    pub function: String,
    /// What it did: "pushes 7".
    pub text: String,
}

/// A search for a write to a byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WriteView {
    pub memory: u32,
    pub address: u32,
    /// Whether later ones are meant rather than earlier ones.
    pub next: bool,
    /// Whether only those are meant that write something else than is there.
    pub changes: bool,
    /// Where it was found.
    pub found: Option<f64>,
    /// Where to go on; before the first stretch and behind the last, nowhere.
    pub left: Option<f64>,
}

/// What of a run is written down.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Written {
    /// The instructions of these numbers, the first of a run being 1; at most
    /// [`MAX_WRITTEN`] of them.
    Trace { from: f64, to: f64 },
    /// Hashes of the state, after every so many instructions of the call and at its end.
    Hashes { every: f64 },
}

/// The most instructions, or hashes, that are written down at once.
pub const MAX_WRITTEN: u32 = 1_000_000;

/// The calls of a part of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallsView {
    /// The steps that it lies between.
    pub from: f64,
    pub to: f64,
    /// In rows by how deep they are, in the order of execution.
    pub calls: Vec<CallView>,
    /// Names of functions.
    pub names: Vec<String>,
    /// Whether there are calls that are nested deeper than any that is listed.
    pub deeper: bool,
    /// If the run was only looked at now and then: after at most so many instructions.
    pub every: Option<f64>,
}

/// A call, or several short ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CallView {
    /// How many calls it is nested in.
    pub depth: u32,
    /// Index of the function's name; none if these are calls of several.
    pub name: Option<u32>,
    /// The step before its first instruction, and that behind its last one.
    pub from: f64,
    pub to: f64,
    /// How many calls were drawn together.
    pub calls: u32,
    /// Whether it began before.
    pub began_before: bool,
}

/// A breakpoint or watchpoint, as a person has set it: where a run stops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// No other one has it.
    pub number: u32,
    /// Name of the file of its module.
    pub file: String,
    pub place: StopPlace,
    pub enabled: bool,
    /// What has to hold, unless it is empty.
    pub condition: String,
}

/// What a run stops before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StopPlace {
    /// The instruction at this offset.
    Instruction { offset: u32 },
    /// Instructions that read or write a local of a function, in whatever frame.
    Local { function: u32, local: u32, on: Watch },
    /// Instructions that read or write a global.
    Global { global: u32, on: Watch },
    /// Instructions that read or write some of these bytes.
    Memory { memory: u32, address: u32, length: u32, on: Watch },
    /// Calls of host functions.
    HostCall,
    /// Memory that grows.
    MemoryGrowth,
}

impl StopPlace {
    /// What a watchpoint stops at; none for other breakpoints.
    pub fn watch(self) -> Option<Watch> {
        match self {
            StopPlace::Local { on, .. }
            | StopPlace::Global { on, .. }
            | StopPlace::Memory { on, .. } => Some(on),
            StopPlace::Instruction { .. } | StopPlace::HostCall | StopPlace::MemoryGrowth => None,
        }
    }

    /// The same place, with a watchpoint that stops at something else.
    pub fn watched(mut self, watch: Watch) -> Self {
        match &mut self {
            StopPlace::Local { on, .. }
            | StopPlace::Global { on, .. }
            | StopPlace::Memory { on, .. } => *on = watch,
            StopPlace::Instruction { .. } | StopPlace::HostCall | StopPlace::MemoryGrowth => {}
        }
        self
    }
}

/// What a watchpoint stops at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Watch {
    Read,
    Write,
    Access,
    /// Writing something else than what is there.
    Change,
}

/// A breakpoint, as its module knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BreakpointView {
    pub number: u32,
    /// "local.get $n", "global $sp", "memory 0x400–0x403".
    pub title: String,
    /// Where that is, if it needs to be said.
    pub detail: String,
    /// Of an instruction: where it is disassembled.
    pub place: Option<CodePlace>,
    /// Why it stops nothing.
    pub problem: Option<String>,
    /// What is wrong with its condition, and where.
    pub wrong: Option<String>,
}

/// An instruction in the disassembly of a function of a loaded module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodePlace {
    pub module: u32,
    pub function: u32,
    pub row: u32,
}

/// Instructions that a person has named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacesView {
    pub module: u32,
    pub offsets: Vec<u32>,
    /// Whether there are more.
    pub is_cut: bool,
}

/// A breakpoint that a run has stopped at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HitView {
    pub number: u32,
    /// What is about to happen there, if that needs to be said.
    pub text: String,
}

/// Where breakpoints are hit in a stretch of a run, and at its end if nothing is known behind.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct HitsView {
    /// The first step that was looked at.
    pub from: f64,
    /// The next that was not.
    pub to: f64,
    /// Steps, and numbers of breakpoints that are hit there.
    pub hits: Vec<(f64, u32)>,
}

/// A call of an import that a person answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AskedView {
    /// `env.choose(7, 1)`.
    pub call: String,
    /// Types of the results.
    pub results: Vec<String>,
    /// Which of all calls that were asked about it is, counted from zero.
    pub number: f64,
}

/// The instruction about to run, explained with this execution's operands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NextView {
    /// Which of the loaded modules it belongs to.
    pub module: u32,
    pub function: u32,
    pub offset: u32,
    /// Row in the function's disassembly.
    pub row: u32,
    /// Instruction's length in bytes.
    pub length: u32,
    pub operator: OperatorView,
    pub operands: String,
    /// How many operands it pops.
    pub pops: u32,
    /// A sentence with values: "pops 7 and 32, pushes 25".
    pub effect: String,
    /// The same in full; none while the program runs.
    pub card: Option<CardView>,
}

/// A call frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrameView {
    pub function: u32,
    pub name: String,
    pub offset: u32,
    /// File name of its module, unless that is on show.
    pub elsewhere: Option<String>,
    /// Its place in source code, if that is known.
    pub source: Option<String>,
}

/// A label on the control stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelView {
    /// "func", "block", "loop", "if", "else".
    pub kind: String,
    /// Byte offset of the operator that opened it.
    pub offset: u32,
    /// "[] → [i32]".
    pub type_text: String,
    /// Where a branch to it goes.
    pub target: u32,
}

/// A value, with what is needed to draw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValueView {
    /// Index or name: "0", "$x".
    pub name: String,
    /// "i32", "funcref" …
    pub ty: String,
    /// Decimal or symbolic.
    pub text: String,
    /// Raw bits: "0x00000007".
    pub bits: String,
    /// Differs from the last state shown.
    pub changed: bool,
}

/// What is seen of a program for the terminal.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TerminalView {
    /// What was written and typed, the latest of it.
    pub output: Vec<OutputView>,
    /// Whether the run stands in the past, and there is more after it.
    pub later: bool,
    /// How many lines came before that.
    pub forgotten: f64,
    /// Whether the program waits for something to be typed.
    pub waits: bool,
    /// Whether there is a program, and its input has not ended.
    pub listens: bool,
    /// Its files, or those it would find.
    pub files: Vec<FileView>,
    /// Functions that it called in vain, and how often.
    pub unsupported: Vec<(String, f64)>,
}

/// Where a piece of text in the terminal comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    /// It was typed.
    Input,
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

/// A piece of text in the terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputView {
    pub stream: Stream,
    pub text: String,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileView {
    pub path: String,
    /// In bytes.
    pub size: f64,
}

/// A window of a linear memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemoryView {
    pub memory: u32,
    pub from: u32,
    /// Size of the memory in bytes, at most 2³².
    pub size: f64,
    /// Pages now, their size in bytes, and how many there may be.
    pub pages: u32,
    pub page_size: u32,
    pub maximum: Option<u32>,
    pub bytes: ByteBuf,
    /// Bytes written since the last state shown, within this window or around it.
    pub changed: Vec<Span>,
}
