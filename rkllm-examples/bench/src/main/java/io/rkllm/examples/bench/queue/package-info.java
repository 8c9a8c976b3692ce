/** The cost and fairness of the queue when many callers wait for one model. */
@NullMarked
package io.rkllm.examples.bench.queue;

import org.jspecify.annotations.NullMarked;
