/**
 * Adapts models on Rockchip NPUs to Spring AI, and configures them in Spring Boot applications. Set
 * {@code spring.ai.rkllm.model} to the path of a model file, and inject a {@code
 * ChatClient.Builder}, a {@code ChatModel} or an {@code EmbeddingModel}.
 *
 * @since 0.1.0
 */
@NullMarked
package io.rkllm.spring;

import org.jspecify.annotations.NullMarked;
