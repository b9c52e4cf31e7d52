//! How functions are executed, and what they are translated to for that.

use serde::{Deserialize, Serialize};

use super::Span;

/// How functions are executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Tier {
    /// By the stepper, until they are worth translating.
    #[default]
    Automatic,
    /// By the stepper.
    Stepper,
    /// As microcode, from the first time on.
    Microcode,
}

/// A window of the microcode of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MicrocodeView {
    pub module: u32,
    pub function: u32,
    /// Operators in all.
    pub total: u32,
    pub from: u32,
    pub rows: Vec<MicrocodeRow>,
    /// Instructions of the function.
    pub instructions: u32,
    /// Bytes that these take, and the operators.
    pub code_bytes: u32,
    pub bytes: u32,
    /// Why there are no operators.
    pub note: Option<String>,
}

/// An operator of microcode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MicrocodeRow {
    /// Words before it; jumps name it so.
    pub at: u32,
    /// Bytes that it takes.
    pub bytes: u32,
    pub text: String,
    /// The instructions that it stands for.
    pub span: Span,
    /// How many these are; zero if it stands for them together with the row before.
    pub instructions: u32,
    /// The row of the first of them among the instructions of the function.
    pub row: u32,
    pub reached: Reached,
}

/// From where execution comes to an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reached {
    /// From operators of the function.
    Inside,
    /// From the stepper as well.
    Stepper,
    /// From where an exception was thrown as well, which is caught here.
    Exception,
}

/// How functions of a module have been executed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TranslationsView {
    pub module: u32,
    /// Those that have been executed, at most a few hundred.
    pub rows: Vec<TranslationView>,
    /// How many have been executed, how many of these are microcode, and bytes of that.
    pub executed: u32,
    pub translated: u32,
    pub bytes: u32,
}

/// How a function has been executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TranslationView {
    pub function: u32,
    pub name: String,
    pub fate: Fate,
    /// The same in words, with the reason.
    pub text: String,
}

/// What executes a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// Microcode, unless only the stepper may.
    Translated,
    /// The stepper, for now.
    Waits,
    /// The stepper.
    Refused,
}
