#include "prompt.h"

#include "chat_template.h"

static bool encode(const Handle *handle, const Bytes *text, Positions *out) {
    Tokens tokens = {0};
    tokenizer_encode(handle->tokenizer, bytes_text(text), text->length, &tokens);
    for (size_t i = 0; i < tokens.count; i++) {
        positions_append_token(out, tokens.ids[i]);
    }
    tokens_free(&tokens);
    return true;
}

static bool encode_system(const Handle *handle, Prompt *prompt) {
    Bytes text = {0};
    chat_render_system(&handle->chat, handle->model, &text);
    bool ok = encode(handle, &text, &prompt->positions);
    prompt->system_count = prompt->positions.count;
    bytes_free(&text);
    return ok;
}

static bool encode_turn(const Handle *handle, const Input *input, bool after_reply, bool as_it_is,
                        Prompt *prompt) {
    Bytes text = {0};
    if (as_it_is) {
        bytes_append_text(&text, input->prompt);
    } else {
        chat_render_turn(&handle->chat, handle->model, input, after_reply, &text);
    }
    bool ok = encode(handle, &text, &prompt->positions);
    bytes_free(&text);
    return ok;
}

bool prompt_make(Handle *handle, const KvCache *cache, const Input *input, Place place,
                 Prompt *prompt) {
    *prompt = (Prompt){0};
    if (input->prompt == NULL) { /* tokens and embeddings, taken as they are */
        positions_append_all(&prompt->positions, &input->content);
        return true;
    }
    bool after_reply = place == PLACE_HISTORY && cache->turns > 0;
    return (place != PLACE_ANEW || encode_system(handle, prompt)) &&
           encode_turn(handle, input, after_reply, place == PLACE_AS_IT_IS, prompt);
}

void prompt_free(Prompt *prompt) {
    positions_free(&prompt->positions);
    *prompt = (Prompt){0};
}
