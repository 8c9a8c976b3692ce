/*
 * The NPU's address spaces: each domain has 4 GB, which all models of the process share that were
 * loaded with its number.
 */
#ifndef SIM_NPU_MEMORY_H
#define SIM_NPU_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

enum { NPU_DOMAIN_MB = 4096 };

/* False when the domain has not that much left; then nothing is taken. */
bool npu_memory_take(int32_t domain, int megabytes);
void npu_memory_give_back(int32_t domain, int megabytes);

#endif
