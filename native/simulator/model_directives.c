/*
 * Directives that only the file can have: properties of the model and the behavior of the handle.
 */
#include <string.h>

#include "directives.h"

enum { MAX_MS = 3600000 };

bool model_context_limit(Reader *reader, const char *value) {
    long limit = 0;
    if (!value_int(reader, value, 32, 16384, &limit)) {
        return false;
    }
    if (limit % 32 != 0) {
        bytes_append_text(&reader->problem, "the context limit must be a multiple of 32");
        return false;
    }
    reader->model->context_limit = (int)limit;
    return true;
}

static bool apply_number(Reader *reader, const char *value, long min, long max, int *out) {
    long number = 0;
    bool ok = value_int(reader, value, min, max, &number);
    *out = (int)number;
    return ok;
}

bool model_npu_cores(Reader *reader, const char *value) {
    return apply_number(reader, value, 1, 3, &reader->model->npu_cores);
}

bool model_numbers(Reader *reader, const char *value) {
    return apply_number(reader, value, 0, 100000, &reader->model->numbers);
}

bool model_npu_memory(Reader *reader, const char *value) {
    return apply_number(reader, value, 0, 65536, &reader->model->npu_memory_mb);
}

bool model_overflow(Reader *reader, const char *value) {
    return value_choice_flag(reader, value, "error", "code", &reader->model->silent_overflow);
}

bool model_shift(Reader *reader, const char *value) {
    return value_choice_flag(reader, value, "no", "yes", &reader->model->shifts);
}

bool model_tokenizer(Reader *reader, const char *value) {
    return value_choice_flag(reader, value, "own", "none", &reader->model->no_tokenizer);
}

bool model_embedding(Reader *reader, const char *value) {
    return value_choice_flag(reader, value, "own", "none", &reader->model->no_embedding);
}

bool model_vocab(Reader *reader, const char *value) {
    return apply_number(reader, value, 1, 1000000, &reader->model->vocab);
}

bool model_embd(Reader *reader, const char *value) {
    return apply_number(reader, value, 1, 16384, &reader->model->embd);
}

bool model_layers(Reader *reader, const char *value) {
    return apply_number(reader, value, 1, 256, &reader->model->layers);
}

bool model_kv_heads(Reader *reader, const char *value) {
    return apply_number(reader, value, 1, 256, &reader->model->kv_heads);
}

bool model_head_dim(Reader *reader, const char *value) {
    return apply_number(reader, value, 1, 1024, &reader->model->head_dim);
}

bool model_encoder_word(Reader *reader, const char *value) {
    return value_list(reader, value, &reader->model->encoder_words);
}

/* Parses NAME VALUE; the name may contain spaces. */
bool model_picture(Reader *reader, const char *value) {
    Model *model = reader->model;
    const char *last = strrchr(value, ' ');
    Seen seen = {0};
    if (last == NULL) {
        bytes_append_text(&reader->problem, "needs a name and the mean of its floats");
        return false;
    }
    if (!value_double(reader, last + 1, -1e6, 1e6, &seen.mean)) {
        return false;
    }
    seen.name = sim_copy_bytes(value, (size_t)(last - value));
    model->seen =
        sim_grow(model->seen, model->seen_count, &model->seen_capacity, sizeof *model->seen);
    model->seen[model->seen_count++] = seen;
    return true;
}

bool model_system(Reader *reader, const char *value) {
    char *line = NULL;
    if (!value_string(reader, value, &line)) {
        return false;
    }
    char **prompt = &reader->model->system_prompt;
    if (*prompt != NULL && **prompt != '\0') {
        Bytes joined = {0};
        bytes_append_text(&joined, *prompt);
        bytes_append_char(&joined, '\n');
        bytes_append_text(&joined, line);
        sim_free(line);
        line = sim_copy_text(bytes_text(&joined));
        bytes_free(&joined);
    }
    sim_free(*prompt);
    *prompt = line;
    return true;
}

bool model_template(Reader *reader, const char *value) {
    static const char *const names[] = {"none", "chatml", "unreadable", NULL};
    int choice = 0;
    if (!value_choice(reader, value, names, &choice)) {
        return false;
    }
    reader->model->has_template = choice == 1;
    reader->model->template_unreadable = choice == 2;
    return true;
}

bool model_finish_text(Reader *reader, const char *value) {
    return value_choice_flag(reader, value, "null", "empty", &reader->model->finish_text_empty);
}

bool model_stop_token(Reader *reader, const char *value) {
    return value_choice_flag(reader, value, "sent", "hidden", &reader->model->hides_stop_token);
}

bool model_count_first_token(Reader *reader, const char *value) {
    return value_choice_flag(reader, value, "no", "yes", &reader->model->counts_first_token);
}

bool model_half_character(Reader *reader, const char *value) {
    return value_choice_flag(reader, value, "dropped", "sent",
                             &reader->model->sends_half_characters);
}

bool model_buffers(Reader *reader, const char *value) {
    return value_choice_flag(reader, value, "poison", "unmap", &reader->model->unmap_buffers);
}

bool model_abort(Reader *reader, const char *value) {
    return value_choice_flag(reader, value, "clean", "spoils", &reader->model->abort_spoils);
}

bool model_idle_abort(Reader *reader, const char *value) {
    return value_choice_flag(reader, value, "ignored", "stays", &reader->model->abort_stays);
}

bool model_finish_in_modes(Reader *reader, const char *value) {
    return value_choice_flag(reader, value, "no", "yes", &reader->model->finish_in_modes);
}

bool model_load_ms(Reader *reader, const char *value) {
    return value_double(reader, value, 0, MAX_MS, &reader->model->load_ms);
}

bool model_unload_ms(Reader *reader, const char *value) {
    return value_double(reader, value, 0, MAX_MS, &reader->model->unload_ms);
}

bool model_memory(Reader *reader, const char *value) {
    return value_double(reader, value, 0, 1e6, &reader->model->memory_mb);
}

bool model_user_marker(Reader *reader, const char *value) {
    return value_list(reader, value, &reader->model->user_markers);
}

bool model_assistant_marker(Reader *reader, const char *value) {
    return value_list(reader, value, &reader->model->assistant_markers);
}

bool model_system_marker(Reader *reader, const char *value) {
    return value_list(reader, value, &reader->model->system_markers);
}

bool model_tool_marker(Reader *reader, const char *value) {
    return value_list(reader, value, &reader->model->tool_markers);
}

bool model_piece(Reader *reader, const char *value) {
    return value_list(reader, value, &reader->model->pieces);
}
