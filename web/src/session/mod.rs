//! A stand-in for the engine's session: it reads section headers and answers
//! everything else with values of the right shape.

#[allow(dead_code)]
mod code;
#[allow(dead_code)]
mod entries;
#[allow(dead_code)]
mod explain;
#[allow(dead_code)]
mod opened;
#[allow(dead_code)]
mod text;

use serde_bytes::ByteBuf;

use crate::protocol::*;

/// The engine side of the page.
#[derive(Debug, Default)]
pub struct Session {
    name: String,
    bytes: Vec<u8>,
    step: f64,
    status: Option<Status>,
    call: String,
    endless: bool,
}

const SECTIONS: [&str; 13] = [
    "Custom",
    "Type",
    "Import",
    "Function",
    "Table",
    "Memory",
    "Global",
    "Export",
    "Start",
    "Element",
    "Code",
    "Data",
    "Data count",
];

impl Session {
    /// A session without a module.
    pub fn new() -> Self {
        Self::default()
    }

    /// Carries out a request.
    pub fn handle(&mut self, request: Request) -> Vec<Reply> {
        match request {
            Request::Open { name, bytes } => {
                *self = Self { name, bytes: bytes.into_vec(), ..Self::default() };
                vec![Reply::Opened(Box::new(self.module()))]
            }
            Request::Entries { section, from, count } => {
                let rows =
                    (from..(from + count).min(5)).map(|index| self.entry(section, index)).collect();
                vec![Reply::Entries { section, from, rows }]
            }
            Request::Bytes { from, count } => {
                let end = (from + count).min(self.bytes.len() as u32);
                let bytes =
                    self.bytes.get(from as usize..end as usize).unwrap_or_default().to_vec();
                let fields = (from / 3..end.div_ceil(3))
                    .map(|n| FieldSpan { span: span(n * 3, n * 3 + 3), kind: kind(n) })
                    .collect();
                vec![Reply::Bytes(BytesView { from, bytes: ByteBuf::from(bytes), fields })]
            }
            Request::Explain { offset } => vec![Reply::Explained(Box::new(self.explain(offset)))],
            Request::Code { function, from, .. } => vec![Reply::Code(code(function, from))],
            Request::Locate { offset } => {
                vec![Reply::Located { offset, function: Some(1), row: offset % 12 }]
            }
            Request::Search { text, .. } => {
                let rows = vec![FoundView { section: 1, entry: self.entry(1, 0) }];
                vec![Reply::Found { text, total: 1, rows }]
            }
            Request::Start { export, arguments } => {
                self.call = format!("{export}({})", arguments.join(", "));
                self.endless = export.contains("spin") || export.contains("forever");
                self.step = 0.0;
                self.paused()
            }
            Request::Step | Request::StepOver | Request::StepOut => {
                self.step += 1.0;
                self.paused()
            }
            Request::Reset => {
                self.step = 0.0;
                self.paused()
            }
            Request::Stop => self.paused(),
            Request::Continue { .. } | Request::RunTo { .. } => {
                self.status = Some(Status::Running);
                self.report()
            }
            Request::Memory { memory, from, count } => {
                let bytes = (from..from + count).map(|n| (n / 7) as u8).collect::<Vec<_>>();
                vec![Reply::Memory(MemoryView {
                    memory,
                    from,
                    size: 65536.0,
                    pages: 1,
                    maximum: Some(2),
                    bytes: ByteBuf::from(bytes),
                    changed: vec![span(20, 24)],
                })]
            }
            Request::Table { table, from, .. } => {
                vec![Reply::Table {
                    table,
                    from,
                    size: 3,
                    rows: ["func 1 add", "func 2 sub", "null"].map(str::to_owned).to_vec(),
                }]
            }
            Request::Globals => vec![Reply::Globals(vec![
                value("$top", "i32", "1048576", true),
                value("$scale", "f64", "0.5", false),
            ])],
        }
    }

    fn paused(&mut self) -> Vec<Reply> {
        self.status = Some(Status::Paused);
        self.report()
    }

    fn report(&mut self) -> Vec<Reply> {
        vec![Reply::State(Box::new(self.state()))]
    }

    /// Runs up to so many instructions.
    pub fn advance(&mut self, instructions: u64) -> bool {
        if self.status != Some(Status::Running) {
            return false;
        }
        self.step += instructions as f64;
        if self.endless || self.step < 60.0 {
            return true;
        }
        self.status = Some(Status::Finished { results: vec![value("0", "i32", "204", true)] });
        false
    }

    /// Where the run stands.
    pub fn state(&mut self) -> StateView {
        let row = (self.step as u32) % 12;
        let at = code(1, 0).rows[row as usize].clone();
        StateView {
            status: self.status.clone().unwrap_or(Status::Idle),
            call: self.call.clone(),
            step: self.step,
            speed: 41_000_000.0,
            next: Some(NextView {
                function: 1,
                offset: at.offset,
                row,
                length: 2,
                operator: operator(),
                operands: String::new(),
                pops: 2,
                effect: "pops 7 and 32, pushes 25".to_owned(),
            }),
            frames: (0..3)
                .map(|n| FrameView { function: n, name: format!("compress{n}"), offset: 90 + n })
                .collect(),
            depth: 3,
            locals: vec![value("$x", "i32", "2147483648", false), value("$n", "i64", "7", true)],
            operands: vec![
                value("0", "f64", "3.25", false),
                value("1", "i32", "32", false),
                value("2", "i32", "7", true),
            ],
            operands_total: 3,
            labels: ["func", "block", "loop"]
                .iter()
                .map(|kind| LabelView {
                    kind: (*kind).to_owned(),
                    offset: 80,
                    type_text: "[] → [i32]".to_owned(),
                    target: 99,
                })
                .collect(),
            memory_written: Some(span(20, 24)),
        }
    }

    fn module(&self) -> ModuleView {
        let (mut sections, mut at) = (vec![self.section("Header", 0, 8)], 8_usize);
        while let (Some(id), Some(size)) = (self.bytes.get(at), self.bytes.get(at + 1)) {
            let end = at + 2 + usize::from(*size);
            sections.push(self.section(
                SECTIONS.get(usize::from(*id)).unwrap_or(&"Unknown"),
                at as u32,
                end as u32,
            ));
            at = end;
        }
        let names = if self.name.contains("spin") {
            ["spin", "stop"]
        } else {
            ["sort_checksum", "buffer_pipeline"]
        };
        let exports = names
            .iter()
            .enumerate()
            .map(|(n, name)| ExportView {
                name: (*name).to_owned(),
                kind: "func".to_owned(),
                type_text: "(i32) → i32".to_owned(),
                function: Some(n as u32),
                parameters: (0..n * 2)
                    .map(|n| ParameterView {
                        name: ["$seed", "$count"][n].to_owned(),
                        ty: "i32".to_owned(),
                    })
                    .collect(),
            })
            .collect();
        let error = (self.bytes.get(..4) != Some(b"\0asm")).then(|| ErrorView {
            title: "Not a WebAssembly module".to_owned(),
            details: vec!["expected 00 61 73 6d".to_owned()],
            offset: Some(0),
            argument: None,
        });
        ModuleView {
            name: self.name.clone(),
            size: self.bytes.len() as u32,
            sections,
            exports,
            imports: Vec::new(),
            functions: 5,
            memories: 1,
            tables: 1,
            globals: 2,
            producer: Some("rustc 1.96".to_owned()),
            error,
        }
    }

    fn section(&self, title: &str, start: u32, end: u32) -> SectionView {
        SectionView {
            title: title.to_owned(),
            kind: FieldKind::Structure,
            span: span(start, end),
            entries: if start == 0 { 0 } else { 5 },
            summary: "5 entries".to_owned(),
        }
    }

    fn entry(&self, section: u32, index: u32) -> EntryView {
        EntryView {
            index,
            label: format!("entry {section}.{index}"),
            detail: "14 B".to_owned(),
            span: span(20 + index * 4, 24 + index * 4),
            function: Some(index),
        }
    }

    fn explain(&self, offset: u32) -> ExplanationView {
        let start = offset - offset % 3;
        ExplanationView {
            offset,
            path: ["code", "func 4 rotr", "body", "instruction 4"]
                .iter()
                .map(|label| PathStep { label: (*label).to_owned(), span: span(start, start + 9) })
                .collect(),
            name: "value".to_owned(),
            kind: kind(offset / 3),
            span: span(start, start + 3),
            raw: ByteBuf::from(
                self.bytes.get(start as usize..(start + 3) as usize).unwrap_or_default().to_vec(),
            ),
            value: "128".to_owned(),
            leb128: Some(Leb128View {
                signed: true,
                bits: 32,
                bytes: vec![(true, "0000000".to_owned()), (false, "0000001".to_owned())],
                joined: "00000010000000".to_owned(),
                value: "128".to_owned(),
            }),
            meaning: "The constant that the instruction pushes.".to_owned(),
            operator: Some(operator()),
            siblings: (0..6)
                .map(|n| SiblingView {
                    name: "opcode".to_owned(),
                    value: "i32.const".to_owned(),
                    span: span(n * 3, n * 3 + 3),
                    kind: kind(n),
                })
                .collect(),
        }
    }
}

fn span(start: u32, end: u32) -> Span {
    Span { start, end }
}

fn kind(n: u32) -> FieldKind {
    [
        FieldKind::Structure,
        FieldKind::Type,
        FieldKind::Opcode,
        FieldKind::Immediate,
        FieldKind::Index,
        FieldKind::Name,
        FieldKind::Data,
    ][n as usize % 7]
}

fn operator() -> OperatorView {
    OperatorView {
        mnemonic: "i32.sub".to_owned(),
        code: "0x6B".to_owned(),
        signature: "[i32 i32] → [i32]".to_owned(),
        explained: "Subtracts two 32-bit integers, wrapping on overflow.".to_owned(),
        proposal: "WebAssembly 1.0".to_owned(),
    }
}

fn value(name: &str, ty: &str, text: &str, changed: bool) -> ValueView {
    ValueView {
        name: name.to_owned(),
        ty: ty.to_owned(),
        text: text.to_owned(),
        bits: "0x00000007".to_owned(),
        changed,
    }
}

fn code(function: u32, from: u32) -> CodeView {
    let rows = [
        "block",
        "local.get",
        "i32.const",
        "i32.sub",
        "br_if",
        "f64.add",
        "i64.load",
        "call",
        "local.set",
        "end",
        "i32.or",
        "end",
    ];
    let rows = rows
        .iter()
        .enumerate()
        .map(|(n, mnemonic)| CodeRow {
            offset: 80 + n as u32 * 2,
            bytes: ByteBuf::from(vec![0x20, n as u8]),
            depth: u32::from(n > 0 && n < 9),
            mnemonic: (*mnemonic).to_owned(),
            operands: if n % 2 == 1 { "$x".to_owned() } else { String::new() },
            remark: if n == 7 { "compress (i32) → i32".to_owned() } else { String::new() },
        })
        .collect();
    CodeView {
        function,
        name: format!("rotr{function}"),
        type_text: "(i32, i32) → i32".to_owned(),
        total: 12,
        from,
        rows,
        note: None,
    }
}
