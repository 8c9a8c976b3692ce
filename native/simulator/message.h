/*
 * Messages made ready for matching: wording is all that counts, so white space is joined, the
 * typographic apostrophe becomes a plain one and closing punctuation is removed.
 */
#ifndef SIM_MESSAGE_H
#define SIM_MESSAGE_H

#include <stddef.h>

#include "memory.h"

typedef struct Message {
    Bytes plain;
    Bytes folded; /* the same in lower case (ASCII), byte for byte as long */
} Message;

void message_prepare(Message *message, const char *text, size_t length);
void message_free(Message *message);

/* The two steps by themselves; each appends. */
void message_plain(Bytes *plain, const char *text, size_t length);
void message_fold(Bytes *folded, const char *text, size_t length);

#endif
