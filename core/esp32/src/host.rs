//! What a board brings for modules to import, as the sample modules expect it.

use fayasm_core::module::ImportType;
use fayasm_core::{Error, Global, Linker, Memory, Module, Store, Table, Val};

/// The first half of the names.
const MODULE: &str = "env";

/// Defines what the module imports, as far as it is known here.
pub(crate) fn link(
    linker: &mut Linker<()>,
    store: &mut Store<()>,
    module: &Module,
) -> Result<(), Error> {
    for import in module.declarations().imports.iter().filter(|it| &*it.module == MODULE) {
        match (&*import.name, import.ty) {
            ("host_add", _) => {
                linker.func_wrap(MODULE, "host_add", |a: i32, b: i32| a.wrapping_add(b));
            }
            ("memory", ImportType::Memory(ty)) => {
                let memory = Memory::new(&mut *store, ty)?;
                linker.define(MODULE, "memory", memory);
            }
            ("table", ImportType::Table(ty)) => {
                let table = Table::new(&mut *store, ty, Val::FuncRef(None))?;
                linker.define(MODULE, "table", table);
            }
            ("base", ImportType::Global(ty)) => {
                let global = Global::new(&mut *store, ty, Val::I32(1024))?;
                linker.define(MODULE, "base", global);
            }
            ("cursor", ImportType::Global(ty)) => {
                let global = Global::new(&mut *store, ty, Val::I32(10))?;
                linker.define(MODULE, "cursor", global);
            }
            _ => {}
        }
    }
    Ok(())
}
