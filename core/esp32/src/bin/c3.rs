//! The firmware for the ESP32-C3: does what the partition `fayasm` of its flash says.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod image {
    use core::panic::PanicInfo;

    use fayasm_esp32::c3::C3;
    use fayasm_esp32::run;

    // What the bootloader looks for.
    esp_bootloader_esp_idf::esp_app_desc!();

    #[esp_hal::main]
    fn main() -> ! {
        let (mut board, mut flash) = C3::start();
        run::all(&mut board, &mut flash);
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
