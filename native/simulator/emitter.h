/*
 * Delivery of results to the caller's callback. What a callback is shown lives in a buffer that is
 * overwritten with 0xDB when the callback has returned (or unmapped, if the model file says so), so
 * that a late read cannot pass for a right one.
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

/* One buffer; they take turns. */
typedef struct EmitterSlot {
    RKLLMResult result;
    char text[EMITTER_TEXT];
} EmitterSlot;

/* The text of one member of a batch on its way out. */
typedef struct Stream {
    SplitMode split;
    Utf8State utf8;
    Bytes held; /* bytes that wait for the rest of their character */
} Stream;

typedef struct Emitter {
    LLMResultCallback callback;
    void *userdata;
    bool unmap;
    bool timed;    /* times are taken */
    bool silent;   /* a fault: nothing is delivered */
    int64_t twice_from; /* a fault: from that callback on two threads make it; NEVER: none does */
    int64_t carried;    /* callbacks with tokens or floats in this run */
    bool reported; /* a value that means nothing came back in this run */
    Stream *streams;
    size_t stream_count;
    unsigned next_slot;
    EmitterSlot *slots; /* EMITTER_SLOTS of them */
    char *block;        /* the last results that took no slot, NULL: none; see block_size */
    size_t block_size;
    Times times; /* of the tokens of this run */
} Emitter;

typedef enum Verdict { VERDICT_GO_ON, VERDICT_PAUSE, VERDICT_RELEASE } Verdict;

/* The next token of one member of a batch. */
typedef struct Piece {
    int32_t id; /* below 0: this member has ended */
    const char *bytes; /* NULL: the text is NULL */
    size_t length;
    bool last; /* bytes of an unfinished character are not held back: nothing comes after them */
} Piece;

void emitter_create(Emitter *emitter, LLMResultCallback callback, size_t members, bool unmap,
                    bool timed);
void emitter_free(Emitter *emitter);
/*
 * Makes ready for a run with these faults, NULL: none. goes_on: what was held back when it was
 * paused is still to come.
 */
void emitter_begin(Emitter *emitter, void *userdata, const Faults *faults, bool goes_on);

/* Delivers one token as NORMAL or WAITING; of a batch, one for each member, as NORMAL. */
Verdict emitter_token(Emitter *emitter, const Piece *piece);
Verdict emitter_tokens(Emitter *emitter, const Piece *pieces);
/* Delivers the floats that results, one for each member, point at. */
Verdict emitter_outputs(Emitter *emitter, const RKLLMResult *results);
void emitter_finish(Emitter *emitter, const RKLLMPerfStat *perf, bool empty_text);
void emitter_error(Emitter *emitter, ErrorForm form, const char *message);

#endif
