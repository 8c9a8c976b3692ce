#include "lora.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "log.h"

static const Adapter *find(const Adapters *adapters, const char *name) {
    for (size_t i = 0; i < adapters->count; i++) {
        if (strcmp(adapters->items[i].name, name) == 0) {
            return &adapters->items[i];
        }
    }
    return NULL;
}

/* Returns a key that depends on the contents, so that different files have different effects. */
static uint64_t key_of(const Bytes *content) {
    uint64_t key = 14695981039346656037u;
    for (size_t i = 0; i < content->length; i++) {
        key = (key ^ (unsigned char)content->data[i]) * 1099511628211u;
    }
    return key | 1;
}

/* Checks the lines after the first. content is modified. */
static bool check_lines(const char *path, const Model *model, Bytes *content) {
    char *text = content->data;
    const char *model_name = NULL;
    file_next_line(&text);
    for (char *line = file_next_line(&text); line != NULL; line = file_next_line(&text)) {
        const char *seed = file_value(line, "seed");
        const char *name = file_value(line, "for");
        if (seed == NULL && name == NULL) {
            log_error("lora adapter %s: '%s' is neither 'for: MODEL' nor 'seed: NUMBER'", path,
                      line);
            return false;
        }
        if (seed != NULL && (*seed == '\0' || seed[strspn(seed, "0123456789")] != '\0')) {
            log_error("lora adapter %s: the seed must be a number, not '%s'", path, seed);
            return false;
        }
        model_name = name != NULL ? name : model_name;
    }
    if (model_name == NULL || strcmp(model_name, model->name) != 0) {
        log_error("lora adapter %s belongs to the model %s, but this one is %s", path,
                  model_name == NULL ? "(no 'for:' line)" : model_name, model->name);
        return false;
    }
    return true;
}

bool lora_load(Adapters *adapters, const Model *model, const char *path, const char *name,
               float scale) {
    Bytes content = {0};
    if (find(adapters, name) != NULL) {
        log_error("a lora adapter with the name %s is already loaded", name);
        return false;
    }
    if (!isfinite(scale)) {
        log_error("the scale of lora adapter %s is not a number", name);
        return false;
    }
    bool ok = file_read(path, "lora adapter", LORA_MAGIC, &content);
    uint64_t key = ok ? key_of(&content) : 0;
    ok = ok && check_lines(path, model, &content);
    bytes_free(&content);
    if (ok) {
        adapters->items = sim_grow(adapters->items, adapters->count, &adapters->capacity,
                                   sizeof *adapters->items);
        adapters->items[adapters->count++] = (Adapter){sim_copy_text(name), scale, key};
        log_info("loaded lora adapter %s from %s with scale %g", name, path, (double)scale);
    }
    return ok;
}

void lora_free(Adapters *adapters) {
    for (size_t i = 0; i < adapters->count; i++) {
        sim_free(adapters->items[i].name);
    }
    sim_free(adapters->items);
    *adapters = (Adapters){0};
}

bool lora_influence(const Adapters *adapters, const char *name, Influence *influence) {
    if (name == NULL) {
        return true;
    }
    const Adapter *adapter = find(adapters, name);
    if (adapter != NULL && adapter->scale != 0) {
        influence->adapter = adapter->key;
        influence->adapter_name = adapter->name;
        influence->scale = adapter->scale;
    }
    return adapter != NULL;
}
