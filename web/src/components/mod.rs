//! What the page is drawn of. Components take data and callbacks, and hold no
//! more state than how they themselves stand (scrolled, opened, dragged).

pub mod asked;
pub mod banner;
pub mod call_form;
pub mod class;
pub mod code;
pub mod drop_zone;
pub mod examples_menu;
pub mod explanation;
pub mod exports;
pub mod footer;
pub mod globals;
pub mod header;
pub mod hex;
pub mod hex_row;
pub mod icon;
pub mod imports;
pub mod keys_dialog;
pub mod leb128;
pub mod memory;
pub mod outcome;
pub mod pane_bar;
pub mod prose;
pub mod search;
pub mod side_panel;
pub mod span_button;
pub mod splitter;
pub mod state;
pub mod structure;
pub mod tables;
pub mod tabs;
pub mod terminal;
pub mod theme_button;
pub mod transport;
pub mod values;
pub mod virtual_list;
