/*
 * Normalizes messages for matching. Only the wording counts: white space is collapsed, the
 * typographic apostrophe becomes a plain one, and closing punctuation is removed.
 */
#ifndef SIM_MESSAGE_H
#define SIM_MESSAGE_H

#include <stddef.h>

#include "memory.h"

typedef struct Message {
    Bytes plain;
    Bytes folded; /* the same in lower case (ASCII), with the same number of bytes */
} Message;

void message_prepare(Message *message, const char *text, size_t length);
void message_free(Message *message);

/* The individual steps; each appends its result. */
void message_plain(Bytes *plain, const char *text, size_t length);
void message_fold(Bytes *folded, const char *text, size_t length);

#endif
