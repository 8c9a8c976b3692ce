/*
 * The caller's tokenizer and embedding functions (1.3), for models without their own. They are
 * called on the thread of the run.
 */
#ifndef SIM_PROCESSORS_H
#define SIM_PROCESSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"
#include "model.h"
#include "position.h"
#include "tokenizer.h"

typedef int (*TokenizeFunction)(void *userdata, const char *text, int32_t text_len,
                                int32_t *tokens, int32_t n_tokens_max);
typedef int (*EmbedFunction)(void *userdata, int32_t *tokens, uint64_t num_tokens, void *embed,
                             uint64_t len);

typedef struct Processors {
    TokenizeFunction tokenize; /* NULL if not provided */
    void *tokenize_userdata;
    EmbedFunction embed; /* NULL if not provided */
    void *embed_userdata;
} Processors;

/* Appends the tokens of a text. Returns false after an error line or after reporting misuse. */
bool processors_tokenize(const Processors *processors, Tokenizer *tokenizer, const char *text,
                         size_t length, int max_tokens, Tokens *out);

/*
 * Looks up the rows of the tokens from position first on, all at once. Marks those that differ from
 * the model's own rows. Returns false after an error line.
 */
bool processors_embed(const Processors *processors, const Model *model, Positions *positions,
                      size_t first);

#endif
