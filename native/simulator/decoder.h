/*
 * The decoder: which tokens follow what is in the KV cache. A function of the cache and the
 * parameters, so the same cache always goes on in the same way, however it came about. The tokens
 * of a run are worked out when it starts, which leaves nothing to do between two tokens; generated
 * text that is long, or has no end, is worked out a stretch at a time.
 */
#ifndef SIM_DECODER_H
#define SIM_DECODER_H

#include <stdbool.h>

#include "chat_template.h"
#include "cross_attention.h"
#include "influence.h"
#include "model.h"
#include "position.h"
#include "processors.h"
#include "settings.h"
#include "tokenizer.h"

/* What the decoder works on. All is borrowed. */
typedef struct Decoding {
    const Model *model;
    Tokenizer *tokenizer; /* may learn tokens that a script cuts */
    const Settings *settings;
    const Chat *chat;
    const Request *request;
    long runs; /* of the handle, up to this one */
    const Input *input; /* of the request: the one that is answered */
    const Influence *influence;
    const Encoded *encoded;
    const Processors *processors; /* whose embeddings are used; NULL: the model's own */
    const Pictures *pictures; /* that may be among the next */
    const Positions *cache;
    long answer_start; /* where in the cache an answer is known to begin, or NO_ANSWER */
    bool resuming;     /* that answer may have become another than the script's */
} Decoding;

/* What a run will generate. */
typedef struct Plan {
    Positions positions;
    size_t left;    /* tokens of generated text that come after these and are not planned yet */
    bool ends;      /* end of sequence comes after the last of them */
    Rule behaviour; /* speeds, split mode and faults; owns nothing */
} Plan;

/* Plans at most max_tokens tokens. False after an error line: a token has no embedding. */
bool decoder_plan(const Decoding *decoding, size_t max_tokens, Plan *plan);
/* Plans the next stretch of what is left, once all that was planned is in the cache. Likewise. */
bool decoder_extend(const Decoding *decoding, Plan *plan);
void plan_free(Plan *plan);

/* The token that a script wants next, or -1 when the next one is drawn. Learns no tokens. */
int32_t decoder_scripted_next(const Decoding *decoding);

#endif
