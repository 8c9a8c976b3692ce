#include "processors.h"

#include "embedding.h"
#include "log.h"

static bool take_ids(Tokenizer *tokenizer, const int32_t *ids, size_t count, Tokens *out) {
    for (size_t i = 0; i < count; i++) {
        if (!tokenizer_admit(tokenizer, ids[i])) {
            log_error("the tokenizer callback gave the id %d, but the vocabulary has %zu ids", ids[i],
                      tokenizer->vocab_size);
            return false;
        }
        tokens_append(out, ids[i]);
    }
    return true;
}

bool processors_tokenize(const Processors *processors, Tokenizer *tokenizer, const char *text,
                         size_t length, int max_tokens, Tokens *out) {
    if (length == 0) {
        return true;
    }
    char *copy = sim_copy_bytes(text, length);
    int32_t *ids = sim_alloc((size_t)max_tokens * sizeof *ids);
    int count = processors->tokenize(processors->tokenize_userdata, copy, (int32_t)length, ids,
                                     max_tokens);
    bool ok = false;
    if (count < 0) {
        log_error("the tokenizer callback failed with %d", count);
    } else if (count > max_tokens) {
        report_misuse("the tokenizer callback returned %d, but the capacity is %d tokens", count,
                      max_tokens);
    } else {
        ok = take_ids(tokenizer, ids, (size_t)count, out);
    }
    sim_free(ids);
    sim_free(copy);
    return ok;
}

/* ---- embeddings ---- */

static bool has_row_of_its_own(const Position *position) {
    return position->token == NO_TOKEN || position->row != 0;
}

static size_t gather_ids(const Positions *positions, size_t first, int32_t *ids) {
    size_t count = 0;
    for (size_t i = first; i < positions->count; i++) {
        if (!has_row_of_its_own(&positions->items[i])) {
            ids[count++] = positions->items[i].token;
        }
    }
    return count;
}

static void note_rows(Positions *positions, size_t first, const float *rows, size_t width) {
    for (size_t i = first; i < positions->count; i++) {
        Position *position = &positions->items[i];
        if (has_row_of_its_own(position)) {
            continue;
        }
        bool expected = embedding_find(rows, width, position->token + 1) == position->token;
        position->row = expected ? 0 : embedding_hash(rows, width);
        rows += width;
    }
}

bool processors_embed(const Processors *processors, const Model *model, Positions *positions,
                      size_t first) {
    size_t width = (size_t)model->embd;
    int32_t *ids = sim_alloc((positions->count - first) * sizeof *ids);
    size_t count = gather_ids(positions, first, ids);
    size_t size = count * width * sizeof(float);
    float *rows = sim_alloc(size);
    int code = count == 0 ? 0
                          : processors->embed(processors->embed_userdata, ids, count, rows, size);
    if (code != 0) {
        log_error("the embedding callback failed with %d", code);
    } else {
        note_rows(positions, first, rows, width);
    }
    sim_free(rows);
    sim_free(ids);
    return code == 0;
}
