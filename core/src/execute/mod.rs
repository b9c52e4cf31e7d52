//! Execution: jobs, and the stepper that runs them (specification §4.4).

mod breakpoints;
mod constant;
mod drive;
mod frame;
mod job;
mod microcode;
pub(crate) mod numeric;
mod stepper;

pub(crate) use breakpoints::{Bodies, Breakpoints, Stopping};
pub use breakpoints::{Breakpoint, Watch};
pub(crate) use constant::{Constants, new_object};
pub use frame::Frame;
pub use job::{Job, Limit, Outcome};
pub(crate) use job::{Status, slots};
pub use microcode::{
    Decision, MicrocodeError, MicrocodeListing, MicrocodeRow, MicrocodeStats, Refused, Translation,
    Verdict, Why,
};
pub(crate) use microcode::{Format, Last, Op, Slot, Tiers, Word};
pub(crate) use stepper::{Code, Stack, World};
