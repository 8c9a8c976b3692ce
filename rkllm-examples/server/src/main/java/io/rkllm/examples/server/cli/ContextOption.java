package io.rkllm.examples.server.cli;

/** Checks the value of {@code --context}. */
final class ContextOption {
  private ContextOption() {}

  static int check(int tokens) {
    if (tokens < 32 || tokens > 16_384 || tokens % 32 != 0) {
      throw new UsageException("--context must be a multiple of 32 in [32, 16384], was " + tokens);
    }
    return tokens;
  }
}
