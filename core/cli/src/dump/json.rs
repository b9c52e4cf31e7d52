//! A module's declarations as JSON; `fayasm dump --help` documents the keys.

use fayasm_core::module::{
    DataSegment, Declarations, ElementItems, ElementSegment, Export, Import, NameIndex, Names,
    Section, SectionId, SegmentMode, Span,
};
use fayasm_core::text::{Code, Disassembly};
use fayasm_core::{CompositeType, ExternType, FieldType, ModuleError, SubType, ValType};
use fayasm_dwarf::demangle;
use serde::Serialize;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::Output;

/// Writes the module `bytes`, which declares `all` before `error`, if one stands in it.
pub(super) fn write(
    out: &mut Output,
    bytes: &[u8],
    all: &Declarations,
    error: Option<&ModuleError>,
    code: bool,
) -> Result<(), Failure> {
    let index = NameIndex::new(bytes, all);
    let names = Names::new(bytes, all, &index);
    let module = Dumped { bytes, all, names, code };
    let mut object = Object::open(out)?;
    object.field("size", &json!(bytes.len()))?;
    object.field("error", &error.map_or(Value::Null, error_value))?;
    object.list("sections", all.sections.iter().map(section_value))?;
    object.list("types", all.types.iter().map(type_value))?;
    object.list("imports", all.imports.iter().map(|import| module.import(import)))?;
    // Numbers of functions fit 32 bits.
    let functions = 0..all.functions.len() as u32;
    object.list("functions", functions.map(|function| module.function(function)))?;
    object.list("tables", indexed(&all.tables, all.imported_tables))?;
    object.list("memories", indexed(&all.memories, all.imported_memories))?;
    object.list("tags", module.tags())?;
    object.list("globals", module.globals())?;
    object.list("exports", all.exports.iter().map(|export| module.export(export)))?;
    object.field("start", &json!(all.start))?;
    object.list("elements", all.elements.iter().map(|segment| module.element(segment)))?;
    object.list("data", all.data.iter().map(|segment| module.data(segment)))?;
    object.field("data_count", &json!(all.data_count))?;
    object.field("names", &module.names())?;
    let custom = all.sections.iter().filter(|section| section.id == SectionId::Custom);
    object.list("custom", custom.map(custom_value))?;
    object.close()
}

/// Writes an object field by field, so that a large module is not held twice.
struct Object<'a> {
    out: &'a mut Output,
    empty: bool,
}

impl<'a> Object<'a> {
    fn open(out: &'a mut Output) -> Result<Self, Failure> {
        let mut object = Object { out, empty: true };
        object.write("{")?;
        Ok(object)
    }

    fn write(&mut self, text: &str) -> Result<(), Failure> {
        let written = self.out.writer().write_all(text.as_bytes());
        self.out.done(written)
    }

    fn key(&mut self, key: &str) -> Result<(), Failure> {
        let comma = if std::mem::take(&mut self.empty) { "" } else { "," };
        self.write(&format!("{comma}\n  \"{key}\": "))
    }

    fn field(&mut self, key: &str, value: &Value) -> Result<(), Failure> {
        self.key(key)?;
        self.write(&value.to_string())
    }

    /// A list, each element of it on a line of its own.
    fn list(&mut self, key: &str, values: impl Iterator<Item = Value>) -> Result<(), Failure> {
        self.key(key)?;
        let mut separator = "[\n    ";
        for value in values {
            self.write(separator)?;
            self.write(&value.to_string())?;
            separator = ",\n    ";
        }
        self.write(if separator.starts_with('[') { "[]" } else { "\n  ]" })
    }

    fn close(mut self) -> Result<(), Failure> {
        self.write("\n}\n")
    }
}

/// What is written about.
struct Dumped<'m> {
    bytes: &'m [u8],
    all: &'m Declarations,
    names: Names<'m>,
    code: bool,
}

impl Dumped<'_> {
    fn tags(&self) -> impl Iterator<Item = Value> {
        self.all.tags.iter().enumerate().map(|(index, ty)| {
            let signature = self.all.types.func(*ty).map(ToString::to_string);
            let imported = index < self.all.imported_tags as usize;
            json!({ "index": index, "type": signature, "imported": imported })
        })
    }

    fn import(&self, import: &Import) -> Value {
        json!({
            "module": import.module, "name": import.name, "kind": import.ty.kind().to_string(),
            "type": self.all.import_type(import).map(extern_text),
        })
    }

    fn export(&self, export: &Export) -> Value {
        json!({
            "name": export.name, "kind": export.kind.to_string(), "index": export.index,
            "type": self.all.export_type(export).map(extern_text),
        })
    }

    fn globals(&self) -> impl Iterator<Item = Value> {
        let text = Disassembly::new(self.all, self.names);
        let imported = self.all.imported_globals as usize;
        self.all.globals.iter().enumerate().map(move |(index, ty)| {
            let defined = index.checked_sub(imported);
            let value = defined.and_then(|defined| self.all.global_values.get(defined));
            json!({
                "index": index, "type": ty.to_string(), "imported": defined.is_none(),
                "value": value.map(|value| text.constant(*value).to_string()),
            })
        })
    }

    fn function(&self, function: u32) -> Value {
        let all = self.all;
        let mut value = json!({
            "index": function,
            "name": self.names.function(function),
            "demangled": self.names.function(function).and_then(demangle),
            "type": all.functions.get(function as usize),
            "signature": all.function_type(function).map(ToString::to_string),
            "imported": function < all.imported_functions,
            "body": all.body(function).map(|Span { start, end }| json!({"start": start, "end": end})),
        });
        if let (true, Some(body), Some(fields)) =
            (self.code, all.body(function), value.as_object_mut())
        {
            fields.insert("code".to_owned(), self.instructions(function, body));
        }
        value
    }

    /// The instructions of a body, up to the first that is malformed.
    fn instructions(&self, function: u32, body: Span) -> Value {
        #[derive(Serialize)]
        struct Line<'a> {
            offset: u32,
            operator: &'a str,
            #[serde(skip_serializing_if = "String::is_empty")]
            immediates: String,
        }
        let text = Disassembly::new(self.all, self.names);
        let bytes = self.bytes.get(body.range()).unwrap_or_default();
        let lines = Code::new(bytes, body.start).into_iter().flatten().map_while(Result::ok);
        let lines = lines.map(|line| {
            let line = Line {
                offset: line.instruction.span.start,
                operator: line.instruction.operator.mnemonic(),
                immediates: text.operands(function, &line.instruction),
            };
            json!(line)
        });
        lines.collect()
    }

    fn element(&self, segment: &ElementSegment) -> Value {
        let (ty, mode) = (ValType::Ref(segment.ty).to_string(), self.mode(&segment.mode));
        match &segment.items {
            ElementItems::Functions(functions) => {
                json!({ "type": ty, "mode": mode, "functions": functions })
            }
            ElementItems::Expressions(expressions) => {
                let text = Disassembly::new(self.all, self.names);
                let expressions = expressions.iter().map(|it| text.constant(*it).to_string());
                let expressions: Vec<String> = expressions.collect();
                json!({ "type": ty, "mode": mode, "expressions": expressions })
            }
        }
    }

    fn data(&self, segment: &DataSegment) -> Value {
        let Span { start, end } = segment.contents;
        json!({ "mode": self.mode(&segment.mode), "start": start, "end": end })
    }

    fn mode(&self, mode: &SegmentMode) -> Value {
        match mode {
            SegmentMode::Active { target, offset } => {
                let text = Disassembly::new(self.all, self.names);
                let offset = text.constant(*offset).to_string();
                json!({ "kind": "active", "target": target, "offset": offset })
            }
            SegmentMode::Passive => json!({ "kind": "passive" }),
            SegmentMode::Declared => json!({ "kind": "declared" }),
        }
    }

    fn names(&self) -> Value {
        let functions = (0..self.all.functions.len() as u32)
            .filter_map(|index| Some((index.to_string(), json!(self.names.function(index)?))));
        let functions: serde_json::Map<String, Value> = functions.collect();
        json!({ "module": self.names.module(), "functions": functions })
    }
}

fn error_value(error: &ModuleError) -> Value {
    json!({
        "message": error.kind().to_string(), "offset": error.offset(), "function": error.function(),
    })
}

fn section_value(section: &Section) -> Value {
    let Span { start, end } = section.span;
    json!({
        "id": section.id as u8, "name": section.name.as_deref().unwrap_or(section.id.name()),
        "start": start, "end": end, "contents": section.contents.start,
    })
}

fn custom_value(section: &Section) -> Value {
    let Span { start, end } = section.contents;
    json!({ "name": section.name, "start": start, "end": end })
}

fn type_value(ty: &SubType) -> Value {
    let texts = |types: &[ValType]| types.iter().map(ValType::to_string).collect::<Vec<_>>();
    let field = |field: &FieldType| json!({ "storage": field.storage.to_string(), "mutable": field.mutable });
    let mut value = match &ty.composite {
        CompositeType::Func(ty) => {
            json!({ "params": texts(ty.params()), "results": texts(ty.results()) })
        }
        CompositeType::Struct(ty) => {
            json!({ "fields": ty.fields().iter().map(field).collect::<Vec<_>>() })
        }
        CompositeType::Array(ty) => json!({ "element": field(&ty.element) }),
    };
    if !ty.is_final {
        value["open"] = Value::Bool(true);
    }
    if let Some(index) = ty.supertype {
        value["supertype"] = index.into();
    }
    value
}

/// Index, type, and whether it is imported.
fn indexed<T: ToString>(types: &[T], imported: u32) -> impl Iterator<Item = Value> {
    types.iter().enumerate().map(move |(index, ty)| {
        json!({ "index": index, "type": ty.to_string(), "imported": index < imported as usize })
    })
}

/// A type without its kind.
fn extern_text(ty: ExternType) -> String {
    match ty {
        ExternType::Func(ty) => ty.to_string(),
        ExternType::Table(ty) => ty.to_string(),
        ExternType::Memory(ty) => ty.to_string(),
        ExternType::Global(ty) => ty.to_string(),
        ExternType::Tag(ty) => ty.to_string(),
    }
}
