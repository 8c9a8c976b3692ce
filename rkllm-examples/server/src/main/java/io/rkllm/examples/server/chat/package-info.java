/** What the dialects have in common: a request becomes a generation, and that a row of events. */
@NullMarked
package io.rkllm.examples.server.chat;

import org.jspecify.annotations.NullMarked;
