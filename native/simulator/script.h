/*
 * Scripted replies: which rule of the model answers a conversation, and what it says. A function of
 * the conversation and the parameters; it keeps nothing.
 */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "lookup.h"
#include "memory.h"
#include "model.h"

/* A stretch of a reply that is cut into tokens in one way. */
typedef struct Chunk {
    size_t start; /* in the reply's bytes */
    size_t length;
    CutMode cut;     /* CUT_BARS: the whole chunk is one token */
    long generated;  /* tokens of generated text instead of bytes; 0: none */
} Chunk;

typedef struct Reply {
    const Rule *rule; /* whose faults and speeds apply; of the model's defaults when none matched */
    Bytes bytes;
    Chunk *chunks;
    size_t count;
    size_t capacity;
} Reply;

/*
 * Finds the reply to a conversation whose last turn may be an answer that has begun: then the reply
 * goes on from there. max_tokens bounds what is worth making.
 */
void script_reply(ScriptContext *context, size_t max_tokens, Reply *reply);
void reply_free(Reply *reply);

#endif
