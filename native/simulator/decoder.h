/*
 * The decoder: which tokens follow what is in the KV cache. A function of the cache and the
 * parameters, so the same cache always goes on in the same way, however it came about. All tokens
 * of a run are worked out when it starts, which leaves nothing to do between two tokens.
 */
#ifndef SIM_DECODER_H
#define SIM_DECODER_H

#include <stdbool.h>

#include "kv_cache.h"
#include "model.h"
#include "script.h"
#include "tokenizer.h"

/* What a run will generate. */
typedef struct Plan {
    Tokens tokens;
    bool ends;          /* end of sequence comes after the last token */
    Rule behaviour;     /* speeds, split mode and faults; owns nothing */
} Plan;

/* Plans at most max_tokens tokens. The tokenizer may learn tokens that a script cuts. */
void decoder_plan(const KvCache *cache, Tokenizer *tokenizer, ScriptContext *context,
                  size_t max_tokens, Plan *plan);
void plan_free(Plan *plan);

#endif
