/**
 * The service provider interface that a runtime implements so that {@code io.rkllm} can run models
 * on it. Applications do not use it.
 *
 * <p>The records that a runtime creates, here and in {@code io.rkllm.runtime}, may get further
 * components. Their present constructors will be kept.
 *
 * @since 0.1.0
 */
package io.rkllm.spi;
