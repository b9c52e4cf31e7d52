//! Where a value came from: back to the instruction that put it where it is, and
//! along copies to where it began.

mod cause;
mod find;
mod watch;

use alloc::vec::Vec;
use core::ops::Range;

use self::find::{Hit, MAX_STEPS};
pub(super) use self::watch::Watched;
use self::watch::{Quest, Sought};
use super::{Timeline, TimelineError};
use crate::inspect::{Location, find_local_types};
use crate::runtime::{Store, StoreInner};

/// A chain of copies is followed for so many links.
const MAX_LINKS: usize = 64;

/// Of what an instruction computes something, so much is named.
const MAX_SOURCES: usize = 64;

/// Instructions that are gone over at first: most values are young.
const FIRST_WINDOW: u64 = 1000;

/// Instructions that are gone over at once, at most.
const MAX_WINDOW: u64 = 1 << 20;

/// Why a value is where it is.
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store};
/// use fayasm_core::inspect::Location;
/// use fayasm_core::timeline::{Cause, Settings, Timeline};
///
/// let wat = r#"(module (func (export "f") (drop (i32.add (i32.const 3) (i32.const 4)))))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// # let job = Job::new(&store, f, &[])?;
/// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
/// timeline.run(&mut store, 3)?;
/// let operand = |slot| Location::Operand { frame: 0, slot };
/// let sum = timeline.producer(&mut store, &operand(0))?.expect("there is one operand");
/// assert_eq!(sum.cause, Cause::Computed(vec![operand(0), operand(1)]));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The instruction says which it is, or the segment that it names.
    Constant,
    /// The instruction computed it of what was there before it was executed. For
    /// what it wrote only a part of, that is what it wrote and the rest.
    Computed(Vec<Location>),
    /// The instruction copied it from what was there before it was executed.
    /// Fewer bytes than there are of a value may have been stored or loaded.
    Copied(Location),
    /// It is this argument of the job.
    Argument(u32),
    /// The host function gave or wrote it that the instruction calls, or the
    /// embedder did so behind the instruction.
    Host,
    /// It is what it was from the beginning: zero, or what a global, an element or
    /// a data segment says.
    Initial,
    /// It has been there for longer than is known of the run.
    Forgotten,
}

/// What put a value where it is.
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store, Val};
/// use fayasm_core::inspect::Location;
/// use fayasm_core::timeline::{Cause, Producer, Settings, Timeline};
///
/// let wat = r#"(module (func (export "f") (param i32) (nop) (nop)))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// let job = Job::new(&store, f, &[Val::I32(7)])?;
/// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
/// timeline.run(&mut store, 2)?;
/// let location = Location::Local { frame: 0, local: 0 };
/// let producer = timeline.producer(&mut store, &location)?;
/// let cause = Cause::Argument(0);
/// assert_eq!(producer, Some(Producer { location, executed: 0, cause }));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Producer {
    /// Where the value is.
    pub location: Location,
    /// How many instructions were executed before the one that put it there; of
    /// what was there before all that is known, the first that can be gone to.
    pub executed: u64,
    /// Why it is there.
    pub cause: Cause,
}

/// The origin of a value, as far as it is found.
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store};
/// use fayasm_core::inspect::Location;
/// use fayasm_core::timeline::{Cause, Origin, Settings, Timeline};
///
/// let wat = r#"(module (memory (export "memory") 1) (func (export "f") (local i32)
///   (local.set 0 (i32.const 7))
///   (i32.store (i32.const 8) (local.get 0))))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// let memory = instance.get_memory(&store, "memory").expect("it is exported");
/// let job = Job::new(&store, f, &[])?;
/// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
/// timeline.run(&mut store, 5)?;
///
/// let mut origin = Origin::of(&timeline, Location::Memory { memory, bytes: 8..12 });
/// while origin.search(&mut timeline, &mut store)? {
///     // Whoever waits for it may be told of what is found, and stop it.
/// }
/// let steps: Vec<u64> = origin.links().iter().map(|link| link.executed).collect();
/// assert_eq!(steps, [4, 3, 1, 0]); // i32.store, local.get, local.set, i32.const
/// assert_eq!(origin.links()[3].cause, Cause::Constant);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Origin {
    links: Vec<Producer>,
    search: Option<Search>,
    cut: bool,
}

/// A search for the producer of something.
#[derive(Debug, Clone)]
struct Search {
    of: Location,
    /// It is not among the instructions from this one on.
    end: u64,
    /// Instructions to be gone over next.
    window: u64,
}

impl Search {
    fn of(location: Location, executed: u64) -> Self {
        Search { of: location, end: executed, window: FIRST_WINDOW }
    }
}

impl Origin {
    /// Asks where the value came from that is there now. Nothing is found yet.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// use fayasm_core::inspect::Location;
    /// use fayasm_core::timeline::Origin;
    ///
    /// let wat = r#"(module (func (export "f") (local i32)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// let origin = Origin::of(&timeline, Location::Local { frame: 0, local: 0 });
    /// assert!(origin.links().is_empty());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(timeline: &Timeline, location: Location) -> Self {
        let search = Some(Search::of(location, timeline.job.executed()));
        Origin { links: Vec::new(), search, cut: false }
    }

    /// Goes over a part of the run, so large that this takes milliseconds, and
    /// says whether there is more to be found. The timeline stands where it stood
    /// then. The first link is found where it was asked, so nothing may be run
    /// between asking and the last search.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// use fayasm_core::inspect::Location;
    /// use fayasm_core::timeline::{Cause, Origin};
    ///
    /// let wat = r#"(module (func (export "f") (local i32)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// let mut origin = Origin::of(&timeline, Location::Local { frame: 0, local: 0 });
    /// assert!(!origin.search(&mut timeline, &mut store)?);
    /// assert_eq!(origin.links()[0].cause, Cause::Initial);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Timeline::seek`].
    pub fn search<T>(
        &mut self,
        timeline: &mut Timeline,
        store: &mut Store<T>,
    ) -> Result<bool, TimelineError> {
        let Some(search) = &mut self.search else { return Ok(false) };
        if self.links.is_empty() && !timeline.has(store, &search.of) {
            self.search = None;
            return Ok(false);
        }
        let Some(found) = timeline.search(store, search)? else { return Ok(true) };
        self.search = match &found.cause {
            Cause::Copied(from) if self.links.len() + 1 < MAX_LINKS => {
                Some(Search::of(from.clone(), found.executed))
            }
            Cause::Copied(_) => {
                self.cut = true;
                None
            }
            _ => None,
        };
        self.links.try_reserve(1).map_err(|_| TimelineError::OutOfMemory)?;
        self.links.push(found);
        Ok(self.search.is_some())
    }

    /// What is found: what put the value where it is, what put it to where that
    /// copied it from, and so on. Nothing if there is no such place.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// use fayasm_core::inspect::Location;
    ///
    /// let wat = r#"(module (func (export "f") (local i32)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// let operand = Location::Operand { frame: 0, slot: 0 };
    /// assert!(timeline.origin(&mut store, operand)?.links().is_empty());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn links(&self) -> &[Producer] {
        &self.links
    }

    /// Whether the chain is longer than it is followed for.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// use fayasm_core::inspect::Location;
    ///
    /// let wat = r#"(module (func (export "f") (local i32) (loop
    ///   (local.set 0 (local.get 0))
    ///   (br 0))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, 1000)?;
    /// let origin = timeline.origin(&mut store, Location::Local { frame: 0, local: 0 })?;
    /// assert!(origin.is_cut());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.cut
    }
}

impl Timeline {
    /// What put a value where it is now; none if there is no such place. The
    /// timeline stands where it stood then.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// use fayasm_core::inspect::Location;
    /// use fayasm_core::timeline::Cause;
    ///
    /// let wat = r#"(module
    ///   (func $seven (result i32) (i32.const 7))
    ///   (func (export "f") (drop (call $seven))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, 3)?; // call, i32.const, end
    /// let operand = |frame| Location::Operand { frame, slot: 0 };
    /// let result = timeline.producer(&mut store, &operand(0))?.expect("there is one operand");
    /// assert_eq!((result.executed, result.cause), (2, Cause::Copied(operand(1))));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Timeline::seek`].
    pub fn producer<T>(
        &mut self,
        store: &mut Store<T>,
        location: &Location,
    ) -> Result<Option<Producer>, TimelineError> {
        if !self.has(store, location) {
            return Ok(None);
        }
        let mut search = Search::of(location.clone(), self.job.executed());
        loop {
            if let Some(found) = self.search(store, &mut search)? {
                return Ok(Some(found));
            }
        }
    }

    /// Where the value came from that is there now. [`Origin::search`] does the
    /// same in parts.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store, Val};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// use fayasm_core::inspect::Location;
    /// use fayasm_core::timeline::Cause;
    ///
    /// let wat = r#"(module (global $g (mut i32) (i32.const 0))
    ///   (func (export "f") (param i32) (global.set $g (local.get 0)) (drop (global.get $g))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let job = Job::new(&store, f, &[Val::I32(7)])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, 3)?;
    /// let origin = timeline.origin(&mut store, Location::Operand { frame: 0, slot: 0 })?;
    /// // global.get, global.set, local.get
    /// assert_eq!(origin.links().last().map(|link| &link.cause), Some(&Cause::Argument(0)));
    /// assert_eq!(origin.links().len(), 4);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Timeline::seek`].
    pub fn origin<T>(
        &mut self,
        store: &mut Store<T>,
        location: Location,
    ) -> Result<Origin, TimelineError> {
        let mut origin = Origin::of(self, location);
        while origin.search(self, store)? {}
        Ok(origin)
    }

    /// The first instruction from `from` to `until` that writes to some of this
    /// memory, table or global, itself or by a host function that it calls; as
    /// many instructions are executed before it. What lies beyond what is known of
    /// the run is left out. The timeline stands where it stood then.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// use fayasm_core::Limit;
    /// use fayasm_core::inspect::Location;
    ///
    /// let wat = r#"(module (memory (export "memory") 1)
    ///   (func (export "f")
    ///     (i32.store (i32.const 8) (i32.const 7))
    ///     (i32.store (i32.const 8) (i32.const 9))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let memory = instance.get_memory(&store, "memory").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, Limit::NONE)?;
    /// let byte = Location::Memory { memory, bytes: 9..10 };
    /// assert_eq!(timeline.next_write(&mut store, &byte, 0, 100)?, Some(2));
    /// assert_eq!(timeline.next_write(&mut store, &byte, 3, 100)?, Some(5));
    /// assert_eq!(timeline.next_write(&mut store, &byte, 6, 100)?, None);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Timeline::seek`].
    pub fn next_write<T>(
        &mut self,
        store: &mut Store<T>,
        location: &Location,
        from: u64,
        until: u64,
    ) -> Result<Option<u64>, TimelineError> {
        self.write_between(store, location, from..until, Sought::NextWrite)
    }

    /// The last instruction from `from` to `until` that writes there, as
    /// [`next_write`](Timeline::next_write) gives the first.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// use fayasm_core::Limit;
    /// use fayasm_core::inspect::Location;
    ///
    /// let wat = r#"(module (memory (export "memory") 1)
    ///   (func (export "f")
    ///     (i32.store (i32.const 8) (i32.const 7))
    ///     (i32.store (i32.const 8) (i32.const 9))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let memory = instance.get_memory(&store, "memory").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, Limit::NONE)?;
    /// let byte = Location::Memory { memory, bytes: 9..10 };
    /// assert_eq!(timeline.last_write(&mut store, &byte, 0, 100)?, Some(5));
    /// assert_eq!(timeline.last_write(&mut store, &byte, 0, 5)?, Some(2));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Timeline::seek`].
    pub fn last_write<T>(
        &mut self,
        store: &mut Store<T>,
        location: &Location,
        from: u64,
        until: u64,
    ) -> Result<Option<u64>, TimelineError> {
        self.write_between(store, location, from..until, Sought::LastWrite)
    }

    /// The same as [`Timeline::next_write`], but of what writes something else than is there.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// use fayasm_core::Limit;
    /// use fayasm_core::inspect::Location;
    ///
    /// let wat = r#"(module (global $g (export "g") (mut i32) (i32.const 0)) (func (export "f")
    ///   (global.set $g (i32.const 0)) (global.set $g (i32.const 7)) (global.set $g (i32.const 7))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let global = instance.get_global(&store, "g").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, Limit::NONE)?;
    /// let location = Location::Global(global);
    /// assert_eq!(timeline.next_write(&mut store, &location, 0, 100)?, Some(1));
    /// assert_eq!(timeline.next_change(&mut store, &location, 0, 100)?, Some(3));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Timeline::seek`].
    pub fn next_change<T>(
        &mut self,
        store: &mut Store<T>,
        location: &Location,
        from: u64,
        until: u64,
    ) -> Result<Option<u64>, TimelineError> {
        self.write_between(store, location, from..until, Sought::NextChange)
    }

    /// The same as [`Timeline::last_write`], but of what writes something else than is there.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// use fayasm_core::Limit;
    /// use fayasm_core::inspect::Location;
    ///
    /// let wat = r#"(module (global $g (export "g") (mut i32) (i32.const 0)) (func (export "f")
    ///   (global.set $g (i32.const 0)) (global.set $g (i32.const 7)) (global.set $g (i32.const 7))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let global = instance.get_global(&store, "g").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, Limit::NONE)?;
    /// let location = Location::Global(global);
    /// assert_eq!(timeline.last_write(&mut store, &location, 0, 100)?, Some(5));
    /// assert_eq!(timeline.last_change(&mut store, &location, 0, 100)?, Some(3));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Timeline::seek`].
    pub fn last_change<T>(
        &mut self,
        store: &mut Store<T>,
        location: &Location,
        from: u64,
        until: u64,
    ) -> Result<Option<u64>, TimelineError> {
        self.write_between(store, location, from..until, Sought::LastChange)
    }

    fn write_between<T>(
        &mut self,
        store: &mut Store<T>,
        location: &Location,
        range: Range<u64>,
        sought: Sought,
    ) -> Result<Option<u64>, TimelineError> {
        self.check(store.inner())?;
        let (start, end) = self.range().into_inner();
        let (from, until) = (range.start.clamp(start, end), range.end.clamp(start, end));
        let here = self.job.executed();
        self.awake(store, |it, store| {
            let store = store.inner_mut();
            it.go_to(store, from)?;
            let quest = Quest { to: location, sought, end: until, most: u64::MAX };
            let writes = it.writes(store, quest)?;
            it.go_to(store, here)?;
            Ok(writes.found)
        })
    }

    /// Goes over the part of the run that a search comes to next.
    fn search<T>(
        &mut self,
        store: &mut Store<T>,
        search: &mut Search,
    ) -> Result<Option<Producer>, TimelineError> {
        self.check(store.inner())?;
        let here = self.job.executed();
        self.awake(store, |it, store| {
            let store = store.inner_mut();
            let found = it.search_part(store, search)?;
            it.go_to(store, here)?;
            Ok(found)
        })
    }

    fn search_part(
        &mut self,
        store: &mut StoreInner,
        search: &mut Search,
    ) -> Result<Option<Producer>, TimelineError> {
        let (first, last) = self.range().into_inner();
        let end = search.end.min(last);
        let start = end.saturating_sub(search.window).max(first);
        self.go_to(store, start)?;
        let (hit, steps) = self.find(store, end, &search.of)?;
        let at = match hit {
            Hit::TooLong => {
                search.window = MAX_STEPS / 2;
                return Ok(None);
            }
            Hit::Earlier if start > first => {
                search.end = start;
                // What is gone over at full speed takes little time.
                let few = steps < MAX_STEPS / 4;
                search.window = if few { MAX_WINDOW.min(search.window * 4) } else { search.window };
                return Ok(None);
            }
            Hit::Earlier => first,
            Hit::At(at) | Hit::Entered(at) => at,
        };
        self.go_to(store, at)?;
        let cause = self.cause(store, &search.of, hit)?;
        Ok(Some(Producer { location: search.of.clone(), executed: at, cause }))
    }

    /// Whether there is such a place now.
    fn has<T>(&self, store: &Store<T>, location: &Location) -> bool {
        let store = store.inner();
        match *location {
            Location::Operand { frame: 0, slot } if self.job.depth() == 0 => {
                slot < self.job.stack().len()
            }
            Location::Operand { frame, slot } => slot < self.job.operand_slots(store, frame).len(),
            Location::Local { frame, local } => {
                let frame = self.job.frames().get(frame);
                let types = frame.and_then(|frame| find_local_types(store, frame));
                types.is_some_and(|types| (local as usize) < types.len())
            }
            Location::Global(global) => global.0.store == store.id,
            Location::Memory { memory, .. } => memory.0.store == store.id,
            Location::Table { table, .. } => table.0.store == store.id,
        }
    }
}
