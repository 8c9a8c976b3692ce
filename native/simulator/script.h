/*
 * Scripted replies: determines which rule of the model answers a conversation, and the text of its
 * reply. A function of the conversation and the parameters; stateless.
 */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "lookup.h"
#include "memory.h"
#include "model.h"

/* A section of a reply that is divided into tokens in one way. */
typedef struct Chunk {
    size_t start; /* offset in the reply's bytes */
    size_t length;
    CutMode cut;     /* CUT_BARS if the whole chunk is one token */
    long generated;  /* number of tokens of generated text in place of bytes, or 0 */
} Chunk;

typedef struct Reply {
    const Rule *rule; /* whose faults and speeds apply; the model's defaults if none matched */
    Bytes bytes;
    Chunk *chunks;
    size_t count;
    size_t capacity;
} Reply;

/*
 * Determines the reply to a conversation. If its last turn is an unfinished answer, the reply
 * continues it. max_tokens limits the length of generated text.
 */
void script_reply(ScriptContext *context, size_t max_tokens, Reply *reply);
void reply_free(Reply *reply);

#endif
