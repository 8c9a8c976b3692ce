/** The latency of tokens for a waiting reader. */
@NullMarked
package io.rkllm.examples.bench.latency;

import org.jspecify.annotations.NullMarked;
