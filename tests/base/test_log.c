#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
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

static void count_quickly(void)
{
    struct progress p;
    progress_begin(&p, "attack", 5000);
    for (int i = 0; i < 5000; i++)
        progress_add(&p, 1);
    progress_end(&p);
    cr_assert(p.done == 5000 && !p.terminal);
}

static void count_slowly(void)
{
    struct progress p;
    progress_begin(&p, "attack", 80);
    p.started -= 31; /* as if it had run that long */
    p.drawn -= 31;
    progress_add(&p, 20);
    progress_add(&p, 1);
    progress_end(&p);
}

static void draw_bar(void)
{
    struct progress p;
    progress_begin(&p, "attack", 80);
    p.terminal = 1;
    p.started -= 6000;
    p.drawn -= 1;
    progress_add(&p, 40);
    for (int i = 0; i < 30; i++)
        progress_add(&p, 1); /* within 0.1 s: not drawn again */
    log_warning("between");
    progress_end(&p);
}

Test(log, no_terminal_means_a_line_every_30_seconds)
{
    cr_assert_str_eq(capture(count_quickly), "");
    cr_assert_str_eq(capture(count_slowly), "attack: 20 of 80 (25 %), left 1:33\n");
    log_set_level(LOG_QUIET);
    cr_assert_str_eq(capture(count_slowly), "");
}

Test(log, bar)
{
    cr_assert_str_eq(capture(draw_bar), "\rattack [###############...............]  50 %  left 1:40:00\033[K"
                                        "\r\033[Kassay: warning: between\n");
}

Test(log, clock_goes_on)
{
    double a = log_clock();
    nanosleep(&(struct timespec){0, 2000000}, NULL);
    cr_assert(log_clock() - a >= 0.002 && log_clock() - a < 60);
}
