//! `fayasm microcode`

use std::fs;
use std::path::Path;

use crate::{Scratch, command, err, fayasm, fixture, out, path, told};

#[test]
fn microcode_lists_what_all_functions_come_to() {
    let output = fayasm("microcode", &fixture("vectors.wasm"), []);
    let table = out(&output);
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].ends_with("  function"), "{table}");
    let row: Vec<&str> = lines
        .iter()
        .find(|line| line.ends_with("  2 $brighten"))
        .unwrap()
        .split_whitespace()
        .collect();
    let number = |place: usize| row[place].parse::<f64>().unwrap();
    // Instructions, operators, the latter for each of the former; bytes likewise.
    assert_eq!(row[2], format!("{:.2}", number(1) / number(0)));
    assert_eq!(row[5], format!("{:.2}", number(4) / number(3)));
    assert!(lines.last().unwrap().ends_with(" translated"), "{table}");
    assert_eq!(output.status.code(), Some(0));
    let quiet = out(&fayasm("microcode", &fixture("vectors.wasm"), ["--quiet"]));
    assert_eq!(quiet.lines().count(), lines.len() - 2, "{quiet}");
}

#[test]
fn columns_stay_where_they_are_whatever_the_names_are() {
    let [long, locals] = ["long".repeat(30), " v128".repeat(40_000)];
    let wat = format!(
        r#"(module (import "a" "b" (func $host (param i32))) (func $f (call ${long} (i32.const 7)))
          (func ${long} (param i32)) (func $wide (local{locals})))"#
    );
    let table = out(&told(["microcode", "-"], wat.as_bytes()));
    let lines: Vec<&str> = table.lines().collect();
    let column = lines[0].find("function").unwrap();
    let names = ["0 $host", "1 $f", &format!("2 ${long}"), "3 $wide: its frame has", "2 trans"];
    for (line, name) in lines[1..].iter().zip(names) {
        assert!(line[column..].starts_with(name), "{table}");
    }
    let states =
        ["imported", "not translated"].map(|state| table.find(state).unwrap() + state.len());
    let starts = [1, 4].map(|line| lines[..line].iter().map(|it| it.len() + 1).sum::<usize>());
    assert_eq!(states, starts.map(|start| start + column - 2), "{table}");

    let listing = out(&told(["microcode", "-", "1"], wat.as_bytes()));
    let lines: Vec<&str> = listing.lines().collect();
    // An instruction that takes too long a line has its operator below.
    let call = lines.iter().position(|line| line.ends_with(&format!(" call ${long}"))).unwrap();
    assert!(lines[call + 1].trim_start().ends_with(&format!("1  call ${long} t0")), "{listing}");
    let column = |line: usize, operator| lines[line].find(operator).unwrap();
    assert_eq!(column(call + 1, "1  call"), column(call - 1, "0  t0"), "{listing}");
}

#[test]
fn microcode_says_why_a_function_is_not_translated() {
    let wat = b"(module (import \"a\" \"b\" (func $g)))";
    let output = told(["microcode", "-", "g"], wat);
    assert_eq!(err(&output), "error: function 0 $g is not translated: it is imported\n");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn microcode_stands_beside_the_instructions_of_a_function() {
    let file = fixture("recursion.wasm");
    let listing = out(&fayasm("microcode", &file, ["factorial"]));
    assert_eq!(
        listing,
        "\
func 0 $factorial (i64) -> i64
  0x00005d local.get $n                  >    0  if i64.ne $n, 0 → 5
  0x00005f i64.eqz
  0x000060 if (result i64)
  0x000062   i64.const 1                      2  t0 ← 1
  0x000064 else                               3  jump → 10
  0x000065   local.get $n                     5  t1 ← i64.add $n, -1
  0x000067   local.get $n
  0x000069   i64.const 1
  0x00006b   i64.sub
  0x00006c   call $factorial                  6  t0 ← $n
                                              7  t1 ← call $factorial t1
  0x00006e   i64.mul                     >    9  t0 ← i64.mul t0, t1
  0x00006f end                               10  return t0
  0x000070 end
13 instructions of 20 bytes, 8 operators of 88 bytes
"
    );
    let by_index = out(&fayasm("microcode", &file, ["0"]));
    let by_name = out(&fayasm("microcode", &file, ["$factorial"]));
    assert_eq!([&by_index, &by_name], [&listing, &listing]);
}

#[test]
fn a_number_is_an_index_and_behind_a_dollar_a_name() {
    let wat = br#"(module (func $one) (func $zero (export "0")))"#;
    for (function, shown) in [("0", "0 $one"), ("0x1", "1 $zero"), ("$0", "1 $zero")] {
        let listing = out(&told(["microcode", "-", function], wat));
        assert!(listing.starts_with(&format!("func {shown} ")), "{listing}");
    }
}

#[test]
fn run_takes_up_microcode_that_was_saved() {
    let scratch = Scratch::new();
    let saved = scratch.0.join("saved");
    let (saved, file) = (path(&saved), fixture("recursion.wasm"));
    let output = fayasm("microcode", &file, ["--save", saved]);
    let bytes = fs::metadata(saved).expect("it was written").len();
    let said = format!("{saved}: {bytes} bytes, microcode of 6 functions\n");
    assert_eq!((out(&output), err(&output)), (String::new(), said));
    let output = fayasm("microcode", &file, ["--save", saved, "--quiet"]);
    assert_eq!((out(&output), err(&output)), (String::new(), String::new()));
    let run = |file: &Path, export| fayasm("run", file, ["--microcode", saved, export, "5"]);
    assert_eq!(out(&run(&file, "factorial")), "result[0] (i64): 120\n");

    // Whether anything is called or not.
    let list = |file: &Path| fayasm("run", file, ["--microcode", saved]);
    assert!(out(&list(&file)).contains("factorial "));
    let other = fixture("arithmetic.wasm");
    for other in [run(&other, "bit_counts"), list(&other)] {
        let because = "these bytes cannot be used as microcode: they belong to another module, whose hash differs";
        assert_eq!(err(&other), format!("error: {saved}: {because}\n"));
        assert_eq!((out(&other), other.status.code()), (String::new(), Some(3)));
    }

    let mut damaged = fs::read(saved).expect("it was written before");
    *damaged.last_mut().expect("it has functions") ^= 1;
    for (bytes, because) in
        [(&damaged[..], "they are damaged"), (&[][..], "there are 0 bytes and not 48")]
    {
        fs::write(saved, bytes).expect("it was written before");
        let because = format!("these bytes cannot be used as microcode: {because}");
        assert_eq!(err(&run(&file, "factorial")), format!("error: {saved}: {because}\n"));
    }
}

#[test]
fn saving_says_how_many_functions_are_left_out() {
    let scratch = Scratch::new();
    let saved = scratch.0.join("saved");
    let locals = " v128".repeat(40_000);
    let wat = format!("(module (import \"a\" \"b\" (func)) (func) (func (local{locals})))");
    let output = told(["microcode", "-", "--save", path(&saved)], wat.as_bytes());
    let said = "microcode of 1 function; 1 not translated, which the stepper executes\n";
    assert!(err(&output).ends_with(said), "{}", err(&output));
}

#[test]
fn what_cannot_be_said_along_with_save_is_refused_with_what_can() {
    let file = fixture("recursion.wasm");
    for words in [["--save", "x", "factorial"], ["--save", "x", "-oy"]] {
        let output = fayasm("microcode", &file, words);
        let stderr = err(&output);
        assert!(stderr.contains("'--save <OUT>' cannot be used with '"), "{stderr}");
        assert!(stderr.contains("fayasm microcode [OPTIONS] --save <OUT> <FILE>\n"), "{stderr}");
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn run_says_who_has_closed_microcode() {
    let scratch = Scratch::new();
    let saved = scratch.0.join("saved");
    let (saved, file) = (path(&saved), fixture("recursion.wasm"));
    fayasm("microcode", &file, ["--save", saved]);
    let words = ["run", path(&file), "fib", "5", "--microcode", saved];
    let output = command(words).env("FAYASM_MICROCODE", "0").output().unwrap();
    let because = "nothing is translated: microcode is closed, by setting (FAYASM_MICROCODE=0)";
    assert_eq!(err(&output), format!("error: {saved}: {because}\n"));
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn microcode_finds_functions_by_their_exports() {
    let wat = b"(module (func $inner (export \"outer\")))";
    let output = told(["microcode", "-", "outer"], wat);
    assert!(out(&output).starts_with("func 0 $inner () -> ()\n"), "{}", err(&output));
    for (number, count) in [("-1", 1), ("7", 1), ("-0x1", 1), ("0", 0)] {
        let wat = if count == 1 { &wat[..] } else { b"(module)" };
        let output = told(["microcode", "-", number], wat);
        let hint = match count {
            0 => "the module has none",
            _ => "indices go from 0 to 0",
        };
        assert_eq!(err(&output), format!("error: there is no function `{number}`; {hint}\n"));
        assert_eq!(output.status.code(), Some(2));
    }
    let output = told(["microcode", "-", "iner"], wat);
    assert_eq!(err(&output), "error: there is no function `iner`; is it `inner`?\n");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_module_is_not_overwritten_by_its_microcode() {
    let scratch = Scratch::new();
    let file = scratch.0.join("module.wasm");
    fs::copy(fixture("recursion.wasm"), &file).unwrap();
    let output = fayasm("microcode", &file, ["--save", path(&file)]);
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    assert!(err(&output).contains("--save would overwrite the module"), "{}", err(&output));
    assert_eq!(fs::read(&file).unwrap(), fs::read(fixture("recursion.wasm")).unwrap());
}

#[test]
fn to_translate_ahead_where_the_environment_lets_nothing_be_translated_is_refused() {
    let file = fixture("recursion.wasm");
    for option in ["--jit-prescan", "--jit-prescan-force"] {
        let mut command = command(["run", path(&file), "fib", "10", option]);
        let output = command.env("FAYASM_MICROCODE", "0").output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", err(&output));
        let reason = format!(
            "{option} translates functions to microcode, and FAYASM_MICROCODE is 0 in the environment"
        );
        assert!(err(&output).contains(&reason), "{}", err(&output));
    }
}
