/* The values of placeholders about images, videos and audio clips. */
#ifndef SIM_LOOKUP_PICTURE_H
#define SIM_LOOKUP_PICTURE_H

#include "lookup.h"

/*
 * Appends the value of a placeholder. Returns false if it is another placeholder or has no value.
 */
bool lookup_picture(const ScriptContext *context, const char *name, Bytes *out);

#endif
