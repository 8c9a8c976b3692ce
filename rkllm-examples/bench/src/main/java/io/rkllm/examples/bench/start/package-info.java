/** The time from the start of a process to its first token. */
@NullMarked
package io.rkllm.examples.bench.start;

import org.jspecify.annotations.NullMarked;
