/*
 * The decoder determines which tokens follow the contents of the KV cache. It is a function of the
 * cache and the parameters: the same cache always continues in the same way, however it was filled.
 * The tokens of a run are computed when it starts, so that nothing remains to be done between two
 * tokens. Long or unlimited generated text is computed in sections.
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

/* The data that the decoder works on. All pointers are borrowed. */
typedef struct Decoding {
    const Model *model;
    Tokenizer *tokenizer; /* may add tokens that a script cuts */
    const Settings *settings;
    const Chat *chat;
    const Request *request;
    long runs; /* number of runs of the handle, including this one */
    const Input *input; /* the input to answer */
    const Influence *influence;
    const Encoded *encoded;
    const Processors *processors; /* whose embeddings are used; NULL for the model's own */
    const Pictures *pictures; /* pictures that may be in the cache below */
    const Positions *cache;
    long answer_start; /* position in the cache of a known answer, or NO_ANSWER */
    bool resuming;     /* the answer may differ from the script's */
} Decoding;

/* The tokens that a run will generate. */
typedef struct Plan {
    Positions positions;
    size_t left;    /* tokens of generated text that follow and are not planned yet */
    bool ends;      /* the last token is followed by the end of the sequence */
    Rule behavior; /* speeds, split mode and faults; owns nothing */
} Plan;

/*
 * Plans at most max_tokens tokens. Returns false after an error line if a token has no embedding.
 */
bool decoder_plan(const Decoding *decoding, size_t max_tokens, Plan *plan);
/*
 * Plans the next section of the remaining tokens, once all planned tokens are in the cache. Returns
 * false as decoder_plan does.
 */
bool decoder_extend(const Decoding *decoding, Plan *plan);
void plan_free(Plan *plan);

/*
 * Returns the next token according to the script, or -1 if it is drawn at random. Adds no tokens.
 */
int32_t decoder_scripted_next(const Decoding *decoding);

#endif
