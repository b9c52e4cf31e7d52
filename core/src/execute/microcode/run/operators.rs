//! What each operator does, and how execution gets from one to the next.

use super::Run;
use super::cpu::{Any, Cpu, Flow, Real};
use crate::execute::microcode::op::{Last, Op};
use crate::execute::numeric as n;

/// What a handler of one operator takes: the registers.
#[cfg(tail_calls)]
type Handler = unsafe fn(*const u64, *mut u64, *mut u8, u64, f64, u64, *mut Run<'_, '_>);

/// Executes operators until one stops.
///
/// Where the compiler makes jumps of calls at the end of functions, each operator has a function,
/// and calls that of the next one; so all registers stay in those of the machine, and processors
/// foresee which operator comes after which. Elsewhere it is one loop.
///
/// # Safety
///
/// The run must stand at an operator, and its stack have room for the frame.
pub(super) unsafe fn execute(run: *mut Run<'_, '_>) {
    let cpu = Cpu::<{ Last::None as u8 }>::load(run);
    // SAFETY: as promised.
    #[cfg(tail_calls)]
    unsafe {
        go_on(cpu);
    }
    #[cfg(not(tail_calls))]
    go_round(cpu);
}

macro_rules! operators {
    ($cpu:ident; $($name:ident $($last:ident)* => $effect:expr;)*) => {
        #[cfg(not(tail_calls))]
        #[inline(always)]
        fn go_round(mut $cpu: Cpu<'_, '_, { Last::None as u8 }>) {
            loop {
                $cpu.count();
                let flow = match $cpu.word().op() {
                    $(Op::$name => $effect,)*
                };
                if flow == Flow::Stop {
                    return;
                }
            }
        }

        #[cfg(tail_calls)]
        static HANDLERS: [Handler; Op::ALL.len()] = {
            let named = [$(Op::$name, $(Op::$last,)*)*].len();
            assert!(named == Op::ALL.len(), "each operator is named once");
            let leave: Handler = handlers::Leave::<{ Last::None as u8 }>;
            let mut handlers = [leave; Op::ALL.len()];
            $(
                handlers[Op::$name as usize] = handlers::$name::<{ Last::None as u8 }>;
                $(
                    handlers[Op::$last as usize] = handlers::$name::<{ Op::$last.base().1 as u8 }>;
                )*
            )*
            handlers
        };

        #[cfg(tail_calls)]
        #[expect(non_snake_case, reason = "they are named as the operators are")]
        mod handlers {
            use super::*;

            $(pub(super) unsafe fn $name<const LAST: u8>(
                ip: *const u64,
                base: *mut u64,
                bytes: *mut u8,
                last: u64,
                real: f64,
                acc: u64,
                run: *mut Run<'_, '_>,
            ) {
                let mut $cpu = Cpu::<LAST> { ip, base, bytes, last, real, acc, run };
                if $effect == Flow::Next {
                    // SAFETY: the registers are those of the next operator.
                    unsafe { go_on($cpu) }
                }
            })*
        }
    };
}

#[cfg(tail_calls)]
#[inline(always)]
unsafe fn go_on<const LAST: u8>(cpu: Cpu<'_, '_, LAST>) {
    cpu.count();
    let Cpu { ip, base, bytes, last, real, acc, run } = cpu;
    // SAFETY: there is one for each operator.
    unsafe {
        let handler = *HANDLERS.get_unchecked(cpu.word().op() as usize);
        handler(ip, base, bytes, last, real, acc, run);
    }
}

/// A number of 16 bits as one of 32.
#[inline(always)]
fn sign_extend16(value: u16) -> u64 {
    n::i32::extend16_s(value.into()).into()
}

/// What gives an `f64`.
#[inline(always)]
fn real_unary<T>(operator: impl Fn(T) -> u64) -> impl Fn(T) -> Real {
    move |value| Real(operator(value))
}

/// The same of two operands.
#[inline(always)]
fn real_binary(operator: impl Fn(u64, u64) -> u64) -> impl Fn(u64, u64) -> Real {
    move |left, right| Real(operator(left, right))
}

operators! { cpu;
    Leave => cpu.leave();
    Check => cpu.check();
    Step => cpu.step();
    Jump => cpu.jump(cpu.word().upper().cast_signed());
    JumpZero JumpZeroLastA => cpu.jump_unary(|value| value == 0);
    JumpNonZero JumpNonZeroLastA => cpu.jump_unary(|value| value != 0);
    JumpCast => cpu.jump_cast(true);
    JumpCastFail => cpu.jump_cast(false);
    Table TableLastA => cpu.table();
    Call => cpu.call();
    CallIndirect => cpu.call_indirect();
    CallRef => cpu.call_ref();
    TailCall => cpu.tail_call();
    Return0 => cpu.return_none();
    Return1 Return1LastA => cpu.return_one();
    Results => cpu.return_many();

    Copy => cpu.unary(|value: u64| value);
    Copy2 => cpu.copy_two();
    Const32 => cpu.give(cpu.word().upper(), 1);
    ConstS32 => cpu.give(n::convert::i64_extend_i32_s(cpu.word().upper()), 1);
    Const64 => cpu.give(cpu.more(1), 2);
    Select SelectLastThird => cpu.select();
    GlobalGet => cpu.global_get();
    GlobalSet => cpu.global_set();
    MemoryFill => cpu.memory_fill();
    MemoryCopy => cpu.memory_copy();

    AddJumpI32NeI => cpu.add_jump_immediate(n::i32::ne);
    AddJumpI32EqI => cpu.add_jump_immediate(n::i32::eq);
    AddJumpI32LtSI => cpu.add_jump_immediate(n::i32::lt_s);
    AddJumpI32LtUI => cpu.add_jump_immediate(n::i32::lt_u);
    AddJumpI32GtSI => cpu.add_jump_immediate(n::i32::gt_s);
    AddJumpI32GtUI => cpu.add_jump_immediate(n::i32::gt_u);
    AddJumpI32LeS => cpu.add_jump_binary(n::i32::le_s);
    AddJumpI32LeU => cpu.add_jump_binary(n::i32::le_u);
    AddJumpI32GtS => cpu.add_jump_binary(n::i32::gt_s);
    AddJumpI32GtU => cpu.add_jump_binary(n::i32::gt_u);
    SumJumpI32Ne => cpu.sum_jump(n::i32::ne);
    SumJumpI32LtS => cpu.sum_jump(n::i32::lt_s);
    SumJumpI32LtU => cpu.sum_jump(n::i32::lt_u);
    AddJumpI32Ne => cpu.add_jump_binary(n::i32::ne);
    AddJumpI32LtS => cpu.add_jump_binary(n::i32::lt_s);
    AddJumpI32LtU => cpu.add_jump_binary(n::i32::lt_u);
    Load8U Load8ULastB => cpu.near(|it: u8| u64::from(it));
    Load16U Load16ULastB => cpu.near(|it: u16| u64::from(it));
    Load32U Load32ULastB => cpu.near(|it: u32| it);
    Load64 Load64LastB => cpu.near(Any);
    Load8S32 Load8S32LastB => cpu.near(|it: u8| u64::from(n::i32::extend8_s(it.into())));
    Load16S32 Load16S32LastB => cpu.near(sign_extend16);
    Load8S64 => cpu.near(|it: u8| n::i64::extend8_s(it.into()));
    Load16S64 => cpu.near(|it: u16| n::i64::extend16_s(it.into()));
    Load32S64 => cpu.near(|it: u32| n::i64::extend32_s(it.into()));
    Load8UFar => cpu.far(|it: u8| u64::from(it));
    Load16UFar => cpu.far(|it: u16| u64::from(it));
    Load32UFar => cpu.far(|it: u32| it);
    Load64Far => cpu.far(Any);
    Load8S32Far => cpu.far(|it: u8| u64::from(n::i32::extend8_s(it.into())));
    Load16S32Far => cpu.far(sign_extend16);
    Load8S64Far => cpu.far(|it: u8| n::i64::extend8_s(it.into()));
    Load16S64Far => cpu.far(|it: u16| n::i64::extend16_s(it.into()));
    Load32S64Far => cpu.far(|it: u32| n::i64::extend32_s(it.into()));
    Store8 Store8LastB => cpu.store_near::<u8>();
    Store16 Store16LastB => cpu.store_near::<u16>();
    Store32 Store32LastB => cpu.store_near::<u32>();
    Store64 Store64LastB => cpu.store_near::<u64>();
    Store8Far => cpu.store_far::<u8>();
    Store16Far => cpu.store_far::<u16>();
    Store32Far => cpu.store_far::<u32>();
    Store64Far => cpu.store_far::<u64>();
    Store8I => cpu.store_immediate::<u8>();
    Store16I => cpu.store_immediate::<u16>();
    Store32I => cpu.store_immediate::<u32>();
    Store64I => cpu.store_immediate::<u64>();
    I32AddC I32AddCLastB => cpu.constant(n::i32::add);
    I32MulC => cpu.constant(n::i32::mul);
    I32AndC I32AndCLastB => cpu.constant(n::i32::and);
    I32OrC => cpu.constant(n::i32::or);
    I32XorC => cpu.constant(n::i32::xor);
    I32FromC I32FromCLastB => cpu.reversed_constant(n::i32::sub);
    F32AddC => cpu.constant(n::f32::add);
    F32SubC => cpu.constant(n::f32::sub);
    F32MulC => cpu.constant(n::f32::mul);
    F32FromC => cpu.reversed_constant(n::f32::sub);
    F32MulAdd => cpu.triple(n::f32::mul, n::f32::add);
    F32MulSub => cpu.triple(n::f32::mul, n::f32::sub);
    F32MulFrom => cpu.triple(n::f32::mul, |a, b| n::f32::sub(b, a));
    I64AddC => cpu.constant(n::i64::add);
    I64MulC => cpu.constant(n::i64::mul);
    I64AndC => cpu.constant(n::i64::and);
    I64OrC => cpu.constant(n::i64::or);
    I64XorC => cpu.constant(n::i64::xor);
    I64FromC => cpu.reversed_constant(n::i64::sub);
    F64AddC F64AddCLastB => cpu.constant(real_binary(n::f64::add));
    F64SubC => cpu.constant(real_binary(n::f64::sub));
    F64MulC F64MulCLastB => cpu.constant(real_binary(n::f64::mul));
    F64FromC => cpu.reversed_constant(real_binary(n::f64::sub));
    F64MulAdd F64MulAddLastB F64MulAddLastC F64MulAddLastThird =>
        cpu.triple(n::f64::mul, real_binary(n::f64::add));
    F64MulSub F64MulSubLastB F64MulSubLastC => cpu.triple(n::f64::mul, real_binary(n::f64::sub));
    F64MulFrom F64MulFromLastB F64MulFromLastC =>
        cpu.triple(n::f64::mul, |a, b| Real(n::f64::sub(b, a)));
    I32AddAdd I32AddAddLastThird => cpu.triple(n::i32::add, n::i32::add);
    I32MulAdd I32MulAddLastThird => cpu.triple(n::i32::mul, n::i32::add);
    I64MulAdd => cpu.triple(n::i64::mul, n::i64::add);
    I32AndXor I32AndXorLastThird => cpu.triple(n::i32::and, n::i32::xor);
    I32XorAnd => cpu.triple(n::i32::xor, n::i32::and);
    I32XorXor => cpu.triple(n::i32::xor, n::i32::xor);
    I32ShlAdd I32ShlAddLastThird => cpu.triple_immediate(n::i32::shl, n::i32::add);
    I32ShlOr I32ShlOrLastThird => cpu.triple_immediate(n::i32::shl, n::i32::or);
    I32RotlXor I32RotlXorLastThird => cpu.triple_immediate(n::i32::rotl, n::i32::xor);
    I32ShrUXor I32ShrUXorLastThird => cpu.triple_immediate(n::i32::shr_u, n::i32::xor);
    Load8UIndexed => cpu.indexed(|it: u8| u64::from(it));
    Load32UIndexed => cpu.indexed(|it: u32| it);
    Load64Indexed => cpu.indexed(Any);
    JumpI32EqC => cpu.jump_constant(n::i32::eq);
    JumpI32NeC => cpu.jump_constant(n::i32::ne);
    JumpI32LtSC => cpu.jump_constant(n::i32::lt_s);
    JumpI32LtUC => cpu.jump_constant(n::i32::lt_u);
    JumpI32LeSC => cpu.jump_constant(n::i32::le_s);
    JumpI32LeUC => cpu.jump_constant(n::i32::le_u);
    JumpI32GtSC => cpu.jump_constant(n::i32::gt_s);
    JumpI32GtUC => cpu.jump_constant(n::i32::gt_u);
    JumpI32GeSC => cpu.jump_constant(n::i32::ge_s);
    JumpI32GeUC => cpu.jump_constant(n::i32::ge_u);
    JumpF64LtC JumpF64LtCLastA => cpu.jump_constant(n::f64::lt);
    JumpF64NotLtC => cpu.jump_constant(|a, b| !n::f64::lt(a, b));
    JumpF64LeC => cpu.jump_constant(n::f64::le);
    JumpF64NotLeC => cpu.jump_constant(|a, b| !n::f64::le(a, b));
    JumpF64GtC JumpF64GtCLastA => cpu.jump_constant(n::f64::gt);
    JumpF64NotGtC => cpu.jump_constant(|a, b| !n::f64::gt(a, b));
    JumpF64GeC => cpu.jump_constant(n::f64::ge);
    JumpF64NotGeC => cpu.jump_constant(|a, b| !n::f64::ge(a, b));
    I32Eqz => cpu.unary(n::i32::eqz);
    I32Clz => cpu.unary(n::i32::clz);
    I32Ctz => cpu.unary(n::i32::ctz);
    I32Popcnt => cpu.unary(n::i32::popcnt);
    I32Extend8S => cpu.unary(n::i32::extend8_s);
    I32Extend16S => cpu.unary(n::i32::extend16_s);
    I32Add I32AddLastB I32AddLastC => cpu.binary(n::i32::add);
    I32Sub I32SubLastB => cpu.binary(n::i32::sub);
    I32Mul I32MulLastB I32MulLastC => cpu.binary(n::i32::mul);
    I32And I32AndLastB I32AndLastC => cpu.binary(n::i32::and);
    I32Or I32OrLastB I32OrLastC => cpu.binary(n::i32::or);
    I32Xor I32XorLastB I32XorLastC => cpu.binary(n::i32::xor);
    I32Shl => cpu.binary(n::i32::shl);
    I32ShrS => cpu.binary(n::i32::shr_s);
    I32ShrU => cpu.binary(n::i32::shr_u);
    I32Rotl => cpu.binary(n::i32::rotl);
    I32Rotr => cpu.binary(n::i32::rotr);
    I32Eq => cpu.binary(n::i32::eq);
    I32Ne => cpu.binary(n::i32::ne);
    I32LtS => cpu.binary(n::i32::lt_s);
    I32LtU => cpu.binary(n::i32::lt_u);
    I32LeS => cpu.binary(n::i32::le_s);
    I32LeU => cpu.binary(n::i32::le_u);
    I32DivS => cpu.try_binary(n::i32::div_s);
    I32DivU => cpu.try_binary(n::i32::div_u);
    I32RemS => cpu.try_binary(n::i32::rem_s);
    I32RemU => cpu.try_binary(n::i32::rem_u);
    I32AddI I32AddILastB => cpu.immediate(n::i32::add);
    I32MulI I32MulILastB => cpu.immediate(n::i32::mul);
    I32AndI I32AndILastB => cpu.immediate(n::i32::and);
    I32OrI => cpu.immediate(n::i32::or);
    I32XorI I32XorILastB => cpu.immediate(n::i32::xor);
    I32ShlI I32ShlILastB => cpu.immediate(n::i32::shl);
    I32ShrSI I32ShrSILastB => cpu.immediate(n::i32::shr_s);
    I32ShrUI I32ShrUILastB => cpu.immediate(n::i32::shr_u);
    I32RotlI I32RotlILastB => cpu.immediate(n::i32::rotl);
    I32EqI => cpu.immediate(n::i32::eq);
    I32NeI => cpu.immediate(n::i32::ne);
    I32LtSI => cpu.immediate(n::i32::lt_s);
    I32LtUI => cpu.immediate(n::i32::lt_u);
    I32GtSI => cpu.immediate(n::i32::gt_s);
    I32GtUI => cpu.immediate(n::i32::gt_u);
    JumpI32Eq => cpu.jump_binary(n::i32::eq);
    JumpI32Ne => cpu.jump_binary(n::i32::ne);
    JumpI32LtS => cpu.jump_binary(n::i32::lt_s);
    JumpI32LtU => cpu.jump_binary(n::i32::lt_u);
    JumpI32LeS => cpu.jump_binary(n::i32::le_s);
    JumpI32LeU => cpu.jump_binary(n::i32::le_u);
    JumpI32EqI JumpI32EqILastA => cpu.jump_immediate(n::i32::eq);
    JumpI32NeI JumpI32NeILastA => cpu.jump_immediate(n::i32::ne);
    JumpI32LtSI JumpI32LtSILastA => cpu.jump_immediate(n::i32::lt_s);
    JumpI32LtUI JumpI32LtUILastA => cpu.jump_immediate(n::i32::lt_u);
    JumpI32GtSI JumpI32GtSILastA => cpu.jump_immediate(n::i32::gt_s);
    JumpI32GtUI JumpI32GtUILastA => cpu.jump_immediate(n::i32::gt_u);
    I64Eqz => cpu.unary(n::i64::eqz);
    I64Clz => cpu.unary(n::i64::clz);
    I64Ctz => cpu.unary(n::i64::ctz);
    I64Popcnt => cpu.unary(n::i64::popcnt);
    I64Extend8S => cpu.unary(n::i64::extend8_s);
    I64Extend16S => cpu.unary(n::i64::extend16_s);
    I64Extend32S => cpu.unary(n::i64::extend32_s);
    I64Add I64AddLastB I64AddLastC => cpu.binary(n::i64::add);
    I64Sub I64SubLastB => cpu.binary(n::i64::sub);
    I64Mul I64MulLastB I64MulLastC => cpu.binary(n::i64::mul);
    I64And I64AndLastB I64AndLastC => cpu.binary(n::i64::and);
    I64Or I64OrLastB I64OrLastC => cpu.binary(n::i64::or);
    I64Xor I64XorLastB I64XorLastC => cpu.binary(n::i64::xor);
    I64Shl => cpu.binary(n::i64::shl);
    I64ShrS => cpu.binary(n::i64::shr_s);
    I64ShrU => cpu.binary(n::i64::shr_u);
    I64Rotl => cpu.binary(n::i64::rotl);
    I64Rotr => cpu.binary(n::i64::rotr);
    I64Eq => cpu.binary(n::i64::eq);
    I64Ne => cpu.binary(n::i64::ne);
    I64LtS => cpu.binary(n::i64::lt_s);
    I64LtU => cpu.binary(n::i64::lt_u);
    I64LeS => cpu.binary(n::i64::le_s);
    I64LeU => cpu.binary(n::i64::le_u);
    I64DivS => cpu.try_binary(n::i64::div_s);
    I64DivU => cpu.try_binary(n::i64::div_u);
    I64RemS => cpu.try_binary(n::i64::rem_s);
    I64RemU => cpu.try_binary(n::i64::rem_u);
    I64AddI I64AddILastB => cpu.immediate(n::i64::add);
    I64MulI => cpu.immediate(n::i64::mul);
    I64AndI I64AndILastB => cpu.immediate(n::i64::and);
    I64OrI => cpu.immediate(n::i64::or);
    I64XorI => cpu.immediate(n::i64::xor);
    I64ShlI I64ShlILastB => cpu.immediate(n::i64::shl);
    I64ShrSI => cpu.immediate(n::i64::shr_s);
    I64ShrUI I64ShrUILastB => cpu.immediate(n::i64::shr_u);
    I64RotlI I64RotlILastB => cpu.immediate(n::i64::rotl);
    I64EqI => cpu.immediate(n::i64::eq);
    I64NeI => cpu.immediate(n::i64::ne);
    I64LtSI => cpu.immediate(n::i64::lt_s);
    I64LtUI => cpu.immediate(n::i64::lt_u);
    I64GtSI => cpu.immediate(n::i64::gt_s);
    I64GtUI => cpu.immediate(n::i64::gt_u);
    JumpI64Eq => cpu.jump_binary(n::i64::eq);
    JumpI64Ne => cpu.jump_binary(n::i64::ne);
    JumpI64LtS => cpu.jump_binary(n::i64::lt_s);
    JumpI64LtU => cpu.jump_binary(n::i64::lt_u);
    JumpI64LeS => cpu.jump_binary(n::i64::le_s);
    JumpI64LeU => cpu.jump_binary(n::i64::le_u);
    JumpI64EqI => cpu.jump_immediate(n::i64::eq);
    JumpI64NeI => cpu.jump_immediate(n::i64::ne);
    JumpI64LtSI => cpu.jump_immediate(n::i64::lt_s);
    JumpI64LtUI => cpu.jump_immediate(n::i64::lt_u);
    JumpI64GtSI => cpu.jump_immediate(n::i64::gt_s);
    JumpI64GtUI => cpu.jump_immediate(n::i64::gt_u);
    F32Add => cpu.binary(n::f32::add);
    F32Sub => cpu.binary(n::f32::sub);
    F32Mul => cpu.binary(n::f32::mul);
    F32Div => cpu.binary(n::f32::div);
    F32Min => cpu.binary(n::f32::min);
    F32Max => cpu.binary(n::f32::max);
    F32Copysign => cpu.binary(n::f32::copysign);
    F32Eq => cpu.binary(n::f32::eq);
    F32Ne => cpu.binary(n::f32::ne);
    F32Lt => cpu.binary(n::f32::lt);
    F32Le => cpu.binary(n::f32::le);
    JumpF32Eq => cpu.jump_binary(n::f32::eq);
    JumpF32Ne => cpu.jump_binary(n::f32::ne);
    JumpF32Lt => cpu.jump_binary(n::f32::lt);
    JumpF32Le => cpu.jump_binary(n::f32::le);
    JumpF32NotLt => cpu.jump_binary(|a, b| !n::f32::lt(a, b));
    JumpF32NotLe => cpu.jump_binary(|a, b| !n::f32::le(a, b));
    F32Abs => cpu.unary(n::f32::abs);
    F32Neg => cpu.unary(n::f32::neg);
    F32Sqrt => cpu.unary(n::f32::sqrt);
    F32Ceil => cpu.unary(n::f32::ceil);
    F32Floor => cpu.unary(n::f32::floor);
    F32Trunc => cpu.unary(n::f32::trunc);
    F32Nearest => cpu.unary(n::f32::nearest);
    F64Add F64AddLastB F64AddLastC => cpu.binary(real_binary(n::f64::add));
    F64Sub F64SubLastB F64SubLastC => cpu.binary(real_binary(n::f64::sub));
    F64Mul F64MulLastB F64MulLastC => cpu.binary(real_binary(n::f64::mul));
    F64Div F64DivLastB => cpu.binary(real_binary(n::f64::div));
    F64Min => cpu.binary(real_binary(n::f64::min));
    F64Max => cpu.binary(real_binary(n::f64::max));
    F64Copysign => cpu.binary(real_binary(n::f64::copysign));
    F64Eq => cpu.binary(n::f64::eq);
    F64Ne => cpu.binary(n::f64::ne);
    F64Lt => cpu.binary(n::f64::lt);
    F64Le => cpu.binary(n::f64::le);
    JumpF64Eq => cpu.jump_binary(n::f64::eq);
    JumpF64Ne => cpu.jump_binary(n::f64::ne);
    JumpF64Lt => cpu.jump_binary(n::f64::lt);
    JumpF64Le => cpu.jump_binary(n::f64::le);
    JumpF64NotLt => cpu.jump_binary(|a, b| !n::f64::lt(a, b));
    JumpF64NotLe => cpu.jump_binary(|a, b| !n::f64::le(a, b));
    F64Abs => cpu.unary(real_unary(n::f64::abs));
    F64Neg => cpu.unary(real_unary(n::f64::neg));
    F64Sqrt => cpu.unary(real_unary(n::f64::sqrt));
    F64Ceil => cpu.unary(real_unary(n::f64::ceil));
    F64Floor => cpu.unary(real_unary(n::f64::floor));
    F64Trunc => cpu.unary(real_unary(n::f64::trunc));
    F64Nearest => cpu.unary(real_unary(n::f64::nearest));
    I32WrapI64 => cpu.unary(n::convert::i32_wrap_i64);
    I64ExtendI32S => cpu.unary(n::convert::i64_extend_i32_s);
    I32TruncF32S => cpu.try_unary(n::convert::i32_trunc_f32_s);
    I32TruncSatF32S => cpu.unary(n::convert::i32_trunc_sat_f32_s);
    F32ConvertI32S => cpu.unary(n::convert::f32_convert_i32_s);
    I32TruncF32U => cpu.try_unary(n::convert::i32_trunc_f32_u);
    I32TruncSatF32U => cpu.unary(n::convert::i32_trunc_sat_f32_u);
    F32ConvertI32U => cpu.unary(n::convert::f32_convert_i32_u);
    I32TruncF64S => cpu.try_unary(n::convert::i32_trunc_f64_s);
    I32TruncSatF64S => cpu.unary(n::convert::i32_trunc_sat_f64_s);
    F64ConvertI32S => cpu.unary(real_unary(n::convert::f64_convert_i32_s));
    I32TruncF64U => cpu.try_unary(n::convert::i32_trunc_f64_u);
    I32TruncSatF64U => cpu.unary(n::convert::i32_trunc_sat_f64_u);
    F64ConvertI32U => cpu.unary(real_unary(n::convert::f64_convert_i32_u));
    I64TruncF32S => cpu.try_unary(n::convert::i64_trunc_f32_s);
    I64TruncSatF32S => cpu.unary(n::convert::i64_trunc_sat_f32_s);
    F32ConvertI64S => cpu.unary(n::convert::f32_convert_i64_s);
    I64TruncF32U => cpu.try_unary(n::convert::i64_trunc_f32_u);
    I64TruncSatF32U => cpu.unary(n::convert::i64_trunc_sat_f32_u);
    F32ConvertI64U => cpu.unary(n::convert::f32_convert_i64_u);
    I64TruncF64S => cpu.try_unary(n::convert::i64_trunc_f64_s);
    I64TruncSatF64S => cpu.unary(n::convert::i64_trunc_sat_f64_s);
    F64ConvertI64S => cpu.unary(real_unary(n::convert::f64_convert_i64_s));
    I64TruncF64U => cpu.try_unary(n::convert::i64_trunc_f64_u);
    I64TruncSatF64U => cpu.unary(n::convert::i64_trunc_sat_f64_u);
    F64ConvertI64U => cpu.unary(real_unary(n::convert::f64_convert_i64_u));
    F32DemoteF64 => cpu.unary(n::convert::f32_demote_f64);
    F64PromoteF32 => cpu.unary(real_unary(n::convert::f64_promote_f32));
}
