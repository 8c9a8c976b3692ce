/** Conversations over one KV cache, under the runtime's own template or a chat format. */
package io.rkllm.internal.session;
