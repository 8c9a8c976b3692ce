/*
 * What the simulator prints. Log lines have the vendor's form ("I rkllm: …") and go to stdout
 * through C stdio, as the vendor's do. Reports of misuse are the simulator's own, on stderr.
 */
#ifndef SIM_LOG_H
#define SIM_LOG_H

#include <stdbool.h>

__attribute__((format(printf, 1, 2))) void log_info(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_warning(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_error(const char *format, ...);

/* The value of RKLLM_LOG_LEVEL: 0 by default, 1 adds performance, 2 cache lengths and prompts. */
int log_level(void);

/* Reports and counts one misuse of the API. */
__attribute__((format(printf, 1, 2))) void report_misuse(const char *format, ...);

#endif
