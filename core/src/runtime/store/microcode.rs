//! How a store's functions are translated to microcode, as embedders handle it.

use alloc::vec::Vec;

use super::{FunctionData, Store};
use crate::config::Translate;
use crate::execute::{Decision, MicrocodeError, MicrocodeStats, Translation};
use crate::runtime::func::Func;
use crate::runtime::instance::Instance;

impl<T> Store<T> {
    /// How far a function is on its way to microcode; none if it is imported, or of another store.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::Func;
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let host = Func::wrap(&mut store, || {})?;
    /// assert_eq!(store.translation(host), None);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn translation(&self, func: Func) -> Option<Translation> {
        let inner = self.inner();
        let address = func.0.index_in(inner.id).ok()?;
        match inner.functions.get(address)? {
            FunctionData::Wasm { instance, index, .. } => {
                Some(inner.tiers.translation(inner.code(), *instance, *index))
            }
            FunctionData::Host { .. } => None,
        }
    }

    /// Sets when functions are translated, in place of what the engine's configuration says. It
    /// may be set between any two instructions: with [`Translate::Never`], the stepper executes
    /// what has been translated as well, until something else is set.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Limit, Outcome, Translate, Translation};
    ///
    /// let wat = r#"(module (func $spin (export "spin") (loop (br 0))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let spin = instance.get_func(&store, "spin").expect("it is exported");
    /// let mut job = Job::new(&store, spin, &[])?;
    /// store.set_translate(Translate::Never);
    /// assert_eq!(store.run(&mut job, 10_000), Outcome::OutOfFuel);
    /// assert!(!matches!(store.translation(spin), Some(Translation::Done { .. })));
    ///
    /// store.set_translate(Translate::Always);
    /// assert_eq!(store.run(&mut job, 10_000), Outcome::OutOfFuel);
    /// assert!(matches!(store.translation(spin), Some(Translation::Done { .. })));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn set_translate(&mut self, translate: Translate) {
        self.inner.translate = translate;
    }

    /// The microcode of an instance's functions that are translated, as bytes, to be stored.
    ///
    /// ```
    /// # use fayasm_core::{Linker, Module, Store};
    /// use fayasm_core::{Config, Engine, Translate, Translation, Why};
    ///
    /// let wat = r#"(module (func (export "f") (param i32) (result i32) (local.get 0)))"#;
    /// let engine = Engine::new(Config::new().with_translate(Translate::Always));
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// instance.get_typed_func::<i32, i32>(&store, "f")?.call(&mut store, 7)?;
    /// let stored = store.save_microcode(instance)?;
    ///
    /// let mut store = Store::new(&engine, ());
    /// let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// assert_eq!(store.load_microcode(instance, &stored)?, 1);
    /// let f = instance.get_func(&store, "f").expect("it is exported");
    /// assert!(matches!(store.translation(f), Some(Translation::Done { why: Why::Stored, .. })));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`MicrocodeError::ForeignHandle`], [`MicrocodeError::OutOfMemory`]
    pub fn save_microcode(&self, instance: Instance) -> Result<Vec<u8>, MicrocodeError> {
        instance.0.index_in(self.inner.id).map_err(|_| MicrocodeError::ForeignHandle)?;
        self.inner.tiers.save(self.inner.code(), instance.0.index)
    }

    /// Translates the functions of which these bytes are the microcode, so that they need not be
    /// executed by the stepper first; says how many there are. The bytes are only compared with
    /// what the functions are translated to: wherever they come from, nothing is executed that
    /// the module does not say.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{EnvelopeError, MicrocodeError};
    ///
    /// let wat = r#"(module (func (result i32) (i32.const 7)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let mut stored = module.save_microcode()?;
    /// *stored.last_mut().expect("it holds a function") ^= 1;
    /// let error = store.load_microcode(instance, &stored).unwrap_err();
    /// assert_eq!(error, MicrocodeError::Envelope(EnvelopeError::BodyChecksum));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What is not as it was saved, or not as it would be saved here: then nothing changes.
    pub fn load_microcode(
        &mut self,
        instance: Instance,
        stored: &[u8],
    ) -> Result<usize, MicrocodeError> {
        instance.0.index_in(self.inner.id).map_err(|_| MicrocodeError::ForeignHandle)?;
        self.inner.limit_microcode();
        let world = self.inner.world();
        world.tiers.load(world.code, instance.0.index, stored)
    }

    /// Drops all microcode, so that what it takes is free. Functions are executed by the stepper
    /// until they are translated again.
    ///
    /// ```
    /// # use fayasm_core::{Linker, Module, Store};
    /// use fayasm_core::{Config, Engine, Translate};
    ///
    /// # let wat = r#"(module (func (export "f") (nop)))"#;
    /// let engine = Engine::new(Config::new().with_translate(Translate::Always));
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let f = instance.get_typed_func::<(), ()>(&store, "f")?;
    /// f.call(&mut store, ())?;
    /// store.drop_microcode();
    /// f.call(&mut store, ())?;
    /// let stats = store.microcode_stats();
    /// assert_eq!((stats.translations, stats.evictions), (2, 1));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn drop_microcode(&mut self) {
        self.inner.tiers.clear();
    }

    /// How functions have been executed, and what their microcode takes.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// let store = Store::new(&Engine::default(), ());
    /// assert_eq!(store.microcode_stats().budget, store.engine().config().planner().budget());
    /// ```
    #[must_use]
    pub fn microcode_stats(&self) -> MicrocodeStats {
        self.inner.tiers.stats()
    }

    /// What was decided about translating functions, the last some dozen times.
    ///
    /// ```
    /// # use fayasm_core::{Linker, Module, Store};
    /// use fayasm_core::{Config, Engine, Planner, Prescan, Verdict, Why};
    ///
    /// let wat = r#"(module (func (export "f") (nop)))"#;
    /// let planner = Planner { prescan: Prescan::On, ..Planner::default() };
    /// let engine = Engine::new(Config::new().with_planner(planner));
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let decision = store.decisions().next().expect("it was translated ahead");
    /// assert_eq!(Some(decision.func), instance.get_func(&store, "f"));
    /// assert!(matches!(decision.verdict, Verdict::Translated { why: Why::Ahead, .. }));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn decisions(&self) -> impl Iterator<Item = Decision> {
        let inner = self.inner();
        inner.tiers.decisions().filter_map(|decided| {
            let functions = &inner.instances.get(decided.place.instance as usize)?.functions;
            let address = *functions.get(decided.place.function as usize)?;
            let func = Func(inner.stored(address));
            Some(Decision { func, at: decided.at, verdict: decided.verdict })
        })
    }
}
