/** The cost of reading the logits of a long prompt. */
@NullMarked
package io.rkllm.examples.bench.logits;

import org.jspecify.annotations.NullMarked;
