//! Types of WebAssembly: values, functions, tables, memories, globals
//! (specification §2.3).

mod composite;
mod external;
mod value;

pub use self::composite::{
    ArrayType, CompositeType, FieldType, FuncType, StorageType, StructType, SubType,
};
pub use self::external::{
    AddrType, ExternKind, ExternType, GlobalType, Limits, MemoryType, PAGE_SIZE, TableType,
};
pub use self::value::{HeapType, RefType, ValType};
