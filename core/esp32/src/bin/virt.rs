//! The image for QEMU's `virt` board: does what its storage says, or a file on it if it is as
//! an SD card.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod image {
    use core::fmt::Write as _;
    use core::panic::PanicInfo;

    use fayasm_esp32::card::{Card, Sectors};
    use fayasm_esp32::run;
    use fayasm_esp32::virt::{Console, Disk, Virt, exit};

    #[allow(unsafe_code, reason = "the name that start-up calls")]
    #[unsafe(no_mangle)]
    fn image_main() -> bool {
        let mut board = Virt::new();
        match Card::open(Sectors::new(Disk::open())) {
            Ok(mut card) => run::all(&mut board, &mut card),
            Err(_) => run::all(&mut board, &mut Disk::open()),
        }
    }

    #[panic_handler]
    fn panic(info: &PanicInfo<'_>) -> ! {
        let _ = writeln!(Console, "{info}");
        exit(false)
    }
}

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("this is an image for a board: cargo xtask test device");
}
