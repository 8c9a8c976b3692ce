/** A streaming chat in the terminal. */
@NullMarked
package io.rkllm.examples.chat;

import org.jspecify.annotations.NullMarked;
