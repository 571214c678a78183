#ifndef ASSAY_CLI_IMPORT_HELP_H
#define ASSAY_CLI_IMPORT_HELP_H

/* What `assay help import` adds to the options: every key of the CSV schema, with an example. */
extern const char import_help[];

#endif
