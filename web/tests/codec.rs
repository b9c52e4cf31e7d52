//! Messages survive the border between page and worker.

#![cfg(target_arch = "wasm32")]

use fayasm_web::codec::{Garbled, decode, encode};
use fayasm_web::protocol::*;
use js_sys::Uint8Array;
use serde_bytes::ByteBuf;
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

fn error() -> ErrorView {
    ErrorView {
        title: "type mismatch".to_owned(),
        details: vec!["expected i32".to_owned()],
        offset: Some(u32::MAX),
        argument: None,
    }
}

fn value() -> ValueView {
    ValueView {
        name: "$x".to_owned(),
        ty: "i64".to_owned(),
        text: "-9223372036854775808".to_owned(),
        bits: "0x8000000000000000".to_owned(),
        changed: true,
    }
}

#[wasm_bindgen_test]
fn requests_survive() {
    let requests = [
        Request::Open {
            files: vec![ModuleFile {
                name: "é.wasm".to_owned(),
                bytes: ByteBuf::from(vec![0, 97, 115, 109, 255]),
            }],
        },
        Request::Start {
            export: "add".to_owned(),
            arguments: vec!["-1".to_owned(), String::new()],
        },
        Request::Tier(Tier::Microcode),
        Request::Device(DeviceRequest::Show { cell: Some(u32::MAX) }),
        Request::Device(DeviceRequest::Field { name: "budget".to_owned(), value: "1".to_owned() }),
        Request::Device(DeviceRequest::Look),
        Request::Continue { speed: None },
        Request::Continue { speed: Some(16) },
        Request::RunTo { step: 9_007_199_254_740_991.0 },
        Request::Memory { memory: 0, from: u32::MAX - 4095, count: 4096 },
        Request::Search { text: "de ad".to_owned(), count: 100 },
        Request::Heat { memory: 1 },
        Request::Step,
        Request::Origin { of: OriginOf::Byte { memory: 1, address: u32::MAX } },
        Request::FindWrite(WriteView {
            memory: 0,
            address: 7,
            next: true,
            changes: false,
            found: None,
            left: Some(9_007_199_254_740_991.0),
        }),
        Request::Save { number: 1, what: Written::Trace { from: 1.0, to: 1e15 }, csv: true },
        Request::Save { number: 2, what: Written::Hashes { every: 1e6 }, csv: false },
        Request::Places { named: "é.c:7".to_owned() },
        Request::Breakpoints {
            stops: vec![Stop {
                number: 1,
                file: "é.wasm".to_owned(),
                place: StopPlace::Memory { memory: 0, address: 8, length: 4, on: Watch::Change },
                enabled: true,
                condition: "$n > 1".to_owned(),
            }],
        },
    ];
    for request in requests {
        assert_eq!(decode::<Request>(encode(&request).unwrap().into()).unwrap(), request);
    }
}

#[wasm_bindgen_test]
fn replies_survive() {
    let replies = [
        Reply::Ready,
        Reply::Origin(None),
        Reply::Origin(Some(Box::new(OriginView {
            of: OriginOf::Trap,
            title: "integer divide by zero".to_owned(),
            step: 7.0,
            chains: vec![ChainView {
                title: "the divisor: 0".to_owned(),
                links: vec![LinkView {
                    step: 3.0,
                    code: "i32.const 0".to_owned(),
                    ..LinkView::default()
                }],
                is_cut: true,
            }],
            is_done: false,
        }))),
        Reply::Globals(vec![value(), value()]),
        Reply::Typed(TypedView {
            memory: 0,
            address: 7,
            values: vec![value()],
            text: "é".to_owned(),
        }),
        Reply::Translations(TranslationsView {
            rows: vec![TranslationView {
                function: 3,
                name: "f".to_owned(),
                hits: 9,
                fate: Fate::Waits { score: Score { reached: 1, wanted: 550 }, setbacks: 2 },
            }],
            step: 1e15,
            ..TranslationsView::default()
        }),
        Reply::Located { offset: 7, function: None, row: 0, start: Some(5) },
        Reply::Hits(HitsView { from: 0.0, to: 1e15, hits: vec![(7.0, 2)] }),
        Reply::Places {
            named: "f".to_owned(),
            found: Ok(PlacesView { module: 1, offsets: vec![7, 9], is_cut: true }),
        },
        Reply::Places { named: "g".to_owned(), found: Err("There is none.".to_owned()) },
        Reply::Breakpoints(vec![BreakpointView { number: 2, ..BreakpointView::default() }]),
        Reply::Table { table: 1, from: 0, size: 2, rows: vec!["null".to_owned()] },
        Reply::Saved { number: 1, piece: ByteBuf::from(vec![0; 9]), done: 1000, over: true },
        Reply::Hash { executed: 7.0, hash: "0123456789abcdef".to_owned() },
        Reply::Calls(Box::new(CallsView {
            from: 0.0,
            to: 1e15,
            calls: vec![CallView {
                depth: 3,
                name: Some(0),
                from: 1.0,
                to: 2.0,
                calls: u32::MAX,
                began_before: true,
            }],
            names: vec!["f".to_owned()],
            deeper: true,
            every: Some(1e6),
        })),
        Reply::Refused { request: "Start".to_owned(), error: error() },
        Reply::Bytes(BytesView {
            from: 16,
            bytes: ByteBuf::from(vec![1, 2, 3]),
            fields: vec![FieldSpan {
                span: Span { start: 16, end: 19 },
                kind: FieldKind::Immediate,
            }],
        }),
        Reply::State(Box::new(StateView {
            status: Status::Trapped(TrapView {
                message: "unreachable".to_owned(),
                details: Vec::new(),
                offset: None,
                backtrace: vec![FrameView {
                    function: 1,
                    name: "f".to_owned(),
                    offset: 9,
                    elsewhere: None,
                    source: None,
                }],
            }),
            call: "f()".to_owned(),
            number: 3,
            rebound: true,
            step: 1e15,
            speed: 0.5,
            next: None,
            frames: Vec::new(),
            depth: 0,
            locals: vec![value()],
            locals_total: 300,
            operands: Vec::new(),
            operands_total: 0,
            labels: Vec::new(),
            touched: vec![TouchView {
                memory: 0,
                span: Span { start: 0, end: 4 },
                writes: true,
                next: false,
            }],
            passed: vec![PassedView {
                value: value(),
                popped: true,
                mnemonic: "drop".to_owned(),
                offset: 7,
                here: true,
                ago: 1,
            }],
            hits: vec![HitView { number: 2, text: "memory is about to grow".to_owned() }],
            timeline: Some(TimelineView {
                first: 0.0,
                last: 1e15,
                traps: true,
                lost: Some("memory has run out".to_owned()),
            }),
            asked: None,
            log: vec!["env.log(7)".to_owned()],
            logged: 1.0,
        })),
    ];
    for reply in replies {
        assert_eq!(decode::<Reply>(encode(&reply).unwrap().into()).unwrap(), reply);
    }
}

#[wasm_bindgen_test]
fn a_module_grows_by_a_few_bytes_only() {
    let file = ModuleFile { name: "a".to_owned(), bytes: ByteBuf::from(vec![7; 1000]) };
    let request = Request::Open { files: vec![file] };
    assert!(encode(&request).unwrap().length() < 1010);
}

#[wasm_bindgen_test]
fn nonsense_is_an_error() {
    assert_eq!(decode::<Request>("Dance".into()), Err(Garbled));
    assert_eq!(decode::<Reply>(Uint8Array::new_with_length(0).into()), Err(Garbled));
    let cut = encode(&Reply::Globals(vec![value()])).unwrap().subarray(0, 5);
    assert_eq!(decode::<Reply>(cut.into()), Err(Garbled));
}
