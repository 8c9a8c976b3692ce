/** Conversations that share one KV cache, with the runtime's own template or a chat format. */
package io.rkllm.internal.session;
