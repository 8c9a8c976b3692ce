#include "lookup_picture.h"

#include <stdlib.h>
#include <string.h>

/* For each kind, the name of the count and the prefix of the properties of the last one. */
static const struct {
    const char *count;
    const char *prefix;
} names[MEDIA_KINDS] = {
    [MEDIA_IMAGE] = {"images", "image."},
    [MEDIA_VIDEO] = {"videos", "video."},
    [MEDIA_AUDIO] = {"audios", "audio."},
};

static size_t count_of(const ScriptContext *context, MediaKind kind) {
    return pictures_count(context->pictures, context->cache, kind);
}

static bool append_number(Bytes *out, size_t number) {
    bytes_append_format(out, "%zu", number);
    return true;
}

static bool append_string(Bytes *out, const char *text) {
    bytes_append_text(out, text);
    return true;
}

/* Appends {picture.1} and so on: images in their order, then videos, then audio clips. */
static bool append_seen(const ScriptContext *context, const char *number, Bytes *out) {
    char *end = NULL;
    unsigned long index = strtoul(number, &end, 10);
    if (index == 0 || *end != '\0') {
        return false;
    }
    index--;
    for (MediaKind kind = 0; kind < MEDIA_KINDS; kind++) {
        size_t count = count_of(context, kind);
        if (index < count) {
            const Picture *picture = pictures_at(context->pictures, context->cache, kind, index);
            return picture != NULL && append_string(out, picture->name);
        }
        index -= count;
    }
    return false;
}

/* Appends a property of the last picture of a kind. */
static bool append_field(const ScriptContext *context, MediaKind kind, const char *field,
                         Bytes *out) {
    size_t count = count_of(context, kind);
    const Picture *picture =
        count == 0 ? NULL : pictures_at(context->pictures, context->cache, kind, count - 1);
    if (picture == NULL) {
        return false;
    }
    const struct { const char *name; size_t number; } numbers[] = {
        {"tokens", picture->tokens}, {"width", picture->width}, {"height", picture->height}};
    const struct { const char *name; const char *text; } strings[] = {
        {"start", picture->start}, {"end", picture->end}, {"content", picture->content}};
    for (size_t i = 0; i < 3; i++) {
        bool has_number = kind != MEDIA_AUDIO || i == 0; /* audio has no width and height */
        if (has_number && strcmp(field, numbers[i].name) == 0) {
            return append_number(out, numbers[i].number);
        }
        if (strcmp(field, strings[i].name) == 0) {
            return append_string(out, strings[i].text);
        }
    }
    return kind == MEDIA_VIDEO && strcmp(field, "frames") == 0 &&
           append_number(out, picture->frames);
}

bool lookup_picture(const ScriptContext *context, const char *name, Bytes *out) {
    if (strncmp(name, "picture.", 8) == 0) {
        return append_seen(context, name + 8, out);
    }
    for (MediaKind kind = 0; kind < MEDIA_KINDS; kind++) {
        size_t prefix = strlen(names[kind].prefix);
        if (strcmp(name, names[kind].count) == 0) {
            return append_number(out, count_of(context, kind));
        }
        if (strncmp(name, names[kind].prefix, prefix) == 0) {
            return append_field(context, kind, name + prefix, out);
        }
    }
    return false;
}
