//! The firmware for the ESP32-C3: does what a file on its SD card says, or the partition `fayasm` of
//! its flash.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod image {
    use core::panic::PanicInfo;

    use fayasm_esp32::c3::C3;
    use fayasm_esp32::card::{Card, FILE};
    use fayasm_esp32::run;

    // What the bootloader looks for.
    esp_bootloader_esp_idf::esp_app_desc!();

    #[esp_hal::main]
    fn main() -> ! {
        let (mut board, socket, mut flash) = C3::start();
        match socket.card().map(Card::open) {
            Some(Ok(mut card)) => run::all(&mut board, &mut card),
            Some(Err(error)) => {
                esp_println::println!("no {FILE} on the SD card: {error}");
                run::all(&mut board, &mut flash)
            }
            None => run::all(&mut board, &mut flash),
        };
        loop {
            core::hint::spin_loop();
        }
    }

    #[panic_handler]
    fn panic(info: &PanicInfo<'_>) -> ! {
        esp_println::println!("{info}");
        loop {
            core::hint::spin_loop();
        }
    }
}

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("this is firmware for a board: cargo xtask firmware");
}
