#define _POSIX_C_SOURCE 200809L
#include "engine/base/log.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR_CELLS 30
#define REDRAW_SECONDS 0.1
#define FIRST_SECONDS 0.5
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

/* ---- progress ---------------------------------------------------------------------------------------------------- */

static double ahead_now(const struct progress *p)
{
    double sum = 0;
    for (size_t i = 0; p->plan.ahead && i < p->plan.hands; i++)
        sum += (double)atomic_load_explicit(&p->plan.ahead[i], memory_order_relaxed);
    return sum;
}

/* Of work of this sort; what is ahead may be more than was planned. */
static double left_of(const struct progress *p, size_t sort)
{
    const double left = p->plan.work[sort] - p->worked[sort] - (sort + 1 == PROGRESS_SORTS ? ahead_now(p) : 0);
    return left > 0 ? left : 0;
}

static double share_done(const struct progress *p)
{
    double all = 0, left = 0;
    for (size_t i = 0; i < PROGRESS_SORTS; i++) {
        all += p->plan.work[i];
        left += left_of(p, i);
    }
    return all > 0 ? 1 - left / all : 1;
}

/* INFINITY as long as nothing is done. */
static double seconds_left(const struct progress *p)
{
    double pace = INFINITY, sum = 0;
    for (size_t i = 0; i < PROGRESS_SORTS; i++) {
        if (p->fresh[i] > 0 && (i == 0 || !(pace < INFINITY)))
            pace = p->seconds[i] / p->fresh[i];
        if (left_of(p, i) > 0)
            sum += left_of(p, i) * (p->fresh[i] > 0 ? p->seconds[i] / p->fresh[i] : pace);
    }
    return sum / (double)(p->plan.hands > 1 ? p->plan.hands : 1);
}

/* "3:05" or "1:02:07"; "-" where it is not known. */
static const char *time_text(double seconds, char *text, size_t size)
{
    const long s = seconds > 0 && seconds < 1e8 ? (long)(seconds + 0.5) : 0;
    if (!(seconds < 1e8))
        snprintf(text, size, "-");
    else if (s >= 3600)
        snprintf(text, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, size, "%ld:%02ld", s / 60, s % 60);
    return text;
}

/* ", 350 samples/s, left 0:12" */
static const char *speed_text(const struct progress *p, double now, char *text, size_t size)
{
    char left[32], rate[64] = "";
    const double speed = now > p->started ? (double)(p->done - p->skipped) / (now - p->started) : 0;
    if (p->plan.unit && speed > 0)
        snprintf(rate, sizeof rate, ", %.*f %s", speed < 10 ? 1 : 0, speed, p->plan.unit);
    snprintf(text, size, "%s, left %s", rate, time_text(seconds_left(p), left, sizeof left));
    return text;
}

static void draw(struct progress *p, double now)
{
    const double share = share_done(p);
    const int cells = (int)(share * BAR_CELLS);
    const char *end = p->terminal ? "\033[K" : "\n";
    char text[128];
    if (p->terminal)
        fputc('\r', stderr);
    if (p->plan.total == 0)
        fprintf(stderr, "%s: %s%s", p->plan.what, time_text(now - p->started, text, sizeof text), end);
    else if (p->terminal)
        fprintf(stderr, "%s [%.*s%.*s] %3.0f %%%s%s", p->plan.what, cells, "##############################",
                BAR_CELLS - cells, "..............................", 100 * share,
                speed_text(p, now, text, sizeof text), end);
    else
        fprintf(stderr, "%s: %.0f %%, %llu of %llu%s%s", p->plan.what, 100 * share, (unsigned long long)p->done,
                (unsigned long long)p->plan.total, speed_text(p, now, text, sizeof text), end);
    bar_shown = p->terminal;
    p->drawn = now;
    p->drawn_once = 1;
}

/* Seconds from what was drawn last, or the beginning, to what is drawn next. */
static double interval(const struct progress *p)
{
    if (!p->drawn_once && (p->plan.total > 0 || p->terminal))
        return FIRST_SECONDS;
    return p->terminal ? REDRAW_SECONDS : LINE_SECONDS;
}

static void draw_if_due(struct progress *p)
{
    const double now = log_clock();
    if (current_level >= LOG_NORMAL && now - p->drawn >= interval(p))
        draw(p, now);
}

static void wait_for_news(struct progress *p, double until)
{
    const struct timespec t = {(time_t)until, (long)((until - (double)(time_t)until) * 1e9)};
    pthread_cond_timedwait(&p->news, &lock, &t);
}

static void *tick(void *argument)
{
    struct progress *p = argument;
    pthread_mutex_lock(&lock);
    while (!p->over) {
        wait_for_news(p, p->drawn + interval(p));
        if (!p->over)
            draw_if_due(p);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* Signals stay with the other threads. Without this one lines come with the items alone. */
static void start_ticker(struct progress *p)
{
    pthread_condattr_t monotonic;
    sigset_t all, old;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&p->news, &monotonic);
    pthread_condattr_destroy(&monotonic);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    p->ticking = current_level >= LOG_NORMAL && pthread_create(&p->ticker, NULL, tick, p) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void progress_begin(struct progress *p, const struct progress_plan *plan)
{
    *p = (struct progress){.plan = *plan, .terminal = is_terminal(STDERR_FILENO)};
    p->started = p->drawn = log_clock();
    start_ticker(p);
}

void progress_skip(struct progress *p, uint64_t done, const double work[PROGRESS_SORTS])
{
    pthread_mutex_lock(&lock);
    p->done += done;
    p->skipped += done;
    for (size_t i = 0; i < PROGRESS_SORTS; i++)
        p->worked[i] += work[i];
    pthread_mutex_unlock(&lock);
}

void progress_add(struct progress *p, uint64_t done, size_t sort, double work, double seconds)
{
    pthread_mutex_lock(&lock);
    p->done += done;
    p->worked[sort] += work;
    p->fresh[sort] += work;
    p->seconds[sort] += seconds;
    draw_if_due(p);
    pthread_mutex_unlock(&lock);
}

void progress_end(struct progress *p)
{
    pthread_mutex_lock(&lock);
    p->over = 1;
    if (p->terminal && bar_shown)
        fputs("\r\033[K", stderr);
    bar_shown = 0;
    pthread_cond_signal(&p->news);
    pthread_mutex_unlock(&lock);
    if (p->ticking)
        pthread_join(p->ticker, NULL);
    pthread_cond_destroy(&p->news);
}
