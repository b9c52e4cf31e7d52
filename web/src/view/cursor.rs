//! The one cursor, as it is written in the address bar.

use crate::protocol::BOARDS;

/// A place a person can share: an example, the device it runs on, a byte of it, a call and how
/// many instructions of that call have been executed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cursor {
    /// File name of the example.
    pub module: Option<String>,
    /// The device that it runs on, as text to be kept.
    pub device: Option<String>,
    /// Byte clicked on.
    pub offset: Option<u32>,
    /// Export and arguments of the call.
    pub call: Option<(String, Vec<String>)>,
    /// Instructions executed.
    pub step: Option<u64>,
    /// Parts of the address that say none of these.
    pub ignored: Vec<String>,
}

impl Cursor {
    /// Reads the part of an address after `#`; what cannot be read is ignored.
    pub fn parse(hash: &str) -> Self {
        let mut cursor = Self::default();
        for pair in hash.trim_start_matches('#').split('&') {
            let Some((key, value)) = pair.split_once('=') else {
                continue;
            };
            match key {
                "module" => cursor.module = Some(decode(value)).filter(|module| !module.is_empty()),
                "device" => match BOARDS.contains(&value.split(',').next().unwrap_or("")) {
                    true => cursor.device = Some(value.replace(',', " ")),
                    false => cursor.ignored.push(decode(pair)),
                },
                "at" => {
                    cursor.offset = parse_offset(value);
                    if cursor.offset.is_none() {
                        cursor.ignored.push(decode(pair));
                    }
                }
                "call" => {
                    let mut parts = value.split(',').map(decode);
                    cursor.call = parts
                        .next()
                        .filter(|export| !export.is_empty())
                        .map(|export| (export, parts.collect()));
                }
                "step" => {
                    cursor.step = value.parse().ok();
                    if cursor.step.is_none() {
                        cursor.ignored.push(decode(pair));
                    }
                }
                _ => {}
            }
        }
        cursor
    }

    /// Writes it, with its `#`; nothing for a cursor that says nothing.
    pub fn format(&self) -> String {
        let mut parts = Vec::new();
        if let Some(module) = &self.module {
            parts.push(format!("module={}", encode(module)));
        }
        if let Some(device) = &self.device {
            parts.push(format!("device={}", device.replace(' ', ",")));
        }
        if let Some(offset) = self.offset {
            parts.push(format!("at=0x{offset:x}"));
        }
        if let Some((export, arguments)) = &self.call {
            let mut call = vec![encode(export)];
            call.extend(arguments.iter().map(|argument| encode(argument)));
            parts.push(format!("call={}", call.join(",")));
        }
        if let Some(step) = self.step {
            parts.push(format!("step={step}"));
        }
        if parts.is_empty() { String::new() } else { format!("#{}", parts.join("&")) }
    }
}

/// An offset or address as a person writes it: `0x1a0c`, `6668`.
pub fn parse_offset(text: &str) -> Option<u32> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Text as it is written into addresses: without blanks, and in ASCII.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:$".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// What was [encoded](encode).
pub fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| after.get(..2)).flatten();
        let value = escaped
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match value {
            Some(value) => {
                bytes.push(value);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_address_bar() {
        let cursor = Cursor {
            module: Some("sha256 (new).wasm".to_owned()),
            device: Some("custom 98304 lru 12".to_owned()),
            offset: Some(0x1a0c),
            call: Some(("a,b&c=é%".to_owned(), vec!["-1".to_owned(), "0.5".to_owned()])),
            step: Some(18_204),
            ignored: Vec::new(),
        };
        assert_eq!(Cursor::parse(&cursor.format()), cursor);
    }

    #[test]
    fn it_reads_well() {
        let cursor = Cursor {
            module: Some("sha256.wasm".to_owned()),
            offset: Some(26),
            call: Some(("rotr".to_owned(), vec!["7".to_owned(), "32".to_owned()])),
            ..Cursor::default()
        };
        assert_eq!(cursor.format(), "#module=sha256.wasm&at=0x1a&call=rotr,7,32");
        assert_eq!(Cursor::default().format(), "");
    }

    #[test]
    fn nonsense_is_ignored() {
        let ignored = ["at=zz", "step=-1", "device=C3"].map(str::to_owned).into();
        assert_eq!(
            Cursor::parse("#at=zz&step=-1&device=C3&module=&call=&what&x=y"),
            Cursor { ignored, ..Cursor::default() }
        );
        assert_eq!(Cursor::parse("#module=%f").module.as_deref(), Some("%f"));
    }
}
