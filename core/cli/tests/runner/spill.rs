//! `fayasm spill`

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::{Scratch, command, err, fixture, out, path, told};

/// A store of three pages, of which one was put twice and one removed, and a piece of a snapshot.
struct Store {
    scratch: Scratch,
    file: PathBuf,
}

impl Store {
    fn new() -> Self {
        let scratch = Scratch::new();
        let file = scratch.0.join("card.img");
        let store = Store { scratch, file };
        let module = fixture("recursion.wasm");
        let made = spill(["new", store.path(), "--room", "8", "--module", path(&module)]);
        let said = format!("{}: room for 8 objects\n", store.path());
        assert_eq!((out(&made), err(&made)), (String::new(), said));
        // Page 2 is what is left of it.
        let pages: Vec<u8> = (0..10_000_u32).map(|at| (at / 4096) as u8 + 1).collect();
        store.put("memory:0:0", &pages, "3 objects put, epoch 1");
        store.put("snapshot:2", b"one", "1 object put, epoch 2");
        store.put("snapshot:0:2", b"another", "1 object put, epoch 3");
        assert_eq!(err(&spill(["rm", store.path(), "memory:1"])), "");
        store
    }

    fn path(&self) -> &str {
        path(&self.file)
    }

    fn put(&self, object: &str, bytes: &[u8], said: &str) {
        let output = told(["spill", "put", self.path(), object, "-"], bytes);
        assert_eq!(err(&output), format!("{}: {said}\n", self.path()));
        assert_eq!(output.status.code(), Some(0));
    }

    /// The same with something else in the bytes of a slot, from its header on.
    fn damage(&self, slot: usize, at: usize, bytes: &[u8]) {
        let mut image = fs::read(&self.file).unwrap();
        let start = 512 * (2 + 9 * slot) + at;
        image[start..start + bytes.len()].copy_from_slice(bytes);
        fs::write(&self.file, image).unwrap();
    }

    fn run(&self, name: &str) -> Output {
        spill([name, self.path()])
    }
}

fn spill<'a>(words: impl IntoIterator<Item = &'a str>) -> Output {
    command(["spill"].into_iter().chain(words)).output().expect("the runner starts")
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

#[test]
fn ls_lists_superblocks_and_slots_with_what_they_are() {
    let store = Store::new();
    let before = fs::read(&store.file).unwrap();
    let output = store.run("ls");
    let listed = out(&output);
    let mut lines = listed.lines();
    for which in 0..2 {
        let line = lines.next().unwrap();
        let expected = format!("superblock {which}: epoch 4, sequence 5, module ");
        assert!(line.starts_with(&expected), "{listed}");
    }
    let rest: Vec<&str> = lines.collect();
    assert_eq!(
        format!("\n{}", rest.join("\n")),
        "
  slot    epoch  bytes  state        object
     0        1   4096  committed    memory:0:0  page 0 of memory 0
     2        1   4096  superseded   memory:0:1  page 1 of memory 0
     3        4      0  removed      memory:0:1  page 1 of memory 0
     4        1   1808  committed    memory:0:2  page 2 of memory 0
     6        2      3  superseded   snapshot:0:2  piece 2 of the snapshot
     7        3      7  committed    snapshot:0:2  piece 2 of the snapshot
3 objects committed, in 4 of 8 pairs of slots"
    );
    assert_eq!((err(&output), code(&output)), (String::new(), Some(0)));
    let quiet = out(&spill(["ls", store.path(), "--quiet"]));
    assert_eq!(quiet.lines().count(), 6, "{quiet}");
    assert_eq!(fs::read(&store.file).unwrap(), before);
}

#[test]
fn ls_lists_the_same_for_programs() {
    let store = Store::new();
    let to = store.scratch.0.join("list.json");
    let output = spill(["ls", store.path(), "--json", "-o", path(&to)]);
    assert_eq!((out(&output), err(&output)), (String::new(), String::new()));
    let list: serde_json::Value = serde_json::from_slice(&fs::read(to).unwrap()).unwrap();
    assert_eq!(list["epoch"], 4);
    assert_eq!(list["pairs"], 8);
    assert_eq!(list["superblocks"][1]["sequence"], 5);
    let slots = list["slots"].as_array().unwrap();
    assert_eq!(slots.len(), 6);
    assert_eq!(
        slots[2],
        serde_json::json!({
            "slot": 3, "state": "removed", "epoch": 4, "bytes": 0,
            "object": { "name": "memory:0:1", "kind": "memory", "space": 0, "number": 1 },
        })
    );
}

#[test]
fn dump_prints_what_an_object_holds_or_writes_it() {
    let store = Store::new();
    let digits = out(&spill(["dump", store.path(), "snapshot:2"]));
    assert_eq!(digits, "0000  61 6e 6f 74 68 65 72                             another\n");
    let digits = out(&spill(["dump", store.path(), "memory:2"]));
    let line = |at| format!("{at}  {}  ................\n", ["03"; 16].join(" "));
    assert_eq!(digits, format!("{}*\n{}", line("0000"), line("0700")));
    // Something that was there once is in its slot still.
    let to = store.scratch.0.join("page");
    let output = spill(["dump", store.path(), "--slot", "2", "-o", path(&to)]);
    assert_eq!((out(&output), err(&output)), (String::new(), String::new()));
    assert_eq!(fs::read(to).unwrap(), [2; 4096]);
    for (words, reason) in [
        (["memory:0:1", "-q"], "page 1 of memory 0 is not there"),
        (["--slot", "5"], "slot 5 holds nothing that can be read"),
        (["--slot", "16"], "there is no slot 16: there are 16"),
    ] {
        let output = spill(["dump", store.path()].into_iter().chain(words));
        assert_eq!(err(&output), format!("error: {}: {reason}\n", store.path()));
        assert_eq!((out(&output), code(&output)), (String::new(), Some(3)));
    }
}

#[test]
fn verify_says_whether_everything_is_there_that_was_committed() {
    let store = Store::new();
    let file = store.path();
    let output = store.run("verify");
    let whole = format!("{file}: whole: 3 objects of 5911 bytes, epoch 4\n");
    assert_eq!((out(&output), code(&output)), (whole.clone(), Some(0)));
    assert_eq!(out(&spill(["verify", file, "-q"])), "");

    // An older version that cannot be read any more is not missed.
    store.damage(6, 0, &[0x55; 48]);
    let output = store.run("verify");
    let harmless = format!(
        "{file}: harmless: the header of slot 6 is damaged; nothing that was committed is missing\n"
    );
    assert_eq!((out(&output), code(&output)), (harmless + &whole, Some(0)));
}

#[test]
fn verify_says_what_is_lost_and_what_is_left_of_it() {
    let store = Store::new();
    let file = store.path();
    store.damage(7, 9, b"!");
    store.damage(0, 700, b"!");
    let before = fs::read(&store.file).unwrap();
    let output = store.run("verify");
    assert_eq!(
        out(&output),
        format!(
            "\
{file}: lost: page 0 of memory 0
{file}: lost: piece 2 of the snapshot
{file}: left: slot 6 holds piece 2 of the snapshot of epoch 2; `dump --slot 6` reads it
{file}: damaged: the header of slot 7
"
        )
    );
    assert_eq!((err(&output), code(&output)), (String::new(), Some(1)));
    assert_eq!(out(&spill(["verify", file, "--quiet"])).lines().count(), 2);
    let listed = out(&store.run("ls"));
    for line in [
        "\n     0        1   4096  damaged      memory:0:0  page 0 of memory 0\n",
        "\n     6        2      3  outdated     snapshot:0:2  piece 2 of the snapshot\n",
        "\n     7                  damaged\n",
    ] {
        assert!(listed.contains(line), "{listed}");
    }
    let output = spill(["dump", file, "snapshot:2"]);
    let reason = "piece 2 of the snapshot is damaged: it is not what was stored";
    assert_eq!(err(&output), format!("error: {file}: {reason}\n"));
    assert_eq!(out(&spill(["dump", file, "--slot", "6"])).lines().count(), 1);
    assert_eq!(fs::read(&store.file).unwrap(), before);

    // What is put anew is whole.
    store.put("snapshot:2", b"anew", "1 object put, epoch 5");
    store.put("memory:0", b"anew", "1 object put, epoch 6");
    assert_eq!(code(&store.run("verify")), Some(0));
}

#[test]
fn verify_names_an_object_of_which_nothing_is_left() {
    let store = Store::new();
    store.damage(4, 0, &[0; 48]);
    let output = store.run("verify");
    let lost = format!("{}: lost: page 2 of memory 0\n", store.path());
    assert_eq!((out(&output), code(&output)), (lost, Some(1)));
}

#[test]
fn microcode_that_is_lost_does_no_harm() {
    // It has the slots that the page had which was removed.
    for slots in [&[2][..], &[3], &[2, 3]] {
        let store = Store::new();
        for epoch in [5, 6] {
            store.put("microcode:0", b"something", &format!("1 object put, epoch {epoch}"));
        }
        slots.iter().for_each(|slot| store.damage(*slot, 0, &[0; 48]));
        let output = store.run("verify");
        assert_eq!(code(&output), Some(0), "{}", out(&output));
        assert_eq!(out(&output).contains(": harmless: "), slots != [2], "{}", out(&output));
    }
}

#[test]
fn clear_leaves_an_empty_store() {
    let store = Store::new();
    store.damage(7, 9, b"!");
    let output = store.run("clear");
    assert_eq!(err(&output), format!("{}: removed 3 objects\n", store.path()));
    assert!(out(&store.run("ls")).ends_with("\n0 objects committed, in 0 of 8 pairs of slots\n"));
    assert_eq!(code(&store.run("verify")), Some(0));
}

#[test]
fn a_file_that_is_no_store_is_refused_and_left_as_it_is() {
    let scratch = Scratch::new();
    let saved = scratch.0.join("saved");
    crate::fayasm("microcode", &fixture("recursion.wasm"), ["--save", path(&saved)]);
    let store = Store::new();
    let mut short = fs::read(&store.file).unwrap();
    short.truncate(30_000);
    let first = b"FYSM\x01\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00".repeat(200);
    for (bytes, reason) in [
        (&b""[..], "there is no spill store"),
        (&[7; 5000], "there is no spill store"),
        (
            &fs::read(saved).unwrap().repeat(3),
            "both superblocks are unusable: they are of kind 1, which is something else",
        ),
        (
            &first,
            "both superblocks are unusable: they are of version 1 of the format, and this is version 3",
        ),
        (&short, "the store has 16 slots, and the device room for 6"),
    ] {
        let file = scratch.file("no store", bytes);
        for words in [
            &["verify"][..],
            &["ls"],
            &["clear"],
            &["dump", "memory:0"],
            &["rm", "memory:0"],
            &["put", "memory:0", path(&file)],
        ] {
            let output = spill([words[0], path(&file)].iter().chain(&words[1..]).copied());
            let said = format!("error: {}: {reason}\n", path(&file));
            assert_eq!((err(&output), code(&output)), (said, Some(3)), "{words:?}");
        }
        assert_eq!(fs::read(file).unwrap(), bytes);
    }
    for name in ["ls", "verify", "clear"] {
        let output = spill([name, "nowhere.img"]);
        assert!(err(&output).starts_with("error: cannot read nowhere.img: "), "{}", err(&output));
        let output = spill([name, path(&scratch.0)]);
        assert!(err(&output).starts_with("error: cannot read "), "{}", err(&output));
        assert_eq!(code(&output), Some(3));
    }
}

#[test]
fn a_store_is_not_made_in_the_place_of_a_file() {
    let scratch = Scratch::new();
    let file = scratch.file("there", "already");
    let output = spill(["new", path(&file)]);
    assert!(err(&output).starts_with(&format!("error: cannot write {}: ", path(&file))));
    assert_eq!(code(&output), Some(4));
    assert_eq!(fs::read(file).unwrap(), b"already");
    let output = spill(["new", "x", "--room", "0"]);
    assert_eq!(code(&output), Some(2), "{}", err(&output));
}

#[test]
fn names_of_objects_are_checked_and_explained() {
    let store = Store::new();
    let wrong = ["page:1", "memory", "memory:", "memory:1:2:3", "memory:-1", "memory:4294967296"];
    for name in wrong {
        let output = spill(["dump", store.path(), name]);
        let said = err(&output);
        assert!(said.starts_with(&format!("error: `{name}` names no object: ")), "{said}");
        assert_eq!(code(&output), Some(2));
    }
    assert_eq!(code(&spill(["dump", store.path()])), Some(2));
    let both = spill(["dump", store.path(), "memory:0", "--slot", "1"]);
    assert_eq!(code(&both), Some(2));
}

#[test]
fn what_does_not_fit_leaves_the_store_as_it_was() {
    let store = Store::new();
    let output = told(["spill", "put", store.path(), "memory:7:0", "-"], &[1; 4096 * 6]);
    let reason = "the store is full: there is room for 8 objects";
    assert_eq!(err(&output), format!("error: {}: {reason}\n", store.path()));
    assert_eq!(code(&output), Some(3));
    let verified = out(&store.run("verify"));
    assert!(verified.ends_with("whole: 3 objects of 5911 bytes, epoch 4\n"), "{verified}");
    let file: &Path = &store.file;
    assert_eq!(fs::metadata(file).unwrap().len(), 512 * (2 + 18 * 8));
}
