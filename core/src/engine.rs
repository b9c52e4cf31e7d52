//! The engine: settings shared by modules and stores.

use crate::config::Config;
use crate::shared::Shared;

/// Settings that modules are validated and run under; cheap to clone.
///
/// ```
/// use fayasm_core::{Config, Engine, Proposal};
///
/// let engine = Engine::new(Config::new().without(Proposal::BulkMemory));
/// assert!(!engine.config().allows(Proposal::BulkMemory));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Engine {
    config: Shared<Config>,
}

impl Engine {
    /// An engine with these settings.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Engine { config: Shared::new(config) }
    }

    /// Its settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whether both are the same engine.
    #[must_use]
    pub fn same(a: &Engine, b: &Engine) -> bool {
        Shared::ptr_eq(&a.config, &b.config)
    }
}
