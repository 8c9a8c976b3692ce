/*
 * Output of the simulator. Log lines have the vendor's format ("I rkllm: …") and are written to
 * stdout through C stdio, like the vendor's. Reports of misuse are specific to the simulator and
 * written to stderr.
 */
#ifndef SIM_LOG_H
#define SIM_LOG_H

#include <stdbool.h>

__attribute__((format(printf, 1, 2))) void log_info(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_warning(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_error(const char *format, ...);

/*
 * Returns the value of RKLLM_LOG_LEVEL: 0 by default, 1 adds performance, 2 cache lengths and
 * prompts.
 */
int log_level(void);

/* Reports and counts a misuse of the API. */
__attribute__((format(printf, 1, 2))) void report_misuse(const char *format, ...);

#endif
