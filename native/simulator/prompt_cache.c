#include "prompt_cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "log.h"
#include "release.h"

#define WHAT "prompt cache"

bool prompt_cache_write(const char *path, const Model *model, const Positions *positions,
                        size_t count, uint64_t influence) {
    Bytes content = {0};
    bytes_append_format(&content, "%s\n", PROMPT_CACHE_MAGIC);
    bytes_append_format(&content, "runtime: %s\nmodel: ", RELEASE_VERSION);
    bytes_append_text(&content, model->name);
    bytes_append_format(&content, "\nfile: %016" PRIx64 "\ninfluence: %016" PRIx64 "\n",
                        model->hash, influence);
    bytes_append_format(&content, "tokens: %zu\n", count);
    for (size_t i = 0; i < count; i++) {
        const Position *position = &positions->items[i];
        bytes_append_format(&content, "%d", position->token);
        if (position->row != 0 || position->picture != 0) {
            bytes_append_format(&content, " %016" PRIx64 " %d", position->row,
                                position->picture != 0);
        }
        bytes_append_char(&content, '\n');
    }
    bool ok = file_write(path, WHAT, &content);
    bytes_free(&content);
    return ok;
}

/* Reads the next line, which must be "KEY: VALUE". */
static const char *needed_value(char **text, const char *key) {
    char *line = file_next_line(text);
    return line == NULL ? NULL : file_value(line, key);
}

/* Returns whether the file was written by this release for this model file. */
static bool check_origin(const char *path, const Model *model, char **text) {
    const char *runtime = needed_value(text, "runtime");
    const char *name = runtime == NULL ? NULL : needed_value(text, "model");
    const char *hash = name == NULL ? NULL : needed_value(text, "file");
    if (hash == NULL) {
        log_error("prompt cache %s is damaged", path);
        return false;
    }
    if (strcmp(runtime, RELEASE_VERSION) != 0) {
        log_error("prompt cache %s was written by release %s, but this is %s", path, runtime,
                  RELEASE_VERSION);
        return false;
    }
    if (strcmp(name, model->name) != 0 || strtoull(hash, NULL, 16) != model->hash) {
        log_error("prompt cache %s was written with another model (%s), but this is %s", path, name,
                  model->name);
        return false;
    }
    return true;
}

static bool read_position(const char *line, Tokenizer *tokenizer, Position *position) {
    int picture = 0;
    char rest;
    *position = (Position){0};
    int read = sscanf(line, "%" SCNd32 " %" SCNx64 " %d %c", &position->token, &position->row,
                      &picture, &rest);
    position->picture = picture != 0 ? PICTURE_UNKNOWN : 0;
    bool token = (read == 1 || read == 3) && tokenizer_admit(tokenizer, position->token);
    return token || (read == 3 && position->token == NO_TOKEN && position->row != 0);
}

static bool read_positions(PromptCache *cache, char **text, Tokenizer *tokenizer, size_t max) {
    const char *influence = needed_value(text, "influence");
    const char *count_text = influence == NULL ? NULL : needed_value(text, "tokens");
    if (count_text == NULL) {
        return false;
    }
    size_t count = strtoul(count_text, NULL, 10);
    cache->influence = strtoull(influence, NULL, 16);
    for (size_t i = 0; i < count && count <= max; i++) {
        Position position;
        const char *line = file_next_line(text);
        if (line == NULL || !read_position(line, tokenizer, &position)) {
            return false;
        }
        positions_append(&cache->positions, position);
    }
    return count <= max && file_next_line(text) == NULL;
}

bool prompt_cache_read(PromptCache *cache, const char *path, const Model *model,
                       Tokenizer *tokenizer, size_t max_positions) {
    Bytes content = {0};
    bool ok = file_read(path, WHAT, PROMPT_CACHE_MAGIC, &content);
    char *text = content.data;
    if (ok) {
        file_next_line(&text);
        ok = check_origin(path, model, &text);
    }
    if (ok && !read_positions(cache, &text, tokenizer, max_positions)) {
        log_error("prompt cache %s is damaged, or has more than %zu tokens", path, max_positions);
        ok = false;
    }
    bytes_free(&content);
    if (!ok) {
        prompt_cache_free(cache);
    }
    cache->loaded = ok;
    return ok;
}

void prompt_cache_free(PromptCache *cache) {
    positions_free(&cache->positions);
    *cache = (PromptCache){0};
}
