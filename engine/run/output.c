#define _POSIX_C_SOURCE 200809L
#include "engine/run/output.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/batch/journal.h"

int output_name(struct output *out, const char *directory, struct err *e)
{
    const struct {
        char *to;
        const char *name;
    } part[] = {{out->journal, "journal.bin"}, {out->artefacts, "artefacts.h5"}, {out->probes, "probes.h5"},
                {out->report, "report.json"},  {out->page, "report.html"},       {out->samples, "samples.h5"},
                {out->images, "images"},       {out->adversarial, "adversarial.h5"},
                {out->kept, "adversarial.part"}};
    out->directory = directory;
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++)
        if (snprintf(part[i].to, OUTPUT_PATH, "%s/%s", directory, part[i].name) >= OUTPUT_PATH)
            return err_set(e, ERR_USAGE, "output %s: the path is too long", directory);
    return 0;
}

/* What `prepare` leaves for a run. */
static int is_prepared(const char *name)
{
    return !strncmp(name, "artefacts.h5", strlen("artefacts.h5"));
}

/* But for what is prepared. */
static int is_empty(const char *directory)
{
    DIR *d = opendir(directory);
    int entries = 0;
    if (!d)
        return 1;
    for (struct dirent *entry = readdir(d); entry; entry = readdir(d))
        entries += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") && !is_prepared(entry->d_name);
    closedir(d);
    return entries == 0;
}

/* Our own contact sheets, by their names. */
static int is_picture(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && !strcmp(name + n - 4, ".png") &&
           (!strncmp(name, "natural.", 8) || !strncmp(name, "adversarial.", 12));
}

static void remove_pictures(const char *directory)
{
    char path[2 * OUTPUT_PATH];
    DIR *d = opendir(directory);
    if (!d)
        return;
    for (struct dirent *entry = readdir(d); entry; entry = readdir(d))
        if (is_picture(entry->d_name)) {
            snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
            unlink(path);
        }
    closedir(d);
    rmdir(directory); /* stays if somebody else's files are in it */
}

static int remove_earlier(const struct output *out, struct err *e)
{
    const char *files[] = {out->journal, out->artefacts, out->probes, out->report,
                           out->page, out->samples, out->adversarial, out->kept};
    TRY(journal_idle(out->journal, e));
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (unlink(files[i]) && errno != ENOENT)
            return err_set(e, ERR_RUN, "output %s: cannot remove: %s", files[i], strerror(errno));
    remove_pictures(out->images);
    return 0;
}

int output_prepare(const struct output *out, int resume, int force, int *going_on, struct err *e)
{
    struct stat st;
    if (!stat(out->directory, &st) && !S_ISDIR(st.st_mode))
        return err_set(e, ERR_USAGE, "output %s: is not a folder", out->directory);
    if (resume && force)
        return err_set(e, ERR_USAGE, "--resume and --force exclude each other");
    if (!resume && !force && !is_empty(out->directory))
        return err_set(e, ERR_USAGE, "output %s: is not empty; go on with --resume, or write over it with --force",
                       out->directory);
    TRY(file_make_directories(out->directory, e));
    if (force)
        TRY(remove_earlier(out, e));
    *going_on = resume && !stat(out->journal, &st);
    if (resume && !*going_on)
        log_note("%s: no journal there, starting from the beginning", out->directory);
    return 0;
}

void output_drop_journal(const struct output *out)
{
    unlink(out->journal);
}
