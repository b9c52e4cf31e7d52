//! Which tier tests run in.

use fayasm_core::{Config, Engine, Translate};

/// The tier of this name.
pub fn named(name: &str) -> Option<Translate> {
    match name {
        "stepper" => Some(Translate::Never),
        "microcode" => Some(Translate::Always),
        "mixed" => Some(Translate::Mixed),
        _ => None,
    }
}

/// The settings of tests that do not choose a tier: that which `FAYASM_TEST_TIER` names, if that
/// is set.
pub fn config() -> Config {
    match std::env::var("FAYASM_TEST_TIER") {
        Ok(name) => Config::new().with_translate(named(&name).expect("a tier has this name")),
        Err(_) => Config::new(),
    }
}

/// An engine with these settings.
pub fn engine() -> Engine {
    Engine::new(config())
}
