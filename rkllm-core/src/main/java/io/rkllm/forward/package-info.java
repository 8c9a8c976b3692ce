/**
 * Results of forward passes, which process a prompt without generating tokens: logits, hidden
 * states and embeddings.
 *
 * @since 0.1.0
 */
package io.rkllm.forward;
