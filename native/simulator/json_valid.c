#include <ctype.h>
#include <string.h>

#include "json.h"

/* The maximum nesting depth. */
enum { MAX_DEPTH = 512 };

typedef struct Cursor {
    const char *at; /* the text ends with NUL, which is not valid anywhere */
    int depth;
} Cursor;

static bool value(Cursor *cursor);

static void space(Cursor *cursor) {
    cursor->at += strspn(cursor->at, " \t\r\n");
}

static bool take(Cursor *cursor, char c) {
    space(cursor);
    bool found = *cursor->at == c;
    cursor->at += found;
    return found;
}

static bool word(Cursor *cursor, const char *text) {
    size_t length = strlen(text);
    bool found = strncmp(cursor->at, text, length) == 0;
    cursor->at += found ? length : 0;
    return found;
}

static bool escape(Cursor *cursor) {
    char c = *cursor->at++;
    if (c != 'u') {
        return c != '\0' && strchr("\"\\/bfnrt", c) != NULL;
    }
    for (int i = 0; i < 4; i++) {
        if (!isxdigit((unsigned char)*cursor->at++)) {
            return false;
        }
    }
    return true;
}

static bool string(Cursor *cursor) {
    if (!take(cursor, '"')) {
        return false;
    }
    while (*cursor->at != '"') {
        unsigned char c = (unsigned char)*cursor->at++;
        if (c < ' ' || (c == '\\' && !escape(cursor))) {
            return false;
        }
    }
    cursor->at++;
    return true;
}

static bool digits(Cursor *cursor) {
    size_t count = strspn(cursor->at, "0123456789");
    cursor->at += count;
    return count > 0;
}

static bool number(Cursor *cursor) {
    word(cursor, "-");
    if (!word(cursor, "0") && !digits(cursor)) {
        return false;
    }
    if (word(cursor, ".") && !digits(cursor)) {
        return false;
    }
    if (word(cursor, "e") || word(cursor, "E")) {
        cursor->at += *cursor->at == '+' || *cursor->at == '-';
        return digits(cursor);
    }
    return true;
}

/* Parses the items between brackets, after the opening one. */
static bool items(Cursor *cursor, bool members, char end) {
    if (take(cursor, end)) {
        return true;
    }
    do {
        if ((members && !(string(cursor) && take(cursor, ':'))) || !value(cursor)) {
            return false;
        }
    } while (take(cursor, ','));
    return take(cursor, end);
}

static bool value(Cursor *cursor) {
    space(cursor);
    if (++cursor->depth > MAX_DEPTH) {
        return false;
    }
    bool ok;
    if (*cursor->at == '"') {
        ok = string(cursor);
    } else if (take(cursor, '{')) {
        ok = items(cursor, true, '}');
    } else if (take(cursor, '[')) {
        ok = items(cursor, false, ']');
    } else {
        ok = word(cursor, "true") || word(cursor, "false") || word(cursor, "null") ||
             number(cursor);
    }
    cursor->depth--;
    return ok;
}

bool json_is_valid(const char *text) {
    Cursor cursor = {.at = text};
    if (!value(&cursor)) {
        return false; /* the cursor may be beyond the end */
    }
    space(&cursor);
    return *cursor.at == '\0';
}
