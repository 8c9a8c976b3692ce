/*
 * Images, videos and audio clips, all of which are called pictures here. In the KV cache, a picture
 * is a start tag, one position for each of its rows, and an end tag. Its properties are stored
 * separately, under a number that is part of its positions.
 */
#ifndef SIM_PICTURE_H
#define SIM_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "position.h"

/* The number of pictures without known properties, which come from a prompt cache file. */
#define PICTURE_UNKNOWN UINT32_MAX

typedef enum MediaKind { MEDIA_IMAGE, MEDIA_VIDEO, MEDIA_AUDIO, MEDIA_KINDS } MediaKind;

typedef struct Picture {
    uint32_t number; /* counted from 1; see Position */
    MediaKind kind;
    size_t frames; /* 1 for an image or a clip */
    size_t tokens; /* rows of one frame */
    size_t width;
    size_t height;
    const char *start; /* the tags; in a stored picture, copies that are never NULL */
    const char *end;
    const char *content;
    const char *name; /* the subject; owned by the model */
} Picture;

typedef struct Pictures {
    Picture *items;
    size_t count;
    size_t capacity;
} Pictures;

/* Adds a copy, including the tags; NULL tags become empty. */
void pictures_add(Pictures *pictures, const Picture *picture);
/* Removes pictures that have no positions left. */
void pictures_prune(Pictures *pictures, const Positions *positions);
void pictures_free(Pictures *pictures);

/* Returns the number of pictures of a kind among the positions. */
size_t pictures_count(const Pictures *pictures, const Positions *positions, MediaKind kind);
/* Returns the picture at the given index (from 0) in the order of the positions, or NULL. */
const Picture *pictures_at(const Pictures *pictures, const Positions *positions, MediaKind kind,
                           size_t index);

#endif
