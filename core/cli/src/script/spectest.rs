//! The module `spectest`, which scripts import from.

use fayasm_core::{
    AddrType, Error, Global, GlobalType, Limits, Linker, Memory, MemoryType, RefType, Store, Table,
    TableType, Val, ValType,
};

const NAME: &str = "spectest";

pub(super) fn link(linker: &mut Linker<()>, store: &mut Store<()>) -> Result<(), Error> {
    linker.func_wrap(NAME, "print", || {});
    linker.func_wrap(NAME, "print_i32", |_: i32| {});
    linker.func_wrap(NAME, "print_i64", |_: i64| {});
    linker.func_wrap(NAME, "print_f32", |_: f32| {});
    linker.func_wrap(NAME, "print_f64", |_: f64| {});
    linker.func_wrap(NAME, "print_i32_f32", |_: i32, _: f32| {});
    linker.func_wrap(NAME, "print_f64_f64", |_: f64, _: f64| {});
    for (name, content, value) in [
        ("global_i32", ValType::I32, Val::I32(666)),
        ("global_i64", ValType::I64, Val::I64(666)),
        ("global_f32", ValType::F32, Val::F32(666.6f32.to_bits())),
        ("global_f64", ValType::F64, Val::F64(666.6f64.to_bits())),
    ] {
        let ty = GlobalType { content, mutable: false };
        let global = Global::new(&mut *store, ty, value)?;
        linker.define(NAME, name, global);
    }
    for (name, address) in [("table", AddrType::I32), ("table64", AddrType::I64)] {
        let limits = Limits { min: 10, max: Some(20) };
        let ty = TableType { address, ..TableType::new(RefType::FUNCREF, limits) };
        let table = Table::new(&mut *store, ty, Val::FuncRef(None))?;
        linker.define(NAME, name, table);
    }
    for (name, shared) in [("memory", false), ("shared_memory", true)] {
        let limits = Limits { min: 1, max: Some(2) };
        let ty = MemoryType { shared, ..MemoryType::new(limits) };
        let memory = Memory::new(&mut *store, ty)?;
        linker.define(NAME, name, memory);
    }
    Ok(())
}
