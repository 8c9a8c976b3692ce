/*
 * The embedding of each vocabulary id: a fixed row of floats in [-1, 1), which depends only on the
 * id and the index, so that a client can compute it as well. The first float of a row encodes the
 * id and is used to recognize the rows of an input.
 */
#ifndef SIM_EMBEDDING_H
#define SIM_EMBEDDING_H

#include <stddef.h>
#include <stdint.h>

/* Returns the float at the given index of the row of an id. */
float embedding_value(int32_t id, size_t index);
/* Returns the id below vocabulary that has exactly this row, or -1. */
int32_t embedding_find(const float *row, size_t width, int32_t vocabulary);
/* Returns a hash of a row's bits, which is never 0. */
uint64_t embedding_hash(const float *row, size_t width);

#endif
