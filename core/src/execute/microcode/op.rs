//! The operators of microcode.
//!
//! A word is 64 bits: the operator in the lowest 16, then fields `a`, `b` and `c` of 16
//! bits each. Fields name slots, counted from the base of the frame, unless the format says
//! otherwise; a field `i` is a number with a sign. Formats:
//!
//! | format | first word | words after it |
//! | --- | --- | --- |
//! | `Copy` | a ← b | |
//! | `Const` | a ← the upper 32 bits | |
//! | `Wide` | a ← the next word | the constant |
//! | `Unary` | a ← op b | |
//! | `Binary` | a ← b op c | |
//! | `Immediate` | a ← b op i | |
//! | `Select` | a ← b or c | slot of the condition |
//! | `Load` | a ← memory at b + c | |
//! | `LoadFar` | a ← memory at b + far | far |
//! | `Store` | memory at a + c ← b | |
//! | `StoreI` | memory at a + c ← the number b | |
//! | `StoreFar` | memory at a + far ← b | far |
//! | `Global` | a ↔ the global with the index in the upper 32 bits | |
//! | `Jump` | upper 32 bits: delta | jump |
//! | `JumpUnary` | if op a; c: delta | jump |
//! | `JumpBinary` | if a op b; c: delta | jump |
//! | `JumpImmediate` | if a op i; c: delta | jump |
//! | `Table` | by a, of the upper 32 bits + 1 | count, then as many of target, delta |
//! | `Call` | a: where the arguments begin | function, count |
//! | `CallIndirect` | a: where the arguments begin; b: the table element, or the reference; c: the table | type, count |
//! | `TailCall` | a: where the arguments begin; b: their slots | function, count |
//! | `Copy2` | a ← b, then c ← | slot |
//! | `Constant` | a ← b op constant | constant |
//! | `Triple` | a ← b × c op | slot |
//! | `TripleI` | a ← b op i op | slot |
//! | `LoadIndexed` | a ← memory at b + c + offset, b + c having 32 bits | offset |
//! | `JumpConstant` | if a op constant; c: delta | jump; constant |
//! | `JumpCast` | if a is of the type; c: delta | jump; offset of the immediates that name it |
//! | `AddJump` | a ← b + i | jump; slot or number to compare with, delta |
//! | `SumJump` | a ← b + c | jump; slot to compare with, delta |
//! | `Return` | a: the result, or where the results begin; upper 32 bits: count | |
//! | `Results` | a: where the results begin; b: how many; | count |
//! | `Leave` | upper 32 bits: count | |
//! | `Check` | upper 32 bits: count | |
//! | `Bulk` | memory from a on, c bytes: the byte b, or those from b on | |
//! | `Step` | a: height; upper 32 bits: count | offset of the instruction |
//!
//! The last word of a *jump* is its target in words from the jump's first word, as a number
//! with a sign, in the lower half; and in the upper half how many instructions of the function
//! stand before the place where execution goes on. What is counted while running is kept relative
//! to that order, so only jumps have to count: the *delta* is how many they count more.

/// How the words of an operator are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Copy,
    Const,
    Wide,
    Unary,
    Binary,
    Immediate,
    Select,
    Load,
    LoadFar,
    Store,
    StoreI,
    StoreFar,
    Global,
    Jump,
    JumpUnary,
    JumpBinary,
    JumpImmediate,
    Table,
    Call,
    CallIndirect,
    TailCall,
    Copy2,
    Constant,
    Triple,
    TripleI,
    LoadIndexed,
    JumpConstant,
    JumpCast,
    AddJump,
    SumJump,
    Return,
    Results,
    Leave,
    Check,
    Bulk,
    Step,
}

/// Hands all rows to the macro `$visit`: name and format; and of those that take an operand from a
/// register, which other operator they are, and which operand. Numbers of operators are stable: new rows
/// go to the end of those that take all operands from slots; the others are not stored.
macro_rules! for_each_op {
    ($visit:ident) => {
        $visit! {
            Leave Leave; Check Check; Step Step;
            Jump Jump; JumpZero JumpUnary; JumpNonZero JumpUnary; Table Table;
            Call Call; Return0 Return; Return1 Return; Results Results;
            Copy Copy; Const32 Const; ConstS32 Const; Const64 Wide;
            Select Select; GlobalGet Global; GlobalSet Global;

            Load8U Load; Load16U Load; Load32U Load; Load64 Load;
            Load8S32 Load; Load16S32 Load; Load8S64 Load; Load16S64 Load; Load32S64 Load;
            Load8UFar LoadFar; Load16UFar LoadFar; Load32UFar LoadFar; Load64Far LoadFar;
            Load8S32Far LoadFar; Load16S32Far LoadFar;
            Load8S64Far LoadFar; Load16S64Far LoadFar; Load32S64Far LoadFar;
            Store8 Store; Store16 Store; Store32 Store; Store64 Store;
            Store8Far StoreFar; Store16Far StoreFar; Store32Far StoreFar; Store64Far StoreFar;

            I32Eqz Unary; I32Clz Unary; I32Ctz Unary; I32Popcnt Unary;
            I32Extend8S Unary; I32Extend16S Unary;
            I32Add Binary; I32Sub Binary; I32Mul Binary; I32DivS Binary; I32DivU Binary;
            I32RemS Binary; I32RemU Binary; I32And Binary; I32Or Binary; I32Xor Binary;
            I32Shl Binary; I32ShrS Binary; I32ShrU Binary; I32Rotl Binary; I32Rotr Binary;
            I32Eq Binary; I32Ne Binary; I32LtS Binary; I32LtU Binary; I32LeS Binary; I32LeU Binary;
            I32AddI Immediate; I32MulI Immediate; I32AndI Immediate; I32OrI Immediate;
            I32XorI Immediate; I32ShlI Immediate; I32ShrSI Immediate; I32ShrUI Immediate;
            I32RotlI Immediate;
            I32EqI Immediate; I32NeI Immediate; I32LtSI Immediate; I32LtUI Immediate;
            I32GtSI Immediate; I32GtUI Immediate;
            JumpI32Eq JumpBinary; JumpI32Ne JumpBinary; JumpI32LtS JumpBinary;
            JumpI32LtU JumpBinary; JumpI32LeS JumpBinary; JumpI32LeU JumpBinary;
            JumpI32EqI JumpImmediate; JumpI32NeI JumpImmediate; JumpI32LtSI JumpImmediate;
            JumpI32LtUI JumpImmediate; JumpI32GtSI JumpImmediate; JumpI32GtUI JumpImmediate;

            I64Eqz Unary; I64Clz Unary; I64Ctz Unary; I64Popcnt Unary;
            I64Extend8S Unary; I64Extend16S Unary; I64Extend32S Unary;
            I64Add Binary; I64Sub Binary; I64Mul Binary; I64DivS Binary; I64DivU Binary;
            I64RemS Binary; I64RemU Binary; I64And Binary; I64Or Binary; I64Xor Binary;
            I64Shl Binary; I64ShrS Binary; I64ShrU Binary; I64Rotl Binary; I64Rotr Binary;
            I64Eq Binary; I64Ne Binary; I64LtS Binary; I64LtU Binary; I64LeS Binary; I64LeU Binary;
            I64AddI Immediate; I64MulI Immediate; I64AndI Immediate; I64OrI Immediate;
            I64XorI Immediate; I64ShlI Immediate; I64ShrSI Immediate; I64ShrUI Immediate;
            I64RotlI Immediate;
            I64EqI Immediate; I64NeI Immediate; I64LtSI Immediate; I64LtUI Immediate;
            I64GtSI Immediate; I64GtUI Immediate;
            JumpI64Eq JumpBinary; JumpI64Ne JumpBinary; JumpI64LtS JumpBinary;
            JumpI64LtU JumpBinary; JumpI64LeS JumpBinary; JumpI64LeU JumpBinary;
            JumpI64EqI JumpImmediate; JumpI64NeI JumpImmediate; JumpI64LtSI JumpImmediate;
            JumpI64LtUI JumpImmediate; JumpI64GtSI JumpImmediate; JumpI64GtUI JumpImmediate;

            F32Add Binary; F32Sub Binary; F32Mul Binary; F32Div Binary;
            F32Min Binary; F32Max Binary; F32Copysign Binary;
            F32Eq Binary; F32Ne Binary; F32Lt Binary; F32Le Binary;
            JumpF32Eq JumpBinary; JumpF32Ne JumpBinary; JumpF32Lt JumpBinary;
            JumpF32Le JumpBinary; JumpF32NotLt JumpBinary; JumpF32NotLe JumpBinary;
            F32Abs Unary; F32Neg Unary; F32Sqrt Unary;
            F32Ceil Unary; F32Floor Unary; F32Trunc Unary; F32Nearest Unary;
            F64Add Binary; F64Sub Binary; F64Mul Binary; F64Div Binary;
            F64Min Binary; F64Max Binary; F64Copysign Binary;
            F64Eq Binary; F64Ne Binary; F64Lt Binary; F64Le Binary;
            JumpF64Eq JumpBinary; JumpF64Ne JumpBinary; JumpF64Lt JumpBinary;
            JumpF64Le JumpBinary; JumpF64NotLt JumpBinary; JumpF64NotLe JumpBinary;
            F64Abs Unary; F64Neg Unary; F64Sqrt Unary;
            F64Ceil Unary; F64Floor Unary; F64Trunc Unary; F64Nearest Unary;

            I32WrapI64 Unary; I64ExtendI32S Unary;
            I32TruncF32S Unary; I32TruncF32U Unary; I32TruncF64S Unary; I32TruncF64U Unary;
            I64TruncF32S Unary; I64TruncF32U Unary; I64TruncF64S Unary; I64TruncF64U Unary;
            I32TruncSatF32S Unary; I32TruncSatF32U Unary; I32TruncSatF64S Unary; I32TruncSatF64U Unary;
            I64TruncSatF32S Unary; I64TruncSatF32U Unary; I64TruncSatF64S Unary; I64TruncSatF64U Unary;
            F32ConvertI32S Unary; F32ConvertI32U Unary; F32ConvertI64S Unary; F32ConvertI64U Unary;
            F64ConvertI32S Unary; F64ConvertI32U Unary; F64ConvertI64S Unary; F64ConvertI64U Unary;
            F32DemoteF64 Unary; F64PromoteF32 Unary;

            CallIndirect CallIndirect; CallRef CallIndirect; TailCall TailCall;
            Copy2 Copy2;
            I32AddC Constant; I32MulC Constant; I32AndC Constant; I32OrC Constant;
            I32XorC Constant; I32FromC Constant;
            I64AddC Constant; I64MulC Constant; I64AndC Constant; I64OrC Constant;
            I64XorC Constant; I64FromC Constant;
            F32AddC Constant; F32SubC Constant; F32FromC Constant; F32MulC Constant;
            F64AddC Constant; F64SubC Constant; F64FromC Constant; F64MulC Constant;
            F32MulAdd Triple; F32MulSub Triple; F32MulFrom Triple;
            F64MulAdd Triple; F64MulSub Triple; F64MulFrom Triple;
            AddJumpI32NeI AddJump; AddJumpI32Ne AddJump;
            AddJumpI32LtS AddJump; AddJumpI32LtU AddJump;
            I32AddAdd Triple; I32MulAdd Triple; I32ShlAdd TripleI; I32ShlOr TripleI;
            I32RotlXor TripleI; I32ShrUXor TripleI; I32AndXor Triple; I32XorAnd Triple;
            I32XorXor Triple; I64MulAdd Triple;
            Load8UIndexed LoadIndexed; Load32UIndexed LoadIndexed; Load64Indexed LoadIndexed;
            JumpI32EqC JumpConstant; JumpI32NeC JumpConstant;
            JumpI32LtSC JumpConstant; JumpI32LtUC JumpConstant;
            JumpI32LeSC JumpConstant; JumpI32LeUC JumpConstant;
            JumpI32GtSC JumpConstant; JumpI32GtUC JumpConstant;
            JumpI32GeSC JumpConstant; JumpI32GeUC JumpConstant;
            JumpF64LtC JumpConstant; JumpF64LeC JumpConstant;
            JumpF64GtC JumpConstant; JumpF64GeC JumpConstant;
            JumpF64NotLtC JumpConstant; JumpF64NotLeC JumpConstant;
            JumpF64NotGtC JumpConstant; JumpF64NotGeC JumpConstant;
            JumpCast JumpCast; JumpCastFail JumpCast;
            MemoryFill Bulk; MemoryCopy Bulk;
            Store8I StoreI; Store16I StoreI; Store32I StoreI; Store64I StoreI;
            AddJumpI32EqI AddJump; AddJumpI32LtSI AddJump; AddJumpI32LtUI AddJump;
            AddJumpI32GtSI AddJump; AddJumpI32GtUI AddJump;
            AddJumpI32LeS AddJump; AddJumpI32LeU AddJump;
            AddJumpI32GtS AddJump; AddJumpI32GtU AddJump;
            SumJumpI32Ne SumJump; SumJumpI32LtS SumJump; SumJumpI32LtU SumJump;

JumpZeroLastA JumpUnary = JumpZero A; JumpNonZeroLastA JumpUnary = JumpNonZero A;
            TableLastA Table = Table A; Return1LastA Return = Return1 A;
            SelectLastThird Select = Select Third; Load8ULastB Load = Load8U B;
            Load16ULastB Load = Load16U B; Load32ULastB Load = Load32U B;
            Load64LastB Load = Load64 B; Load8S32LastB Load = Load8S32 B;
            Load16S32LastB Load = Load16S32 B; Store8LastB Store = Store8 B;
            Store16LastB Store = Store16 B; Store32LastB Store = Store32 B;
            Store64LastB Store = Store64 B; I32AddLastB Binary = I32Add B;
            I32AddLastC Binary = I32Add C; I32SubLastB Binary = I32Sub B;
            I32MulLastB Binary = I32Mul B; I32MulLastC Binary = I32Mul C;
            I32AndLastB Binary = I32And B; I32AndLastC Binary = I32And C;
            I32OrLastB Binary = I32Or B; I32OrLastC Binary = I32Or C; I32XorLastB Binary = I32Xor B;
            I32XorLastC Binary = I32Xor C; I32AddILastB Immediate = I32AddI B;
            I32MulILastB Immediate = I32MulI B; I32AndILastB Immediate = I32AndI B;
            I32XorILastB Immediate = I32XorI B; I32ShlILastB Immediate = I32ShlI B;
            I32ShrSILastB Immediate = I32ShrSI B; I32ShrUILastB Immediate = I32ShrUI B;
            I32RotlILastB Immediate = I32RotlI B; JumpI32EqILastA JumpImmediate = JumpI32EqI A;
            JumpI32NeILastA JumpImmediate = JumpI32NeI A;
            JumpI32LtSILastA JumpImmediate = JumpI32LtSI A;
            JumpI32LtUILastA JumpImmediate = JumpI32LtUI A;
            JumpI32GtSILastA JumpImmediate = JumpI32GtSI A;
            JumpI32GtUILastA JumpImmediate = JumpI32GtUI A; I64AddLastB Binary = I64Add B;
            I64AddLastC Binary = I64Add C; I64SubLastB Binary = I64Sub B;
            I64MulLastB Binary = I64Mul B; I64MulLastC Binary = I64Mul C;
            I64AndLastB Binary = I64And B; I64AndLastC Binary = I64And C;
            I64OrLastB Binary = I64Or B; I64OrLastC Binary = I64Or C; I64XorLastB Binary = I64Xor B;
            I64XorLastC Binary = I64Xor C; I64AddILastB Immediate = I64AddI B;
            I64AndILastB Immediate = I64AndI B; I64ShlILastB Immediate = I64ShlI B;
            I64ShrUILastB Immediate = I64ShrUI B; I64RotlILastB Immediate = I64RotlI B;
            F64AddLastB Binary = F64Add RealB; F64AddLastC Binary = F64Add RealC;
            F64SubLastB Binary = F64Sub RealB; F64SubLastC Binary = F64Sub RealC;
            F64MulLastB Binary = F64Mul RealB; F64MulLastC Binary = F64Mul RealC;
            F64DivLastB Binary = F64Div RealB; I32AddCLastB Constant = I32AddC B;
            I32AndCLastB Constant = I32AndC B; I32FromCLastB Constant = I32FromC B;
            F64AddCLastB Constant = F64AddC RealB; F64MulCLastB Constant = F64MulC RealB;
            F64MulAddLastB Triple = F64MulAdd RealB; F64MulAddLastC Triple = F64MulAdd RealC;
            F64MulAddLastThird Triple = F64MulAdd RealThird;
            F64MulSubLastB Triple = F64MulSub RealB; F64MulSubLastC Triple = F64MulSub RealC;
            F64MulFromLastB Triple = F64MulFrom RealB; F64MulFromLastC Triple = F64MulFrom RealC;
            I32AddAddLastThird Triple = I32AddAdd Third;
            I32MulAddLastThird Triple = I32MulAdd Third;
            I32ShlAddLastThird TripleI = I32ShlAdd Third;
            I32ShlOrLastThird TripleI = I32ShlOr Third;
            I32RotlXorLastThird TripleI = I32RotlXor Third;
            I32ShrUXorLastThird TripleI = I32ShrUXor Third;
            I32AndXorLastThird Triple = I32AndXor Third;
            JumpF64LtCLastA JumpConstant = JumpF64LtC RealA;
            JumpF64GtCLastA JumpConstant = JumpF64GtC RealA;
        }
    };
}

macro_rules! first_name {
    ($name:ident $($more:ident)?) => {
        stringify!($name)
    };
}

macro_rules! define_ops {
    ($($name:ident $format:ident $(= $base:ident $last:ident)?;)*) => {
        /// An operator of microcode.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u16)]
        pub(crate) enum Op {
            $($(#[cfg(tail_calls)] #[cfg_attr(any(), doc = stringify!($base))])? $name,)*
        }

        impl Op {
            /// All operators, by their numbers.
            pub(crate) const ALL: &[Op] = &[$($(#[cfg(tail_calls)] #[cfg_attr(any(), doc = stringify!($base))])? Op::$name,)*];

            /// Its name in this table, or that of the operator that it is.
            pub(crate) const fn name(self) -> &'static str {
                match self { $($(#[cfg(tail_calls)] #[cfg_attr(any(), doc = stringify!($base))])? Op::$name => first_name!($($base)? $name),)* }
            }

            /// How its words are laid out.
            pub(crate) const fn format(self) -> Format {
                match self { $($(#[cfg(tail_calls)] #[cfg_attr(any(), doc = stringify!($base))])? Op::$name => Format::$format,)* }
            }

            /// Of those that take an operand from a register, which operator each is else, and
            /// which operand that is.
            const FROM_REGISTERS: &[(Op, Last)] =
                &[$($(#[cfg(tail_calls)] (Op::$base, Last::$last),)?)*];
        }
    };
}

for_each_op!(define_ops);

/// Which operand of an operator is the result of the one before it, and so still in a register, as
/// well as in its slot. What was put into a slot just now takes machines longer to read back than
/// most operators take to execute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[cfg_attr(not(tail_calls), expect(dead_code, reason = "there are no such registers"))]
pub(crate) enum Last {
    None,
    A,
    B,
    C,
    /// What the second word names.
    Third,
    /// The same of an `f64`, for which there is another register.
    RealA,
    RealB,
    RealC,
    RealThird,
}

impl Last {
    /// What is to be added for an `f64`.
    pub(crate) const REAL: u8 = Last::RealA as u8 - Last::A as u8;

    /// Which operand it is, of whatever type.
    pub(crate) const fn field(self) -> Last {
        match self {
            Last::None => Last::None,
            Last::A | Last::RealA => Last::A,
            Last::B | Last::RealB => Last::B,
            Last::C | Last::RealC => Last::C,
            Last::Third | Last::RealThird => Last::Third,
        }
    }
}

impl Op {
    /// The first of those that take an operand from a register, which stand in a row, in order of
    /// the operators that they are else.
    const FIRST_FROM_REGISTER: usize = {
        let (rows, first) = (Op::FROM_REGISTERS, Op::ALL.len() - Op::FROM_REGISTERS.len());
        let mut place = 0;
        while place < rows.len() {
            assert!((rows[place].0 as usize) < first, "these rows come last");
            let before = if place == 0 { 0 } else { rows[place - 1].0 as u16 };
            assert!(before <= rows[place].0 as u16, "these rows are in order");
            place += 1;
        }
        first
    };

    /// The same operator with all operands in slots, and which one comes from a register.
    pub(crate) const fn base(self) -> (Op, Last) {
        match (self as usize).checked_sub(Op::FIRST_FROM_REGISTER) {
            // There is a row for each.
            Some(place) => Op::FROM_REGISTERS[place],
            None => (self, Last::None),
        }
    }

    /// The same operator that takes an operand from a register for which this holds, if there is
    /// such.
    pub(crate) fn with_last(self, holds: impl Fn(Last) -> bool) -> Option<Op> {
        let rows = Op::FROM_REGISTERS;
        let first = rows.partition_point(|(base, _)| (*base as u16) < self as u16);
        let own = rows.get(first..)?.iter().take_while(|(base, _)| *base == self);
        let place = own.map(|(_, last)| *last).position(holds)?;
        Op::ALL.get(Op::FIRST_FROM_REGISTER + first + place).copied()
    }

    /// A word with this operator.
    pub(crate) const fn word(self, a: u16, b: u16, c: u16) -> Word {
        Word(self as u64 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48)
    }

    /// A word with this operator and a number in its upper half.
    pub(crate) const fn word_with(self, a: u16, upper: u32) -> Word {
        Word(self as u64 | (a as u64) << 16 | (upper as u64) << 32)
    }
}

/// The first word of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(pub(crate) u64);

impl Word {
    /// The operator; none if there is no such.
    pub(crate) fn op(self) -> Option<Op> {
        Op::ALL.get(usize::from(self.0 as u16)).copied()
    }

    pub(crate) const fn a(self) -> u16 {
        (self.0 >> 16) as u16
    }

    pub(crate) const fn b(self) -> u16 {
        (self.0 >> 32) as u16
    }

    pub(crate) const fn c(self) -> u16 {
        (self.0 >> 48) as u16
    }

    /// The upper half.
    pub(crate) const fn upper(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The same with all operands in slots.
    pub(crate) fn base(self) -> Word {
        self.op().map_or(self, |op| self.with_op(op.base().0))
    }

    /// The same with another operator.
    pub(crate) const fn with_op(self, op: Op) -> Word {
        Word(self.0 & !0xFFFF | op as u64)
    }

    /// The same with another field `a`: where the result goes.
    pub(crate) const fn with_a(self, a: u16) -> Word {
        Word(self.0 & !0xFFFF_0000 | (a as u64) << 16)
    }

    /// How many words the operator takes.
    pub(crate) fn length(self) -> u32 {
        use Format as F;
        let Some(op) = self.op() else { return 1 };
        match op.format() {
            F::Copy
            | F::Const
            | F::Unary
            | F::Binary
            | F::Immediate
            | F::Load
            | F::Store
            | F::StoreI
            | F::Global
            | F::Return
            | F::Leave
            | F::Check
            | F::Bulk => 1,
            F::Wide
            | F::Select
            | F::LoadFar
            | F::StoreFar
            | F::Jump
            | F::JumpUnary
            | F::JumpBinary
            | F::JumpImmediate
            | F::Call
            | F::CallIndirect
            | F::TailCall
            | F::Copy2
            | F::Constant
            | F::Triple
            | F::TripleI
            | F::LoadIndexed
            | F::Results
            | F::Step => 2,
            F::JumpConstant | F::JumpCast | F::AddJump | F::SumJump => 3,
            // As many words as labels, one for the default, and two before them.
            F::Table => self.upper().saturating_add(3),
        }
    }
}

/// The words of one operator after the other.
pub(crate) fn operators(mut words: &[u64]) -> impl Iterator<Item = &[u64]> {
    core::iter::from_fn(move || {
        let length = Word(*words.first()?).length() as usize;
        let (operator, others) = words.split_at_checked(length).unwrap_or((words, &[]));
        words = others;
        Some(operator)
    })
}

/// A word that holds two numbers, the first in its lower half.
pub(crate) const fn halves(lower: u32, upper: u32) -> u64 {
    lower as u64 | (upper as u64) << 32
}
