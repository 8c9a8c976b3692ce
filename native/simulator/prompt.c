#include "prompt.h"

#include <string.h>

#include "chat_template.h"
#include "media.h"

/* Appends the tokens of a text, as parts of a picture unless it is 0. */
static bool encode(const Handle *handle, const char *text, size_t length, uint32_t picture,
                   Positions *out) {
    Tokens tokens = {0};
    bool ok = true;
    if (handle->model->no_tokenizer) {
        ok = processors_tokenize(&handle->processors, handle->tokenizer, text, length,
                                 handle->max_context, &tokens);
    } else {
        tokenizer_encode(handle->tokenizer, text, length, &tokens);
    }
    for (size_t i = 0; i < tokens.count; i++) {
        positions_append(out, (Position){.token = tokens.ids[i], .picture = picture});
    }
    tokens_free(&tokens);
    return ok;
}

/* ---- images, videos and audio clips ---- */

/* The state while combining a text with the pictures of its input. */
typedef struct Insertion {
    const Handle *handle;
    const Input *input;
    uint32_t last_number;     /* of the pictures in the cache */
    size_t used[MEDIA_KINDS]; /* number of each kind that were inserted */
    Prompt *prompt;
} Insertion;

/* Returns the next picture of a kind in the input, or NULL if there are no more. */
static const Picture *next_picture(Insertion *insertion, MediaKind kind) {
    const Pictures *pictures = &insertion->input->pictures;
    size_t seen = 0;
    for (size_t i = 0; i < pictures->count; i++) {
        if (pictures->items[i].kind == kind && seen++ == insertion->used[kind]) {
            insertion->used[kind]++;
            return &pictures->items[i];
        }
    }
    return NULL;
}

/* Appends the start tag, the rows and the end tag of a picture. */
static bool insert_picture(Insertion *insertion, const Picture *picture) {
    const Positions *content = &insertion->input->content;
    Positions *out = &insertion->prompt->positions;
    Picture numbered = *picture;
    numbered.number = insertion->last_number + picture->number;
    pictures_add(&insertion->prompt->pictures, &numbered);
    if (!encode(insertion->handle, picture->start, strlen(picture->start), numbered.number, out)) {
        return false;
    }
    for (size_t i = 0; i < content->count; i++) {
        if (content->items[i].picture == picture->number) {
            Position row = content->items[i];
            row.picture = numbered.number;
            positions_append(out, row);
        }
    }
    return encode(insertion->handle, picture->end, strlen(picture->end), numbered.number, out);
}

/* Appends a text in which placeholders stand for the pictures of the input. */
static bool encode_with_pictures(Insertion *insertion, const char *text) {
    Positions *out = &insertion->prompt->positions;
    MediaKind kind;
    const char *marker;
    while ((marker = media_find(text, &kind)) != NULL) {
        const Picture *picture = next_picture(insertion, kind);
        if (picture == NULL) {
            break; /* a placeholder of the template, not of the prompt */
        }
        if (!encode(insertion->handle, text, (size_t)(marker - text), 0, out) ||
            !insert_picture(insertion, picture)) {
            return false;
        }
        text = marker + strlen(media_marker(kind));
    }
    return encode(insertion->handle, text, strlen(text), 0, out);
}

/* ---- turns ---- */

static bool encode_system(const Handle *handle, Prompt *prompt) {
    Bytes text = {0};
    chat_render_system(&handle->chat, handle->model, &text);
    bool ok = encode(handle, bytes_text(&text), text.length, 0, &prompt->positions);
    prompt->system_count = prompt->positions.count;
    bytes_free(&text);
    return ok;
}

static bool encode_turn(const Handle *handle, const KvCache *cache, const Input *input,
                        bool after_reply, bool as_it_is, Prompt *prompt) {
    Bytes text = {0};
    if (as_it_is) {
        bytes_append_text(&text, input->prompt);
    } else {
        chat_render_turn(&handle->chat, handle->model, input, after_reply, &text);
    }
    Insertion insertion = {.handle = handle,
                           .input = input,
                           .last_number = cache->last_picture,
                           .prompt = prompt};
    bool ok = input->pictures.count == 0
                  ? encode(handle, bytes_text(&text), text.length, 0, &prompt->positions)
                  : encode_with_pictures(&insertion, bytes_text(&text));
    bytes_free(&text);
    return ok;
}

/* Makes the caller look up the embeddings if the model has none. */
static bool look_up(const Handle *handle, Prompt *prompt) {
    return !handle->model->no_embedding ||
           processors_embed(&handle->processors, handle->model, &prompt->positions, 0);
}

bool prompt_make(Handle *handle, const KvCache *cache, const Input *input, Place place,
                 Prompt *prompt) {
    *prompt = (Prompt){0};
    if (input->prompt == NULL) { /* tokens and embeddings are not rendered */
        positions_append_all(&prompt->positions, &input->content);
        return input->type == RKLLM_INPUT_EMBED || look_up(handle, prompt);
    }
    bool after_reply = place == PLACE_HISTORY && cache->replied;
    return (place != PLACE_ANEW || encode_system(handle, prompt)) &&
           encode_turn(handle, cache, input, after_reply, place == PLACE_AS_IT_IS, prompt) &&
           look_up(handle, prompt);
}

void prompt_free(Prompt *prompt) {
    positions_free(&prompt->positions);
    pictures_free(&prompt->pictures);
    *prompt = (Prompt){0};
}
