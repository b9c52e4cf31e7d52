//! Functions that stand in for imports: they trap, return constants, note their
//! calls, or have a person asked for their results.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fayasm_core::{Error, Func, FuncType, HostError, Store, Val, ValType};

use super::bindings::parse;
use crate::protocol::{AskedView, Choice, ErrorView, StateView};
use crate::session::text;

/// Calls that are remembered.
const MAX_NOTED: usize = 100;

/// What became of the calls of a run. Clones share it: a host function must be
/// able to go from one thread to another, so that this is under a lock.
#[derive(Default, Clone)]
pub(in crate::session) struct Calls(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    noted: VecDeque<Noted>,
    /// How many were noted in all.
    total: u64,
    asked: Option<Asked>,
    /// How many were asked about.
    questions: u64,
    answer: Option<Vec<Val>>,
}

struct Noted {
    name: Arc<str>,
    args: Vec<Val>,
    results: Vec<Val>,
}

struct Asked {
    call: String,
    results: Vec<ValType>,
}

impl Calls {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A function of this name and type that does what was chosen.
    pub(in crate::session) fn function<T: 'static>(
        &self,
        store: &mut Store<T>,
        name: &str,
        ty: FuncType,
        choice: Choice,
        constants: Vec<Val>,
    ) -> Result<Func, Error> {
        let (calls, name): (_, Arc<str>) = (self.clone(), name.into());
        let types = ty.results().to_vec();
        Func::new(store, ty, move |_, args, results| {
            let given = match choice {
                Choice::Constant => constants.clone(),
                Choice::Log => calls.note(&name, args, constants.clone()),
                Choice::Ask => calls.ask(&name, args, &types)?,
                Choice::Trap | Choice::Found => {
                    return Err(format!("`{name}` is bound to a function that traps").into());
                }
            };
            for (result, value) in results.iter_mut().zip(given) {
                *result = value;
            }
            Ok(())
        })
    }

    /// Notes a call, and gives back its results.
    fn note(&self, name: &Arc<str>, args: &[Val], results: Vec<Val>) -> Vec<Val> {
        let mut known = self.known();
        if known.noted.len() == MAX_NOTED {
            known.noted.pop_front();
        }
        let noted = Noted { name: name.clone(), args: args.to_vec(), results: results.clone() };
        known.noted.push_back(noted);
        known.total += 1;
        results
    }

    /// The answer to a call, or a stop until there is one.
    fn ask(&self, name: &Arc<str>, args: &[Val], types: &[ValType]) -> Result<Vec<Val>, HostError> {
        let mut known = self.known();
        let Some(answer) = known.answer.take() else {
            if known.asked.is_none() {
                known.questions += 1;
            }
            known.asked = Some(Asked { call: call(name, args), results: types.to_vec() });
            return Err(HostError::Pending);
        };
        known.asked = None;
        drop(known);
        Ok(self.note(name, args, answer))
    }

    /// Nobody waits for an answer any more.
    pub(in crate::session) fn forget_question(&self) {
        let mut known = self.known();
        (known.asked, known.answer) = (None, None);
    }

    /// Whether a person is asked for the results of a call.
    pub(in crate::session) fn asks(&self) -> bool {
        let known = self.known();
        known.asked.is_some() && known.answer.is_none()
    }

    /// Takes the results of the call that is asked about.
    pub(in crate::session) fn answer(&self, texts: &[String]) -> Result<(), ErrorView> {
        let mut known = self.known();
        let Some(asked) = &known.asked else {
            return Err(ErrorView::titled("No call waits for an answer"));
        };
        let types = &asked.results;
        if types.len() != texts.len() {
            return Err(ErrorView::titled(text::values_needed(types.len())));
        }
        let values = parse(types, texts).map_err(|(index, reason)| ErrorView {
            details: vec![reason],
            argument: Some(text::offset(index)),
            ..ErrorView::titled(format!("Result {index} is not of its type"))
        })?;
        known.answer = Some(values);
        Ok(())
    }

    /// Tells a state what became of the calls.
    pub(in crate::session) fn show(&self, state: &mut StateView) {
        let known = self.known();
        state.logged = known.total as f64;
        state.log = known.noted.iter().map(line).collect();
        if known.answer.is_none() {
            state.asked = known.asked.as_ref().map(|asked| AskedView {
                call: asked.call.clone(),
                results: asked.results.iter().map(ToString::to_string).collect(),
                number: known.questions as f64,
            });
        }
    }
}

/// `env.log(7, 1) → 0`.
fn line(noted: &Noted) -> String {
    let call = call(&noted.name, &noted.args);
    match &*noted.results {
        [] => call,
        results => format!("{call} → {}", list(results)),
    }
}

fn call(name: &str, args: &[Val]) -> String {
    format!("{name}({})", list(args))
}

fn list(values: &[Val]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
