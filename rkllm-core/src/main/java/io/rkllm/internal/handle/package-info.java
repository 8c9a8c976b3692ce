/** The model in native code: its memory, its KV cache, its place on the NPU. */
package io.rkllm.internal.handle;
