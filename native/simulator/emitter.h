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
#include "utf8.h"

enum { EMITTER_SLOTS = 4, EMITTER_TEXT = 184, EMITTER_POISON = 0xDB };

/* One buffer; they take turns. */
typedef struct EmitterSlot {
    RKLLMResult result;
    char text[EMITTER_TEXT];
} EmitterSlot;

typedef struct Emitter {
    LLMResultCallback callback;
    void *userdata;
    bool unmap;
    bool silent;   /* a fault: nothing is delivered */
    bool reported; /* a value that means nothing came back in this run */
    SplitMode split;
    Utf8State utf8;
    Bytes held; /* bytes that wait for the rest of their character */
    unsigned next_slot;
    EmitterSlot *slots; /* EMITTER_SLOTS of them */
} Emitter;

typedef enum Verdict { VERDICT_GO_ON, VERDICT_PAUSE } Verdict;

void emitter_create(Emitter *emitter, LLMResultCallback callback, bool unmap);
void emitter_free(Emitter *emitter);
/* Makes ready for a run. */
void emitter_begin(Emitter *emitter, void *userdata, SplitMode split, bool silent);

/* Delivers one token as NORMAL or WAITING. last: held bytes are not held back any longer. */
Verdict emitter_token(Emitter *emitter, int32_t id, const char *bytes, size_t length, bool last);
/* Delivers a token whose text is NULL. */
Verdict emitter_null_text(Emitter *emitter, int32_t id);
void emitter_finish(Emitter *emitter, const RKLLMPerfStat *perf, bool empty_text);
void emitter_error(Emitter *emitter, ErrorForm form, const char *message);

#endif
