/**
 * Implements the SPI on top of {@code librkllmrt.so}. The differences between its ABIs are confined
 * to {@link io.rkllm.ffm.Abi12} and {@link io.rkllm.ffm.Abi13}.
 */
@org.jspecify.annotations.NullMarked
package io.rkllm.ffm;
