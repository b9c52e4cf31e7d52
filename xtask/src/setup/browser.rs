//! A Chromium and the driver that steers it.

use std::fs;
use std::path::PathBuf;

use super::{Requirement, debian};
use crate::failure::{Context, Failure, Result};
use crate::process;
use crate::workspace::Workspace;

const CHROMES: [&str; 5] =
    ["chromium", "google-chrome", "google-chrome-stable", "chromium-browser", "chrome"];

const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];

/// Headless, runnable as root in a container, and silent on the network.
const FLAGS: [&str; 8] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) chrome: PathBuf,
    pub(crate) driver: PathBuf,
}

impl Browser {
    pub(super) const REQUIREMENT: BrowserRequirement = BrowserRequirement;

    /// The browser that `CHROME` and `CHROMEDRIVER` name, or else the first on `PATH`.
    pub(crate) fn find() -> Result<Self> {
        Self::look().ok_or_else(|| {
            Failure::new("there is no Chromium with its chromedriver").advise(advice())
        })
    }

    fn look() -> Option<Self> {
        let named = |variable| std::env::var_os(variable).map(PathBuf::from);
        let chrome =
            named("CHROME").or_else(|| CHROMES.iter().find_map(|name| process::which(name)));
        let driver = named("CHROMEDRIVER").or_else(|| process::which("chromedriver"));
        Some(Self {
            chrome: chrome.filter(|path| path.is_file())?,
            driver: driver.filter(|path| path.is_file())?,
        })
    }

    /// Writes the settings that wasm-bindgen's test runner starts the browser with.
    pub(crate) fn write_webdriver_config(&self, workspace: &Workspace) -> Result<PathBuf> {
        let directory = workspace.target();
        let path = directory.join("webdriver.json");
        fs::create_dir_all(&directory)
            .and_then(|()| fs::write(&path, self.webdriver_config()))
            .context(|| format!("write {}", path.display()))?;
        Ok(path)
    }

    fn webdriver_config(&self) -> String {
        let binary = json_string(&self.chrome.to_string_lossy());
        let flags: Vec<_> = FLAGS.iter().map(|flag| json_string(flag)).collect();
        format!(
            "{{\"goog:chromeOptions\":{{\"binary\":{binary},\"args\":[{}]}}}}\n",
            flags.join(",")
        )
    }
}

fn json_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

pub(super) struct BrowserRequirement;

impl Requirement for BrowserRequirement {
    fn name(&self, _: &Workspace) -> String {
        "Chromium and chromedriver".to_owned()
    }

    fn why(&self) -> &'static str {
        "test the page where it runs"
    }

    fn find(&self, _: &Workspace) -> Option<PathBuf> {
        Browser::look().map(|browser| browser.chrome)
    }

    fn install(&self, _: &Workspace) -> Result {
        debian::install(&PACKAGES)
    }

    fn by_hand(&self, _: &Workspace) -> String {
        advice()
    }
}

fn advice() -> String {
    format!(
        "{}\nor set CHROME and CHROMEDRIVER to the paths of a Chrome and its driver",
        debian::by_hand(&PACKAGES)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_webdriver_settings_name_the_browser_and_its_flags() {
        let browser = Browser {
            chrome: PathBuf::from("/opt/a \"b\"/chrome"),
            driver: PathBuf::from("/usr/bin/chromedriver"),
        };
        let config = browser.webdriver_config();
        assert!(config.starts_with(
            r#"{"goog:chromeOptions":{"binary":"/opt/a \"b\"/chrome","args":["--headless=new","#
        ));
        assert!(config.ends_with("\"--disable-sync\"]}}\n"), "{config}");
    }
}
