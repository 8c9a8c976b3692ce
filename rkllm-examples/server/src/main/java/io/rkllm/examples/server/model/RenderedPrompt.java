package io.rkllm.examples.server.model;

import io.rkllm.input.Input;
import io.rkllm.tools.parser.ParserOptions;
import java.util.OptionalInt;

/**
 * A conversation as it goes to the model.
 *
 * @param input the prompt
 * @param tokens the length of the prompt, where a tokenizer is at hand
 * @param parserOptions how the answer is parsed
 * @param opening what the parser has to read before the answer, since the prompt ends with it
 * @param continued whether the client knows the opening already, so that it is not sent
 */
public record RenderedPrompt(
    Input input,
    OptionalInt tokens,
    ParserOptions parserOptions,
    String opening,
    boolean continued) {

  /** Creates a prompt whose answer begins behind it. */
  public RenderedPrompt(Input input, OptionalInt tokens, ParserOptions parserOptions) {
    this(input, tokens, parserOptions, "", false);
  }

  RenderedPrompt(Input input, OptionalInt tokens, AnswerPrompt prompt) {
    this(input, tokens, prompt.parserOptions(), prompt.opening(), prompt.continued());
  }
}
