/* What the program is: version, commit, numerics, and the libraries found at run time. */
#include "engine/base/numerics.h"
#include "engine/base/crc32.h"
#include "engine/base/sha256.h"
#include "engine/io/h5.h"
#include "engine/io/json.h"
#include "engine/io/jpeg.h"
#include "engine/io/png.h"
#include "engine/io/zip.h"
#include "metrics/stats.h"
#include "reports/parts.h"

#ifndef ASSAY_GIT_COMMIT
#define ASSAY_GIT_COMMIT "unknown"
#endif

const char report_git_commit[] = ASSAY_GIT_COMMIT;
const char report_numerics[] = NUMERICS_VERSION;
const char report_version[] = "0.1.0";

static void put_library(struct json_writer *w, const char *name, const char *version)
{
    int pretty = report_open_line(w);
    json_put_string(w, "name", name);
    json_put_string(w, "version", version);
    report_close_line(w, pretty);
}

void report_libraries(struct json_writer *w, const char *key)
{
    char nettle[32];
    json_open_array(w, key);
    put_library(w, "hdf5", h5_version());
    put_library(w, "libpng", png_version());
    put_library(w, "libjpeg-turbo", jpeg_version());
    put_library(w, "libzip", zip_version());
    put_library(w, "zlib", crc32_version());
    put_library(w, "cjson", json_version());
    put_library(w, "gsl", stats_version());
    put_library(w, "nettle", sha256_version(nettle, sizeof nettle));
    json_close_array(w);
}
