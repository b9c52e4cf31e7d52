//! Modules made at random, by `wasm-smith`.

use arbitrary::Unstructured;
use wasm_smith::{Config, InstructionKind, InstructionKinds, Module};
use wasmparser::WasmFeatures;

use crate::oracle;
use crate::random::Random;

/// No memory begins with more.
const MEMORY_BYTES: u64 = 1 << 18;

/// No table begins with more elements.
const TABLE_ELEMENTS: u64 = 1000;

/// How often functions may be called and loops go round in modules that end
/// by themselves. Less than how deep calls may nest.
const TURNS: u32 = 800;

/// What modules may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// What `wasmi` knows as well, without vectors.
    Scalar,
    /// What `wasmi` knows as well.
    Common,
    /// All that the engine knows.
    Everything,
}

impl Profile {
    /// Whether both engines know all of it.
    #[must_use]
    pub fn is_common(self) -> bool {
        self != Profile::Everything
    }
}

/// The module of this number: profiles take turns.
#[must_use]
pub fn module(random: &mut Random, number: u64) -> (Vec<u8>, Profile) {
    let profile = match number % 4 {
        0 | 2 => Profile::Scalar,
        1 => Profile::Common,
        _ => Profile::Everything,
    };
    let config = config(profile, random);
    let length = 2000 + random.below(10_000);
    let noise: Vec<u8> = (0..length).map(|_| random.byte()).collect();
    let mut module = Module::new(config, &mut Unstructured::new(&noise))
        .expect("noise that runs out is taken for zeros");
    // The rest runs until the fuel is used up.
    if random.below(4) > 0 {
        module.ensure_termination(TURNS).expect("no function is invalid");
    }
    (module.to_bytes(), profile)
}

fn config(profile: Profile, random: &mut Random) -> Config {
    let known = oracle::features();
    let common = profile.is_common();
    let on = |feature: WasmFeatures| known.contains(feature);
    // In corner cases of relaxed vectors, engines may differ.
    let vectors = profile != Profile::Scalar && on(WasmFeatures::SIMD);
    let mut config = Config {
        simd_enabled: vectors,
        relaxed_simd_enabled: vectors && !common && on(WasmFeatures::RELAXED_SIMD),
        gc_enabled: !common && on(WasmFeatures::GC),
        exceptions_enabled: !common && on(WasmFeatures::EXCEPTIONS),
        threads_enabled: !common && on(WasmFeatures::THREADS),
        tail_call_enabled: on(WasmFeatures::TAIL_CALL),
        extended_const_enabled: on(WasmFeatures::EXTENDED_CONST),
        memory64_enabled: on(WasmFeatures::MEMORY64),
        custom_page_sizes_enabled: on(WasmFeatures::CUSTOM_PAGE_SIZES),
        wide_arithmetic_enabled: on(WasmFeatures::WIDE_ARITHMETIC),
        compact_imports_enabled: on(WasmFeatures::COMPACT_IMPORTS),
        max_memories: if on(WasmFeatures::MULTI_MEMORY) { 3 } else { 1 },
        max_tables: 4,
        max_memory32_bytes: MEMORY_BYTES,
        max_memory64_bytes: MEMORY_BYTES.into(),
        max_table_elements: TABLE_ELEMENTS,
        export_everything: true,
        generate_custom_sections: random.below(8) == 0,
        // Both engines make scalar NaNs canonical; `wasmi` not those in vectors.
        canonicalize_nans: common && (vectors || random.below(2) == 0),
        min_funcs: 1 + random.below(6),
        max_funcs: 12,
        max_imports: 8,
        max_instructions: 30 + random.below(300),
        // What traps at the first instruction shows little of the rest.
        disallow_traps: random.below(3) == 0,
        max_type_size: 300,
        ..Config::default()
    };
    // Now and then without some kinds of instructions, so that there are more of the rest.
    if random.below(3) == 0 {
        let kinds: Vec<InstructionKind> =
            KINDS.into_iter().filter(|_| random.below(3) > 0).collect();
        config.allowed_instructions = InstructionKinds::new(&kinds);
    }
    config
}

const KINDS: [InstructionKind; 12] = [
    InstructionKind::NumericInt,
    InstructionKind::Numeric,
    InstructionKind::VectorInt,
    InstructionKind::Vector,
    InstructionKind::Reference,
    InstructionKind::Parametric,
    InstructionKind::Variable,
    InstructionKind::Table,
    InstructionKind::MemoryInt,
    InstructionKind::Memory,
    InstructionKind::Control,
    InstructionKind::Aggregate,
];
