#include "media.h"

#include <math.h>
#include <string.h>

#include "embedding.h"
#include "log.h"
#include "release.h"

/* More rows than this cannot be meant; memory is not read that far. */
enum { ABSURD = 1 << 20 };

const char *media_find(const char *text, bool *video) {
    const char *image = strstr(text, IMAGE_MARKER);
    const char *found = RELEASE_HAS_VIDEO ? strstr(text, VIDEO_MARKER) : NULL;
    *video = found != NULL && (image == NULL || found < image);
    return *video ? found : image;
}

static size_t count_markers(const char *text, bool videos) {
    size_t count = 0;
    bool video;
    for (const char *at = media_find(text, &video); at != NULL; at = media_find(at + 1, &video)) {
        count += video == videos;
    }
    return count;
}

static bool check_count(const Input *input, const Media *media, bool videos) {
    size_t markers = count_markers(input->prompt, videos);
    if (markers != media->count) {
        log_error("the prompt has %zu %s, %s is %zu", markers,
                  videos ? VIDEO_MARKER : IMAGE_MARKER, videos ? "n_video" : "n_image",
                  media->count);
    }
    return markers == media->count;
}

/* Whether there is something to read, and not more than can be meant. */
static bool check_rows(const Media *media, const char *kind) {
    if (media->count == 0) {
        return true;
    }
    if (media->rows == NULL || media->tokens == 0 || media->frames == 0) {
        report_misuse("a multimodal input has %zu %ss, but no rows of them", media->count, kind);
        return false;
    }
    if (media->count > ABSURD || media->frames > ABSURD || media->tokens > ABSURD ||
        media->count * media->frames > ABSURD / media->tokens) {
        report_misuse("a multimodal input has %zu %ss of %zu times %zu rows", media->count, kind,
                      media->frames, media->tokens);
        return false;
    }
    return true;
}

/* What a picture of that mean shows. */
static const char *name_of(const Model *model, double mean) {
    for (size_t i = 0; i < model->seen_count; i++) {
        if (fabs(model->seen[i].mean - mean) <= SEEN_TOLERANCE) {
            return model->seen[i].name;
        }
    }
    return "something";
}

/* Adds the rows of one picture to the input's content; returns the mean of their floats. */
static double add_rows(Input *input, const Media *media, const float *rows, size_t width,
                       uint32_t number) {
    double sum = 0;
    size_t count = media->frames * media->tokens;
    for (size_t i = 0; i < count; i++) {
        const float *row = rows + i * width;
        for (size_t j = 0; j < width; j++) {
            sum += (double)row[j];
        }
        /* Width and height drive the encoding of positions: other ones, other rows. */
        uint64_t hash = embedding_hash(row, width) ^ (uint64_t)media->width << 20 ^
                        (uint64_t)media->height << 40;
        positions_append(&input->content, (Position){NO_TOKEN, number, hash | 1});
    }
    return sum / ((double)count * (double)width);
}

static void digest(Input *input, const Media *media, const Model *model, bool videos) {
    size_t width = (size_t)model->embd;
    for (size_t i = 0; i < media->count; i++) {
        uint32_t number = (uint32_t)input->pictures.count + 1;
        const float *rows = media->rows + i * media->frames * media->tokens * width;
        double mean = add_rows(input, media, rows, width, number);
        pictures_add(&input->pictures, &(Picture){.number = number,
                                                  .is_video = videos,
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

bool media_digest(Input *input, const Model *model) {
    bool ok = check_rows(&input->images, "image") && check_rows(&input->videos, "video") &&
              check_count(input, &input->images, false) && check_count(input, &input->videos, true);
    if (ok) {
        digest(input, &input->images, model, false);
        digest(input, &input->videos, model, true);
    }
    input->images.rows = NULL;
    input->videos.rows = NULL;
    return ok;
}
