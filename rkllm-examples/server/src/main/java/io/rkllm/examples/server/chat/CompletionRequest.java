package io.rkllm.examples.server.chat;

/**
 * A request to continue a text.
 *
 * @param model the name of the model
 * @param prompt the text, without a template
 * @param settings the settings of the generation
 */
public record CompletionRequest(String model, String prompt, Settings settings) {}
