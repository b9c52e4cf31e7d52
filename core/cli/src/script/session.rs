//! Carrying out directives: the state that they share, and what each does.

use std::collections::HashMap;

use fayasm_core::{
    Engine, Error, Extern, ExternKind, Func, FunctionTrap, Instance, InstantiationError, Linker,
    Module, Store, Val,
};
use wast::token::Id;
use wast::{QuoteWat, WastDirective, WastExecute, WastInvoke, Wat};

use super::pages::Pages;
use super::pause::Pauses;
use super::{Settings, spectest, values};

/// Why a directive failed, in words.
pub(super) type Result<T = ()> = std::result::Result<T, String>;

/// What a call or an instantiation ends with: results, or the trap's words.
type Ending = std::result::Result<Vec<Val>, String>;

/// The state that a script's directives share.
pub(super) struct Session {
    engine: Engine,
    store: Store<()>,
    linker: Linker<()>,
    fuel: Option<u64>,
    pauses: Option<Pauses>,
    evicting: bool,
    last: Option<Instance>,
    named: HashMap<String, Instance>,
    definitions: HashMap<Option<String>, Module>,
    /// Where pages of memories are that are not in RAM.
    pages: Pages,
}

impl Session {
    pub(super) fn new(settings: &Settings) -> Result<Self> {
        let engine = Engine::new(settings.config.clone());
        let mut store = Store::new(&engine, ());
        store.set_paging(settings.paging);
        let mut linker = Linker::new(&engine);
        spectest::link(&mut linker, &mut store)
            .map_err(|error| format!("the module `spectest` cannot be made: {error}"))?;
        Ok(Session {
            engine,
            store,
            linker,
            fuel: settings.fuel,
            pauses: settings.pauses.map(Pauses::new),
            evicting: settings.evicting,
            last: None,
            named: HashMap::new(),
            definitions: HashMap::new(),
            pages: Pages::new()?,
        })
    }

    pub(super) fn directive(&mut self, directive: WastDirective<'_>) -> Result {
        use WastDirective as D;
        self.store.set_fuel(self.fuel);
        match directive {
            D::Module(mut module) => {
                let name = name(module.name());
                let module = self.compile(&mut module)?;
                self.instantiate(name, &module)
            }
            D::ModuleDefinition(mut module) => {
                let name = name(module.name());
                let module = self.compile(&mut module)?;
                self.definitions.insert(name, module.clone());
                self.definitions.insert(None, module);
                Ok(())
            }
            D::ModuleInstance { instance, module, .. } => {
                let definition = self.definitions.get(&name(module)).cloned();
                self.instantiate(name(instance), &definition.ok_or("there is no such definition")?)
            }
            D::Register { name, module, .. } => {
                let instance = self.instance(module)?;
                self.linker.instance(name, instance);
                Ok(())
            }
            D::AssertMalformed { module, .. }
            | D::AssertInvalid { module, .. }
            | D::AssertMalformedCustom { module, .. }
            | D::AssertInvalidCustom { module, .. } => self.is_refused(module),
            D::AssertUnlinkable { module, .. } => self.is_unlinkable(module),
            D::Invoke(call) => self.invoke(&call)?.map(|_| ()),
            D::AssertReturn { exec, results, .. } => {
                let found = self.execute(exec)?.map_err(|trap| format!("traps: {trap}"))?;
                match values::accept(&self.store, &results, &found)? {
                    true => Ok(()),
                    false => Err(format!(
                        "gives {}, should give {}",
                        values::found(&found),
                        values::expected(&results)
                    )),
                }
            }
            D::AssertTrap { exec, message, .. } => traps_with(self.execute(exec)?, message),
            D::AssertExhaustion { call, message, .. } => traps_with(self.invoke(&call)?, message),
            D::AssertException { exec, .. } => match self.execute(exec)? {
                Ok(found) => Err(format!("gives {}, should throw", values::found(&found))),
                Err(trap) if trap == "uncaught exception" => Ok(()),
                Err(trap) => Err(format!("traps with {trap:?}, should throw")),
            },
            D::AssertSuspension { .. } => Err("suspensions are not supported".to_owned()),
            D::Thread(_) | D::Wait { .. } => {
                Err("a script's own threads are not supported".to_owned())
            }
        }
    }

    fn compile(&self, module: &mut QuoteWat<'_>) -> Result<Module> {
        let bytes = module.encode().map_err(|error| error.message())?;
        Module::new(&self.engine, bytes).map_err(|error| error.to_string())
    }

    fn is_refused(&self, mut module: QuoteWat<'_>) -> Result {
        match self.compile(&mut module) {
            Ok(_) => Err("the module is accepted".to_owned()),
            Err(_) => Ok(()),
        }
    }

    fn is_unlinkable(&mut self, module: Wat<'_>) -> Result {
        let module = self.compile(&mut QuoteWat::Wat(module))?;
        match self.pages.instantiate(&self.linker, &mut self.store, &module) {
            Ok(_) => Err("the module is linked".to_owned()),
            Err(error) => match error.trap_kind() {
                Some(kind) => Err(format!("traps with \"{kind}\", should not link")),
                None => Ok(()),
            },
        }
    }

    fn instantiate(&mut self, name: Option<String>, module: &Module) -> Result {
        let instance = self.pages.instantiate(&self.linker, &mut self.store, module);
        let instance = instance.map_err(|error| error.to_string())?;
        if self.evicting {
            self.pause_at_calls(instance).map_err(|error| error.to_string())?;
        }
        self.last = Some(instance);
        if let Some(name) = name {
            self.named.insert(name, instance);
        }
        Ok(())
    }

    /// Has calls of an instance's functions paused, at which microcode is dropped.
    fn pause_at_calls(&mut self, instance: Instance) -> std::result::Result<(), Error> {
        let all = (0..).map_while(|index| instance.get_index(&self.store, ExternKind::Func, index));
        let all: Vec<Func> = all.filter_map(Extern::into_func).collect();
        let pause = Some(FunctionTrap::Pause);
        all.into_iter().try_for_each(|func| self.store.set_function_trap(func, pause))
    }

    fn instance(&self, id: Option<Id<'_>>) -> Result<Instance> {
        match id {
            Some(id) => {
                let named = self.named.get(id.name()).copied();
                named.ok_or_else(|| format!("there is no instance ${}", id.name()))
            }
            None => self.last.ok_or_else(|| "no module is instantiated".to_owned()),
        }
    }

    /// Executes; the outer error says that something other than a trap prevents it.
    fn execute(&mut self, exec: WastExecute<'_>) -> Result<Ending> {
        match exec {
            WastExecute::Invoke(call) => self.invoke(&call),
            WastExecute::Wat(module) => {
                let module = self.compile(&mut QuoteWat::Wat(module))?;
                match self.pages.instantiate(&self.linker, &mut self.store, &module) {
                    Ok(_) => Ok(Ok(Vec::new())),
                    Err(error) => trap_words(&error).map(Err),
                }
            }
            WastExecute::Get { module, global, .. } => {
                let instance = self.instance(module)?;
                let found = instance.get_global(&self.store, global);
                let found = found.ok_or_else(|| format!("no global is exported as {global:?}"))?;
                Ok(Ok(vec![found.get(&self.store).map_err(|error| error.to_string())?]))
            }
        }
    }

    fn invoke(&mut self, call: &WastInvoke<'_>) -> Result<Ending> {
        let instance = self.instance(call.module)?;
        let function = instance
            .get_func(&self.store, call.name)
            .ok_or_else(|| format!("no function is exported as {:?}", call.name))?;
        let arguments = call
            .args
            .iter()
            .map(|argument| values::argument(&self.store, argument))
            .collect::<Result<Vec<_>>>()?;
        let called = match &mut self.pauses {
            Some(pauses) => pauses.call(&mut self.store, instance, function, &arguments),
            None => self.pages.call(&mut self.store, function, &arguments),
        };
        match called {
            Ok(results) => Ok(Ok(results)),
            Err(Error::Trap(trap)) => Ok(Err(trap.kind().to_string())),
            Err(other) => Err(other.to_string()),
        }
    }
}

fn name(id: Option<Id<'_>>) -> Option<String> {
    id.map(|id| id.name().to_owned())
}

/// The words of the trap that ended an instantiation, if one did.
fn trap_words(error: &InstantiationError) -> Result<String> {
    match error.trap_kind() {
        Some(kind) => Ok(kind.to_string()),
        None => Err(error.to_string()),
    }
}

/// Traps begin with the suite's own words.
fn traps_with(ending: Ending, message: &str) -> Result {
    match ending {
        Err(trap) if trap.starts_with(message) => Ok(()),
        Err(trap) => Err(format!("traps with {trap:?}, should trap with {message:?}")),
        Ok(found) => Err(format!("gives {}, should trap with {message:?}", values::found(&found))),
    }
}
