//! Settings of an engine.

use crate::operators::Proposal;
use crate::planner::Planner;

/// When a function is translated to microcode, which is executed several times faster than the
/// bytes of the module, and takes memory. What a program does is the same either way. In builds
/// without the feature `microcode`, it never is, whatever is said here.
///
/// ```
/// use fayasm_core::{Config, Engine, Translate};
///
/// let engine = Engine::new(Config::new().with_translate(Translate::Never));
/// assert_eq!(engine.config().translate(), Translate::Never);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Translate {
    /// Never: the stepper executes everything.
    Never,
    /// When it has been executed so much that it is worth it, as the [`Planner`] finds: its second
    /// call at the earliest, or when a loop in it has gone round some dozen times.
    #[default]
    WhenHot,
    /// When it is executed for the first time: for tests. What is executed changes from one to
    /// the other more often than is good for speed.
    Always,
    /// The same, but it also changes at places taken as if at random, the same in every run.
    Mixed,
}

impl Translate {
    /// So many instructions may be executed in a row before it is looked whether to stop.
    const fn straight(self) -> u32 {
        match self {
            Translate::Always => 4,
            Translate::Mixed => 24,
            Translate::Never | Translate::WhenHot => 256,
        }
    }

    /// Whether functions are translated when they are executed for the first time.
    pub(crate) const fn at_once(self) -> bool {
        matches!(self, Translate::Always | Translate::Mixed)
    }
}

/// Settings of an [`Engine`](crate::Engine): which proposals modules may use,
/// and how deep calls may go.
///
/// ```
/// use fayasm_core::{Config, Proposal};
///
/// let mvp_only = Config::new().without(Proposal::BulkMemory).without(Proposal::ReferenceTypes);
/// assert!(!mvp_only.allows(Proposal::BulkMemory));
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    translate: Translate,
    planner: Planner,
    disabled: u32,
    max_call_depth: u32,
    max_stack_slots: u32,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            translate: Translate::default(),
            planner: Planner::default(),
            disabled: 0,
            max_call_depth: 1024,
            max_stack_slots: 1 << 17,
        }
    }
}

impl Config {
    /// All proposals on that are built in, calls up to 1024 deep on a value stack of up to 1 MiB.
    ///
    /// ```
    /// use fayasm_core::Config;
    ///
    /// let config = Config::new();
    /// assert_eq!(config.max_call_depth(), 1024);
    /// assert_eq!(config.max_stack_slots() * 8, 1 << 20);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Config::default()
    }

    /// Refuse modules that need this proposal. WebAssembly 1.0 itself stays on.
    ///
    /// ```
    /// use fayasm_core::{Config, Engine, Module, ModuleErrorKind, Proposal};
    ///
    /// let engine = Engine::new(Config::new().without(Proposal::SignExtension));
    /// let wasm = wat::parse_str("(module (func (drop (i32.extend8_s (i32.const 200)))))")?;
    /// let error = Module::new(&engine, wasm).unwrap_err();
    /// assert_eq!(error.kind(), ModuleErrorKind::Disabled(Proposal::SignExtension));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn without(mut self, proposal: Proposal) -> Self {
        if proposal != Proposal::Mvp {
            self.disabled |= 1 << proposal as u32;
        }
        self
    }

    /// Whether modules may use this proposal.
    ///
    /// ```
    /// use fayasm_core::{Config, Proposal};
    ///
    /// let config = Config::new().without(Proposal::MultiValue).without(Proposal::Mvp);
    /// assert!(!config.allows(Proposal::MultiValue));
    /// assert!(config.allows(Proposal::Mvp));
    /// ```
    #[inline]
    #[must_use]
    pub fn allows(&self, proposal: Proposal) -> bool {
        proposal.is_built_in() && self.disabled & 1 << proposal as u32 == 0
    }

    /// Calls may nest this deep; one more traps.
    ///
    /// ```
    /// # use fayasm_core::{Linker, Module, Store};
    /// use fayasm_core::{Config, Engine, Error, TrapKind};
    ///
    /// let wat = r#"(module (func $f (export "f") (call $f)))"#;
    /// let engine = Engine::new(Config::new().with_max_call_depth(10));
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_typed_func::<(), ()>(&store, "f")?;
    /// let Err(Error::Trap(trap)) = f.call(&mut store, ()) else { panic!("it must trap") };
    /// assert!(matches!(trap.kind(), TrapKind::StackExhausted { calls: 10, slots: None }));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_max_call_depth(mut self, calls: u32) -> Self {
        self.max_call_depth = calls.max(1);
        self
    }

    /// When functions are translated to microcode.
    ///
    /// ```
    /// use fayasm_core::{Config, Translate};
    ///
    /// let config = Config::new().with_translate(Translate::Always);
    /// assert_eq!(config.translate(), Translate::Always);
    /// ```
    #[must_use]
    pub fn with_translate(mut self, translate: Translate) -> Self {
        self.translate = translate;
        self
    }

    /// When functions are translated to microcode.
    ///
    /// ```
    /// use fayasm_core::{Config, Translate};
    ///
    /// assert_eq!(Config::new().translate(), Translate::WhenHot);
    /// ```
    #[must_use]
    pub fn translate(&self) -> Translate {
        self.translate
    }

    /// So many instructions of microcode may be executed in a row before it is looked whether to
    /// stop. It depends on nothing that changes later, as microcode does.
    pub(crate) fn straight(&self) -> u32 {
        self.translate.straight()
    }

    /// When translating a function is worth it, and how much memory microcode may take.
    ///
    /// ```
    /// use fayasm_core::{Config, Planner, Prescan};
    ///
    /// let planner = Planner { prescan: Prescan::On, ..Planner::default() };
    /// assert_eq!(Config::new().with_planner(planner).planner().prescan, Prescan::On);
    /// ```
    #[must_use]
    pub fn with_planner(mut self, planner: Planner) -> Self {
        self.planner = planner;
        self
    }

    /// When translating a function is worth it, and how much memory microcode may take.
    ///
    /// ```
    /// use fayasm_core::{Config, Planner};
    ///
    /// assert_eq!(Config::new().planner(), &Planner::default());
    /// ```
    #[must_use]
    pub fn planner(&self) -> &Planner {
        &self.planner
    }

    /// How deep calls may nest.
    ///
    /// ```
    /// use fayasm_core::Config;
    ///
    /// // There is always room for one call.
    /// assert_eq!(Config::new().with_max_call_depth(0).max_call_depth(), 1);
    /// ```
    #[must_use]
    pub fn max_call_depth(&self) -> u32 {
        self.max_call_depth
    }

    /// The value stack may take this many 64-bit slots; one more traps.
    ///
    /// ```
    /// use fayasm_core::{Config, Engine, Func, Store, Trap, TrapKind};
    ///
    /// let engine = Engine::new(Config::new().with_max_stack_slots(2));
    /// let mut store = Store::new(&engine, ());
    /// let wide = Func::wrap(&mut store, |x: i32, y: i32, z: i32| x + y + z)?;
    /// let wide = wide.typed::<(i32, i32, i32), i32>(&store)?;
    /// let error = wide.call(&mut store, (1, 2, 3)).unwrap_err();
    /// assert_eq!(error, Trap::new(TrapKind::StackExhausted { calls: 0, slots: Some(3) }).into());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_max_stack_slots(mut self, slots: u32) -> Self {
        self.max_stack_slots = slots;
        self
    }

    /// How many 64-bit slots the value stack may take.
    ///
    /// ```
    /// use fayasm_core::Config;
    ///
    /// assert_eq!(Config::new().with_max_stack_slots(4096).max_stack_slots(), 4096);
    /// ```
    #[must_use]
    pub fn max_stack_slots(&self) -> u32 {
        self.max_stack_slots
    }
}
