/** The cost of detecting the tool calls in an answer while it arrives. */
@NullMarked
package io.rkllm.examples.bench.parser;

import org.jspecify.annotations.NullMarked;
