/*
 * Prompt cache files: the positions of a prompt as one run left them in the KV cache, for later runs
 * that begin with the same. A file is good for the model file and the release that wrote it.
 */
#ifndef SIM_PROMPT_CACHE_H
#define SIM_PROMPT_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h"
#include "picture.h"
#include "position.h"
#include "tokenizer.h"

/* Where a run writes that is given no path. */
#define PROMPT_CACHE_PATH "./prompt_cache.bin"
#define PROMPT_CACHE_MAGIC "RKLLM-SIMULATOR-PROMPT-CACHE 1"

/* What a file held. It counts for reuse until it is released, whatever else the KV cache holds. */
typedef struct PromptCache {
    bool loaded;
    Positions positions;
    uint64_t influence; /* what acted on them, see influence.h */
} PromptCache;

/* Writes the first count positions. False after an error line. */
bool prompt_cache_write(const char *path, const Model *model, const Positions *positions,
                        size_t count, uint64_t influence);
/* Reads a file. False after an error line; then nothing is loaded. */
bool prompt_cache_read(PromptCache *cache, const char *path, const Model *model,
                       Tokenizer *tokenizer, size_t max_positions);
void prompt_cache_free(PromptCache *cache);

#endif
