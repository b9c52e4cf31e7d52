//! What the page weighs, as a server would send it compressed: every file of its first load,
//! and the engine, which it fetches when the first module is opened.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::failure::{Context, Failure, Result};
use crate::report::thousands;
use crate::workspace::Workspace;

/// A part of the page, fetched at a time of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// What shows the page, nothing opened yet. A file is part of it unless [`Part::of`] knows better.
    FirstLoad,
    /// What the first module that is opened needs besides.
    Engine,
    /// What finds lines of source code, for modules that say them.
    Lines,
    /// Those that people choose, one at a time.
    Examples,
}

impl Part {
    const ALL: [Self; 4] = [Self::FirstLoad, Self::Engine, Self::Lines, Self::Examples];

    /// What a file belongs to, by its path in `dist/`.
    fn of(path: &str) -> Self {
        match path {
            "engine.js" | "engine_bg.wasm" | "worker.js" => Self::Engine,
            "lines.js" | "lines_bg.wasm" => Self::Lines,
            _ if path.starts_with("examples/") => Self::Examples,
            _ => Self::FirstLoad,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::FirstLoad => "first load",
            Self::Engine => "engine, fetched when the first module is opened",
            Self::Lines => "source lines, fetched for modules that say them",
            Self::Examples => "examples, fetched one at a time",
        }
    }

    /// The most that it may weigh, compressed, in bytes.
    fn limit(self) -> Option<u64> {
        match self {
            Self::FirstLoad => Some(350_000),
            Self::Engine => Some(480_000),
            Self::Lines => Some(150_000),
            Self::Examples => None,
        }
    }

    fn weight(self, files: &[File]) -> u64 {
        files.iter().filter(|file| file.part() == self).map(|file| file.gzip).sum()
    }
}

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
    fn part(&self) -> Part {
        Part::of(&self.path)
    }
}

/// Prints the weight of the built page; fails above a limit or when a part of it is missing.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let dist = workspace.dist();
    if !dist.join("index.html").is_file() {
        return Err(Failure::new("there is no built page in dist/").advise("cargo xtask build"));
    }
    let files = weigh(&dist)?;
    print!("{}", table(&files));
    if Part::Engine.weight(&files) == 0 {
        return Err(Failure::new("there is no engine in dist/").advise("cargo xtask build"));
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

/// Files of the page and of its engine one by one, and what each part comes to.
fn table(files: &[File]) -> String {
    let mut table = format!("{:>10} {:>10}  file\n", "bytes", "gzip");
    for file in files.iter().filter(|file| file.part().limit().is_some()) {
        let (raw, gzip) = (thousands(file.raw), thousands(file.gzip));
        table.push_str(&format!("{raw:>10} {gzip:>10}  {}\n", file.path));
    }
    for part in Part::ALL {
        let limit = part.limit().map(|limit| format!(", limit {}", thousands(limit)));
        let weight = thousands(part.weight(files));
        let limit = limit.unwrap_or_default();
        table.push_str(&format!("{}: {weight} bytes compressed{limit}\n", part.name()));
    }
    let both = Part::FirstLoad.weight(files) + Part::Engine.weight(files);
    table.push_str(&format!("first load and engine: {} bytes compressed\n", thousands(both)));
    table
}

/// Fails if any part is above its limit.
fn verdict(files: &[File]) -> Result {
    for part in Part::ALL {
        let weight = part.weight(files);
        if let Some(limit) = part.limit().filter(|&limit| weight > limit) {
            return Err(Failure::new(format!(
                "too heavy: {}: {} bytes compressed, {} above its limit of {}",
                part.name(),
                thousands(weight),
                thousands(weight - limit),
                thousands(limit)
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, gzip: u64) -> File {
        File { path: path.to_owned(), raw: gzip * 3, gzip }
    }

    #[test]
    fn a_part_exactly_at_its_limit_passes_and_one_byte_more_fails() {
        for (path, part) in [("app.wasm", Part::FirstLoad), ("engine_bg.wasm", Part::Engine)] {
            let limit = part.limit().expect("it has one");
            assert!(verdict(&[file(path, limit)]).is_ok());
            let failure = verdict(&[file(path, limit + 1)]).expect_err("above").to_string();
            let said = format!("1 above its limit of {}", thousands(limit));
            assert!(failure.contains(&said), "{failure}");
        }
    }

    #[test]
    fn each_part_is_summed_up_on_a_line_of_its_own() {
        let files = [
            file("app.wasm", 10_000),
            file("engine_bg.wasm", 2_000),
            file("engine.js", 300),
            file("worker.js", 40),
            file("examples/wasm/sha256.wasm", 500_000),
        ];
        assert!(verdict(&files).is_ok());
        let table = table(&files);
        for line in [
            "first load: 10 000 bytes compressed, limit 350 000",
            "engine, fetched when the first module is opened: 2 340 bytes compressed, limit 480 000",
            "examples, fetched one at a time: 500 000 bytes compressed",
            "first load and engine: 12 340 bytes compressed",
        ] {
            assert!(table.lines().any(|found| found == line), "{line} in {table}");
        }
        assert!(!table.contains("sha256"), "{table}");
    }

    #[test]
    fn a_file_nobody_knows_is_part_of_the_first_load() {
        assert_eq!(Part::of("engine-more.wasm"), Part::FirstLoad);
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
