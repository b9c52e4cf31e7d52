//! What components share: the page's handle, replies, windows, the keyboard.

mod address;
mod commands;
mod hits;
mod keyboard;
mod media;
mod opening;
mod origin;
mod player;
mod replies;
mod signs;
mod width;
mod windows;
mod written;

pub use address::use_address;
pub use commands::{Commands, Then, use_commands};
pub use hits::use_breakpoints;
pub use keyboard::{is_typing, release_keyboard, use_keyboard};
pub use media::{NARROW, use_media};
pub use opening::{Opening, give_files, link_files, show_module, use_opening};
pub use origin::{UseOrigin, use_origin};
pub use player::{Reel, UsePlayer, now, use_player};
pub use replies::{Page, use_page, use_replies};
pub use signs::use_signs;
pub use width::use_width;
pub use windows::{UseWindows, use_windows};
pub use written::use_written;
