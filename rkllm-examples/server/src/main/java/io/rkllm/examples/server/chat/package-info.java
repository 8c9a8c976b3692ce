/** Generations for requests of any dialect, and their events. */
@NullMarked
package io.rkllm.examples.server.chat;

import org.jspecify.annotations.NullMarked;
