/**
 * What goes into a generation.
 *
 * @since 0.1.0
 */
package io.rkllm.input;
