#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/sha256.h"

/* FIPS 180-4 examples and the million a's. */
static const char empty_hash[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char abc_hash[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char million_hash[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

Test(sha256, known_answers)
{
    char hex[SHA256_HEX];
    sha256_hex("abc", 3, hex);
    cr_assert_str_eq(hex, abc_hash);
    sha256_hex(NULL, 0, hex);
    cr_assert_str_eq(hex, empty_hash);
}

Test(sha256, incremental)
{
    char hex[SHA256_HEX], a[1000];
    struct sha256 *s = sha256_begin();
    cr_assert(s != NULL);
    memset(a, 'a', sizeof a);
    for (int i = 0; i < 1000; i++)
        sha256_add(s, a, sizeof a);
    sha256_end(s, hex);
    cr_assert_str_eq(hex, million_hash);
}

Test(sha256, file)
{
    char hex[SHA256_HEX], path[] = "/tmp/assay-sha256-XXXXXX";
    struct err e = {0};
    int fd = mkstemp(path);
    FILE *f = fdopen(fd, "w");
    for (int i = 0; i < 1000000; i++)
        fputc('a', f);
    fclose(f);
    cr_assert(sha256_file(path, hex, &e) == 0);
    cr_assert_str_eq(hex, million_hash);
    remove(path);
    cr_assert(sha256_file(path, hex, &e) == ERR_INPUT);
    cr_assert(strstr(e.text, path) != NULL && strstr(e.text, "cannot open") != NULL);
    cr_assert(sha256_file("/tmp", hex, &e) == ERR_INPUT);
    cr_assert(strstr(e.text, "not a regular file") != NULL);
}
