/* Host functions for fayasm, from a dynamic library.
 *
 * A library defines one symbol, a table of its functions:
 *
 *     static const char *add(const fayasm_caller *caller,
 *                            const uint64_t *arguments, uint64_t *results) {
 *         results[0] = (uint32_t)(arguments[0] + arguments[1]);
 *         return NULL;
 *     }
 *     static const fayasm_host_function functions[] = {
 *         {"env", "add", "i32 i32 -> i32", add},
 *     };
 *     FAYASM_EXPORT const fayasm_host_table fayasm_host = {FAYASM_HOST_VERSION, 1, functions};
 *
 * and is used with `fayasm run module.wasm export --host-lib ./libadd.so`.
 *
 * The table and everything it points to stays as it is while the library is loaded.
 */
#ifndef FAYASM_HOST_H
#define FAYASM_HOST_H

#include <stdint.h>

#define FAYASM_HOST_VERSION 1

#if defined(_WIN32)
#define FAYASM_EXPORT __declspec(dllexport)
#else
#define FAYASM_EXPORT __attribute__((visibility("default")))
#endif

/* Who calls: its memory, as long as the call lasts. */
typedef struct {
    uint8_t *memory;      /* the memory exported as "memory"; NULL if there is none */
    uint64_t memory_size; /* in bytes; 0 if there is none */
} fayasm_caller;

/* Called with as many arguments as the signature says, and room for as many results, which
 * are zero at first. An i32 is in the lower half of its 64 bits, floats are their IEEE 754 bits.
 *
 * Returns NULL, or the message of a trap: UTF-8, ending in NUL, left as it is until the
 * library's next call. Does not unwind, nor jump out. */
typedef const char *(*fayasm_host_call)(const fayasm_caller *caller, const uint64_t *arguments,
                                        uint64_t *results);

typedef struct {
    const char *module;    /* the two halves of the import's name, UTF-8 */
    const char *name;
    const char *signature; /* "i32 f64 -> i64", "->": types are i32, i64, f32, f64 */
    fayasm_host_call call;
} fayasm_host_function;

typedef struct {
    uint32_t version; /* FAYASM_HOST_VERSION */
    uint32_t count;
    const fayasm_host_function *functions;
} fayasm_host_table;

#endif
