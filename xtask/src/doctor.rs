//! `cargo xtask doctor`: what is here, where, and what is missing.

use std::process::Command;

use crate::failure::Result;
use crate::process;
use crate::setup::Need;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result {
    for (program, argument) in [("rustc", "--version"), ("cargo", "--version")] {
        let version = process::output(Command::new(program).arg(argument));
        println!("{}", version.as_deref().unwrap_or("missing").trim());
    }
    println!("tools are kept in {}\n", workspace.cache.display());

    let mut missing = 0;
    for need in Need::ALL {
        let name = need.name(workspace);
        match need.find(workspace) {
            Some(place) => println!("present  {name}\n         {}", place.display()),
            None => {
                missing += 1;
                println!("missing  {name}: needed to {}", need.why());
                let by_hand = need.by_hand(workspace).replace('\n', "\n         ");
                println!("         by hand: {by_hand}");
            }
        }
    }
    match missing {
        0 => println!("\nNothing is missing."),
        _ => println!("\n{missing} missing: installed by the first command that needs them."),
    }
    Ok(())
}
