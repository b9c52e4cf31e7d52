//! What an instance has: its functions, and what its tables and globals hold.

use fayasm_core::{Extern, ExternKind, Func, Instance, Val};

use super::Run;
use crate::protocol::ValueView;
use crate::session::opened::Opened;
use crate::session::text;

/// Rows of a table that are shown at a time.
const MAX_ROWS: u32 = 1000;

impl Run {
    /// Elements of a table, and how many it has.
    pub(in crate::session) fn table(
        &self,
        opened: &Opened,
        table: u32,
        from: u32,
        count: u32,
    ) -> Option<(u32, Vec<String>)> {
        let Some(Extern::Table(table)) =
            self.instance.get_index(&self.store, ExternKind::Table, table)
        else {
            return None;
        };
        let size = u32::try_from(table.size(&self.store).ok()?).unwrap_or(u32::MAX);
        let end = size.min(from.saturating_add(count.min(MAX_ROWS)));
        let element = |index| match table.get(&self.store, u64::from(index)) {
            Ok(Val::FuncRef(Some(func))) => self.func_text(opened, self.instance, func),
            Ok(value) => value.to_string(),
            Err(error) => error.to_string(),
        };
        Some((size, (from..end).map(element).collect()))
    }

    /// A function, by the name it has in this module if it is one of its own.
    fn func_text(&self, opened: &Opened, instance: Instance, func: Func) -> String {
        match self.func_index(opened, instance, func) {
            Some(index) => opened.function_name(index),
            None => "a function from elsewhere".to_owned(),
        }
    }

    /// Which function of an instance this is.
    pub(in crate::session) fn func_index(
        &self,
        opened: &Opened,
        instance: Instance,
        func: Func,
    ) -> Option<u32> {
        (0..text::offset(opened.all().functions.len())).find(|&index| {
            let found = instance.get_index(&self.store, ExternKind::Func, index);
            found == Some(Extern::Func(func))
        })
    }

    /// All globals, those marked that differ from when they were shown last.
    pub(in crate::session) fn globals(&mut self) -> Vec<ValueView> {
        let mut values = Vec::new();
        let mut index = 0;
        while let Some(Extern::Global(global)) =
            self.instance.get_index(&self.store, ExternKind::Global, index)
        {
            values.extend(global.get(&self.store));
            index += 1;
        }
        let views = values.iter().enumerate().map(|(index, value)| {
            let changed = self.shown_globals.get(index).is_some_and(|shown| shown != value);
            text::value(index.to_string(), *value, changed)
        });
        let views = views.collect();
        self.shown_globals = values;
        views
    }
}
