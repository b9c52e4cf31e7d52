//! What functions on paths do, in memory and in a real directory alike.

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::{ALL, Calls, DIR, temporary};
use fayasm_wasi::{Access, Errno, HostDirectory, MemoryFs};

const CREAT: i64 = 1;
const DIRECTORY: i64 = 2;
const EXCL: i64 = 4;
const TRUNC: i64 = 8;

/// Tries the same in memory and in a new directory of the machine.
fn everywhere(name: &str, check: impl Fn(&mut Calls)) {
    check(&mut Calls::new());
    let directory = HostDirectory::open(temporary(name)).unwrap();
    check(&mut Calls::with(directory, Access::ReadWrite));
}

/// Shorthands for functions of one path.
impl Calls {
    fn make_directory(&mut self, path: &str) -> u16 {
        let [at, length] = self.path(path);
        self.raw("path_create_directory", &[DIR.into(), at, length])
    }

    fn remove_directory(&mut self, path: &str) -> u16 {
        let [at, length] = self.path(path);
        self.raw("path_remove_directory", &[DIR.into(), at, length])
    }

    fn unlink(&mut self, path: &str) -> u16 {
        let [at, length] = self.path(path);
        self.raw("path_unlink_file", &[DIR.into(), at, length])
    }

    fn rename(&mut self, from: &str, to: &str) -> u16 {
        let ([a, b], [c, d]) = (self.path(from), self.other_path(to));
        self.raw("path_rename", &[DIR.into(), a, b, DIR.into(), c, d])
    }

    fn symlink(&mut self, target: &str, path: &str) -> u16 {
        let ([a, b], [c, d]) = (self.path(target), self.other_path(path));
        self.raw("path_symlink", &[a, b, DIR.into(), c, d])
    }

    fn link(&mut self, from: &str, to: &str) -> u16 {
        let ([a, b], [c, d]) = (self.path(from), self.other_path(to));
        self.raw("path_link", &[DIR.into(), 0, a, b, DIR.into(), c, d])
    }

    /// The type of what a path names, or the error number.
    fn file_type(&mut self, path: &str, follow: bool) -> Result<u8, u16> {
        let [at, length] = self.path(path);
        let args = [DIR.into(), follow.into(), at, length, 512];
        match self.raw("path_filestat_get", &args) {
            0 => Ok(self.bytes(528, 1)[0]),
            errno => Err(errno),
        }
    }

    fn make_file(&mut self, path: &str, content: &[u8]) {
        let file = self.open(path, CREAT | TRUNC);
        self.write(file, content);
        self.ok("fd_close", &[file]);
    }

    fn content(&mut self, path: &str) -> Vec<u8> {
        let file = self.open(path, 0);
        let content = self.read(file, 1000);
        self.ok("fd_close", &[file]);
        content
    }

    /// The names in a directory with their types, read with a buffer of this size.
    fn list(&mut self, fd: i64, size: usize) -> BTreeMap<String, u8> {
        let mut names = BTreeMap::new();
        let mut cookie = 0_u64;
        loop {
            self.ok("fd_readdir", &[fd, 2048, size as i64, cookie as i64, 128]);
            let used = self.u32(128) as usize;
            let mut at = 0;
            while at + 24 <= used {
                let length = self.u32(2048 + at + 16) as usize;
                if at + 24 + length > used {
                    break;
                }
                let name = self.bytes(2048 + at + 24, length).to_vec();
                let file_type = self.bytes(2048 + at + 20, 1)[0];
                cookie = self.u64(2048 + at);
                let name = String::from_utf8(name).unwrap();
                assert_eq!(names.insert(name.clone(), file_type), None, "{name} comes twice");
                at += 24 + length;
            }
            if used < size {
                return names;
            }
            assert!(at > 0, "a buffer of {size} is too small");
        }
    }
}

const OK: u16 = 0;

fn err(errno: Errno) -> u16 {
    errno.code()
}

#[test]
fn no_path_leads_out_of_the_directory_it_starts_from() {
    everywhere("no_way_out", |calls| {
        assert_eq!(calls.make_directory("sub"), OK);
        for path in ["..", "../x", "/", "/etc/passwd", "sub/../..", "sub/../../x", "./../x"] {
            let perm = err(Errno::Perm);
            assert_eq!(calls.try_open(DIR, path, 0, ALL), Err(perm), "open {path}");
            assert_eq!(calls.try_open(DIR, path, CREAT, ALL), Err(perm), "create {path}");
            assert_eq!(calls.try_open(DIR, path, DIRECTORY, ALL), Err(perm), "directory {path}");
            assert_eq!(calls.file_type(path, true), Err(perm), "stat {path}");
            assert_eq!(calls.rename("sub", path), perm, "rename to {path}");
            assert_eq!(calls.rename(path, "x"), perm, "rename {path}");
        }
        for path in ["../x", "/x", "sub/../../x"] {
            let perm = err(Errno::Perm);
            assert_eq!(calls.make_directory(path), perm, "{path}");
            assert_eq!(calls.unlink(path), perm, "{path}");
            assert_eq!(calls.remove_directory(path), perm, "{path}");
            assert_eq!(calls.symlink("sub", path), perm, "{path}");
            assert_eq!(calls.link(path, "x"), perm, "{path}");
        }
        // Nor from a directory within.
        let sub = calls.open("sub", DIRECTORY) as i32;
        assert_eq!(calls.try_open(sub, "../sub", 0, ALL), Err(err(Errno::Perm)));
        assert_eq!(calls.file_type("sub/../sub/.", true), Ok(3));
    });
}

#[test]
fn symbolic_links_lead_only_to_what_is_within() {
    everywhere("links_within", |calls| {
        calls.make_file("file", b"here");
        assert_eq!(calls.make_directory("sub"), OK);
        assert_eq!(calls.symlink("../file", "sub/link"), OK);
        assert_eq!(calls.content("sub/link"), b"here");
        assert_eq!(calls.file_type("sub/link", false), Ok(7));
        assert_eq!(calls.file_type("sub/link", true), Ok(4));
        let sub = calls.open("sub", DIRECTORY) as i32;
        assert_eq!(calls.try_open(sub, "link", 0, ALL), Err(err(Errno::Perm)));

        assert_eq!(calls.symlink("/etc/passwd", "absolute"), err(Errno::Perm));
        assert_eq!(calls.symlink("../../outside", "sub/out"), OK);
        assert_eq!(calls.try_open(DIR, "sub/out", 0, ALL), Err(err(Errno::Perm)));
        assert_eq!(calls.try_open(DIR, "sub/out", CREAT, ALL), Err(err(Errno::Perm)));
        assert_eq!(calls.symlink("loop", "loop"), OK);
        assert_eq!(calls.try_open(DIR, "loop", 0, ALL), Err(err(Errno::Loop)));
        assert_eq!(calls.symlink("b", "a"), OK);
        assert_eq!(calls.symlink("a", "b"), OK);
        assert_eq!(calls.file_type("a/x", true), Err(err(Errno::Loop)));
        assert_eq!(calls.symlink("file", "file"), err(Errno::Exist));

        let [at, length] = calls.path("sub/link");
        calls.ok("path_readlink", &[DIR.into(), at, length, 1024, 100, 128]);
        assert_eq!(calls.bytes(1024, calls.u32(128) as usize), b"../file");
        calls.ok("path_readlink", &[DIR.into(), at, length, 1024, 4, 128]);
        assert_eq!(calls.bytes(1024, calls.u32(128) as usize), b"../f");
        let [at, length] = calls.path("file");
        let args = [DIR.into(), at, length, 1024, 4, 128];
        calls.fails("path_readlink", &args, Errno::Inval);
        let args = [DIR.into(), 0, 20_000, 8, 0, ALL, ALL, 0, 128];
        calls.path("sub/link");
        calls.fails("path_open", &args, Errno::Loop);
    });
}

#[cfg(unix)]
#[test]
fn symbolic_links_that_lie_there_already_do_not_lead_out() {
    let outside = temporary("outside");
    std::fs::write(outside.join("secret"), "secret").unwrap();
    let inside = temporary("inside");
    let link = |target: &Path, name: &str| {
        std::os::unix::fs::symlink(target, inside.join(name)).unwrap();
    };
    link(&outside, "absolute");
    link(Path::new("../outside"), "relative");
    link(&outside.join("secret"), "file");
    let mut calls = Calls::with(HostDirectory::open(&inside).unwrap(), Access::ReadWrite);
    for path in ["absolute", "absolute/secret", "relative", "relative/secret", "file"] {
        assert_eq!(calls.try_open(DIR, path, 0, ALL), Err(err(Errno::Perm)), "{path}");
        assert_eq!(calls.file_type(path, true), Err(err(Errno::Perm)), "{path}");
    }
    assert_eq!(calls.unlink("relative/secret"), err(Errno::Perm));
    assert_eq!(calls.file_type("file", false), Ok(7));
    assert_eq!(std::fs::read_to_string(outside.join("secret")).unwrap(), "secret");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_and_no_directory_cannot_be_opened() {
    let mut calls = Calls::with(HostDirectory::open("/dev").unwrap(), Access::ReadWrite);
    for path in ["zero", "null"] {
        assert_eq!(calls.try_open(DIR, path, 0, ALL), Err(err(Errno::NotSup)));
        assert_eq!(calls.file_type(path, true), Ok(2));
    }
    assert_eq!(calls.store.data().unsupported(), [("path_open", 2)]);
}

#[test]
fn paths_that_are_none_are_refused() {
    everywhere("no_paths", |calls| {
        let long = "n".repeat(256);
        calls.make_file("file", b"");
        for (path, errno) in [
            ("", Errno::NoEnt),
            ("a\0b", Errno::Inval),
            ("missing/file", Errno::NoEnt),
            ("file/", Errno::NotDir),
            ("file/x", Errno::NotDir),
            (&long, Errno::NameTooLong),
        ] {
            assert_eq!(calls.try_open(DIR, path, CREAT, ALL), Err(err(errno)), "{path}");
        }
        calls.put(20_000, b"\xFF");
        calls.fails("path_unlink_file", &[DIR.into(), 20_000, 1], Errno::IlSeq);
        calls.put(20_000, &[b'a'; 5000]);
        calls.fails("path_unlink_file", &[DIR.into(), 20_000, 5000], Errno::NameTooLong);
        calls.fails("path_unlink_file", &[0, 20_000, 1], Errno::NotDir);
        let [at, length] = calls.path("file");
        let open = |lookup, oflags, fdflags| {
            [DIR.into(), lookup, at, length, oflags, ALL, ALL, fdflags, 128]
        };
        calls.fails("path_open", &open(2, 0, 0), Errno::Inval);
        calls.fails("path_open", &open(0, 16, 0), Errno::Inval);
        calls.fails("path_open", &open(0, 0, 32), Errno::Inval);
        calls.fails("path_open", &open(0, DIRECTORY | CREAT, 0), Errno::Inval);
    });
}

#[test]
fn opening_makes_cuts_off_and_refuses_as_asked() {
    everywhere("opening", |calls| {
        assert_eq!(calls.try_open(DIR, "file", 0, ALL), Err(err(Errno::NoEnt)));
        calls.make_file("file", b"content");
        let exists = err(Errno::Exist);
        assert_eq!(calls.try_open(DIR, "file", CREAT | EXCL, ALL), Err(exists));
        calls.open("new", CREAT | EXCL);
        calls.open("file", CREAT);
        assert_eq!(calls.content("file"), b"content");
        calls.open("file", TRUNC);
        assert_eq!(calls.content("file"), b"");
        assert_eq!(calls.try_open(DIR, "file", DIRECTORY, ALL), Err(err(Errno::NotDir)));
        assert_eq!(calls.make_directory("sub"), OK);
        assert_eq!(calls.try_open(DIR, "sub", 0, ALL), Err(err(Errno::IsDir)));
        assert_eq!(calls.try_open(DIR, "sub", TRUNC, ALL), Err(err(Errno::IsDir)));
        let sub = calls.open("sub", DIRECTORY) as i32;
        calls.try_open(sub, "inner", CREAT, ALL).unwrap();
        assert_eq!(calls.file_type("sub/inner", false), Ok(4));
        assert_eq!(calls.try_open(4, "x", CREAT, ALL), Err(err(Errno::NotDir)));
    });
}

#[test]
fn directories_are_made_and_removed_when_empty() {
    everywhere("directories", |calls| {
        assert_eq!(calls.make_directory("sub/"), OK);
        assert_eq!(calls.make_directory("sub"), err(Errno::Exist));
        assert_eq!(calls.make_directory("a/b"), err(Errno::NoEnt));
        calls.make_file("sub/file", b"");
        assert_eq!(calls.make_directory("sub/file/x"), err(Errno::NotDir));
        assert_eq!(calls.remove_directory("sub"), err(Errno::NotEmpty));
        assert_eq!(calls.remove_directory("sub/file"), err(Errno::NotDir));
        assert_eq!(calls.remove_directory("none"), err(Errno::NoEnt));
        assert_eq!(calls.unlink("sub"), err(Errno::IsDir));
        assert_eq!(calls.unlink("sub/none"), err(Errno::NoEnt));
        assert_eq!(calls.unlink("sub/file"), OK);
        assert_eq!(calls.remove_directory("sub"), OK);
        assert_eq!(calls.file_type("sub", false), Err(err(Errno::NoEnt)));
    });
}

#[test]
fn renaming_replaces_what_it_may() {
    everywhere("renaming", |calls| {
        calls.make_file("a", b"a");
        calls.make_file("b", b"b");
        assert_eq!(calls.rename("a", "b"), OK);
        assert_eq!(calls.content("b"), b"a");
        assert_eq!(calls.rename("a", "b"), err(Errno::NoEnt));
        assert_eq!(calls.make_directory("sub"), OK);
        assert_eq!(calls.make_directory("sub/inner"), OK);
        assert_eq!(calls.rename("b", "sub"), err(Errno::IsDir));
        assert_eq!(calls.rename("sub", "b"), err(Errno::NotDir));
        assert_eq!(calls.rename("sub", "sub/inner/x"), err(Errno::Inval));
        assert_eq!(calls.make_directory("empty"), OK);
        assert_eq!(calls.rename("empty", "sub"), err(Errno::NotEmpty));
        assert_eq!(calls.rename("sub", "empty"), OK);
        assert_eq!(calls.file_type("empty/inner", false), Ok(3));
        assert_eq!(calls.rename("b", "empty/inner/c"), OK);
        assert_eq!(calls.rename("empty/inner/c", "empty/inner/c"), OK);
        assert_eq!(calls.content("empty/inner/c"), b"a");
    });
}

#[test]
fn a_file_with_two_names_is_one_file() {
    everywhere("two_names", |calls| {
        calls.make_file("a", b"one");
        assert_eq!(calls.link("a", "b"), OK);
        assert_eq!(calls.link("a", "b"), err(Errno::Exist));
        assert_eq!(calls.link("none", "c"), err(Errno::NoEnt));
        assert_eq!(calls.file_type("b", false), Ok(4));
        assert_eq!(calls.u64(512 + 24), 2);
        calls.make_file("b", b"two");
        assert_eq!(calls.content("a"), b"two");
        assert_eq!(calls.unlink("a"), OK);
        assert_eq!(calls.content("b"), b"two");
    });
}

#[test]
fn a_file_without_a_name_lives_until_it_is_closed() {
    everywhere("no_name", |calls| {
        let file = calls.open("file", CREAT);
        calls.write(file, b"still here");
        assert_eq!(calls.unlink("file"), OK);
        calls.ok("fd_seek", &[file, 6, 0, 128]);
        assert_eq!(calls.read(file, 10), b"here");
        calls.ok("fd_close", &[file]);
        assert_eq!(calls.make_directory("sub"), OK);
        let sub = calls.open("sub", DIRECTORY) as i32;
        assert_eq!(calls.remove_directory("sub"), OK);
        assert_eq!(calls.try_open(sub, "x", CREAT, ALL), Err(err(Errno::NoEnt)));
    });
}

#[test]
fn directories_are_listed_with_buffers_of_any_size() {
    everywhere("listing", |calls| {
        assert_eq!(calls.make_directory("sub"), OK);
        assert_eq!(calls.make_directory("sub/directory"), OK);
        assert_eq!(calls.symlink("directory", "sub/link"), OK);
        for index in 0..30 {
            calls.make_file(&format!("sub/file {index}"), b"");
        }
        let sub = calls.open("sub", DIRECTORY);
        let all = calls.list(sub, 16_384);
        assert_eq!(all.len(), 34);
        for (name, file_type) in [(".", 3), ("..", 3), ("directory", 3), ("link", 7)] {
            assert_eq!(all.get(name), Some(&file_type), "{name}");
        }
        for size in [34, 50, 64, 100, 1000] {
            assert_eq!(calls.list(sub, size), all, "{size}");
        }
        calls.ok("fd_readdir", &[sub, 2048, 0, 0, 128]);
        assert_eq!(calls.u32(128), 0);
        calls.ok("fd_readdir", &[sub, 2048, 100, 34, 128]);
        assert_eq!(calls.u32(128), 0);
        calls.ok("fd_readdir", &[sub, 2048, 100, -1, 128]);
        assert_eq!(calls.u32(128), 0);
        // A listing goes on as it began, whatever happens meanwhile.
        calls.ok("fd_readdir", &[sub, 2048, 40, 0, 128]);
        assert_eq!(calls.unlink("sub/file 0"), OK);
        let mut names = Vec::new();
        for cookie in 0..34 {
            calls.ok("fd_readdir", &[sub, 2048, 100, cookie, 128]);
            if cookie == 0 {
                assert_eq!(calls.list(sub, 100).len(), 33);
            }
            names.push(calls.u64(2048));
        }
        calls.fails("fd_readdir", &[0, 2048, 100, 0, 128], Errno::NotDir);
    });
}

#[test]
fn names_count_for_the_limit_of_a_file_system_in_memory() {
    let mut calls = Calls::with(MemoryFs::new(10_000), Access::ReadWrite);
    let made = (0..1000).take_while(|index| calls.make_directory(&format!("{index}")) == OK);
    let made = made.count();
    assert!((10..100).contains(&made), "{made}");
    assert_eq!(calls.make_directory("another"), err(Errno::NoSpc));
    assert_eq!(calls.symlink("0", "another"), err(Errno::NoSpc));
    assert_eq!(calls.try_open(DIR, "another", CREAT, ALL), Err(err(Errno::NoSpc)));
    assert_eq!(calls.remove_directory("0"), OK);
    assert_eq!(calls.make_directory("another"), OK);
    let files: &MemoryFs = calls.store.data().file_system().unwrap();
    assert!(files.used() <= 10_000);
}

#[test]
fn nothing_goes_from_one_file_system_to_another() {
    let wasi = fayasm_wasi::Wasi::new()
        .with_directory("/a", MemoryFs::new(10_000), Access::ReadWrite)
        .and_then(|wasi| wasi.with_directory("/b", MemoryFs::new(10_000), Access::ReadWrite));
    let mut calls = Calls::of("wasi_snapshot_preview1", wasi.unwrap());
    calls.make_file("file", b"");
    let ([a, b], [c, d]) = (calls.path("file"), calls.other_path("there"));
    calls.fails("path_rename", &[3, a, b, 4, c, d], Errno::XDev);
    calls.fails("path_link", &[3, 0, a, b, 4, c, d], Errno::XDev);
}
