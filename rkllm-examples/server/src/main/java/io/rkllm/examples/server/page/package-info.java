/** The chat page. */
@NullMarked
package io.rkllm.examples.server.page;

import org.jspecify.annotations.NullMarked;
