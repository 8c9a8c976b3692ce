/**
 * Runs large language models on Rockchip NPUs: loading models, generating and streaming answers,
 * and holding conversations.
 *
 * @since 0.1.0
 */
package io.rkllm;
