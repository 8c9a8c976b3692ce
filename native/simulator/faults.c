/* Parses "fault:" lines, which consist of a name followed by numbers and words. */
#include <stdlib.h>
#include <string.h>

#include "directives.h"

enum { MAX_WORDS = 4, MAX_POSITION = 1000000000, LATE_MS = 100 };

typedef struct Words {
    char *items[MAX_WORDS];
    size_t count;
} Words;

/* Splits line, which is modified, at spaces. */
static bool split_words(char *line, Words *words) {
    words->count = 0;
    char *rest = line;
    char *word;
    while ((word = strtok_r(rest, " \t", &rest)) != NULL) {
        if (words->count == MAX_WORDS) {
            return false;
        }
        words->items[words->count++] = word;
    }
    return words->count > 0;
}

/* Reads the word at index as a position or duration; leaves out unchanged if there is none. */
static bool optional_number(Reader *reader, const Words *words, size_t index, int64_t *out) {
    long number = 0;
    if (index >= words->count) {
        return true;
    }
    if (!value_int(reader, words->items[index], 0, MAX_POSITION, &number)) {
        return false;
    }
    *out = number;
    return true;
}

static bool needed_number(Reader *reader, const Words *words, size_t index, int64_t *out) {
    if (index >= words->count) {
        bytes_append_format(&reader->problem, "fault %s needs a number", words->items[0]);
        return false;
    }
    return optional_number(reader, words, index, out);
}

static bool code(Reader *reader, const Words *words, bool *has, int *out) {
    long number = 0;
    if (words->count < 2) {
        bytes_append_format(&reader->problem, "fault %s needs a return code", words->items[0]);
        return false;
    }
    if (!value_int(reader, words->items[1], -1000000, 1000000, &number)) {
        return false;
    }
    *has = true;
    *out = (int)number;
    return true;
}

/* Reads the word at index as the name of an ending. */
static bool ending_word(Reader *reader, const Words *words, size_t index, Ending *out) {
    const char *name = index < words->count ? words->items[index] : "";
    if (!ending_find(name, out)) {
        bytes_append_format(&reader->problem, "a process does not end by '%s'", name);
        return false;
    }
    return true;
}

/* Sets how the process ends during a run; the word at index is the number of tokens before. */
static bool ending(Reader *reader, const Words *words, size_t index, Ending how, Faults *faults) {
    faults->ending = how;
    faults->ending_at = 0;
    return optional_number(reader, words, index, &faults->ending_at);
}

static bool error_form(Reader *reader, const Words *words, Faults *faults) {
    const char *form = words->count > 2 ? words->items[2] : "message";
    if (strcmp(form, "message") == 0) {
        faults->error_form = ERROR_MESSAGE;
    } else if (strcmp(form, "null-text") == 0) {
        faults->error_form = ERROR_NULL_TEXT;
    } else if (strcmp(form, "null-result") == 0) {
        faults->error_form = ERROR_NULL_RESULT;
    } else {
        bytes_append_format(&reader->problem,
                            "an error is message, null-text or null-result, not '%s'", form);
        return false;
    }
    return true;
}

static bool figures(Reader *reader, const Words *words, Faults *faults) {
    static const char *const names[] = {"true", "negative", "nan", "infinite", "huge", NULL};
    int choice = FIGURES_TRUE;
    bool ok = value_choice(reader, words->count > 1 ? words->items[1] : "", names, &choice);
    faults->figures = (FiguresFault)choice;
    return ok;
}

static bool async_code(Reader *reader, const Words *words, Faults *faults) {
    if (!code(reader, words, &faults->has_async_code, &faults->async_code)) {
        return false;
    }
    if (words->count > 2 && strcmp(words->items[2], "runs") != 0) {
        bytes_append_format(&reader->problem, "the code can be followed by 'runs', not by '%s'",
                            words->items[2]);
        return false;
    }
    faults->async_code_runs = words->count > 2;
    return true;
}

/* In the order of Call. */
static const char *const calls[] = {"init",
                                    "destroy",
                                    "run",
                                    "run_async",
                                    "abort",
                                    "is_running",
                                    "clear_kv_cache",
                                    "get_kv_cache_size",
                                    "load_lora",
                                    "load_prompt_cache",
                                    "release_prompt_cache",
                                    "set_chat_template",
                                    "set_function_tools",
                                    "set_cross_attn_params",
                                    NULL};

/* A fault without values. */
typedef struct Switch {
    const char *name;
    bool *flag;
} Switch;

static bool switch_on(const char *name, const Switch *switches, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, switches[i].name) == 0) {
            *switches[i].flag = true;
            return true;
        }
    }
    return false;
}

/* Disables the faults of runs, but not those of the handle. */
static bool no_fault(Faults *faults) {
    Faults none = model_no_faults();
    none.has_init_code = faults->has_init_code;
    none.init_code = faults->init_code;
    none.init_null = faults->init_null;
    memcpy(none.in_call, faults->in_call, sizeof none.in_call);
    none.has_destroy_code = faults->has_destroy_code;
    none.destroy_code = faults->destroy_code;
    none.join_at_exit = faults->join_at_exit;
    none.npu_memory_crash = faults->npu_memory_crash;
    none.async_no_callbacks = faults->async_no_callbacks;
    none.async_hang = faults->async_hang;
    none.async_empty_text = faults->async_empty_text;
    none.has_async_code = faults->has_async_code;
    none.async_code = faults->async_code;
    none.async_code_runs = faults->async_code_runs;
    none.prompt_cache_crash = faults->prompt_cache_crash;
    none.late_callback_ms = faults->late_callback_ms;
    *faults = none;
    return true;
}

/*
 * Parses a fault of a run. Returns false with a problem, or without one if the name is not that of
 * such a fault.
 */
static bool run_fault(Reader *reader, const Words *words, Faults *faults) {
    const char *name = words->items[0];
    if (strcmp(name, "run-code") == 0) {
        return code(reader, words, &faults->has_run_code, &faults->run_code);
    }
    if (strcmp(name, "none") == 0) {
        return no_fault(faults);
    }
    if (strcmp(name, "return-code") == 0) {
        return code(reader, words, &faults->has_return_code, &faults->return_code);
    }
    if (strcmp(name, "error-at") == 0) {
        return needed_number(reader, words, 1, &faults->error_at) &&
               error_form(reader, words, faults);
    }
    if (strcmp(name, "hang-at") == 0) {
        return needed_number(reader, words, 1, &faults->hang_at) &&
               optional_number(reader, words, 2, &faults->hang_ms);
    }
    if (strcmp(name, "hang-prefill") == 0) {
        faults->hang_in_prefill = true;
        return optional_number(reader, words, 1, &faults->prefill_hang_ms);
    }
    if (strcmp(name, "crash") == 0) {
        return ending(reader, words, 1, ENDING_SIGSEGV, faults);
    }
    if (strcmp(name, "abort-process") == 0) {
        return ending(reader, words, 1, ENDING_SIGABRT, faults);
    }
    if (strcmp(name, "end-by") == 0) {
        Ending how = NO_ENDING;
        return ending_word(reader, words, 1, &how) && ending(reader, words, 2, how, faults);
    }
    if (strcmp(name, "null-text") == 0) {
        faults->null_texts = words->count == 1;
        return optional_number(reader, words, 1, &faults->null_text_at);
    }
    if (strcmp(name, "figures") == 0) {
        return figures(reader, words, faults);
    }
    if (strcmp(name, "two-threads") == 0) {
        faults->two_threads_at = 0;
        return optional_number(reader, words, 1, &faults->two_threads_at);
    }
    const Switch switches[] = {
        {"no-finish", &faults->no_finish},
        {"no-tokens", &faults->no_tokens},
        {"silent", &faults->silent},
        {"empty-text", &faults->empty_texts},
        {"ignore-abort", &faults->ignore_abort},
        {"lose-early-abort", &faults->lose_early_abort},
    };
    return switch_on(name, switches, sizeof switches / sizeof *switches);
}

static bool handle_fault(Reader *reader, const Words *words, Faults *faults) {
    const char *name = words->items[0];
    if (strcmp(name, "init-code") == 0) {
        return code(reader, words, &faults->has_init_code, &faults->init_code);
    }
    if (strcmp(name, "init-crash") == 0) {
        faults->in_call[CALL_INIT] = ENDING_SIGSEGV;
        return true;
    }
    if (strcmp(name, "in") == 0) {
        int call = 0;
        Ending how = NO_ENDING;
        if (!value_choice(reader, words->count > 1 ? words->items[1] : "", calls, &call) ||
            !ending_word(reader, words, 2, &how)) {
            return false;
        }
        faults->in_call[call] = how;
        return true;
    }
    if (strcmp(name, "destroy-code") == 0) {
        return code(reader, words, &faults->has_destroy_code, &faults->destroy_code);
    }
    if (strcmp(name, "async-code") == 0) {
        return async_code(reader, words, faults);
    }
    if (strcmp(name, "late-callback") == 0) {
        faults->late_callback_ms = LATE_MS;
        return optional_number(reader, words, 1, &faults->late_callback_ms);
    }
    const Switch switches[] = {
        {"init-null", &faults->init_null},
        {"join-at-exit", &faults->join_at_exit},
        {"npu-memory-crash", &faults->npu_memory_crash},
        {"prompt-cache-crash", &faults->prompt_cache_crash},
        {"async-no-callbacks", &faults->async_no_callbacks},
        {"async-hang", &faults->async_hang},
        {"async-empty-text", &faults->async_empty_text},
    };
    return switch_on(name, switches, sizeof switches / sizeof *switches);
}

bool fault_apply(Reader *reader, Faults *faults, bool in_rule, const char *value) {
    char *line = sim_copy_text(value);
    Words words;
    bool ok = split_words(line, &words);
    if (!ok) {
        bytes_append_text(&reader->problem, "a fault consists of a name and at most three values");
    } else {
        ok = run_fault(reader, &words, faults);
        if (!ok && reader->problem.length == 0) {
            ok = handle_fault(reader, &words, faults);
            if (ok && in_rule) {
                bytes_append_format(&reader->problem, "fault %s must come before the first rule",
                                    words.items[0]);
                ok = false;
            }
        }
        if (!ok && reader->problem.length == 0) {
            bytes_append_format(&reader->problem, "unknown fault '%s'", words.items[0]);
        }
    }
    sim_free(line);
    return ok;
}
