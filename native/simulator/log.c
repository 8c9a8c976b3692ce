#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger.h"
#include "memory.h"

/* Prints a line with a single stdio call, so that lines of several threads do not mix. */
static void print_line(FILE *stream, const char *prefix, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) {
        return;
    }
    char *line = sim_alloc((size_t)length + 1);
    vsnprintf(line, (size_t)length + 1, format, arguments);
    fprintf(stream, "%s%s\n", prefix, line);
    /* The last lines must not be lost if the process crashes, which tests provoke. */
    fflush(stream);
    sim_free(line);
}

void log_info(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_line(stdout, "I rkllm: ", format, arguments);
    va_end(arguments);
}

void log_warning(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_line(stdout, "W rkllm: ", format, arguments);
    va_end(arguments);
}

void log_error(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_line(stdout, "E rkllm: ", format, arguments);
    va_end(arguments);
}

int log_level(void) {
    const char *level = getenv("RKLLM_LOG_LEVEL");
    return level == NULL ? 0 : atoi(level);
}

void report_misuse(const char *format, ...) {
    ledger_count_misuse();
    va_list arguments;
    va_start(arguments, format);
    print_line(stderr, "rkllm simulator: misuse: ", format, arguments);
    va_end(arguments);
}
