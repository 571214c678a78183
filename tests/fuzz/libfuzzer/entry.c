/* What libFuzzer calls, for the target named by -DTARGET=NAME. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/io/h5.h"
#include "metrics/stats.h"
#include "tests/fuzz/fuzz.h"

#define JOIN(a, b) a##b
#define FUNCTION(name) JOIN(fuzz_, name)
fuzz_function FUNCTION(TARGET);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    h5_start();
    stats_start();
    atexit(fuzz_clean);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const char *broken = FUNCTION(TARGET)(data, n);
    if (broken) {
        fprintf(stderr, "broken promise: %s\n", broken);
        abort();
    }
    return 0;
}
