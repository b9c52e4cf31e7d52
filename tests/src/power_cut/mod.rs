//! A spill store whose power fails, again and again, beside a model of what it must hold.
//!
//! Whatever is done to a store, and whenever power fails: it must then hold what was committed
//! last, or what was about to be committed, and never a mixture of both.

pub mod bugs;
pub mod damage;
mod model;
mod run;

use fayasm_core::spill::{
    BlockSlots, Discipline, FlashPowerCut, FlashSlots, PowerCut, PowerFailure, Slots, sectors_for,
};

pub use run::{Counts, Violation};

/// Power cuts of a run: then another begins, with a new device.
pub const CUTS: u64 = 100;

/// A device whose plug can be pulled.
pub trait Plug {
    /// Its slots.
    type Slots<'a>: Slots<Error = PowerFailure>
    where
        Self: 'a;

    /// A device with room for so many objects.
    fn new(objects: u32, seed: u64) -> Self;
    /// The slots of the device.
    fn slots(&mut self) -> Self::Slots<'_>;
    /// Power fails at the next operation after so many more.
    fn fail_after(&mut self, operations: u64);
    /// Whether power has failed.
    fn is_off(&self) -> bool;
    /// Power is there again.
    fn restart(&mut self);
}

impl Plug for PowerCut {
    type Slots<'a> = BlockSlots<&'a mut PowerCut>;

    fn new(objects: u32, seed: u64) -> Self {
        PowerCut::new(sectors_for(objects), seed)
    }

    fn slots(&mut self) -> Self::Slots<'_> {
        BlockSlots::new(self)
    }

    fn fail_after(&mut self, operations: u64) {
        self.fail_after(operations);
    }

    fn is_off(&self) -> bool {
        self.is_off()
    }

    fn restart(&mut self) {
        self.restart();
    }
}

impl Plug for FlashPowerCut {
    type Slots<'a> = FlashSlots<&'a mut FlashPowerCut>;

    fn new(objects: u32, seed: u64) -> Self {
        FlashPowerCut::new(2 + 4 * objects, seed)
    }

    fn slots(&mut self) -> Self::Slots<'_> {
        FlashSlots::new(self)
    }

    fn fail_after(&mut self, operations: u64) {
        self.fail_after(operations);
    }

    fn is_off(&self) -> bool {
        self.is_off()
    }

    fn restart(&mut self) {
        self.restart();
    }
}

/// Carries out the run of this seed, with so many power cuts, on a device of sectors.
///
/// # Errors
///
/// The store held something else than it must.
pub fn on_sectors<D: Discipline>(seed: u64, cuts: u64) -> Result<Counts, Violation> {
    run::run::<PowerCut, D>(seed, cuts)
}

/// Carries out the run of this seed, with so many power cuts, on flash.
///
/// # Errors
///
/// The store held something else than it must.
pub fn on_flash<D: Discipline>(seed: u64, cuts: u64) -> Result<Counts, Violation> {
    run::run::<FlashPowerCut, D>(seed, cuts)
}
