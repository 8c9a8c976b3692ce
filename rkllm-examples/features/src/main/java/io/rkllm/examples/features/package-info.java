/**
 * A small program for each feature. Each file stands alone and can be copied. They only share the
 * lookup of the simulator's models, which a program for a board does not need.
 */
@NullMarked
package io.rkllm.examples.features;

import org.jspecify.annotations.NullMarked;
