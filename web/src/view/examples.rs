//! The modules that come with the page.

/// The index of examples, as it lies beside the page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Examples {
    /// In the order of the menu.
    pub modules: Vec<Example>,
    /// Malformed and invalid ones, whose errors are worth seeing.
    pub broken: Vec<Example>,
}

/// A module that comes with the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// File name.
    pub file: String,
    /// What the menu calls it.
    pub title: String,
    /// One line on what it shows.
    pub about: String,
    /// Calls worth making; the first one fills the argument form.
    pub calls: Vec<ExampleCall>,
}

/// A call worth making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleCall {
    /// The exported function.
    pub export: String,
    /// Its arguments, each with its type: `i32:7`.
    pub args: Vec<String>,
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

/// The example a first visit opens: it has loops, calls and memory, and ends at once.
const FIRST: &str = "memory_ops.wasm";

impl Examples {
    /// The example of this file name.
    pub fn find(&self, file: &str) -> Option<&Example> {
        self.modules.iter().chain(&self.broken).find(|example| example.file == file)
    }

    /// Where an example lies, relative to the index.
    pub fn path(&self, file: &str) -> String {
        let is_broken = self.broken.iter().any(|example| example.file == file);
        format!("{}/{file}", if is_broken { "broken" } else { "wasm" })
    }

    /// The example to open when the address names none.
    pub fn first(&self) -> Option<&Example> {
        self.find(FIRST).or_else(|| self.modules.first())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(file: &str) -> Example {
        Example {
            file: file.to_owned(),
            title: String::new(),
            about: String::new(),
            calls: Vec::new(),
        }
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
    fn some_example_is_opened_whenever_there_is_one() {
        let mut examples = Examples {
            modules: vec![example("a.wasm"), example(FIRST)],
            broken: vec![example("c.wasm")],
        };
        assert_eq!(examples.first().unwrap().file, FIRST);
        assert_eq!(examples.path(FIRST), format!("wasm/{FIRST}"));
        assert_eq!(examples.path("c.wasm"), "broken/c.wasm");
        examples.modules.pop();
        assert_eq!(examples.first().unwrap().file, "a.wasm");
        assert_eq!(Examples::default().first(), None);
    }
}
