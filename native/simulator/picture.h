/*
 * Images, videos and audio clips, all called pictures here. In the KV cache one is a start tag, a position for each of its rows and an end
 * tag; what else is known of it is kept beside the cache under a number that its positions bear.
 */
#ifndef SIM_PICTURE_H
#define SIM_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "position.h"

/* The number of pictures of which nothing else is known, from a prompt cache file. */
#define PICTURE_UNKNOWN UINT32_MAX

typedef enum MediaKind { MEDIA_IMAGE, MEDIA_VIDEO, MEDIA_AUDIO, MEDIA_KINDS } MediaKind;

typedef struct Picture {
    uint32_t number; /* from 1; see Position */
    MediaKind kind;
    size_t frames; /* 1 for an image and a clip */
    size_t tokens; /* rows of one frame */
    size_t width;
    size_t height;
    const char *start; /* the tags; of one that was added, copies that are never NULL */
    const char *end;
    const char *content;
    const char *name; /* what it shows; the model's */
} Picture;

typedef struct Pictures {
    Picture *items;
    size_t count;
    size_t capacity;
} Pictures;

/* Adds a copy, tags included; a tag that is NULL is empty. */
void pictures_add(Pictures *pictures, const Picture *picture);
/* Forgets those of which no position is left. */
void pictures_prune(Pictures *pictures, const Positions *positions);
void pictures_free(Pictures *pictures);

/* How many of a kind there are among the positions. */
size_t pictures_count(const Pictures *pictures, const Positions *positions, MediaKind kind);
/* The one at index from 0 in the order of the positions, or NULL. */
const Picture *pictures_at(const Pictures *pictures, const Positions *positions, MediaKind kind,
                           size_t index);

#endif
