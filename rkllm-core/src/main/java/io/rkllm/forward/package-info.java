/**
 * What a model computes of a prompt without generating: logits, hidden states, embeddings. A
 * forward pass over the prompt, and no token.
 */
package io.rkllm.forward;
