//! Runtime: stores and what lives in them (specification §4.2), by the names and
//! in the manner that embedders know from wasmtime.

mod account;
mod caller;
mod context;
mod error;
mod externs;
mod func;
mod global;
mod heap;
mod host;
mod instance;
mod instantiate;
mod instantiation_error;
mod interrupt;
mod journal;
mod limits;
mod linear_memory;
mod linker;
mod memory;
mod paging;
mod store;
mod store_id;
mod table;
mod tag;
mod trap;
mod typed;
mod val;
mod val_text;

pub use caller::Caller;
pub use context::{AsContext, AsContextMut};
pub use error::Error;
pub use externs::Extern;
pub use func::Func;
pub use global::Global;
pub use host::{HostError, HostFunction, HostResult, IntoFunc};
pub use instance::Instance;
pub use instantiation_error::InstantiationError;
pub use interrupt::InterruptHandle;
pub use limits::StoreLimits;
pub use linker::Linker;
pub use memory::{Memory, MemoryAccess};
pub use paging::{
    FRAME_BYTES, PageChange, PageEvent, PageState, Paging, PagingStats, Policy, Reason,
};
pub use store::{FunctionTrap, Store, StoreInner};
pub use table::Table;
pub use tag::Tag;
pub use trap::{BacktraceFrame, MAX_BACKTRACE, SignatureMismatch, Trap, TrapKind};
pub use typed::{TypedFunc, WasmTy, WasmValues};
pub use val::{AnyRef, ExnRef, ExternRef, Val};
pub use val_text::ParseValError;

pub(crate) use account::Account;
pub(crate) use context::inner;
pub(crate) use global::GlobalData;
pub(crate) use heap::{Heap, Held, Object, Pace, Referent};
pub(crate) use host::{put_results, put_vals, vals_of};
pub(crate) use journal::{Access, Changes};
pub(crate) use linear_memory::LinearMemory;
pub(crate) use paging::{
    Absent, FRAME_LOG2, Halt, KeptPages, Memories, Need, PageFrame, PageTable,
};
pub(crate) use store::{Elements, FunctionData, FunctionTraps, InstanceData, SegmentState};
pub(crate) use store_id::{StoreId, Stored};
pub(crate) use table::TableData;
pub(crate) use val::{NULL, Space, address_of_slot, low, slot_of_address};
