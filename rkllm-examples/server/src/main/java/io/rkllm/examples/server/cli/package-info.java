/** The commands of the program. */
@NullMarked
package io.rkllm.examples.server.cli;

import org.jspecify.annotations.NullMarked;
