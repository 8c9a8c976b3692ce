/* Images, videos and audio of an input: from rows of floats to what the decoder knows of them. */
#ifndef SIM_MEDIA_H
#define SIM_MEDIA_H

#include <stdbool.h>

#include "model.h"
#include "settings.h"

/* Reads all rows. False after an error line or a report of misuse. */
bool media_digest(Input *input, const Model *model);

/* What stands for one of a kind in a prompt: <image>, <video>, <audio>. */
const char *media_marker(MediaKind kind);

/* The first marker in text of a kind that the release knows, or NULL; kind tells which it is. */
const char *media_find(const char *text, MediaKind *kind);

#endif
