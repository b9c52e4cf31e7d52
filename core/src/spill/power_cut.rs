//! Devices whose power fails, at a moment that is chosen, the same way each time.
//!
//! They stand in for real ones, to show what becomes of a store: in tests, and wherever a person
//! wants to pull the plug.

use alloc::vec::Vec;
use core::fmt;

use super::block::{BlockDevice, SECTOR_BYTES, Sector};
use super::flash::NorFlash;

/// Why a device does not do what it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PowerFailure {
    /// There is no power.
    Off,
    /// There is no such place.
    Place,
    /// Flash is programmed that was not erased before.
    NotErased,
}

impl fmt::Display for PowerFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PowerFailure::Off => "there is no power",
            PowerFailure::Place => "there is no such place",
            PowerFailure::NotErased => "it was not erased before",
        })
    }
}

impl core::error::Error for PowerFailure {}

/// When power fails, and chance.
#[derive(Debug, Clone)]
struct Power {
    /// After how many operations it fails.
    left: Option<u64>,
    is_off: bool,
    /// The state of SplitMix64.
    random: u64,
    operations: u64,
}

impl Power {
    fn new(seed: u64) -> Self {
        Power { left: None, is_off: false, random: seed, operations: 0 }
    }

    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not zero.
    fn below(&mut self, bound: usize) -> usize {
        (self.random() % bound as u64) as usize
    }

    /// Counts an operation; says whether power fails during this one.
    fn fails(&mut self) -> Result<bool, PowerFailure> {
        if self.is_off {
            return Err(PowerFailure::Off);
        }
        self.operations += 1;
        match &mut self.left {
            Some(0) => {
                self.is_off = true;
                Ok(true)
            }
            Some(left) => {
                *left -= 1;
                Ok(false)
            }
            None => Ok(false),
        }
    }

    fn restart(&mut self) {
        (self.is_off, self.left) = (false, None);
    }
}

/// A device of sectors with a cache that loses its contents when power fails.
///
/// Of what was written since the last flush, each sector then was written or was not, was written
/// in part, or holds anything; of what was asked for at that moment, some sectors may not even have
/// come that far.
///
/// ```
/// use fayasm_core::spill::{BlockSlots, ObjectId, ObjectKind, PowerCut, SpillStore};
///
/// let page = ObjectId { kind: ObjectKind::Memory, space: 0, number: 0 };
/// let mut disk = PowerCut::new(200, 1);
/// let mut store = SpillStore::format(BlockSlots::new(&mut disk), 7)?;
/// store.slots_mut().device_mut().fail_after(2);
/// assert!(store.put(page, &[1; 4096]).and_then(|()| store.commit()).is_err());
///
/// disk.restart();
/// let mut store = SpillStore::open(BlockSlots::new(&mut disk), 7)?;
/// assert_eq!(store.get(page, &mut [0; 4096])?, None);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct PowerCut {
    /// As it is read: with what is not flushed.
    image: Vec<Sector>,
    /// What was there before each write that is not flushed, in order.
    cached: Vec<(usize, Sector)>,
    power: Power,
}

impl PowerCut {
    /// So many sectors, all zero. What becomes of them follows from the seed.
    #[must_use]
    pub fn new(sectors: u32, seed: u64) -> Self {
        let image = alloc::vec![[0; SECTOR_BYTES]; sectors as usize];
        PowerCut { image, cached: Vec::new(), power: Power::new(seed) }
    }

    /// Power fails while a run of sectors is written or everything is flushed, after so many times
    /// more.
    pub fn fail_after(&mut self, operations: u64) {
        self.power.left = Some(operations);
    }

    /// Whether power has failed.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.power.is_off
    }

    /// Power is there again, and does not fail before it is said anew.
    pub fn restart(&mut self) {
        self.power.restart();
    }

    /// How many operations there have been: runs of sectors that were written, and flushes.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.power.operations
    }

    /// What the sectors hold, as they are read.
    #[must_use]
    pub fn image(&self) -> &[Sector] {
        &self.image
    }

    /// What the sectors hold, to be changed for good.
    pub fn image_mut(&mut self) -> &mut [Sector] {
        &mut self.image
    }

    /// Decides what becomes of everything that is not flushed.
    fn lose_cache(&mut self) {
        // Back to what was flushed; then each write in turn. All of these sectors are there.
        for (at, before) in self.cached.iter_mut().rev() {
            core::mem::swap(&mut self.image[*at], before);
        }
        // How likely a sector is to have been written: of eight.
        let kept = [0, 1, 4, 7, 8][self.power.below(5)];
        for (at, written) in core::mem::take(&mut self.cached) {
            let sector = &mut self.image[at];
            let cut = self.power.below(SECTOR_BYTES);
            match self.power.below(16) {
                0 => sector[..cut].copy_from_slice(&written[..cut]),
                1 => sector[cut..].copy_from_slice(&written[cut..]),
                2 => {
                    *sector = written;
                    sector[cut..].fill_with(|| self.power.random() as u8);
                }
                _ if self.power.below(8) < kept => *sector = written,
                _ => {}
            }
        }
    }
}

impl BlockDevice for PowerCut {
    type Error = PowerFailure;

    fn sectors(&mut self) -> Result<u32, PowerFailure> {
        u32::try_from(self.image.len()).map_err(|_| PowerFailure::Place)
    }

    fn read(&mut self, first: u32, into: &mut [Sector]) -> Result<(), PowerFailure> {
        // Nothing else comes of it if power fails now than with the next write: this is not counted.
        if self.power.is_off {
            return Err(PowerFailure::Off);
        }
        let from = self.image.get(first as usize..).and_then(|image| image.get(..into.len()));
        into.copy_from_slice(from.ok_or(PowerFailure::Place)?);
        Ok(())
    }

    fn write(&mut self, first: u32, from: &[Sector]) -> Result<(), PowerFailure> {
        let fails = self.power.fails()?;
        let come_so_far = if fails { self.power.below(from.len() + 1) } else { from.len() };
        for (at, sector) in (first as usize..).zip(&from[..come_so_far]) {
            let into = self.image.get_mut(at).ok_or(PowerFailure::Place)?;
            self.cached.push((at, core::mem::replace(into, *sector)));
        }
        if fails {
            self.lose_cache();
            return Err(PowerFailure::Off);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PowerFailure> {
        if self.power.fails()? {
            self.lose_cache();
            return Err(PowerFailure::Off);
        }
        self.cached.clear();
        Ok(())
    }
}

/// Flash without a cache: what is programmed or erased when power fails comes to anything between
/// what it was and what it should be.
#[derive(Debug, Clone)]
pub struct FlashPowerCut {
    image: Vec<u8>,
    power: Power,
}

impl FlashPowerCut {
    /// Bytes of a sector, which is what can be erased.
    const SECTOR: usize = 4096;

    /// So many sectors of 4096 bytes that hold anything, as flash does that was used before.
    #[must_use]
    pub fn new(sectors: u32, seed: u64) -> Self {
        let mut power = Power::new(seed);
        let bytes = sectors as usize * Self::SECTOR;
        let image = (0..bytes).map(|_| power.random() as u8).collect();
        FlashPowerCut { image, power }
    }

    /// Power fails while something is programmed or erased, after so many times more.
    pub fn fail_after(&mut self, operations: u64) {
        self.power.left = Some(operations);
    }

    /// Whether power has failed.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.power.is_off
    }

    /// Power is there again, and does not fail before it is said anew.
    pub fn restart(&mut self) {
        self.power.restart();
    }

    fn range(&mut self, at: u32, bytes: usize) -> Result<&mut [u8], PowerFailure> {
        let image = self.image.get_mut(at as usize..).and_then(|image| image.get_mut(..bytes));
        image.ok_or(PowerFailure::Place)
    }
}

impl NorFlash for FlashPowerCut {
    type Error = PowerFailure;
    const WRITE_BYTES: usize = 4;
    const ERASE_BYTES: usize = Self::SECTOR;

    fn bytes(&mut self) -> Result<u32, PowerFailure> {
        u32::try_from(self.image.len()).map_err(|_| PowerFailure::Place)
    }

    fn read(&mut self, at: u32, into: &mut [u8]) -> Result<(), PowerFailure> {
        // Nothing else comes of it if power fails now than with the next write: this is not counted.
        if self.power.is_off {
            return Err(PowerFailure::Off);
        }
        into.copy_from_slice(self.range(at, into.len())?);
        Ok(())
    }

    fn program(&mut self, at: u32, from: &[u8]) -> Result<(), PowerFailure> {
        let fails = self.power.fails()?;
        if !(at as usize | from.len()).is_multiple_of(Self::WRITE_BYTES) {
            return Err(PowerFailure::Place);
        }
        if self.range(at, from.len())?.iter().zip(from).any(|(is, will)| is & will != *will) {
            return Err(PowerFailure::NotErased);
        }
        let cut = if fails { self.power.below(from.len() + 1) } else { from.len() };
        let noise = self.power.random() as u8;
        let into = self.range(at, from.len())?;
        into[..cut].iter_mut().zip(from).for_each(|(is, will)| *is &= will);
        // Some bits of the byte that was under way.
        into[cut..].iter_mut().zip(&from[cut..]).take(1).for_each(|(is, will)| *is &= will | noise);
        if fails { Err(PowerFailure::Off) } else { Ok(()) }
    }

    fn erase(&mut self, at: u32, bytes: u32) -> Result<(), PowerFailure> {
        let fails = self.power.fails()?;
        if !((at | bytes) as usize).is_multiple_of(Self::ERASE_BYTES) {
            return Err(PowerFailure::Place);
        }
        self.range(at, bytes as usize)?;
        // One sector after the other; bits of the one that is under way go up bit by bit.
        let sectors = bytes as usize / Self::ERASE_BYTES;
        let whole = if fails { self.power.below(sectors + 1) } else { sectors };
        self.range(at, whole * Self::ERASE_BYTES)?.fill(0xFF);
        if !fails {
            return Ok(());
        }
        if whole < sectors {
            let rest = at as usize + whole * Self::ERASE_BYTES;
            // How far it has come: bits that went up, of those of each byte.
            let rounds = self.power.below(6);
            // They are there: the range was looked at before.
            for at in rest..rest + Self::ERASE_BYTES {
                let up = (0..rounds).fold(0, |up, _| up | self.power.random() as u8);
                self.image[at] |= up;
            }
        }
        Err(PowerFailure::Off)
    }
}
