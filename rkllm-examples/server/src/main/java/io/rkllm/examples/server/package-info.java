/** The program {@code rkllm}: models from the command line and over HTTP. */
@NullMarked
package io.rkllm.examples.server;

import org.jspecify.annotations.NullMarked;
