//! Everything that talks to the outside of the page: the engine's worker, files
//! and the network, the address bar, what is remembered between visits.

pub mod engine;
pub mod files;
pub mod location;
pub mod markup;
pub mod memory;
pub mod size;
