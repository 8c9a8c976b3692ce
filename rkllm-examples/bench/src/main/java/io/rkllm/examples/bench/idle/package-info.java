/** The cost of waiting for tokens. */
@NullMarked
package io.rkllm.examples.bench.idle;

import org.jspecify.annotations.NullMarked;
