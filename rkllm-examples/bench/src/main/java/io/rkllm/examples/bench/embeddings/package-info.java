/** The cost of passing embeddings to native code. */
@NullMarked
package io.rkllm.examples.bench.embeddings;

import org.jspecify.annotations.NullMarked;
