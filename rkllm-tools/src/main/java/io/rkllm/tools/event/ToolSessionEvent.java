package io.rkllm.tools.event;

/**
 * Something that happens in a {@link io.rkllm.tools.ToolSession}: part of an answer of the model,
 * or the result of a tool.
 */
public sealed interface ToolSessionEvent permits ChatEvent, ToolReturned {}
