package io.rkllm.tools.event;

/**
 * An event of a {@link io.rkllm.tools.ToolSession}: part of an answer of the model, or the result
 * of a tool.
 */
public sealed interface ToolSessionEvent permits ChatEvent, ToolReturned {}
