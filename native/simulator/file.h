/* Whole files of text that the simulator reads and writes besides models: adapters and caches. */
#ifndef SIM_FILE_H
#define SIM_FILE_H

#include <stdbool.h>

#include "memory.h"

/* Reads a file that must begin with this line. what: for the error line, such as "lora adapter". */
bool file_read(const char *path, const char *what, const char *first_line, Bytes *content);
/* The file appears under its name only when it is complete. False after an error line. */
bool file_write(const char *path, const char *what, const Bytes *content);

/*
 * Takes the next line off text, which is changed; NULL at the end. White space around it, empty
 * lines and those that begin with # are left out.
 */
char *file_next_line(char **text);
/* The value of a line "KEY: VALUE", or NULL when it is another one. */
char *file_value(char *line, const char *key);

#endif
