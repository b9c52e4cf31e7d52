//! HTML that the engine has written, on the page.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, Node};

/// Puts HTML into an element. What was there before and is there again stays what it is: it keeps
/// the keyboard, what is typed or unfolded in it, and where it is scrolled to.
pub fn show(place: &Element, html: &str) {
    // Fails for nothing that can be in a page.
    let Ok(new) = place.clone_node() else { return };
    new.unchecked_ref::<Element>().set_inner_html(html);
    adopt(place, &new);
}

/// Lets a node have what another one has in it.
fn adopt(old: &Node, new: &Node) {
    let mut at = old.first_child();
    let mut next = new.first_child();
    while let Some(node) = next {
        next = node.next_sibling();
        let mut same = at.clone();
        while let Some(known) = same.take_if(|known| !is_same(known, &node)) {
            same = known.next_sibling();
        }
        match same {
            Some(same) => {
                while let Some(gone) = at.take_if(|at| !at.is_same_node(Some(&same))) {
                    at = gone.next_sibling();
                    let _ = old.remove_child(&gone);
                }
                at = same.next_sibling();
                update(&same, &node);
            }
            None => {
                let _ = old.insert_before(&node, at.as_ref());
            }
        }
    }
    while let Some(gone) = at {
        at = gone.next_sibling();
        let _ = old.remove_child(&gone);
    }
}

/// Whether one is what the other was before: what has a name is no other thing.
fn is_same(one: &Node, other: &Node) -> bool {
    let name = |it: &Node| it.dyn_ref::<Element>().and_then(|it| it.get_attribute("name"));
    one.node_name() == other.node_name() && name(one) == name(other)
}

fn update(old: &Node, new: &Node) {
    if old.is_equal_node(Some(new)) {
        return;
    }
    let (Some(to), Some(from)) = (old.dyn_ref::<Element>(), new.dyn_ref::<Element>()) else {
        old.set_node_value(new.node_value().as_deref());
        return;
    };
    for name in names(from) {
        let value = from.get_attribute(&name).unwrap_or_default();
        if to.get_attribute(&name).as_ref() != Some(&value) {
            let _ = to.set_attribute(&name, &value);
            if name == "value" {
                // What was typed is something else than the attribute.
                to.unchecked_ref::<HtmlInputElement>().set_value(&value);
            }
        }
    }
    for name in names(to) {
        // Whether something is unfolded, a person has decided.
        if name != "open" && !from.has_attribute(&name) {
            let _ = to.remove_attribute(&name);
        }
    }
    match to.tag_name() == "SELECT" {
        // What was chosen is something else than the attribute.
        true => to.set_inner_html(&from.inner_html()),
        false => adopt(old, new),
    }
}

/// Names of attributes.
fn names(of: &Element) -> impl Iterator<Item = String> {
    of.get_attribute_names().into_iter().filter_map(|name| name.as_string())
}
