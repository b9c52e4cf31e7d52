//! Boards: their RAM, and where it is said that they have so much.

use super::shown::DeviceSetting;
use crate::protocol;
use crate::view::format;

/// A board.
pub(super) struct Board {
    pub(super) name: &'static str,
    /// Bytes that remain for the engine, its heap and its stack.
    pub(super) remains: u32,
    /// Of how much, and what takes the rest.
    pub(super) about: &'static str,
    /// Where that is said.
    pub(super) source: &'static str,
    /// Millions of cycles per second.
    clock: u32,
}

/// Cycles that an instruction of WebAssembly is assumed to take.
const CYCLES: u32 = 30;

/// Microseconds that storing and loading a page are assumed to take.
const STORE: u32 = 10_000;
const LOAD: u32 = 1_000;

/// How often a slot is assumed to take being written.
const WRITES: u32 = 100_000;

/// In the order of [`protocol::BOARDS`].
pub(super) const BOARDS: [Board; protocol::BOARDS.len()] = [
    Board {
        name: "This computer",
        remains: 0,
        about: "No small device: memories lie in one piece, and nothing limits them but the browser.",
        source: "",
        clock: 0,
    },
    Board {
        name: "Custom",
        remains: 65_536,
        about: "As much RAM as you say.",
        source: "",
        clock: 100,
    },
    Board {
        name: "ESP32",
        remains: 293_888,
        about: "520 KB of SRAM. Data may lie in 176 KiB and 111 KiB of it, as esp-hal's linker script \
                says: code and caches have the rest. Not measured; a radio takes more.",
        source: "https://github.com/esp-rs/esp-hal/blob/main/esp-hal/ld/esp32/memory.x",
        clock: 240,
    },
    Board {
        name: "ESP32-S2",
        remains: 310_272,
        about: "320 KB of SRAM. Vectors and caches of 16 KiB taken off, data may lie in 167 KiB and, \
                once it has started, 136 KiB of it, as esp-hal's linker script says. Not measured; \
                code in RAM and a radio take more.",
        source: "https://github.com/esp-rs/esp-hal/blob/main/esp-hal/ld/esp32s2/memory.x",
        clock: 240,
    },
    Board {
        name: "ESP32-S2, 2 MB PSRAM",
        remains: 2_097_152,
        about: "2 MB of PSRAM beside the 320 KB of SRAM (ESP32-S2R2), all of them taken as heap. It is \
                slower than SRAM, which no estimate here regards. Not measured.",
        source: "https://www.espressif.com/sites/default/files/documentation/esp32-s2_datasheet_en.pdf",
        clock: 240,
    },
    Board {
        name: "ESP32-S3",
        remains: 415_504,
        about: "512 KB of SRAM. Data may lie in 341 760 bytes and, once it has started, 73 744 more, \
                as esp-hal's linker script says. Not measured; code in RAM and a radio take more.",
        source: "https://github.com/esp-rs/esp-hal/blob/main/esp-hal/ld/esp32s3/memory.x",
        clock: 240,
    },
    Board {
        name: "ESP32-S3, 8 MB PSRAM",
        remains: 8_388_608,
        about: "8 MB of PSRAM beside the 512 KB of SRAM (ESP32-S3R8), all of them taken as heap. It is \
                slower than SRAM, which no estimate here regards. Not measured.",
        source: "https://www.espressif.com/sites/default/files/documentation/esp32-s3_datasheet_en.pdf",
        clock: 240,
    },
    Board {
        name: "ESP32-C3",
        remains: 313 << 10,
        about: "400 KB of SRAM, of which about 313 KB remain for heap and stack without radio: \
                measured from the image of this engine's firmware.",
        source: "https://www.espressif.com/sites/default/files/documentation/esp32-c3_datasheet_en.pdf",
        clock: 160,
    },
    Board {
        name: "ESP32-C6",
        remains: 517_648,
        about: "512 KB of SRAM, of which 517 648 bytes may hold data once it has started, as esp-hal's \
                linker script says. Not measured; code in RAM and a radio take more.",
        source: "https://github.com/esp-rs/esp-hal/blob/main/esp-hal/ld/esp32c6/memory.x",
        clock: 160,
    },
    Board {
        name: "RP2040",
        remains: 262_144,
        about: "264 KB of SRAM: 256 KiB for data and heap, twice 4 KiB for stacks, as the Pico SDK's \
                linker script says. Not measured.",
        source: "https://datasheets.raspberrypi.com/rp2040/rp2040-datasheet.pdf",
        clock: 133,
    },
    Board {
        name: "RP2350",
        remains: 524_288,
        about: "520 KB of SRAM: 512 KiB for data and heap, twice 4 KiB for stacks, as the Pico SDK's \
                linker script says. Not measured.",
        source: "https://datasheets.raspberrypi.com/rp2350/rp2350-datasheet.pdf",
        clock: 150,
    },
];

/// The board that is set.
pub(super) fn board(setting: &DeviceSetting) -> &'static Board {
    BOARDS.get(setting.board as usize).unwrap_or(&BOARDS[0])
}

/// A setting in which all is said that it left to the board.
pub(super) fn complete(setting: DeviceSetting) -> DeviceSetting {
    let board = board(&setting);
    let or = |value: u32, otherwise| if value == 0 { otherwise } else { value };
    DeviceSetting {
        board: if board.remains == 0 { 0 } else { setting.board },
        budget: or(setting.budget, board.remains),
        policy: setting.policy,
        rate: or(setting.rate, board.clock * 1000 / CYCLES),
        store: or(setting.store, STORE),
        load: or(setting.load, LOAD),
        cycles: or(setting.cycles, WRITES),
    }
}

/// A setting as short text, in which what the board says is left to it.
pub(super) fn kept(setting: &DeviceSetting) -> String {
    let DeviceSetting { board, policy, .. } = *setting;
    let usual = complete(DeviceSetting { board, policy, ..DeviceSetting::default() });
    let or_none = |value: u32, usual: u32| if value == usual { 0 } else { value };
    let short = DeviceSetting {
        board,
        budget: or_none(setting.budget, usual.budget),
        policy,
        rate: or_none(setting.rate, usual.rate),
        store: or_none(setting.store, usual.store),
        load: or_none(setting.load, usual.load),
        cycles: or_none(setting.cycles, usual.cycles),
    };
    match board {
        0 => String::new(),
        _ => short.kept().trim_end_matches(" 0").to_owned(),
    }
}

/// `ESP32-C3, 313 KB`; what is no small device, by its name alone.
pub(in crate::session) fn named(setting: &DeviceSetting) -> String {
    match board(setting) {
        board if board.remains == 0 => board.name.to_ascii_lowercase(),
        board => format!("{}, {}", board.name, format::size(setting.budget.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_board_says_is_not_kept_with_it() {
        let board = |board| complete(DeviceSetting { board, ..DeviceSetting::default() });
        let cases = [
            (board(0), ""),
            (board(7), "esp32-c3"),
            (board(10), "rp2350"),
            (DeviceSetting { policy: 2, ..board(7) }, "esp32-c3 0 fifo"),
            (DeviceSetting { budget: 98_304, load: 30, ..board(1) }, "custom 98304 0 0 0 30"),
        ];
        for (setting, text) in cases {
            assert_eq!(kept(&setting), text);
            assert_eq!(complete(DeviceSetting::recalled(text)), setting);
        }
    }
}
