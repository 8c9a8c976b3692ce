/**
 * Implements the SPI over {@code librkllmrt.so}. What differs between its ABIs lives in {@link
 * io.rkllm.ffm.Abi12} and {@link io.rkllm.ffm.Abi13} alone.
 */
@org.jspecify.annotations.NullMarked
package io.rkllm.ffm;
