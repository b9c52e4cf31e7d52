//! What the page weighs: every file of its first load, as a server would send it compressed.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::failure::{Context, Failure, Result};
use crate::report::thousands;
use crate::workspace::Workspace;

/// The first load of the page, compressed, in bytes.
const LIMIT: u64 = 350_000;

/// What the page fetches only when it is needed: what it is, and how its files in `dist/` begin.
/// Everything else counts as first load, so that a new file is weighed until it is named here.
const ON_DEMAND: [(&str, &str); 2] = [("the whole engine", "engine"), ("examples", "examples/")];

/// The one example that is part of the first load: the page opens with it.
const FIRST_EXAMPLE: &str = "examples/wasm/memory_ops.wasm";

#[derive(Debug)]
struct File {
    /// Relative to `dist/`.
    path: String,
    /// Bytes on disk.
    raw: u64,
    /// Bytes after gzip.
    gzip: u64,
}

impl File {
    /// What it is part of, if it is fetched on demand.
    fn on_demand(&self) -> Option<&'static str> {
        let found = ON_DEMAND.iter().find(|(_, start)| self.path.starts_with(start));
        found.filter(|_| self.path != FIRST_EXAMPLE).map(|(name, _)| *name)
    }
}

/// Prints the weight of the built page; fails above the limit or when there is no page.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let dist = workspace.dist();
    if !dist.join("index.html").is_file() {
        return Err(Failure::new("there is no built page in dist/").advise("cargo xtask build"));
    }
    let files = weigh(&dist)?;
    print!("{}", table(&files));
    if !files.iter().any(|file| file.path == FIRST_EXAMPLE) {
        return Err(Failure::new(format!(
            "the example that the page opens with is not in dist/: {FIRST_EXAMPLE}"
        )));
    }
    verdict(&files)
}

/// Every file below `directory`, heaviest first.
fn weigh(directory: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    let mut pending = vec![directory.to_path_buf()];
    while let Some(place) = pending.pop() {
        let entries = fs::read_dir(&place).context(|| format!("list {}", place.display()))?;
        for entry in entries {
            let path = entry.context(|| format!("list {}", place.display()))?.path();
            if path.is_dir() {
                pending.push(path);
            } else {
                files.push(weigh_file(directory, &path)?);
            }
        }
    }
    files.sort_by(|a, b| b.gzip.cmp(&a.gzip).then_with(|| a.path.cmp(&b.path)));
    Ok(files)
}

fn weigh_file(directory: &Path, path: &PathBuf) -> Result<File> {
    let bytes = fs::read(path).context(|| format!("read {}", path.display()))?;
    let relative = path.strip_prefix(directory).unwrap_or(path);
    Ok(File {
        path: relative.to_string_lossy().replace('\\', "/"),
        raw: bytes.len() as u64,
        gzip: gzip_size(&bytes)?,
    })
}

fn gzip_size(bytes: &[u8]) -> Result<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .context(|| "compress in memory".to_owned())
        .map(|compressed| compressed.len() as u64)
}

fn first_load(files: &[File]) -> u64 {
    files.iter().filter(|file| file.on_demand().is_none()).map(|file| file.gzip).sum()
}

fn table(files: &[File]) -> String {
    let mut table = format!("{:>10} {:>10}  file\n", "bytes", "gzip");
    for file in files.iter().filter(|file| file.on_demand().is_none()) {
        table.push_str(&row(file.raw, file.gzip, &file.path));
    }
    for (name, _) in ON_DEMAND {
        let part = || files.iter().filter(|file| file.on_demand() == Some(name));
        if part().next().is_some() {
            let (raw, gzip) =
                (part().map(|file| file.raw).sum(), part().map(|file| file.gzip).sum());
            let label = format!("({name}, fetched on demand: {} files)", part().count());
            table.push_str(&row(raw, gzip, &label));
        }
    }
    table.push_str(&format!(
        "first load: {} bytes compressed, limit {}\n",
        thousands(first_load(files)),
        thousands(LIMIT)
    ));
    table
}

fn row(raw: u64, gzip: u64, name: &str) -> String {
    format!("{:>10} {:>10}  {name}\n", thousands(raw), thousands(gzip))
}

fn verdict(files: &[File]) -> Result {
    let weight = first_load(files);
    if weight <= LIMIT {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the first load weighs {} bytes compressed, {} above its limit of {}",
        thousands(weight),
        thousands(weight - LIMIT),
        thousands(LIMIT)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, gzip: u64) -> File {
        File { path: path.to_owned(), raw: gzip * 3, gzip }
    }

    #[test]
    fn a_page_exactly_at_the_limit_passes_and_one_byte_more_fails() {
        let at_limit = [file("index.html", 50_000), file("app.wasm", LIMIT - 50_000)];
        assert!(verdict(&at_limit).is_ok());
        let above = [file("index.html", 50_000), file("app.wasm", LIMIT - 49_999)];
        let failure = verdict(&above).expect_err("above the limit").to_string();
        assert!(failure.contains("1 above its limit of 350 000"), "{failure}");
    }

    #[test]
    fn what_is_fetched_on_demand_is_shown_but_does_not_count() {
        let files = [
            file("app.wasm", 10),
            file(FIRST_EXAMPLE, 5),
            file("examples/wasm/sha256.wasm", LIMIT),
            file("engine_bg.wasm", LIMIT),
            file("engine.js", 1000),
        ];
        assert_eq!(first_load(&files), 15);
        let table = table(&files);
        assert!(
            table.contains("351 000  (the whole engine, fetched on demand: 2 files)"),
            "{table}"
        );
        assert!(table.contains("350 000  (examples, fetched on demand: 1 files)"), "{table}");
    }

    #[test]
    fn compression_shrinks_what_repeats() {
        let size = gzip_size(&[7; 100_000]).expect("compresses");
        assert!(size < 1_000, "{size}");
    }

    #[test]
    fn files_in_folders_are_weighed_heaviest_first() {
        let directory = std::env::temp_dir().join(format!("xtask-weight-{}", std::process::id()));
        fs::create_dir_all(directory.join("icons")).expect("a folder");
        fs::write(directory.join("index.html"), "<p>hello</p>").expect("a file");
        let noise: Vec<u8> = (0..4_000u32).map(|i| ((i * i) >> 3) as u8).collect();
        fs::write(directory.join("icons/app.svg"), noise).expect("a file");
        let files = weigh(&directory).expect("weighs");
        fs::remove_dir_all(&directory).expect("removed");
        let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["icons/app.svg", "index.html"]);
        assert_eq!(files[0].raw, 4_000);
    }
}
