/**
 * Large language models on Rockchip NPUs: load a model, generate, stream, converse.
 *
 * @since 0.1.0
 */
package io.rkllm;
