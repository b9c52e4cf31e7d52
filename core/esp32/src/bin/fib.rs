//! What fayasm itself takes: an image that calls one function of one module, and nothing else.
//!
//! The module is the sample `recursion.wasm`. It prints what `fib(15)` gives, the instructions that
//! the call took, and the most bytes of heap and stack that all of it took.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod image {
    use core::fmt::Write as _;
    use core::mem::ManuallyDrop;
    use core::panic::PanicInfo;

    use fayasm_core::{Config, Engine, Instance, Module, Planner, Probe, Store};
    use fayasm_esp32::Board as _;
    use fayasm_esp32::virt::{Console, Virt, exit};

    static MODULE: &[u8] = include_bytes!("../../../../fixtures/wasm/recursion.wasm");

    #[allow(unsafe_code, reason = "the name that start-up calls")]
    #[unsafe(no_mangle)]
    fn image_main() -> bool {
        let board = Virt::new();
        board.stack().paint();
        let Some((result, instructions)) = fib(&board) else { return false };
        let (heap, stack) = (board.heap().peak(), board.stack().peak());
        print("result", result.cast_unsigned());
        // Far less than 32 bits can count.
        print("instructions", instructions as u32);
        print("heap", heap as u32);
        print("stack", stack as u32);
        true
    }

    /// Without what Rust's formatting takes of flash.
    fn print(key: &str, mut value: u32) {
        let mut digits = [b'0'; 10];
        let mut first = digits.len();
        while value > 0 || first == digits.len() {
            first -= 1;
            digits[first] = b'0' + (value % 10) as u8;
            value /= 10;
        }
        let digits = core::str::from_utf8(&digits[first..]).unwrap_or_default();
        [key, " ", digits, "\n"].into_iter().for_each(|text| {
            let _ = Console.write_str(text);
        });
    }

    /// What it gives, and how many instructions the call took.
    fn fib(board: &Virt) -> Option<(i32, u64)> {
        let planner = Planner {
            probe: Probe { ram: board.heap().size() as u64, cpus: 1 },
            ..Planner::default()
        };
        // What is there to the end of the image is not taken apart.
        let engine = ManuallyDrop::new(Engine::new(Config::new().with_planner(planner)));
        let module = ManuallyDrop::new(Module::new(&engine, MODULE).ok()?);
        let mut store = ManuallyDrop::new(Store::new(&engine, ()));
        // It imports nothing.
        let instance = Instance::new(&mut *store, &module, &[]).ok()?;
        let fib = instance.get_typed_func::<i32, i32>(&*store, "fib").ok()?;
        let before = board.counter();
        let result = fib.call(&mut *store, 15).ok()?;
        Some((result, board.counter() - before))
    }

    #[panic_handler]
    fn panic(_: &PanicInfo<'_>) -> ! {
        exit(false)
    }
}

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("this is an image for a board: cargo xtask bench --device");
}
