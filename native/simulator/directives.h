/* The directives of a model file, one per line. */
#ifndef SIM_DIRECTIVES_H
#define SIM_DIRECTIVES_H

#include <stdbool.h>

#include "memory.h"
#include "model.h"

/* The state while a file is read. */
typedef struct Reader {
    Model *model;
    Rule *rule;        /* the current rule; NULL before the first */
    bool rule_has_body; /* the next "when:" begins a new rule */
    int line;
    Bytes problem;     /* the problem with the current line; empty if there is none */
} Reader;

/* Applies one line. Returns false with reader->problem set on failure. */
bool directive_apply(Reader *reader, const char *key, const char *value);

/* Applies a "fault:" line to faults (faults.c). */
bool fault_apply(Reader *reader, Faults *faults, bool in_rule, const char *value);

/*
 * Parse values (values.c). Each returns false with a problem if the value is invalid; *out is then
 * unchanged.
 */
bool value_int(Reader *reader, const char *value, long min, long max, long *out);
bool value_double(Reader *reader, const char *value, double min, double max, double *out);
/* Parses one of the words in choices, which ends with NULL; out is its index. */
bool value_choice(Reader *reader, const char *value, const char *const *choices, int *out);
/* Parses one of two words; out is whether it is the second. */
bool value_choice_flag(Reader *reader, const char *value, const char *no, const char *yes,
                       bool *out);
/* Parses "on" or "off". */
bool value_flag(Reader *reader, const char *value, bool *out);
/* Replaces *out by the value with its escapes resolved. Braces and bars are plain characters. */
bool value_string(Reader *reader, const char *value, char **out);
bool value_text(Reader *reader, const char *value, Text *out);
/* Adds a string, which must not be empty. */
bool value_list(Reader *reader, const char *value, TextList *list);

/* Directives of the model (model_directives.c). */
bool model_context_limit(Reader *reader, const char *value);
bool model_npu_cores(Reader *reader, const char *value);
bool model_numbers(Reader *reader, const char *value);
bool model_npu_memory(Reader *reader, const char *value);
bool model_overflow(Reader *reader, const char *value);
bool model_shift(Reader *reader, const char *value);
bool model_tokenizer(Reader *reader, const char *value);
bool model_embedding(Reader *reader, const char *value);
bool model_vocab(Reader *reader, const char *value);
bool model_embd(Reader *reader, const char *value);
bool model_layers(Reader *reader, const char *value);
bool model_kv_heads(Reader *reader, const char *value);
bool model_head_dim(Reader *reader, const char *value);
bool model_encoder_word(Reader *reader, const char *value);
bool model_picture(Reader *reader, const char *value);
bool model_system(Reader *reader, const char *value);
bool model_template(Reader *reader, const char *value);
bool model_finish_text(Reader *reader, const char *value);
bool model_stop_token(Reader *reader, const char *value);
bool model_count_first_token(Reader *reader, const char *value);
bool model_half_character(Reader *reader, const char *value);
bool model_buffers(Reader *reader, const char *value);
bool model_abort(Reader *reader, const char *value);
bool model_idle_abort(Reader *reader, const char *value);
bool model_finish_in_modes(Reader *reader, const char *value);
bool model_load_ms(Reader *reader, const char *value);
bool model_unload_ms(Reader *reader, const char *value);
bool model_memory(Reader *reader, const char *value);
bool model_user_marker(Reader *reader, const char *value);
bool model_assistant_marker(Reader *reader, const char *value);
bool model_system_marker(Reader *reader, const char *value);
bool model_tool_marker(Reader *reader, const char *value);
bool model_piece(Reader *reader, const char *value);

/* Directives of rules (rule_directives.c). rule_when may begin a new one. */
bool rule_when(Reader *reader, const char *value);
bool rule_role(Reader *reader, const char *value);
bool rule_needs(Reader *reader, const char *value);
bool rule_say(Reader *reader, const char *value);
bool rule_think(Reader *reader, const char *value);
bool rule_else(Reader *reader, const char *value);
bool rule_resume(Reader *reader, const char *value);
bool rule_tool(Reader *reader, const char *value);
bool rule_repeat(Reader *reader, const char *value);
bool rule_generate(Reader *reader, const char *value);

#endif
