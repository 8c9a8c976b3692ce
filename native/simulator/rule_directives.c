/* Directives of a rule: its conditions and its reply. */
#include <string.h>

#include "directives.h"

enum { MAX_RULES = 20000 };

static Rule *begin_rule(Reader *reader) {
    Model *model = reader->model;
    if (model->rule_count >= MAX_RULES) {
        bytes_append_format(&reader->problem, "more than %d rules", MAX_RULES);
        return NULL;
    }
    model->rules = sim_grow(model->rules, model->rule_count, &model->rule_capacity, sizeof(Rule));
    Rule *rule = &model->rules[model->rule_count++];
    *rule = model->defaults;
    rule->line = reader->line;
    reader->rule = rule;
    reader->rule_has_body = false;
    return rule;
}

bool rule_when(Reader *reader, const char *value) {
    Rule *rule = reader->rule;
    if (rule == NULL || reader->rule_has_body) {
        rule = begin_rule(reader);
    }
    return rule != NULL && pattern_parse(value, &rule->patterns, &reader->problem);
}

bool rule_role(Reader *reader, const char *value) {
    static const char *const choices[] = {"user", "tool", NULL};
    int choice = 0;
    bool ok = value_choice(reader, value, choices, &choice);
    reader->rule->for_tool_result = choice == 1;
    return ok;
}

bool rule_needs(Reader *reader, const char *value) {
    Rule *rule = reader->rule;
    struct {
        const char *name;
        Needed *needed;
        Needed value;
    } needs[] = {
        {"tools", &rule->tools, NEEDED},          {"no-tools", &rule->tools, NOT_WANTED},
        {"thinking", &rule->thinking, NEEDED},    {"no-thinking", &rule->thinking, NOT_WANTED},
        {"history", &rule->history, NEEDED},      {"no-history", &rule->history, NOT_WANTED},
        {"lora", &rule->lora, NEEDED},            {"no-lora", &rule->lora, NOT_WANTED},
        {"encoder", &rule->encoder, NEEDED},      {"no-encoder", &rule->encoder, NOT_WANTED},
        {"images", &rule->images, NEEDED},        {"no-images", &rule->images, NOT_WANTED},
        {"videos", &rule->videos, NEEDED},        {"no-videos", &rule->videos, NOT_WANTED},
        {"audios", &rule->audios, NEEDED},        {"no-audios", &rule->audios, NOT_WANTED},
    };
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        if (strcmp(value, needs[i].name) == 0) {
            *needs[i].needed = needs[i].value;
            return true;
        }
    }
    if (strncmp(value, "system ", 7) == 0) {
        return pattern_parse(value + 7, &rule->system_patterns, &reader->problem);
    }
    if (strncmp(value, "lora ", 5) == 0) {
        rule->lora = NEEDED;
        return value_string(reader, value + 5, &rule->lora_name);
    }
    bytes_append_text(&reader->problem, "needs: must be tools, no-tools, thinking, no-thinking, "
                                        "history, no-history, lora, lora NAME, no-lora, "
                                        "encoder, no-encoder, images, no-images, videos, "
                                        "no-videos, audios, no-audios or system PATTERN");
    return false;
}

static Part *add_part(Rule *rule, PartKind kind) {
    rule->parts = sim_grow(rule->parts, rule->part_count, &rule->part_capacity, sizeof(Part));
    Part *part = &rule->parts[rule->part_count++];
    *part = (Part){.kind = kind};
    return part;
}

/* Consecutive lines of one kind form a text of several lines. */
static bool add_line(Reader *reader, const char *value, PartKind kind) {
    Rule *rule = reader->rule;
    Text text = {0};
    if (!text_parse(value, &text, &reader->problem)) {
        text_free(&text);
        return false;
    }
    if (rule->part_count > 0 && rule->parts[rule->part_count - 1].kind == kind) {
        text_append_line(&rule->parts[rule->part_count - 1].text, &text);
    } else {
        add_part(rule, kind)->text = text;
    }
    return true;
}

bool rule_say(Reader *reader, const char *value) {
    return add_line(reader, value, PART_SAY);
}

bool rule_think(Reader *reader, const char *value) {
    return add_line(reader, value, PART_THINK);
}

/* Several lines form one text. */
static bool add_to(Reader *reader, const char *value, Text *whole, bool *has) {
    Text text = {0};
    if (!text_parse(value, &text, &reader->problem)) {
        text_free(&text);
        return false;
    }
    if (*has) {
        text_append_line(whole, &text);
    } else {
        *whole = text;
        *has = true;
    }
    return true;
}

bool rule_else(Reader *reader, const char *value) {
    return add_to(reader, value, &reader->rule->otherwise, &reader->rule->has_otherwise);
}

bool rule_resume(Reader *reader, const char *value) {
    return add_to(reader, value, &reader->rule->resume, &reader->rule->has_resume);
}

/* Parses "FIRST REST"; REST may be missing. */
static bool first_and_rest(Reader *reader, const char *value, Text *first, Text *rest) {
    size_t length = strcspn(value, " \t");
    char *word = sim_copy_bytes(value, length);
    const char *remaining = value + length + strspn(value + length, " \t");
    size_t end = strlen(remaining);
    bool quoted = end >= 2 && remaining[0] == '"' && remaining[end - 1] == '"';
    char *text = sim_copy_bytes(quoted ? remaining + 1 : remaining, quoted ? end - 2 : end);
    bool ok = length > 0;
    if (!ok) {
        bytes_append_text(&reader->problem, "needs a value");
    }
    ok = ok && text_parse(word, first, &reader->problem);
    ok = ok && text_parse(text, rest, &reader->problem);
    sim_free(word);
    sim_free(text);
    return ok;
}

bool rule_tool(Reader *reader, const char *value) {
    Part *part = add_part(reader->rule, PART_TOOL);
    return first_and_rest(reader, value, &part->name, &part->text);
}

/* Checks a literal count. A placeholder is evaluated when the rule is used. */
static bool check_count(Reader *reader, const Text *count) {
    long number = 0;
    return text_has_placeholders(count) || count->count == 0 ||
           value_int(reader, count->segments[0].bytes, 0, 10000000, &number);
}

bool rule_repeat(Reader *reader, const char *value) {
    Part *part = add_part(reader->rule, PART_REPEAT);
    if (!first_and_rest(reader, value, &part->count, &part->text)) {
        return false;
    }
    if (part->text.count == 0) {
        bytes_append_text(&reader->problem, "needs a count and a text");
        return false;
    }
    return check_count(reader, &part->count);
}

bool rule_generate(Reader *reader, const char *value) {
    Part *part = add_part(reader->rule, PART_GENERATE);
    return value_text(reader, value, &part->count) && check_count(reader, &part->count);
}
