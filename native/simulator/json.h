/* A minimal JSON reader for the results of tools and the names of declared tools. */
#ifndef SIM_JSON_H
#define SIM_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "memory.h"

/*
 * Appends the value of a member with the given name, at any depth: the content of a string, or the
 * text of a number, object, array or literal. which: selects one of several, counted from 1.
 * Returns false if there is no such member.
 */
bool json_find(const char *text, size_t length, const char *name, long which, Bytes *out);

/*
 * Appends the text, in which strings that contain an object or array are replaced by their content.
 */
void json_unfold(const char *text, size_t length, Bytes *out);

/* Appends the name of the first declared function whose name contains the word. */
bool json_function(const char *text, size_t length, const char *word, Bytes *out);

/* Appends the name of that function's first parameter. */
bool json_argument(const char *text, size_t length, const char *word, Bytes *out);

/* Returns whether a text is a single JSON value (json_valid.c). */
bool json_is_valid(const char *text);

/* Appends text, escaped as the content of a JSON string. */
void json_escape(Bytes *out, const char *text, size_t length);

#endif
