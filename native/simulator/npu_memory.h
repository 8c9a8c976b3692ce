/*
 * The NPU's address spaces. Each base domain has 4 GB, which are shared by all models of the
 * process that use it.
 */
#ifndef SIM_NPU_MEMORY_H
#define SIM_NPU_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

enum { NPU_DOMAIN_MB = 4096 };

/* Reserves memory. Returns false, without reserving any, if the domain has less memory left. */
bool npu_memory_take(int32_t domain, int megabytes);
void npu_memory_give_back(int32_t domain, int megabytes);

#endif
