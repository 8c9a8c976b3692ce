/** What waiting for tokens costs. */
@NullMarked
package io.rkllm.examples.bench.idle;

import org.jspecify.annotations.NullMarked;
