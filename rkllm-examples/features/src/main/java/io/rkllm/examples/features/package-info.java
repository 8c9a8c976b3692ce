/**
 * The smallest program for each way to read what a model generates. Each file stands alone: nothing
 * is shared between them, so that any can be copied.
 */
@NullMarked
package io.rkllm.examples.features;

import org.jspecify.annotations.NullMarked;
