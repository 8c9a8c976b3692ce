/* Text files other than models that the simulator reads and writes: adapters and caches. */
#ifndef SIM_FILE_H
#define SIM_FILE_H

#include <stdbool.h>

#include "memory.h"

/*
 * Reads a file that must begin with the given line. what: a name for the error line, such as "lora
 * adapter".
 */
bool file_read(const char *path, const char *what, const char *first_line, Bytes *content);
/*
 * Writes a file, which appears under its name only when it is complete. Returns false after an
 * error line.
 */
bool file_write(const char *path, const char *what, const Bytes *content);

/*
 * Removes the next line from text, which is modified, and returns it, or NULL at the end.
 * Surrounding white space, empty lines and lines that begin with # are skipped.
 */
char *file_next_line(char **text);
/* Returns the value of a line "KEY: VALUE", or NULL if the key differs. */
char *file_value(char *line, const char *key);

#endif
