#include "media.h"

#include <math.h>
#include <string.h>

#include "embedding.h"
#include "log.h"
#include "release.h"

/* More rows are considered invalid, and the memory is not read. */
enum { ABSURD = 1 << 20 };

static const struct {
    const char *marker;
    const char *name;  /* name of a single item */
    const char *field; /* member with the count, in the header */
    bool known;        /* supported by this release */
} kinds[MEDIA_KINDS] = {
    [MEDIA_IMAGE] = {"<image>", "image", "n_image", true},
    [MEDIA_VIDEO] = {"<video>", "video", "n_video", RELEASE_HAS_VIDEO},
    [MEDIA_AUDIO] = {"<audio>", "audio", "n_audio", RELEASE_HAS_AUDIO},
};

const char *media_marker(MediaKind kind) {
    return kinds[kind].marker;
}

const char *media_find(const char *text, MediaKind *kind) {
    const char *first = NULL;
    for (MediaKind each = 0; each < MEDIA_KINDS; each++) {
        const char *found = kinds[each].known ? strstr(text, kinds[each].marker) : NULL;
        if (found != NULL && (first == NULL || found < first)) {
            first = found;
            *kind = each;
        }
    }
    return first;
}

static size_t count_markers(const char *text, MediaKind kind) {
    size_t count = 0;
    MediaKind found;
    for (const char *at = media_find(text, &found); at != NULL; at = media_find(at + 1, &found)) {
        count += found == kind;
    }
    return count;
}

static bool check_count(const Input *input, MediaKind kind) {
    size_t markers = count_markers(input->prompt, kind);
    size_t count = input->media[kind].count;
    if (markers != count) {
        log_error("the prompt has %zu %s, but %s is %zu", markers, kinds[kind].marker,
                  kinds[kind].field, count);
    }
    return markers == count;
}

/* Returns whether there is a plausible number of rows. */
static bool check_rows(const Media *media, const char *name) {
    if (media->count == 0) {
        return true;
    }
    if (media->rows == NULL || media->tokens == 0 || media->frames == 0) {
        report_misuse("a multimodal input has %zu %ss, but no rows for them", media->count, name);
        return false;
    }
    if (media->count > ABSURD || media->frames > ABSURD || media->tokens > ABSURD ||
        media->count * media->frames > ABSURD / media->tokens) {
        report_misuse("a multimodal input has %zu %ss of %zu times %zu rows", media->count, name,
                      media->frames, media->tokens);
        return false;
    }
    return true;
}

/* Returns the subject of a picture with the given mean. */
static const char *name_of(const Model *model, double mean) {
    for (size_t i = 0; i < model->seen_count; i++) {
        if (fabs(model->seen[i].mean - mean) <= SEEN_TOLERANCE) {
            return model->seen[i].name;
        }
    }
    return "something";
}

/* Adds the rows of one picture to the input's content. Returns the mean of their floats. */
static double add_rows(Input *input, const Media *media, const float *rows, size_t width,
                       uint32_t number) {
    double sum = 0;
    size_t count = media->frames * media->tokens;
    for (size_t i = 0; i < count; i++) {
        const float *row = rows + i * width;
        for (size_t j = 0; j < width; j++) {
            sum += (double)row[j];
        }
        /* Width and height determine the position encoding, so they change the rows. */
        uint64_t hash = embedding_hash(row, width) ^ (uint64_t)media->width << 20 ^
                        (uint64_t)media->height << 40;
        positions_append(&input->content, (Position){NO_TOKEN, number, hash | 1});
    }
    return sum / ((double)count * (double)width);
}

static void digest(Input *input, const Media *media, const Model *model, MediaKind kind) {
    size_t width = (size_t)model->embd;
    for (size_t i = 0; i < media->count; i++) {
        uint32_t number = (uint32_t)input->pictures.count + 1;
        const float *rows = media->rows + i * media->frames * media->tokens * width;
        double mean = add_rows(input, media, rows, width, number);
        pictures_add(&input->pictures, &(Picture){.number = number,
                                                  .kind = kind,
                                                  .frames = media->frames,
                                                  .tokens = media->tokens,
                                                  .width = media->width,
                                                  .height = media->height,
                                                  .start = media->start,
                                                  .end = media->end,
                                                  .content = media->content,
                                                  .name = name_of(model, mean)});
    }
}

/* Checks all media before reading any of their memory. */
static bool check(const Input *input) {
    for (MediaKind kind = 0; kind < MEDIA_KINDS; kind++) {
        if (!check_rows(&input->media[kind], kinds[kind].name)) {
            return false;
        }
    }
    for (MediaKind kind = 0; kind < MEDIA_KINDS; kind++) {
        if (!check_count(input, kind)) {
            return false;
        }
    }
    return true;
}

bool media_digest(Input *input, const Model *model) {
    bool ok = check(input);
    for (MediaKind kind = 0; kind < MEDIA_KINDS; kind++) {
        if (ok) {
            digest(input, &input->media[kind], model, kind);
        }
        input->media[kind] = (Media){0}; /* its memory belongs to the caller */
    }
    return ok;
}
