//! Atomic operators, one row each, in the order of their codes.

/// Hands the rows given, those of atomic operators, and those of operators on
/// vectors to the macro `$visit`.
#[cfg(feature = "threads")]
macro_rules! with_atomic_operators {
    ($visit:ident { $($rows:tt)* }) => {
        with_vector_operators! { $visit {
            $($rows)*
            0xFE_0000 MemoryAtomicNotify "memory.atomic.notify" MemArg       [Addr I32] -> [I32]          Memory     Threads              "wakes agents that wait at an address, so many at most; pushes how many";
            0xFE_0001 MemoryAtomicWait32 "memory.atomic.wait32" MemArg       [Addr I32 I64] -> [I32]      Memory     Threads              "waits to be notified if four bytes have a value; pushes 0, 1 if they differ, 2 after so many nanoseconds";
            0xFE_0002 MemoryAtomicWait64 "memory.atomic.wait64" MemArg       [Addr I64 I64] -> [I32]      Memory     Threads              "waits to be notified if eight bytes have a value; pushes 0, 1 if they differ, 2 after so many nanoseconds";
            0xFE_0003 AtomicFence       "atomic.fence"        Fence        [] -> []                     Memory     Threads              "keeps accesses before it and after it in order";
            0xFE_0010 I32AtomicLoad     "i32.atomic.load"     MemArg       [Addr] -> [I32]              Load       Threads              "reads four bytes from linear memory, in one piece";
            0xFE_0011 I64AtomicLoad     "i64.atomic.load"     MemArg       [Addr] -> [I64]              Load       Threads              "reads eight bytes from linear memory, in one piece";
            0xFE_0012 I32AtomicLoad8U   "i32.atomic.load8_u"  MemArg       [Addr] -> [I32]              Load       Threads              "reads one byte, zero-extended, from linear memory, in one piece";
            0xFE_0013 I32AtomicLoad16U  "i32.atomic.load16_u" MemArg       [Addr] -> [I32]              Load       Threads              "reads two bytes, zero-extended, from linear memory, in one piece";
            0xFE_0014 I64AtomicLoad8U   "i64.atomic.load8_u"  MemArg       [Addr] -> [I64]              Load       Threads              "reads one byte, zero-extended, from linear memory, in one piece";
            0xFE_0015 I64AtomicLoad16U  "i64.atomic.load16_u" MemArg       [Addr] -> [I64]              Load       Threads              "reads two bytes, zero-extended, from linear memory, in one piece";
            0xFE_0016 I64AtomicLoad32U  "i64.atomic.load32_u" MemArg       [Addr] -> [I64]              Load       Threads              "reads four bytes, zero-extended, from linear memory, in one piece";
            0xFE_0017 I32AtomicStore    "i32.atomic.store"    MemArg       [Addr I32] -> []             Store      Threads              "writes four bytes to linear memory, in one piece";
            0xFE_0018 I64AtomicStore    "i64.atomic.store"    MemArg       [Addr I64] -> []             Store      Threads              "writes eight bytes to linear memory, in one piece";
            0xFE_0019 I32AtomicStore8   "i32.atomic.store8"   MemArg       [Addr I32] -> []             Store      Threads              "writes the lowest byte to linear memory, in one piece";
            0xFE_001A I32AtomicStore16  "i32.atomic.store16"  MemArg       [Addr I32] -> []             Store      Threads              "writes the lowest two bytes to linear memory, in one piece";
            0xFE_001B I64AtomicStore8   "i64.atomic.store8"   MemArg       [Addr I64] -> []             Store      Threads              "writes the lowest byte to linear memory, in one piece";
            0xFE_001C I64AtomicStore16  "i64.atomic.store16"  MemArg       [Addr I64] -> []             Store      Threads              "writes the lowest two bytes to linear memory, in one piece";
            0xFE_001D I64AtomicStore32  "i64.atomic.store32"  MemArg       [Addr I64] -> []             Store      Threads              "writes the lowest four bytes to linear memory, in one piece";
            0xFE_001E I32AtomicRmwAdd   "i32.atomic.rmw.add"  MemArg       [Addr I32] -> [I32]          Modify     Threads              "adds to four bytes in memory; pushes the old value";
            0xFE_001F I64AtomicRmwAdd   "i64.atomic.rmw.add"  MemArg       [Addr I64] -> [I64]          Modify     Threads              "adds to eight bytes in memory; pushes the old value";
            0xFE_0020 I32AtomicRmw8AddU "i32.atomic.rmw8.add_u" MemArg       [Addr I32] -> [I32]          Modify     Threads              "adds to one byte in memory; pushes the old value";
            0xFE_0021 I32AtomicRmw16AddU "i32.atomic.rmw16.add_u" MemArg       [Addr I32] -> [I32]          Modify     Threads              "adds to two bytes in memory; pushes the old value";
            0xFE_0022 I64AtomicRmw8AddU "i64.atomic.rmw8.add_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "adds to one byte in memory; pushes the old value";
            0xFE_0023 I64AtomicRmw16AddU "i64.atomic.rmw16.add_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "adds to two bytes in memory; pushes the old value";
            0xFE_0024 I64AtomicRmw32AddU "i64.atomic.rmw32.add_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "adds to four bytes in memory; pushes the old value";
            0xFE_0025 I32AtomicRmwSub   "i32.atomic.rmw.sub"  MemArg       [Addr I32] -> [I32]          Modify     Threads              "subtracts from four bytes in memory; pushes the old value";
            0xFE_0026 I64AtomicRmwSub   "i64.atomic.rmw.sub"  MemArg       [Addr I64] -> [I64]          Modify     Threads              "subtracts from eight bytes in memory; pushes the old value";
            0xFE_0027 I32AtomicRmw8SubU "i32.atomic.rmw8.sub_u" MemArg       [Addr I32] -> [I32]          Modify     Threads              "subtracts from one byte in memory; pushes the old value";
            0xFE_0028 I32AtomicRmw16SubU "i32.atomic.rmw16.sub_u" MemArg       [Addr I32] -> [I32]          Modify     Threads              "subtracts from two bytes in memory; pushes the old value";
            0xFE_0029 I64AtomicRmw8SubU "i64.atomic.rmw8.sub_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "subtracts from one byte in memory; pushes the old value";
            0xFE_002A I64AtomicRmw16SubU "i64.atomic.rmw16.sub_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "subtracts from two bytes in memory; pushes the old value";
            0xFE_002B I64AtomicRmw32SubU "i64.atomic.rmw32.sub_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "subtracts from four bytes in memory; pushes the old value";
            0xFE_002C I32AtomicRmwAnd   "i32.atomic.rmw.and"  MemArg       [Addr I32] -> [I32]          Modify     Threads              "bitwise and with four bytes in memory; pushes the old value";
            0xFE_002D I64AtomicRmwAnd   "i64.atomic.rmw.and"  MemArg       [Addr I64] -> [I64]          Modify     Threads              "bitwise and with eight bytes in memory; pushes the old value";
            0xFE_002E I32AtomicRmw8AndU "i32.atomic.rmw8.and_u" MemArg       [Addr I32] -> [I32]          Modify     Threads              "bitwise and with one byte in memory; pushes the old value";
            0xFE_002F I32AtomicRmw16AndU "i32.atomic.rmw16.and_u" MemArg       [Addr I32] -> [I32]          Modify     Threads              "bitwise and with two bytes in memory; pushes the old value";
            0xFE_0030 I64AtomicRmw8AndU "i64.atomic.rmw8.and_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "bitwise and with one byte in memory; pushes the old value";
            0xFE_0031 I64AtomicRmw16AndU "i64.atomic.rmw16.and_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "bitwise and with two bytes in memory; pushes the old value";
            0xFE_0032 I64AtomicRmw32AndU "i64.atomic.rmw32.and_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "bitwise and with four bytes in memory; pushes the old value";
            0xFE_0033 I32AtomicRmwOr    "i32.atomic.rmw.or"   MemArg       [Addr I32] -> [I32]          Modify     Threads              "bitwise or with four bytes in memory; pushes the old value";
            0xFE_0034 I64AtomicRmwOr    "i64.atomic.rmw.or"   MemArg       [Addr I64] -> [I64]          Modify     Threads              "bitwise or with eight bytes in memory; pushes the old value";
            0xFE_0035 I32AtomicRmw8OrU  "i32.atomic.rmw8.or_u" MemArg       [Addr I32] -> [I32]          Modify     Threads              "bitwise or with one byte in memory; pushes the old value";
            0xFE_0036 I32AtomicRmw16OrU "i32.atomic.rmw16.or_u" MemArg       [Addr I32] -> [I32]          Modify     Threads              "bitwise or with two bytes in memory; pushes the old value";
            0xFE_0037 I64AtomicRmw8OrU  "i64.atomic.rmw8.or_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "bitwise or with one byte in memory; pushes the old value";
            0xFE_0038 I64AtomicRmw16OrU "i64.atomic.rmw16.or_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "bitwise or with two bytes in memory; pushes the old value";
            0xFE_0039 I64AtomicRmw32OrU "i64.atomic.rmw32.or_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "bitwise or with four bytes in memory; pushes the old value";
            0xFE_003A I32AtomicRmwXor   "i32.atomic.rmw.xor"  MemArg       [Addr I32] -> [I32]          Modify     Threads              "bitwise exclusive or with four bytes in memory; pushes the old value";
            0xFE_003B I64AtomicRmwXor   "i64.atomic.rmw.xor"  MemArg       [Addr I64] -> [I64]          Modify     Threads              "bitwise exclusive or with eight bytes in memory; pushes the old value";
            0xFE_003C I32AtomicRmw8XorU "i32.atomic.rmw8.xor_u" MemArg       [Addr I32] -> [I32]          Modify     Threads              "bitwise exclusive or with one byte in memory; pushes the old value";
            0xFE_003D I32AtomicRmw16XorU "i32.atomic.rmw16.xor_u" MemArg       [Addr I32] -> [I32]          Modify     Threads              "bitwise exclusive or with two bytes in memory; pushes the old value";
            0xFE_003E I64AtomicRmw8XorU "i64.atomic.rmw8.xor_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "bitwise exclusive or with one byte in memory; pushes the old value";
            0xFE_003F I64AtomicRmw16XorU "i64.atomic.rmw16.xor_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "bitwise exclusive or with two bytes in memory; pushes the old value";
            0xFE_0040 I64AtomicRmw32XorU "i64.atomic.rmw32.xor_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "bitwise exclusive or with four bytes in memory; pushes the old value";
            0xFE_0041 I32AtomicRmwXchg  "i32.atomic.rmw.xchg" MemArg       [Addr I32] -> [I32]          Modify     Threads              "replaces four bytes in memory; pushes the old value";
            0xFE_0042 I64AtomicRmwXchg  "i64.atomic.rmw.xchg" MemArg       [Addr I64] -> [I64]          Modify     Threads              "replaces eight bytes in memory; pushes the old value";
            0xFE_0043 I32AtomicRmw8XchgU "i32.atomic.rmw8.xchg_u" MemArg       [Addr I32] -> [I32]          Modify     Threads              "replaces one byte in memory; pushes the old value";
            0xFE_0044 I32AtomicRmw16XchgU "i32.atomic.rmw16.xchg_u" MemArg       [Addr I32] -> [I32]          Modify     Threads              "replaces two bytes in memory; pushes the old value";
            0xFE_0045 I64AtomicRmw8XchgU "i64.atomic.rmw8.xchg_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "replaces one byte in memory; pushes the old value";
            0xFE_0046 I64AtomicRmw16XchgU "i64.atomic.rmw16.xchg_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "replaces two bytes in memory; pushes the old value";
            0xFE_0047 I64AtomicRmw32XchgU "i64.atomic.rmw32.xchg_u" MemArg       [Addr I64] -> [I64]          Modify     Threads              "replaces four bytes in memory; pushes the old value";
            0xFE_0048 I32AtomicRmwCmpxchg "i32.atomic.rmw.cmpxchg" MemArg       [Addr I32 I32] -> [I32]      Modify     Threads              "replaces four bytes in memory by the second operand if equal to the first; pushes the old value";
            0xFE_0049 I64AtomicRmwCmpxchg "i64.atomic.rmw.cmpxchg" MemArg       [Addr I64 I64] -> [I64]      Modify     Threads              "replaces eight bytes in memory by the second operand if equal to the first; pushes the old value";
            0xFE_004A I32AtomicRmw8CmpxchgU "i32.atomic.rmw8.cmpxchg_u" MemArg       [Addr I32 I32] -> [I32]      Modify     Threads              "replaces one byte in memory by the second operand if equal to the first; pushes the old value";
            0xFE_004B I32AtomicRmw16CmpxchgU "i32.atomic.rmw16.cmpxchg_u" MemArg       [Addr I32 I32] -> [I32]      Modify     Threads              "replaces two bytes in memory by the second operand if equal to the first; pushes the old value";
            0xFE_004C I64AtomicRmw8CmpxchgU "i64.atomic.rmw8.cmpxchg_u" MemArg       [Addr I64 I64] -> [I64]      Modify     Threads              "replaces one byte in memory by the second operand if equal to the first; pushes the old value";
            0xFE_004D I64AtomicRmw16CmpxchgU "i64.atomic.rmw16.cmpxchg_u" MemArg       [Addr I64 I64] -> [I64]      Modify     Threads              "replaces two bytes in memory by the second operand if equal to the first; pushes the old value";
            0xFE_004E I64AtomicRmw32CmpxchgU "i64.atomic.rmw32.cmpxchg_u" MemArg       [Addr I64 I64] -> [I64]      Modify     Threads              "replaces four bytes in memory by the second operand if equal to the first; pushes the old value";
        } }
    };
}

/// Hands the rows given and those of operators on vectors to the macro `$visit`.
#[cfg(not(feature = "threads"))]
macro_rules! with_atomic_operators {
    ($visit:ident { $($rows:tt)* }) => {
        with_vector_operators! { $visit { $($rows)* } }
    };
}
pub(crate) use with_atomic_operators;
