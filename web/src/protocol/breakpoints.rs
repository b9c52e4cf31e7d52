//! Breakpoints and watchpoints: where a run is to stop, what became of that, and where they are hit.

use serde::{Deserialize, Serialize};

use super::CodePlace;

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
