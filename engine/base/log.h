/* Progress and notes on stderr; stdout is for results only. */
#ifndef ASSAY_BASE_LOG_H
#define ASSAY_BASE_LOG_H
#include <pthread.h>
#include <stdatomic.h>
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

/* How far some work has come, how fast it goes and how long it will take: on a terminal a bar that is redrawn 10 times
 * a second at most, else a line within a second of the beginning and one every 30 s from then on. A thread of its own
 * draws, so that one item may take as long as it likes. Nothing is drawn with LOG_QUIET. Thread-safe between begin and
 * end. What cannot be told in parts has total 0: then it is said how long it has taken, without a terminal after 30 s
 * only. */
#define PROGRESS_SORTS 3
struct progress_plan {
    const char *what, *unit;      /* "samples x scenarios"; "samples/s", or NULL for no speed. Borrowed */
    uint64_t total;               /* items */
    size_t hands;                 /* that work on them at a time; 0 stands for 1 */
    /* What all items cost, in any unit, by sorts of work whose speeds differ. A sort that was not begun yet is taken
     * to be as fast as the first. */
    double work[PROGRESS_SORTS];
    const atomic_ullong *ahead;   /* [hands] work of the last sort done on items that are not done; or NULL. Borrowed */
};
struct progress {
    struct progress_plan plan;
    uint64_t done, skipped;       /* items; those of them that were done before it began */
    double worked[PROGRESS_SORTS], fresh[PROGRESS_SORTS], seconds[PROGRESS_SORTS];
    double started, drawn;
    int terminal, drawn_once, ticking, over;
    pthread_cond_t news;
    pthread_t ticker;
};
void progress_begin(struct progress *p, const struct progress_plan *plan);
/* Items that were done before it began. */
void progress_skip(struct progress *p, uint64_t done, const double work[PROGRESS_SORTS]);
/* Items, and work that took one hand so many seconds. */
void progress_add(struct progress *p, uint64_t done, size_t sort, double work, double seconds);
/* Clears the bar; no line comes after it. */
void progress_end(struct progress *p);
/* Monotonic clock, seconds. */
double log_clock(void);

#endif
