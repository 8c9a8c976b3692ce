/*
 * Delivers results to the caller's callback. The data passed to a callback is in a buffer that is
 * overwritten with 0xDB when the callback has returned (or unmapped, if the model file says so), so
 * that a late read cannot return valid data.
 */
#ifndef SIM_EMITTER_H
#define SIM_EMITTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"
#include "model.h"
#include "rkllm.h"
#include "times.h"
#include "utf8.h"

enum { EMITTER_SLOTS = 4, EMITTER_TEXT = 184, EMITTER_POISON = 0xDB };

/* A buffer. Several buffers are used in turn. */
typedef struct EmitterSlot {
    RKLLMResult result;
    char text[EMITTER_TEXT];
} EmitterSlot;

/* The text of one member of a batch that is being delivered. */
typedef struct Stream {
    SplitMode split;
    Utf8State utf8;
    Bytes held; /* bytes waiting for the rest of their character */
} Stream;

typedef struct Emitter {
    LLMResultCallback callback;
    void *userdata;
    bool unmap;
    bool timed;    /* times are recorded */
    bool silent;   /* a fault: nothing is delivered */
    int64_t twice_from; /* a fault: from this callback on, two threads call back; or NEVER */
    int64_t carried;    /* number of callbacks with tokens or floats in this run */
    bool reported; /* an invalid value was returned in this run */
    Stream *streams;
    size_t stream_count;
    unsigned next_slot;
    EmitterSlot *slots; /* EMITTER_SLOTS buffers */
    char *block;        /* the last results that used no slot, or NULL; see block_size */
    size_t block_size;
    Times times; /* of the tokens of this run */
} Emitter;

typedef enum Verdict { VERDICT_GO_ON, VERDICT_PAUSE, VERDICT_RELEASE } Verdict;

/* The next token of one member of a batch. */
typedef struct Piece {
    int32_t id; /* negative if this member has ended */
    const char *bytes; /* NULL if the text is NULL */
    size_t length;
    bool last; /* deliver the bytes of an incomplete character, because nothing follows */
} Piece;

void emitter_create(Emitter *emitter, LLMResultCallback callback, size_t members, bool unmap,
                    bool timed);
void emitter_free(Emitter *emitter);
/*
 * Prepares a run with the given faults, or NULL for none. goes_on: bytes withheld when the run was
 * paused are still to be delivered.
 */
void emitter_begin(Emitter *emitter, void *userdata, const Faults *faults, bool goes_on);

/* Delivers one token as NORMAL or WAITING or, in a batch, one for each member as NORMAL. */
Verdict emitter_token(Emitter *emitter, const Piece *piece);
Verdict emitter_tokens(Emitter *emitter, const Piece *pieces);
/* Delivers the floats of the results, one result for each member. */
Verdict emitter_outputs(Emitter *emitter, const RKLLMResult *results);
void emitter_finish(Emitter *emitter, const RKLLMPerfStat *perf, bool empty_text);
void emitter_error(Emitter *emitter, ErrorForm form, const char *message);

#endif
