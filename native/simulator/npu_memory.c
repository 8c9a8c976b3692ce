#include "npu_memory.h"

#include <pthread.h>
#include <stddef.h>

#include "memory.h"

typedef struct Domain {
    int32_t number;
    int used;
} Domain;

/* Domains in use; the array is freed with the last of them. */
static struct {
    pthread_mutex_t lock;
    Domain *domains;
    size_t count;
    size_t capacity;
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The lock must be held. */
static Domain *find(int32_t number) {
    for (size_t i = 0; i < table.count; i++) {
        if (table.domains[i].number == number) {
            return &table.domains[i];
        }
    }
    return NULL;
}

bool npu_memory_take(int32_t domain, int megabytes) {
    if (megabytes == 0) {
        return true;
    }
    pthread_mutex_lock(&table.lock);
    Domain *found = find(domain);
    int used = found == NULL ? 0 : found->used;
    bool fits = megabytes <= NPU_DOMAIN_MB - used;
    if (fits && found == NULL) {
        table.domains = sim_grow(table.domains, table.count, &table.capacity, sizeof(Domain));
        found = &table.domains[table.count++];
        *found = (Domain){.number = domain};
    }
    if (fits) {
        found->used += megabytes;
    }
    pthread_mutex_unlock(&table.lock);
    return fits;
}

void npu_memory_give_back(int32_t domain, int megabytes) {
    pthread_mutex_lock(&table.lock);
    Domain *found = megabytes == 0 ? NULL : find(domain);
    if (found != NULL) {
        found->used -= megabytes;
        if (found->used == 0) {
            *found = table.domains[--table.count];
        }
    }
    if (table.count == 0) {
        sim_free(table.domains);
        table.domains = NULL;
        table.capacity = 0;
    }
    pthread_mutex_unlock(&table.lock);
}
