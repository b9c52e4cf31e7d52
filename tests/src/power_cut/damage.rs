//! A spill store whose device comes to hold something else than was written, with no power cut.

use fayasm_core::spill::{
    BlockSlots, Discipline, OBJECT_BYTES, ObjectId, RamDisk, SECTOR_BYTES, SECTORS_PER_SLOT,
    SpillError, SpillStore, sectors_for,
};

use super::model::{Body, Contents, IDS};
use crate::random::Random;

const MODULE: u64 = 0x5EED;

/// A store, what it holds, and sectors that it once had.
#[derive(Debug)]
pub struct Sample {
    image: RamDisk,
    committed: Contents,
    former: Vec<RamDisk>,
}

/// What came of reading the objects of a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Objects that are what was committed.
    pub right: u64,
    /// Objects that are refused, or, if they can be made anew, not there.
    pub refused: u64,
    /// Stores that cannot be opened.
    pub unopened: u64,
}

impl Sample {
    /// A store that has seen so many commits.
    pub fn new<D: Discipline>(seed: u64, commits: u64) -> Self {
        let mut random = Random::new(seed);
        let mut sample = Sample {
            image: RamDisk::new(sectors_for(IDS.len() as u32)).expect("there is memory"),
            committed: Contents::default(),
            former: Vec::new(),
        };
        for commit in 0..commits {
            let slots = BlockSlots::new(&mut sample.image);
            let mut store = match commit {
                0 => SpillStore::<_, D>::format_with(slots, MODULE),
                _ => SpillStore::open_with(slots, MODULE),
            }
            .expect("nothing fails");
            for stamp in 0..3 {
                let id = IDS[random.below(IDS.len())];
                if random.below(6) == 0 {
                    store.remove(id).expect("nothing fails");
                    sample.committed.0.remove(&id);
                } else {
                    let body = Body::new(100 * commit + stamp, &mut random);
                    store.put(id, body.fill(&mut [0; OBJECT_BYTES])).expect("nothing fails");
                    sample.committed.0.insert(id, body);
                }
            }
            store.commit().expect("nothing fails");
            sample.former.push(sample.image.clone());
        }
        sample
    }

    /// How many bits the device has.
    #[must_use]
    pub fn bits(&self) -> usize {
        8 * SECTOR_BYTES * self.image.image().len()
    }

    /// Reads all objects after one bit has changed. Nothing but the object that it belongs to may
    /// be refused.
    ///
    /// # Errors
    ///
    /// An object is another, or is refused for no reason.
    pub fn flip<D: Discipline>(&self, bit: usize) -> Result<Found, String> {
        let mut image = self.image.clone();
        image.image_mut().as_flattened_mut()[bit / 8] ^= 1 << (bit % 8);
        let found = self.check::<D>(image)?;
        // Whatever is in the superblocks is there twice.
        let sector = (bit / 8 / SECTOR_BYTES) as u32;
        if found.unopened > 0 || found.refused > u64::from(sector >= 2) {
            let slot = sector.saturating_sub(2) / SECTORS_PER_SLOT;
            return Err(format!("sector {sector} (slot {slot}): {found:?}"));
        }
        Ok(found)
    }

    /// Reads all objects after some sectors have come to hold something else.
    ///
    /// # Errors
    ///
    /// An object is another.
    pub fn garble<D: Discipline>(&self, random: &mut Random) -> Result<Found, String> {
        let mut image = self.image.clone();
        let mut superblocks = 0;
        for _ in 0..=random.below(4) {
            let at = match random.below(3) {
                // Headers mostly, for these are few.
                0 => random.below(image.image().len()),
                _ => 2 + random.below(2 * IDS.len()) * SECTORS_PER_SLOT as usize,
            };
            superblocks += usize::from(at < 2);
            // If both are older, nothing tells.
            if at < 2 && superblocks > 1 {
                continue;
            }
            let other = random.below(image.image().len().saturating_sub(2)) + 2;
            image.image_mut()[at] = match random.below(5) {
                0 => [0; SECTOR_BYTES],
                1 => [0xFF; SECTOR_BYTES],
                2 => core::array::from_fn(|_| random.byte()),
                // It was never written, or what was written went there by mistake.
                3 => self.former[random.below(self.former.len())].image()[at],
                _ if at < 2 => continue,
                _ => image.image()[other],
            };
        }
        self.check::<D>(image)
    }

    /// Compares all objects of a store, and those of it after a commit of something else.
    fn check<D: Discipline>(&self, mut image: RamDisk) -> Result<Found, String> {
        let mut found = Found::default();
        let slots = BlockSlots::new(&mut image);
        let mut store = match SpillStore::<_, D>::open_with(slots, MODULE) {
            Ok(store) => store,
            Err(SpillError::NoStore | SpillError::Superblock(_)) => {
                found.unopened += 1;
                return Ok(found);
            }
            Err(error) => return Err(format!("it cannot be opened: {error}")),
        };
        for id in IDS {
            match self.is_right(&mut store, id)? {
                true => found.right += 1,
                false => found.refused += 1,
            }
        }
        Ok(found)
    }

    /// Whether an object is right; otherwise it is refused.
    fn is_right<D: Discipline>(
        &self,
        store: &mut SpillStore<BlockSlots<&mut RamDisk>, D>,
        id: ObjectId,
    ) -> Result<bool, String> {
        let mut body = [0; OBJECT_BYTES];
        let mut expected = [0; OBJECT_BYTES];
        match (store.get(id, &mut body), self.committed.0.get(&id)) {
            (Ok(Some(length)), Some(it)) if body[..length] == *it.fill(&mut expected) => Ok(true),
            (Ok(Some(_)), _) => Err(format!("{id} is another, and nobody says so")),
            (Ok(None), None) => Ok(true),
            (Ok(None), Some(_)) if id.kind.is_cache() => Ok(false),
            (Ok(None), Some(_)) => Err(format!("{id} is not there, and nobody says so")),
            (Err(SpillError::Damaged(_) | SpillError::Lost(_) | SpillError::Doubtful(_)), _) => {
                Ok(false)
            }
            (Err(error), _) => Err(error.to_string()),
        }
    }
}
