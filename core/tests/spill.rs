//! A spill store keeps what was put into it, and says so when it cannot.

use std::collections::BTreeMap;

use fayasm_core::spill::{
    BlockDevice, BlockSlots, FlashPowerCut, FlashSlots, MirrorSlots, OBJECT_BYTES, ObjectId,
    ObjectKind, RamDisk, SECTOR_BYTES, SECTORS_PER_SLOT, Sector, SlotState, Slots, SpillError,
    SpillStore, Survey, sectors_for,
};
use fayasm_core::{Engine, EnvelopeError, Module};

const MODULE: u64 = 7;

fn page(number: u32) -> ObjectId {
    ObjectId { kind: ObjectKind::Memory, space: 0, number }
}

fn piece(number: u32) -> ObjectId {
    ObjectId { kind: ObjectKind::Snapshot, space: 0, number }
}

fn microcode(number: u32) -> ObjectId {
    ObjectId { kind: ObjectKind::Microcode, space: 0, number }
}

fn disk(objects: u32) -> RamDisk {
    RamDisk::new(sectors_for(objects)).unwrap()
}

fn format(disk: &mut RamDisk) -> SpillStore<BlockSlots<&mut RamDisk>> {
    SpillStore::format(BlockSlots::new(disk), MODULE).unwrap()
}

fn open(disk: &mut RamDisk) -> SpillStore<BlockSlots<&mut RamDisk>> {
    SpillStore::open(BlockSlots::new(disk), MODULE).unwrap()
}

/// An object as it is read.
fn get<S: Slots>(
    store: &mut SpillStore<S>,
    id: ObjectId,
) -> Result<Option<Vec<u8>>, SpillError<S::Error>> {
    let mut body = [0; OBJECT_BYTES];
    Ok(store.get(id, &mut body)?.map(|length| body[..length].to_vec()))
}

/// The sector of a slot's header.
fn header(slot: u32) -> usize {
    (2 + slot * SECTORS_PER_SLOT) as usize
}

/// Pages 0 to 2, each of which was committed twice.
fn twice() -> RamDisk {
    let mut disk = disk(4);
    let mut store = format(&mut disk);
    for version in 1..=2 {
        for number in 0..3 {
            store.put(page(number), &[version; 700]).unwrap();
        }
        store.commit().unwrap();
    }
    disk
}

/// The checksum of stored bytes, bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0x82F6_3B78 } else { 0 };
        }
    }
    !crc
}

/// Makes both checksums of a superblock right.
fn seal(superblock: &mut Sector) {
    let body = crc32c(&superblock[48..128]);
    superblock[40..44].copy_from_slice(&body.to_le_bytes());
    let header = crc32c(&superblock[..44]);
    superblock[44..48].copy_from_slice(&header.to_le_bytes());
}

#[test]
fn an_object_holds_what_was_put_last_and_nothing_else() {
    let mut disk = twice();
    let mut store = open(&mut disk);
    assert!(store.holds(page(1), &[2; 700]).unwrap());
    for other in [&[1; 700][..], &[2; 699], &[2; 701], &[]] {
        assert!(!store.holds(page(1), other).unwrap());
    }
    assert!(!store.holds(page(7), &[]).unwrap());
    store.put(page(1), &[3; 5]).unwrap();
    assert!(store.holds(page(1), &[3; 5]).unwrap() && !store.holds(page(1), &[2; 700]).unwrap());
    store.remove(page(1)).unwrap();
    assert!(!store.holds(page(1), &[3; 5]).unwrap());
}

#[test]
fn what_was_put_last_is_read_before_and_after_a_commit() {
    let mut disk = disk(4);
    let mut store = format(&mut disk);
    let whole = [9; OBJECT_BYTES];
    for body in [&b"one"[..], b"", &whole, &whole[..SECTOR_BYTES], &whole[..SECTOR_BYTES + 1]] {
        store.put(page(1), body).unwrap();
        assert_eq!(get(&mut store, page(1)), Ok(Some(body.to_vec())));
        store.commit().unwrap();
        assert_eq!(get(&mut store, page(1)), Ok(Some(body.to_vec())));
    }
    assert_eq!(store.epoch(), 5);
    let mut store = open(&mut disk);
    assert_eq!(store.epoch(), 5);
    assert_eq!(get(&mut store, page(1)), Ok(Some(whole[..SECTOR_BYTES + 1].to_vec())));
    assert_eq!(get(&mut store, page(0)), Ok(None));
}

#[test]
fn objects_are_listed_in_order_whatever_the_order_they_came_in() {
    let mut disk = disk(8);
    let mut store = format(&mut disk);
    let ids = [microcode(1), page(0), page(7), piece(0), piece(1)];
    for id in [3, 0, 4, 2, 1].map(|at: usize| ids[at]) {
        store.put(id, b"").unwrap();
    }
    assert!(store.objects().eq(ids));
    store.commit().unwrap();
    let mut store = open(&mut disk);
    assert!(store.objects().eq(ids));
    assert_eq!(store.remove(page(7)), Ok(true));
    assert_eq!(store.remove(page(7)), Ok(false));
    assert!(store.objects().eq([0, 1, 3, 4].map(|at: usize| ids[at])));
}

#[test]
fn what_is_not_committed_is_gone_when_the_store_is_opened_again() {
    let mut disk = twice();
    let mut store = open(&mut disk);
    store.put(page(0), b"newer").unwrap();
    store.remove(page(1)).unwrap();
    store.put(page(3), b"new").unwrap();
    assert!(store.is_dirty());
    let mut store = open(&mut disk);
    // The new page was in a pair of its own, which was not in use yet.
    assert_eq!(store.counters().voided, 2);
    assert!(!store.is_dirty());
    assert!(store.objects().eq([0, 1, 2].map(page)));
    for number in 0..3 {
        assert_eq!(get(&mut store, page(number)), Ok(Some(vec![2; 700])));
    }
    assert_eq!(open(&mut disk).counters().voided, 0);
    let mut store = open(&mut disk);
    store.clear().unwrap();
    assert_eq!(store.objects().count(), 0);
    assert_eq!(open(&mut disk).objects().count(), 3);
}

#[test]
fn an_object_that_is_put_twice_before_a_commit_takes_the_same_slot_twice() {
    let mut disk = twice();
    let mut store = open(&mut disk);
    for _ in 0..5 {
        store.put(page(1), b"again").unwrap();
    }
    assert!(store.writes_per_slot().eq([0, 0, 5, 0, 0, 0]));
    assert_eq!(store.counters().writes, 5);
    store.commit().unwrap();
    store.put(page(1), b"again").unwrap();
    assert!(store.writes_per_slot().eq([0, 0, 5, 1, 0, 0]));
    assert_eq!(store.counters().bytes_written, 6 * (48 + 5));
    assert_eq!((store.counters().commits, store.counters().superblocks), (1, 2));
}

#[test]
fn a_commit_of_nothing_writes_nothing() {
    let mut disk = twice();
    let before = disk.clone();
    let mut store = open(&mut disk);
    assert_eq!(store.commit(), Ok(2));
    assert_eq!(store.remove(page(9)), Ok(false));
    assert_eq!(store.commit(), Ok(2));
    assert_eq!(disk, before);
}

#[test]
fn slots_of_removed_objects_are_used_again_once_that_is_committed() {
    let mut disk = disk(3);
    let mut store = format(&mut disk);
    for round in 0..20 {
        for number in 0..3 {
            store.put(page(3 * round + number), &[round as u8]).unwrap();
        }
        store.commit().unwrap();
        for number in 0..3 {
            assert_eq!(store.remove(page(3 * round + number)), Ok(true));
            // What is removed is still on the device.
            assert_eq!(store.put(page(1000), b""), Err(SpillError::Full { objects: 3 }));
        }
        store.commit().unwrap();
    }
    assert_eq!(store.objects().count(), 0);
    assert_eq!(open(&mut disk).objects().count(), 0);
}

#[test]
fn a_store_that_was_cleared_has_all_its_room_at_once() {
    let mut disk = disk(3);
    let mut store = format(&mut disk);
    for round in 0..5 {
        store.clear().unwrap();
        for number in 0..3 {
            store.put(page(10 * round + number), b"").unwrap();
        }
        store.clear().unwrap();
        for number in 0..3 {
            store.put(page(100 * round + number), &[round as u8]).unwrap();
        }
        store.commit().unwrap();
        assert!(store.objects().eq([0, 1, 2].map(|number| page(100 * round + number))));
    }
    let mut store = open(&mut disk);
    assert!(store.objects().eq([400, 401, 402].map(page)));
    assert_eq!(get(&mut store, page(401)), Ok(Some(vec![4])));
}

#[test]
fn a_full_store_keeps_what_it_has() {
    let mut disk = disk(2);
    let mut store = format(&mut disk);
    store.put(page(0), b"zero").unwrap();
    store.put(page(1), b"one").unwrap();
    for id in [page(2), piece(0), microcode(0)] {
        let error = store.put(id, b"more").unwrap_err();
        assert_eq!(error, SpillError::Full { objects: 2 });
        assert_eq!(error.to_string(), "the store is full: there is room for 2 objects");
        assert_eq!(get(&mut store, id), Ok(None));
    }
    // There is always room for other versions.
    store.put(page(0), b"newer").unwrap();
    store.commit().unwrap();
    store.put(page(0), b"newest").unwrap();
    store.commit().unwrap();
    let mut store = open(&mut disk);
    assert_eq!(get(&mut store, page(0)), Ok(Some(b"newest".to_vec())));
    assert_eq!(get(&mut store, page(1)), Ok(Some(b"one".to_vec())));
}

#[test]
fn an_object_that_is_too_long_is_refused_by_its_name() {
    let mut disk = disk(2);
    let mut store = format(&mut disk);
    let error = store.put(page(3), &[0; OBJECT_BYTES + 1]).unwrap_err();
    assert_eq!(error, SpillError::TooLong { id: page(3), bytes: 4097 });
    let said = "page 3 of memory 0 is 4097 bytes long, and objects have at most 4096";
    assert_eq!(error.to_string(), said);
    assert!(!store.is_dirty());
}

#[test]
fn a_store_of_another_module_is_refused_and_left_as_it_is() {
    let mut disk = twice();
    open(&mut disk).put(page(0), b"not committed").unwrap();
    let before = disk.clone();
    let opened = SpillStore::open(BlockSlots::new(&mut disk), 8);
    assert_eq!(opened.err(), Some(SpillError::Module { expected: 8, found: MODULE }));
    assert_eq!(disk, before);
}

#[test]
fn a_new_store_takes_nothing_over_from_what_was_there() {
    let mut disk = twice();
    let mut store = format(&mut disk);
    assert_eq!(store.objects().count(), 0);
    store.put(page(9), b"nine").unwrap();
    store.commit().unwrap();
    // It begins anew with its epochs, and what is left of the old one has later ones.
    assert_eq!(store.epoch(), 1);
    for round in 0..9 {
        store.put(page(8), &[round]).unwrap();
        store.commit().unwrap();
    }
    let mut store = open(&mut disk);
    assert!(store.objects().eq([page(8), page(9)]));
    assert_eq!(get(&mut store, page(9)), Ok(Some(b"nine".to_vec())));
}

#[test]
fn what_is_no_store_is_refused_with_the_reason() {
    let refused = |image: &[u8]| {
        let mut disk = disk(2);
        disk.image_mut().as_flattened_mut()[..image.len()].copy_from_slice(image);
        let before = disk.clone();
        let error = SpillStore::open(BlockSlots::new(&mut disk), MODULE).unwrap_err();
        assert_eq!(SpillStore::look(BlockSlots::new(&mut disk)).err(), Some(error));
        assert_eq!(Survey::new(BlockSlots::new(&mut disk)).err(), Some(error));
        assert_eq!(disk, before);
        error
    };
    assert_eq!(refused(b""), SpillError::NoStore);
    assert_eq!(refused(&[0xFF; 2048]), SpillError::NoStore);
    assert_eq!(refused(b"something else that was there before"), SpillError::NoStore);
    for version in [1, 2, 4] {
        let image = [b"FYSM".as_slice(), &[version, 0, 1, 0]].concat();
        let error = refused(&image);
        assert_eq!(error, SpillError::Superblock(EnvelopeError::Version(version.into())));
        let said = format!(
            "both superblocks are unusable: they are of version {version} of the format, and this \
             is version 3"
        );
        assert_eq!(error.to_string(), said);
    }
    let module = Module::new(&Engine::default(), wat::parse_str("(module (func))").unwrap());
    let stored = module.unwrap().save_microcode().unwrap();
    assert_eq!(refused(&stored), SpillError::Superblock(EnvelopeError::Kind(1)));
}

#[test]
fn a_device_of_any_length_but_the_right_one_is_refused() {
    let disk = twice();
    for sectors in 0..disk.image().len() {
        let mut short = disk.clone();
        short.image_mut().truncate(sectors);
        let expected = match sectors {
            0 => SpillError::NoStore,
            _ => SpillError::Short { expected: 8, found: (sectors.max(2) - 2) as u32 / 9 },
        };
        let opened = SpillStore::open(BlockSlots::new(&mut short), MODULE);
        assert_eq!(opened.err(), Some(expected), "{sectors} sectors");
    }
}

#[test]
fn a_new_store_on_a_device_that_is_too_short_has_no_room() {
    for sectors in 2..sectors_for(1) {
        let mut disk = RamDisk::new(sectors).unwrap();
        let mut store = format(&mut disk);
        assert_eq!(store.put(page(0), b""), Err(SpillError::Full { objects: 0 }));
        assert_eq!(store.commit(), Ok(0));
        assert_eq!(open(&mut disk).room(), 0);
    }
    for sectors in 0..2 {
        let mut disk = RamDisk::new(sectors).unwrap();
        let made = SpillStore::format(BlockSlots::new(&mut disk), MODULE);
        // One superblock can be written, and nobody waits for the other.
        assert_eq!(made.is_ok(), sectors == 1);
    }
}

#[test]
fn numbers_that_a_superblock_makes_up_are_not_trusted() {
    let original = twice();
    // Slots, pairs in use, bytes of an object, epoch, sequence; objects of each kind.
    let places = [(60, 4), (64, 4), (56, 4), (32, 8), (48, 8), (68, 4), (88, 4), (108, 4)];
    for (at, bytes) in places {
        for value in [0, 1, 3, 4, 5, 0x7FFF_FFFF, u64::MAX >> 1, u64::MAX - 1, u64::MAX] {
            let mut disk = original.clone();
            for which in 0..2 {
                let superblock = &mut disk.image_mut()[which];
                superblock[at..at + bytes].copy_from_slice(&value.to_le_bytes()[..bytes]);
                seal(superblock);
            }
            let Ok(mut store) = SpillStore::open(BlockSlots::new(&mut disk), MODULE) else {
                continue;
            };
            for number in 0..3 {
                // What is there, or an error; of another epoch, what was there then.
                match get(&mut store, page(number)) {
                    Ok(Some(body)) => assert!(at == 32 || body == [2; 700]),
                    Ok(None) => {}
                    Err(error) => assert!(
                        matches!(
                            error,
                            SpillError::Damaged(_) | SpillError::Lost(_) | SpillError::Doubtful(_)
                        ),
                        "{error}"
                    ),
                }
            }
            let _ = store.put(page(0), b"more").and_then(|()| store.commit());
            let _ = store.clear().and_then(|()| store.commit());
        }
    }
}

#[test]
fn a_store_that_is_looked_at_does_not_change() {
    let mut disk = twice();
    let mut store = open(&mut disk);
    store.put(page(0), b"not committed").unwrap();
    disk.image_mut()[1].fill(0);
    let before = disk.clone();
    let mut store = SpillStore::look(BlockSlots::new(&mut disk)).unwrap();
    assert_eq!((store.module(), store.epoch()), (MODULE, 2));
    assert_eq!(get(&mut store, page(0)), Ok(Some(vec![2; 700])));
    assert_eq!(store.put(page(0), b""), Err(SpillError::ReadOnly));
    assert_eq!(store.remove(page(0)), Err(SpillError::ReadOnly));
    assert_eq!(store.clear(), Err(SpillError::ReadOnly));
    assert_eq!(store.commit(), Err(SpillError::ReadOnly));
    let mut survey = Survey::new(BlockSlots::new(&mut disk)).unwrap();
    assert_eq!(survey.superblocks()[1], Err(EnvelopeError::Magic));
    let states = survey.pair(0).unwrap().map(|report| report.state);
    assert_eq!(states, [SlotState::Uncommitted, SlotState::Committed]);
    assert_eq!(disk, before);
}

#[test]
fn a_superblock_that_is_lost_is_written_again() {
    for which in 0..2 {
        let mut disk = twice();
        let whole = disk.clone();
        disk.image_mut()[which][100] ^= 1;
        assert_eq!(open(&mut disk).objects().count(), 3);
        assert_eq!(disk, whole);
    }
}

/// What comes of reading pages 0 to 4 after something was done to what is stored.
fn damaged(damage: impl FnOnce(&mut RamDisk)) -> [Result<Option<u8>, SpillError<()>>; 5] {
    let mut disk = twice();
    damage(&mut disk);
    let mut store = open(&mut disk);
    [0, 1, 2, 3, 4].map(|number| match get(&mut store, page(number)) {
        Ok(body) => Ok(body.map(|body| body[0])),
        Err(SpillError::Damaged(id)) => Err(SpillError::Damaged(id)),
        Err(SpillError::Lost(id)) => Err(SpillError::Lost(id)),
        Err(SpillError::Doubtful(id)) => Err(SpillError::Doubtful(id)),
        Err(error) => panic!("{error}"),
    })
}

#[test]
fn of_an_object_whose_newest_version_is_lost_the_older_one_is_not_taken() {
    // Page 1 has slots 2 and 3, of which the second one is newer.
    let expected =
        [Ok(Some(2)), Err(SpillError::Damaged(page(1))), Ok(Some(2)), Ok(None), Ok(None)];
    for fill in [0, 0xFF, 0x55] {
        assert_eq!(damaged(|disk| disk.image_mut()[header(3)].fill(fill)), expected);
    }
    // So it is if the body is.
    assert_eq!(damaged(|disk| disk.image_mut()[header(3) + 2][7] ^= 1), expected);
    // The older one is not missed.
    let whole = [Ok(Some(2)), Ok(Some(2)), Ok(Some(2)), Ok(None), Ok(None)];
    assert_eq!(damaged(|disk| disk.image_mut()[header(2)].fill(0)), whole);
}

#[test]
fn an_object_that_is_lost_altogether_is_missed_by_its_name() {
    let lost = Err(SpillError::Lost(page(1)));
    let found =
        damaged(|disk| [2, 3].into_iter().for_each(|slot| disk.image_mut()[header(slot)].fill(0)));
    assert_eq!(found, [Ok(Some(2)), lost, Ok(Some(2)), Ok(None), Ok(None)]);
}

#[test]
fn where_several_are_lost_none_is_taken_that_may_be_older() {
    let doubtful = [0, 1, 2, 3, 4].map(|number| Err(SpillError::Doubtful(page(number))));
    let newer = [1, 3];
    let found =
        damaged(|disk| newer.iter().for_each(|slot| disk.image_mut()[header(*slot)].fill(9)));
    assert_eq!(found, doubtful);
    // A device that has never written what it said it had: both slots can be read.
    let mut disk = twice();
    let before = disk.clone();
    let mut store = open(&mut disk);
    for version in [3, 4] {
        (0..3).for_each(|number| store.put(page(number), &[version; 700]).unwrap());
        store.put(piece(0), b"something").unwrap();
        store.commit().unwrap();
    }
    for slot in [1, 3] {
        disk.image_mut()[header(slot)] = before.image()[header(slot)];
    }
    let mut store = open(&mut disk);
    for number in 0..3 {
        assert_eq!(get(&mut store, page(number)), Err(SpillError::Doubtful(page(number))));
    }
    // Other kinds are not concerned.
    assert_eq!(get(&mut store, piece(0)), Ok(Some(b"something".to_vec())));
    assert_eq!(get(&mut store, piece(1)), Ok(None));
}

#[test]
fn an_object_whose_removal_is_lost_does_not_come_back() {
    let mut disk = twice();
    let mut store = open(&mut disk);
    store.remove(page(1)).unwrap();
    store.commit().unwrap();
    // Removal stands in the slot of the older version.
    disk.image_mut()[header(2)].fill(3);
    let mut store = open(&mut disk);
    assert_eq!(get(&mut store, page(1)), Err(SpillError::Damaged(page(1))));
    assert_eq!(get(&mut store, page(0)), Ok(Some(vec![2; 700])));
}

#[test]
fn what_was_lost_is_whole_again_once_it_is_put_anew() {
    let lose_page_1: [&dyn Fn(&mut RamDisk); 3] = [
        &|disk| disk.image_mut()[header(3)].fill(0),
        &|disk| [2, 3].into_iter().for_each(|slot| disk.image_mut()[header(slot)].fill(1)),
        &|disk| disk.image_mut()[header(3) + 1].fill(1),
    ];
    for lose in lose_page_1 {
        for is_removed in [false, true] {
            let mut disk = twice();
            lose(&mut disk);
            let mut store = open(&mut disk);
            assert!(get(&mut store, page(1)).is_err());
            // Other changes do not make it whole.
            store.put(page(0), b"other").unwrap();
            store.commit().unwrap();
            let mut store = open(&mut disk);
            assert!(get(&mut store, page(1)).is_err());
            let expected = match is_removed {
                true => {
                    store.remove(page(1)).unwrap();
                    None
                }
                false => {
                    store.put(page(1), b"anew").unwrap();
                    Some(b"anew".to_vec())
                }
            };
            assert_eq!(get(&mut store, page(1)), Ok(expected.clone()));
            store.commit().unwrap();
            let mut store = open(&mut disk);
            assert!(store.is_whole());
            assert_eq!(get(&mut store, page(1)), Ok(expected));
            assert_eq!(get(&mut store, page(0)), Ok(Some(b"other".to_vec())));
            assert_eq!(get(&mut store, page(3)), Ok(None));
        }
    }
}

#[test]
fn clearing_a_store_or_a_kind_forgets_what_was_lost() {
    for is_by_one in [false, true] {
        let mut disk = twice();
        [1, 3].into_iter().for_each(|slot| disk.image_mut()[header(slot)].fill(9));
        let mut store = open(&mut disk);
        store.put(piece(0), b"other").unwrap();
        store.commit().unwrap();
        assert!(!store.is_whole());
        match is_by_one {
            true => (0..3).for_each(|number| assert_eq!(store.remove(page(number)), Ok(true))),
            false => store.clear().unwrap(),
        }
        store.commit().unwrap();
        assert!(store.is_whole());
        let mut store = open(&mut disk);
        assert!(store.is_whole());
        assert_eq!(get(&mut store, page(0)), Ok(None));
        assert_eq!(get(&mut store, piece(0)).unwrap().is_some(), is_by_one);
    }
}

#[test]
fn microcode_that_is_damaged_or_lost_is_not_there() {
    for sector in [header(0), header(0) + 1, header(1), header(1) + 1] {
        let mut disk = disk(2);
        let mut store = format(&mut disk);
        for version in [1, 2] {
            store.put(microcode(0), &[version; 64]).unwrap();
            store.commit().unwrap();
        }
        disk.image_mut()[sector].fill(9);
        let mut store = open(&mut disk);
        let is_newer = sector >= header(1);
        let expected = if is_newer { None } else { Some(vec![2; 64]) };
        assert_eq!(get(&mut store, microcode(0)), Ok(expected));
        // It is made anew.
        store.put(microcode(0), b"anew").unwrap();
        store.commit().unwrap();
        assert_eq!(get(&mut open(&mut disk), microcode(0)), Ok(Some(b"anew".to_vec())));
    }
}

/// A device that counts, and of which one operation fails.
struct Failing<'a> {
    disk: &'a mut RamDisk,
    operations: u64,
    sectors_read: u64,
    /// The operation that fails.
    fails_at: u64,
    /// Whether a write that fails has been carried out.
    writes_anyway: bool,
}

impl Failing<'_> {
    fn operation(&mut self) -> Result<(), &'static str> {
        self.operations += 1;
        if self.operations == self.fails_at { Err("it is broken") } else { Ok(()) }
    }
}

impl BlockDevice for Failing<'_> {
    type Error = &'static str;

    fn sectors(&mut self) -> Result<u32, &'static str> {
        self.operation()?;
        Ok(self.disk.sectors().unwrap())
    }

    fn read(&mut self, first: u32, into: &mut [Sector]) -> Result<(), &'static str> {
        self.operation()?;
        self.sectors_read += into.len() as u64;
        self.disk.read(first, into).map_err(|_| "there is no such sector")
    }

    fn write(&mut self, first: u32, from: &[Sector]) -> Result<(), &'static str> {
        let done = self.operation();
        if done.is_ok() || self.writes_anyway {
            self.disk.write(first, from).map_err(|_| "there is no such sector")?;
        }
        done
    }

    fn flush(&mut self) -> Result<(), &'static str> {
        self.operation()
    }
}

fn failing(disk: &mut RamDisk, fails_at: u64, writes_anyway: bool) -> BlockSlots<Failing<'_>> {
    BlockSlots::new(Failing { disk, operations: 0, sectors_read: 0, fails_at, writes_anyway })
}

#[test]
fn opening_reads_two_headers_for_each_pair_in_use() {
    let mut disk = disk(50);
    for pairs in [0, 1, 3, 20] {
        let mut store = format(&mut disk);
        (0..pairs).for_each(|number| store.put(page(number), &[1; 4096]).unwrap());
        store.commit().unwrap();
        let mut store = SpillStore::open(failing(&mut disk, 0, false), MODULE).unwrap();
        let device = store.slots_mut().device_mut();
        assert_eq!(device.sectors_read, 2 + 2 * u64::from(pairs));
    }
}

#[test]
fn whichever_operation_fails_what_was_committed_is_there() {
    for writes_anyway in [false, true] {
        for fails_at in 1.. {
            let mut disk = twice();
            let done = (|| {
                let mut store =
                    SpillStore::open(failing(&mut disk, fails_at, writes_anyway), MODULE)?;
                store.put(page(0), &[3; 700])?;
                store.remove(page(1))?;
                store.put(page(4), &[3; 700])?;
                store.get(page(0), &mut [0; OBJECT_BYTES])?;
                store.commit()?;
                Ok::<_, SpillError<&str>>(store.slots_mut().device_mut().operations)
            })();
            let mut store = open(&mut disk);
            let [zero, one, two, four] = [0, 1, 2, 4]
                .map(|number| get(&mut store, page(number)).unwrap().map(|body| body[0]));
            let before = (zero, one, four) == (Some(2), Some(2), None);
            let after = (zero, one, four) == (Some(3), None, Some(3));
            assert!(before || after, "operation {fails_at}: {zero:?} {one:?} {four:?}");
            assert_eq!(two, Some(2));
            match done {
                Ok(operations) => {
                    assert!(after);
                    if operations < fails_at {
                        break;
                    }
                }
                Err(error) => assert_eq!(error, SpillError::Device("it is broken")),
            }
        }
    }
}

#[test]
fn an_object_that_could_not_be_written_is_written_again_or_nothing_is_committed() {
    let mut disk = twice();
    let mut store = SpillStore::open(failing(&mut disk, 0, true), MODULE).unwrap();
    store.put(page(1), &[3; 700]).unwrap();
    let device = store.slots_mut().device_mut();
    device.fails_at = device.operations + 1;
    assert_eq!(store.put(page(0), &[3; 700]), Err(SpillError::Device("it is broken")));
    // What was committed of it would be wrong, too: somebody has asked for something else.
    assert_eq!(get(&mut store, page(0)), Err(SpillError::Unwritten(page(0))));
    assert_eq!(store.commit(), Err(SpillError::Unwritten(page(0))));
    assert_eq!(get(&mut store, page(1)), Ok(Some(vec![3; 700])));
    store.put(page(0), &[4; 700]).unwrap();
    assert_eq!(store.commit(), Ok(3));
    let mut store = open(&mut disk);
    assert_eq!(get(&mut store, page(0)), Ok(Some(vec![4; 700])));
    assert_eq!(get(&mut store, page(1)), Ok(Some(vec![3; 700])));
}

#[test]
fn after_a_commit_that_failed_the_store_has_to_be_opened_anew() {
    for operation in 1..=3 {
        let mut disk = twice();
        let mut store = SpillStore::open(failing(&mut disk, 0, true), MODULE).unwrap();
        store.put(page(0), &[3; 700]).unwrap();
        let device = store.slots_mut().device_mut();
        // Flush, superblock, flush.
        device.fails_at = device.operations + operation;
        assert_eq!(store.commit(), Err(SpillError::Device("it is broken")));
        assert_eq!(store.put(page(1), &[4; 700]), Err(SpillError::InDoubt));
        assert_eq!(store.remove(page(1)), Err(SpillError::InDoubt));
        assert_eq!(store.clear(), Err(SpillError::InDoubt));
        assert_eq!(get(&mut store, page(1)), Err(SpillError::InDoubt));
        assert_eq!(store.commit(), Err(SpillError::InDoubt));
        let expected = if operation == 1 { 2 } else { 3 };
        assert_eq!(get(&mut open(&mut disk), page(0)), Ok(Some(vec![expected; 700])));
    }
    // The copy of the superblock is nothing to wait for, but the next one is.
    let mut disk = twice();
    let mut store = SpillStore::open(failing(&mut disk, 0, false), MODULE).unwrap();
    for version in 3..6 {
        store.put(page(0), &[version; 700]).unwrap();
        let device = store.slots_mut().device_mut();
        device.fails_at = device.operations + 4;
        assert_eq!(store.commit(), Ok(version.into()));
    }
    assert_eq!(get(&mut open(&mut disk), page(0)), Ok(Some(vec![5; 700])));
}

/// What all slots hold: headers and bodies.
fn contents<S: Slots>(slots: &mut S, count: u32) -> Vec<([u8; 48], Vec<u8>)> {
    let read = |slot| {
        let (mut header, mut body) = ([0; 48], [0; OBJECT_BYTES]);
        assert!(slots.read_header(slot, &mut header).is_ok());
        // Flash that is erased holds ones.
        if !header.starts_with(b"FYSM") {
            return ([0; 48], Vec::new());
        }
        let length = u16::from_le_bytes([header[8], header[9]]).into();
        assert!(slots.read_body(slot, &mut body[..length]).is_ok());
        (header, body[..length].to_vec())
    };
    (0..count).map(read).collect()
}

/// Does the same on whatever slots, and gives what they come to hold.
fn same<S: Slots>(slots: S, count: u32) -> Vec<([u8; 48], Vec<u8>)> {
    let mut store = SpillStore::format(slots, MODULE).ok().unwrap();
    let mut done = || {
        for round in 0..6_u8 {
            for number in 0..4 {
                store.put(page(number), &[round; 1000][..100 * usize::from(round)])?;
            }
            store.remove(page(u32::from(round) % 4))?;
            store.put(piece(0), &[round; OBJECT_BYTES])?;
            store.commit()?;
        }
        store.put(page(2), b"not committed")
    };
    assert!(done().is_ok());
    contents(store.slots_mut(), count)
}

#[test]
fn the_bytes_are_the_same_wherever_they_are_kept() {
    let expected = same(BlockSlots::new(disk(5)), 10);
    assert_eq!(same(MirrorSlots::new(10), 10), expected);
    let mut flash = FlashPowerCut::new(22, 1);
    assert_eq!(same(FlashSlots::new(&mut flash), 10), expected);
}

#[test]
fn a_mirror_hands_over_what_has_changed_and_nothing_else() {
    let mut store = SpillStore::format(MirrorSlots::new(20), MODULE).unwrap();
    let mut kept = BTreeMap::new();
    let mut take = |store: &mut SpillStore<MirrorSlots>| {
        let mut keys = Vec::new();
        store.slots_mut().take_changes(|key, value| {
            keys.push(key);
            kept.insert(key, value.to_vec());
        });
        (keys, kept.clone())
    };
    assert_eq!(take(&mut store).0, [0, 1]);
    assert_eq!(take(&mut store).0, [0; 0]);
    store.put(page(0), b"zero").unwrap();
    store.put(page(1), b"one").unwrap();
    store.put(page(1), b"once more").unwrap();
    store.commit().unwrap();
    // Slots 0 and 2, the first ones of their pairs.
    assert_eq!(take(&mut store).0, [0, 1, 2, 4]);
    store.put(page(1), b"twice").unwrap();
    store.commit().unwrap();
    let (keys, kept) = take(&mut store);
    assert_eq!(keys, [0, 1, 5]);
    assert_eq!(kept[&0].len(), 128);
    assert_eq!(kept[&5].len(), 48 + 5);

    let mut slots = MirrorSlots::new(20);
    kept.iter().for_each(|(key, value)| slots.restore(*key, value).unwrap());
    let mut store = SpillStore::open(slots, MODULE).unwrap();
    assert_eq!(get(&mut store, page(1)), Ok(Some(b"twice".to_vec())));
    assert_eq!(get(&mut store, page(0)), Ok(Some(b"zero".to_vec())));
    let mut slots = MirrorSlots::new(20);
    assert!(slots.restore(22, b"").is_err());
    assert!(slots.restore(21, &[0; 48 + 4097]).is_err());
    assert!(slots.restore(21, &[0; 48 + 4096]).is_ok());
}
