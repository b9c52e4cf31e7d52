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
    ///
    /// ```
    /// use fayasm_core::{Config, Engine};
    ///
    /// let engine = Engine::new(Config::new().with_max_call_depth(100));
    /// assert_eq!(engine.config().max_call_depth(), 100);
    /// ```
    #[must_use]
    pub fn new(config: Config) -> Self {
        Engine { config: Shared::new(config) }
    }

    /// Its settings.
    ///
    /// ```
    /// use fayasm_core::{Engine, Proposal};
    ///
    /// assert!(Engine::default().config().allows(Proposal::MultiValue));
    /// ```
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whether both are the same engine.
    ///
    /// ```
    /// use fayasm_core::Engine;
    ///
    /// let engine = Engine::default();
    /// assert!(Engine::same(&engine, &engine.clone()));
    /// // A module of one engine is not instantiated in a store of another.
    /// assert!(!Engine::same(&engine, &Engine::default()));
    /// ```
    #[must_use]
    pub fn same(a: &Engine, b: &Engine) -> bool {
        Shared::ptr_eq(&a.config, &b.config)
    }
}
