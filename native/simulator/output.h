/*
 * Buffers for logits and hidden states. They are mapped, so that one can be unmapped as soon as its
 * callback has returned: large ones always are, small ones are overwritten with 0xDB and kept until
 * the next, unless the model file says otherwise.
 */
#ifndef SIM_OUTPUT_H
#define SIM_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Output {
    float *floats; /* NULL: none */
    size_t size;   /* in bytes */
    size_t rows;
} Output;

/* Maps zeroed floats. False after an error line. */
bool output_map(Output *output, size_t rows, size_t width);
void output_unmap(Output *output);
/* The callback has returned: keeps the buffer, poisoned, in kept, or unmaps it. */
void output_retire(Output *output, Output *kept, bool unmap);

#endif
