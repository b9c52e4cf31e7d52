//! What a terminal shows of what is written to it: lines of styled text.
//!
//! Colours and bold type are followed (ECMA-48, "SGR"), as are carriage returns,
//! backspaces and the erasing of a line; other escape sequences are left out.

use crate::protocol::{OutputView, Stream};

/// How a letter looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Colour of the letter, 0 to 15: black, red, green, yellow, blue, magenta, cyan,
    /// white, and the same once more, bright.
    pub colour: Option<u8>,
    /// Colour behind it.
    pub ground: Option<u8>,
    /// Whether it is bold.
    pub bold: bool,
}

/// Text of one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where it comes from.
    pub stream: Stream,
    /// How it looks.
    pub style: Style,
    /// The text.
    pub text: String,
}

/// What is seen of this output.
pub fn pieces(output: &[OutputView]) -> Vec<Piece> {
    let mut screen = Screen::default();
    for view in output {
        screen.write(view.stream, &view.text);
    }
    screen.end_line();
    screen.pieces
}

/// The class of a style; nothing for that of plain text.
pub fn style_class(style: Style) -> String {
    let mut classes = Vec::new();
    classes.extend(style.bold.then(|| "bold".to_owned()));
    classes.extend(style.colour.map(|colour| format!("c{colour}")));
    classes.extend(style.ground.map(|ground| format!("g{ground}")));
    classes.join(" ")
}

#[derive(Clone, Copy)]
struct Cell {
    letter: char,
    stream: Stream,
    style: Style,
}

/// The lines so far, of which the last one can still be written over.
#[derive(Default)]
struct Screen {
    pieces: Vec<Piece>,
    line: Vec<Cell>,
    column: usize,
    style: Style,
    /// What has come of an escape sequence.
    escape: String,
}

impl Screen {
    fn write(&mut self, stream: Stream, text: &str) {
        for letter in text.chars() {
            if self.escape.is_empty() && letter != '\u{1b}' {
                self.put(stream, letter);
            } else {
                self.escape.push(letter);
                self.end_escape();
            }
        }
    }

    fn put(&mut self, stream: Stream, letter: char) {
        match letter {
            '\n' => {
                self.column = self.line.len();
                self.place(stream, letter);
                self.end_line();
            }
            '\r' => self.column = 0,
            '\u{8}' => self.column = self.column.saturating_sub(1),
            '\t' => self.place(stream, letter),
            letter if letter.is_control() => {}
            letter => self.place(stream, letter),
        }
    }

    fn place(&mut self, stream: Stream, letter: char) {
        let cell = Cell { letter, stream, style: self.style };
        match self.line.get_mut(self.column) {
            Some(place) => *place = cell,
            None => self.line.push(cell),
        }
        self.column += 1;
    }

    fn end_line(&mut self) {
        for Cell { letter, stream, style } in self.line.drain(..) {
            match self.pieces.last_mut() {
                Some(last) if (last.stream, last.style) == (stream, style) => {
                    last.text.push(letter);
                }
                _ => self.pieces.push(Piece { stream, style, text: letter.to_string() }),
            }
        }
        self.column = 0;
    }

    /// Follows the escape sequence if it is complete.
    fn end_escape(&mut self) {
        let mut letters = self.escape.chars().skip(1);
        let (Some(kind), last) = (letters.next(), letters.last()) else { return };
        let is_over = match (kind, last) {
            // A control sequence ends with a letter or one of a few other signs.
            ('[', last) => last.is_some_and(|last| ('@'..='~').contains(&last)),
            // An operating system command, by which titles are set, ends with a bell
            // or with an escape sequence of its own.
            (']', last) => last == Some('\u{7}') || self.escape.ends_with("\u{1b}\\"),
            ('(' | ')', last) => last.is_some(),
            _ => true,
        };
        if is_over {
            let escape = std::mem::take(&mut self.escape);
            self.follow(&escape);
        }
    }

    fn follow(&mut self, escape: &str) {
        let Some(control) = escape.strip_prefix("\u{1b}[") else { return };
        match (control.strip_suffix('m'), control) {
            (Some(codes), _) => self.set_style(codes),
            (None, "K" | "0K") => self.line.truncate(self.column),
            (None, "2K") => self.line.clear(),
            _ => {}
        }
        // Where the line is shorter now, what comes next stands at its end.
        self.column = self.column.min(self.line.len());
    }

    fn set_style(&mut self, codes: &str) {
        let mut codes = codes.split(';').map(|code| code.parse::<u8>().unwrap_or(0));
        while let Some(code) = codes.next() {
            let style = &mut self.style;
            match code {
                0 => *style = Style::default(),
                1 => style.bold = true,
                22 => style.bold = false,
                30..=37 => style.colour = Some(code - 30),
                39 => style.colour = None,
                40..=47 => style.ground = Some(code - 40),
                49 => style.ground = None,
                90..=97 => style.colour = Some(code - 90 + 8),
                100..=107 => style.ground = Some(code - 100 + 8),
                38 | 48 => {
                    let colour = palette(&mut codes);
                    let place = if code == 38 { &mut style.colour } else { &mut style.ground };
                    *place = colour;
                }
                _ => {}
            }
        }
    }
}

/// A colour given by its number or its parts, if it is one of the sixteen.
fn palette(codes: &mut impl Iterator<Item = u8>) -> Option<u8> {
    match codes.next() {
        Some(5) => codes.next().filter(|colour| *colour < 16),
        Some(2) => {
            codes.nth(2);
            None
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Vec<(String, String)> {
        let output = [OutputView { stream: Stream::Output, text: text.to_owned() }];
        let piece = |piece: Piece| (style_class(piece.style), piece.text);
        pieces(&output).into_iter().map(piece).collect()
    }

    fn plain(text: &str) -> String {
        written(text).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn colours_and_bold_type_last_until_they_are_reset() {
        let text = "a\u{1b}[1;31mb\u{1b}[22mc\u{1b}[0md\u{1b}[97;44me\u{1b}[mf";
        let styled =
            [("", "a"), ("bold c1", "b"), ("c1", "c"), ("", "d"), ("c15 g4", "e"), ("", "f")];
        assert_eq!(written(text), styled.map(|(style, text)| (style.to_owned(), text.to_owned())));
    }

    #[test]
    fn colours_beyond_the_sixteen_are_left_out_as_a_whole() {
        for code in ["38;5;200", "38;2;1;31;4", "38"] {
            assert_eq!(written(&format!("\u{1b}[{code};1mx")).len(), 1);
            assert!(!written(&format!("\u{1b}[{code}mx"))[0].0.contains('c'), "{code}");
        }
        assert_eq!(written("\u{1b}[38;5;9;1mx")[0].0, "bold c9");
    }

    #[test]
    fn a_carriage_return_writes_over_the_line() {
        for (text, shown) in [
            ("10%\r20%\r100%\n", "100%\n"),
            ("longer\rabc\n", "abcger\n"),
            ("longer\r\u{1b}[Kabc", "abc"),
            ("longer\u{1b}[2K\rabc", "abc"),
            ("ab\u{8}c\n", "ac\n"),
            ("one\r\ntwo\r\n", "one\ntwo\n"),
        ] {
            assert_eq!(plain(text), shown, "{text:?}");
        }
    }

    #[test]
    fn other_sequences_are_left_out() {
        for text in [
            "\u{1b}[2J\u{1b}[1;1Ha",
            "\u{1b}]0;title\u{7}a",
            "\u{1b}]0;t\u{1b}\\a",
            "\u{1b}(Ba",
            "\u{1b}7a",
            "\u{1b}[?25la",
            "\u{7}a",
            "a\u{1b}",
            "a\u{1b}[3",
        ] {
            assert_eq!(plain(text), "a", "{text:?}");
        }
    }

    #[test]
    fn streams_are_told_apart_and_a_sequence_may_come_in_parts() {
        let view = |stream, text: &str| OutputView { stream, text: text.to_owned() };
        let output = [
            view(Stream::Output, "a\u{1b}[3"),
            view(Stream::Error, "2mb"),
            view(Stream::Input, "c"),
        ];
        let pieces = pieces(&output);
        let seen: Vec<_> =
            pieces.iter().map(|it| (it.stream, it.style.colour, &*it.text)).collect();
        let green = Some(2);
        assert_eq!(
            seen,
            [(Stream::Output, None, "a"), (Stream::Error, green, "b"), (Stream::Input, green, "c")]
        );
    }
}
