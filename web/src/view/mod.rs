//! View models: what is drawn, as plain data and arithmetic.
//!
//! Nothing here touches the browser, so all of it is tested natively.

pub mod arguments;
pub mod calls;
pub mod cursor;
pub mod examples;
pub mod film;
pub mod format;
pub mod heat;
pub mod hex;
pub mod hits;
pub mod keyboard;
pub mod lines;
pub mod pace;
pub mod scroll;
pub mod shared;
pub mod speed;
pub mod surroundings;
pub mod terminal;
pub mod tiers;
pub mod timeline;
pub mod tree;
pub mod windows;
pub mod words;
