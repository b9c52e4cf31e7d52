//! The structure of the module: its sections and their entries.

use yew::prelude::*;

use super::class::{class, when};
use super::icon::{Icon, icon};
use super::virtual_list::{ListKey, VirtualList};
use crate::hooks::{Page, UseWindows, use_page, use_windows};
use crate::model::{Action, Pane, Reveal, Soft};
use crate::protocol::{EntryView, ModuleView, Reply, Request, SectionView, Span};
use crate::view::format;
use crate::view::keyboard::moved;
use crate::view::shared::Shared;
use crate::view::tree::{CHUNK, Row, Tree};

/// Properties of [`Structure`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The module.
    pub module: Shared<ModuleView>,
    /// The byte clicked on.
    pub pinned: Option<u32>,
    /// Section and entry that are being read, while that is watched.
    pub read: Option<(u32, Option<u32>)>,
    /// Changes when functions get other names.
    pub lines_found: u32,
    /// Height of a row, in pixels.
    pub row_height: f64,
}

/// The tree of sections and entries.
#[function_component]
pub fn Structure(props: &Props) -> Html {
    let page = use_page();
    let tree = use_state(|| {
        let entries = props.module.sections.iter().map(|section| section.entries).collect();
        let mut tree = Tree::new(entries);
        for (index, section) in (0..).zip(&props.module.sections) {
            if OPEN_AT_FIRST.contains(&section.title.as_str()) && section.entries <= 16 {
                tree.set_open(index, true);
            }
        }
        tree
    });
    let at = use_state(|| 0_u64);
    let (ask, pick) = ((*tree).clone(), (*tree).clone());
    let entries = use_windows(
        CHUNK,
        (),
        props.lines_found,
        move |(), item| {
            let (section, from) = ask.entry(item);
            Request::Entries { section, from, count: CHUNK }
        },
        move |reply| match reply {
            Reply::Entries { section, from, rows } => {
                Some(((), pick.item(*section, *from), rows.clone()))
            }
            _ => None,
        },
    );

    // The entry that was chosen before it was known.
    let awaited = use_mut_ref(|| None::<(u32, u32)>);
    {
        let (awaited, page, tree) = (awaited.clone(), page.clone(), tree.clone());
        let (module, entries) = (props.module.clone(), entries.clone());
        use_effect(move || {
            let wanted = *awaited.borrow();
            if let Some((section, index)) = wanted
                && let Some(entry) = entry_of(&entries, &tree, section, index)
            {
                awaited.replace(None);
                go_to_entry(&page, &module, section, &entry);
            }
        });
    }

    {
        let tree = tree.clone();
        use_effect_with(props.read.map(|(section, _)| section), move |section| {
            if let Some(section) = section.filter(|section| !tree.is_open(*section)) {
                let mut next = (*tree).clone();
                next.set_open(section, true);
                tree.set(next);
            }
        });
    }

    let choose = {
        let (page, tree, at) = (page.clone(), tree.clone(), at.clone());
        let (module, entries) = (props.module.clone(), entries.clone());
        Callback::from(move |place: u64| {
            at.set(place);
            match tree.row(place) {
                Some(Row::Section(section)) => {
                    let mut next = (*tree).clone();
                    next.set_open(section, !next.is_open(section));
                    tree.set(next);
                    page.tell(Action::Pin(module.sections[section as usize].span.start));
                }
                Some(Row::Entry { section, index }) => {
                    match entry_of(&entries, &tree, section, index) {
                        Some(entry) => go_to_entry(&page, &module, section, &entry),
                        None => *awaited.borrow_mut() = Some((section, index)),
                    }
                }
                None => {}
            }
        })
    };

    let draw = {
        let (tree, entries, props, page, choose) =
            (tree.clone(), entries.clone(), props.clone(), page.clone(), choose.clone());
        let at = *at;
        Callback::from(move |place: u64| {
            let onclick = choose.reform(move |_: MouseEvent| place);
            match tree.row(place) {
                Some(Row::Section(index)) => {
                    let section = &props.module.sections[index as usize];
                    let open = tree.can_open(index).then(|| tree.is_open(index));
                    let state = reading(props.read, index, None);
                    draw_section(place, section, open, place == at, state, onclick, &page)
                }
                Some(Row::Entry { section, index }) => {
                    let entry = entry_of(&entries, &tree, section, index);
                    let state = reading(props.read, section, Some(index));
                    draw_entry(
                        place,
                        entry.as_ref(),
                        props.pinned,
                        place == at,
                        state,
                        onclick,
                        &page,
                    )
                }
                None => Html::default(),
            }
        })
    };
    let on_key = {
        let (tree, at, choose) = (tree.clone(), at.clone(), choose);
        Callback::from(move |key: ListKey| {
            let pressed = key.event.key();
            let to = match (pressed.as_str(), tree.row(*at)) {
                ("Enter" | " ", _) => {
                    choose.emit(*at);
                    Some(*at)
                }
                ("ArrowRight" | "ArrowLeft", Some(Row::Section(section))) => {
                    let mut next = (*tree).clone();
                    next.set_open(section, pressed == "ArrowRight");
                    tree.set(next);
                    Some(*at)
                }
                ("ArrowLeft", Some(Row::Entry { section, .. })) => {
                    tree.place(Row::Section(section))
                }
                _ => moved(&pressed, *at, tree.rows(), key.page),
            };
            if let Some(to) = to {
                key.event.prevent_default();
                at.set(to);
            }
        })
    };
    let on_leave = Callback::from(move |_| page.tell(Action::Hover(None)));
    let being_read = props.read.and_then(|(section, entry)| {
        let entry = entry.and_then(|index| tree.place(Row::Entry { section, index }));
        entry.or_else(|| tree.place(Row::Section(section)))
    });
    html! {
        <VirtualList
            rows={tree.rows()}
            row_height={props.row_height}
            {draw}
            reveal={being_read.or((*at > 0).then_some(*at)).map(|place| Reveal { place, serial: place as u32 })}
            role="tree"
            label="Structure of the module"
            class="structure"
            active={AttrValue::from(format!("node-{}", *at))}
            {on_key}
            {on_leave}
        />
    }
}

/// The class of a row while it is watched how the module is read: it is read now, or
/// lies ahead.
fn reading(read: Option<(u32, Option<u32>)>, section: u32, entry: Option<u32>) -> &'static str {
    match read {
        Some(now) if now == (section, entry) => "read",
        Some(now) if now < (section, entry) => "ahead",
        _ => "",
    }
}

/// Sections that show their entries from the start, when these are few.
const OPEN_AT_FIRST: &[&str] = &["Import", "Export", "Function", "Code"];

fn entry_of(
    entries: &UseWindows<(), Vec<EntryView>>,
    tree: &Tree,
    section: u32,
    index: u32,
) -> Option<EntryView> {
    entries
        .fetch(tree.item(section, index))
        .and_then(|rows| rows.get((index % CHUNK) as usize).cloned())
}

/// Shows an entry's bytes, its function where it has one, and for an exported
/// function its argument form.
pub fn go_to_entry(page: &Page, module: &ModuleView, section: u32, entry: &EntryView) {
    if let Some(function) = entry.function {
        page.tell(Action::ShowFunction(function));
    }
    page.tell(Action::Pin(entry.span.start));
    let exports =
        module.sections.get(section as usize).is_some_and(|section| section.title == "Export");
    let export = module
        .exports
        .iter()
        .find(|export| exports && export.function.is_some() && export.name == entry.label);
    if let Some(export) = export {
        page.tell(Action::Choose(export.name.clone()));
    }
    page.tell(Action::ShowPane(if entry.function.is_some() { Pane::Code } else { Pane::Bytes }));
}

fn hover(page: &Page, span: Span) -> Callback<MouseEvent> {
    let page = page.clone();
    Callback::from(move |_| {
        page.tell(Action::Hover(Some(Soft { span, explain: false })));
    })
}

/// What a section holds: in its own words, or else how much of it.
fn summary(section: &SectionView) -> String {
    if section.summary.is_empty() && section.entries > 0 {
        format::count(f64::from(section.entries))
    } else {
        section.summary.clone()
    }
}

fn draw_section(
    place: u64,
    section: &SectionView,
    open: Option<bool>,
    is_active: bool,
    state: &'static str,
    onclick: Callback<MouseEvent>,
    page: &Page,
) -> Html {
    html! {
        <div
            id={format!("node-{place}")}
            class={class(&["node section", when(is_active, "active"), state])}
            role="treeitem"
            aria-level="1"
            aria-selected={if is_active { "true" } else { "false" }}
            aria-expanded={open.map(|open| if open { "true" } else { "false" })}
            {onclick}
            onmouseenter={hover(page, section.span)}
        >
            <span class={class(&["twist", when(open == Some(true), "open"), when(open.is_none(), "none")])}>
                { icon(Icon::Chevron) }
            </span>
            <span class="label">{ &section.title }</span>
            <span class="detail">{ summary(section) }</span>
        </div>
    }
}

fn draw_entry(
    place: u64,
    entry: Option<&EntryView>,
    pinned: Option<u32>,
    is_active: bool,
    state: &'static str,
    onclick: Callback<MouseEvent>,
    page: &Page,
) -> Html {
    let Some(entry) = entry else {
        return html! {
            <div class="node entry loading" role="treeitem" aria-level="2" aria-selected="false">{ "…" }</div>
        };
    };
    let has_cursor =
        pinned.is_some_and(|pinned| (entry.span.start..entry.span.end).contains(&pinned));
    html! {
        <div
            id={format!("node-{place}")}
            class={class(&["node entry", when(is_active, "active"), when(has_cursor, "selected"), state])}
            role="treeitem"
            aria-level="2"
            aria-selected={if has_cursor { "true" } else { "false" }}
            title={format!("{} · {} · at {}", entry.label, entry.detail, format::offset(entry.span.start))}
            {onclick}
            onmouseenter={hover(page, entry.span)}
        >
            <span class="label">{ &entry.label }</span>
            <span class="detail">{ &entry.detail }</span>
        </div>
    }
}
