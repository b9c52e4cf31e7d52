//! Modules, and which proposals they may use.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use fayasm_core::{Config, Proposal};

/// A module, and which proposals it may use.
#[derive(Debug, Args)]
pub(crate) struct ModuleOptions {
    /// The module, as binary or text; `-` reads standard input.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) proposals: Proposals,
}

/// Which proposals modules may use: all, unless something is said.
#[derive(Debug, Args)]
pub(crate) struct Proposals {
    /// Refuse what needs this proposal; may be said several times.
    #[arg(long, help_heading = "Proposals", value_name = "PROPOSAL", value_delimiter = ',')]
    #[arg(value_parser = PossibleValuesParser::new(switches().map(word)))]
    without: Vec<String>,
    /// Refuse what needs any other proposal than these; `mvp` is WebAssembly 1.0 itself.
    #[arg(long, help_heading = "Proposals", value_name = "PROPOSAL", value_delimiter = ',')]
    #[arg(value_parser = PossibleValuesParser::new(Proposal::ALL.map(word)))]
    #[arg(conflicts_with = "without", hide_possible_values = true)]
    only: Vec<String>,
}

/// The word for WebAssembly 1.0 itself.
const MVP: &str = "mvp";

fn word(proposal: Proposal) -> &'static str {
    match proposal {
        Proposal::Mvp => MVP,
        other => other.name(),
    }
}

/// Everything that can be switched off.
fn switches() -> impl Iterator<Item = Proposal> {
    Proposal::ALL.into_iter().filter(|proposal| *proposal != Proposal::Mvp)
}

impl Proposals {
    pub(crate) fn config(&self) -> Config {
        let named = |words: &[String], proposal| words.iter().any(|it| it == word(proposal));
        let off = switches().filter(|&proposal| {
            named(&self.without, proposal)
                || (!self.only.is_empty() && !named(&self.only, proposal))
        });
        off.fold(Config::new(), Config::without)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Command, Options};

    #[test]
    fn proposals_are_all_on_unless_something_is_said() {
        let config = |words: &[&str]| {
            let words = ["fayasm", "validate", "x"].iter().chain(words);
            let Command::Validate(options) = Options::parse_from(words).command else {
                panic!("it is validate");
            };
            Proposal::ALL.map(|proposal| options.proposals.config().allows(proposal))
        };
        assert!(config(&[]).iter().all(|on| *on));
        let without = config(&["--without", "multi-value,tail-call", "--without", "memory64"]);
        assert_eq!(without.iter().filter(|on| !**on).count(), 3);
        let only = config(&["--only", "mvp,multi-value"]);
        assert_eq!(only.iter().filter(|on| **on).count(), 2);
    }
}
