//! Whatever a program calls with whatever arguments: there is an answer.

mod common;

use std::collections::BTreeMap;

use common::{Calls, SIGNATURES};
use fayasm_core::{Limit, Outcome};
use fayasm_wasi::{Access, MemoryFs, Random, SeededRandom, VirtualClock, Wasi};

const LIMIT: u64 = 100_000;

/// What lies everywhere in memory: paths, and at byte 64 two buffers.
const PATHS: &[u8] = b"a/b/../b/./c\0d../a/b/c/x//yz";
const BUFFERS: [u8; 16] = [0, 2, 0, 0, 200, 0, 0, 0, 0, 4, 0, 0, 100, 0, 0, 0];

/// Numbers that are interesting more often than not.
fn argument(random: &mut SeededRandom) -> i64 {
    let mut bytes = [0; 9];
    random.fill(&mut bytes).unwrap();
    let [choice, rest @ ..] = bytes;
    let number = i64::from_le_bytes(rest);
    match choice % 12 {
        0 => 0,
        1..4 => number.rem_euclid(8),
        4 => number.rem_euclid(16),
        5..7 => number.rem_euclid(64) * 1024 + number.rem_euclid(20),
        7 => number.rem_euclid(64) * 1024 + 64,
        8 => 65_536 - number.rem_euclid(64),
        9 => -1,
        10 => 1 << number.rem_euclid(64),
        _ => number,
    }
}

/// Makes the descriptors and paths of a call ones that exist, or could.
fn make_sensible(name: &str, args: &mut [i64], random: &mut SeededRandom) {
    let (directories, paths): (&[usize], &[usize]) = match name {
        "path_open" | "path_filestat_get" | "path_filestat_set_times" => (&[0], &[2]),
        "path_link" => (&[0, 4], &[2, 5]),
        "path_rename" => (&[0, 3], &[1, 4]),
        "path_symlink" => (&[2], &[0, 3]),
        _ if name.starts_with("path_") => (&[0], &[1]),
        _ => return,
    };
    // What follows links, where there is such a thing.
    args[1] &= 1;
    for at in directories {
        args[*at] = 3;
    }
    for at in paths {
        let mut choice = [0; 2];
        random.fill(&mut choice).unwrap();
        // Pieces of the paths that lie at the start of memory.
        args[*at] = i64::from(choice[0]) % 28;
        args[*at + 1] = i64::from(choice[1]) % 8;
    }
}

fn calls() -> Calls {
    let mut files = MemoryFs::new(LIMIT);
    files.write_file("a/b/c", b"content").unwrap();
    files.write_file("d", &[1; 1000]).unwrap();
    let wasi = Wasi::new().with_arg("program").with_clock(VirtualClock::new(1, 1)).with_directory(
        "/",
        files,
        Access::ReadWrite,
    );
    let mut calls = Calls::of("wasi_snapshot_preview1", wasi.unwrap());
    calls.open("d", 0);
    calls.open("a/b/c", 0);
    calls.open("a", 2);
    calls
}

#[test]
fn any_call_gets_an_answer_and_stays_within_the_limits() {
    let mut random = SeededRandom::new(1);
    let mut answers = BTreeMap::new();
    for _ in 0..300 {
        let mut calls = calls();
        for round in 0..500 {
            if round % 50 == 0 {
                for at in (0..65_536).step_by(1 << 10) {
                    calls.put(at, PATHS);
                    calls.put(at + 64, &BUFFERS);
                }
            }
            let mut choice = [0];
            random.fill(&mut choice).unwrap();
            let (name, types) = SIGNATURES[usize::from(choice[0]) % SIGNATURES.len()];
            let mut args: Vec<i64> = types.chars().map(|_| argument(&mut random)).collect();
            if round % 2 == 0 {
                make_sensible(name, &mut args, &mut random);
            }
            let mut job = calls.job(name, &args);
            match calls.store.run(&mut job, Limit::NONE) {
                Outcome::Done => {
                    let results = job.results(&calls.store).unwrap();
                    *answers.entry((name, results[0].i32())).or_insert(0) += 1;
                }
                Outcome::Trapped(_) => assert_eq!(name, "proc_exit"),
                other => panic!("{name} {args:?}: {other:?}"),
            }
        }
        let files: &MemoryFs = calls.store.data().file_system().unwrap();
        assert!(files.used() <= LIMIT);
    }
    // Most functions succeeded now and then, so it is not only errors that were tried.
    let fail = |name: &&str| !answers.contains_key(&(*name, Some(0)));
    let failed: Vec<_> = SIGNATURES.iter().map(|(name, _)| *name).filter(fail).collect();
    assert!(failed.len() < 10, "{failed:?}");
}
