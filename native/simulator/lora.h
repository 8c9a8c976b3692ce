/*
 * LoRA adapters: text files that say which model they are for. An adapter adds its share to the
 * logits, in proportion to its scale, and rules can ask for it.
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
    uint64_t key; /* what the file says; never 0 */
} Adapter;

/* The adapters of a handle. There is no unload. */
typedef struct Adapters {
    Adapter *items;
    size_t count;
    size_t capacity;
} Adapters;

/* Loads one more. False after an error line; nothing may be NULL. */
bool lora_load(Adapters *adapters, const Model *model, const char *path, const char *name,
               float scale);
void lora_free(Adapters *adapters);

/* Sets what the adapter of that name does; NULL is the base model. False: there is none. */
bool lora_influence(const Adapters *adapters, const char *name, Influence *influence);

#endif
