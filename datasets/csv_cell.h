/* What the text of one cell is. */
#ifndef ASSAY_DATASETS_CSV_CELL_H
#define ASSAY_DATASETS_CSV_CELL_H
#include <stddef.h>

enum csv_number { CSV_NUMBER_GOOD, CSV_NUMBER_NONE, CSV_NUMBER_LARGE /* does not fit float32 */ };

/* A finite decimal number, correctly rounded. Strict: no hexadecimal, "inf", "nan", blanks, thousands. */
enum csv_number csv_number(const char *text, double *out);
/* 2024-03-01, 1.3.2024, 03/01/24, 2024/3/1, each also with a time behind it. */
int csv_is_date(const char *text);
/* Marks that tables write where a value is missing: "", "NA", "?", "null" ..., in any case of letters. */
int csv_is_missing(const char *text);
/* Why a cell that is no number is none, and what to do: a sentence that goes on after the cell's text. */
const char *csv_number_fault(const char *text);

#endif
