//! What a board should say of a call: what this machine finds.

use std::error::Error;
use std::fmt::Display;

use fayasm_core::timeline::state_hash;
use fayasm_core::{Config, Engine, Job, Linker, Module, Outcome, Store, StoreLimits, Val};
use fayasm_fixtures::{Call, host};

use crate::task::Settings;

/// Values with their types, each behind a space.
pub(crate) fn typed<V: Display>(values: &[V]) -> String {
    values.iter().map(|value| format!(" {value}")).collect()
}

/// The lines that a board should print between `call` and what the call took.
///
/// # Errors
///
/// The sample cannot be called.
pub(crate) fn lines(
    module: &fayasm_fixtures::Module,
    call: &Call,
    settings: Settings,
) -> Result<Vec<String>, Box<dyn Error>> {
    let engine = Engine::new(Config::new().with_translate(settings.translate));
    let compiled = Module::new(&engine, module.bytes().unwrap_or_default())?;
    let mut store = Store::new(&engine, ());
    store.set_limits(StoreLimits::new().with_heap_bytes(settings.objects));
    let mut linker = Linker::new(&engine);
    host::link(&mut linker, &mut store)?;
    let instance = linker.instantiate(&mut store, &compiled)?;
    let func = instance.get_func(&store, &call.export).ok_or("it is not exported")?;
    let arguments: Vec<Val> =
        call.args.iter().filter_map(|value| value.to_string().parse().ok()).collect();
    let mut job = Job::new(&store, func, &arguments)?;
    let mut lines = Vec::new();
    let outcome = run(&mut store, &mut job, settings, &mut lines);
    lines.push(match &outcome {
        Outcome::Done => {
            let results = job.results(&store).unwrap_or_default();
            let results: Vec<_> =
                results.iter().map(|value| format!("{}:{value}", value.ty())).collect();
            format!("done{}", typed(&results))
        }
        Outcome::Trapped(trap) => format!("trapped {trap}"),
        _ => "stopped".to_owned(),
    });
    lines.push(format!("executed {}", job.executed()));
    lines.push(format!("hash {:016x}", state_hash(&store, &job)));
    Ok(lines)
}

/// Runs with as many hashes as are wanted; one of the last state as well.
fn run(
    store: &mut Store<()>,
    job: &mut Job,
    settings: Settings,
    rows: &mut Vec<String>,
) -> Outcome {
    let Some(every) = settings.hashes else { return store.run(job, settings.fuel) };
    let mut row = |store: &Store<()>, job: &Job| {
        let (executed, hash) = (job.executed(), state_hash(store, job));
        rows.push(format!("{{\"executed\":{executed},\"hash\":\"{hash:016x}\"}}"));
    };
    loop {
        row(store, job);
        let left = settings.fuel - job.executed();
        let outcome = store.run(job, every.min(left));
        if outcome != Outcome::OutOfFuel || job.executed() == settings.fuel {
            row(store, job);
            return outcome;
        }
    }
}
