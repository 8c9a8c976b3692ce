#include "picture.h"

static char *copy_tag(const char *tag) {
    return sim_copy_text(tag == NULL ? "" : tag);
}

void pictures_add(Pictures *pictures, const Picture *picture) {
    pictures->items = sim_grow(pictures->items, pictures->count, &pictures->capacity,
                               sizeof *pictures->items);
    Picture *copy = &pictures->items[pictures->count++];
    *copy = *picture;
    copy->start = copy_tag(picture->start);
    copy->end = copy_tag(picture->end);
    copy->content = copy_tag(picture->content);
}

static void free_strings(Picture *picture) {
    sim_free((char *)(uintptr_t)picture->start);
    sim_free((char *)(uintptr_t)picture->end);
    sim_free((char *)(uintptr_t)picture->content);
}

static bool is_used(const Picture *picture, const Positions *positions) {
    for (size_t i = 0; i < positions->count; i++) {
        if (positions->items[i].picture == picture->number) {
            return true;
        }
    }
    return false;
}

void pictures_prune(Pictures *pictures, const Positions *positions) {
    size_t kept = 0;
    for (size_t i = 0; i < pictures->count; i++) {
        if (is_used(&pictures->items[i], positions)) {
            pictures->items[kept++] = pictures->items[i];
        } else {
            free_strings(&pictures->items[i]);
        }
    }
    pictures->count = kept;
}

void pictures_free(Pictures *pictures) {
    for (size_t i = 0; i < pictures->count; i++) {
        free_strings(&pictures->items[i]);
    }
    sim_free(pictures->items);
    *pictures = (Pictures){0};
}

static const Picture *find(const Pictures *pictures, uint32_t number) {
    for (size_t i = 0; i < pictures->count; i++) {
        if (pictures->items[i].number == number) {
            return &pictures->items[i];
        }
    }
    return NULL;
}

/* Returns the picture that begins at a position, or NULL. */
static const Picture *begins_at(const Pictures *pictures, const Positions *positions, size_t at) {
    uint32_t number = positions->items[at].picture;
    bool begins = number != 0 && (at == 0 || positions->items[at - 1].picture != number);
    return begins ? find(pictures, number) : NULL;
}

size_t pictures_count(const Pictures *pictures, const Positions *positions, MediaKind kind) {
    size_t count = 0;
    for (size_t i = 0; pictures->count > 0 && i < positions->count; i++) {
        const Picture *picture = begins_at(pictures, positions, i);
        count += picture != NULL && picture->kind == kind;
    }
    return count;
}

const Picture *pictures_at(const Pictures *pictures, const Positions *positions, MediaKind kind,
                           size_t index) {
    for (size_t i = 0; pictures->count > 0 && i < positions->count; i++) {
        const Picture *picture = begins_at(pictures, positions, i);
        if (picture != NULL && picture->kind == kind && index-- == 0) {
            return picture;
        }
    }
    return NULL;
}
