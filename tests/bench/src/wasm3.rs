//! wasm3, which is written in C: `wasm3.c` is a program around it, which is
//! given the module and the call, makes it for each line it reads, and answers
//! with how long that took and what came of it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use fayasm_fixtures::Value;

use crate::engines::{Subject, Timed};
use crate::kernels::Call;

/// Where the program is, or why it is missing, is the one argument of ours.
pub(crate) fn subject() -> Subject {
    Subject {
        name: "wasm3",
        call: Box::new(timed),
        instantiate: Box::new(|_| Err("only calls are measured".to_owned())),
        open: Box::new(|_| Err("only calls are measured".to_owned())),
    }
}

fn program() -> Result<String, String> {
    let mut words = std::env::args().skip(1);
    match (words.next().as_deref(), words.next()) {
        (Some("--wasm3"), Some(program)) => Ok(program),
        (Some("--no-wasm3"), Some(why)) => Err(why),
        _ => Err("`cargo xtask bench` builds it".to_owned()),
    }
}

/// A call in a process of its own, which ends with this.
struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<std::process::ChildStdout>,
}

impl Process {
    fn start(call: &Call) -> Result<Process, String> {
        let program = program()?;
        let path =
            std::env::temp_dir().join(format!("fayasm-{}-{}", std::process::id(), call.file));
        fs::write(&path, call.bytes()).map_err(|error| error.to_string())?;
        let arguments = call.args.iter().map(|value| {
            let text = value.to_string();
            text.split_once(':').map_or(String::new(), |(_, value)| value.to_owned())
        });
        let started = Command::new(program)
            .arg(&path)
            .arg(&call.export)
            .arg(call.times.to_string())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = started.map_err(|error| error.to_string())?;
        let streams = child.stdin.take().zip(child.stdout.take());
        let (input, output) = streams.expect("both are piped");
        let mut process = Process { child, input, output: BufReader::new(output) };
        let first = process.line();
        let _ = fs::remove_file(&path);
        if first? != "ready" {
            return Err("it is not ready".to_owned());
        }
        Ok(process)
    }

    /// What it says next; what is no answer is why it cannot make the call.
    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line);
        match (read, line.trim().strip_prefix("error: ")) {
            (Err(error), _) => Err(error.to_string()),
            (Ok(0), _) => Err("it ended".to_owned()),
            (Ok(_), Some(error)) => Err(error.to_owned()),
            (Ok(_), None) => Ok(line.trim().to_owned()),
        }
    }

    fn answer(&mut self) -> Result<(Duration, Vec<Value>), String> {
        writeln!(self.input).map_err(|error| error.to_string())?;
        let line = self.line()?;
        let mut words = line.split(' ');
        let nanoseconds = words.next().and_then(|word| word.parse().ok());
        let results = words.map(|word| word.parse().map_err(|_| line.clone()));
        Ok((Duration::from_nanos(nanoseconds.ok_or(&line)?), results.collect::<Result<_, _>>()?))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn timed(call: &Call) -> Result<Timed, String> {
    let (mut process, call) = (Process::start(call)?, call.clone());
    process.answer()?;
    Ok(Box::new(move || {
        let (time, results) = process.answer().expect("it has done so before");
        assert_eq!(results, call.results, "{}", call.name);
        time
    }))
}
