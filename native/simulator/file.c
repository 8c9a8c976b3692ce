#include "file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

enum { MAX_BYTES = 16 * 1024 * 1024 };

static bool begins_with_line(const Bytes *content, const char *line) {
    size_t length = strlen(line);
    const char *text = bytes_text(content);
    return strncmp(text, line, length) == 0 &&
           (text[length] == '\n' || text[length] == '\r' || text[length] == '\0');
}

bool file_read(const char *path, const char *what, const char *first_line, Bytes *content) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        log_error("failed to open %s %s: %s", what, path, strerror(errno));
        return false;
    }
    char chunk[4096];
    size_t read;
    while (content->length < MAX_BYTES && (read = fread(chunk, 1, sizeof chunk, file)) > 0) {
        bytes_append(content, chunk, read);
    }
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed) {
        log_error("failed to read %s %s", what, path);
    } else if (!begins_with_line(content, first_line)) {
        log_error("%s is not a %s of the simulator: its first line must be %s", path, what,
                  first_line);
        failed = true;
    }
    return !failed;
}

static bool write_all(int file, const Bytes *content) {
    size_t written = 0;
    while (written < content->length) {
        ssize_t count = write(file, content->data + written, content->length - written);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        written += count < 0 ? 0 : (size_t)count;
    }
    return true;
}

bool file_write(const char *path, const char *what, const Bytes *content) {
    Bytes temporary = {0};
    bytes_append_text(&temporary, path);
    bytes_append_format(&temporary, ".%ld.tmp", (long)getpid());
    int file = open(temporary.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool ok = file >= 0 && write_all(file, content);
    int problem = errno;
    if (file >= 0 && close(file) != 0 && ok) {
        problem = errno;
        ok = false;
    }
    if (ok && rename(temporary.data, path) != 0) {
        problem = errno;
        ok = false;
    }
    if (!ok) {
        log_error("failed to write %s %s: %s", what, path, strerror(problem));
        unlink(temporary.data);
    }
    bytes_free(&temporary);
    return ok;
}

static char *trimmed(char *line) {
    while (isspace((unsigned char)*line)) {
        line++;
    }
    size_t length = strlen(line);
    while (length > 0 && isspace((unsigned char)line[length - 1])) {
        line[--length] = '\0';
    }
    return line;
}

char *file_next_line(char **text) {
    while (*text != NULL && **text != '\0') {
        char *line = *text;
        char *end = strchr(line, '\n');
        *text = end == NULL ? NULL : end + 1;
        if (end != NULL) {
            *end = '\0';
        }
        line = trimmed(line);
        if (*line != '\0' && *line != '#') {
            return line;
        }
    }
    return NULL;
}

char *file_value(char *line, const char *key) {
    size_t length = strlen(key);
    if (strncmp(line, key, length) != 0 || line[length] != ':') {
        return NULL;
    }
    return trimmed(line + length + 1);
}
