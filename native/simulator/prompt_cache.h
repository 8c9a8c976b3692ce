/*
 * Prompt cache files: the positions of a prompt that one run left in the KV cache, for later runs
 * that begin in the same way. A file is valid only for the model file and the release that wrote
 * it.
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

/* The file that a run writes if its path is NULL. */
#define PROMPT_CACHE_PATH "./prompt_cache.bin"
#define PROMPT_CACHE_MAGIC "RKLLM-SIMULATOR-PROMPT-CACHE 1"

/*
 * The contents of a file. They are available for reuse until they are released, whatever the KV
 * cache contains.
 */
typedef struct PromptCache {
    bool loaded;
    Positions positions;
    uint64_t influence; /* other influences on the contents, see influence.h */
} PromptCache;

/* Writes the first count positions. Returns false after an error line. */
bool prompt_cache_write(const char *path, const Model *model, const Positions *positions,
                        size_t count, uint64_t influence);
/* Reads a file. Returns false after an error line; nothing is loaded then. */
bool prompt_cache_read(PromptCache *cache, const char *path, const Model *model,
                       Tokenizer *tokenizer, size_t max_positions);
void prompt_cache_free(PromptCache *cache);

#endif
