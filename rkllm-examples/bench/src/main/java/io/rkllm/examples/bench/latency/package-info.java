/** How soon a token that was waited for is there. */
@NullMarked
package io.rkllm.examples.bench.latency;

import org.jspecify.annotations.NullMarked;
