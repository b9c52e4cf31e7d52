//! How numbers are written on the page.

/// A byte offset: `0x1a0c`.
pub fn offset(offset: u32) -> String {
    format!("0x{offset:04x}")
}

/// The address at the head of a hex row, at a width that suits the whole.
pub fn address(address: f64, size: f64) -> String {
    let address = address as u64;
    if size > f64::from(0x00ff_ffff) { format!("{address:08x}") } else { format!("{address:06x}") }
}

/// Bytes as pairs of hex digits: `41 20`.
pub fn bytes(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3);
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        text.push_str(pair(*byte));
    }
    text
}

/// The two hex digits of a byte.
pub fn pair(byte: u8) -> &'static str {
    const PAIRS: &str = "\
        000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\
        202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\
        404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f\
        606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f\
        808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f\
        a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf\
        c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf\
        e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
    let at = usize::from(byte) * 2;
    &PAIRS[at..at + 2]
}

/// The character shown for a byte in the text column.
pub fn glyph(byte: u8) -> char {
    if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '·' }
}

/// A size in bytes, in the unit that keeps it short: `24.6 KB`.
pub fn size(bytes: f64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    let bytes = bytes as u64;
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut scale = 1024;
    let mut unit = 0;
    while tenths(bytes, scale) >= 10_240 && unit + 1 < UNITS.len() {
        scale *= 1024;
        unit += 1;
    }
    format!("{} {}", with_tenth(tenths(bytes, scale)), UNITS[unit])
}

/// So many tenths of a scale, rounded. Whole numbers do here, and keep the
/// machinery for printing floats out of the page.
fn tenths(value: u64, scale: u64) -> u64 {
    (value * 10 + scale / 2) / scale
}

fn with_tenth(tenths: u64) -> String {
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        tenth => format!("{}.{tenth}", tenths / 10),
    }
}

/// A count, its digits in groups of three set apart by thin spaces: `18 204`.
pub fn count(count: f64) -> String {
    let digits = (count as u64).to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A count and its noun: `1 function`, `31 functions`.
pub fn counted(number: impl Into<f64>, noun: &str) -> String {
    let number = number.into();
    let plural = match noun {
        "memory" => "memories".to_owned(),
        "entry" => "entries".to_owned(),
        _ => format!("{noun}s"),
    };
    let noun = if number == 1.0 { noun } else { &plural };
    format!("{} {noun}", count(number))
}

/// A rate of instructions per second: `41.2 M/s`.
pub fn rate(per_second: f64) -> String {
    let rate = per_second as u64;
    match rate {
        1_000_000_000.. => format!("{} G/s", with_tenth(tenths(rate, 1_000_000_000))),
        1_000_000.. => format!("{} M/s", with_tenth(tenths(rate, 1_000_000))),
        10_000.. => format!("{} k/s", rate / 1000),
        _ => format!("{rate}/s"),
    }
}

/// A whole number as [`count`] writes it, or with other signs between its digits that people
/// use there.
pub fn parse_count(text: &str) -> Option<u64> {
    let is_between = |it: char| it.is_whitespace() || matches!(it, ',' | '_' | '\'');
    text.chars().filter(|it| !is_between(*it)).collect::<String>().parse().ok()
}

/// What of a path names the file, with all that follows: `main.c:17`.
pub fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_read_as_it_is_written_and_nothing_else_is() {
        assert_eq!(parse_count(&count(1_234_567.0)), Some(1_234_567));
        assert_eq!(parse_count(" 1,000_000 "), Some(1_000_000));
        for wrong in ["", "-5", "1e3", "12.5", "abc", "99999999999999999999"] {
            assert_eq!(parse_count(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_byte_has_its_own_pair_of_digits() {
        for byte in 0..=255_u8 {
            assert_eq!(pair(byte), format!("{byte:02x}"));
        }
        assert_eq!(bytes(&[0x41, 0x20]), "41 20");
        assert_eq!(bytes(&[]), "");
    }

    #[test]
    fn sizes_take_the_unit_that_keeps_them_short() {
        for (bytes, text) in [
            (0.0, "0 B"),
            (1023.0, "1023 B"),
            (1024.0, "1 KB"),
            (25_190.0, "24.6 KB"),
            (1_048_575.0, "1 MB"),
            (20.0 * 1_048_576.0, "20 MB"),
            (4.0 * 1_073_741_824.0, "4 GB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn counts_are_grouped_in_threes() {
        assert_eq!(count(7.0), "7");
        assert_eq!(count(18_204.0), "18\u{202f}204");
        assert_eq!(count(1_000_000.0), "1\u{202f}000\u{202f}000");
        assert_eq!(counted(1.0, "step"), "1 step");
        assert_eq!(counted(1e10, "step"), "10\u{202f}000\u{202f}000\u{202f}000 steps");
        assert_eq!(counted(1, "memory"), "1 memory");
        assert_eq!(counted(2, "memory"), "2 memories");
    }

    #[test]
    fn only_printable_bytes_are_shown_as_text() {
        assert_eq!(glyph(b'a'), 'a');
        assert_eq!(glyph(0), '·');
        assert_eq!(glyph(0xff), '·');
    }

    #[test]
    fn addresses_widen_with_what_they_point_into() {
        assert_eq!(address(6656.0, 25_000.0), "001a00");
        assert_eq!(address(6656.0, 4_294_967_296.0), "00001a00");
        assert_eq!(offset(0x1a0c), "0x1a0c");
    }

    #[test]
    fn rates_keep_three_digits_or_so() {
        assert_eq!(rate(16.0), "16/s");
        assert_eq!(rate(41_234_567.0), "41.2 M/s");
    }
}
