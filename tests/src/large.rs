//! Large modules, made of real code.

use fayasm_core::module::{Declarations, SectionId};
use fayasm_core::{Config, decode};

/// A valid module of at least `bytes` bytes: `module` with its functions
/// repeated, and without custom sections. The copies call the originals.
///
/// # Panics
///
/// If `module` has no functions or is malformed.
#[must_use]
pub fn repeat_functions(module: &[u8], bytes: usize) -> Vec<u8> {
    let mut all = Declarations::default();
    decode::module(module, &Config::default(), &mut all, None, &mut decode::Unchecked)
        .expect("the module to repeat is well-formed");
    let section = |id| all.sections.iter().find(|section| section.id == id);
    let code = section(SectionId::Code).expect("the module to repeat has functions");
    let entries = |contents: &[u8]| contents[leb128_length(contents)..].to_vec();
    let code_entries = entries(&module[code.contents.range()]);
    let copies = bytes / code_entries.len() + 1;
    let count = all.bodies.len() * copies;

    let mut large = module[..8].to_vec();
    for section in &all.sections {
        let contents = &module[section.contents.range()];
        match section.id {
            SectionId::Custom => {}
            SectionId::Function | SectionId::Code => {
                let mut repeated = leb128(count);
                repeated.extend(entries(contents).repeat(copies));
                large.push(section.id as u8);
                large.extend(leb128(repeated.len()));
                large.extend(repeated);
            }
            _ => large.extend(&module[section.span.range()]),
        }
    }
    large
}

fn leb128_length(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|&&byte| byte >= 0x80).count() + 1
}

fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (number & 0x7F) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}
