//! The playground: a page that shows a WebAssembly module and its execution,
//! and the worker in which the engine runs.
//!
//! Data goes down (`app` → `components`), messages go up, only `services` and
//! `worker` talk to the outside, and whatever can be decided without a browser
//! is decided in `model` and `view`.

#![forbid(unsafe_code)]

pub mod app;
pub mod codec;
pub mod components;
pub mod hooks;
pub mod model;
pub mod protocol;
pub mod services;
pub mod session;
pub mod source_lines;
pub mod view;
pub mod worker;
