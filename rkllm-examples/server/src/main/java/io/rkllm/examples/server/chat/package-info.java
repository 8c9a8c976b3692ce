/** Generations for requests in any dialect, and their events. */
@NullMarked
package io.rkllm.examples.server.chat;

import org.jspecify.annotations.NullMarked;
