// clang --target=wasm32 -O1 -g -nostdlib -Wl,--no-entry -Wl,--export=checked -ffile-prefix-map=$PWD=source -o lines.wasm lines.c

static inline __attribute__((always_inline)) int share(int parts) {
  return 1000 / parts;
}

static __attribute__((noinline)) int twice(int parts) {
  int whole = share(parts);
  return share(whole);
}

int checked(int parts) {
  return twice(parts) + 1;
}
