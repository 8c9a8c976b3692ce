/** Reads messages and tools of requests, in the forms that all dialects share. */
@NullMarked
package io.rkllm.examples.server.message;

import org.jspecify.annotations.NullMarked;
