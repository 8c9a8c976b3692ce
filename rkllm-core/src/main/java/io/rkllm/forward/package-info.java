/**
 * What a model computes of a prompt without generating: logits, hidden states, embeddings. A
 * forward pass over the prompt, and no token.
 *
 * @since 0.1.0
 */
package io.rkllm.forward;
