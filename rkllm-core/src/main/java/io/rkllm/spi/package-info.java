/**
 * What a runtime implements so that {@code io.rkllm} can run models on it. Applications need
 * nothing of it.
 *
 * @since 0.1.0
 */
package io.rkllm.spi;
