//! Slots that know in which order they were written, to say what is left of them when power fails.

use fayasm_core::spill::{HEADER_BYTES, MirrorError, MirrorSlots, SUPERBLOCK_BYTES, Slots};

use super::errand::Values;

/// Slots in RAM, and what was done with them since that was asked last.
pub(super) struct Recorder {
    mirror: MirrorSlots,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The value of this key was written.
    Write(u32),
    Flush,
}

/// The key of the first slot: superblocks come before.
const FIRST_SLOT: u32 = 2;

impl Recorder {
    pub(super) fn new(slots: u32) -> Self {
        Recorder { mirror: MirrorSlots::new(slots), steps: Vec::new() }
    }

    pub(super) fn restore(&mut self, key: u32, value: &[u8]) -> Result<(), MirrorError> {
        self.mirror.restore(key, value)
    }

    /// All values that have changed.
    pub(super) fn take_changes(&mut self) -> Values {
        self.steps.clear();
        let mut changes = Values::new();
        self.mirror.take_changes(|key, value| {
            changes.set(key, value.to_vec());
        });
        changes
    }

    /// Those of the values that have changed which are written when power fails at a moment taken
    /// as if at random: all until the last flush before, and of those after it some, in part.
    pub(super) fn survivors(&mut self, mut random: impl FnMut() -> u64) -> Values {
        let steps = std::mem::take(&mut self.steps);
        let mut changes = self.take_changes();
        let mut below = |bound: usize| (random() % (bound as u64).max(1)) as usize;
        let done = steps.get(..below(steps.len() + 1)).unwrap_or_default();
        let flushed = done.iter().rposition(|step| *step == Step::Flush).unwrap_or(0);
        let mut left = Values::new();
        for (at, step) in done.iter().enumerate() {
            let Step::Write(key) = *step else { continue };
            let Some(mut value) = changes.remove(key) else { continue };
            match below(4) {
                _ if at < flushed => {}
                0 => continue,
                1 => value.truncate(below(value.len())),
                _ => {}
            }
            left.set(key, value);
        }
        left
    }
}

impl Slots for Recorder {
    type Error = MirrorError;

    fn slots(&mut self) -> Result<u32, MirrorError> {
        self.mirror.slots()
    }

    fn read_superblock(
        &mut self,
        which: u32,
        into: &mut [u8; SUPERBLOCK_BYTES],
    ) -> Result<(), MirrorError> {
        self.mirror.read_superblock(which, into)
    }

    fn write_superblock(
        &mut self,
        which: u32,
        from: &[u8; SUPERBLOCK_BYTES],
    ) -> Result<(), MirrorError> {
        self.steps.push(Step::Write(which));
        self.mirror.write_superblock(which, from)
    }

    fn read_header(&mut self, slot: u32, into: &mut [u8; HEADER_BYTES]) -> Result<(), MirrorError> {
        self.mirror.read_header(slot, into)
    }

    fn read_body(&mut self, slot: u32, into: &mut [u8]) -> Result<(), MirrorError> {
        self.mirror.read_body(slot, into)
    }

    fn write(
        &mut self,
        slot: u32,
        header: &[u8; HEADER_BYTES],
        body: &[u8],
    ) -> Result<(), MirrorError> {
        self.steps.push(Step::Write(slot + FIRST_SLOT));
        self.mirror.write(slot, header, body)
    }

    fn void(&mut self, slot: u32) -> Result<(), MirrorError> {
        self.steps.push(Step::Write(slot + FIRST_SLOT));
        self.mirror.void(slot)
    }

    fn flush(&mut self) -> Result<(), MirrorError> {
        self.steps.push(Step::Flush);
        self.mirror.flush()
    }
}
