/* Mutations that keep JSON mostly whole: values are put in each other's place, doubled, removed, or become extreme
 * numbers. Bytes alone hardly ever build another valid model. Half of the time libFuzzer's own mutations are used. */
#include <stdint.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t most, unsigned seed);

struct span {
    size_t at, n;
};

static uint64_t state;

static size_t below(size_t n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return n ? (size_t)((state >> 33) % n) : 0;
}

static int is_plain(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '+' || c == 'E';
}

static size_t string_end(const uint8_t *text, size_t n, size_t at)
{
    for (at++; at < n && text[at] != '"'; at++)
        at += text[at] == '\\';
    return at < n ? at + 1 : n;
}

/* Behind the value (or anything else) that begins at `at`. */
static size_t value_end(const uint8_t *text, size_t n, size_t at)
{
    size_t depth = 0;
    if (is_plain(text[at])) {
        while (at < n && is_plain(text[at]))
            at++;
        return at;
    }
    do {
        if (text[at] == '"') {
            at = string_end(text, n, at);
            continue;
        }
        depth += text[at] == '{' || text[at] == '[';
        depth -= depth && (text[at] == '}' || text[at] == ']');
        at++;
    } while (depth > 0 && at < n);
    return at;
}

/* A value (or key) near a random place. */
static struct span pick(const uint8_t *text, size_t n)
{
    size_t at = below(n), tries = 0;
    for (; tries < n && !strchr("[{:,", text[at] ? text[at] : '.'); tries++)
        at = (at + 1) % n;
    for (at++; at < n && (text[at] == ' ' || text[at] == '\n'); at++)
        ;
    if (tries == n || at >= n)
        return (struct span){0, 0};
    return (struct span){at, value_end(text, n, at) - at};
}

/* Put m bytes in place of a span; the length is unchanged if it does not fit. */
static size_t replace(uint8_t *text, size_t n, size_t most, struct span s, const uint8_t *with, size_t m)
{
    static uint8_t copy[1 << 16];
    if (m > sizeof copy || n - s.n + m > most)
        return n;
    memcpy(copy, with, m);
    memmove(text + s.at + m, text + s.at + s.n, n - s.at - s.n);
    memcpy(text + s.at, copy, m);
    return n - s.n + m;
}

static size_t put_word(uint8_t *text, size_t n, size_t most, struct span s)
{
    static const char *const words[] = {
        "0", "1", "2", "3", "5", "-1", "-2", "0.5", "1e-9", "65", "4096", "65536", "2147483648",
        "9007199254740992", "1e38", "1e300", "null", "true", "false", "[]", "{}", "\"\"", "[1,2]", "[2]",
        "[0,0]", "[[1,0],[0,2]]", "[null,5,4,2]", "[null,6]", "\"same\"", "\"causal\"", "\"relu\"",
        "\"softmax\"", "\"sigmoid\"", "\"mul\""};
    const char *word = words[below(sizeof words / sizeof words[0])];
    return replace(text, n, most, s, (const uint8_t *)word, strlen(word));
}

static size_t remove_element(uint8_t *text, size_t n, struct span s)
{
    size_t end = s.at + s.n;
    if (end < n && text[end] == ',')
        s.n++;
    else if (s.at > 0 && text[s.at - 1] == ',')
        s.at--, s.n++;
    return replace(text, n, n, s, text, 0);
}

/* The value once more in front of itself. */
static size_t double_element(uint8_t *text, size_t n, size_t most, struct span s)
{
    size_t grown = replace(text, n, most, (struct span){s.at, 0}, text + s.at, s.n);
    return grown == n ? n : replace(text, grown, most, (struct span){s.at + s.n, 0}, (const uint8_t *)",", 1);
}

static size_t mutate(uint8_t *data, size_t n, size_t most)
{
    struct span to = pick(data, n), from = pick(data, n);
    if (to.n == 0 || from.n == 0)
        return LLVMFuzzerMutate(data, n, most);
    switch (below(8)) {
    case 0:
        return remove_element(data, n, to);
    case 1:
        return double_element(data, n, most, to);
    case 2:
    case 3:
        return replace(data, n, most, to, data + from.at, from.n);
    default:
        return put_word(data, n, most, to);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t most, unsigned seed)
{
    state = seed * 0x9e3779b97f4a7c15u + n;
    if (n < 2 || below(2))
        return LLVMFuzzerMutate(data, n, most);
    size_t times = 1 + below(3);
    for (size_t i = 0; i < times && n > 1; i++)
        n = mutate(data, n, most);
    return n;
}
