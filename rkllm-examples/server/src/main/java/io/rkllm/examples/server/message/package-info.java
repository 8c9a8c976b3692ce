/** Messages and tools of requests, in the shapes that several dialects share. */
@NullMarked
package io.rkllm.examples.server.message;

import org.jspecify.annotations.NullMarked;
