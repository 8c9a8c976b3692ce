/**
 * The service provider interface that a runtime implements so that {@code io.rkllm} can run models
 * on it. Applications do not use it.
 *
 * @since 0.1.0
 */
package io.rkllm.spi;
