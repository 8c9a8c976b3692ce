/*
 * Buffers for logits and hidden states. They are mapped, so that a buffer can be unmapped as soon
 * as its callback has returned. Large buffers are always unmapped; small ones are overwritten with
 * 0xDB and kept until the next one, unless the model file says otherwise.
 */
#ifndef SIM_OUTPUT_H
#define SIM_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Output {
    float *floats; /* NULL for none */
    size_t size;   /* in bytes */
    size_t rows;
} Output;

/* Maps zeroed floats. Returns false after an error line. */
bool output_map(Output *output, size_t rows, size_t width);
void output_unmap(Output *output);
/* Called after the callback has returned. Moves the buffer to kept, overwritten, or unmaps it. */
void output_retire(Output *output, Output *kept, bool unmap);

#endif
