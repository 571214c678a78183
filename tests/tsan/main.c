/* A runner of Criterion's tests for `make tsan`: Criterion's own keeps its state at addresses where ThreadSanitizer
 * lets no program map memory. Each test runs in a child process; one that fails, races or takes too long is named.
 * Parameterized tests are left out and counted. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIPPED = 77, SECONDS = 300 };

/* Where the linker puts what Test and TestSuite define. */
extern struct criterion_test *__start_cr_tst[], *__stop_cr_tst[];
extern struct criterion_suite *__start_cr_sts[] __attribute__((weak)), *__stop_cr_sts[] __attribute__((weak));

static const struct criterion_test *current;
static int failed;

static const struct criterion_test_extra_data *suite_of(const struct criterion_test *t)
{
    for (struct criterion_suite **s = __start_cr_sts; s < __stop_cr_sts; s++)
        if (*s && strcmp((*s)->name, t->category) == 0)
            return (*s)->data;
    return NULL;
}

/* What the tests call, in the place of libcriterion's functions. */

void criterion_internal_test_setup(void)
{
    const struct criterion_test_extra_data *suite = suite_of(current);
    if (suite && suite->init)
        suite->init();
    if (current->data->init)
        current->data->init();
}

void criterion_internal_test_main(void (*test)(void))
{
    test();
}

void criterion_internal_test_teardown(void)
{
    const struct criterion_test_extra_data *suite = suite_of(current);
    if (current->data->fini)
        current->data->fini();
    if (suite && suite->fini)
        suite->fini();
}

void criterion_send_assert(struct criterion_assert_stats *a)
{
    failed |= !a->passed;
    if (!a->passed)
        fprintf(stderr, "%s:%u: %s\n", a->file, a->line, a->message);
}

void criterion_continue_test(void)
{
}

void criterion_abort_test(void)
{
    exit(1);
}

void criterion_skip_test(const char *format, ...)
{
    (void)format;
    _exit(SKIPPED);
}

void cr_log(enum criterion_severity severity, const char *format, ...)
{
    va_list args;
    (void)severity;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

/* The exit status of the test, in a child; a signal counts as 128 + its number. */
static int run_test(const struct criterion_test *t)
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        current = t;
        alarm(SECONDS);
        t->test();
        exit(failed);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return 127;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int expected(const struct criterion_test *t)
{
    return t->data->signal ? 128 + t->data->signal : t->data->exit_code;
}

int main(void)
{
    size_t passed = 0, wrong = 0, skipped = 0;
    for (struct criterion_test **t = __start_cr_tst; t < __stop_cr_tst; t++) {
        if (!*t)
            continue;
        int status = (*t)->data->kind_ == CR_TEST_NORMAL ? run_test(*t) : SKIPPED;
        passed += status == expected(*t);
        skipped += status == SKIPPED;
        if (status == expected(*t) || status == SKIPPED)
            continue;
        printf("FAIL  %s/%s (status %d)\n", (*t)->category, (*t)->name, status);
        wrong++;
    }
    printf("%zu passed, %zu failed, %zu skipped\n", passed, wrong, skipped);
    return wrong > 0;
}
