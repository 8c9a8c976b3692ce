/*
 * LoRA adapters: text files that state the model they belong to. An adapter contributes to the
 * logits in proportion to its scale, and rules can require it.
 */
#ifndef SIM_LORA_H
#define SIM_LORA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "influence.h"
#include "model.h"

#define LORA_MAGIC "RKLLM-SIMULATOR-LORA 1"

typedef struct Adapter {
    char *name;
    float scale;
    uint64_t key; /* identifies the contents of the file; never 0 */
} Adapter;

/* The adapters of a handle. They cannot be unloaded. */
typedef struct Adapters {
    Adapter *items;
    size_t count;
    size_t capacity;
} Adapters;

/* Loads an adapter. No argument may be NULL. Returns false after an error line. */
bool lora_load(Adapters *adapters, const Model *model, const char *path, const char *name,
               float scale);
void lora_free(Adapters *adapters);

/*
 * Sets the influence of the adapter with the given name, or of the base model if it is NULL.
 * Returns false if there is no such adapter.
 */
bool lora_influence(const Adapters *adapters, const char *name, Influence *influence);

#endif
