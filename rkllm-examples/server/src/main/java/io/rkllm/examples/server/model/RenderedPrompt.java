package io.rkllm.examples.server.model;

import io.rkllm.input.Input;
import io.rkllm.input.RawPrompt;
import io.rkllm.tools.format.AnswerPrompt;
import io.rkllm.tools.parser.ParserOptions;
import java.nio.charset.StandardCharsets;
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

  /** The number of tokens that a tokenizer may add around a prompt. */
  private static final int SPECIAL_TOKENS = 4;

  /** Creates a prompt that contains no part of its answer. */
  public RenderedPrompt(Input input, OptionalInt tokens, ParserOptions parserOptions) {
    this(input, tokens, parserOptions, "", false);
  }

  RenderedPrompt(Input input, OptionalInt tokens, AnswerPrompt prompt) {
    this(input, tokens, prompt.parserOptions(), prompt.opening(), prompt.continued());
  }

  /** Returns whether the prompt is known to leave space for an answer. */
  public boolean isKnownToFit(int contextLength) {
    return tokens.orElseGet(this::maxTokens) < contextLength;
  }

  /** Returns an upper bound: a token stands for at least one byte of the prompt. */
  private int maxTokens() {
    return input instanceof RawPrompt raw
        ? raw.text().getBytes(StandardCharsets.UTF_8).length + SPECIAL_TOKENS
        : Integer.MAX_VALUE; // the runtime adds its template
  }
}
