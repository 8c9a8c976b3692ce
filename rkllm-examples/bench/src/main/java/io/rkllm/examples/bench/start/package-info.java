/** From nothing to the first token. */
@NullMarked
package io.rkllm.examples.bench.start;

import org.jspecify.annotations.NullMarked;
