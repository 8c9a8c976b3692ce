/** Conversations: who said what, which tools there are, and how a model family writes it down. */
package io.rkllm.chat;
