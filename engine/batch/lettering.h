/* Text drawn into a picture, for contact sheets.
 *
 * One size of letters, 5 dots wide and 7 high in a cell of 6 x 8, for printable ASCII. A dot is a square of `scale`
 * pixels. */
#ifndef ASSAY_BATCH_LETTERING_H
#define ASSAY_BATCH_LETTERING_H
#include <stddef.h>
#include <stdint.h>

#define LETTERING_WIDTH 6  /* of a cell, dots */
#define LETTERING_HEIGHT 8

/* Whether every character of the text can be drawn. */
int lettering_has(const char *text);

/* 8-bit picture of 1 or 3 channels, row-major, channels last. */
struct lettering_page { uint8_t *pixels; size_t width, height, channels; };

/* The text in black, its first cell's corner at (top, left); what reaches past `room` cells or the page is left out.
 * Characters that there are no letters for are drawn as a box. */
void lettering_draw(const struct lettering_page *page, size_t top, size_t left, size_t scale, size_t room,
                    const char *text);

#endif
