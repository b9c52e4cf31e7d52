//! What imports are bound to, and modules that are linked with each other.

mod bindings;
mod calls;
mod instances;

pub(super) use self::bindings::SampleHost;
pub(super) use self::calls::Calls;
pub(super) use self::instances::Instances;

use super::modules::{is_module, not_a_module};
use super::opened::Opened;
use super::terminal::Surroundings;
use super::{Session, nothing_runs, refusal, state};
use crate::protocol::{ANSWER, LINK, ModuleFile, Reply, Request};

impl Session {
    /// Carries out a request about what is linked with what.
    pub(super) fn relink(&mut self, request: Request) -> Result<Vec<Reply>, Reply> {
        let reply = match request {
            Request::Link { file } => return self.link(file),
            Request::Unlink { module } => {
                self.modules.remove(module).map_err(|error| refusal(LINK, error))?;
                return Ok(self.linked());
            }
            Request::Rename { module, name } => {
                self.modules.rename(module, name).map_err(|error| refusal(LINK, error))?;
                return Ok(self.linked());
            }
            Request::Show { module } => {
                self.modules.show(module).map_err(|error| refusal(LINK, error))?;
                self.run = None;
                self.surroundings = Surroundings::default();
                self.show()?
            }
            Request::Bind { import, binding } => {
                self.modules.bind(import, binding).map_err(|error| refusal(LINK, error))?;
                let links = Reply::Links(Box::new(self.modules.links()));
                // What runs goes on with what it was bound to, and says so.
                let state = self.run.is_some().then(|| self.report());
                return Ok([links].into_iter().chain(state.into_iter().flatten()).collect());
            }
            Request::Answer { values } => {
                let run = self.run.as_mut().ok_or_else(|| nothing_runs(ANSWER))?;
                run.answer(&values).map_err(|error| refusal(ANSWER, error))?;
                return Ok(self.report());
            }
            _ => return Ok(Vec::new()),
        };
        Ok(vec![reply])
    }

    /// Loads a module to link with. What runs has been linked without it, and ends.
    fn link(&mut self, file: ModuleFile) -> Result<Vec<Reply>, Reply> {
        if !is_module(&file) {
            return Err(refusal(LINK, not_a_module(&file.name)));
        }
        let opened = Opened::new(&self.engine, file.name, file.bytes.into_vec());
        if self.modules.add(opened).map_err(|error| refusal(LINK, error))? {
            self.end_run();
            return Ok(vec![self.show()?]);
        }
        Ok(self.linked())
    }

    /// Ends what runs, because the modules are others now, and tells of these.
    fn linked(&mut self) -> Vec<Reply> {
        self.end_run();
        let links = Reply::Links(Box::new(self.modules.links()));
        vec![links, Reply::State(Box::new(state::idle()))]
    }
}
