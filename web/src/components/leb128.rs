//! A LEB128 number, bit by bit.

use yew::prelude::*;

use super::class::{class, when};
use crate::protocol::Leb128View;
use crate::view::format;

/// Draws a LEB128 number: each byte's continuation bit and payload, the payloads
/// put together, and what they make.
pub fn leb128(view: &Leb128View, raw: &[u8]) -> Html {
    let count = view.bytes.len();
    let sign = if view.signed { "signed" } else { "unsigned" };
    let rows = view.bytes.iter().enumerate().map(|(index, (more, payload))| {
        let byte = raw.get(index).map_or("", |byte| format::pair(*byte));
        let (bit, meaning) = if *more { ("1", "more bytes follow") } else { ("0", "the last byte") };
        html! {
            <tr>
                <th scope="row">{ byte }</th>
                <td><span class={class(&["bit flag", when(*more, "more")])}>{ bit }</span></td>
                <td>{ for payload.chars().map(|bit| html! { <span class="bit">{ bit }</span> }) }</td>
                <td class="mute words">{ meaning }</td>
            </tr>
        }
    });
    html! {
        <figure class="leb128">
            <figcaption>
                { format!("{sign} LEB128, up to {} bits, {}", view.bits, format::counted(count as u32, "byte")) }
            </figcaption>
            <table>
                <tbody>
                    { for rows }
                </tbody>
            </table>
            <p class="joined">
                if count > 1 {
                    <span class="mute">{ "last byte first: " }</span>
                }
                <span class="bits">{ grouped(&view.joined) }</span>
                { " = " }
                <strong>{ &view.value }</strong>
            </p>
        </figure>
    }
}

/// Bits in groups of seven from the right, so that a reader finds the bytes again.
fn grouped(bits: &str) -> String {
    let mut text = String::with_capacity(bits.len() + bits.len() / 7);
    for (index, bit) in bits.chars().enumerate() {
        if index > 0 && (bits.len() - index).is_multiple_of(7) {
            text.push(' ');
        }
        text.push(bit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_grouped_by_the_byte_they_came_from() {
        assert_eq!(grouped("00000010000000"), "0000001 0000000");
        assert_eq!(grouped("1"), "1");
    }
}
