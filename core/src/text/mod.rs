//! Text for people: disassembly and listings, the same in the page and on a terminal.

mod decimal;
mod disassembly;
mod dump;
mod effect;
mod float;
mod printable;

pub(crate) use decimal::{FloatShape, nearest};
pub use disassembly::{Code, CodeLine, Disassembly, block_type};
pub use dump::dump;
pub use effect::StackEffect;
pub use float::{F32Text, F64Text};
pub use printable::printable;
