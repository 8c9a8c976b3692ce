/** What it costs to wait with many for one model, and who is served when. */
@NullMarked
package io.rkllm.examples.bench.queue;

import org.jspecify.annotations.NullMarked;
