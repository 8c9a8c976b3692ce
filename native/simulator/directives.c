#include "directives.h"

#include <stddef.h>
#include <string.h>

enum { MAX_MS = 3600000 };

/* ---- directives of both the file and its rules ---- */

static Rule *target(Reader *reader) {
    return reader->rule != NULL ? reader->rule : &reader->model->defaults;
}

static bool apply_cut(Reader *reader, const char *value) {
    static const char *const names[] = {"tokens", "bytes", "chars", "words", "bars", NULL};
    Rule *rule = target(reader);
    long size = 1;
    if (strncmp(value, "bytes ", 6) == 0) {
        if (!value_int(reader, value + 6, 1, 4096, &size)) {
            return false;
        }
        value = "bytes";
    }
    int choice = 0;
    if (!value_choice(reader, value, names, &choice)) {
        return false;
    }
    rule->cut = (CutMode)choice;
    rule->cut_size = (int)size;
    return true;
}

static bool apply_split(Reader *reader, const char *value) {
    static const char *const names[] = {"partial", "hold-null", "hold-empty", "normal", NULL};
    int choice = 0;
    bool ok = value_choice(reader, value, names, &choice);
    target(reader)->split = (SplitMode)choice;
    return ok;
}

static bool apply_fault(Reader *reader, const char *value) {
    return fault_apply(reader, &target(reader)->faults, reader->rule != NULL, value);
}

static bool apply_decode_ms(Reader *reader, const char *value) {
    return value_double(reader, value, 0, MAX_MS, &target(reader)->decode_ms);
}

static bool apply_prefill_ms(Reader *reader, const char *value) {
    return value_double(reader, value, 0, MAX_MS, &target(reader)->prefill_ms);
}

static bool apply_prefill_ms_per_token(Reader *reader, const char *value) {
    return value_double(reader, value, 0, MAX_MS, &target(reader)->prefill_ms_per_token);
}

static bool apply_thinking(Reader *reader, const char *value) {
    return value_flag(reader, value, &target(reader)->thinks);
}

typedef enum Scope { IN_FILE, IN_RULE, IN_BOTH, BEGINS_RULE } Scope;

static const struct {
    const char *key;
    Scope scope;
    bool (*apply)(Reader *reader, const char *value);
} directives[] = {
    {"when", BEGINS_RULE, rule_when},
    {"role", IN_RULE, rule_role},
    {"needs", IN_RULE, rule_needs},
    {"say", IN_RULE, rule_say},
    {"think", IN_RULE, rule_think},
    {"tool", IN_RULE, rule_tool},
    {"repeat", IN_RULE, rule_repeat},
    {"generate", IN_RULE, rule_generate},
    {"else", IN_RULE, rule_else},
    {"resume", IN_RULE, rule_resume},
    {"cut", IN_BOTH, apply_cut},
    {"split", IN_BOTH, apply_split},
    {"fault", IN_BOTH, apply_fault},
    {"decode-ms", IN_BOTH, apply_decode_ms},
    {"prefill-ms", IN_BOTH, apply_prefill_ms},
    {"prefill-ms-per-token", IN_BOTH, apply_prefill_ms_per_token},
    {"load-ms", IN_FILE, model_load_ms},
    {"unload-ms", IN_FILE, model_unload_ms},
    {"context-limit", IN_FILE, model_context_limit},
    {"npu-cores", IN_FILE, model_npu_cores},
    {"memory-mb", IN_FILE, model_memory},
    {"numbers", IN_FILE, model_numbers},
    {"piece", IN_FILE, model_piece},
    {"npu-memory-mb", IN_FILE, model_npu_memory},
    {"overflow", IN_FILE, model_overflow},
    {"shift", IN_FILE, model_shift},
    {"tokenizer", IN_FILE, model_tokenizer},
    {"embedding", IN_FILE, model_embedding},
    {"vocab", IN_FILE, model_vocab},
    {"embd", IN_FILE, model_embd},
    {"layers", IN_FILE, model_layers},
    {"kv-heads", IN_FILE, model_kv_heads},
    {"head-dim", IN_FILE, model_head_dim},
    {"encoder-word", IN_FILE, model_encoder_word},
    {"picture", IN_FILE, model_picture},
    {"finish-in-modes", IN_FILE, model_finish_in_modes},
    {"system", IN_FILE, model_system},
    {"template", IN_FILE, model_template},
    {"thinking", IN_BOTH, apply_thinking},
    {"finish-text", IN_FILE, model_finish_text},
    {"stop-token", IN_FILE, model_stop_token},
    {"count-first-token", IN_FILE, model_count_first_token},
    {"half-character", IN_FILE, model_half_character},
    {"buffers", IN_FILE, model_buffers},
    {"abort", IN_FILE, model_abort},
    {"idle-abort", IN_FILE, model_idle_abort},
    {"user-marker", IN_FILE, model_user_marker},
    {"assistant-marker", IN_FILE, model_assistant_marker},
    {"system-marker", IN_FILE, model_system_marker},
    {"tool-marker", IN_FILE, model_tool_marker},
};

/* Directives that set one string of the model. */
static const struct {
    const char *key;
    size_t offset;
} strings[] = {
    {"name", offsetof(Model, name)},
    {"toolkit", offsetof(Model, toolkit)},
    {"platform", offsetof(Model, platform)},
    {"board", offsetof(Model, board)},
    {"dtype", offsetof(Model, dtype)},
    {"driver", offsetof(Model, driver)},
    {"ledger", offsetof(Model, ledger)},
    {"times", offsetof(Model, times)},
    {"turn-start", offsetof(Model, turn_start)},
    {"turn-end", offsetof(Model, end_of_turn)},
};

/* Directives that set one text of the template. */
static const struct {
    const char *key;
    size_t offset;
} template_texts[] = {
    {"template-system", offsetof(Template, system)},
    {"template-user", offsetof(Template, user)},
    {"template-tool", offsetof(Template, tool)},
    {"template-assistant", offsetof(Template, assistant)},
    {"template-turn-end", offsetof(Template, turn_end)},
    {"template-think", offsetof(Template, think)},
    {"template-no-think", offsetof(Template, no_think)},
    {"template-think-suffix", offsetof(Template, think_suffix)},
    {"template-tools", offsetof(Template, tools)},
};

/* Returns true if key is a string or a template text; ok is whether its value is valid. */
static bool apply_texts(Reader *reader, const char *key, const char *value, bool *ok) {
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        if (strcmp(key, strings[i].key) == 0) {
            *ok = value_string(reader, value, (char **)((char *)reader->model + strings[i].offset));
            return true;
        }
    }
    for (size_t i = 0; i < sizeof template_texts / sizeof *template_texts; i++) {
        if (strcmp(key, template_texts[i].key) == 0) {
            char *template = (char *)&reader->model->template;
            *ok = value_text(reader, value, (Text *)(template + template_texts[i].offset));
            return true;
        }
    }
    return false;
}

static bool check_scope(Reader *reader, const char *key, Scope scope) {
    if (scope == IN_FILE && reader->rule != NULL) {
        bytes_append_format(&reader->problem, "'%s' must come before the first rule", key);
    } else if (scope == IN_RULE && reader->rule == NULL) {
        bytes_append_format(&reader->problem, "'%s' belongs to a rule: write 'when:' first", key);
    } else {
        return true;
    }
    return false;
}

bool directive_apply(Reader *reader, const char *key, const char *value) {
    for (size_t i = 0; i < sizeof directives / sizeof *directives; i++) {
        if (strcmp(key, directives[i].key) == 0) {
            if (!check_scope(reader, key, directives[i].scope)) {
                return false;
            }
            bool ok = directives[i].apply(reader, value);
            reader->rule_has_body |= directives[i].scope != BEGINS_RULE;
            return ok;
        }
    }
    bool ok = false;
    if (reader->rule == NULL && apply_texts(reader, key, value, &ok)) {
        return ok;
    }
    bytes_append_format(&reader->problem, "unknown directive '%s'%s", key,
                        reader->rule == NULL ? "" : " in a rule");
    return false;
}
