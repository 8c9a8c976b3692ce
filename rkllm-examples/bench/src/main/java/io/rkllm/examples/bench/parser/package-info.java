/** What it costs to find the tool calls in an answer while it comes. */
@NullMarked
package io.rkllm.examples.bench.parser;

import org.jspecify.annotations.NullMarked;
