//! The modules that come with the page.

use serde::Deserialize;

/// The index of examples, as it lies beside the page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Examples {
    /// In the order of the menu.
    pub modules: Vec<Example>,
    /// Programs for the terminal.
    pub programs: Vec<Example>,
    /// Malformed and invalid ones, whose errors are worth seeing.
    pub broken: Vec<Example>,
}

/// A module that comes with the page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Example {
    /// File name.
    pub file: String,
    /// What the menu calls it.
    pub title: String,
    /// One line on what it shows.
    pub about: String,
    /// Calls worth making; the first one fills the argument form.
    #[serde(default)]
    pub calls: Vec<ExampleCall>,
    /// Runs of a program worth making; the first one fills its surroundings.
    #[serde(default)]
    pub runs: Vec<ExampleRun>,
}

/// A call worth making.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ExampleCall {
    /// The exported function.
    pub export: String,
    /// Its arguments, each with its type: `i32:7`.
    pub args: Vec<String>,
}

/// A run of a program worth making.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ExampleRun {
    /// The arguments behind the program's name.
    pub args: Vec<String>,
    /// The environment: `NAME=VALUE`.
    pub env: Vec<String>,
}

impl ExampleCall {
    /// The arguments without their types, as a person would type them.
    pub fn arguments(&self) -> Vec<String> {
        self.args
            .iter()
            .map(|argument| {
                argument.split_once(':').map_or(argument.as_str(), |(_, value)| value).to_owned()
            })
            .collect()
    }
}

/// The example to begin with: it has loops, calls and memory, and ends at once.
pub const FIRST: &str = "memory_ops.wasm";

impl Examples {
    /// The example of this file name, and the folder that it lies in.
    pub fn find(&self, file: &str) -> Option<(&'static str, &Example)> {
        let groups =
            [("wasm", &self.modules), ("programs", &self.programs), ("broken", &self.broken)];
        groups.into_iter().find_map(|(folder, examples)| {
            Some((folder, examples.iter().find(|example| example.file == file)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> Examples {
        serde_json::from_str(include_str!("../../../fixtures/fixtures.json")).unwrap()
    }

    #[test]
    fn arguments_lose_their_types() {
        let call = ExampleCall {
            export: "add".to_owned(),
            args: vec!["i32:7".to_owned(), "-3".to_owned()],
        };
        assert_eq!(call.arguments(), ["7", "-3"]);
    }

    #[test]
    fn an_example_lies_in_the_folder_of_its_group() {
        let index = index();
        for (file, folder) in
            [(FIRST, "wasm"), ("hello.wasm", "programs"), ("type_mismatch.wasm", "broken")]
        {
            let (found, example) = index.find(file).unwrap();
            assert_eq!((found, &*example.file), (folder, file));
        }
        assert_eq!(index.find("no_such.wasm"), None);
    }
}
