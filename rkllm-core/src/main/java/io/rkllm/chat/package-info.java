/**
 * Conversations: messages, tools and tool calls, and the chat formats that render them as prompts.
 *
 * @since 0.1.0
 */
package io.rkllm.chat;
