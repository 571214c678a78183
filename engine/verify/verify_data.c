/* A data set as a whole: container, labels, classes; its rows are in verify_rows.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/dataset_private.h"
#include "engine/verify/verify_private.h"

#define IMBALANCE 10 /* largest class over smallest */

/* ---- labels of a data set that could not be opened ---- */

static int read_label_names(struct h5 *h5, size_t *names_n)
{
    struct arena a;
    struct err fault = {0};
    const char *const *name;
    *names_n = 0;
    if (arena_init(&a, 0) != 0)
        return ERR_RUN;
    int status = h5_attr_strings(h5, "/y", "class_names", &a, &name, names_n, &fault);
    arena_free(&a);
    return status == ERR_RUN ? ERR_RUN : 0;
}

static void judge_labels(const int64_t *label, size_t n, size_t names_n, const char *subject, struct findings *out)
{
    char place[64];
    int64_t most = names_n ? (int64_t)names_n - 1 : DATASET_MAX_CLASSES - 1;
    size_t bad = 0, first = 0;
    for (size_t i = 0; i < n; i++) {
        int wrong = label[i] < 0 || label[i] > most;
        first = wrong && bad == 0 ? i : first;
        bad += (size_t)wrong;
    }
    if (bad == 0)
        return;
    snprintf(place, sizeof place, "/y: row %zu", first);
    findings_add(out, FINDING_DATA_LABEL, subject, place, "label %lld is not in 0..%lld%s; so in %zu rows",
                 (long long)label[first], (long long)most, names_n ? " of class_names" : "", bad);
}

static int check_labels(struct h5 *h5, const char *subject, struct findings *out, struct err *e)
{
    struct h5_info info;
    struct err fault = {0};
    size_t names_n;
    if (h5_info(h5, "/y", &info, &fault) != 0 || info.rank != 1)
        return fault.code == ERR_RUN ? err_set(e, ERR_RUN, "%s", fault.text) : 0;
    if (info.type != H5_UINT8 && info.type != H5_INT32 && info.type != H5_INT64) {
        findings_add(out, FINDING_DATA_LABEL, subject, "/y",
                     "wants integer labels 0..k-1: in h5py write them with .astype(\"i4\")");
        return 0;
    }
    int64_t *label = malloc((info.size + 1) * sizeof *label);
    if (!label)
        return err_set(e, ERR_RUN, "out of memory");
    int status = h5_read_i64(h5, "/y", info.size, label, &fault);
    if (status == 0)
        status = read_label_names(h5, &names_n);
    if (status == 0)
        judge_labels(label, info.size, names_n, subject, out);
    free(label);
    return status == ERR_RUN ? err_set(e, ERR_RUN, "out of memory") : 0;
}

/* ---- classes ---- */

static void judge_classes(const struct dataset *d, const size_t *count, const char *subject, struct findings *out)
{
    size_t missing = 0, first = 0, least = SIZE_MAX, most = 0;
    for (size_t k = 0; k < d->classes; k++) {
        first = count[k] == 0 && missing == 0 ? k : first;
        missing += count[k] == 0;
        least = count[k] > 0 && count[k] < least ? count[k] : least;
        most = count[k] > most ? count[k] : most;
    }
    if (missing > 0)
        findings_add(out, FINDING_DATA_MISSING_CLASS, subject, "/y",
                     "%zu of %zu classes have no samples, first class %zu", missing, d->classes, first);
    if (most / IMBALANCE >= least)
        findings_add(out, FINDING_DATA_IMBALANCE, subject, "/y", "the largest class has %zu samples, the smallest %zu",
                     most, least);
}

static int check_classes(const struct dataset *d, const char *subject, struct findings *out, struct err *e)
{
    size_t *count = calloc(d->classes + 1, sizeof *count);
    if (!count)
        return err_set(e, ERR_RUN, "out of memory");
    for (size_t i = 0; i < d->n; i++)
        count[d->label[i]]++;
    judge_classes(d, count, subject, out);
    free(count);
    return 0;
}

/* ---- ids ---- */

/* Variants of other rows (adversarial.h5) have their ids: each stands once in each scenario. */
static int check_ids(const struct dataset *d, const char *subject, struct findings *out, struct err *e)
{
    char place[DATASET_ROW_TEXT], other[DATASET_ROW_TEXT];
    size_t repeated, pair[2];
    enum h5_object kind;
    struct err fault = {0};
    if (h5_kind(d->file->h5, "/source", &kind, &fault) != 0 || kind == H5_GROUP)
        return fault.code == ERR_RUN ? err_set(e, ERR_RUN, "%s", fault.text) : 0;
    TRY(dataset_repeated_ids(&d->id, d->n, &repeated, pair, e));
    if (repeated > 0)
        findings_add(out, FINDING_DATA_REPEATED_ID, subject, "/id",
                     "%s has the id of %s; so have %zu of %zu samples that of an earlier one",
                     dataset_row(d, pair[1], place), dataset_row(d, pair[0], other), repeated, d->n);
    return 0;
}

/* ---- the file ---- */

static int check_container(struct h5 *h5, const char *subject, struct findings *out, struct err *e)
{
    struct arena a;
    struct h5_scan scan;
    if (arena_init(&a, 0) != 0)
        return err_set(e, ERR_RUN, "out of memory");
    int status = verify_container(h5, subject, &a, &scan, out, e);
    arena_free(&a);
    return status;
}

static int check_refused(const struct verify_data *d, const struct err *refusal, struct findings *out, struct err *e)
{
    struct h5 *h5;
    struct err fault = {0};
    if (h5_open(d->path, &h5, &fault) != 0) {
        if (fault.code == ERR_RUN)
            return err_set(e, ERR_RUN, "%s", fault.text);
        findings_add(out, FINDING_FILE_UNREADABLE, d->subject, "", "%s", verify_message(fault.text, d->path));
        return 0;
    }
    int status = check_container(h5, d->subject, out, e);
    if (status == 0)
        status = check_labels(h5, d->subject, out, e);
    if (status == 0)
        status = verify_objects(h5, d->subject, out, e);
    if (status == 0 && findings_about(out, d->subject, FINDING_ERROR) == 0)
        findings_add(out, FINDING_DATA_INVALID, d->subject, "", "%s",
                     verify_message(refusal->text, d->path));
    h5_close(h5);
    return status;
}

static int check_opened(struct verify_data *d, struct findings *out, struct err *e)
{
    TRY(check_container(d->data->file->h5, d->subject, out, e));
    TRY(verify_objects(d->data->file->h5, d->subject, out, e));
    TRY(check_classes(d->data, d->subject, out, e));
    TRY(check_ids(d->data, d->subject, out, e));
    return d->data->size > 0 ? verify_rows_read(d, out, e) : 0;
}

int verify_data(struct verify_data *d, const char *path, const char *subject, size_t limit, struct findings *out,
                struct err *e)
{
    struct err refusal = {0};
    memset(d, 0, sizeof *d);
    d->path = path;
    d->subject = subject;
    if (dataset_open(&d->data, path, limit, &refusal) == 0)
        return check_opened(d, out, e);
    if (refusal.code == ERR_RUN)
        return err_set(e, ERR_RUN, "%s", refusal.text);
    return check_refused(d, &refusal, out, e);
}

void verify_data_close(struct verify_data *d)
{
    verify_rows_free(d->rows);
    dataset_close(d->data);
    memset(d, 0, sizeof *d);
}
