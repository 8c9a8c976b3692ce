/**
 * Adapts models on Rockchip NPUs to LangChain4j. Begin with {@link
 * io.rkllm.langchain4j.RkllmChatModel} or {@link io.rkllm.langchain4j.RkllmStreamingChatModel}.
 *
 * @since 0.1.0
 */
@NullMarked
package io.rkllm.langchain4j;

import org.jspecify.annotations.NullMarked;
