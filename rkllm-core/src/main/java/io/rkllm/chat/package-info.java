/**
 * Conversations: who said what, which tools there are, and how a model family writes it down.
 *
 * @since 0.1.0
 */
package io.rkllm.chat;
