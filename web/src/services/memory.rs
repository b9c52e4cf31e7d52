//! What is remembered between visits. Where the browser refuses to store
//! anything, everything works and nothing is remembered.

use web_sys::Storage;

use crate::protocol::Tier;

/// The theme a person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light, whatever the system says.
    Light,
    /// Dark, whatever the system says.
    Dark,
}

impl Theme {
    /// The theme that follows when the button is pressed.
    pub fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme chosen on an earlier visit.
    pub fn recall() -> Self {
        match text("theme").as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    /// Puts it on the page and remembers it.
    pub fn apply(self) {
        let root = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.document_element());
        if let Some(root) = root {
            let _ = match self {
                Self::System => root.remove_attribute("data-theme"),
                chosen => root.set_attribute("data-theme", chosen.name()),
            };
        }
        remember("theme", self.name());
    }
}

/// A pane's size remembered under a name, in pixels.
pub fn size(name: &str) -> Option<f64> {
    text(name)?.parse::<u32>().ok().map(f64::from)
}

/// Remembers a pane's size, in pixels.
pub fn remember_size(name: &str, size: f64) {
    remember(name, &(size as u32).to_string());
}

/// How functions were executed on an earlier visit.
pub fn tier() -> Tier {
    match text("tier").as_deref() {
        Some("stepper") => Tier::Stepper,
        Some("microcode") => Tier::Microcode,
        _ => Tier::Automatic,
    }
}

/// Remembers how functions are executed.
pub fn remember_tier(tier: Tier) {
    let name = match tier {
        Tier::Automatic => "automatic",
        Tier::Stepper => "stepper",
        Tier::Microcode => "microcode",
    };
    remember("tier", name);
}

/// The device that runs were on, on an earlier visit, as text.
pub fn device() -> String {
    text("device").unwrap_or_default()
}

/// Remembers the device that runs are on, as text.
pub fn remember_device(device: &str) {
    remember("device", device);
}

/// Whether microcode was shown on an earlier visit.
pub fn microcode() -> bool {
    text("microcode").as_deref() == Some("shown")
}

/// Remembers whether microcode is shown.
pub fn remember_microcode(is_shown: bool) {
    remember("microcode", if is_shown { "shown" } else { "hidden" });
}

/// Breakpoints of earlier visits, as text.
pub fn breakpoints() -> String {
    text("breakpoints").unwrap_or_default()
}

/// Remembers breakpoints, as text. Of several pages, the one that changes them last is
/// remembered.
pub fn remember_breakpoints(breakpoints: &str) {
    remember("breakpoints", breakpoints);
}

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

fn text(name: &str) -> Option<String> {
    storage()?.get_item(&format!("fayasm.{name}")).ok()?
}

fn remember(name: &str, value: &str) {
    if let Some(storage) = storage() {
        // Fails where there is no room left.
        let _ = storage.set_item(&format!("fayasm.{name}"), value);
    }
}
