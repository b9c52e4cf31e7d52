//! The modules that are loaded, and what the imports of the one on show are bound to.

use serde::{Deserialize, Serialize};

use super::FunctionPlace;

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
