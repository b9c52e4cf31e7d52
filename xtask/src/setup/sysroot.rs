//! A sysroot of our own, for machines where rustup cannot download targets.
//!
//! Debian's compiler comes with the sources of Rust's library, from which the library is built
//! for our targets. It is kept in the cache, beside links to what Debian installed for this
//! machine, so that the system's own directories stay as they are:
//!
//! ```text
//! sysroot-1.96.0/bin/rustc                          /usr/bin/rustc with this sysroot
//! sysroot-1.96.0/bin/rustdoc                        /usr/bin/rustdoc likewise
//! sysroot-1.96.0/bin/cargo                       -> /usr/bin/cargo
//! sysroot-1.96.0/lib/rustlib/src                 -> /usr/lib/rustlib/src
//! sysroot-1.96.0/lib/rustlib/<host>/lib          -> /usr/lib/rustlib/<host>/lib
//! sysroot-1.96.0/lib/rustlib/<host>/bin/rust-lld -> /usr/bin/lld-22
//! sysroot-1.96.0/lib/rustlib/<target>/lib           what is built here
//! ```

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Target, debian, fill_directory};
use crate::failure::{Context, Failure, Result};
use crate::process;
use crate::workspace::{Workspace, remove};

const PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
const RUSTC: &str = "/usr/bin/rustc";
const RUSTDOC: &str = "/usr/bin/rustdoc";
const CARGO: &str = "/usr/bin/cargo";

/// The sysroot that belongs to the compiler that Debian has installed now.
pub(super) fn find(workspace: &Workspace) -> Option<PathBuf> {
    if !Path::new(RUSTC).is_file() {
        return None;
    }
    let sysroot = directory(workspace, &Compiler::installed()?);
    sysroot.is_dir().then_some(sysroot)
}

/// Installs Debian's compiler if need be and builds the library for `target`.
pub(super) fn build(workspace: &Workspace, target: Target) -> Result {
    let compiler = installed_compiler()?;
    let sysroot = directory(workspace, &compiler);
    if !sysroot.is_dir() {
        fill_directory(&sysroot, |partial| lay_out(partial, &sysroot, &compiler))?;
    }
    let scratch = workspace.cache.join("build-library");
    remove(&scratch)?;
    compile_library(&sysroot, target, &scratch)?;
    let built = scratch.join("target").join(target.triple).join("release/deps");
    fill_directory(&sysroot.join("lib/rustlib").join(target.triple), |partial| {
        copy_libraries(&built, &partial.join("lib"))
    })?;
    remove(&scratch)
}

fn directory(workspace: &Workspace, compiler: &Compiler) -> PathBuf {
    workspace.cache.join(format!("sysroot-{}", compiler.release))
}

/// What `rustc -vV` says of itself.
#[derive(Debug, PartialEq, Eq)]
struct Compiler {
    release: String,
    host: String,
    /// The major version of the LLVM it uses; the linker has to match.
    llvm: String,
}

impl Compiler {
    fn installed() -> Option<Self> {
        Self::parse(&process::output(Command::new(RUSTC).arg("-vV"))?)
    }

    fn parse(text: &str) -> Option<Self> {
        let field = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name))
                .map(|value| value.trim().to_owned())
        };
        let llvm = field("LLVM version:")?;
        Some(Self {
            release: field("release:")?,
            host: field("host:")?,
            llvm: llvm.split('.').next()?.to_owned(),
        })
    }

    fn linker_package(&self) -> String {
        format!("lld-{}", self.llvm)
    }

    fn linker(&self) -> PathBuf {
        Path::new("/usr/bin").join(self.linker_package())
    }
}

fn installed_compiler() -> Result<Compiler> {
    let complete = [RUSTC, RUSTDOC, CARGO, "/usr/lib/rustlib/src/rust/library"];
    if !complete.iter().all(|path| Path::new(path).exists()) {
        debian::install(&PACKAGES)?;
    }
    let compiler = Compiler::installed()
        .ok_or_else(|| Failure::new(format!("{RUSTC} does not say which version it is")))?;
    let oldest = env!("CARGO_PKG_RUST_VERSION");
    if !is_at_least(&compiler.release, oldest) {
        let found = &compiler.release;
        return Err(Failure::new(format!(
            "{RUSTC} is version {found}, and this project needs {oldest} or later"
        )));
    }
    if !compiler.linker().exists() {
        debian::install(&[&compiler.linker_package()])?;
    }
    Ok(compiler)
}

/// Compares the first two numbers of versions.
fn is_at_least(found: &str, oldest: &str) -> bool {
    let numbers = |version: &str| -> Vec<u32> {
        version.split('.').take(2).filter_map(|number| number.parse().ok()).collect()
    };
    numbers(found) >= numbers(oldest)
}

/// Makes everything but the targets' libraries; `sysroot` is where `partial` will end up.
fn lay_out(partial: &Path, sysroot: &Path, compiler: &Compiler) -> Result {
    let rustlib = Path::new("lib/rustlib");
    let host = rustlib.join(&compiler.host);
    let system = Path::new("/usr");
    let links = [
        (PathBuf::from(CARGO), PathBuf::from("bin/cargo")),
        (system.join(rustlib).join("src"), rustlib.join("src")),
        (system.join(&host).join("lib"), host.join("lib")),
        (compiler.linker(), host.join("bin/rust-lld")),
    ];
    for (original, link) in links {
        let link = partial.join(link);
        create_parent(&link)?;
        symlink(&original, &link).context(|| format!("link {}", link.display()))?;
    }
    write_program(&partial.join("bin/rustc"), &wrapper(RUSTC, sysroot))?;
    write_program(&partial.join("bin/rustdoc"), &wrapper(RUSTDOC, sysroot))
}

/// Starts `program` with our sysroot, unless whoever calls it chose one.
fn wrapper(program: &str, sysroot: &Path) -> String {
    let sysroot = sysroot.to_string_lossy().replace('\'', r"'\''");
    format!(
        "#!/bin/sh\n\
         for argument; do\n\
         \x20 case $argument in --sysroot | --sysroot=*) exec {program} \"$@\" ;; esac\n\
         done\n\
         exec {program} --sysroot '{sysroot}' \"$@\"\n"
    )
}

fn compile_library(sysroot: &Path, target: Target, scratch: &Path) -> Result {
    let manifest = scratch.join("Cargo.toml");
    let source = scratch.join("src/lib.rs");
    create_parent(&source)?;
    let attribute = if target.has_std() { "" } else { "#![no_std]\n" };
    fs::write(&source, attribute)
        .and_then(|()| {
            fs::write(&manifest, "[package]\nname = \"empty\"\nedition = \"2024\"\n[workspace]\n")
        })
        .context(|| format!("write {}", manifest.display()))?;
    process::run(
        Command::new(CARGO)
            .args(["build", "--release", "--target", target.triple])
            .arg(format!("-Zbuild-std={}", target.library))
            .current_dir(scratch)
            .env_remove("LD_LIBRARY_PATH")
            .env("CARGO_TARGET_DIR", scratch.join("target"))
            .env("RUSTC", sysroot.join("bin/rustc"))
            // -Zbuild-std is not stable, and this is the compiler its sources were written for.
            .env("RUSTC_BOOTSTRAP", "1")
            // Link-time optimisation of the page reads it from the library.
            .env("RUSTFLAGS", "-Cembed-bitcode=yes"),
    )
}

fn copy_libraries(from: &Path, to: &Path) -> Result {
    fs::create_dir_all(to).context(|| format!("create {}", to.display()))?;
    let entries = fs::read_dir(from).context(|| format!("list {}", from.display()))?;
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_library = name.to_string_lossy().ends_with(".rlib");
        if is_library && name != "libempty.rlib" {
            fs::copy(entry.path(), to.join(&name))
                .context(|| format!("copy {}", entry.path().display()))?;
        }
    }
    Ok(())
}

fn create_parent(path: &Path) -> Result {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).context(|| format!("create {}", parent.display()))
}

fn write_program(path: &Path, text: &str) -> Result {
    create_parent(path)?;
    fs::write(path, text)
        .and_then(|()| make_executable(path))
        .context(|| format!("write {}", path.display()))
}

#[cfg(unix)]
fn symlink(original: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(original, link)
}

#[cfg(unix)]
fn make_executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linker_is_the_one_of_the_compilers_llvm() {
        let text = "rustc 1.96.0 (ac68faa20 2026-05-25)\nbinary: rustc\n\
                    host: x86_64-unknown-linux-gnu\nrelease: 1.96.0\nLLVM version: 22.1.8\n";
        let compiler = Compiler::parse(text).expect("understood");
        assert_eq!(compiler.release, "1.96.0");
        assert_eq!(compiler.host, "x86_64-unknown-linux-gnu");
        assert_eq!(compiler.linker_package(), "lld-22");
        assert_eq!(Compiler::parse("rustc 1.96.0\n"), None);
    }

    #[cfg(unix)]
    #[test]
    fn the_wrapper_gives_its_sysroot_unless_one_is_chosen() {
        let directory = std::env::temp_dir().join(format!("xtask-wrapper-{}", std::process::id()));
        let program = directory.join("print");
        write_program(&program, &wrapper("/bin/echo", Path::new("/it's here"))).expect("written");
        let printed = |words: &[&str]| process::output(Command::new(&program).args(words));
        let added = printed(&["-vV", "a b"]);
        let chosen = printed(&["--sysroot", "/other"]);
        let chosen_in_one_word = printed(&["--sysroot=/other"]);
        fs::remove_dir_all(&directory).expect("removed");
        assert_eq!(added.as_deref(), Some("--sysroot /it's here -vV a b\n"));
        assert_eq!(chosen.as_deref(), Some("--sysroot /other\n"));
        assert_eq!(chosen_in_one_word.as_deref(), Some("--sysroot=/other\n"));
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        let cases = [
            ("1.96.0", "1.95", true),
            ("1.95.0", "1.95", true),
            ("1.100.0", "1.95", true),
            ("1.85.0", "1.95", false),
            ("2.0.0", "1.95", true),
        ];
        for (found, oldest, expected) in cases {
            assert_eq!(is_at_least(found, oldest), expected, "{found} {oldest}");
        }
    }
}
