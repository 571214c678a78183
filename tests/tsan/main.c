/* A runner of Criterion's tests for `make tsan`: Criterion's own keeps its state at addresses where ThreadSanitizer
 * lets no program map memory. Each test runs in a child process, a parameterized one in one for each parameter; what
 * fails, races or takes too long is named. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIPPED = 77, SECONDS = 600 };

/* Where the linker puts what Test and TestSuite define. */
extern struct criterion_test *__start_cr_tst[], *__stop_cr_tst[];
extern struct criterion_suite *__start_cr_sts[] __attribute__((weak)), *__stop_cr_sts[] __attribute__((weak));

static const struct criterion_test *current;
static void *parameter; /* of a parameterized test */
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
    if (parameter)
        ((void (*)(void *))test)(parameter);
    else
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

struct tally { size_t passed, failed, skipped; };

static void count_test(const struct criterion_test *t, struct tally *n)
{
    int status = run_test(t);
    if (status == expected(t))
        n->passed++;
    else if (status == SKIPPED)
        n->skipped++;
    else {
        n->failed++;
        printf("FAIL  %s/%s (status %d)\n", t->category, t->name, status);
    }
}

static void count_parameters(const struct criterion_test *t, struct tally *n)
{
    struct criterion_test_params p = t->data->param_();
    for (size_t i = 0; i < p.length; i++) {
        parameter = (char *)p.params + i * p.size;
        count_test(t, n);
    }
    parameter = NULL;
    if (p.cleanup)
        p.cleanup(&p);
}

int main(void)
{
    struct tally n = {0, 0, 0};
    for (struct criterion_test **t = __start_cr_tst; t < __stop_cr_tst; t++) {
        if (!*t || (*t)->data->disabled)
            continue;
        if ((*t)->data->kind_ == CR_TEST_PARAMETERIZED)
            count_parameters(*t, &n);
        else
            count_test(*t, &n);
    }
    printf("%zu passed, %zu failed, %zu skipped\n", n.passed, n.failed, n.skipped);
    return n.failed > 0;
}
