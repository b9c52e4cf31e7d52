//! Programs whose memory is larger than the RAM for it.

use std::collections::BTreeMap;

use fayasm_core::{
    Caller, Engine, Error, Extern, FRAME_BYTES, HostError, Instance, Job, Linker, Memory, Module,
    ObjectId, Outcome, Paging, Store, StoreLimits, Translate, Val,
};

use super::tier;

/// Works on eight pages in every way there is, and gives a number for what came of it.
pub const PROGRAM: &str = r#"(module
  (memory (export "memory") 1 3)
  (data (i32.const 4090) "over the edge of a page")
  (data (i32.const 8192) "a page that nobody changes")
  (data $later "comes later, from a passive segment that is longer than the others")
  (func $mix (param $hash i32) (param $value i32) (result i32)
    (i32.xor (i32.mul (local.get $hash) (i32.const 31)) (local.get $value)))
  (func (export "run") (param $rounds i32) (result i32)
    (local $at i32) (local $hash i32)
    (drop (memory.grow (i32.const 1)))
    (loop $round
      ;; Backwards over all pages, some accesses over their edges.
      (local.set $at (i32.const 131050))
      (loop $next
        (i32.store offset=3 (local.get $at) (i32.add (i32.load offset=1 (local.get $at)) (local.get $hash)))
        (i64.store offset=5 (local.get $at) (i64.load offset=2 (local.get $at)))
        (i32.store8 (local.get $at) (local.get $rounds))
        (i32.store16 offset=1 (local.get $at) (i32.load8_s offset=9 (local.get $at)))
        (local.set $hash (call $mix (local.get $hash) (i32.load16_u (local.get $at))))
        (local.set $at (i32.sub (local.get $at) (i32.const 1023)))
        (br_if $next (i32.gt_s (local.get $at) (i32.const 0))))
      ;; Stretches of several pages, forwards and backwards.
      (memory.fill (i32.const 20000) (local.get $hash) (i32.const 9000))
      (memory.copy (i32.const 61000) (i32.const 60000) (i32.const 20000))
      (memory.copy (i32.const 70001) (i32.const 71111) (i32.const 17000))
      (memory.copy (i32.const 100) (i32.const 4000) (i32.const 200))
      (memory.init $later (i32.const 12270) (i32.const 3) (i32.const 40))
      (f64.store (i32.const 16380) (f64.load (i32.const 4092)))
      (local.set $hash (call $mix (local.get $hash) (i32.load (i32.const 8200))))
      (br_if $round (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
    (local.get $hash)))"#;

pub fn engine(translate: Translate) -> Engine {
    Engine::new(tier::config().with_translate(translate))
}

pub struct It {
    pub store: Store<()>,
    pub instance: Instance,
    pub pages: BTreeMap<ObjectId, Vec<u8>>,
}

impl It {
    pub fn new(wat: &str, translate: Translate, paging: Option<Paging>) -> It {
        let engine = engine(translate);
        let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
        It::of(&Linker::new(&engine), &module, paging)
    }

    /// An instance of a module, in a store of its own.
    pub fn of(linker: &Linker<()>, module: &Module, paging: Option<Paging>) -> It {
        let mut store = Store::new(module.engine(), ());
        store.set_paging(paging);
        let instance = linker.instantiate(&mut store, module).unwrap();
        It { store, instance, pages: BTreeMap::new() }
    }

    pub fn job(&mut self, name: &str, arguments: &[Val]) -> Job {
        let function = self.instance.get_func(&self.store, name).unwrap();
        Job::new(&self.store, function, arguments).unwrap()
    }

    /// Runs so many instructions, loading and storing pages on the way.
    pub fn run(&mut self, job: &mut Job, fuel: u64) -> Outcome {
        let end = job.executed() + fuel;
        loop {
            match self.store.run(job, end - job.executed()) {
                Outcome::NeedLoad(page) => {
                    let bytes = self.pages.get(&page).expect("it was stored");
                    self.store.load_object(page, bytes).unwrap();
                }
                Outcome::NeedStore(page) => {
                    let bytes = self.store.object(page).expect("it is in RAM").to_vec();
                    self.pages.insert(page, bytes);
                    assert!(self.store.object_stored(page));
                }
                outcome => return outcome,
            }
        }
    }

    pub fn memory(&self) -> Memory {
        self.instance.get_memory(&self.store, "memory").unwrap()
    }

    /// The bytes of the memory, wherever they are.
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes_with(|page| self.pages[&page].clone())
    }

    pub fn bytes_with(&self, mut get: impl FnMut(ObjectId) -> Vec<u8>) -> Vec<u8> {
        let memory = self.memory();
        let mut all = Vec::new();
        for page in 0..memory.size(&self.store).unwrap() * 16 {
            let mut bytes = vec![0; FRAME_BYTES];
            match memory.read(&self.store, page * FRAME_BYTES as u64, &mut bytes) {
                Ok(()) => {}
                Err(Error::NeedLoad(page)) => bytes = get(page),
                Err(error) => panic!("{error}"),
            }
            all.extend(bytes);
        }
        all
    }
}

pub const TIERS: [Translate; 3] = [Translate::Never, Translate::Always, Translate::Mixed];

/// Adds one to the bytes at both ends of a range.
pub fn count(mut caller: Caller<'_, ()>, address: u32, length: u32) -> Result<(), HostError> {
    let memory = caller.get_export("memory").and_then(Extern::into_memory).ok_or("no memory")?;
    let (mut memory, ()) = memory.access_and_store_mut(&mut caller)?;
    memory.make_resident(address.into(), length.into())?;
    for at in [address, address + length - 1] {
        let mut byte = [0];
        memory.read(at.into(), &mut byte)?;
        memory.write(at.into(), &[byte[0] + 1])?;
    }
    Ok(())
}

pub fn in_ram(it: &It, number: u32) -> bool {
    let kind = fayasm_core::ObjectKind::Memory;
    it.store.object(ObjectId { kind, space: 0, number }).is_some()
}

/// One page, and then two at once.
pub const ONE_AND_TWO: &str = r#"(module (memory (export "memory") 1)
  (func (export "run") (result i32)
    (nop)
    (i32.store (i32.const 8) (i32.const 7))
    (i32.store (i32.const 8190) (i32.const 8))
    (nop)
    (i32.add (i32.load (i32.const 8)) (i32.load (i32.const 8190)))))"#;

pub fn one_and_two(translate: Translate, budget: u64) -> (It, Job) {
    let mut it = It::new(ONE_AND_TWO, translate, Some(Paging::new(8).kept()));
    it.store.set_limits(StoreLimits::new().with_budget(Some(budget)));
    let job = it.job("run", &[]);
    (it, job)
}

/// Budgets with room for no page, one and two, and after how many instructions another is refused.
pub fn budgets() -> [(u64, Option<u64>); 5] {
    let (it, job) = one_and_two(Translate::Never, u64::MAX);
    let least = it.store.ledger([&job]).total();
    // With what is known of it.
    let page = FRAME_BYTES as u64 + 48;
    [(0, Some(3)), (page - 1, Some(3)), (page, Some(6)), (2 * page - 1, Some(6)), (2 * page, None)]
        .map(|(more, refused_at)| (least + more, refused_at))
}
