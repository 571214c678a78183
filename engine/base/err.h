/* Errors: an int code and the caller's struct err.
 *
 * A function that can fail takes `struct err *e` last and returns 0 or one of the codes below.
 * Whoever detects the fault writes what is wrong and what to do; each caller that knows more of
 * the place puts it in front, so the user reads `model cnn.h5: layer 4 'fc1' (dense): wants ...`.
 * The codes are the exit codes of the contract, so no table translates them. */
#ifndef ASSAY_BASE_ERR_H
#define ASSAY_BASE_ERR_H

enum err_code {
    ERR_NONE = 0,
    ERR_USAGE = 2,       /* command line or config */
    ERR_INPUT = 3,       /* model or data refused: broken, hostile or unsupported */
    ERR_RUN = 4,         /* run-time or I/O failure */
    ERR_INCONCLUSIVE = 5,
    ERR_INTERRUPTED = 6  /* stopped by a signal; resumable */
};

struct err {
    int code;
    char text[1024];
};

/* Write code and message; an earlier message is replaced. Returns code. e may be NULL. */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Put "PREFIX: " in front of the message. Returns e->code. */
int err_prepend(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Return the error of a failed call to the caller, unchanged. */
#define TRY(call)                      \
    do {                               \
        int try_status_ = (call);      \
        if (try_status_ != 0)          \
            return try_status_;        \
    } while (0)

/* The element of `names` (n strings) nearest to `word` by edit distance, or NULL if none is near. */
const char *err_nearest(const char *word, const char *const *names, unsigned long n);

#endif
