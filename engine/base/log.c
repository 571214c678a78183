#define _POSIX_C_SOURCE 200809L
#include "engine/base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR_CELLS 30
#define REDRAW_SECONDS 0.1
#define LINE_SECONDS 30.0

static enum log_level current_level = LOG_NORMAL;
static enum log_color current_color = LOG_COLOR_AUTO;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards stderr, bar_shown and every progress */
static int bar_shown; /* a bar stands on the current line */

void log_set_level(enum log_level level)
{
    current_level = level;
}

double log_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int is_terminal(int fd)
{
    const char *term = getenv("TERM");
    return isatty(fd) && term != NULL && strcmp(term, "dumb") != 0;
}

void log_set_color(enum log_color when)
{
    current_color = when;
}

const char *log_paint(int fd, enum log_paint paint)
{
    static const char *const escapes[] = {"\033[0m", "\033[1;31m", "\033[1;33m"};
    const char *no = getenv("NO_COLOR");
    int automatic = (no == NULL || *no == '\0') && is_terminal(fd);
    int on = current_color == LOG_COLOR_ALWAYS || (current_color == LOG_COLOR_AUTO && automatic);
    return on ? escapes[paint] : "";
}

static void write_line(enum log_paint paint, const char *prefix, const char *fmt, va_list args)
{
    pthread_mutex_lock(&lock);
    if (bar_shown)
        fputs("\r\033[K", stderr);
    bar_shown = 0;
    if (paint != LOG_PLAIN)
        fprintf(stderr, "%s%s%s", log_paint(STDERR_FILENO, paint), prefix, log_paint(STDERR_FILENO, LOG_PLAIN));
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    pthread_mutex_unlock(&lock);
}

void log_note(const char *fmt, ...)
{
    va_list args;
    if (current_level < LOG_NORMAL)
        return;
    va_start(args, fmt);
    write_line(LOG_PLAIN, "", fmt, args);
    va_end(args);
}

void log_detail(const char *fmt, ...)
{
    va_list args;
    if (current_level < LOG_VERBOSE)
        return;
    va_start(args, fmt);
    write_line(LOG_PLAIN, "", fmt, args);
    va_end(args);
}

void log_warning(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    write_line(LOG_YELLOW, "assay: warning: ", fmt, args);
    va_end(args);
}

/* Time still to go at the mean speed so far, "3:05" or "1:02:07"; "-" before anything is done. */
static void remaining_text(const struct progress *p, double now, char *text, size_t size)
{
    if (p->done == 0 || p->total == 0) {
        snprintf(text, size, "-");
        return;
    }
    double left = (now - p->started) * ((double)p->total - (double)p->done) / (double)p->done;
    long s = left > 0 && left < 1e8 ? (long)(left + 0.5) : 0;
    if (s >= 3600)
        snprintf(text, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, size, "%ld:%02ld", s / 60, s % 60);
}

static void draw(struct progress *p, double now)
{
    double share = p->total > 0 ? (double)p->done / (double)p->total : 1;
    int cells = (int)((share < 1 ? share : 1) * BAR_CELLS);
    char left[32];
    remaining_text(p, now, left, sizeof left);
    if (p->terminal)
        fprintf(stderr, "\r%s [%.*s%.*s] %3.0f %%  left %s\033[K", p->what, cells, "##############################",
            BAR_CELLS - cells, "..............................", 100 * share, left);
    else
        fprintf(stderr, "%s: %llu of %llu (%.0f %%), left %s\n", p->what, (unsigned long long)p->done,
            (unsigned long long)p->total, 100 * share, left);
    bar_shown = p->terminal;
    p->drawn = now;
}

void progress_begin(struct progress *p, const char *what, uint64_t total)
{
    p->what = what;
    p->total = total;
    p->done = 0;
    p->started = p->drawn = log_clock();
    p->terminal = is_terminal(STDERR_FILENO);
}

void progress_add(struct progress *p, uint64_t done)
{
    pthread_mutex_lock(&lock);
    p->done += done;
    double now = log_clock();
    if (current_level >= LOG_NORMAL && now - p->drawn >= (p->terminal ? REDRAW_SECONDS : LINE_SECONDS))
        draw(p, now);
    pthread_mutex_unlock(&lock);
}

void progress_end(struct progress *p)
{
    pthread_mutex_lock(&lock);
    if (p->terminal && bar_shown)
        fputs("\r\033[K", stderr);
    bar_shown = 0;
    pthread_mutex_unlock(&lock);
}
