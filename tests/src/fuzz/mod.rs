//! Fuzzing: modules made at random, numbered, so that each can be made again.
//!
//! Checked of each: the engine and `wasmparser` accept or refuse it and its
//! [mutants](mutate); its listing is written; what it [does](plan) is what
//! `wasmi` does ([`theirs`]); and what it does as microcode, in both tiers by
//! turns, in slices of any length between which all is saved, lost and loaded again,
//! or going back and forth on a timeline, is what it does in the stepper at once ([`ours`]);
//! and it stops at breakpoints where it should ([`stops`]). States that were made up from
//! saved ones are refused, or can be executed.

pub mod generate;
pub mod mutate;
pub mod ours;
pub mod plan;
pub mod stops;
pub mod theirs;

use std::ops::AddAssign;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fayasm_core::decode;
use fayasm_core::module::{Declarations, NameIndex, Names};
use fayasm_core::text::{Disassembly, dump};
use fayasm_core::{Config, Engine, Module, Paging, Planner, Policy, Probe, Translate};

use crate::oracle;
use crate::random::Random;
use ours::Manner;
use plan::{End, Plan};

/// How many changed by bytes, and how many by `wasm-mutate`, a module has of each.
const MUTANTS: usize = 3;

/// One module of so many is run with few pages of memory in RAM as well.
const PAGED: u64 = 3;

/// One module of so many is run within a budget as well.
const BUDGETS: u64 = 4;

/// What was looked at.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Modules that were judged, mutants included.
    pub modules: u64,
    /// Of them, those that both judges accepted.
    pub valid: u64,
    /// Modules run in both engines.
    pub compared: u64,
    /// Of them, those of which something could not be compared: an engine
    /// reached a limit of its own.
    pub cut_short: u64,
    /// Calls that came to the same end in both engines.
    pub calls: u64,
    /// Of them, those that trapped.
    pub traps: u64,
    /// Calls made at once, in slices, and going back and forth on a timeline.
    pub sliced: u64,
    /// How often such a call has gone back.
    pub walks: u64,
    /// How often it has stopped at breakpoints.
    pub stops: u64,
    /// How often microcode has made room for other.
    pub evictions: u64,
    /// How often all there was has been saved, lost and loaded again.
    pub loads: u64,
    /// States that were accepted and executed though nobody had saved them.
    pub mutants: u64,
    /// Modules for which a budget was too little.
    pub over_budget: u64,
    /// How often pages have come into RAM.
    pub page_faults: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.modules += other.modules;
        self.valid += other.valid;
        self.compared += other.compared;
        self.cut_short += other.cut_short;
        self.calls += other.calls;
        self.traps += other.traps;
        self.sliced += other.sliced;
        self.walks += other.walks;
        self.stops += other.stops;
        self.evictions += other.evictions;
        self.loads += other.loads;
        self.mutants += other.mutants;
        self.over_budget += other.over_budget;
        self.page_faults += other.page_faults;
    }
}

/// A module of which something is not as it should be.
#[derive(Debug)]
pub struct Difference {
    /// The module.
    pub module: Vec<u8>,
    /// What differs.
    pub what: String,
}

/// What the check of one number came to.
#[derive(Debug, Default)]
pub struct Findings {
    /// What was looked at.
    pub counts: Counts,
    /// What is wrong.
    pub differences: Vec<Difference>,
}

/// Makes the module of this number, and checks it and its mutants.
#[must_use]
pub fn check(seed: u64, number: u64) -> Findings {
    let mut random = Random::new(seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    // Numbers that begin at neighbouring seeds would be the same, moved by one.
    let mut random = Random::new(random.next_u64());
    let mut findings = Findings::default();
    let (module, profile) = generate::module(&mut random, number);
    findings.examine(&module, profile.is_common(), &mut random);
    for _ in 0..MUTANTS {
        let mutant = mutate::bytes(&module, &mut random);
        findings.examine(&mutant, false, &mut random);
        if let Some(mutant) = mutate::structure(&module, &mut random) {
            findings.examine(&mutant, profile.is_common(), &mut random);
        }
    }
    findings
}

impl Findings {
    /// Checks one module; runs it in both engines if both know all it may use.
    fn examine(&mut self, module: &[u8], common: bool, random: &mut Random) {
        let seed = random.next_u64();
        let mut counts = Counts { modules: 1, ..Counts::default() };
        let examined = catch_unwind(AssertUnwindSafe(|| {
            examine(module, common, &mut Random::new(seed), &mut counts)
        }));
        self.counts += counts;
        let what = match examined {
            Ok(Ok(())) => return,
            Ok(Err(what)) => what,
            Err(panic) => format!("panic: {}", message(&*panic)),
        };
        self.differences.push(Difference { module: module.to_vec(), what });
    }
}

/// What a panic says.
fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without words")
}

fn examine(
    bytes: &[u8],
    common: bool,
    random: &mut Random,
    counts: &mut Counts,
) -> Result<(), String> {
    let engine = Engine::new(Config::new().with_translate(Translate::Never));
    if let Some(what) = oracle::disagreement(&engine, bytes) {
        return Err(what);
    }
    list(bytes);
    let Ok(module) = Module::new(&engine, bytes) else { return Ok(()) };
    counts.valid += 1;
    let mut plan = Plan::new(&module, random);
    let in_tier = |tier, planner| {
        let engine = Engine::new(Config::new().with_translate(tier).with_planner(planner));
        Module::new(&engine, bytes).map_err(|error| error.to_string())
    };
    let translated = in_tier(Translate::Always, Planner::default())?;
    let mixed = in_tier(Translate::Mixed, cramped(plan.seed))?;
    let at_once = ours::run(&module, &plan, Manner::AtOnce)?;
    let as_microcode = ours::run(&translated, &plan, Manner::AtOnce)?;
    let in_both = ours::run(&mixed, &plan, Manner::AtOnce)?;
    let mut slices = random.clone();
    let in_slices = ours::run(&module, &plan, Manner::InSlices(&mut slices.clone()))?;
    let sliced = ours::run(&translated, &plan, Manner::InSlices(&mut slices.clone()))?;
    let on_timeline = ours::run(&mixed, &plan, Manner::OnTimeline(&mut slices, random))?;
    counts.sliced += at_once.steps.len() as u64;
    counts.walks += on_timeline.walks;
    counts.stops += on_timeline.stops;
    counts.loads += in_slices.loads + sliced.loads;
    counts.mutants += in_slices.mutants + sliced.mutants;
    counts.evictions += in_both.evictions + on_timeline.evictions;
    plan::same("at once", &at_once, "as microcode", &as_microcode)?;
    plan::same("at once", &at_once, "in both tiers", &in_both)?;
    plan::same("at once", &at_once, "in slices", &in_slices)?;
    plan::same("at once", &at_once, "in slices as microcode", &sliced)?;
    plan::same("at once", &at_once, "on a timeline", &on_timeline)?;
    if in_slices.states != sliced.states {
        return Err("a state of microcode is another than that of the stepper".to_owned());
    }
    if in_slices.states != on_timeline.states {
        return Err("a state on a timeline is another than without".to_owned());
    }
    if common {
        compare(bytes, &plan, &at_once, counts)?;
    }
    if plan.seed.is_multiple_of(PAGED) {
        let policy = Policy::ALL[(plan.seed / PAGED % 4) as usize];
        let frames = 2 + (plan.seed / PAGED / 4 % 4) as u32;
        plan.paging = Some(Paging::new(frames).with_policy(policy).kept());
        let [stepped, in_microcode, in_both] =
            [&module, &translated, &mixed].map(|module| ours::run(module, &plan, Manner::AtOnce));
        let (stepped, in_microcode, in_both) = (stepped?, in_microcode?, in_both?);
        counts.page_faults += stepped.paging.faults();
        plan::same("at once", &at_once, "by pages", &stepped)?;
        plan::same("at once", &at_once, "by pages as microcode", &in_microcode)?;
        plan::same("at once", &at_once, "by pages in both tiers", &in_both)?;
        if stepped.paging != in_microcode.paging || stepped.paging != in_both.paging {
            return Err("pages come and go otherwise in another tier".to_owned());
        }
        let [mut slices, mut ways] = [random.clone(), random.clone()];
        let sliced = ours::run(&translated, &plan, Manner::InSlices(&mut slices.clone()))?;
        let on_timeline = ours::run(&mixed, &plan, Manner::OnTimeline(&mut slices, &mut ways))?;
        plan::same("at once", &at_once, "by pages in slices", &sliced)?;
        plan::same("at once", &at_once, "by pages on a timeline", &on_timeline)?;
        if sliced.states != on_timeline.states {
            return Err("a state on a timeline is another than without, by pages".to_owned());
        }
    }
    if !plan.seed.is_multiple_of(BUDGETS) {
        return Ok(());
    }
    // Less than it took, or hardly more.
    let budget = Some(at_once.peak * (64 + plan.seed / BUDGETS % 72) / 128);
    plan.budget = budget;
    let [stepped, in_microcode, in_both] =
        [&module, &translated, &mixed].map(|module| ours::run(module, &plan, Manner::AtOnce));
    let stepped = stepped?;
    counts.over_budget += u64::from(stepped.steps.iter().any(|step| step.end == End::Limit));
    plan::same("within a budget", &stepped, "as microcode", &in_microcode?)?;
    plan::same("within a budget", &stepped, "in both tiers", &in_both?)?;
    for module in [&module, &mixed] {
        let [mut slices, mut ways] = [random.clone(), random.clone()];
        let on_timeline = ours::run(module, &plan, Manner::OnTimeline(&mut slices, &mut ways))?;
        plan::same("within a budget", &stepped, "on a timeline", &on_timeline)?;
    }
    Ok(())
}

/// Settings that leave so little room for microcode that functions come and go.
fn cramped(seed: u64) -> Planner {
    let ram = 1000 + seed % 6000;
    let probe = Probe { ram, cpus: 1 };
    Planner { probe, gate: Some(true), cache_share: 1000, ..Planner::default() }
}

/// Decodes without validating, and writes the listing of what there is.
fn list(bytes: &[u8]) {
    let mut all = Declarations::default();
    // Whatever came before an error is listed.
    let _ = decode::module(bytes, &Config::default(), &mut all, None, &mut decode::Unchecked);
    let mut listing = String::new();
    let index = NameIndex::new(bytes, &all);
    let text = Disassembly::new(&all, Names::new(bytes, &all, &index));
    dump(&mut listing, text, true).expect("a string takes everything");
}

/// Runs a module in the other engine as well.
fn compare(bytes: &[u8], plan: &Plan, ours: &plan::Run, counts: &mut Counts) -> Result<(), String> {
    let Some(theirs) = theirs::run(bytes, plan) else { return Ok(()) };
    counts.compared += 1;
    for (index, (our, their)) in ours.steps.iter().zip(&theirs.steps).enumerate() {
        if [&our.end, &their.end].iter().any(|end| matches!(end, End::Limit | End::OutOfFuel)) {
            counts.cut_short += 1;
            return Ok(());
        }
        counts.calls += 1;
        counts.traps += u64::from(matches!(our.end, End::Trapped(_)));
        if (&our.end, &our.state) != (&their.end, &their.state) {
            let call = plan.describe(index);
            return Err(format!("{call}\n  fayasm: {our:?}\n  wasmi:  {their:?}"));
        }
    }
    match ours.steps.len() == theirs.steps.len() {
        true => Ok(()),
        false => Err("one engine instantiates what the other does not".to_owned()),
    }
}
