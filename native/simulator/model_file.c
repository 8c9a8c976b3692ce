#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "directives.h"
#include "log.h"
#include "model.h"
#include "release.h"

enum { MAX_FILE_BYTES = 16 * 1024 * 1024 };

/* ---- defaults ---- */

static void default_text(Text *text, const char *value) {
    Bytes problem = {0};
    text_parse(value, text, &problem);
    bytes_free(&problem);
}

/* Sets ChatML, with the tool conventions of models that use it. */
static void default_template(Template *template) {
    default_text(&template->system, "<\\|im_start\\|>system\\n{text}<\\|im_end\\|>\\n");
    default_text(&template->user, "<\\|im_start\\|>user\\n{text}<\\|im_end\\|>\\n");
    default_text(&template->tool, "<\\|im_start\\|>user\\n<{tag}>\\n{text}\\n</{tag}>"
                                  "<\\|im_end\\|>\\n");
    default_text(&template->assistant, "<\\|im_start\\|>assistant\\n");
    default_text(&template->turn_end, "<\\|im_end\\|>\\n");
    default_text(&template->think_suffix, " /think");
    default_text(&template->tools, "{system}\\n\\n# Tools\\n<tools>\\n{tools}\\n</tools>");
}

Faults model_no_faults(void) {
    return (Faults){.error_at = NEVER,
                    .hang_at = NEVER,
                    .hang_ms = FOREVER,
                    .prefill_hang_ms = FOREVER,
                    .ending_at = NEVER,
                    .null_text_at = NEVER,
                    .two_threads_at = NEVER,
                    .late_callback_ms = NEVER};
}

static Model *new_model(const char *path) {
    Model *model = sim_alloc(sizeof *model);
    model->path = sim_copy_text(path);
    model->name = sim_copy_text("simulated");
    model->toolkit = sim_copy_text(RELEASE_VERSION);
    model->platform = sim_copy_text("RK3588");
    model->dtype = sim_copy_text("W8A8");
    model->driver = sim_copy_text("0.9.8");
    model->turn_start = sim_copy_text("<|im_start|>");
    model->end_of_turn = sim_copy_text("<|im_end|>");
    model->system_prompt = sim_copy_text("");
    text_list_add(&model->user_markers, "<｜User｜>");
    text_list_add(&model->assistant_markers, "<｜Assistant｜>");
    model->npu_cores = 3;
    model->context_limit = 4096;
    model->has_template = true;
    model->shifts = true;
    model->silent_overflow = RELEASE_SILENT_OVERFLOW;
    model->embd = 64;
    model->layers = 2;
    model->kv_heads = 2;
    model->head_dim = 16;
    default_template(&model->template);
    model->defaults.cut_size = 1;
    model->defaults.split = SPLIT_HOLD_EMPTY;
    model->defaults.faults = model_no_faults();
    return model;
}

/* ---- freeing ---- */

static void list_free(TextList *list) {
    for (size_t i = 0; i < list->count; i++) {
        sim_free(list->items[i]);
    }
    sim_free(list->items);
}

static void rule_free(Rule *rule) {
    pattern_list_free(&rule->patterns);
    pattern_list_free(&rule->system_patterns);
    for (size_t i = 0; i < rule->part_count; i++) {
        text_free(&rule->parts[i].text);
        text_free(&rule->parts[i].count);
        text_free(&rule->parts[i].name);
    }
    sim_free(rule->parts);
    sim_free(rule->lora_name);
    text_free(&rule->otherwise);
    text_free(&rule->resume);
}

static void template_free(Template *template) {
    text_free(&template->system);
    text_free(&template->user);
    text_free(&template->tool);
    text_free(&template->assistant);
    text_free(&template->turn_end);
    text_free(&template->think);
    text_free(&template->no_think);
    text_free(&template->think_suffix);
    text_free(&template->tools);
}

void model_free(Model *model) {
    if (model == NULL) {
        return;
    }
    char *strings[] = {model->name,       model->path,        model->toolkit, model->platform,
                       model->board,      model->dtype,       model->driver,  model->ledger,
                       model->turn_start, model->end_of_turn, model->times,   model->system_prompt};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        sim_free(strings[i]);
    }
    template_free(&model->template);
    token_table_free(&model->tokens);
    list_free(&model->user_markers);
    list_free(&model->assistant_markers);
    list_free(&model->system_markers);
    list_free(&model->tool_markers);
    list_free(&model->pieces);
    list_free(&model->encoder_words);
    for (size_t i = 0; i < model->seen_count; i++) {
        sim_free(model->seen[i].name);
    }
    sim_free(model->seen);
    for (size_t i = 0; i < model->rule_count; i++) {
        rule_free(&model->rules[i]);
    }
    sim_free(model->rules);
    sim_free(model);
}

/* ---- reading ---- */

/* Removes a byte order mark, which some editors write. */
static void drop_byte_order_mark(Bytes *content) {
    static const char mark[] = "\xEF\xBB\xBF";
    size_t length = sizeof mark - 1;
    if (content->length >= length && memcmp(content->data, mark, length) == 0) {
        content->length -= length;
        memmove(content->data, content->data + length, content->length + 1);
    }
}

static void log_real_model(const char *path) {
    log_error("%s looks like a real model: this library is the simulator, a real model needs a "
              "Rockchip board and the vendor's librkllmrt.so", path);
}

/* Reads the whole file into content. Returns false after logging the reason on failure. */
static bool read_script(FILE *file, const char *path, Bytes *content) {
    char chunk[16384];
    size_t read;
    bool ok = true;
    while (ok && (read = fread(chunk, 1, sizeof chunk, file)) > 0) {
        bool first = content->length == 0;
        bytes_append(content, chunk, read);
        if (first) {
            drop_byte_order_mark(content);
        }
        /* A real model has gigabytes; its beginning is sufficient to recognize it. */
        bool magic = strncmp(content->data, MODEL_MAGIC, sizeof MODEL_MAGIC - 1) == 0;
        if (!magic && content->length >= sizeof chunk) {
            break;
        }
        if (content->length > MAX_FILE_BYTES) {
            log_error("model file %s: larger than %d bytes", path, MAX_FILE_BYTES);
            ok = false;
        }
    }
    if (ok && ferror(file)) {
        log_error("failed to read model file %s: %s", path, strerror(errno));
        ok = false;
    }
    return ok;
}

/* Reads the script into content: it is the whole file, or an entry of a container. */
static bool read_file(const char *path, Bytes *content, TokenTable *tokens) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        log_error("failed to open model file %s: %s", path, strerror(errno));
        return false;
    }
    bool container = container_begins(file);
    bool ok = container ? container_read(file, path, content, tokens)
                        : read_script(file, path, content);
    fclose(file);
    if (ok && container && content->length == 0) {
        log_real_model(path);
        ok = false;
    }
    return ok;
}

static bool check_magic(const char *path, const Bytes *content) {
    const char *text = bytes_text(content);
    size_t magic = sizeof MODEL_MAGIC - 1;
    if (strncmp(text, MODEL_MAGIC, magic) == 0 && (text[magic] == '\n' || text[magic] == '\r' ||
                                                   content->length == magic)) {
        return true;
    }
    log_error("invalid rknn llm model magic");
    if (content->length > 0 && memchr(text, '\0', content->length) != NULL) {
        log_real_model(path);
    } else {
        log_error("%s is not a simulator model: its first line must be %s", path, MODEL_MAGIC);
    }
    return false;
}

/* Removes white space at both ends, and quotes that protect it, in place. */
static char *trim(char *text) {
    while (isspace((unsigned char)*text)) {
        text++;
    }
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        text[--length] = '\0';
    }
    return text;
}

static char *unquote(char *text) {
    size_t length = strlen(text);
    if (length >= 2 && text[0] == '"' && text[length - 1] == '"' && text[length - 2] != '\\') {
        text[length - 1] = '\0';
        return text + 1;
    }
    return text;
}

static bool read_line(Reader *reader, char *line) {
    char *text = trim(line);
    if (*text == '\0' || *text == '#') {
        return true;
    }
    char *colon = strchr(text, ':');
    if (colon == NULL) {
        bytes_append_text(&reader->problem, "expected 'directive: value'");
        return false;
    }
    *colon = '\0';
    return directive_apply(reader, trim(text), unquote(trim(colon + 1)));
}

/* Reads the lines after the magic. content is modified. */
static bool read_lines(Reader *reader, Bytes *content) {
    if (memchr(content->data, '\0', content->length) != NULL) {
        bytes_append_text(&reader->problem, "the file contains a NUL byte and is not text");
        return false;
    }
    char *line = strchr(content->data, '\n');
    reader->line = 1;
    while (line != NULL) {
        line++;
        reader->line++;
        char *end = strchr(line, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        if (!read_line(reader, line)) {
            return false;
        }
        line = end;
    }
    return true;
}

static uint64_t hash_on(uint64_t hash, const Bytes *content) {
    for (size_t i = 0; i < content->length; i++) {
        hash = (hash ^ (unsigned char)content->data[i]) * 1099511628211u;
    }
    return hash;
}

Model *model_read(const char *path) {
    Bytes content = {0};
    TokenTable tokens = {0};
    if (!read_file(path, &content, &tokens) || !check_magic(path, &content)) {
        token_table_free(&tokens);
        bytes_free(&content);
        return NULL;
    }
    Reader reader = {.model = new_model(path)};
    reader.model->hash = hash_on(hash_on(14695981039346656037u, &content), &tokens.text);
    reader.model->tokens = tokens;
    if (!read_lines(&reader, &content)) {
        log_error("model file %s line %d: %s", path, reader.line, bytes_text(&reader.problem));
        model_free(reader.model);
        reader.model = NULL;
    }
    bytes_free(&reader.problem);
    bytes_free(&content);
    return reader.model;
}

void text_list_add(TextList *list, const char *text) {
    list->items = sim_grow(list->items, list->count, &list->capacity, sizeof *list->items);
    list->items[list->count++] = sim_copy_text(text);
}
