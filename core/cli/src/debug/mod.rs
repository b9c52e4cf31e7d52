//! `fayasm debug`: a debugger at a prompt, for a run that can be gone through forwards
//! and backwards.

mod command;
mod help;
mod origin;
mod places;
mod points;
mod problem;
mod prompt;
mod session;
mod show;

use crate::args::{DebugOptions, Manners};
use crate::failure::Failure;
use crate::functions;
use crate::output::{ERROR, Output, note};
use crate::trace;
use crate::world::Printing;

use command::Command;
use problem::Problem;
use prompt::Prompt;
use session::Session;

pub(crate) fn debug(options: &DebugOptions, manners: &Manners) -> Result<(), Failure> {
    let mut call = trace::prepare(&options.call, Printing::ToError)?;
    call.begin()?;
    let functions = || {
        let main = &call.modules.main;
        functions::names(&main.module, main.disassembly())
    };
    let mut prompt = Prompt::new(functions, options.call.world.seed.is_some())?;
    let mut session = Session::new(call, Output::stdout())?;
    if prompt.is_terminal() && !manners.quiet {
        session.out.line("`help` says what can be said here; Ctrl+C stops a running program.")?;
    }
    let ended = session.show_position().and_then(|()| converse(&mut session, &mut prompt));
    prompt.close();
    session.note_unsupported(manners);
    match ended {
        Err(Problem::Fatal(failure)) => Err(failure),
        _ => session.out.finish(),
    }
}

/// Carries commands out until there are no more.
fn converse(session: &mut Session, prompt: &mut Prompt) -> Result<(), Problem> {
    let mut again = None;
    loop {
        session.out.flush()?;
        let Some(line) = prompt.line()? else { return Ok(()) };
        let line = line.trim();
        // What begins so is for who reads it.
        if line.starts_with('#') {
            continue;
        }
        let command = match line.is_empty() {
            true => again.clone(),
            false => match command::read(line) {
                Ok((command, repeats)) => {
                    again = repeats.then(|| command.clone());
                    Some(command)
                }
                Err(problem) => {
                    say(session, &problem)?;
                    None
                }
            },
        };
        match command {
            None => {}
            Some(Command::Quit) => return Ok(()),
            Some(command) => match session.carry_out(command) {
                Err(Problem::Fatal(failure)) => return Err(failure.into()),
                Err(problem) => say(session, &problem)?,
                Ok(()) => {}
            },
        }
    }
}

/// Says on standard error why a command was not carried out, behind what was printed.
fn say(session: &mut Session, problem: &Problem) -> Result<(), Problem> {
    session.out.flush()?;
    note(format_args!("{ERROR}error:{ERROR:#} {problem}"));
    Ok(())
}
