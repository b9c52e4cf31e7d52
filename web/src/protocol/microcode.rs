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
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TranslationsView {
    pub module: u32,
    /// Those of which executions have been counted, the most hits first; at most a few hundred.
    pub rows: Vec<TranslationView>,
    /// How many there are, how many of these are translated, and bytes of their operators.
    pub counted: u32,
    pub translated: u32,
    pub operators: u32,
    /// Bytes that microcode of all modules takes, with what says where it can be entered and
    /// what is known of functions.
    pub bytes: u32,
    /// Instructions executed by then.
    pub step: f64,
}

/// How a function has been executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TranslationView {
    pub function: u32,
    pub name: String,
    /// Calls and rounds of loops that were counted.
    pub hits: u32,
    pub fate: Fate,
}

/// What executes a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// Microcode, unless only the stepper may.
    Translated {
        /// Bytes of its operators.
        operators: u32,
        /// With which score, if that was asked for.
        score: Option<Score>,
    },
    /// The stepper, for now.
    Waits {
        score: Score,
        /// How often there was no room for it.
        setbacks: u32,
    },
    /// The stepper, for this reason.
    Refused(String),
}

/// What translating a function is worth, per mille.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    pub reached: u32,
    /// What it takes to be translated.
    pub wanted: u32,
}
