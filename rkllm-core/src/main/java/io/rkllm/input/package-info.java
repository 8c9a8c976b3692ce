/**
 * Inputs of generations: text, tokens, embeddings and media.
 *
 * @since 0.1.0
 */
package io.rkllm.input;
