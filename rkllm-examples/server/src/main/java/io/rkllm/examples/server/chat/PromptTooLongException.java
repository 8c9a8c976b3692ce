package io.rkllm.examples.server.chat;

/** Thrown when a prompt is longer than the context of the model, before a generation is started. */
public final class PromptTooLongException extends RuntimeException {
  private static final long serialVersionUID = 1;

  PromptTooLongException(int tokens, int contextLength) {
    super(
        "the prompt has "
            + tokens
            + " tokens, and the context of this model "
            + contextLength
            + ", of which the answer needs some; shorten the conversation, or raise NUM_CTX in the"
            + " Modelfile");
  }
}
