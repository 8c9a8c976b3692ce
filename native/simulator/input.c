#include "input.h"

#include "embedding.h"
#include "log.h"
#include "media.h"
#include "rkllm.h"

/* Larger sizes are considered invalid, and the memory is not read. */
enum { ABSURD = 1 << 20 };

static bool digest_ids(Input *input, Tokenizer *tokenizer) {
    for (size_t i = 0; i < input->count; i++) {
        if (!tokenizer_admit(tokenizer, input->ids[i])) {
            log_error("token id %d at position %zu is not in the vocabulary of %zu ids",
                      input->ids[i], i, tokenizer->vocab_size);
            return false;
        }
        positions_append_token(&input->content, input->ids[i]);
    }
    return true;
}

static void digest_rows(Input *input, size_t width, Tokenizer *tokenizer) {
    for (size_t i = 0; i < input->count; i++) {
        const float *row = input->rows + i * width;
        int32_t id = embedding_find(row, width, (int32_t)tokenizer->vocab_size);
        if (id >= 0 && tokenizer_admit(tokenizer, id)) {
            positions_append_token(&input->content, id);
        } else {
            positions_append(&input->content, (Position){.token = NO_TOKEN,
                                                         .row = embedding_hash(row, width)});
        }
    }
}

static bool digest_content(Input *input, const Model *model, Tokenizer *tokenizer,
                           bool may_be_empty) {
    bool is_tokens = input->type == RKLLM_INPUT_TOKEN;
    if (input->count == 0 && !may_be_empty) {
        report_misuse("an input of %s has n_tokens 0", is_tokens ? "tokens" : "embeddings");
        return false;
    }
    if (input->count > ABSURD) {
        report_misuse("an input has n_tokens %zu", input->count);
        return false;
    }
    if (is_tokens) {
        return digest_ids(input, tokenizer);
    }
    digest_rows(input, (size_t)model->embd, tokenizer);
    return true;
}

/*
 * Checks a text for placeholders. A multimodal model treats a placeholder as embeddings, even if
 * there are none.
 */
static bool check_text(const Input *input, const Model *model) {
    MediaKind kind;
    if (model->seen_count == 0 || media_find(input->prompt, &kind) == NULL) {
        return true;
    }
    report_misuse("a prompt has %s, but no embeddings for it", media_marker(kind));
    return false;
}

bool input_digest(Input *input, const Model *model, Tokenizer *tokenizer, bool may_be_empty) {
    bool ok = true;
    if (input->type == RKLLM_INPUT_TOKEN || input->type == RKLLM_INPUT_EMBED) {
        ok = digest_content(input, model, tokenizer, may_be_empty);
    } else if (input->type == RKLLM_INPUT_MULTIMODAL) {
        ok = media_digest(input, model);
    } else {
        ok = check_text(input, model);
    }
    input->ids = NULL;
    input->rows = NULL;
    return ok;
}
