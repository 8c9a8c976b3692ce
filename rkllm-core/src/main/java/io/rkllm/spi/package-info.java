/**
 * What a runtime implements so that {@code io.rkllm} can run models on it. Applications need
 * nothing of it.
 */
package io.rkllm.spi;
