/** The cost of a model in a process of its own. */
@NullMarked
package io.rkllm.examples.bench.isolated;

import org.jspecify.annotations.NullMarked;
