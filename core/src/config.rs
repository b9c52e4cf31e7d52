//! Settings of an engine.

use crate::operators::Proposal;

/// Settings of an [`Engine`](crate::Engine): which proposals modules may use,
/// and how deep calls may go.
///
/// ```
/// use fayasm_core::{Config, Proposal};
///
/// let mvp_only = Config::new().without(Proposal::BulkMemory).without(Proposal::ReferenceTypes);
/// assert!(!mvp_only.allows(Proposal::BulkMemory));
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    disabled: u32,
    max_call_depth: u32,
    max_stack_slots: u32,
}

impl Default for Config {
    fn default() -> Self {
        Config { disabled: 0, max_call_depth: 1024, max_stack_slots: 1 << 17 }
    }
}

impl Config {
    /// All proposals on that are built in, calls up to 1024 deep on a value stack of up to 1 MiB.
    #[must_use]
    pub fn new() -> Self {
        Config::default()
    }

    /// Refuse modules that need this proposal. WebAssembly 1.0 itself stays on.
    #[must_use]
    pub fn without(mut self, proposal: Proposal) -> Self {
        if proposal != Proposal::Mvp {
            self.disabled |= 1 << proposal as u32;
        }
        self
    }

    /// Whether modules may use this proposal.
    #[inline]
    #[must_use]
    pub fn allows(&self, proposal: Proposal) -> bool {
        proposal.is_built_in() && self.disabled & 1 << proposal as u32 == 0
    }

    /// Calls may nest this deep; one more traps.
    #[must_use]
    pub fn with_max_call_depth(mut self, calls: u32) -> Self {
        self.max_call_depth = calls.max(1);
        self
    }

    /// How deep calls may nest.
    #[must_use]
    pub fn max_call_depth(&self) -> u32 {
        self.max_call_depth
    }

    /// The value stack may take this many 64-bit slots; one more traps.
    #[must_use]
    pub fn with_max_stack_slots(mut self, slots: u32) -> Self {
        self.max_stack_slots = slots;
        self
    }

    /// How many 64-bit slots the value stack may take.
    #[must_use]
    pub fn max_stack_slots(&self) -> u32 {
        self.max_stack_slots
    }
}
