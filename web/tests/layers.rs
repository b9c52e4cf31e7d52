//! What the page's program must not link.

#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::{Path, PathBuf};

/// The engine's side: nothing else may know of it.
const ENGINE: [&str; 5] = ["session", "worker", "worker.rs", "bin/engine.rs", "lib.rs"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { sources(&path, found) } else { found.push(path) }
    }
}

#[test]
fn the_page_knows_nothing_of_the_engine_but_the_protocol() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.retain(|file| !ENGINE.iter().any(|engine| file.starts_with(root.join(engine))));
    assert!(files.len() > 50, "{files:?}");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for engine in
            ["fayasm_core", "fayasm_wasi", "fayasm_trace", "crate::session", "crate::worker"]
        {
            assert!(!text.contains(engine), "{} names {engine}", file.display());
        }
    }
}
