//! fayasm on a small board: everything but what differs from board to board.
//!
//! A [`Board`] says where to print and what storage holds. [`run::all`] reads from storage what is
//! to be done (a [`Task`](task::Task) and the module behind it), does it, and prints what came of
//! it and what it took.
#![no_std]
#![warn(missing_docs)]
extern crate alloc;

pub mod board;
#[cfg(all(target_os = "none", feature = "c3"))]
pub mod c3;
#[cfg(feature = "card")]
pub mod card;
pub mod heap;
mod host;
pub mod run;
pub mod stack;
pub mod storage;
pub mod task;
#[cfg(all(target_arch = "riscv32", target_os = "none", not(feature = "c3")))]
pub mod virt;

pub use board::Board;
