//! Every field of the binary format, one row each: its name, what sort of
//! thing it is, and what it means in a sentence.

/// What is known of a field before reading it.
///
/// ```
/// use fayasm_core::decode::fields::{self, FieldKind};
///
/// assert_eq!(fields::LABEL.name, "label index");
/// assert_eq!(fields::LABEL.kind, FieldKind::Index);
/// println!("{}", fields::LABEL.meaning);
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// Its name, as errors and the page say it.
    pub name: &'static str,
    /// What sort of thing it is.
    pub kind: FieldKind,
    /// What it means.
    #[cfg(feature = "texts")]
    pub meaning: &'static str,
}

/// Sorts of fields.
///
/// ```
/// use fayasm_core::decode::fields::{self, FieldKind};
///
/// assert_eq!(fields::OPCODE.kind, FieldKind::Opcode);
/// assert_eq!(fields::I32_CONST.kind, FieldKind::Immediate);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// Magic and version.
    Header,
    /// Ids, sizes, counts, flags: what holds the format together.
    Structure,
    /// A type or a part of one.
    Type,
    /// An index into one of the module's index spaces.
    Index,
    /// An operator's code.
    Opcode,
    /// A number that belongs to an operator.
    Immediate,
    /// Text.
    Name,
    /// Contents of data segments and custom sections.
    Data,
}

macro_rules! define_fields {
    ($($konst:ident $name:literal $kind:ident $meaning:literal;)*) => {
        $(
            #[doc = concat!("The ", $name, ".")]
            pub static $konst: FieldSpec = FieldSpec {
                name: if cfg!(feature = "texts") { $name } else { "field" },
                kind: FieldKind::$kind,
                #[cfg(feature = "texts")]
                meaning: $meaning,
            };
        )*

        /// All of them.
        ///
        /// ```
        /// use fayasm_core::decode::fields::FIELDS;
        ///
        /// for field in FIELDS {
        ///     println!("{} ({:?}): {}", field.name, field.kind, field.meaning);
        /// }
        /// assert_eq!(FIELDS[0].name, "magic");
        /// ```
        pub static FIELDS: &[&FieldSpec] = &[$(&$konst),*];
    };
}

define_fields! {
    MAGIC             "magic"                 Header    "Every module begins with a zero byte and the letters `asm`.";
    VERSION           "version"               Header    "The version of the binary format, four bytes little-endian. There has only been version 1.";
    SECTION_ID        "section id"            Structure "Says which section follows. Sections stand in a fixed order; custom sections (id 0) may stand anywhere.";
    SECTION_SIZE      "section size"          Structure "Length of the section's contents in bytes, so that a reader can skip it.";
    COUNT             "count"                 Structure "How many entries follow.";
    CUSTOM_NAME       "custom section name"   Name      "Names the custom section. Tools keep what they like here; it does not change what the module does.";
    CUSTOM_DATA       "custom section data"   Data      "Contents of a custom section, meant for tools.";
    TYPE_FORM         "type form"             Type      "0x60 announces a function type, 0x5f a structure, 0x5e an array; 0x50 and 0x4f one that has subtypes or a supertype, 0x4e several that refer to each other.";
    GROUP_COUNT       "group type count"      Structure "How many types refer to each other.";
    SUPERTYPE_COUNT   "supertype count"       Structure "How many supertypes are declared: none or one.";
    SUPERTYPE         "supertype"             Index     "Every value of this type is also one of that type.";
    FIELD_COUNT       "field count"           Structure "How many fields the structure has.";
    FIELD_TYPE        "field type"            Type      "What the field or element holds; 0x78 and 0x77 are integers of 8 and 16 bits.";
    PARAM_COUNT       "parameter count"       Structure "How many parameters the function takes.";
    PARAM_TYPE        "parameter type"        Type      "Type of a parameter.";
    RESULT_COUNT      "result count"          Structure "How many results the function gives.";
    RESULT_TYPE       "result type"           Type      "Type of a result.";
    IMPORT_MODULE     "import module name"    Name      "First half of the import's name: by convention, who provides it.";
    IMPORT_NAME       "import name"           Name      "Second half of the import's name: what is wanted.";
    IMPORT_KIND       "import kind"           Structure "What is imported: 0 function, 1 table, 2 memory, 3 global, 4 tag.";
    NAME_LENGTH       "name length"           Structure "Length of the name in bytes.";
    TYPE_INDEX        "type index"            Index     "Which function type, counted from the start of the type section.";
    ELEMENT_TYPE      "element type"          Type      "What the table's or segment's elements refer to.";
    TABLE_FORM        "table form"            Structure "0x40 0x00 announces a table that says what its elements are at first.";
    LIMITS_FLAGS      "limits flags"          Structure "Bit 0: a greatest size follows the least one; bit 1: shared between threads; bit 2: 64-bit addresses; bit 3: the size of a page follows.";
    LIMITS_MIN        "minimum size"          Immediate "Size at the start: pages for a memory, elements for a table.";
    LIMITS_MAX        "maximum size"          Immediate "Size it can grow to.";
    PAGE_SIZE         "page size"             Immediate "Binary logarithm of the bytes in a page: 16 as usual, or 0 for pages of one byte.";
    GLOBAL_CONTENT    "global type"           Type      "Type of the global's value.";
    MUTABILITY        "mutability"            Structure "0: it is constant; 1: it can be set.";
    EXPORT_NAME       "export name"           Name      "The name under which the outside finds it.";
    EXPORT_KIND       "export kind"           Structure "What is exported: 0 function, 1 table, 2 memory, 3 global, 4 tag.";
    FUNCTION_INDEX    "function index"        Index     "Which function; imported functions are counted first.";
    TABLE_INDEX       "table index"           Index     "Which table; imported tables are counted first.";
    MEMORY_INDEX      "memory index"          Index     "Which memory; imported memories are counted first.";
    GLOBAL_INDEX      "global index"          Index     "Which global; imported globals are counted first.";
    START_FUNCTION    "start function"        Index     "This function runs when the module is instantiated, before anything else can be called.";
    SEGMENT_FLAGS     "segment flags"         Structure "Bit 0: passive or declared instead of active; bit 1: an explicit index, or declared; bit 2: expressions instead of function indices.";
    ELEMENT_KIND      "element kind"          Structure "0: the elements are functions.";
    ELEMENT_COUNT     "element count"         Structure "How many elements the segment holds.";
    DATA_COUNT        "data segment count"    Structure "How many data segments the data section will hold; lets bodies be checked before it is read.";
    BODY_SIZE         "body size"             Structure "Length of the function's body in bytes.";
    LOCALS_COUNT      "local group count"     Structure "How many groups of locals follow; each group is a count and a type.";
    LOCAL_COUNT       "local count"           Structure "How many locals of one type.";
    LOCAL_TYPE        "local type"            Type      "Type of these locals. They start as zero or null.";
    OPCODE            "opcode"                Opcode    "The operator to execute.";
    OPCODE_PREFIX     "opcode prefix"         Opcode    "Announces an operator whose number follows.";
    OPCODE_BEHIND     "prefixed opcode"       Opcode    "The operator's number behind its prefix.";
    TAG_ATTRIBUTE     "tag attribute"         Structure "0: the tag is one of exceptions.";
    TAG_INDEX         "tag index"             Index     "Which tag; imported tags are counted first.";
    CATCH_COUNT       "catch count"           Structure "How many clauses follow, the first that fits being taken.";
    CATCH_KIND        "catch kind"            Structure "0 and 1: exceptions with a tag; 2 and 3: all; 1 and 3 pass a reference to the exception on.";
    CAST_FLAGS        "cast flags"            Structure "Bit 0: the reference may be null; bit 1: null is asked for as well.";
    FIELD_INDEX       "field index"           Index     "Which field of the structure, counted from 0.";
    BLOCK_TYPE        "block type"            Type      "What the block takes and gives: 0x40 for nothing, a value type for one result, or a type index.";
    LABEL             "label index"           Index     "Which enclosing block to branch to: 0 is the innermost.";
    LABEL_COUNT       "label count"           Structure "How many labels the operand can select from; the default label comes after them.";
    DEFAULT_LABEL     "default label index"   Index     "Taken when the operand is not below the count.";
    LOCAL_INDEX       "local index"           Index     "Which local; parameters are counted first.";
    SELECT_COUNT      "select type count"     Structure "How many types follow; always one.";
    SELECT_TYPE       "select type"           Type      "Type of the operands to select from.";
    ALIGN             "alignment"             Immediate "A hint: the address is likely a multiple of 2 to this power. It does not change what happens. Atomic operators have to name their own width. Bit 6: a memory index follows.";
    OFFSET            "offset"                Immediate "Added to the address operand, without wrapping.";
    HEAP_TYPE         "heap type"             Type      "What the reference refers to, or could have referred to.";
    FENCE             "fence"                 Immediate "Always zero: there is one sort of fence so far.";
    I32_CONST         "i32 value"             Immediate "The constant, as signed LEB128.";
    I64_CONST         "i64 value"             Immediate "The constant, as signed LEB128.";
    F32_CONST         "f32 value"             Immediate "The constant, as four bytes of IEEE 754, little-endian.";
    F64_CONST         "f64 value"             Immediate "The constant, as eight bytes of IEEE 754, little-endian.";
    V128_CONST        "v128 value"            Immediate "The constant, as sixteen bytes: the first lane comes first.";
    LANE              "lane"                  Immediate "Which lane, counted from 0, the one in the lowest bytes.";
    LANES             "lanes"                 Immediate "For each byte of the result the byte to take: 0 to 15 are those of the first operand, 16 to 31 those of the second.";
    ELEMENT_INDEX     "element segment index" Index     "Which element segment.";
    DATA_INDEX        "data segment index"    Index     "Which data segment.";
    DATA_LENGTH       "data length"           Structure "Length of the segment's contents in bytes.";
    DATA_BYTES        "data"                  Data      "Contents of the segment, copied to linear memory.";
    HINTED_BRANCH     "hinted branch"         Immediate "Which branch: bytes from the start of the function's body to its operator.";
    HINT_LENGTH       "hint length"           Structure "Length of the hint in bytes; always one.";
    BRANCH_HINT       "branch hint"           Immediate "0: likely not taken; 1: likely taken. It does not change what happens.";
    SUBSECTION_ID     "subsection id"         Structure "What is named: 0 the module, 1 functions, 2 locals, 3 labels, 4 types, 5 tables, 6 memories, 7 globals, 8 element and 9 data segments, 10 fields, 11 tags.";
    SUBSECTION_SIZE   "subsection size"       Structure "Length of the subsection's contents in bytes.";
    NAMED_INDEX       "named index"           Index     "What is being named.";
    NAME              "name"                  Name      "A name for people to read; it does not change what the module does.";
}
