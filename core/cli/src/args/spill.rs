//! What can be done with a spill store.

use std::path::PathBuf;

use clap::Subcommand;

use super::OutputOptions;
use super::help::SPILL_LS;

#[derive(Debug, Subcommand)]
pub(crate) enum SpillCommand {
    /// Lists what is in a store.
    #[command(after_help = SPILL_LS)]
    Ls {
        /// The store.
        file: PathBuf,
        /// As JSON, for programs.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        output: OutputOptions,
    },
    /// Checks that everything is there that was committed.
    #[command(after_help = "\
Says what is lost, and what is wrong but does no harm. Nothing is written. Exit code 0 if
everything is there, 1 if something is lost, 3 if the file is no spill store that can be used.")]
    Verify {
        /// The store.
        file: PathBuf,
    },
    /// Prints what an object holds, in hexadecimal digits, or writes it to a file.
    #[command(override_usage = "\
fayasm spill dump [OPTIONS] <FILE> <OBJECT>
       fayasm spill dump [OPTIONS] --slot <SLOT> <FILE>")]
    Dump {
        /// The store.
        file: PathBuf,
        /// The object, such as memory:0:3.
        #[arg(required_unless_present = "slot", conflicts_with = "slot")]
        object: Option<String>,
        /// Whatever this slot holds, committed or not, instead of an object.
        #[arg(long)]
        slot: Option<u32>,
        #[command(flatten)]
        output: OutputOptions,
    },
    /// Makes an empty store in a new file.
    New {
        /// The store; there must be no such file yet.
        file: PathBuf,
        /// Room for this many objects, of 9216 bytes each.
        #[arg(long, value_name = "OBJECTS", default_value_t = 64)]
        #[arg(value_parser = clap::value_parser!(u32).range(1..=MAX_OBJECTS))]
        room: u32,
        /// The module that it belongs to, as binary or text.
        #[arg(long, value_name = "FILE")]
        module: Option<PathBuf>,
    },
    /// Puts a file into a store, as an object, or as that and the next ones if it is long.
    Put {
        /// The store.
        file: PathBuf,
        /// The object, such as memory:0:3.
        object: String,
        /// What it is to hold; `-` reads standard input.
        from: PathBuf,
    },
    /// Removes an object.
    Rm {
        /// The store.
        file: PathBuf,
        /// The object, such as memory:0:3.
        object: String,
    },
    /// Removes all objects.
    Clear {
        /// The store.
        file: PathBuf,
    },
}

/// The most objects of a store: sectors are counted in 32 bits.
const MAX_OBJECTS: i64 = 1 << 27;
