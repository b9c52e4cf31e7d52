//! Operators on vectors, one row each, in the order of their codes: SIMD, and
//! behind it relaxed SIMD.

/// Hands the rows given, and behind them those of operators on vectors, to the
/// macro `$visit`.
#[cfg(feature = "simd")]
macro_rules! with_vector_operators {
    ($visit:ident { $($rows:tt)* }) => {
        $visit! {
            $($rows)*
            0xFD_0000 V128Load                 "v128.load"                     MemArg     [Addr] -> [V128]           Load       Simd        "reads 16 bytes from linear memory";
            0xFD_0001 V128Load8x8S             "v128.load8x8_s"                MemArg     [Addr] -> [V128]           Load       Simd        "reads eight lanes of 8 bits from linear memory and widens them, sign-extended";
            0xFD_0002 V128Load8x8U             "v128.load8x8_u"                MemArg     [Addr] -> [V128]           Load       Simd        "reads eight lanes of 8 bits from linear memory and widens them, zero-extended";
            0xFD_0003 V128Load16x4S            "v128.load16x4_s"               MemArg     [Addr] -> [V128]           Load       Simd        "reads four lanes of 16 bits from linear memory and widens them, sign-extended";
            0xFD_0004 V128Load16x4U            "v128.load16x4_u"               MemArg     [Addr] -> [V128]           Load       Simd        "reads four lanes of 16 bits from linear memory and widens them, zero-extended";
            0xFD_0005 V128Load32x2S            "v128.load32x2_s"               MemArg     [Addr] -> [V128]           Load       Simd        "reads two lanes of 32 bits from linear memory and widens them, sign-extended";
            0xFD_0006 V128Load32x2U            "v128.load32x2_u"               MemArg     [Addr] -> [V128]           Load       Simd        "reads two lanes of 32 bits from linear memory and widens them, zero-extended";
            0xFD_0007 V128Load8Splat           "v128.load8_splat"              MemArg     [Addr] -> [V128]           Load       Simd        "reads one byte from linear memory into every lane";
            0xFD_0008 V128Load16Splat          "v128.load16_splat"             MemArg     [Addr] -> [V128]           Load       Simd        "reads two bytes from linear memory into every lane";
            0xFD_0009 V128Load32Splat          "v128.load32_splat"             MemArg     [Addr] -> [V128]           Load       Simd        "reads four bytes from linear memory into every lane";
            0xFD_000A V128Load64Splat          "v128.load64_splat"             MemArg     [Addr] -> [V128]           Load       Simd        "reads eight bytes from linear memory into every lane";
            0xFD_000B V128Store                "v128.store"                    MemArg     [Addr V128] -> []          Store      Simd        "writes 16 bytes to linear memory";
            0xFD_000C V128Const                "v128.const"                    V128       [] -> [V128]               Constant   Simd        "pushes a constant";
            0xFD_000D I8x16Shuffle             "i8x16.shuffle"                 Lanes      [V128 V128] -> [V128]      Numeric    Simd        "picks 16 of the bytes of both operands, by constant numbers";
            0xFD_000E I8x16Swizzle             "i8x16.swizzle"                 None       [V128 V128] -> [V128]      Numeric    Simd        "picks bytes of the first by the numbers in the second; zero where there is none";
            0xFD_000F I8x16Splat               "i8x16.splat"                   None       [I32] -> [V128]            Numeric    Simd        "puts the operand into every lane";
            0xFD_0010 I16x8Splat               "i16x8.splat"                   None       [I32] -> [V128]            Numeric    Simd        "puts the operand into every lane";
            0xFD_0011 I32x4Splat               "i32x4.splat"                   None       [I32] -> [V128]            Numeric    Simd        "puts the operand into every lane";
            0xFD_0012 I64x2Splat               "i64x2.splat"                   None       [I64] -> [V128]            Numeric    Simd        "puts the operand into every lane";
            0xFD_0013 F32x4Splat               "f32x4.splat"                   None       [F32] -> [V128]            Numeric    Simd        "puts the operand into every lane";
            0xFD_0014 F64x2Splat               "f64x2.splat"                   None       [F64] -> [V128]            Numeric    Simd        "puts the operand into every lane";
            0xFD_0015 I8x16ExtractLaneS        "i8x16.extract_lane_s"          Lane       [V128] -> [I32]            Numeric    Simd        "pushes a lane, sign-extended";
            0xFD_0016 I8x16ExtractLaneU        "i8x16.extract_lane_u"          Lane       [V128] -> [I32]            Numeric    Simd        "pushes a lane, zero-extended";
            0xFD_0017 I8x16ReplaceLane         "i8x16.replace_lane"            Lane       [V128 I32] -> [V128]       Numeric    Simd        "replaces a lane by the second operand";
            0xFD_0018 I16x8ExtractLaneS        "i16x8.extract_lane_s"          Lane       [V128] -> [I32]            Numeric    Simd        "pushes a lane, sign-extended";
            0xFD_0019 I16x8ExtractLaneU        "i16x8.extract_lane_u"          Lane       [V128] -> [I32]            Numeric    Simd        "pushes a lane, zero-extended";
            0xFD_001A I16x8ReplaceLane         "i16x8.replace_lane"            Lane       [V128 I32] -> [V128]       Numeric    Simd        "replaces a lane by the second operand";
            0xFD_001B I32x4ExtractLane         "i32x4.extract_lane"            Lane       [V128] -> [I32]            Numeric    Simd        "pushes a lane";
            0xFD_001C I32x4ReplaceLane         "i32x4.replace_lane"            Lane       [V128 I32] -> [V128]       Numeric    Simd        "replaces a lane by the second operand";
            0xFD_001D I64x2ExtractLane         "i64x2.extract_lane"            Lane       [V128] -> [I64]            Numeric    Simd        "pushes a lane";
            0xFD_001E I64x2ReplaceLane         "i64x2.replace_lane"            Lane       [V128 I64] -> [V128]       Numeric    Simd        "replaces a lane by the second operand";
            0xFD_001F F32x4ExtractLane         "f32x4.extract_lane"            Lane       [V128] -> [F32]            Numeric    Simd        "pushes a lane";
            0xFD_0020 F32x4ReplaceLane         "f32x4.replace_lane"            Lane       [V128 F32] -> [V128]       Numeric    Simd        "replaces a lane by the second operand";
            0xFD_0021 F64x2ExtractLane         "f64x2.extract_lane"            Lane       [V128] -> [F64]            Numeric    Simd        "pushes a lane";
            0xFD_0022 F64x2ReplaceLane         "f64x2.replace_lane"            Lane       [V128 F64] -> [V128]       Numeric    Simd        "replaces a lane by the second operand";
            0xFD_0023 I8x16Eq                  "i8x16.eq"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where both are equal, else zero";
            0xFD_0024 I8x16Ne                  "i8x16.ne"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where both are different, else zero";
            0xFD_0025 I8x16LtS                 "i8x16.lt_s"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is less, signed, else zero";
            0xFD_0026 I8x16LtU                 "i8x16.lt_u"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is less, unsigned, else zero";
            0xFD_0027 I8x16GtS                 "i8x16.gt_s"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is greater, signed, else zero";
            0xFD_0028 I8x16GtU                 "i8x16.gt_u"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is greater, unsigned, else zero";
            0xFD_0029 I8x16LeS                 "i8x16.le_s"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at most the second, signed, else zero";
            0xFD_002A I8x16LeU                 "i8x16.le_u"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at most the second, unsigned, else zero";
            0xFD_002B I8x16GeS                 "i8x16.ge_s"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at least the second, signed, else zero";
            0xFD_002C I8x16GeU                 "i8x16.ge_u"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at least the second, unsigned, else zero";
            0xFD_002D I16x8Eq                  "i16x8.eq"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where both are equal, else zero";
            0xFD_002E I16x8Ne                  "i16x8.ne"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where both are different, else zero";
            0xFD_002F I16x8LtS                 "i16x8.lt_s"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is less, signed, else zero";
            0xFD_0030 I16x8LtU                 "i16x8.lt_u"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is less, unsigned, else zero";
            0xFD_0031 I16x8GtS                 "i16x8.gt_s"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is greater, signed, else zero";
            0xFD_0032 I16x8GtU                 "i16x8.gt_u"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is greater, unsigned, else zero";
            0xFD_0033 I16x8LeS                 "i16x8.le_s"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at most the second, signed, else zero";
            0xFD_0034 I16x8LeU                 "i16x8.le_u"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at most the second, unsigned, else zero";
            0xFD_0035 I16x8GeS                 "i16x8.ge_s"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at least the second, signed, else zero";
            0xFD_0036 I16x8GeU                 "i16x8.ge_u"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at least the second, unsigned, else zero";
            0xFD_0037 I32x4Eq                  "i32x4.eq"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where both are equal, else zero";
            0xFD_0038 I32x4Ne                  "i32x4.ne"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where both are different, else zero";
            0xFD_0039 I32x4LtS                 "i32x4.lt_s"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is less, signed, else zero";
            0xFD_003A I32x4LtU                 "i32x4.lt_u"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is less, unsigned, else zero";
            0xFD_003B I32x4GtS                 "i32x4.gt_s"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is greater, signed, else zero";
            0xFD_003C I32x4GtU                 "i32x4.gt_u"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is greater, unsigned, else zero";
            0xFD_003D I32x4LeS                 "i32x4.le_s"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at most the second, signed, else zero";
            0xFD_003E I32x4LeU                 "i32x4.le_u"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at most the second, unsigned, else zero";
            0xFD_003F I32x4GeS                 "i32x4.ge_s"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at least the second, signed, else zero";
            0xFD_0040 I32x4GeU                 "i32x4.ge_u"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at least the second, unsigned, else zero";
            0xFD_0041 F32x4Eq                  "f32x4.eq"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where both are equal, else zero";
            0xFD_0042 F32x4Ne                  "f32x4.ne"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where both are different, else zero";
            0xFD_0043 F32x4Lt                  "f32x4.lt"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is less, else zero";
            0xFD_0044 F32x4Gt                  "f32x4.gt"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is greater, else zero";
            0xFD_0045 F32x4Le                  "f32x4.le"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at most the second, else zero";
            0xFD_0046 F32x4Ge                  "f32x4.ge"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at least the second, else zero";
            0xFD_0047 F64x2Eq                  "f64x2.eq"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where both are equal, else zero";
            0xFD_0048 F64x2Ne                  "f64x2.ne"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where both are different, else zero";
            0xFD_0049 F64x2Lt                  "f64x2.lt"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is less, else zero";
            0xFD_004A F64x2Gt                  "f64x2.gt"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is greater, else zero";
            0xFD_004B F64x2Le                  "f64x2.le"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at most the second, else zero";
            0xFD_004C F64x2Ge                  "f64x2.ge"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at least the second, else zero";
            0xFD_004D V128Not                  "v128.not"                      None       [V128] -> [V128]           Numeric    Simd        "bitwise not";
            0xFD_004E V128And                  "v128.and"                      None       [V128 V128] -> [V128]      Numeric    Simd        "bitwise and";
            0xFD_004F V128Andnot               "v128.andnot"                   None       [V128 V128] -> [V128]      Numeric    Simd        "bitwise and of the first and the inverse of the second";
            0xFD_0050 V128Or                   "v128.or"                       None       [V128 V128] -> [V128]      Numeric    Simd        "bitwise or";
            0xFD_0051 V128Xor                  "v128.xor"                      None       [V128 V128] -> [V128]      Numeric    Simd        "bitwise exclusive or";
            0xFD_0052 V128Bitselect            "v128.bitselect"                None       [V128 V128 V128] -> [V128] Numeric    Simd        "bits of the first where the third has ones, else of the second";
            0xFD_0053 V128AnyTrue              "v128.any_true"                 None       [V128] -> [I32]            Comparison Simd        "whether any bit is one";
            0xFD_0054 V128Load8Lane            "v128.load8_lane"               MemArgLane [Addr V128] -> [V128]      Load       Simd        "reads one byte from linear memory into a lane";
            0xFD_0055 V128Load16Lane           "v128.load16_lane"              MemArgLane [Addr V128] -> [V128]      Load       Simd        "reads two bytes from linear memory into a lane";
            0xFD_0056 V128Load32Lane           "v128.load32_lane"              MemArgLane [Addr V128] -> [V128]      Load       Simd        "reads four bytes from linear memory into a lane";
            0xFD_0057 V128Load64Lane           "v128.load64_lane"              MemArgLane [Addr V128] -> [V128]      Load       Simd        "reads eight bytes from linear memory into a lane";
            0xFD_0058 V128Store8Lane           "v128.store8_lane"              MemArgLane [Addr V128] -> []          Store      Simd        "writes a lane of one byte to linear memory";
            0xFD_0059 V128Store16Lane          "v128.store16_lane"             MemArgLane [Addr V128] -> []          Store      Simd        "writes a lane of two bytes to linear memory";
            0xFD_005A V128Store32Lane          "v128.store32_lane"             MemArgLane [Addr V128] -> []          Store      Simd        "writes a lane of four bytes to linear memory";
            0xFD_005B V128Store64Lane          "v128.store64_lane"             MemArgLane [Addr V128] -> []          Store      Simd        "writes a lane of eight bytes to linear memory";
            0xFD_005C V128Load32Zero           "v128.load32_zero"              MemArg     [Addr] -> [V128]           Load       Simd        "reads four bytes from linear memory into the first lane; all else is zero";
            0xFD_005D V128Load64Zero           "v128.load64_zero"              MemArg     [Addr] -> [V128]           Load       Simd        "reads eight bytes from linear memory into the first lane; all else is zero";
            0xFD_005E F32x4DemoteF64x2Zero     "f32x4.demote_f64x2_zero"       None       [V128] -> [V128]           Conversion Simd        "two floats to single precision; the upper lanes are zero";
            0xFD_005F F64x2PromoteLowF32x4     "f64x2.promote_low_f32x4"       None       [V128] -> [V128]           Conversion Simd        "the lower two floats to double precision, exactly";
            0xFD_0060 I8x16Abs                 "i8x16.abs"                     None       [V128] -> [V128]           Numeric    Simd        "absolute value of each lane";
            0xFD_0061 I8x16Neg                 "i8x16.neg"                     None       [V128] -> [V128]           Numeric    Simd        "changes the sign of each lane";
            0xFD_0062 I8x16Popcnt              "i8x16.popcnt"                  None       [V128] -> [V128]           Numeric    Simd        "counts the one bits of each lane";
            0xFD_0063 I8x16AllTrue             "i8x16.all_true"                None       [V128] -> [I32]            Comparison Simd        "whether no lane is zero";
            0xFD_0064 I8x16Bitmask             "i8x16.bitmask"                 None       [V128] -> [I32]            Numeric    Simd        "collects the highest bit of each lane";
            0xFD_0065 I8x16NarrowI16x8S        "i8x16.narrow_i16x8_s"          None       [V128 V128] -> [V128]      Conversion Simd        "lanes of both operands in half the width, saturated as signed";
            0xFD_0066 I8x16NarrowI16x8U        "i8x16.narrow_i16x8_u"          None       [V128 V128] -> [V128]      Conversion Simd        "lanes of both operands in half the width, saturated as unsigned";
            0xFD_0067 F32x4Ceil                "f32x4.ceil"                    None       [V128] -> [V128]           Numeric    Simd        "rounds each lane up";
            0xFD_0068 F32x4Floor               "f32x4.floor"                   None       [V128] -> [V128]           Numeric    Simd        "rounds each lane down";
            0xFD_0069 F32x4Trunc               "f32x4.trunc"                   None       [V128] -> [V128]           Numeric    Simd        "rounds each lane towards zero";
            0xFD_006A F32x4Nearest             "f32x4.nearest"                 None       [V128] -> [V128]           Numeric    Simd        "rounds each lane to the nearest integer, ties to even";
            0xFD_006B I8x16Shl                 "i8x16.shl"                     None       [V128 I32] -> [V128]       Numeric    Simd        "shifts each lane left, by the second operand modulo its width";
            0xFD_006C I8x16ShrS                "i8x16.shr_s"                   None       [V128 I32] -> [V128]       Numeric    Simd        "shifts each lane right, by the second operand modulo its width, keeping the sign";
            0xFD_006D I8x16ShrU                "i8x16.shr_u"                   None       [V128 I32] -> [V128]       Numeric    Simd        "shifts each lane right, by the second operand modulo its width, filling with zeros";
            0xFD_006E I8x16Add                 "i8x16.add"                     None       [V128 V128] -> [V128]      Numeric    Simd        "adds lane by lane, wrapping";
            0xFD_006F I8x16AddSatS             "i8x16.add_sat_s"               None       [V128 V128] -> [V128]      Numeric    Simd        "adds lane by lane, saturating, signed";
            0xFD_0070 I8x16AddSatU             "i8x16.add_sat_u"               None       [V128 V128] -> [V128]      Numeric    Simd        "adds lane by lane, saturating, unsigned";
            0xFD_0071 I8x16Sub                 "i8x16.sub"                     None       [V128 V128] -> [V128]      Numeric    Simd        "subtracts lane by lane, wrapping";
            0xFD_0072 I8x16SubSatS             "i8x16.sub_sat_s"               None       [V128 V128] -> [V128]      Numeric    Simd        "subtracts lane by lane, saturating, signed";
            0xFD_0073 I8x16SubSatU             "i8x16.sub_sat_u"               None       [V128 V128] -> [V128]      Numeric    Simd        "subtracts lane by lane, saturating, unsigned";
            0xFD_0074 F64x2Ceil                "f64x2.ceil"                    None       [V128] -> [V128]           Numeric    Simd        "rounds each lane up";
            0xFD_0075 F64x2Floor               "f64x2.floor"                   None       [V128] -> [V128]           Numeric    Simd        "rounds each lane down";
            0xFD_0076 I8x16MinS                "i8x16.min_s"                   None       [V128 V128] -> [V128]      Numeric    Simd        "the lesser of each two lanes, signed";
            0xFD_0077 I8x16MinU                "i8x16.min_u"                   None       [V128 V128] -> [V128]      Numeric    Simd        "the lesser of each two lanes, unsigned";
            0xFD_0078 I8x16MaxS                "i8x16.max_s"                   None       [V128 V128] -> [V128]      Numeric    Simd        "the greater of each two lanes, signed";
            0xFD_0079 I8x16MaxU                "i8x16.max_u"                   None       [V128 V128] -> [V128]      Numeric    Simd        "the greater of each two lanes, unsigned";
            0xFD_007A F64x2Trunc               "f64x2.trunc"                   None       [V128] -> [V128]           Numeric    Simd        "rounds each lane towards zero";
            0xFD_007B I8x16AvgrU               "i8x16.avgr_u"                  None       [V128 V128] -> [V128]      Numeric    Simd        "average of each two lanes, rounded up, unsigned";
            0xFD_007C I16x8ExtaddPairwiseI8x16S "i16x8.extadd_pairwise_i8x16_s" None       [V128] -> [V128]           Numeric    Simd        "adds each two neighbouring lanes in twice the width, signed";
            0xFD_007D I16x8ExtaddPairwiseI8x16U "i16x8.extadd_pairwise_i8x16_u" None       [V128] -> [V128]           Numeric    Simd        "adds each two neighbouring lanes in twice the width, unsigned";
            0xFD_007E I32x4ExtaddPairwiseI16x8S "i32x4.extadd_pairwise_i16x8_s" None       [V128] -> [V128]           Numeric    Simd        "adds each two neighbouring lanes in twice the width, signed";
            0xFD_007F I32x4ExtaddPairwiseI16x8U "i32x4.extadd_pairwise_i16x8_u" None       [V128] -> [V128]           Numeric    Simd        "adds each two neighbouring lanes in twice the width, unsigned";
            0xFD_0080 I16x8Abs                 "i16x8.abs"                     None       [V128] -> [V128]           Numeric    Simd        "absolute value of each lane";
            0xFD_0081 I16x8Neg                 "i16x8.neg"                     None       [V128] -> [V128]           Numeric    Simd        "changes the sign of each lane";
            0xFD_0082 I16x8Q15mulrSatS         "i16x8.q15mulr_sat_s"           None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies lanes as fractions of 15 bits, rounded and saturating";
            0xFD_0083 I16x8AllTrue             "i16x8.all_true"                None       [V128] -> [I32]            Comparison Simd        "whether no lane is zero";
            0xFD_0084 I16x8Bitmask             "i16x8.bitmask"                 None       [V128] -> [I32]            Numeric    Simd        "collects the highest bit of each lane";
            0xFD_0085 I16x8NarrowI32x4S        "i16x8.narrow_i32x4_s"          None       [V128 V128] -> [V128]      Conversion Simd        "lanes of both operands in half the width, saturated as signed";
            0xFD_0086 I16x8NarrowI32x4U        "i16x8.narrow_i32x4_u"          None       [V128 V128] -> [V128]      Conversion Simd        "lanes of both operands in half the width, saturated as unsigned";
            0xFD_0087 I16x8ExtendLowI8x16S     "i16x8.extend_low_i8x16_s"      None       [V128] -> [V128]           Conversion Simd        "widens the lower half of the lanes, sign-extended";
            0xFD_0088 I16x8ExtendHighI8x16S    "i16x8.extend_high_i8x16_s"     None       [V128] -> [V128]           Conversion Simd        "widens the upper half of the lanes, sign-extended";
            0xFD_0089 I16x8ExtendLowI8x16U     "i16x8.extend_low_i8x16_u"      None       [V128] -> [V128]           Conversion Simd        "widens the lower half of the lanes, zero-extended";
            0xFD_008A I16x8ExtendHighI8x16U    "i16x8.extend_high_i8x16_u"     None       [V128] -> [V128]           Conversion Simd        "widens the upper half of the lanes, zero-extended";
            0xFD_008B I16x8Shl                 "i16x8.shl"                     None       [V128 I32] -> [V128]       Numeric    Simd        "shifts each lane left, by the second operand modulo its width";
            0xFD_008C I16x8ShrS                "i16x8.shr_s"                   None       [V128 I32] -> [V128]       Numeric    Simd        "shifts each lane right, by the second operand modulo its width, keeping the sign";
            0xFD_008D I16x8ShrU                "i16x8.shr_u"                   None       [V128 I32] -> [V128]       Numeric    Simd        "shifts each lane right, by the second operand modulo its width, filling with zeros";
            0xFD_008E I16x8Add                 "i16x8.add"                     None       [V128 V128] -> [V128]      Numeric    Simd        "adds lane by lane, wrapping";
            0xFD_008F I16x8AddSatS             "i16x8.add_sat_s"               None       [V128 V128] -> [V128]      Numeric    Simd        "adds lane by lane, saturating, signed";
            0xFD_0090 I16x8AddSatU             "i16x8.add_sat_u"               None       [V128 V128] -> [V128]      Numeric    Simd        "adds lane by lane, saturating, unsigned";
            0xFD_0091 I16x8Sub                 "i16x8.sub"                     None       [V128 V128] -> [V128]      Numeric    Simd        "subtracts lane by lane, wrapping";
            0xFD_0092 I16x8SubSatS             "i16x8.sub_sat_s"               None       [V128 V128] -> [V128]      Numeric    Simd        "subtracts lane by lane, saturating, signed";
            0xFD_0093 I16x8SubSatU             "i16x8.sub_sat_u"               None       [V128 V128] -> [V128]      Numeric    Simd        "subtracts lane by lane, saturating, unsigned";
            0xFD_0094 F64x2Nearest             "f64x2.nearest"                 None       [V128] -> [V128]           Numeric    Simd        "rounds each lane to the nearest integer, ties to even";
            0xFD_0095 I16x8Mul                 "i16x8.mul"                     None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies lane by lane, wrapping";
            0xFD_0096 I16x8MinS                "i16x8.min_s"                   None       [V128 V128] -> [V128]      Numeric    Simd        "the lesser of each two lanes, signed";
            0xFD_0097 I16x8MinU                "i16x8.min_u"                   None       [V128 V128] -> [V128]      Numeric    Simd        "the lesser of each two lanes, unsigned";
            0xFD_0098 I16x8MaxS                "i16x8.max_s"                   None       [V128 V128] -> [V128]      Numeric    Simd        "the greater of each two lanes, signed";
            0xFD_0099 I16x8MaxU                "i16x8.max_u"                   None       [V128 V128] -> [V128]      Numeric    Simd        "the greater of each two lanes, unsigned";
            0xFD_009B I16x8AvgrU               "i16x8.avgr_u"                  None       [V128 V128] -> [V128]      Numeric    Simd        "average of each two lanes, rounded up, unsigned";
            0xFD_009C I16x8ExtmulLowI8x16S     "i16x8.extmul_low_i8x16_s"      None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies the lower half of the lanes in twice the width, signed";
            0xFD_009D I16x8ExtmulHighI8x16S    "i16x8.extmul_high_i8x16_s"     None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies the upper half of the lanes in twice the width, signed";
            0xFD_009E I16x8ExtmulLowI8x16U     "i16x8.extmul_low_i8x16_u"      None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies the lower half of the lanes in twice the width, unsigned";
            0xFD_009F I16x8ExtmulHighI8x16U    "i16x8.extmul_high_i8x16_u"     None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies the upper half of the lanes in twice the width, unsigned";
            0xFD_00A0 I32x4Abs                 "i32x4.abs"                     None       [V128] -> [V128]           Numeric    Simd        "absolute value of each lane";
            0xFD_00A1 I32x4Neg                 "i32x4.neg"                     None       [V128] -> [V128]           Numeric    Simd        "changes the sign of each lane";
            0xFD_00A3 I32x4AllTrue             "i32x4.all_true"                None       [V128] -> [I32]            Comparison Simd        "whether no lane is zero";
            0xFD_00A4 I32x4Bitmask             "i32x4.bitmask"                 None       [V128] -> [I32]            Numeric    Simd        "collects the highest bit of each lane";
            0xFD_00A7 I32x4ExtendLowI16x8S     "i32x4.extend_low_i16x8_s"      None       [V128] -> [V128]           Conversion Simd        "widens the lower half of the lanes, sign-extended";
            0xFD_00A8 I32x4ExtendHighI16x8S    "i32x4.extend_high_i16x8_s"     None       [V128] -> [V128]           Conversion Simd        "widens the upper half of the lanes, sign-extended";
            0xFD_00A9 I32x4ExtendLowI16x8U     "i32x4.extend_low_i16x8_u"      None       [V128] -> [V128]           Conversion Simd        "widens the lower half of the lanes, zero-extended";
            0xFD_00AA I32x4ExtendHighI16x8U    "i32x4.extend_high_i16x8_u"     None       [V128] -> [V128]           Conversion Simd        "widens the upper half of the lanes, zero-extended";
            0xFD_00AB I32x4Shl                 "i32x4.shl"                     None       [V128 I32] -> [V128]       Numeric    Simd        "shifts each lane left, by the second operand modulo its width";
            0xFD_00AC I32x4ShrS                "i32x4.shr_s"                   None       [V128 I32] -> [V128]       Numeric    Simd        "shifts each lane right, by the second operand modulo its width, keeping the sign";
            0xFD_00AD I32x4ShrU                "i32x4.shr_u"                   None       [V128 I32] -> [V128]       Numeric    Simd        "shifts each lane right, by the second operand modulo its width, filling with zeros";
            0xFD_00AE I32x4Add                 "i32x4.add"                     None       [V128 V128] -> [V128]      Numeric    Simd        "adds lane by lane, wrapping";
            0xFD_00B1 I32x4Sub                 "i32x4.sub"                     None       [V128 V128] -> [V128]      Numeric    Simd        "subtracts lane by lane, wrapping";
            0xFD_00B5 I32x4Mul                 "i32x4.mul"                     None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies lane by lane, wrapping";
            0xFD_00B6 I32x4MinS                "i32x4.min_s"                   None       [V128 V128] -> [V128]      Numeric    Simd        "the lesser of each two lanes, signed";
            0xFD_00B7 I32x4MinU                "i32x4.min_u"                   None       [V128 V128] -> [V128]      Numeric    Simd        "the lesser of each two lanes, unsigned";
            0xFD_00B8 I32x4MaxS                "i32x4.max_s"                   None       [V128 V128] -> [V128]      Numeric    Simd        "the greater of each two lanes, signed";
            0xFD_00B9 I32x4MaxU                "i32x4.max_u"                   None       [V128 V128] -> [V128]      Numeric    Simd        "the greater of each two lanes, unsigned";
            0xFD_00BA I32x4DotI16x8S           "i32x4.dot_i16x8_s"             None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies lane by lane and adds each two neighbours in twice the width";
            0xFD_00BC I32x4ExtmulLowI16x8S     "i32x4.extmul_low_i16x8_s"      None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies the lower half of the lanes in twice the width, signed";
            0xFD_00BD I32x4ExtmulHighI16x8S    "i32x4.extmul_high_i16x8_s"     None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies the upper half of the lanes in twice the width, signed";
            0xFD_00BE I32x4ExtmulLowI16x8U     "i32x4.extmul_low_i16x8_u"      None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies the lower half of the lanes in twice the width, unsigned";
            0xFD_00BF I32x4ExtmulHighI16x8U    "i32x4.extmul_high_i16x8_u"     None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies the upper half of the lanes in twice the width, unsigned";
            0xFD_00C0 I64x2Abs                 "i64x2.abs"                     None       [V128] -> [V128]           Numeric    Simd        "absolute value of each lane";
            0xFD_00C1 I64x2Neg                 "i64x2.neg"                     None       [V128] -> [V128]           Numeric    Simd        "changes the sign of each lane";
            0xFD_00C3 I64x2AllTrue             "i64x2.all_true"                None       [V128] -> [I32]            Comparison Simd        "whether no lane is zero";
            0xFD_00C4 I64x2Bitmask             "i64x2.bitmask"                 None       [V128] -> [I32]            Numeric    Simd        "collects the highest bit of each lane";
            0xFD_00C7 I64x2ExtendLowI32x4S     "i64x2.extend_low_i32x4_s"      None       [V128] -> [V128]           Conversion Simd        "widens the lower half of the lanes, sign-extended";
            0xFD_00C8 I64x2ExtendHighI32x4S    "i64x2.extend_high_i32x4_s"     None       [V128] -> [V128]           Conversion Simd        "widens the upper half of the lanes, sign-extended";
            0xFD_00C9 I64x2ExtendLowI32x4U     "i64x2.extend_low_i32x4_u"      None       [V128] -> [V128]           Conversion Simd        "widens the lower half of the lanes, zero-extended";
            0xFD_00CA I64x2ExtendHighI32x4U    "i64x2.extend_high_i32x4_u"     None       [V128] -> [V128]           Conversion Simd        "widens the upper half of the lanes, zero-extended";
            0xFD_00CB I64x2Shl                 "i64x2.shl"                     None       [V128 I32] -> [V128]       Numeric    Simd        "shifts each lane left, by the second operand modulo its width";
            0xFD_00CC I64x2ShrS                "i64x2.shr_s"                   None       [V128 I32] -> [V128]       Numeric    Simd        "shifts each lane right, by the second operand modulo its width, keeping the sign";
            0xFD_00CD I64x2ShrU                "i64x2.shr_u"                   None       [V128 I32] -> [V128]       Numeric    Simd        "shifts each lane right, by the second operand modulo its width, filling with zeros";
            0xFD_00CE I64x2Add                 "i64x2.add"                     None       [V128 V128] -> [V128]      Numeric    Simd        "adds lane by lane, wrapping";
            0xFD_00D1 I64x2Sub                 "i64x2.sub"                     None       [V128 V128] -> [V128]      Numeric    Simd        "subtracts lane by lane, wrapping";
            0xFD_00D5 I64x2Mul                 "i64x2.mul"                     None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies lane by lane, wrapping";
            0xFD_00D6 I64x2Eq                  "i64x2.eq"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where both are equal, else zero";
            0xFD_00D7 I64x2Ne                  "i64x2.ne"                      None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where both are different, else zero";
            0xFD_00D8 I64x2LtS                 "i64x2.lt_s"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is less, signed, else zero";
            0xFD_00D9 I64x2GtS                 "i64x2.gt_s"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is greater, signed, else zero";
            0xFD_00DA I64x2LeS                 "i64x2.le_s"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at most the second, signed, else zero";
            0xFD_00DB I64x2GeS                 "i64x2.ge_s"                    None       [V128 V128] -> [V128]      Comparison Simd        "every bit of a lane becomes one where the first is at least the second, signed, else zero";
            0xFD_00DC I64x2ExtmulLowI32x4S     "i64x2.extmul_low_i32x4_s"      None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies the lower half of the lanes in twice the width, signed";
            0xFD_00DD I64x2ExtmulHighI32x4S    "i64x2.extmul_high_i32x4_s"     None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies the upper half of the lanes in twice the width, signed";
            0xFD_00DE I64x2ExtmulLowI32x4U     "i64x2.extmul_low_i32x4_u"      None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies the lower half of the lanes in twice the width, unsigned";
            0xFD_00DF I64x2ExtmulHighI32x4U    "i64x2.extmul_high_i32x4_u"     None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies the upper half of the lanes in twice the width, unsigned";
            0xFD_00E0 F32x4Abs                 "f32x4.abs"                     None       [V128] -> [V128]           Numeric    Simd        "absolute value of each lane";
            0xFD_00E1 F32x4Neg                 "f32x4.neg"                     None       [V128] -> [V128]           Numeric    Simd        "changes the sign of each lane";
            0xFD_00E3 F32x4Sqrt                "f32x4.sqrt"                    None       [V128] -> [V128]           Numeric    Simd        "square root of each lane";
            0xFD_00E4 F32x4Add                 "f32x4.add"                     None       [V128 V128] -> [V128]      Numeric    Simd        "adds lane by lane";
            0xFD_00E5 F32x4Sub                 "f32x4.sub"                     None       [V128 V128] -> [V128]      Numeric    Simd        "subtracts lane by lane";
            0xFD_00E6 F32x4Mul                 "f32x4.mul"                     None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies lane by lane";
            0xFD_00E7 F32x4Div                 "f32x4.div"                     None       [V128 V128] -> [V128]      Numeric    Simd        "divides lane by lane";
            0xFD_00E8 F32x4Min                 "f32x4.min"                     None       [V128 V128] -> [V128]      Numeric    Simd        "the lesser of each two lanes; NaN if either is NaN";
            0xFD_00E9 F32x4Max                 "f32x4.max"                     None       [V128 V128] -> [V128]      Numeric    Simd        "the greater of each two lanes; NaN if either is NaN";
            0xFD_00EA F32x4Pmin                "f32x4.pmin"                    None       [V128 V128] -> [V128]      Numeric    Simd        "the second where it is less than the first, else the first";
            0xFD_00EB F32x4Pmax                "f32x4.pmax"                    None       [V128 V128] -> [V128]      Numeric    Simd        "the second where it is greater than the first, else the first";
            0xFD_00EC F64x2Abs                 "f64x2.abs"                     None       [V128] -> [V128]           Numeric    Simd        "absolute value of each lane";
            0xFD_00ED F64x2Neg                 "f64x2.neg"                     None       [V128] -> [V128]           Numeric    Simd        "changes the sign of each lane";
            0xFD_00EF F64x2Sqrt                "f64x2.sqrt"                    None       [V128] -> [V128]           Numeric    Simd        "square root of each lane";
            0xFD_00F0 F64x2Add                 "f64x2.add"                     None       [V128 V128] -> [V128]      Numeric    Simd        "adds lane by lane";
            0xFD_00F1 F64x2Sub                 "f64x2.sub"                     None       [V128 V128] -> [V128]      Numeric    Simd        "subtracts lane by lane";
            0xFD_00F2 F64x2Mul                 "f64x2.mul"                     None       [V128 V128] -> [V128]      Numeric    Simd        "multiplies lane by lane";
            0xFD_00F3 F64x2Div                 "f64x2.div"                     None       [V128 V128] -> [V128]      Numeric    Simd        "divides lane by lane";
            0xFD_00F4 F64x2Min                 "f64x2.min"                     None       [V128 V128] -> [V128]      Numeric    Simd        "the lesser of each two lanes; NaN if either is NaN";
            0xFD_00F5 F64x2Max                 "f64x2.max"                     None       [V128 V128] -> [V128]      Numeric    Simd        "the greater of each two lanes; NaN if either is NaN";
            0xFD_00F6 F64x2Pmin                "f64x2.pmin"                    None       [V128 V128] -> [V128]      Numeric    Simd        "the second where it is less than the first, else the first";
            0xFD_00F7 F64x2Pmax                "f64x2.pmax"                    None       [V128 V128] -> [V128]      Numeric    Simd        "the second where it is greater than the first, else the first";
            0xFD_00F8 I32x4TruncSatF32x4S      "i32x4.trunc_sat_f32x4_s"       None       [V128] -> [V128]           Conversion Simd        "truncates each lane to an integer, saturating, signed";
            0xFD_00F9 I32x4TruncSatF32x4U      "i32x4.trunc_sat_f32x4_u"       None       [V128] -> [V128]           Conversion Simd        "truncates each lane to an integer, saturating, unsigned";
            0xFD_00FA F32x4ConvertI32x4S       "f32x4.convert_i32x4_s"         None       [V128] -> [V128]           Conversion Simd        "converts integers to floats, rounded to nearest, signed";
            0xFD_00FB F32x4ConvertI32x4U       "f32x4.convert_i32x4_u"         None       [V128] -> [V128]           Conversion Simd        "converts integers to floats, rounded to nearest, unsigned";
            0xFD_00FC I32x4TruncSatF64x2SZero  "i32x4.trunc_sat_f64x2_s_zero"  None       [V128] -> [V128]           Conversion Simd        "truncates each lane to an integer, saturating, signed";
            0xFD_00FD I32x4TruncSatF64x2UZero  "i32x4.trunc_sat_f64x2_u_zero"  None       [V128] -> [V128]           Conversion Simd        "truncates each lane to an integer, saturating, unsigned";
            0xFD_00FE F64x2ConvertLowI32x4S    "f64x2.convert_low_i32x4_s"     None       [V128] -> [V128]           Conversion Simd        "converts integers to floats, rounded to nearest, signed";
            0xFD_00FF F64x2ConvertLowI32x4U    "f64x2.convert_low_i32x4_u"     None       [V128] -> [V128]           Conversion Simd        "converts integers to floats, rounded to nearest, unsigned";
            0xFD_0100 I8x16RelaxedSwizzle      "i8x16.relaxed_swizzle"         None       [V128 V128] -> [V128]      Numeric    RelaxedSimd "picks bytes of the first by the numbers in the second; zero where there is none";
            0xFD_0101 I32x4RelaxedTruncF32x4S  "i32x4.relaxed_trunc_f32x4_s"   None       [V128] -> [V128]           Conversion RelaxedSimd "truncates each lane to an integer, saturating, signed";
            0xFD_0102 I32x4RelaxedTruncF32x4U  "i32x4.relaxed_trunc_f32x4_u"   None       [V128] -> [V128]           Conversion RelaxedSimd "truncates each lane to an integer, saturating, unsigned";
            0xFD_0103 I32x4RelaxedTruncF64x2SZero "i32x4.relaxed_trunc_f64x2_s_zero" None       [V128] -> [V128]           Conversion RelaxedSimd "truncates each lane to an integer, saturating, signed";
            0xFD_0104 I32x4RelaxedTruncF64x2UZero "i32x4.relaxed_trunc_f64x2_u_zero" None       [V128] -> [V128]           Conversion RelaxedSimd "truncates each lane to an integer, saturating, unsigned";
            0xFD_0105 F32x4RelaxedMadd         "f32x4.relaxed_madd"            None       [V128 V128 V128] -> [V128] Numeric    RelaxedSimd "multiplies the first two and adds the third, rounded once";
            0xFD_0106 F32x4RelaxedNmadd        "f32x4.relaxed_nmadd"           None       [V128 V128 V128] -> [V128] Numeric    RelaxedSimd "subtracts the product of the first two from the third, rounded once";
            0xFD_0107 F64x2RelaxedMadd         "f64x2.relaxed_madd"            None       [V128 V128 V128] -> [V128] Numeric    RelaxedSimd "multiplies the first two and adds the third, rounded once";
            0xFD_0108 F64x2RelaxedNmadd        "f64x2.relaxed_nmadd"           None       [V128 V128 V128] -> [V128] Numeric    RelaxedSimd "subtracts the product of the first two from the third, rounded once";
            0xFD_0109 I8x16RelaxedLaneselect   "i8x16.relaxed_laneselect"      None       [V128 V128 V128] -> [V128] Numeric    RelaxedSimd "bits of the first where the third has ones, else of the second";
            0xFD_010A I16x8RelaxedLaneselect   "i16x8.relaxed_laneselect"      None       [V128 V128 V128] -> [V128] Numeric    RelaxedSimd "bits of the first where the third has ones, else of the second";
            0xFD_010B I32x4RelaxedLaneselect   "i32x4.relaxed_laneselect"      None       [V128 V128 V128] -> [V128] Numeric    RelaxedSimd "bits of the first where the third has ones, else of the second";
            0xFD_010C I64x2RelaxedLaneselect   "i64x2.relaxed_laneselect"      None       [V128 V128 V128] -> [V128] Numeric    RelaxedSimd "bits of the first where the third has ones, else of the second";
            0xFD_010D F32x4RelaxedMin          "f32x4.relaxed_min"             None       [V128 V128] -> [V128]      Numeric    RelaxedSimd "the lesser of each two lanes; NaN if either is NaN";
            0xFD_010E F32x4RelaxedMax          "f32x4.relaxed_max"             None       [V128 V128] -> [V128]      Numeric    RelaxedSimd "the greater of each two lanes; NaN if either is NaN";
            0xFD_010F F64x2RelaxedMin          "f64x2.relaxed_min"             None       [V128 V128] -> [V128]      Numeric    RelaxedSimd "the lesser of each two lanes; NaN if either is NaN";
            0xFD_0110 F64x2RelaxedMax          "f64x2.relaxed_max"             None       [V128 V128] -> [V128]      Numeric    RelaxedSimd "the greater of each two lanes; NaN if either is NaN";
            0xFD_0111 I16x8RelaxedQ15mulrS     "i16x8.relaxed_q15mulr_s"       None       [V128 V128] -> [V128]      Numeric    RelaxedSimd "multiplies lanes as fractions of 15 bits, rounded and saturating";
            0xFD_0112 I16x8RelaxedDotI8x16I7x16S "i16x8.relaxed_dot_i8x16_i7x16_s" None       [V128 V128] -> [V128]      Numeric    RelaxedSimd "multiplies lane by lane and adds each two neighbours in twice the width";
            0xFD_0113 I32x4RelaxedDotI8x16I7x16AddS "i32x4.relaxed_dot_i8x16_i7x16_add_s" None       [V128 V128 V128] -> [V128] Numeric    RelaxedSimd "multiplies lane by lane, adds each four neighbours, and adds the third";
        }
    };
}

/// Hands the rows given to the macro `$visit`.
#[cfg(not(feature = "simd"))]
macro_rules! with_vector_operators {
    ($visit:ident { $($rows:tt)* }) => {
        $visit! { $($rows)* }
    };
}
pub(crate) use with_vector_operators;

/// Defines a pattern of all these operators.
#[cfg(feature = "simd")]
macro_rules! define_pattern {
    ($(
        $code:literal $name:ident $mnemonic:literal $immediates:ident
        [$($pop:ident)*] -> [$($push:ident)*] $class:ident $proposal:ident $explained:literal;
    )*) => {
        /// Any operator on vectors.
        macro_rules! vector_operators {
            () => { $(crate::operators::Operator::$name)|* };
        }
    };
}
#[cfg(feature = "simd")]
with_vector_operators!(define_pattern {});
#[cfg(feature = "simd")]
pub(crate) use vector_operators;
