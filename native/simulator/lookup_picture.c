#include "lookup_picture.h"

#include <stdlib.h>
#include <string.h>

static size_t count_of(const ScriptContext *context, bool videos) {
    return pictures_count(context->pictures, context->cache, videos);
}

static bool append_number(Bytes *out, size_t number) {
    bytes_append_format(out, "%zu", number);
    return true;
}

static bool append_string(Bytes *out, const char *text) {
    bytes_append_text(out, text);
    return true;
}

/* {picture.1} and so on: images in their order, then videos. */
static bool append_seen(const ScriptContext *context, const char *number, Bytes *out) {
    char *end = NULL;
    unsigned long index = strtoul(number, &end, 10);
    size_t images = count_of(context, false);
    if (index == 0 || *end != '\0') {
        return false;
    }
    bool video = index > images;
    const Picture *picture = pictures_at(context->pictures, context->cache, video,
                                         video ? index - images - 1 : index - 1);
    return picture != NULL && append_string(out, picture->name);
}

/* A field of the last image or video. */
static bool append_field(const ScriptContext *context, bool video, const char *field, Bytes *out) {
    size_t count = count_of(context, video);
    const Picture *picture =
        count == 0 ? NULL : pictures_at(context->pictures, context->cache, video, count - 1);
    if (picture == NULL) {
        return false;
    }
    const struct { const char *name; size_t number; } numbers[] = {
        {"tokens", picture->tokens}, {"width", picture->width}, {"height", picture->height}};
    const struct { const char *name; const char *text; } strings[] = {
        {"start", picture->start}, {"end", picture->end}, {"content", picture->content}};
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(field, numbers[i].name) == 0) {
            return append_number(out, numbers[i].number);
        }
        if (strcmp(field, strings[i].name) == 0) {
            return append_string(out, strings[i].text);
        }
    }
    return video && strcmp(field, "frames") == 0 && append_number(out, picture->frames);
}

bool lookup_picture(const ScriptContext *context, const char *name, Bytes *out) {
    if (strcmp(name, "images") == 0 || strcmp(name, "videos") == 0) {
        return append_number(out, count_of(context, name[0] == 'v'));
    }
    if (strncmp(name, "picture.", 8) == 0) {
        return append_seen(context, name + 8, out);
    }
    bool image = strncmp(name, "image.", 6) == 0;
    return (image || strncmp(name, "video.", 6) == 0) &&
           append_field(context, !image, name + 6, out);
}
