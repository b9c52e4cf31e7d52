//! A module without imports, alone: the whole engine links others.

use fayasm_core::{Engine, Func, Instance, Store};

use super::modules::Modules;
use super::opened::LINKING;
use super::terminal::World;
use super::{Session, refused, text};
use crate::protocol::{ErrorView, LINK, LinksView, Reply, Request, StateView};

/// What the sample host has: nothing.
#[derive(Default)]
pub(super) struct SampleHost;

impl SampleHost {
    pub(super) fn new(_: &Engine) -> Self {
        SampleHost
    }
}

impl Modules {
    /// What the module on show is linked with: nothing.
    pub(super) fn links(&self) -> LinksView {
        LinksView {
            modules: self.iter().map(|opened| opened.name.clone()).collect(),
            shown: text::offset(self.shown_index()),
            imports: Vec::new(),
        }
    }
}

impl Session {
    /// Hands everything back when there is something to link.
    pub(super) fn relink(&mut self, request: Request) -> Result<Vec<Reply>, Reply> {
        let Request::Link { file } = request else {
            return Err(refused(LINK, "nothing is linked here".to_owned()));
        };
        let files = self.modules.files().into_iter().chain([file]).collect();
        Ok(vec![Reply::HandedBack { files, needs: LINKING.to_owned() }])
    }
}

/// The instance of the module on show.
#[derive(Default)]
pub(super) struct Instances {
    /// Its start function.
    pub(super) starts: Option<Func>,
}

impl Instances {
    /// Instantiates the module on show.
    pub(super) fn link(
        modules: &Modules,
        store: &mut Store<World>,
        _: &Calls,
    ) -> Result<(Self, Instance), ErrorView> {
        let module = modules.shown().and_then(|opened| opened.module());
        let module = module.ok_or_else(|| ErrorView::titled("No module is open"))?;
        let instance =
            Instance::new_without_start(&mut *store, module, &[]).map_err(|error| ErrorView {
                details: vec![error.to_string()],
                ..ErrorView::titled("The module could not be instantiated")
            })?;
        Ok((Instances { starts: instance.start_function(&*store) }, instance))
    }

    pub(super) fn module_of(&self, _: Instance) -> Option<usize> {
        None
    }
}

/// What became of calls of imports, of which there are none.
#[derive(Default)]
pub(super) struct Calls;

impl Calls {
    pub(super) fn asks(&self) -> bool {
        false
    }

    pub(super) fn answer(&self, _: &[String]) -> Result<(), ErrorView> {
        Err(ErrorView::titled("No call waits for an answer"))
    }

    pub(super) fn show(&self, _: &mut StateView) {}
}
