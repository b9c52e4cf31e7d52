//! Components, drawn by themselves.

#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::rc::Rc;

use fayasm_web::components::call_form::{CallForm, FormAction, call_form};
use fayasm_web::components::hex_row::{self, HexRow};
use fayasm_web::components::virtual_list::{self, VirtualList};
use fayasm_web::model::{Call, Reveal};
use fayasm_web::protocol::*;
use fayasm_web::view::hex::{Chunk, Marks};
use fayasm_web::view::shared::Shared;
use gloo::timers::future::TimeoutFuture;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::*;
use web_sys::{Element, HtmlElement, HtmlInputElement, InputEvent};
use yew::prelude::*;

wasm_bindgen_test_configure!(run_in_browser);

/// What a list needs of the page's styles: it scrolls inside of its place.
const STYLE: &str = ".list { flex: 1; min-height: 0; overflow: auto }";

/// An empty element of the page, so many pixels tall.
fn stage(height: u32) -> Element {
    let document = web_sys::window().unwrap().document().unwrap();
    let sheet = document.create_element("style").unwrap();
    sheet.set_text_content(Some(STYLE));
    document.body().unwrap().append_child(&sheet).unwrap();
    let stage = document.create_element("div").unwrap();
    let style = format!("display:flex;flex-direction:column;height:{height}px");
    stage.set_attribute("style", &style).unwrap();
    document.body().unwrap().append_child(&stage).unwrap();
    stage
}

/// Waits until everything has been drawn.
async fn drawn() {
    TimeoutFuture::new(60).await;
}

fn all(stage: &Element, selector: &str) -> Vec<Element> {
    let found = stage.query_selector_all(selector).unwrap();
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}

fn texts(stage: &Element, selector: &str) -> Vec<String> {
    all(stage, selector).iter().filter_map(|element| element.text_content()).collect()
}

fn list(rows: u64, reveal: Option<Reveal<u64>>) -> virtual_list::Props {
    virtual_list::Props {
        of: (0, 0),
        rows,
        row_height: 20.0,
        draw: Callback::from(|row: u64| {
            html! { <div key={row} class="row" style="height:20px" role="option" aria-selected="false">{ row }</div> }
        }),
        reveal,
        beside: None,
        on_scroll: Callback::noop(),
        role: "listbox",
        label: "Rows".into(),
        class: "",
        active: None,
        on_key: Callback::noop(),
        on_click: Callback::noop(),
        on_move: Callback::noop(),
        on_leave: Callback::noop(),
    }
}

#[wasm_bindgen_test]
async fn a_long_list_draws_the_rows_in_sight() {
    let stage = stage(200);
    yew::Renderer::<VirtualList>::with_root_and_props(stage.clone(), list(1_000_000, None))
        .render();
    drawn().await;
    let rows = texts(&stage, ".row");
    assert!((10..=30).contains(&rows.len()), "{} rows", rows.len());
    assert_eq!(rows[0], "0");
}

#[wasm_bindgen_test]
async fn a_row_out_of_sight_is_revealed() {
    let stage = stage(200);
    let reveal = Some(Reveal { place: 900_000, serial: 1 });
    yew::Renderer::<VirtualList>::with_root_and_props(stage.clone(), list(1_000_000, reveal))
        .render();
    drawn().await;
    assert!(texts(&stage, ".row").contains(&"900000".to_owned()));
}

#[wasm_bindgen_test]
async fn scrolling_draws_other_rows() {
    let stage = stage(200);
    yew::Renderer::<VirtualList>::with_root_and_props(stage.clone(), list(1_000, None)).render();
    drawn().await;
    stage.query_selector(".list").unwrap().unwrap().set_scroll_top(10_000);
    drawn().await;
    let rows = texts(&stage, ".row");
    assert!(rows.contains(&"500".to_owned()) && !rows.contains(&"0".to_owned()), "{rows:?}");
}

#[derive(Debug, Clone, PartialEq, Properties)]
struct FormProps {
    form: CallForm,
}

#[function_component]
fn Form(props: &FormProps) -> Html {
    call_form(&props.form)
}

fn form(
    refused: Option<ErrorView>,
    arguments: &[&str],
    on_action: Callback<FormAction>,
) -> FormProps {
    let parameter = |name: &str| ParameterView { name: name.to_owned(), ty: "i32".to_owned() };
    let form = CallForm {
        export: ExportView {
            name: "add".to_owned(),
            kind: "func".to_owned(),
            type_text: "(i32, i32) → i32".to_owned(),
            parameters: vec![parameter("$a"), parameter("1")],
            function: Some(0),
        },
        call: Shared::new(Call {
            export: "add".to_owned(),
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
        }),
        suggested: Rc::new([]),
        refused: refused.map(Shared::new),
        can_run: true,
        calls: Some(0),
        replaces: None,
        on_action,
    };
    FormProps { form }
}

#[wasm_bindgen_test]
async fn the_form_has_a_field_for_each_parameter_named_and_typed() {
    let stage = stage(400);
    yew::Renderer::<Form>::with_root_and_props(
        stage.clone(),
        form(None, &["40", "2"], Callback::noop()),
    )
    .render();
    drawn().await;
    assert_eq!(texts(&stage, "label"), ["$ai32", "argument 1i32"]);
    let values: Vec<_> = all(&stage, "input")
        .into_iter()
        .map(|input| input.unchecked_into::<HtmlInputElement>().value())
        .collect();
    assert_eq!(values, ["40", "2"]);
}

#[wasm_bindgen_test]
async fn a_refused_argument_is_marked_at_its_field() {
    let refused = ErrorView {
        title: "Argument 1 must be i32".to_owned(),
        details: vec!["`two` is no i32: expected an integer".to_owned()],
        offset: None,
        argument: Some(1),
    };
    let stage = stage(400);
    let props = form(Some(refused), &["40", "two"], Callback::noop());
    yew::Renderer::<Form>::with_root_and_props(stage.clone(), props).render();
    drawn().await;
    let inputs = all(&stage, "input");
    assert_eq!(inputs[0].get_attribute("aria-invalid"), None);
    assert_eq!(inputs[1].get_attribute("aria-invalid").as_deref(), Some("true"));
    let described = inputs[1].get_attribute("aria-describedby").unwrap();
    let message = stage.query_selector(&format!("#{described}")).unwrap().unwrap();
    assert!(message.text_content().unwrap().contains("two is no i32"));
}

#[wasm_bindgen_test]
async fn the_form_tells_what_is_typed_and_which_button_is_pressed() {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let on_action = {
        let heard = Rc::clone(&heard);
        Callback::from(move |action| heard.borrow_mut().push(action))
    };
    let stage = stage(400);
    yew::Renderer::<Form>::with_root_and_props(stage.clone(), form(None, &["", ""], on_action))
        .render();
    drawn().await;
    let input: HtmlInputElement = all(&stage, "input").remove(1).unchecked_into();
    input.set_value("7");
    let typed = web_sys::InputEventInit::new();
    typed.set_bubbles(true);
    input.dispatch_event(&InputEvent::new_with_event_init_dict("input", &typed).unwrap()).unwrap();
    for button in all(&stage, ".buttons button") {
        button.unchecked_into::<HtmlElement>().click();
    }
    drawn().await;
    let expected = [FormAction::Type(1, "7".to_owned()), FormAction::Run, FormAction::StepInto];
    assert_eq!(*heard.borrow(), expected);
}

#[wasm_bindgen_test]
async fn a_hex_row_marks_its_bytes() {
    let stage = stage(40);
    let chunk = Chunk {
        from: 0,
        bytes: (0..20).collect(),
        fields: vec![FieldSpan { span: Span { start: 16, end: 18 }, kind: FieldKind::Opcode }],
        changed: Vec::new(),
    };
    let props = hex_row::Props {
        row: 1,
        length: 16,
        size: 20.0,
        chunk: Some(Shared::new(chunk)),
        marks: Marks { now: (0, 2), cursor: Some(3), error: Some(2), ..Marks::default() },
        id: "byte",
    };
    yew::Renderer::<HexRow>::with_root_and_props(stage.clone(), props).render();
    drawn().await;
    let classes: Vec<_> = all(&stage, "[data-at]").iter().map(|cell| cell.class_name()).collect();
    assert_eq!(classes.len(), 4);
    assert!(classes[0].contains("k-opcode") && classes[0].contains("now"));
    assert!(classes[2].contains("wrong"));
    assert!(classes[3].contains("cursor"));
    assert_eq!(texts(&stage, "[data-at]"), ["10", "11", "12", "13"]);
}
