/* Parses values of directives: numbers, choices, strings and texts. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "directives.h"

bool value_int(Reader *reader, const char *value, long min, long max, long *out) {
    char *end;
    errno = 0;
    long number = strtol(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0 || number < min || number > max) {
        bytes_append_format(&reader->problem, "'%s' is not a whole number from %ld to %ld", value,
                            min, max);
        return false;
    }
    *out = number;
    return true;
}

bool value_double(Reader *reader, const char *value, double min, double max, double *out) {
    char *end;
    double number = strtod(value, &end);
    if (end == value || *end != '\0' || !isfinite(number) || number < min || number > max) {
        bytes_append_format(&reader->problem, "'%s' is not a number from %g to %g", value, min,
                            max);
        return false;
    }
    *out = number;
    return true;
}

bool value_choice(Reader *reader, const char *value, const char *const *choices, int *out) {
    for (int i = 0; choices[i] != NULL; i++) {
        if (strcmp(value, choices[i]) == 0) {
            *out = i;
            return true;
        }
    }
    bytes_append_format(&reader->problem, "'%s' is not one of", value);
    for (int i = 0; choices[i] != NULL; i++) {
        bytes_append_format(&reader->problem, "%s %s", i == 0 ? "" : ",", choices[i]);
    }
    return false;
}

bool value_choice_flag(Reader *reader, const char *value, const char *no, const char *yes,
                       bool *out) {
    const char *const choices[] = {no, yes, NULL};
    int choice = 0;
    if (!value_choice(reader, value, choices, &choice)) {
        return false;
    }
    *out = choice == 1;
    return true;
}

bool value_flag(Reader *reader, const char *value, bool *out) {
    return value_choice_flag(reader, value, "off", "on", out);
}

bool value_string(Reader *reader, const char *value, char **out) {
    Bytes bytes = {0};
    while (*value != '\0') {
        char resolved[4];
        size_t length = 1;
        size_t read = 1;
        resolved[0] = *value;
        if (*value == '\\') {
            read = text_escape(value, resolved, &length, &reader->problem);
            if (read == 0) {
                bytes_free(&bytes);
                return false;
            }
        }
        bytes_append(&bytes, resolved, length);
        value += read;
    }
    sim_free(*out);
    *out = sim_copy_text(bytes_text(&bytes));
    bytes_free(&bytes);
    return true;
}

bool value_text(Reader *reader, const char *value, Text *out) {
    text_free(out);
    return text_parse(value, out, &reader->problem);
}

bool value_list(Reader *reader, const char *value, TextList *list) {
    char *text = NULL;
    if (!value_string(reader, value, &text)) {
        return false;
    }
    bool ok = text[0] != '\0';
    if (ok) {
        text_list_add(list, text);
    } else {
        bytes_append_text(&reader->problem, "needs a text");
    }
    sim_free(text);
    return ok;
}
