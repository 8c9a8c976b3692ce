package io.rkllm.examples.server.model;

import io.rkllm.input.Input;
import io.rkllm.tools.parser.ParserOptions;
import java.util.OptionalInt;

/**
 * A conversation as it goes to the model.
 *
 * @param input what goes in
 * @param tokens how long it is, where a tokenizer is at hand
 * @param parserOptions how the answer is to be read
 */
public record RenderedPrompt(Input input, OptionalInt tokens, ParserOptions parserOptions) {}
