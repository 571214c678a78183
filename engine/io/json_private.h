/* Shared by the json_*.c files. */
#ifndef ASSAY_IO_JSON_PRIVATE_H
#define ASSAY_IO_JSON_PRIVATE_H
#include <stddef.h>

/* Where keys and numbers begin, in the order of the text (an object member's key comes before its value). */
struct json_marks {
    size_t *at;
    size_t n, capacity;
};

struct json_fault {
    size_t at;        /* byte offset */
    const char *what; /* NULL: out of memory */
};

/* Check the text against RFC 8259 and the limits of json.h, strictly; cJSON accepts more. Nonzero and *fault if it
 * fails. marks->at is to be freed by the caller either way. */
int json_check(const char *text, size_t n, struct json_marks *marks, struct json_fault *fault);
/* Bytes of the JSON number at the start of the text, 0 if there is none. */
size_t json_number_length(const char *text, size_t n);
/* The value of a whole text that is one JSON number, whatever the locale; nonzero if it is none or overflows. */
int json_decimal(const char *text, size_t n, double *out);

#endif
