//! `cargo xtask test`: the phases, their order, and which of them are selected.

use std::process::Command;
use std::time::Instant;

use crate::failure::{Failure, Result};
use crate::report::{self, Outcome};
use crate::setup::browser::Browser;
use crate::setup::{self, Need, Target};
use crate::workspace::Workspace;
use crate::{device, page, process, weight};

/// One check. They run in this order: what is quick to fail and quick to mend comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Fmt,
    Clippy,
    Doc,
    Native,
    Stepper,
    Microcode,
    Mixed,
    Riscv,
    Device,
    Web,
    Page,
    Weight,
    E2e,
}

impl Phase {
    pub(crate) const ALL: [Self; 13] = [
        Self::Fmt,
        Self::Clippy,
        Self::Doc,
        Self::Native,
        Self::Stepper,
        Self::Microcode,
        Self::Mixed,
        Self::Riscv,
        Self::Device,
        Self::Web,
        Self::Page,
        Self::Weight,
        Self::E2e,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Doc => "doc",
            Self::Native => "native",
            Self::Stepper => "stepper",
            Self::Microcode => "microcode",
            Self::Mixed => "mixed",
            Self::Riscv => "riscv",
            Self::Device => "device",
            Self::Web => "web",
            Self::Page => "page",
            Self::Weight => "weight",
            Self::E2e => "e2e",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }

    /// Whether it runs tests that have names to filter by.
    fn has_named_tests(self) -> bool {
        !matches!(
            self,
            Self::Fmt
                | Self::Clippy
                | Self::Doc
                | Self::Riscv
                | Self::Device
                | Self::Page
                | Self::Weight
        )
    }

    /// Whether it looks at the page that the page phase builds.
    fn reads_built_page(self) -> bool {
        matches!(self, Self::Weight | Self::E2e)
    }

    fn needs(self) -> Vec<Need> {
        match self {
            Self::Fmt | Self::Clippy | Self::Doc | Self::Native | Self::Weight => Vec::new(),
            Self::Stepper | Self::Microcode | Self::Mixed => Vec::new(),
            Self::Riscv => vec![Need::Target(Target::RISCV)],
            Self::Device => setup::for_device(),
            Self::Web => setup::for_page_tests(),
            Self::Page => setup::for_page(),
            Self::E2e => setup::for_end_to_end(),
        }
    }

    fn run(self, workspace: &Workspace, filter: Option<&str>) -> Result {
        match self {
            Self::Fmt => {
                process::run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
                device::format(workspace)
            }
            Self::Clippy => {
                let clippy = |of: &[&str]| {
                    let mut cargo = workspace.cargo();
                    process::run(cargo.arg("clippy").args(of).args(["--", "-D", "warnings"]))
                };
                clippy(&["--workspace", "--all-targets"])?;
                // The core without what can be left out.
                clippy(&["-p", "fayasm-core", "--no-default-features"])
            }
            Self::Doc => process::run(workspace.cargo().env("RUSTDOCFLAGS", "-Dwarnings").args([
                "doc",
                "--no-deps",
                "--workspace",
                "--lib",
            ])),
            Self::Native => {
                process::run(workspace.cargo().args(["test", "--workspace"]).args(filter))
            }
            Self::Stepper | Self::Microcode | Self::Mixed => {
                tests_in_tier(workspace, self.name(), filter)
            }
            Self::Riscv => process::run(
                setup::command_for(workspace, Target::RISCV, "cargo")
                    .args(["build", "-p", "fayasm-core", "--lib", "--target"])
                    .arg(Target::RISCV.triple),
            ),
            Self::Device => device::test(workspace),
            Self::Web => page_tests(workspace, filter),
            Self::Page => page::build(workspace),
            Self::Weight => weight::check(workspace),
            Self::E2e => end_to_end_tests(workspace, filter),
        }
    }
}

/// Which phases run, and which tests in them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    phases: Vec<Phase>,
    filter: Option<String>,
}

impl Selection {
    /// Nothing named is everything. The page is built before anything that reads it.
    pub(crate) fn new(named: &[Phase], filter: Option<String>) -> Result<Self> {
        let mut phases: Vec<Phase> = match (named.is_empty(), &filter) {
            (false, _) => named.to_vec(),
            (true, None) => Phase::ALL.to_vec(),
            (true, Some(_)) => {
                Phase::ALL.into_iter().filter(|phase| phase.has_named_tests()).collect()
            }
        };
        if let Some(filter) = &filter
            && !phases.iter().any(|phase| phase.has_named_tests())
        {
            return Err(Failure::new(format!(
                "`{filter}` is no phase, and none of the phases named has tests to filter"
            ))
            .advise("cargo xtask --help lists the phases"));
        }
        if phases.iter().any(|phase| phase.reads_built_page()) {
            phases.push(Phase::Page);
        }
        phases.sort_unstable();
        phases.dedup();
        Ok(Self { phases, filter })
    }
}

/// Installs what the selected phases need, runs them, and reports on each.
pub(crate) fn run(workspace: &Workspace, selection: &Selection) -> Result {
    let needs = selection.phases.iter().flat_map(|phase| phase.needs()).collect();
    setup::ensure(workspace, needs)?;
    if let Some(filter) = &selection.filter {
        println!("Only tests whose name contains `{filter}`.");
    }

    let started = Instant::now();
    let mut rows: Vec<(&str, Outcome)> = Vec::new();
    let mut failed: Option<(&str, Failure)> = None;
    for phase in &selection.phases {
        let name = phase.name();
        let outcome = if failed.is_some() {
            Outcome::NotRun
        } else {
            report::heading(name);
            let (result, time) =
                report::timed(|| phase.run(workspace, selection.filter.as_deref()));
            match result {
                Ok(()) => Outcome::Passed(time),
                Err(failure) => {
                    failed = Some((name, failure));
                    Outcome::Failed(time)
                }
            }
        };
        rows.push((name, outcome));
    }

    if let Some((_, failure)) = &failed {
        println!("\n{failure}");
    }
    print!("\n{}", report::phases(&rows));
    let seconds = started.elapsed().as_secs();
    match failed {
        None => {
            println!("all {} phases passed, {seconds} s", rows.len());
            Ok(())
        }
        Some((name, _)) => Err(Failure::new(format!(
            "`{name}` failed after {seconds} s; again: cargo xtask test {name}"
        ))),
    }
}

/// The tests that execute WebAssembly, in this tier: as the native phase has compiled them;
/// microcode without assertions, as it is executed in earnest, and with it the tests of that itself.
fn tests_in_tier(workspace: &Workspace, tier: &str, filter: Option<&str>) -> Result {
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--workspace"]);
    let is_release = tier == "microcode";
    if is_release {
        cargo.arg("--release");
    }
    cargo.args(["official_suite", "suite_modes", "fixtures"].map(|name| format!("--test={name}")));
    let files = ["core/tests", "core/wasi/tests"];
    for file in files.iter().flat_map(|directory| workspace.files_ending(directory, ".rs")) {
        if let Some(name) = file.file_stem().filter(|name| is_release || *name != "microcode") {
            cargo.arg("--test").arg(name);
        }
    }
    process::run(cargo.env("FAYASM_TEST_TIER", tier).args(filter))?;
    if tier == "mixed" {
        return Ok(());
    }
    // The runner in each of its tiers, but for what it says of them.
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--workspace", "--test=runner", "--"]);
    cargo.args(["--skip", "stats::", "--skip", "microcode::"]);
    process::run(cargo.env("FAYASM_TEST_TIER", tier).args(filter))
}

/// `web/tests` and the unit tests of `web`, in the browser.
fn page_tests(workspace: &Workspace, filter: Option<&str>) -> Result {
    if workspace.files_ending("web/tests", ".rs").is_empty() {
        return Err(nothing_to_test("web/tests/*.rs"));
    }
    let browser = Browser::find()?;
    let mut wasm_pack = setup::wasm_command(workspace, "wasm-pack");
    wasm_pack
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", browser.write_webdriver_config(workspace)?)
        .args(["test", "--headless", "--chrome", "--chromedriver"])
        .arg(&browser.driver)
        .args(["--mode", "no-install", "web"]);
    if let Some(filter) = filter {
        wasm_pack.args(["--", filter]);
    }
    process::run(&mut wasm_pack)
}

/// `tests/e2e/*.test.mjs`, two at a time: a page keeps little more than one processor busy. The
/// limit, in milliseconds, is one of a whole file: a page that hangs shall not hang its tests.
fn end_to_end_tests(workspace: &Workspace, filter: Option<&str>) -> Result {
    let files = workspace.files_ending("tests/e2e", ".test.mjs");
    if files.is_empty() {
        return Err(nothing_to_test("tests/e2e/*.test.mjs"));
    }
    // What the page saves is compared with what the runner writes.
    process::run(workspace.cargo().args(["build", "--quiet", "-p", "fayasm"]))?;
    let mut node = browser_script(workspace)?;
    node.args(["--test", "--test-concurrency=2", "--test-reporter=spec", "--test-timeout=300000"]);
    if let Some(filter) = filter {
        node.arg(format!("--test-name-pattern={filter}"));
    }
    process::run(node.args(files))
}

/// Node, told where the browser (`CHROME`) and the built page (`FAYASM_DIST`) are.
pub(crate) fn browser_script(workspace: &Workspace) -> Result<Command> {
    let mut node = workspace.command("node");
    node.env("CHROME", Browser::find()?.chrome).env("FAYASM_DIST", workspace.dist());
    Ok(node)
}

fn nothing_to_test(pattern: &str) -> Failure {
    Failure::new(format!("there is nothing to test: no file matches {pattern}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(named: &[Phase], filter: Option<&str>) -> Vec<Phase> {
        Selection::new(named, filter.map(str::to_owned)).expect("a valid selection").phases
    }

    #[test]
    fn naming_nothing_selects_every_phase_in_order() {
        assert_eq!(selected(&[], None), Phase::ALL);
    }

    #[test]
    fn named_phases_run_in_their_own_order_and_once() {
        assert_eq!(
            selected(&[Phase::Native, Phase::Fmt, Phase::Native], None),
            [Phase::Fmt, Phase::Native]
        );
    }

    #[test]
    fn the_page_is_built_before_what_reads_it() {
        assert_eq!(selected(&[Phase::E2e], None), [Phase::Page, Phase::E2e]);
        assert_eq!(selected(&[Phase::Weight], None), [Phase::Page, Phase::Weight]);
    }

    #[test]
    fn a_filter_alone_selects_the_phases_that_have_tests_with_names() {
        assert_eq!(
            selected(&[], Some("trap")),
            [
                Phase::Native,
                Phase::Stepper,
                Phase::Microcode,
                Phase::Mixed,
                Phase::Web,
                Phase::Page,
                Phase::E2e
            ]
        );
        assert_eq!(selected(&[Phase::Native], Some("trap")), [Phase::Native]);
    }

    #[test]
    fn a_filter_that_no_selected_phase_can_use_is_refused() {
        // The likely cause is a misspelt phase, which must not pass by doing nothing.
        let failure = Selection::new(&[Phase::Fmt], Some("clipy".into())).expect_err("refused");
        assert!(failure.to_string().contains("`clipy`"), "{failure}");
    }
}
