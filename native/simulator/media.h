/* Images and videos of an input: from rows of floats to what the decoder knows of them. */
#ifndef SIM_MEDIA_H
#define SIM_MEDIA_H

#include <stdbool.h>

#include "model.h"
#include "settings.h"

#define IMAGE_MARKER "<image>"
#define VIDEO_MARKER "<video>"

/* Reads all rows. False after an error line or a report of misuse. */
bool media_digest(Input *input, const Model *model);

/*
 * The first marker of an image or video in text, or NULL; video tells which it is.
 */
const char *media_find(const char *text, bool *video);

#endif
