/*
 * The embedding of each vocabulary id: a fixed row of floats in [-1, 1), a function of the id and
 * the place in the row alone, so that a client can work it out as well. The first float of a row
 * tells the id, which is how a row that comes in is recognised.
 */
#ifndef SIM_EMBEDDING_H
#define SIM_EMBEDDING_H

#include <stddef.h>
#include <stdint.h>

/* Float number index of the row of an id. */
float embedding_value(int32_t id, size_t index);
/* The id below vocabulary that has exactly this row, or -1. */
int32_t embedding_find(const float *row, size_t width, int32_t vocabulary);
/* A hash of a row's bits; never 0. */
uint64_t embedding_hash(const float *row, size_t width);

#endif
