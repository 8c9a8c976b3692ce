/* Converts the images, videos and audio of an input from rows of floats to pictures. */
#ifndef SIM_MEDIA_H
#define SIM_MEDIA_H

#include <stdbool.h>

#include "model.h"
#include "settings.h"

/* Reads all rows. Returns false after an error line or after reporting misuse. */
bool media_digest(Input *input, const Model *model);

/* Returns the placeholder of a kind in a prompt: <image>, <video>, <audio>. */
const char *media_marker(MediaKind kind);

/*
 * Returns the first placeholder in the text of a kind that the release supports, or NULL, and
 * stores the kind.
 */
const char *media_find(const char *text, MediaKind *kind);

#endif
