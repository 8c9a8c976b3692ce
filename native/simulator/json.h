/* Just enough JSON to check and read a tool's result and the names of declared tools. */
#ifndef SIM_JSON_H
#define SIM_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "memory.h"

/*
 * Appends the value of a member of that name, at any depth: the content of a string, or the text of
 * a number, object, array or literal. Which one, counts those that follow each other, from 1. False
 * when there is no such member.
 */
bool json_find(const char *text, size_t length, const char *name, long which, Bytes *out);

/* Appends text, in which strings that hold an object or array have become that. */
void json_unfold(const char *text, size_t length, Bytes *out);

/* The name of the first declared function whose name contains word. */
bool json_function(const char *text, size_t length, const char *word, Bytes *out);

/* The name of that function's first parameter. */
bool json_argument(const char *text, size_t length, const char *word, Bytes *out);

/* Whether a text is one JSON value and nothing else (json_valid.c). */
bool json_is_valid(const char *text);

/* Appends text as the inside of a JSON string. */
void json_escape(Bytes *out, const char *text, size_t length);

#endif
