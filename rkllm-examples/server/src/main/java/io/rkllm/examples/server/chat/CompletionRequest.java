package io.rkllm.examples.server.chat;

/**
 * A text to be continued.
 *
 * @param model the name of the model
 * @param prompt the text, without a template
 * @param settings how it is generated
 */
public record CompletionRequest(String model, String prompt, Settings settings) {}
