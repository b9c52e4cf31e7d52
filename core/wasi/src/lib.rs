//! WASI preview 1 for fayasm: what programs for the terminal expect of the
//! world, given by the embedder through small traits ([`Clock`], [`Random`],
//! [`Input`], [`Output`], [`FileSystem`]).
//!
//! [`Wasi`] is the state of one program; [`add_to_linker`] names the functions.
//! The files of [`MemoryFs`] are held in memory; with the feature `std` there
//! are the machine's clocks, randomness and standard streams, with `dir`
//! directories of the machine.
//!
//! Addresses that a program hands over are checked before a call has any
//! effect, and whatever a program can make larger has a limit.
#![forbid(unsafe_code)]
#![no_std]
#![warn(missing_docs)]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod abi;
mod calls;
mod descriptors;
#[cfg(feature = "dir")]
mod dir;
mod file_system;
mod functions;
mod guest;
#[cfg(feature = "std")]
mod machine;
mod memory_fs;
mod outside;
mod wasi;

pub use abi::{Errno, FileType};
#[cfg(feature = "dir")]
pub use dir::HostDirectory;
pub use file_system::{At, Entry, FileStatus, FileSystem, Handle, Open, Times};
pub use functions::add_to_linker;
#[cfg(feature = "std")]
pub use machine::{StandardError, StandardInput, StandardOutput, SystemClock, SystemRandom};
pub use memory_fs::MemoryFs;
pub use outside::{
    CapturedOutput, Clock, ClockId, Input, NoOutput, Output, Random, Read, SeededRandom, Sleep,
    TypedInput, VirtualClock,
};
pub use wasi::{Access, Wasi};
