//! Modules changed at random.

use wasm_mutate::WasmMutate;

use crate::random::Random;

/// How many nodes of an expression a mutation may look at.
const EFFORT: u64 = 100;

/// One to three bytes behind the header changed, inserted or removed.
#[must_use]
pub fn bytes(module: &[u8], random: &mut Random) -> Vec<u8> {
    let mut mutant = module.to_vec();
    for _ in 0..=random.below(3) {
        if mutant.len() <= 8 {
            break;
        }
        let at = 8 + random.below(mutant.len() - 8);
        match random.below(4) {
            0 => mutant[at] = random.byte(),
            1 => mutant[at] ^= 1 << random.below(8),
            2 => mutant.insert(at, random.byte()),
            _ => drop(mutant.remove(at)),
        }
    }
    mutant
}

/// One item, instruction or name changed, by `wasm-mutate`; none if it finds
/// nothing to change, or a module that it does not know.
#[must_use]
pub fn structure(module: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let mut mutate = WasmMutate::default();
    mutate.seed(random.next_u64()).fuel(EFFORT).preserve_semantics(random.below(2) == 0);
    let mut mutants = mutate.run(module).ok()?;
    mutants.next()?.ok()
}
