/** What it costs to read the logits of a long prompt. */
@NullMarked
package io.rkllm.examples.bench.logits;

import org.jspecify.annotations.NullMarked;
