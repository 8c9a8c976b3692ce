/* How vocabularies spell text: byte-level BPE and SentencePiece write spaces and bytes in their
 * own way. */
#ifndef SIM_TOKEN_SPELLING_H
#define SIM_TOKEN_SPELLING_H

#include "container.h"

/*
 * Replaces the spelling of a vocabulary by the text that its tokens stand for. tokenizer: the kind
 * of tokenizer, as the file has it; tokens of other kinds than gpt2 and llama stay as they are.
 */
void token_spelling_apply(TokenTable *tokens, const char *tokenizer);

#endif
