/** The native model: its memory, its KV cache and its NPU address space. */
package io.rkllm.internal.handle;
