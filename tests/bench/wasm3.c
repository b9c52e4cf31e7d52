// Makes a call in wasm3 for each line of standard input, on a fresh instance, and answers with
// its nanoseconds and results: wasm3-peer MODULE EXPORT TIMES [VALUE ...]

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wasm3.h"

enum { MOST_VALUES = 16, STACK_BYTES = 8 << 20 };

static void check(M3Result result) {
    if (result) {
        printf("error: %s\n", result);
        exit(EXIT_FAILURE);
    }
}

static uint8_t *read_all(const char *path, uint32_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END)) check("the module cannot be read");
    *length = (uint32_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*length);
    if (!bytes || fread(bytes, 1, *length, file) != *length) check("the module cannot be read");
    fclose(file);
    return bytes;
}

static uint64_t parse(M3ValueType type, const char *text) {
    uint64_t bits = 0;
    if (type == c_m3Type_f32) {
        float value = strtof(text, NULL);
        memcpy(&bits, &value, sizeof value);
    } else if (type == c_m3Type_f64) {
        double value = strtod(text, NULL);
        memcpy(&bits, &value, sizeof value);
    } else {
        bits = (uint64_t)strtoll(text, NULL, 10);
    }
    return bits;
}

// With digits enough to be read as the same value again.
static void print(M3ValueType type, const uint64_t *bits) {
    float single;
    double number;
    switch (type) {
    case c_m3Type_i32: printf(" i32:%d", (int32_t)*bits); break;
    case c_m3Type_i64: printf(" i64:%lld", (long long)*bits); break;
    case c_m3Type_f32: memcpy(&single, bits, sizeof single), printf(" f32:%.9g", single); break;
    case c_m3Type_f64: memcpy(&number, bits, sizeof number), printf(" f64:%.17g", number); break;
    default: check("a result of this type cannot be printed");
    }
}

int main(int count, char **words) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (count < 4 || count > 4 + MOST_VALUES) check("MODULE EXPORT TIMES [VALUE ...]");
    uint32_t length;
    uint8_t *bytes = read_all(words[1], &length);
    IM3Environment environment = m3_NewEnvironment();
    for (int round = 0; round == 0 || getchar() != EOF; round += 1) {
        IM3Module module;
        IM3Function function;
        IM3Runtime runtime = m3_NewRuntime(environment, STACK_BYTES, NULL);
        check(m3_ParseModule(environment, &module, bytes, length));
        check(m3_LoadModule(runtime, module));
        check(m3_CompileModule(module));
        check(m3_RunStart(module));
        check(m3_FindFunction(&function, runtime, words[2]));
        uint64_t values[MOST_VALUES], results[MOST_VALUES];
        const void *to_values[MOST_VALUES], *to_results[MOST_VALUES];
        uint32_t arguments = m3_GetArgCount(function), returned = m3_GetRetCount(function);
        if (arguments != (uint32_t)count - 4 || returned > MOST_VALUES) check("arguments do not fit");
        for (uint32_t i = 0; i < arguments; i += 1) {
            values[i] = parse(m3_GetArgType(function, i), words[4 + i]);
            to_values[i] = &values[i];
        }
        for (uint32_t i = 0; i < returned; i += 1) to_results[i] = &results[i];
        if (round == 0) {
            // All is there to make the call with.
            puts("ready");
        } else {
            struct timespec start, end;
            clock_gettime(CLOCK_MONOTONIC, &start);
            for (long times = atol(words[3]); times > 0; times -= 1) {
                check(m3_Call(function, arguments, to_values));
            }
            clock_gettime(CLOCK_MONOTONIC, &end);
            check(m3_GetResults(function, returned, to_results));
            printf("%lld", (end.tv_sec - start.tv_sec) * 1000000000LL + (end.tv_nsec - start.tv_nsec));
            for (uint32_t i = 0; i < returned; i += 1) print(m3_GetRetType(function, i), &results[i]);
            puts("");
        }
        m3_FreeRuntime(runtime);
    }
    return EXIT_SUCCESS;
}
