/**
 * A small program for each feature. Each file stands alone, so that any can be copied: all they
 * share is where the simulator's models are, which a program for a board has no need of.
 */
@NullMarked
package io.rkllm.examples.features;

import org.jspecify.annotations.NullMarked;
