#define _XOPEN_SOURCE 700 /* posix_openpt */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/log.h"

static char written[4096];

/* What `act` writes to stderr, which is then a plain file. */
static const char *capture(void (*act)(void))
{
    FILE *to = tmpfile();
    int old = dup(STDERR_FILENO);
    fflush(stderr);
    dup2(fileno(to), STDERR_FILENO);
    act();
    fflush(stderr);
    dup2(old, STDERR_FILENO);
    close(old);
    rewind(to);
    written[fread(written, 1, sizeof written - 1, to)] = '\0';
    fclose(to);
    return written;
}

static void say_all(void)
{
    log_note("note %d", 17);
    log_detail("detail %s", "x");
    log_warning("low %.1f", 0.3);
}

Test(log, levels)
{
    log_set_level(LOG_QUIET);
    cr_assert_str_eq(capture(say_all), "assay: warning: low 0.3\n");
    log_set_level(LOG_NORMAL);
    cr_assert_str_eq(capture(say_all), "note 17\nassay: warning: low 0.3\n");
    log_set_level(LOG_VERBOSE);
    cr_assert_str_eq(capture(say_all), "note 17\ndetail x\nassay: warning: low 0.3\n");
}

static void warn(void)
{
    log_warning("low");
}

Test(log, colors)
{
    log_set_color(LOG_COLOR_ALWAYS);
    cr_assert_str_eq(capture(warn), "\033[1;33massay: warning: \033[0mlow\n");
    log_set_color(LOG_COLOR_NEVER);
    cr_assert_str_eq(capture(warn), "assay: warning: low\n");
    log_set_color(LOG_COLOR_AUTO);
    cr_assert_str_eq(capture(warn), "assay: warning: low\n", "a file is no terminal");
}

static const struct progress_plan attack = {"attack", NULL, 80, 1, {80, 0, 0}, NULL};

static void wait_seconds(double seconds)
{
    const double begun = log_clock();
    while (log_clock() - begun < seconds)
        nanosleep(&(struct timespec){0, 5000000}, NULL);
}

static void count_quickly(void)
{
    struct progress p;
    progress_begin(&p, &(struct progress_plan){.what = "attack", .total = 5000, .work = {5000}});
    for (int i = 0; i < 5000; i++)
        progress_add(&p, 1, 0, 1, 1e-6);
    progress_end(&p);
    cr_assert(p.done == 5000 && !p.terminal);
}

static void count_slowly(void)
{
    struct progress p;
    progress_begin(&p, &attack);
    progress_add(&p, 20, 0, 20, 40);
    wait_seconds(0.8); /* the first line */
    progress_add(&p, 1, 0, 1, 2);
    p.drawn -= 31; /* as if that had been then */
    progress_add(&p, 19, 0, 19, 38);
    progress_add(&p, 1, 0, 1, 2); /* 30 s are not over yet */
    progress_end(&p);
}

/* Of 80 items 40 were there before, 10 take 2 s each, and two hands do the rest: 30 of the same sort, 5 of which are
 * done already, at 2 s each. */
static void go_on(void)
{
    static const double had[PROGRESS_SORTS] = {20, 0, 20};
    atomic_ullong ahead[2] = {4, 1};
    struct progress p;
    progress_begin(&p, &(struct progress_plan){"rows", NULL, 80, 2, {40, 0, 40}, ahead});
    progress_skip(&p, 40, had);
    progress_add(&p, 10, 0, 10, 20);
    wait_seconds(0.8);
    progress_end(&p);
    cr_assert(p.done == 50 && p.skipped == 40);
}

/* One item that takes longer than all patience: the line comes from the thread. */
static void say_nothing(void)
{
    struct progress p;
    progress_begin(&p, &attack);
    wait_seconds(0.8);
    progress_end(&p);
}

static void run_a_phase(void)
{
    struct progress p;
    progress_begin(&p, &(struct progress_plan){.what = "reading"});
    wait_seconds(0.7);
    progress_end(&p);
}

static void measure_speed(void)
{
    struct progress p;
    progress_begin(&p, &(struct progress_plan){"attack", "samples/s", 80, 1, {80, 0, 0}, NULL});
    progress_add(&p, 20, 0, 20, 0.5);
    wait_seconds(0.8);
    progress_end(&p);
}

static void draw_bar(void)
{
    struct progress p;
    progress_begin(&p, &attack);
    progress_add(&p, 40, 0, 40, 6000);
    wait_seconds(0.8);
    log_warning("between");
    progress_end(&p);
    log_note("behind");
}

Test(log, no_terminal_means_a_line_within_a_second_and_every_30_seconds)
{
    cr_assert_str_eq(capture(count_quickly), "");
    cr_assert_str_eq(capture(count_slowly), "attack: 25 %, 20 of 80, left 2:00\nattack: 50 %, 40 of 80, left 1:20\n");
    cr_assert_str_eq(capture(go_on), "rows: 69 %, 50 of 80, left 0:25\n");
    cr_assert_str_eq(capture(say_nothing), "attack: 0 %, 0 of 80, left -\n");
    cr_assert_str_eq(capture(run_a_phase), "", "nothing to tell in parts");
    log_set_level(LOG_QUIET);
    cr_assert_str_eq(capture(count_slowly), "");
    cr_assert_str_eq(capture(say_nothing), "");
}

Test(log, speed_is_that_of_the_items_so_far)
{
    double speed = 0;
    int at = 0;
    sscanf(capture(measure_speed), "attack: 25 %%, 20 of 80, %lf samples/s, left 0:0%n", &speed, &at);
    cr_assert(at > 0, "%s", written);
    cr_assert(speed >= 20 / 0.85 && speed <= 20 / 0.45, "%s", written);
}

/* On a terminal that is dumb in no way. */
Test(log, bar)
{
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY), old = dup(STDERR_FILENO);
    cr_assert(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    const int theirs = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    setenv("TERM", "xterm", 1);
    setenv("NO_COLOR", "1", 1);
    dup2(theirs, STDERR_FILENO);
    draw_bar();
    fflush(stderr);
    dup2(old, STDERR_FILENO);
    size_t n = 0;
    for (ssize_t got; n < 6 || strncmp(written + n - 6, "hind\r\n", 6) != 0; n += (size_t)got) { /* line by line */
        got = read(terminal, written + n, sizeof written - 1 - n);
        cr_assert_gt(got, 0);
    }
    written[n] = '\0';
    const char *drawn = "\rattack [###############...............]  50 %, left 1:40:00\033[K";
    size_t times = 0;
    const char *at = written;
    for (; strncmp(at, drawn, strlen(drawn)) == 0; at += strlen(drawn))
        times++;
    cr_assert(times >= 1 && times <= 9, "%s", written);
    const char *between = "\r\033[Kassay: warning: between\r\n";
    cr_assert_eq(strncmp(at, between, strlen(between)), 0, "%s", at);
    at += strlen(between); /* here the bar may come once more */
    at += strncmp(at, drawn, strlen(drawn)) == 0 ? strlen(drawn) + strlen("\r\033[K") : 0;
    cr_assert_str_eq(at, "behind\r\n");
    close(theirs);
    close(terminal);
}

Test(log, clock_goes_on)
{
    double a = log_clock();
    nanosleep(&(struct timespec){0, 2000000}, NULL);
    cr_assert(log_clock() - a >= 0.002 && log_clock() - a < 60);
}
