//! Numbers of bytes, as people write them.

/// Units, by how many bits they are more than a byte.
const UNITS: [(&str, u32); 3] = [("KiB", 10), ("MiB", 20), ("GiB", 30)];

/// Reads `65536` or `64KiB`.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let unit = UNITS.iter().find_map(|(unit, bits)| Some((text.strip_suffix(unit)?, *bits)));
    let (number, bits) = unit.unwrap_or((text, 0));
    let number: u64 = number
        .trim_end()
        .parse()
        .map_err(|_| "it is no number of bytes: 65536, 64KiB, 1MiB and 1GiB are some".to_owned())?;
    number.checked_mul(1 << bits).ok_or_else(|| "it does not fit 64 bits".to_owned())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn units_are_powers_of_1024() {
        let all = ["65536", "64KiB", "1 MiB", "2GiB"].map(|text| parse(text).unwrap());
        assert_eq!(all, [65536, 65536, 1 << 20, 2 << 30]);
        for text in ["", "KiB", "64kb", "-1", "1.5MiB", "99999999999GiB"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
