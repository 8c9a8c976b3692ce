package io.rkllm.examples.server.model;

import io.rkllm.input.Input;
import io.rkllm.tools.format.AnswerPrompt;
import io.rkllm.tools.parser.ParserOptions;
import java.util.OptionalInt;

/**
 * A conversation in the form that is passed to the model.
 *
 * @param input the prompt
 * @param tokens the length of the prompt; empty without a tokenizer
 * @param parserOptions the options for parsing the answer
 * @param opening the end of the prompt that the parser has to read before the answer
 * @param continued whether the client already has the opening, so that it is not sent
 */
public record RenderedPrompt(
    Input input,
    OptionalInt tokens,
    ParserOptions parserOptions,
    String opening,
    boolean continued) {

  /** Creates a prompt that contains no part of its answer. */
  public RenderedPrompt(Input input, OptionalInt tokens, ParserOptions parserOptions) {
    this(input, tokens, parserOptions, "", false);
  }

  RenderedPrompt(Input input, OptionalInt tokens, AnswerPrompt prompt) {
    this(input, tokens, prompt.parserOptions(), prompt.opening(), prompt.continued());
  }
}
