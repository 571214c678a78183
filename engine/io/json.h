/* JSON, by cJSON for reading (its only user) and a small streaming writer.
 *
 * Reading: look-ups are case-sensitive; duplicate keys, trailing bytes, invalid UTF-8, numbers that overflow
 * and nesting past 64 are refused. Writing: keys stay in the order written, numbers read back exactly,
 * non-finite numbers are written as null. */
#ifndef ASSAY_IO_JSON_H
#define ASSAY_IO_JSON_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/param.h"

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };
struct json; /* a node; owned by the document's root */

/* Parse n bytes. `code` is the error code on failure (ERR_USAGE for configs, ERR_INPUT for models); the message
 * names line and column. *out is freed by json_free. */
int json_parse(const char *text, size_t n, int code, struct json **out, struct err *e);
/* Same for a file of at most 64 MiB. */
int json_parse_file(const char *path, int code, struct json **out, struct err *e);
void json_free(struct json *root);

enum json_type json_type(const struct json *node);
/* "an object", "a string" ... for messages; NULL node: "nothing" */
const char *json_type_name(const struct json *node);
const struct json *json_get(const struct json *object, const char *key); /* NULL if absent or not an object */
size_t json_length(const struct json *node);                 /* members or elements; 0 for others */
const struct json *json_first(const struct json *node);      /* first member or element, NULL if none */
const struct json *json_next(const struct json *node);       /* its neighbour, NULL at the end */
const struct json *json_item(const struct json *array, size_t i); /* O(i) */
const char *json_key(const struct json *member);             /* key of an object's member */
const char *json_string(const struct json *node);            /* NULL if not a string */
int json_number(const struct json *node, double *out);       /* nonzero if not a number */
int json_integer(const struct json *node, long *out);        /* nonzero if not an integer within +-2^53 */
int json_bool(const struct json *node, int *out);            /* nonzero if not true/false */

/* Fill `target` from an object by param rows: defaults first, then every key. Keys in `also` (NULL-terminated, may be
 * NULL) are left to the caller; any other unknown key is an error with the nearest name. Strings are copied into
 * `arena`. Errors have `code` and name key, value and bounds. JSON null for an optional key means the default. */
int json_read_params(const struct json *object, const struct param *rows, const char *const *also, void *target,
    struct arena *arena, int code, struct err *e);

/* Set the value at a dotted key ("attacks.0.eps") of a parsed document; text is JSON or, if it does not parse as
 * JSON, a string. Parents must exist except that a missing last member (or missing objects on the way) is made.
 * ERR_USAGE. */
int json_set(struct json *root, const char *key, size_t key_n, const char *text, struct err *e);

/* Writer into memory. Errors (memory) are sticky and reported by json_writer_end. */
struct json_writer { char *text; size_t n, capacity; int depth, first, failed, pretty; };
void json_writer_begin(struct json_writer *w, int pretty);
/* *text by malloc, NUL-terminated; the caller frees. */
int json_writer_end(struct json_writer *w, char **text, size_t *n, struct err *e);
void json_open_object(struct json_writer *w, const char *key);  /* key NULL inside arrays and at the root */
void json_close_object(struct json_writer *w);
void json_open_array(struct json_writer *w, const char *key);
void json_close_array(struct json_writer *w);
void json_put_string(struct json_writer *w, const char *key, const char *value);  /* NULL value: null */
/* Shortest text that reads back as the same double; null if not finite. */
void json_put_number(struct json_writer *w, const char *key, double value);
void json_put_integer(struct json_writer *w, const char *key, int64_t value);
void json_put_bool(struct json_writer *w, const char *key, int value);
void json_put_null(struct json_writer *w, const char *key);
void json_put_node(struct json_writer *w, const char *key, const struct json *node); /* a copy of a parsed node */
/* The param rows' values of `source`, one member a row (the echo in reports and --print-effective). */
void json_put_params(struct json_writer *w, const struct param *rows, const void *source);
/* Shortest decimal text of a double that reads back the same, into buf of at least 32. */
char *json_number_text(double value, char *buf);

/* Version of cJSON at run time, "1.7.15". */
const char *json_version(void);

#endif
