//! A plan, carried out by the engine.

use fayasm_core::timeline::{Settings, Timeline, TimelineError, state_hash};
use fayasm_core::{
    Caller, Contents, Error, Extern, ExternType, Func, FuncType, Global, HostError, Instance,
    InstantiationError, Job, Memory, Module, Outcome, Store, StoreLimits, Table, Tag, Trap,
    TrapKind, Val,
};

use super::plan::{End, Kind, Plan, Run, Seen, State, Step};
use super::{plan, stops};
use crate::random::Random;

/// Instructions that a call may execute.
const FUEL: u64 = 300_000;

/// Structures, arrays and exceptions take no more.
const HEAP_BYTES: u64 = 1 << 20;

/// Instructions between two snapshots of a timeline: few, so that there are many.
const INTERVAL: u64 = 40;

/// Of the states that a call goes through, so many are compared.
const STATES: usize = 24;

/// So often all there is is lost in a call.
const LOSSES: usize = 6;

/// How many calls of host functions there were.
type Calls = u64;

/// How calls are carried out.
#[derive(Debug)]
pub enum Manner<'r> {
    /// Each at once.
    AtOnce,
    /// In slices of lengths taken at random, with microcode that was stored; between some of them,
    /// all there is is saved, lost and loaded again.
    InSlices(&'r mut Random),
    /// In such slices, on a timeline, going back and forth in between as the
    /// other random numbers say.
    OnTimeline(&'r mut Random, &'r mut Random),
}

/// Carries out a plan.
///
/// # Errors
///
/// What should not happen whatever the module is.
pub fn run(module: &Module, plan: &Plan, manner: Manner<'_>) -> Result<Run, String> {
    let mut store: Store<Calls> = Store::new(module.engine(), 0);
    store.set_limits(
        StoreLimits::new()
            .with_memory_bytes(plan::MEMORY_BYTES as u64)
            .with_table_elements(plan::TABLE_ELEMENTS as u64)
            .with_heap_bytes(HEAP_BYTES)
            .with_budget(plan.budget),
    );
    store.set_paging(plan.paging);
    let mut driver = Driver { store, manner, run: Run::default() };
    let Some(imports) = driver.imports(module, plan.seed) else { return Ok(driver.run) };
    let instance = match Instance::new_without_start(&mut driver.store, module, &imports) {
        Ok(instance) => instance,
        // Types of what the host has are final, and in no group with others.
        Err(InstantiationError::ImportType { .. }) => return Ok(driver.run),
        Err(error) => {
            let end = not_instantiated(&error)?;
            driver.run.steps.push(Step { end, state: State::default(), executed: None });
            return Ok(driver.run);
        }
    };
    if matches!(driver.manner, Manner::InSlices(_)) {
        let stored = module.save_microcode().map_err(|error| error.to_string())?;
        let loaded = driver.store.load_microcode(instance, &stored);
        loaded.map_err(|error| format!("stored microcode is refused: {error}"))?;
    }
    if !driver.start(instance, plan)? {
        return Ok(driver.run);
    }
    for call in &plan.calls {
        let func = instance.get_func(&driver.store, &call.export);
        let func = func.ok_or("an exported function is not found")?;
        let step = driver.call(func, &call.arguments, instance, plan)?;
        driver.run.steps.push(step);
    }
    driver.run.paging = driver.store.paging_stats();
    driver.run.peak = driver.store.peak().ledger.total();
    driver.run.evictions = driver.store.microcode_stats().evictions;
    Ok(driver.run)
}

struct Driver<'r> {
    store: Store<Calls>,
    manner: Manner<'r>,
    run: Run,
}

impl Driver<'_> {
    /// What a module wants to import; none if something of that kind cannot be made.
    fn imports(&mut self, module: &Module, seed: u64) -> Option<Vec<Extern>> {
        let mut random = Random::new(seed);
        module.imports().map(|(_, ty)| self.import(ty, &mut random)).collect()
    }

    fn import(&mut self, ty: ExternType, random: &mut Random) -> Option<Extern> {
        let store = &mut self.store;
        Some(match ty {
            ExternType::Func(ty) => Extern::Func(host(store, ty)?),
            ExternType::Table(ty) => {
                let init = Val::default_for(fayasm_core::ValType::Ref(ty.element));
                Extern::Table(Table::new(store, ty, init).ok()?)
            }
            ExternType::Memory(ty) => Extern::Memory(Memory::new(store, ty).ok()?),
            ExternType::Global(ty) => {
                Extern::Global(Global::new(store, ty, plan::value(ty.content, random)?).ok()?)
            }
            ExternType::Tag(ty) => Extern::Tag(Tag::new(store, ty).ok()?),
        })
    }

    /// Runs the start function, if there is one; says whether to go on.
    fn start(&mut self, instance: Instance, plan: &Plan) -> Result<bool, String> {
        let mut step = match instance.start_function(&self.store) {
            Some(start) => self.call(start, &[], instance, plan)?,
            None => {
                let state = self.state(instance, plan)?;
                Step { end: End::Returned(vec![]), state, executed: None }
            }
        };
        let started = matches!(step.end, End::Returned(_));
        if !started {
            // The other engine gives no instance then.
            step.state = State::default();
        }
        self.run.steps.push(step);
        Ok(started)
    }

    fn call(
        &mut self,
        func: Func,
        arguments: &[Val],
        instance: Instance,
        plan: &Plan,
    ) -> Result<Step, String> {
        let mut job = match Job::new(&self.store, func, arguments) {
            Ok(job) => job,
            Err(Error::Trap(trap)) => {
                let state = self.state(instance, plan)?;
                return Ok(Step { end: trapped(&trap), state, executed: None });
            }
            Err(error) => return Err(format!("a call is refused: {error}")),
        };
        if let Manner::OnTimeline(slices, walk) = &mut self.manner {
            job = walk_in(&mut self.store, job, slices, walk, &mut self.run)?;
        }
        let mut states = Vec::new();
        let mut losses = 0;
        let first = match self.manner {
            Manner::InSlices(_) => self.save(&job)?,
            _ => Vec::new(),
        };
        let end = loop {
            let left = FUEL - job.executed();
            let slice = match &mut self.manner {
                Manner::InSlices(random) => slice(random).min(left),
                _ => left,
            };
            let outcome = self.store.run(&mut job, slice);
            if matches!(self.manner, Manner::InSlices(_)) {
                note_state(&mut states, &self.store, &job);
                // Not taken from the random numbers, of which slices are made.
                let is_due = losses < LOSSES && job.executed().is_multiple_of(3);
                if is_due && job.trapped().is_none() {
                    losses += 1;
                    job = self.lose_and_load(&job, &first, instance, plan)?;
                }
            }
            match outcome {
                Outcome::Done => {
                    let results = job.results(&self.store).ok_or("no results")?;
                    break End::Returned(results.iter().map(|val| seen(*val)).collect());
                }
                Outcome::Trapped(trap) => break trapped(&trap),
                Outcome::OutOfFuel if job.executed() >= FUEL => break End::OutOfFuel,
                Outcome::OutOfFuel => {}
                other => return Err(format!("nothing asked for {other:?}")),
            }
        };
        self.run.states.append(&mut states);
        let state = self.state(instance, plan)?;
        Ok(Step { end, state, executed: Some(job.executed()) })
    }

    fn save(&self, job: &Job) -> Result<Vec<u8>, String> {
        let state = self.store.save_state(job, Contents::Included);
        state.map_err(|error| format!("a state cannot be saved: {error}"))
    }

    /// Saves all there is, changes it, and loads it again; before that, something like it that
    /// cannot have been saved.
    fn lose_and_load(
        &mut self,
        job: &Job,
        first: &[u8],
        instance: Instance,
        plan: &Plan,
    ) -> Result<Job, String> {
        let (state, calls) = (self.save(job)?, *self.store.data());
        let hash = state_hash(&self.store, job);
        let mut random = Random::new(plan.seed ^ job.executed());
        for _ in 0..4 {
            let mut changed = state.clone();
            for _ in 0..=random.below(2) {
                let at = random.below(changed.len());
                match random.below(3) {
                    0 => changed[at] ^= 1 << random.below(8),
                    1 => changed[at] = random.byte() % 12,
                    _ => changed[at] = state[random.below(state.len())],
                }
            }
            // Whatever it is, it can be executed.
            if let Ok(mut job) = self.store.load_state(&changed) {
                self.run.mutants += 1;
                self.store.run(&mut job, 100);
            }
        }
        let refused = |error| format!("a state that was saved is refused: {error}");
        self.store.load_state(first).map_err(refused)?;
        fayasm_script::scramble(&mut self.store, instance);
        let job = self.store.load_state(&state).map_err(refused)?;
        *self.store.data_mut() = calls;
        self.run.loads += 1;
        match state_hash(&self.store, &job) == hash {
            true => Ok(job),
            false => Err("what was loaded is another state than what was saved".to_owned()),
        }
    }

    fn state(&self, instance: Instance, plan: &Plan) -> Result<State, String> {
        let store = &self.store;
        let mut state = State::default();
        for name in &plan.memories {
            let memory =
                instance.get_memory(store, name).ok_or("an exported memory is not found")?;
            let size =
                memory.size(store).map_err(words)? * memory.ty(store).map_err(words)?.page_size();
            // It is no larger than plans allow.
            let mut bytes = vec![0; size as usize];
            memory.read(store, 0, &mut bytes).map_err(words)?;
            state.memories.push(plan::fingerprint_of_bytes(&bytes));
        }
        for name in &plan.globals {
            let global =
                instance.get_global(store, name).ok_or("an exported global is not found")?;
            state.globals.push(seen(global.get(store).map_err(words)?));
        }
        for name in &plan.tables {
            let table = instance.get_table(store, name).ok_or("an exported table is not found")?;
            let size = table.size(store).map_err(words)?;
            let elements = (0..size).map(|index| table.get(store, index).map_or(Seen::Null, seen));
            state.tables.push((size, plan::fingerprint(elements)));
        }
        Ok(state)
    }
}

fn words(error: Error) -> String {
    error.to_string()
}

/// Notes the state of a job, unless there are enough. Of a trap, the state after
/// it counts.
fn note_state(states: &mut Vec<(u64, u64)>, store: &Store<Calls>, job: &Job) {
    states.pop_if(|(at, _)| *at == job.executed());
    if states.len() < STATES {
        states.push((job.executed(), state_hash(store, job)));
    }
}

/// Runs a job on a timeline, goes back and forth in what is known, and leaves
/// it at the end. Notes the states that it first went through.
fn walk_in(
    store: &mut Store<Calls>,
    job: Job,
    slices: &mut Random,
    walk: &mut Random,
    run: &mut Run,
) -> Result<Job, String> {
    let settings = Settings::default().with_interval(INTERVAL).with_bytes(8 << 20);
    let words = |error: TimelineError| error.to_string();
    let mut timeline = Timeline::new(store, job, settings).map_err(words)?;
    let mut states = Vec::new();
    loop {
        let left = FUEL - timeline.job().executed();
        let outcome = timeline.run(store, slice(slices).min(left)).map_err(words)?;
        note_state(&mut states, store, timeline.job());
        let ended = timeline.job().executed() >= FUEL || !outcome.is_running();
        let goes_back = ended || (states.len() < STATES && walk.below(8) == 0);
        let end = timeline.job().executed();
        for _ in 0..if goes_back { 1 + walk.below(4) } else { 0 } {
            let (at, expected) = states[walk.below(states.len())];
            if !timeline.range().contains(&at) {
                continue;
            }
            run.walks += 1;
            timeline.seek(store, at).map_err(words)?;
            let found = state_hash(&*store, timeline.job());
            if found != expected {
                return Err(format!("after {at} instructions the state is another than before"));
            }
            if walk.below(2) == 0 && timeline.step_back(store).is_ok() {
                // No further than it was: there it might trap.
                let known = end - timeline.job().executed();
                timeline.run(store, known.min(walk.below(50) as u64)).map_err(words)?;
            }
        }
        timeline.seek(store, end).map_err(words)?;
        if ended {
            run.stops += stops::check(store, &mut timeline, walk)?;
            run.states.append(&mut states);
            return Ok(timeline.into_job(store));
        }
    }
}

/// Mostly few instructions.
fn slice(random: &mut Random) -> u64 {
    let most = [1, 3, 20, 5000][random.below(4)];
    1 + random.below(most) as u64
}

/// A host function whose answers depend on what it is given.
fn host(store: &mut Store<Calls>, ty: FuncType) -> Option<Func> {
    let results = ty.results().to_vec();
    let function = move |mut caller: Caller<'_, Calls>, arguments: &[Val], room: &mut [Val]| {
        let before = *caller.data();
        *caller.data_mut() = before + 1;
        let arguments = arguments.iter().map(|val| seen(*val));
        let answer = plan::answer(arguments, results.iter().copied(), before);
        room.copy_from_slice(&answer.ok_or_else(|| HostError::from("no such value"))?);
        Ok(())
    };
    Func::new(store, ty, function).ok()
}

fn seen(val: Val) -> Seen {
    match val {
        Val::I32(value) => Seen::I32(value),
        Val::I64(value) => Seen::I64(value),
        Val::F32(bits) => Seen::F32(bits),
        Val::F64(bits) => Seen::F64(bits),
        Val::V128(bits) => Seen::V128(bits),
        Val::ExternRef(Some(reference)) => reference.handle().map_or(Seen::Reference, Seen::Extern),
        Val::FuncRef(None) | Val::ExternRef(None) | Val::AnyRef(None) | Val::ExnRef(None) => {
            Seen::Null
        }
        Val::FuncRef(Some(_)) | Val::AnyRef(Some(_)) | Val::ExnRef(Some(_)) => Seen::Reference,
    }
}

fn not_instantiated(error: &InstantiationError) -> Result<End, String> {
    match (error, error.trap_kind()) {
        (_, Some(kind)) => Ok(ended_by(kind)),
        (
            InstantiationError::Limit { .. }
            | InstantiationError::Budget { .. }
            | InstantiationError::OutOfMemory,
            _,
        ) => Ok(End::Limit),
        _ => Err(format!("not instantiated with what it wants: {error}")),
    }
}

fn trapped(trap: &Trap) -> End {
    ended_by(trap.kind())
}

fn ended_by(kind: &TrapKind) -> End {
    End::Trapped(match kind {
        TrapKind::Unreachable => Kind::Unreachable,
        TrapKind::MemoryOutOfBounds { .. } | TrapKind::DataOutOfBounds { .. } => {
            Kind::MemoryOutOfBounds
        }
        TrapKind::TableOutOfBounds { .. }
        | TrapKind::ElementOutOfBounds { .. }
        | TrapKind::UndefinedElement { .. } => Kind::TableOutOfBounds,
        TrapKind::IndirectCallToNull { .. } => Kind::IndirectCallToNull,
        TrapKind::IndirectCallTypeMismatch(_) => Kind::IndirectCallTypeMismatch,
        TrapKind::IntegerDivideByZero => Kind::IntegerDivideByZero,
        TrapKind::IntegerOverflow => Kind::IntegerOverflow,
        TrapKind::InvalidConversionToInteger => Kind::InvalidConversionToInteger,
        TrapKind::StackExhausted { .. }
        | TrapKind::OutOfMemoryBudget { .. }
        | TrapKind::OverBudget { .. } => return End::Limit,
        TrapKind::OutOfFuel => return End::OutOfFuel,
        _ => Kind::Other,
    })
}
