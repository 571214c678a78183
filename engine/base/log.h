/* Progress and notes on stderr; stdout is for results only. */
#ifndef ASSAY_BASE_LOG_H
#define ASSAY_BASE_LOG_H
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_QUIET, LOG_NORMAL, LOG_VERBOSE };
void log_set_level(enum log_level level);
/* Colour where it helps to see what is wrong: LOG_COLOR_AUTO asks for a terminal that is not "dumb", and for NO_COLOR
 * (https://no-color.org) to be absent or empty. */
enum log_color { LOG_COLOR_AUTO, LOG_COLOR_ALWAYS, LOG_COLOR_NEVER };
enum log_paint { LOG_PLAIN, LOG_RED, LOG_YELLOW };
void log_set_color(enum log_color when);
/* The escape sequence that begins this colour on the stream of descriptor `fd`, or ends all (LOG_PLAIN); "" without
 * colour. */
const char *log_paint(int fd, enum log_paint paint);
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));     /* LOG_NORMAL and up */
void log_detail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));   /* LOG_VERBOSE */
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));  /* always; "assay: warning: ..." */

/* A progress bar where stderr is a terminal (redrawn at most 10 times a second), else one line every
 * 30 s. Thread-safe. `what` must outlive the progress. */
struct progress {
    const char *what;
    uint64_t total, done;
    double started, drawn;
    int terminal;
};
void progress_begin(struct progress *p, const char *what, uint64_t total);
void progress_add(struct progress *p, uint64_t done);
void progress_end(struct progress *p);
/* Monotonic clock, seconds. */
double log_clock(void);

#endif
